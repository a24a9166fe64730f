"""What a person decides of baselines: each decision gives a new value, of the same kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Any, Self

import pandas as pd

from workbench.baseline.model import (
    ANOMALOUS,
    BASELINE,
    DEFAULT_PERIOD,
    DIRECTIONS,
    INTERNAL,
    INTERNET,
    SIDE,
    WORKLOAD,
    Decided,
    Head,
    Known,
    Mode,
    Side,
    Suppression,
    utc,
)
from workbench.baseline.records import Records, parts_of, records_of
from workbench.baseline.sides import peer_of, side_of_row
from workbench.ground import EXTERNAL as EXTERNAL_KIND
from workbench.ground import MAX_PORT, ArgumentError, NotFoundError, Problem, Shown, UnreadRecord, first_of

__all__ = ["DecidedBaselines"]


def _nothing() -> Mapping[Any, Any]:
    return MappingProxyType({})


@dataclass(frozen=True, eq=False, repr=False)
class DecidedBaselines(Shown):
    """What a person has decided of baselines, and what was learnt; each decision gives a new one.

    Attributes
    ----------
    heads : mapping of str to Head
        By the workload's name, as connectivity names it.
    known : mapping of Side to Known
        What is known of the flows of all baselines.
    suppressions : mapping of Side to Suppression
    period : timedelta
        How long workloads are observed, unless something else is asked for (baselines N2).
    unread : tuple of UnreadRecord
        Records that are kept and that this version refuses: they stay as they are, and say nothing (baselines 18).
    cluster : str
        What the cluster is called in the workspace; empty where that knows but one.
    """

    heads: Mapping[str, Head] = field(default_factory=_nothing)
    known: Mapping[Side, Known] = field(default_factory=_nothing)
    suppressions: Mapping[Side, Suppression] = field(default_factory=_nothing)
    period: timedelta = DEFAULT_PERIOD
    unread: tuple[UnreadRecord, ...] = ()
    cluster: str = ""

    def __post_init__(self) -> None:
        """Let go of records in whose place something else was decided."""
        if self.unread:
            decided = records_of(self.heads, self.known, self.suppressions, self.period)
            object.__setattr__(self, "unread", tuple(one for one in self.unread if one.place not in decided))

    def __eq__(self, other: object) -> bool:
        """Tell whether the same is known and decided."""
        return isinstance(other, DecidedBaselines) and self.to_records() == other.to_records()

    __hash__ = None  # type: ignore[assignment]

    def __len__(self) -> int:
        """Return how many workloads have a baseline."""
        return len(self.heads)

    def __bool__(self) -> bool:
        """Tell whether any workload has a baseline."""
        return bool(self.heads)

    # Records

    def to_records(self) -> dict[tuple[str, str], Any]:
        """Return the records, by kind and key: one for each smallest thing that is decided (baselines 18)."""
        return records_of(self.heads, self.known, self.suppressions, self.period, self.unread)

    @classmethod
    def from_records(cls, records: Records, *, cluster: str = "") -> Self:
        """Return the baselines that records tell of: the inverse of `to_records`.

        Parameters
        ----------
        records : mapping
            Those that this version refuses, or would write otherwise, are `unread`.
        cluster : str
            What the cluster is called in the workspace.
        """
        return cls(*parts_of(records), cluster)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is to be said of records that are not read, and what to do about each."""
        return tuple(one.problem(self.cluster) for one in self.unread)

    # Decisions

    def names_of(self, names: str | Iterable[str]) -> list[str]:
        """Return the workloads that names mean.

        Parameters
        ----------
        names : str or iterable of str
            ``namespace/name[Kind]``, ``namespace/name``, a namespace, or a pattern with ``*``.

        Raises
        ------
        NotFoundError
            If a name means no workload that has a baseline.
        """
        found: dict[str, None] = {}
        for text in (names,) if isinstance(names, str) else names:
            meant = [text] if text in self.heads else [one for one in self.heads if _is_meant(text, one)]
            if not meant:
                if not self.heads:
                    message = "there are no baselines yet"
                    raise NotFoundError(message, "learn from flows first")
                message = f"no baseline is called {text!r}"
                raise NotFoundError(message, f"there are {first_of(sorted(self.heads))}")
            found.update(dict.fromkeys(meant))
        return list(found)

    def of(self, names: str | Iterable[str]) -> Self:
        """Return the baselines of some workloads alone.

        Parameters
        ----------
        names : str or iterable of str
            As `names_of` takes them.

        Raises
        ------
        NotFoundError
            As of `names_of`.
        """
        meant = dict.fromkeys(self.names_of(names))
        return replace(
            self,
            heads={name: head for name, head in self.heads.items() if name in meant},
            known={side: one for side, one in self.known.items() if side.workload in meant},
            suppressions={side: why for side, why in self.suppressions.items() if side.workload in meant},
        )

    def side_between(self, src: str, dst: str, port: int, protocol: str = "TCP") -> Side:
        """Return a flow as a person names it: by who talks to whom at which port.

        Parameters
        ----------
        src, dst : str
            A workload that has a baseline, with or without its kind; an address, ``internet``, ``internal`` for private
            addresses, ``name[Node]``, or the name of something outside. At least one is a workload.
        port : int
            Of the server; 0 for protocols without ports.
        protocol : str

        Raises
        ------
        NotFoundError
            If neither is a workload that has a baseline, or a name means several.
        ArgumentError
            If there is no such port.
        """
        if not 0 <= port <= MAX_PORT:
            message = f"{port} is no port"
            raise ArgumentError(message)
        ends = [self._end(name) for name in (src, dst)]
        for (kind, name), (other_kind, other), direction in zip(ends, ends[::-1], DIRECTIONS, strict=True):
            if kind == WORKLOAD:
                return Side(name, direction, other_kind, other, port, protocol.upper())
        message = f"neither {src} nor {dst} has a baseline"
        raise NotFoundError(message, f"there are {first_of(sorted(self.heads))}" if self.heads else "learn first")

    def _end(self, name: str) -> tuple[str, str]:
        """Return the type of an end that a person names, and its identity (baselines N11)."""
        meant = [name] if name in self.heads else [one for one in self.heads if name == one.rpartition("[")[0]]
        if len(meant) > 1:
            message = f"{name} means several: {first_of(sorted(meant))}"
            raise NotFoundError(message, "name its kind, too")
        if meant:
            return WORKLOAD, meant[0]
        if name in {INTERNET, INTERNAL}:
            return name, ""
        return peer_of(name, "Node" if name.endswith("[Node]") else EXTERNAL_KIND)

    def lock(self, names: str | Iterable[str]) -> Self:
        """Return baselines of which some are locked: they learn nothing, and alert (baselines N6).

        Parameters
        ----------
        names : str or iterable of str
            As `names_of` takes them.

        Raises
        ------
        NotFoundError
            As of `names_of`.
        """
        return self._with_heads(self.names_of(names), locked=True)

    def unlock(self, names: str | Iterable[str]) -> Self:
        """Return baselines of which some are no longer locked (baselines N6).

        Parameters
        ----------
        names : str or iterable of str
            As `names_of` takes them.

        Raises
        ------
        NotFoundError
            As of `names_of`.
        """
        return self._with_heads(self.names_of(names), locked=False)

    def observe(self, names: str | Iterable[str], now: datetime, period: timedelta | None = None) -> Self:
        """Return baselines whose observation begins anew for some workloads; what is known stays.

        Parameters
        ----------
        names : str or iterable of str
            As `names_of` takes them.
        now : datetime
        period : timedelta, optional
            By default `period`.

        Raises
        ------
        NotFoundError
            If a name means no workload that has a baseline.
        """
        begun = utc(now)
        end = begun + (self.period if period is None else period)
        return self._with_heads(self.names_of(names), begun=begun, period_end=end)

    def with_mode(self, names: str | Iterable[str], mode: Mode | str, now: datetime) -> Self:
        """Return baselines of which some are in a mode (baselines 19).

        Parameters
        ----------
        names : str or iterable of str
            As `names_of` takes them.
        mode : {"discover", "monitor", "protect"}
        now : datetime

        Raises
        ------
        ArgumentError
            If there is no such mode.
        NotFoundError
            As of `names_of`.
        """
        if mode not in set(Mode):
            message = f"unknown mode {str(mode)!r}; there are {', '.join(Mode)}"
            raise ArgumentError(message)
        named = self.names_of(names)
        if mode == Mode.PROTECT:
            return self.lock(named)
        running = [name for name in named if utc(now) < self.heads[name].period_end]
        open_ = self.unlock(named)
        if mode == Mode.DISCOVER:
            over = sorted(set(named) - set(running))
            return open_.observe(over, now) if over else open_
        return open_._with_heads(running, period_end=utc(now)) if running else open_  # noqa: SLF001  (of its own class)

    def with_note(self, names: str | Iterable[str], note: str) -> Self:
        """Return baselines of which some have a note.

        Parameters
        ----------
        names : str or iterable of str
            As `names_of` takes them.
        note : str

        Raises
        ------
        NotFoundError
            As of `names_of`.
        """
        return self._with_heads(self.names_of(names), note=note)

    def mark(self, sides: Side | Iterable[Side] | pd.DataFrame) -> Self:
        """Return baselines in which flows are anomalous, at both ends (baselines N5).

        Parameters
        ----------
        sides : Side, iterable of Side, or DataFrame
            A frame has the columns of a side, as `anomalies` and `to_frame` have them.

        Raises
        ------
        ArgumentError
            If a workload at an end has no baseline; the message lists them.
        """
        return self._decided(sides, ANOMALOUS)

    def add(self, sides: Side | Iterable[Side] | pd.DataFrame) -> Self:
        """Return baselines to which flows belong, at both ends (baselines N5).

        Parameters
        ----------
        sides : Side, iterable of Side, or DataFrame
            As of `mark`.

        Raises
        ------
        ArgumentError
            If a workload at an end has no baseline; the message lists them.
        """
        return self._decided(sides, BASELINE)

    def forget(self, sides: Side | Iterable[Side] | pd.DataFrame) -> Self:
        """Return baselines that know nothing of flows, at both ends.

        Parameters
        ----------
        sides : Side, iterable of Side, or DataFrame
            As of `mark`.

        Raises
        ------
        ArgumentError
            If a workload at an end has no baseline; the message lists them.
        """
        gone = set(self._both(sides))
        return replace(self, known={side: one for side, one in self.known.items() if side not in gone})

    def suppress(self, sides: Side | Iterable[Side] | pd.DataFrame, *, reason: str, until: datetime) -> Self:
        """Return baselines that raise no violation for flows for some time (baselines 21); sides as of `mark`.

        Parameters
        ----------
        sides : Side, iterable of Side, or DataFrame
        reason : str
        until : datetime

        Raises
        ------
        ArgumentError
            If there is no reason, or a workload has no baseline.
        """
        if not reason.strip():
            message = "a violation is not suppressed without a reason"
            raise ArgumentError(message)
        why = Suppression(reason.strip(), utc(until))
        return replace(self, suppressions={**self.suppressions, **dict.fromkeys(self._both(sides), why)})

    def _with_heads(self, names: Iterable[str], **fields: Any) -> Self:  # noqa: ANN401  (fields of `Head`)
        return replace(self, heads={**self.heads, **{name: replace(self.heads[name], **fields) for name in names}})

    def _decided(self, sides: Side | Iterable[Side] | pd.DataFrame, status: Decided) -> Self:
        new = {side: self.known.get(side, Known(status))._replace(status=status) for side in self._both(sides)}
        return replace(self, known={**self.known, **new})

    def _both(self, sides: Side | Iterable[Side] | pd.DataFrame) -> list[Side]:
        """Return sides and their mirrors; all their workloads have baselines."""
        if isinstance(sides, Side):
            given = [sides]
        elif isinstance(sides, pd.DataFrame):
            if missing := [name for name in SIDE if name not in sides.columns]:
                message = f"the frame lacks the columns {', '.join(missing)}"
                raise ArgumentError(message)
            frame = sides[list(SIDE)].assign(port=sides["port"].fillna(0))
            given = [side_of_row(row) for row in frame.to_dict("records")]
        else:
            given = list(sides)
        found = [side for one in given for side in (one, one.mirrored) if side is not None]
        if unknown := sorted({side.workload for side in found} - self.heads.keys()):
            message = f"these have no baseline: {', '.join(unknown)}"
            raise ArgumentError(message)
        return list(dict.fromkeys(found))


def _is_meant(text: str, name: str) -> bool:
    namespace = name.partition("/")[0]
    plain = name.rpartition("[")[0]
    if "*" in text:
        # Brackets are part of names, and not of patterns.
        pattern = text.replace("[", "[[]")
        return fnmatchcase(name, pattern) or fnmatchcase(plain, pattern)
    return text in {namespace, plain}
