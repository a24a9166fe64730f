"""What broke a locked baseline: a row for each workload at the ends, with evidence, and written for other tools."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from workbench.baseline import frames, judging
from workbench.baseline.model import SIDE, Side, Suppression, utc
from workbench.baseline.sides import side_of_row, sides_of
from workbench.ground import ANSWER_FORMATS, Shown, View, count_of, first_rows

if TYPE_CHECKING:
    from workbench.baseline.baselines import Baselines
    from workbench.flows import Flows

__all__ = ["Violations", "stream_of", "violations_of"]


_SHOWN: Final = ("severity", "workload", "message", "flows", "last_seen", "suppressed")
"""What a notebook shows of violations."""


@dataclass(frozen=True, eq=False, repr=False)
class Violations(Shown):
    """What is in no baseline though one at its ends is locked; suppressed ones are listed, with the reason.

    Attributes
    ----------
    rows : DataFrame
        Columns as in `frames.VIOLATIONS`.
    """

    rows: pd.DataFrame

    def __len__(self) -> int:
        """Return the number of rows, suppressed ones too."""
        return len(self.rows)

    def to_frame(self) -> pd.DataFrame:
        """Return a row for each workload at the ends; columns as in `frames.VIOLATIONS`."""
        return self.rows.copy()

    @property
    def raised(self) -> pd.DataFrame:
        """The rows that are not suppressed; columns as in `frames.VIOLATIONS`."""
        return self.rows[self.rows["suppressed"] == ""].reset_index(drop=True)

    def render(self, name: str = "txt") -> str:
        """Return the violations in the format called `name`.

        Parameters
        ----------
        name : str
            Such as ``jsonl``, ``csv``, ``sarif`` or ``webhook``.

        Raises
        ------
        UnknownPluginError
            If there is no such format.
        """
        written: str = ANSWER_FORMATS.named("violations", name).write(self)  # type: ignore[assignment]  # all are text
        return written

    def _view(self) -> View:
        return View(type(self).__name__, tuple(self._facts()), rows=first_rows(self.rows, _SHOWN, noun="row"))

    def _facts(self) -> Iterator[str]:
        yield count_of(len(self.raised), "violation")
        if hidden := len(self.rows) - len(self.raised):
            yield f"{hidden:,} suppressed"


def violations_of(baselines: Baselines, edges: pd.DataFrame, now: datetime | None) -> Violations:
    """Return the violations of edges (baselines N8)."""
    moment = edges["last_seen"].max() if now is None else now
    locked = {name for name, head in baselines.heads.items() if head.locked}
    broken = judging.anomalous_sides(baselines.lookup, edges)
    broken = broken[broken["workload"].isin(locked)]
    if broken.empty:
        return Violations(frames.VIOLATIONS.from_rows(()))
    lacking = broken.groupby("edge")["workload"].agg(judging.sorted_names)
    chosen = edges.iloc[lacking.index]
    sides = sides_of(chosen)
    rows = []
    for row in sides.to_dict("records"):
        edge = chosen.iloc[row["edge"]]
        side = side_of_row(row)
        suppressed = _suppressed(baselines, side, moment)
        rows.append((*_row(side, edge, lacking.iloc[row["edge"]], suppressed), baselines.cluster))
    found = frames.VIOLATIONS.from_rows(rows).sort_values(["first_seen", "src", "dst", "port", "workload"])
    return Violations(found.reset_index(drop=True))


def _row(side: Side, edge: pd.Series[Any], lacking: tuple[str, ...], suppressed: str) -> tuple[Any, ...]:
    passed = int(edge["flows"]) - int(edge["flows_denied"])
    port = "" if side.port == 0 else f":{side.port}"
    what = "connected to" if passed else "tried to connect to"
    message = f"{edge['src']} {what} {edge['dst']}{port} ({side.protocol}), which is in no baseline"
    return (
        side.workload,
        side.direction,
        side.peer_type,
        side.peer,
        side.protocol,
        side.port or None,
        "error" if passed else "warning",
        message,
        lacking,
        edge["src"],
        edge["dst"],
        edge["flows"],
        edge["flows_denied"],
        edge["first_seen"],
        edge["last_seen"],
        suppressed,
    )


def _suppressed(baselines: Baselines, side: Side, moment: datetime) -> str:
    """Return why a violation is not raised; empty where it is, and where nothing says what the time is."""
    found: Suppression | None = baselines.suppressions.get(side)
    if found is None or pd.isna(moment):
        return ""
    return found.reason if utc(moment) < found.until else ""


def stream_of(baselines: Baselines, imports: Iterable[Flows], *, now: datetime | None = None) -> Iterator[Violations]:
    """Yield the violations that each import brings, those of earlier ones left out (baselines 22).

    Parameters
    ----------
    baselines : Baselines
    imports : iterable of Flows
        The flows after each import: those of that import alone, or all that there are by then.
    now : datetime, optional
        As of `Baselines.violations`.

    Yields
    ------
    Violations
        Also without rows, so that every import has its answer.
    """
    known: set[tuple[Any, ...]] = set()
    keys = [*SIDE, "src", "dst"]
    for flows in imports:
        rows = baselines.violations(flows, now=now).rows
        told = [tuple(map(str, cells)) for cells in rows[keys].itertuples(index=False, name=None)]
        fresh = pd.Series([key not in known for key in told], index=rows.index, dtype="bool")
        known.update(told)
        yield Violations(rows[fresh].reset_index(drop=True))
