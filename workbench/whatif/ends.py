"""Which ends the names of an expectation mean: those that `Connectivity.query` takes, and patterns over workloads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from workbench.connectivity import names_asked

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity, EndNames, Peer

__all__ = ["Ends", "ends_of", "pairs_of", "peers_of"]

_ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class Ends:
    """The ends that names mean.

    Attributes
    ----------
    named : tuple of str
        Names that were written out, as they were.
    chosen : tuple of str
        Workloads that patterns choose, as maps name them.
    strange : tuple of str
        Patterns that choose no workload.
    """

    named: tuple[str, ...]
    chosen: tuple[str, ...]
    strange: tuple[str, ...]

    def __iter__(self) -> Iterator[str]:
        """Yield every end once, those written out first."""
        return iter(dict.fromkeys((*self.named, *self.chosen)))


def pairs_of(allowed: Connectivity, senders: Ends, receivers: Ends) -> Iterator[tuple[str, str]]:
    """Yield each pair of ends; where a pattern chose one of them, none of a workload with itself.

    Parameters
    ----------
    allowed : Connectivity
    senders, receivers : Ends
    """
    meant = {name: _meant(allowed, name) for name in dict.fromkeys((*senders.named, *receivers.named))}
    chosen = tuple(map(frozenset, (senders.chosen, receivers.chosen)))
    for one in senders:
        for other in receivers:
            by_pattern = one in chosen[0] or other in chosen[1]
            if not (by_pattern and meant.get(one, {one}) & meant.get(other, {other})):
                yield one, other


def _meant(allowed: Connectivity, name: str) -> set[str]:
    """Return the workloads that a name means; the name itself for what is outside, or nothing."""
    return {_workload(peer) for peer in allowed.workloads_named(name)} or {name}


def ends_of(allowed: Connectivity, names: EndNames) -> Ends:
    """Return the ends that names mean.

    Parameters
    ----------
    allowed : Connectivity
    names : EndNames
        As `Connectivity.query` takes them, several at once; ``*`` in a name stands for any characters but ``/``:
        ``shop/*`` are the workloads of a namespace, ``*/web`` those called web in any, ``*`` all.
    """
    named: list[str] = []
    chosen: list[str] = []
    strange: list[str] = []
    for name in names_asked(names):
        if _ANY not in name:
            named.append(name)
            continue
        found = [_workload(peer) for peer in _matching(allowed, name)]
        chosen += found
        if not found:
            strange.append(name)
    return Ends(*(tuple(dict.fromkeys(found)) for found in (named, chosen, strange)))


def peers_of(allowed: Connectivity, names: EndNames) -> tuple[list[Peer], list[str]]:
    """Return the workloads of the map that names mean, and the names and patterns that mean none.

    Parameters
    ----------
    allowed : Connectivity
    names : EndNames
        As `ends_of` takes them.
    """
    found: list[Peer] = []
    strange: list[str] = []
    for name in names_asked(names):
        meant = list(_matching(allowed, name)) if _ANY in name else allowed.workloads_named(name)
        found += meant
        if not meant:
            strange.append(name)
    return list(dict.fromkeys(found)), strange


def _matching(allowed: Connectivity, pattern: str) -> Iterator[Peer]:
    """Yield the workloads that a pattern chooses: by namespace and name, with or without the kind."""
    text = pattern if "/" in pattern or pattern == _ANY else f"{_ANY}/{pattern}"
    text = f"{_ANY}/{_ANY}" if text == _ANY else text
    wanted = re.compile("[^/]*".join(re.escape(part) for part in text.split(_ANY)))
    for peer in allowed.workloads_named():
        if wanted.fullmatch(f"{peer.namespace}/{peer.workload}") or wanted.fullmatch(_workload(peer)):
            yield peer


def _workload(peer: Peer) -> str:
    """Return what a workload is called with all of its pods."""
    return f"{peer.namespace}/{peer.workload}[{peer.kind}]"
