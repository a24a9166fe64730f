"""Drafts side by side: what each would do, in a row, and the edges of which they say different things."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from workbench.ground import count_of, visible
from workbench.panels.frames import DISAGREEMENTS, DRAFTS
from workbench.whatif import Alternatives

if TYPE_CHECKING:
    import pandas as pd

    from workbench.panels.whatif.simulating import Simulating

__all__ = ["Compared"]

_EDGE = DISAGREEMENTS.names[:-1]


class Compared:
    """The drafts that were tried, side by side (what-if 13).

    Parameters
    ----------
    state : Simulating
        As it is now: what is compared does not change with it.

    Attributes
    ----------
    left_out : tuple of str
        The drafts that were tried and of which no edge is compared: they were tried as another draft, or on other
        flows, than they have now.
    """

    def __init__(self, state: Simulating) -> None:
        self._found = state.found
        self._tried = {draft.name: one for draft in state.drafts if (one := state.answer_of(draft)) is not None}
        self._current = {draft.name: state.is_current(draft) for draft in state.drafts}
        self._all = Alternatives({name: one.simulation for name, one in self._tried.items()})
        same = dict(self._comparable())
        self._same = Alternatives(same) if len(same) > 1 else None
        self.left_out = tuple(name for name in self._tried if name not in same)

    def is_of(self, state: Simulating) -> bool:
        """Tell whether this is what a state would compare now.

        Parameters
        ----------
        state : Simulating
        """
        now = {draft.name: state.is_current(draft) for draft in state.drafts}
        return self._found is state.found and list(self._current.items()) == list(now.items())

    def _comparable(self) -> Iterator[tuple[str, Any]]:
        """Yield the drafts that were tried on the same edges, as they are now."""
        first = None
        for name, one in self._tried.items():
            if self._current[name]:
                first = one.pages.edges if first is None else first
                if first.are([past.judged.edges for past in one.simulation.pasts]):
                    yield name, one.simulation

    @property
    def best(self) -> str:
        """The draft that breaks least; empty where fewer than two can be compared."""
        return "" if self._same is None else self._same.best

    @property
    def compares(self) -> bool:
        """Whether there are two drafts of which edges can be compared."""
        return self._same is not None

    def rows(self) -> pd.DataFrame:
        """Return what each would do, the one that breaks least first; columns as in `frames.DRAFTS`."""
        counted = self._all.to_frame()
        return DRAFTS.from_columns(
            counted.assign(
                documents=[len(self._all.given[name].change.changed) for name in counted["name"]],
                besides=[_besides(row) for row in counted.to_dict("records")],
                current=[self._current[name] for name in counted["name"]],
            )
        )

    def edge_count(self, text: str = "") -> int:
        """Return of how many edges that were seen not all drafts say the same.

        Parameters
        ----------
        text : str
            Only those of which an end has this in its name.
        """
        return 0 if self._same is None else self._same.edge_count(text)

    def edges(self, first: int, most: int, text: str = "") -> pd.DataFrame:
        """Return some of these edges, with what each draft does to them; columns as in `frames.DISAGREEMENTS`.

        Parameters
        ----------
        first, most : int
            How many come before, and how many are asked for.
        text : str
            Only those of which an end has this in its name.
        """
        if self._same is None:
            return DISAGREEMENTS.from_rows(())
        rows, each = self._same.edges(first, most, text), len(self._same.given)
        told = [f"{visible(name)}: {verdict}" for name, verdict in zip(rows["name"], rows["verdict"], strict=True)]
        says = [", ".join(told[start : start + each]) for start in range(0, len(told), each)]
        return DISAGREEMENTS.from_columns(rows.iloc[::each][list(_EDGE)].assign(says=says))


def _besides(row: dict[Any, Any]) -> str:
    """Return in words what has no column in the panel."""
    told = (
        (row["flows_still_denied"], "flow", "still denied"),
        (row["cut_off"], "workload", "cut off"),
        (row["unprotected"], "workload", "unprotected"),
    )
    return ", ".join(f"{count_of(count, noun)} {what}" for count, noun, what in told if count)
