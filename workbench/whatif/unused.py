"""What do policies admit that nothing needs: between which ends, and by which rules (what-if 11)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Final, NamedTuple

from workbench.connectivity import Connection, Connectivity, Decision, Peer
from workbench.ground import NO_PORTS, AddressSet, PortSet, addresses_named
from workbench.manifests import field_path
from workbench.whatif.needed import Needed
from workbench.whatif.ready_edges import ReadyEdge, asked_about
from workbench.whatif.verdicts import ReadyAnswer

__all__ = ["RuleUse", "Unused", "unused"]

_EXAMPLES: Final = 3


class RuleUse(NamedTuple):
    """A rule that admits what nothing needs.

    Attributes
    ----------
    policy, rule : str
        Its reference, and the path of the rule.
    place : str
        Where it stands, as ``file:line``; empty if that is not known.
    unused : int
        Of how many edges that are unused it admits ports.
    needed : int
        Between how many ends it admits something that is needed, or that platforms need.
    clients, servers : int
        How many different ends the unused ones have.
    ports : PortSet
        Those of them that it admits and nothing needs.
    examples : tuple of str
        Some of the edges.
    """

    policy: str
    rule: str
    place: str
    unused: int
    needed: int
    clients: int
    servers: int
    ports: PortSet
    examples: tuple[str, ...]

    def __str__(self) -> str:
        """Return the rule as messages name it."""
        return f"{self.policy} {self.rule}"


class Unused(NamedTuple):
    """What is admitted and not needed.

    Attributes
    ----------
    edges : tuple of ReadyEdge
        By their ends.
    rules : tuple of RuleUse
        Those that admit the most of it first.
    """

    edges: tuple[ReadyEdge, ...] = ()
    rules: tuple[RuleUse, ...] = ()


class _Rule(NamedTuple):
    """A rule by its policy, its path and its place."""

    policy: str
    path: str
    place: str

    @classmethod
    def of(cls, decision: Decision) -> _Rule:
        place = f"{decision.file}:{decision.line}" if decision.file and decision.line else decision.file
        return cls(decision.ref, field_path(decision.path), place)

    def __str__(self) -> str:
        return f"{self.policy} {self.path}"


class _Left(NamedTuple):
    """What of something that is admitted nothing needs.

    Attributes
    ----------
    ports : PortSet
    refs : tuple of str
        The policies that admit it.
    rules : tuple of (_Rule, PortSet)
        Those that admit some of it, with what they do.
    """

    ports: PortSet
    refs: tuple[str, ...]
    rules: tuple[tuple[_Rule, PortSet], ...]

    def __or__(self, other: object) -> _Left:
        if not isinstance(other, _Left):
            return NotImplemented
        rules = dict(self.rules)
        for rule, ports in other.rules:
            rules[rule] = rules[rule] | ports if rule in rules else ports
        refs = tuple(dict.fromkeys((*self.refs, *other.refs)))
        return _Left(self.ports | other.ports, refs, tuple(rules.items()))


@dataclass(frozen=True, eq=False)
class _Admitted:
    """What rules of policies admit; many ends have the same, and one object of it.

    Attributes
    ----------
    ports : PortSet
    said : tuple of (_Rule, PortSet)
        The rules, each with its ports.
    """

    ports: PortSet
    said: tuple[tuple[_Rule, PortSet], ...]
    _kept: dict[PortSet, _Left] = field(default_factory=dict)

    def without(self, needed: PortSet) -> _Left:
        """Return what is left of it where some ports are needed; of the same ports, the same object."""
        if needed not in self._kept:
            left = self.ports - needed
            rules = ((rule, mine) for rule, ports in self.said if (mine := ports & left))
            refs = tuple(dict.fromkeys(rule.policy for rule, _ in self.said))
            self._kept[needed] = _Left(left, refs, tuple(rules))
        return self._kept[needed]


class _Explicit(NamedTuple):
    """What policies admit from one end to another; `ends` are their names."""

    src: Peer
    dst: Peer
    ends: tuple[str, str]
    admitted: _Admitted


class _Wanted:
    """What is between two ends that is needed, or that platforms need.

    Parameters
    ----------
    needed : Needed
    platforms : iterable of (str, str, PortSet)
    """

    def __init__(self, needed: Needed, platforms: Iterable[tuple[str, str, PortSet]]) -> None:
        self._of_pairs: defaultdict[tuple[str, str], list[PortSet]] = defaultdict(list)
        self._outside: defaultdict[tuple[str, str], list[tuple[AddressSet, PortSet]]] = defaultdict(list)
        self._platforms: defaultdict[tuple[str, str], list[tuple[AddressSet, PortSet]]] = defaultdict(list)
        for edge in needed.edges:
            self._of_pairs[edge.src, edge.dst].append(edge.ports)
            for src, dst in edge.ends:
                _note_outside(self._outside, src, dst, edge.ports)
        for src, dst, ports in platforms:
            self._of_pairs[src, dst].append(ports)
            _note_outside(self._platforms, src, dst, ports)

    def ports(self, src: Peer, dst: Peer, ends: tuple[str, str]) -> PortSet:
        """Return the ports that are needed; of a block, those of any of its addresses."""
        addresses = src.addresses if src.addresses is not None else dst.addresses
        if addresses is None:
            return PortSet.union_of(self._of_pairs[ends]) if ends in self._of_pairs else NO_PORTS
        at = ("", ends[1]) if src.addresses is not None else (ends[0], "")
        found = [ports for those, ports in self._outside.get(at, ()) if those & addresses]
        # A rule for the API server alone is not unused; one for the internet is, though the server may be there.
        found += [ports for those, ports in self._platforms.get(at, ()) if not addresses - those]
        return PortSet.union_of(found)


def _note_outside(
    found: defaultdict[tuple[str, str], list[tuple[AddressSet, PortSet]]], src: str, dst: str, ports: PortSet
) -> None:
    """Note what is needed of addresses, by the other end."""
    for end, at in ((src, ("", dst)), (dst, (src, ""))):
        if (addresses := addresses_named(end)) is not None:
            found[at].append((addresses, ports))


def unused(allowed: Connectivity, needed: Needed, platforms: Iterable[tuple[str, str, PortSet]]) -> Unused:
    """Return what policies admit and nothing needs, once for each two ends; addresses with the same ports are one.

    Parameters
    ----------
    allowed : Connectivity
    needed : Needed
    platforms : iterable of (str, str, PortSet)
        What platforms need, by ends.
    """
    wanted = _Wanted(needed, platforms)
    needing: defaultdict[_Rule, int] = defaultdict(int)
    pairs: dict[tuple[str, str], _Left] = {}
    outside: defaultdict[tuple[str, str, PortSet, tuple[str, ...]], list[tuple[Peer, _Left]]] = defaultdict(list)
    for src, dst, ends, admitted in _explicit(allowed, needed):
        of_use = wanted.ports(src, dst, ends)
        for rule, ports in admitted.said if of_use else ():
            needing[rule] += bool(ports & of_use)
        left = admitted.without(of_use)
        if not left.ports:
            continue
        if src.addresses is not None:
            outside["", ends[1], left.ports, left.refs].append((src, left))
        elif dst.addresses is not None:
            outside[ends[0], "", left.ports, left.refs].append((dst, left))
        else:
            pairs[ends] = pairs[ends] | left if ends in pairs else left
    found = [(*ends, left) for ends, left in pairs.items()]
    for (inner, outer, _, _), listed in outside.items():
        name = _joined(peer for peer, _ in listed)
        found.append((inner or name, outer or name, reduce(or_, (left for _, left in listed))))
    found.sort(key=lambda row: (*row[:2], row[2].ports.axis))
    return Unused(tuple(_edges(found, needed)), tuple(_by_rule(found, needing)))


def _edges(found: Iterable[tuple[str, str, _Left]], needed: Needed) -> Iterator[ReadyEdge]:
    """Yield an edge for each two ends; there may be millions, so what they have in common is one object."""
    near: dict[frozenset[str], frozenset[str]] = {}
    names: dict[tuple[tuple[_Rule, PortSet], ...], tuple[str, ...]] = {}
    for src, dst, left in found:
        spaces = asked_about(needed, src, dst)
        rules = names.get(left.rules)
        if rules is None:
            rules = names[left.rules] = tuple(str(rule) for rule, _ in left.rules)
        yield ReadyEdge(
            *(ReadyAnswer.UNUSED, src, dst, left.ports, (), left.refs), near.setdefault(spaces, spaces), rules
        )


def _by_rule(found: Iterable[tuple[str, str, _Left]], needing: dict[_Rule, int]) -> list[RuleUse]:
    edges: defaultdict[_Rule, list[tuple[str, str, PortSet]]] = defaultdict(list)
    for src, dst, left in found:
        for rule, ports in left.rules:
            edges[rule].append((src, dst, ports))
    uses = (
        RuleUse(
            *(rule.policy, rule.path, rule.place, len(listed), needing.get(rule, 0)),
            len({src for src, _, _ in listed}),
            len({dst for _, dst, _ in listed}),
            PortSet.union_of({ports for _, _, ports in listed}),
            tuple(f"{src} => {dst} : {ports}" for src, dst, ports in listed[:_EXAMPLES]),
        )
        for rule, listed in edges.items()
    )
    return sorted(uses, key=lambda one: (-one.unused, one.policy, one.rule))


def _joined(peers: Iterable[Peer]) -> str:
    """Return what the addresses of some peers are called together."""
    listed = list(peers)
    return (
        listed[0].name
        if len(listed) == 1
        else str(AddressSet.union_of(one.addresses or AddressSet() for one in listed))
    )


def _explicit(allowed: Connectivity, needed: Needed) -> Iterator[_Explicit]:
    """Yield what some rule of a policy admits between different workloads, and between these and addresses.

    Workloads that policies treat alike are asked about once.
    """
    crowds = allowed.crowds()
    for crowd in crowds.connections:
        sources, destinations = crowds.members[crowd.src], crowds.members[crowd.dst]
        other = destinations[-1] if crowd.src == crowd.dst else destinations[0]
        admitted = _admitted(allowed, Connection(sources[0], other, crowd.ports))
        if not admitted.ports:
            continue
        callers, called = ([(one, _plain(one)) for one in side] for side in (sources, destinations))
        yield from (
            _Explicit(src, dst, (client, server), admitted)
            for src, client in callers
            for dst, server in called
            if client != server and (client in needed.asked or server in needed.asked)
        )
    for connection in allowed.outside_connections():
        ends = _plain(connection.src), _plain(connection.dst)
        if needed.asked.isdisjoint(ends):
            continue
        admitted = _admitted(allowed, connection)
        if admitted.ports and None in {connection.src.addresses, connection.dst.addresses}:
            yield _Explicit(connection.src, connection.dst, ends, admitted)


def _admitted(allowed: Connectivity, connection: Connection) -> _Admitted:
    """Return which ports of a connection rules of policies allow, and each of these rules with its ports."""
    (decisions,) = allowed.rules_allowing([connection])
    said = tuple((_Rule.of(one), one.ports) for one in decisions if one.policy is not None)
    return _Admitted(PortSet.union_of(ports for _, ports in said), said)


def _plain(peer: Peer) -> str:
    return peer.name.removesuffix(peer.shape) if peer.shape else peer.name
