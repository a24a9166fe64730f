"""What is part of something else, for every pod that there may ever be: selectors, peers, ports (minimal-rewrite 1)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

from workbench.ground import AddressSet, PortSet
from workbench.policy import (
    NAMESPACE_NAME_LABEL,
    Anyone,
    Block,
    NamedPort,
    Operator,
    Pods,
    PortMatch,
    Requirement,
    RulePeer,
    Selector,
)

if TYPE_CHECKING:
    from workbench.inventory import Cluster, Labels

__all__ = ["Namespaces", "PortUnit", "implies", "is_void", "port_units", "without_unit"]

PortUnit: TypeAlias = "PortSet | NamedPort"
"""What one entry of a rule's ports says."""
_HAS_NAME = Requirement(NAMESPACE_NAME_LABEL, Operator.EXISTS)


@lru_cache(maxsize=2**17)
def implies(mine: Selector, other: Selector) -> bool:
    """Tell whether whatever `mine` chooses, `other` chooses, too.

    Parameters
    ----------
    mine, other : Selector
    """
    return mine.implies(other)


@lru_cache(maxsize=2**15)
def is_void(selector: Selector) -> bool:
    """Tell whether no labels meet a selector, since it contradicts itself.

    Parameters
    ----------
    selector : Selector
    """
    keys = {one.key for one in selector.requirements}
    return any(
        selector.implies(Selector((Requirement(key, Operator.EXISTS),)))
        and selector.implies(Selector((Requirement(key, Operator.DOES_NOT_EXIST),)))
        for key in keys
    )


class Namespaces:
    """The namespaces of a cluster, whose labels are known.

    Parameters
    ----------
    cluster : Cluster
    """

    def __init__(self, cluster: Cluster) -> None:
        # Of a namespace that no manifest declares, most labels are not known.
        self._labels: Mapping[str, Labels] = {
            one.name: one.labels for one in cluster.objects.namespaces if one.declared
        }
        self._met: dict[tuple[Selector, Selector], bool] = {}

    def is_void(self, peer: RulePeer) -> bool:
        """Tell whether a peer matches nothing, whatever there will be.

        Parameters
        ----------
        peer : RulePeer
        """
        if isinstance(peer, Block):
            return not peer.addresses
        if not isinstance(peer, Pods) or isinstance(peer.namespaces, str):
            return isinstance(peer, Pods) and is_void(peer.pods)
        return is_void(peer.pods) or is_void(peer.namespaces) or self._are_none(peer.namespaces)

    def _are_none(self, namespaces: Selector) -> bool:
        """Tell whether a selector names namespaces that are there and have other labels than it asks for."""
        names = _names(namespaces)
        return bool(names) and all(
            name in self._labels and not namespaces.matches(self._labels[name]) for name in names or ()
        )

    def covers(self, other: RulePeer, peer: RulePeer) -> bool:
        """Tell whether whatever `peer` matches, `other` matches, too; blocks only where one holds the other.

        Parameters
        ----------
        other, peer : RulePeer
        """
        if isinstance(other, Anyone):
            return True
        if isinstance(peer, Block) and isinstance(other, Block):
            return not peer.addresses - other.addresses
        if isinstance(peer, Pods) and isinstance(other, Pods):
            return implies(peer.pods, other.pods) and self._meet(_selector(peer), _selector(other))
        return peer == other

    def _meet(self, mine: Selector, other: Selector) -> bool:
        known = self._met.get((mine, other))
        if known is None:
            known = self._met[mine, other] = self._found_to_meet(mine, other)
        return known

    def _found_to_meet(self, mine: Selector, other: Selector) -> bool:
        names = _names(mine)
        if names is None:
            return Selector.of({}, (*mine.requirements, _HAS_NAME)).implies(other)
        for name in names:
            labels = self._labels.get(name)
            if labels is None:
                alone = Selector.of({NAMESPACE_NAME_LABEL: name}, mine.requirements)
                if not alone.implies(other):
                    return False
            elif mine.matches(labels) and not other.matches(labels):
                return False
        return True

    def admits(self, others: Iterable[tuple[RulePeer, PortMatch]], peer: RulePeer, unit: PortUnit) -> bool:
        """Tell whether `others` together admit a peer at the ports of one entry.

        Parameters
        ----------
        others : iterable of (RulePeer, PortMatch)
            Peers, each with the ports at which it is admitted.
        peer : RulePeer
        unit : PortUnit
        """
        listed = [(one, ports) for one, ports in others if _may_meet(one, peer)]
        if not isinstance(peer, Block):
            return _holds((ports for one, ports in listed if self.covers(one, peer)), unit)
        blocks = [(one.addresses, ports) for one, ports in listed if isinstance(one, Block)]
        everyone = [ports for one, ports in listed if isinstance(one, Anyone)]
        return all(
            _holds((*everyone, *(ports for addresses, ports in blocks if not part - addresses)), unit)
            for part in _parts(peer.addresses, [addresses for addresses, _ in blocks])
        )


def _may_meet(other: RulePeer, peer: RulePeer) -> bool:
    return isinstance(other, Anyone) or type(other) is type(peer)


def _selector(peer: Pods) -> Selector:
    namespaces = peer.namespaces
    return Selector.of({NAMESPACE_NAME_LABEL: namespaces}) if isinstance(namespaces, str) else namespaces


def _names(namespaces: Selector) -> tuple[str, ...] | None:
    """Return the names to which a selector keeps; None where it goes by other labels alone."""
    lists = [
        set(one.values)
        for one in namespaces.requirements
        if (one.key, one.operator) == (NAMESPACE_NAME_LABEL, Operator.IN)
    ]
    return tuple(sorted(set.intersection(*lists))) if lists else None


def _parts(addresses: AddressSet, blocks: Iterable[AddressSet]) -> Iterator[AddressSet]:
    """Yield `addresses` in parts of which each of `blocks` holds all or nothing."""
    parts = [addresses]
    for block in blocks:
        parts = [part for one in parts for part in (one & block, one - block) if part]
    yield from parts


def _holds(admitted: Iterable[PortMatch], unit: PortUnit) -> bool:
    """Tell whether some ports together hold those of an entry; a name stands for any port of its protocol."""
    listed = list(admitted)
    numbers = PortSet.union_of(one.numbers for one in listed)
    if isinstance(unit, PortSet):
        return not unit - numbers
    whole = PortSet.of(unit.protocol) if unit.protocol else None
    return any(unit in one.named for one in listed) or (whole is not None and not whole - numbers)


def port_units(ports: PortMatch) -> tuple[PortUnit, ...]:
    """Return the ports of a rule in the parts in which they are written: ranges, and names.

    Parameters
    ----------
    ports : PortMatch
    """
    if ports == PortMatch():
        return (ports.numbers,)
    return (*(PortSet.of(*interval) for interval in ports.numbers.intervals), *ports.named)


def without_unit(ports: PortMatch, unit: PortUnit) -> PortMatch:
    """Return ports without one of their entries.

    Parameters
    ----------
    ports : PortMatch
    unit : PortUnit
    """
    if isinstance(unit, PortSet):
        return PortMatch(ports.numbers - unit, ports.named)
    return PortMatch(ports.numbers, tuple(one for one in ports.named if one != unit))
