"""What does a rule mean in this cluster: its subject, peers and ports as numbers of sets and masks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

import numpy as np

from workbench.connectivity.engine.classes import Classes, Indices
from workbench.connectivity.engine.externals import Externals
from workbench.connectivity.engine.index_sets import IndexSets
from workbench.connectivity.engine.masks import PortMasks
from workbench.connectivity.engine.places import Places
from workbench.connectivity.engine.selector_index import NO_PODS, SelectorIndex
from workbench.connectivity.engine.service_blocks import ServiceBlocks
from workbench.connectivity.engine.tier_table import Clause
from workbench.connectivity.engine.unknowns import Unknowns
from workbench.ground import AddressSet, PortSet, Problem, Severity
from workbench.manifests import field_line, field_path
from workbench.policy import (
    Anyone,
    Block,
    Direction,
    DomainNames,
    Nodes,
    Pods,
    Policy,
    PortMatch,
    Rule,
    RulePeer,
    Tier,
)

__all__ = ["Resolved", "Resolver"]

_SHARE_AFTER = 16
"""Names are merged into those that forks share when they are more than this part of them."""

_PortsByName: TypeAlias = Mapping[str, Mapping[int, list[tuple[str, int]]]]


class _PeerOf(NamedTuple):
    """A peer, and the tier of its rule: the same peer may be other pods to an admin policy."""

    peer: RulePeer
    tier: Tier


class Resolved(NamedTuple):
    """What one policy means.

    Attributes
    ----------
    subject : int
        Index set of the classes that it selects.
    clauses : mapping of Direction to list of Clause
    problems : list of Problem
        What it asks for and nothing in the cluster can meet.
    """

    subject: int
    clauses: dict[Direction, list[Clause]]
    problems: list[Problem]


class _NamedSets:
    """Index sets, each kept once and known by a number.

    Attributes
    ----------
    with_atoms : mapping of Direction to list of (_PeerOf, int)
        The peers whose sets hold address atoms, with their numbers.
    """

    def __init__(self) -> None:
        self.sets = IndexSets()
        self.with_atoms: dict[Direction, list[tuple[_PeerOf, int]]] = {direction: [] for direction in Direction}
        self._shared: Mapping[Hashable, int] = {}
        self._numbers: dict[Hashable, int] = {}

    def number(self, key: Hashable) -> int | None:
        """Return the number of the set that `key` stands for, if it is known."""
        found = self._shared.get(key) if self._shared else None
        return self._numbers.get(key) if found is None else found

    def add(self, key: Hashable, members: Indices) -> int:
        """Keep the set that `key`, which was not known, stands for."""
        number = self._numbers[key] = len(self.sets)
        self.sets.append(members)
        return number

    def put(self, key: Hashable, members: Indices) -> int:
        """Keep the set that `key` stands for, in place of an earlier one."""
        number = self.number(key)
        if number is None:
            return self.add(key, members)
        self.sets.replace(number, members)
        return number

    def fork(self) -> _NamedSets:
        """Return a copy that may grow on its own; the names known so far are shared."""
        forked = _NamedSets()
        forked.sets = self.sets.copy()
        forked.with_atoms = {direction: known.copy() for direction, known in self.with_atoms.items()}
        if len(self._numbers) > len(self._shared) // _SHARE_AFTER:
            forked._shared = {**self._shared, **self._numbers}
            self._shared, self._numbers = forked._shared, {}
        else:
            forked._shared, forked._numbers = self._shared, self._numbers.copy()
        return forked


class Resolver:
    """Resolves policies against the pods of one cluster.

    Parameters
    ----------
    classes : Classes
    policies : iterable of Policy
        All policies that are to be resolved: ports and addresses are cut by them.
    places : Places
        Where pods and nodes are.
    ports : collection of PortSet
        Sets that ports are cut by, too.
    services : ServiceBlocks

    Attributes
    ----------
    externals : mapping of Direction to Externals
        The address atoms, which are the ends after the classes.
    masks : PortMasks
    """

    def __init__(
        self,
        classes: Classes,
        policies: Iterable[Policy],
        places: Places,
        services: ServiceBlocks,
        ports: Collection[PortSet] = (),
    ) -> None:
        policies = tuple(policies)
        self._classes = classes
        self.places = places
        self._unknowns = Unknowns(classes, places)
        self._services = services
        self._at = _classes_by_place(classes)
        # No selector chooses the pods to which no policy applies; the ingress controller is chosen all the same.
        self._selectable = classes.isolatable.copy()
        if classes.controller is not None:
            self._selectable[classes.controller] = True
        self._all_selectable = bool(self._selectable.all())
        self._selectors = SelectorIndex(classes)
        self._ports_by_name = _ports_by_name(classes)
        self._declared: dict[str, frozenset[PortSet]] = {}
        self._blocks = {direction: self._blocks_of(policies, direction) for direction in Direction}
        self._index = _NamedSets()
        self._divided: dict[tuple[int, PortMatch], list[tuple[int, int]]] = {}
        self.externals = {direction: Externals(blocks) for direction, blocks in self._blocks.items()}
        self.masks = PortMasks(self._port_sets(policies).union(ports))

    @property
    def sets(self) -> IndexSets:
        """The index sets that clauses refer to by number, each sorted."""
        return self._index.sets

    def ends(self, peer: RulePeer, direction: Direction, tier: Tier) -> Indices:
        """Return the ends that a peer of a rule of `direction` and `tier` selects, sorted."""
        return self._index.sets[self._columns(peer, direction, tier)]

    def written_subject(self, subject: Pods) -> Indices:
        """Return the classes that a policy's subject selects by labels, those that policies are not applied to, too."""
        return self._selectors.classes(subject)

    def forked(self, policies: Iterable[Policy]) -> Resolver:
        """Return a resolver that knows `policies`, too, and leaves this one as it is.

        Numbers of sets and ids of masks stay what they are. Where `policies` bring new address
        blocks, atoms are numbered anew, and the sets that hold atoms say so.
        """
        policies = tuple(policies)
        fork = object.__new__(Resolver)
        fork._classes = self._classes
        fork.places = self.places
        fork._unknowns, fork._services = self._unknowns, self._services
        fork._at = self._at
        fork._selectable, fork._all_selectable = self._selectable, self._all_selectable
        fork._selectors = self._selectors
        fork._ports_by_name = self._ports_by_name
        fork._declared = self._declared
        fork._index = self._index.fork()
        fork._divided = self._divided.copy()
        fork._blocks = {d: known | self._blocks_of(policies, d) for d, known in self._blocks.items()}
        fork.masks = self.masks.refined(self._port_sets(policies))
        fork.externals = dict(self.externals)
        for direction, blocks in fork._blocks.items():
            if blocks != self._blocks[direction]:
                fork.externals[direction] = Externals(blocks)
                fork._renew_atoms(direction)
        return fork

    def resolve(self, number: int, policy: Policy) -> Resolved:
        """Return what `policy`, number `number` of all, means."""
        rows = self._subject(policy.subject)
        tier = policy.tier
        found = Resolved(rows, {Direction.INGRESS: [], Direction.EGRESS: []}, [])
        for position, rule in enumerate(policy.rules):
            order = (policy.priority, policy.name, number, position)
            clauses = found.clauses[rule.direction]
            for part, columns, mask in self._rectangles(rule, tier, rows):
                clauses.append(Clause(part, columns, mask, tier, rule.action, order, number, position))
            if rule.ports.named:
                found.problems.extend(self._unresolved(policy, rule, rows))
        if tier is not Tier.NETWORK_POLICY or self.places.hold_pods(tier):
            found.problems.extend(self._unknowns.problems(policy))
        found.problems.extend(self._services.problems(policy))
        return found

    def _rectangles(self, rule: Rule, tier: Tier, rows: int) -> list[tuple[int, int, int]]:
        """Return (row set, column set, mask) for each part of a rule that has one set of ports."""
        sets = [self._columns(peer, rule.direction, tier) for peer in rule.peers]
        if self.places.hold_unknown(tier):
            sets.extend(self._columns(peer, rule.direction, tier) for peer in self._blocks_together(rule))
        if not rule.ports.named:
            mask = self.masks.id_of(rule.ports.numbers)
            return [(rows, columns, mask) for columns in sets]
        if rule.direction is Direction.INGRESS:
            return [(part, columns, mask) for columns in sets for part, mask in self._named(rows, rule.ports)]
        return [(rows, part, mask) for columns in sets for part, mask in self._named(columns, rule.ports)]

    @staticmethod
    def _blocks_together(rule: Rule) -> Iterator[Block]:
        """Yield the blocks of a rule as one: it may hold pods that none of them is sure to hold."""
        blocks = [peer.addresses for peer in rule.peers if isinstance(peer, Block)]
        if len(blocks) > 1:
            yield Block(AddressSet.union_of(blocks), "")

    def _subject(self, subject: Pods) -> int:
        key = ("subject", subject)
        number = self._index.number(key)
        if number is None:
            found = self._selectors.classes(subject)
            isolatable = self._classes.isolatable[found]
            number = self._index.add(key, found if isolatable.all() else found[isolatable])
        return number

    def _columns(self, peer: RulePeer, direction: Direction, tier: Tier) -> int:
        key = (peer, tier) if isinstance(peer, Pods) else (direction, peer, tier)
        number = self._index.number(key)
        if number is None:
            of = _PeerOf(peer, tier)
            number = self._index.add(key, self._ends(of, direction))
            if not isinstance(peer, Pods):
                self._index.with_atoms[direction].append((of, number))
        return number

    def _ends(self, of: _PeerOf, direction: Direction) -> Indices:
        peer, tier = of
        match peer:
            case Pods():
                found = self._selectors.classes(peer)
                return found if self._all_selectable else found[self._selectable[found]]
            case Block() | Nodes():
                addresses = self.places.addresses_of(peer) or AddressSet()
                inside = self._inside(addresses, tier) if self.places.hold_hosts(tier) else NO_PODS
                return np.concatenate([inside, len(self._classes) + self.externals[direction].atoms(addresses)])
            case DomainNames():
                return NO_PODS
            case Anyone():
                return np.arange(len(self._classes) + self.externals[direction].count)

    def _inside(self, addresses: AddressSet, tier: Tier) -> Indices:
        """Return the classes whose pods are in `addresses`, to a policy of `tier`; sorted."""
        places = self.places.within(addresses, tier)
        return np.sort(np.concatenate([NO_PODS, *(self._at[place] for place in places & self._at.keys())]))

    def _renew_atoms(self, direction: Direction) -> None:
        """Make the sets of `direction` that hold address atoms anew, and their parts by named ports."""
        renewed = {number for _, number in self._index.with_atoms[direction]}
        for of, number in self._index.with_atoms[direction]:
            self._index.sets.replace(number, self._ends(of, direction))
        for whole, ports in [key for key in self._divided if key[0] in renewed]:
            del self._divided[whole, ports]
            self._named(whole, ports)

    def _named(self, destinations: int, ports: PortMatch) -> list[tuple[int, int]]:
        """Return the parts of a set of destinations whose named ports resolve alike, with their masks.

        Only parts with some port: a name that a destination's containers do not declare with that
        protocol opens nothing there (semantics 12).
        """
        known = self._divided.get((destinations, ports))
        if known is not None:
            return known
        members = self._index.sets[destinations]
        resolved: dict[int, PortSet] = {}
        for port in ports.named:
            having = self._ports_by_name.get(port.name, {})
            for number in _common(members, having):
                found = [
                    PortSet.of(protocol, value)
                    for protocol, value in having[number]
                    if port.protocol in {None, protocol}
                ]
                resolved[number] = PortSet.union_of([resolved.get(number, ports.numbers), *found])
        parts: defaultdict[PortSet, list[int]] = defaultdict(list)
        for number, found_ports in resolved.items():
            parts[found_ports].append(number)
        if ports.numbers:
            parts[ports.numbers].extend(number for number in members.tolist() if number not in resolved)
        divided = [
            (self._part(destinations, ports, found_ports, numbers), self.masks.id_of(found_ports))
            for found_ports, numbers in parts.items()
            if found_ports and numbers
        ]
        self._divided[destinations, ports] = divided
        return divided

    def _part(self, whole: int, ports: PortMatch, found: PortSet, members: list[int]) -> int:
        if len(members) == self._index.sets.size(whole):
            return whole
        return self._index.put(("part", whole, ports, found), np.array(sorted(members), dtype=np.int64))

    def _unresolved(self, policy: Policy, rule: Rule, rows: int) -> Iterator[Problem]:
        """Yield a warning for each named port that no container of the rule's destinations declares."""
        if rule.direction is Direction.INGRESS:
            destinations = self._index.sets[rows]
        else:
            columns = [self._index.sets[self._columns(peer, rule.direction, policy.tier)] for peer in rule.peers]
            destinations = np.unique(np.concatenate([np.empty(0, dtype=np.int64), *columns]))
        path = rule.path
        for port in rule.ports.named:
            having = self._ports_by_name.get(port.name, {})
            matching = (pair for number in _common(destinations, having) for pair in having[number])
            if not any(port.protocol in {None, protocol} for protocol, _ in matching):
                yield Problem(
                    Severity.WARNING,
                    "unresolved-named-port",
                    f"no container that this rule leads to declares a port named {port.name!r}"
                    + (f" with protocol {port.protocol}" if port.protocol else ""),
                    remedy="Compare the name with the ports of the pods' containers.",
                    file=policy.source.file,
                    line=field_line(policy.source, path),
                    object=policy.ref,
                    field=field_path(path),
                )

    def _blocks_of(self, policies: Iterable[Policy], direction: Direction) -> frozenset[AddressSet]:
        peers = (
            peer for policy in policies for rule in policy.rules if rule.direction is direction for peer in rule.peers
        )
        found = {self.places.addresses_of(peer) for peer in {peer for peer in peers if not isinstance(peer, Pods)}}
        return frozenset(block for block in found if block is not None)

    def _port_sets(self, policies: Iterable[Policy]) -> set[PortSet]:
        """Return the sets that every port set a rule can come to mean is a union of."""
        matches = [rule.ports for policy in policies for rule in policy.rules]
        names = {port.name for ports in matches for port in ports.named}
        for name in names.difference(self._declared):
            pairs = {pair for pairs in self._ports_by_name.get(name, {}).values() for pair in pairs}
            self._declared[name] = frozenset(PortSet.of(protocol, value) for protocol, value in pairs)
        declared = {ports for name in names for ports in self._declared[name]}
        return declared.union(map(PortSet, {ports.numbers.axis for ports in matches}))


def _ports_by_name(classes: Classes) -> _PortsByName:
    """Return, for each port name, the classes whose containers declare it, with protocol and number."""
    found: defaultdict[str, defaultdict[int, list[tuple[str, int]]]] = defaultdict(lambda: defaultdict(list))
    for number, ports in enumerate(classes.ports):
        for name, protocol, value in sorted(ports):
            found[name][number].append((protocol, value))
    return found


def _classes_by_place(classes: Classes) -> Mapping[int, Indices]:
    """Return the classes at each place; the ingress controller's is nowhere."""
    pods = np.array([number for number, members in enumerate(classes.members) if members], dtype=np.int64)
    places = classes.places[pods]
    return {place: pods[places == place] for place in np.unique(places).tolist()}


def _common(members: Indices, having: Mapping[int, object]) -> list[int]:
    """Return the members, which are sorted, that are keys of `having`, at the cost of the smaller of the two."""
    if len(members) <= len(having):
        return [number for number in members.tolist() if number in having]
    places = np.minimum(members.searchsorted(list(having)), len(members) - 1)
    return [number for number, place in zip(having, places.tolist(), strict=True) if members[place] == number]
