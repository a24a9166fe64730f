"""A cut: the pairs that are removed so that one end no longer reaches another, and the policies that do it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from workbench.connectivity import Change, Connectivity, diff
from workbench.ground import OUTSIDE, PortSet, Problem, Result, count_of
from workbench.policy import Direction, Policy, write_policies
from workbench.whatif.change import ClusterChange
from workbench.whatif.frames import CUT_PAIRS
from workbench.whatif.pair_graph import End, Pair
from workbench.whatif.verdicts import Uncut

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Cut", "CutPair", "is_of"]


class CutPair(NamedTuple):
    """A pair of ends whose connection is removed.

    Attributes
    ----------
    src, dst : str
        As maps name workloads; ``outside`` for the addresses that were asked about.
    ports : PortSet
        What was allowed between them.
    flows : int
        How often it was seen to pass.
    direction : Direction or None
        At which end it is denied.
    policies : tuple of str
        Those that are added or modified for it.
    why : Uncut or None
        Why none does.
    detail : str
    """

    src: str
    dst: str
    ports: PortSet
    flows: int = 0
    direction: Direction | None = None
    policies: tuple[str, ...] = ()
    why: Uncut | None = None
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.src} => {self.dst} : {self.ports}"


@dataclass(frozen=True, eq=False, repr=False)
class Cut(Result):
    """The fewest pairs to remove so that one end no longer reaches another. Made by `minimal_cut`.

    Attributes
    ----------
    src, dst : End
    before : Connectivity
    pairs : tuple of CutPair
        Those that are removed; empty where the one end did not reach the other.
    policies : tuple of Policy
        Those that are added, or take the place of those of their names.
    after : Connectivity
        What is allowed with them.
    fewest : int or None
        How many pairs are the fewest, whatever denies them; None where what is to be spared connects the ends.
    refused : tuple of CutPair
        Pairs of a smaller cut that no policy denies alone.
    is_connected : bool
        Whether the one end reaches the other after all.
    """

    _written_as: ClassVar[str] = "cut"
    _columns: ClassVar[tuple[str, ...]] = ("src", "dst", "ports", "flows", "direction", "policies", "why")

    src: End
    dst: End
    before: Connectivity
    pairs: tuple[CutPair, ...]
    policies: tuple[Policy, ...]
    after: Connectivity
    fewest: int | None
    refused: tuple[CutPair, ...] = ()
    is_connected: bool = False

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with what the cluster was read from."""
        return self.before.problems_found

    @cached_property
    def change(self) -> ClusterChange:
        """The policies as a change, to be simulated, handed on or put in order."""
        return ClusterChange.of(self.before.cluster, self.policies)

    @cached_property
    def also(self) -> tuple[Change, ...]:
        """What changes besides the pairs; empty, as the engine confirms it of each policy."""
        pairs = [(one.src, one.dst) for one in self.pairs]
        return tuple(one for one in diff(self.before, self.after) if not is_of(one, pairs, self.src, self.dst))

    def to_yaml(self) -> str:
        """Return the policies as YAML, one document each; empty where there are none."""
        return write_policies(self.policies)

    @property
    def notes(self) -> tuple[str, ...]:
        """What comes of it, a sentence each."""
        return tuple(self._told())

    @property
    def verdict(self) -> str:
        """What comes of it, in one line."""
        src, dst = self.src.name, self.dst.name
        if self.fewest == 0:
            return f"{src} does not reach {dst} as it is."
        if self.fewest is None:
            return f"{src} reaches {dst} by what is to be spared alone: no cut leaves that."
        if self.is_connected:
            return f"{src} still reaches {dst}: no policies are proposed, as they would not part the two."
        return f"{src} no longer reaches {dst}, over any number of hops; nothing else changes."

    def _told(self) -> Iterator[str]:
        yield self.verdict
        if not self.fewest:
            return
        if len(self.pairs) > self.fewest:
            enough = f"{count_of(self.fewest, 'pair')} would be enough"
            yield f"{enough}, but for flows that were seen, and pairs that no policy denies alone."
        seen = sum(1 for one in self.pairs if one.flows)
        if seen:
            yield f"{count_of(seen, 'pair')} of them {'was' if seen == 1 else 'were'} seen in use."
        for why, number in Counter(one.why for one in (*self.refused, *self.pairs)).items():
            if why is not None:
                yield f"{count_of(number, 'pair')} cannot be denied alone: {why.meaning}."

    def _facts(self) -> Iterator[str]:
        yield f"{self.src.name} => {self.dst.name}"
        yield count_of(len(self.pairs), "pair")
        yield count_of(len(self.policies), "policy")

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each pair; columns as in `frames.CUT_PAIRS`."""
        return CUT_PAIRS.from_rows(
            (
                *(one.src, one.dst, str(one.ports), one.ports.intervals, one.flows),
                "" if one.direction is None else one.direction.value,
                one.policies,
                "" if one.why is None else one.why.value,
                one.detail,
            )
            for one in (*self.pairs, *self.refused)
        )


def is_of(change: Change, pairs: Collection[Pair], src: End, dst: End) -> bool:
    """Tell whether nothing changes but that a connection of one of some pairs goes.

    Parameters
    ----------
    change : Change
    pairs : collection of (str, str)
    src, dst : End
        Whose addresses are `OUTSIDE` in the pairs.
    """
    if change.opened:
        return False
    names = [
        OUTSIDE
        if peer.addresses is not None and end.addresses is not None and not peer.addresses - end.addresses
        else peer.name
        for peer, end in ((change.src, src), (change.dst, dst))
    ]
    return (names[0], names[1]) in pairs
