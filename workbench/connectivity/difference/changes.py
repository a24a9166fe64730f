"""One difference between two maps: source, destination, what was allowed before and what is after."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple, TypeAlias

from workbench.connectivity.engine import Peer
from workbench.ground import PortSet, visible

__all__ = ["HEADINGS", "Change", "ChangeKind", "Headings"]

Headings: TypeAlias = tuple[str, str]
"""What the two inputs are called; by netpol-analyzer, ``ref1, ref2`` or ``dir1, dir2``."""
HEADINGS: Headings = ("before", "after")


class ChangeKind(StrEnum):
    """How a connection differs; in the order in which changes are listed (semantics 23)."""

    CHANGED = "changed"
    """Something is allowed before and after, but not the same."""
    ADDED = "added"
    """Nothing was allowed before."""
    REMOVED = "removed"
    """Nothing is allowed after."""
    UNCHANGED = "unchanged"
    """The same is allowed before and after."""


class Change(NamedTuple):
    """What one peer may send to another, before and after.

    Attributes
    ----------
    kind : ChangeKind
    src, dst : Peer
    before, after : PortSet
        Empty for nothing.
    workloads : tuple of Peer
        Those of the two ends that only exist on one side: after for what was added, before for
        what was removed. Addresses always exist.
    """

    kind: ChangeKind
    src: Peer
    dst: Peer
    before: PortSet
    after: PortSet
    workloads: tuple[Peer, ...] = ()

    def __repr__(self) -> str:
        """Return the change in one line."""
        ends = f"{visible(self.src.name)} => {visible(self.dst.name)}"
        return f"Change({self.kind}: {ends} : {self.before} -> {self.after})"

    @property
    def opened(self) -> PortSet:
        """What was not allowed before."""
        return self.after - self.before

    @property
    def closed(self) -> PortSet:
        """What is no longer allowed."""
        return self.before - self.after

    @property
    def workloads_text(self) -> str:
        """That workloads came or went with the connection, as the reference tool says it; else empty."""
        if not self.workloads:
            return ""
        return f"workload {' and '.join(peer.name for peer in self.workloads)} {self.kind}"
