"""From a cluster's policies to the two sides that answer every question about it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from workbench.connectivity.classes import Classes, Indices, classify
from workbench.connectivity.externals import Externals
from workbench.connectivity.masks import PortMasks
from workbench.connectivity.patterns import Clause
from workbench.connectivity.quotient import Quotient
from workbench.connectivity.selection import Selection
from workbench.connectivity.semantics import Semantics
from workbench.connectivity.sides import Side, build_side
from workbench.inventory.model import Objects
from workbench.manifests.locate import field_line
from workbench.manifests.problems import Problem, Severity
from workbench.manifests.progress import Progress
from workbench.manifests.source import field_path
from workbench.policy.addresses import AddressSet
from workbench.policy.ports import PortSet
from workbench.policy.rules import Anyone, Block, Direction, Peer, Pods, Policy, PortMatch, Rule

__all__ = ["Compiled", "compile_objects", "end_key"]


_PortsByName: TypeAlias = Mapping[str, Mapping[int, list[tuple[str, int]]]]


@dataclass(frozen=True, eq=False)
class Compiled:
    """A cluster's policies in the form in which questions are answered.

    Attributes
    ----------
    policies : tuple of Policy
    classes : Classes
        The pods; classes are the first ends of both directions.
    externals : mapping of Direction to Externals
        The address atoms, which are the ends after the classes.
    masks : PortMasks
    sets : list of ndarray of int64
        Index sets that the clauses refer to.
    clauses : mapping of Direction to tuple of Clause
    numbers : mapping
        The index set of each peer of each rule, by `end_key`.
    subjects : tuple of int
        For each policy, the index set of the classes that it selects.
    sides : mapping of Direction to Side
    isolated : mapping of Direction to ndarray of bool, shape (classes,)
        Whether some NetworkPolicy isolates the class.
    problems : tuple of Problem
        What policies ask for and nothing in the cluster can meet.
    """

    policies: tuple[Policy, ...]
    classes: Classes
    externals: dict[Direction, Externals]
    masks: PortMasks
    sets: list[Indices]
    numbers: Mapping[Hashable, int]
    clauses: dict[Direction, tuple[Clause, ...]]
    subjects: tuple[int, ...]
    sides: dict[Direction, Side]
    isolated: dict[Direction, npt.NDArray[np.bool_]]
    problems: tuple[Problem, ...]
    semantics: Semantics

    @cached_property
    def quotient(self) -> Quotient:
        """The sides over blocs of classes that the policies treat alike."""
        return Quotient.of(self.sides)

    def ends(self, peer: Peer, direction: Direction) -> Indices:
        """Return the ends that a peer of some rule of `direction` selects, sorted."""
        return self.sets[self.numbers[end_key(peer, direction)]]


def end_key(peer: Peer, direction: Direction) -> Hashable:
    """Return what the set of a rule's peer is known by: pods are the same ends in both directions."""
    return peer if isinstance(peer, Pods) else (direction, peer)


def compile_objects(objects: Objects, semantics: Semantics, progress: Progress) -> Compiled:
    """Compile the policies of `objects` against its pods."""
    return _Compiler(objects, semantics).compile(progress)


class _IndexSets:
    """Index sets, each kept once and known by a number."""

    def __init__(self) -> None:
        self.sets: list[Indices] = []
        self._numbers: dict[Hashable, int] = {}

    @property
    def numbers(self) -> Mapping[Hashable, int]:
        """The number of each set, by what it stands for."""
        return self._numbers

    def number(self, key: Hashable) -> int | None:
        """Return the number of the set that `key` stands for, if it is known."""
        return self._numbers.get(key)

    def add(self, key: Hashable, members: Indices) -> int:
        """Keep the set that `key` stands for."""
        self._numbers[key] = number = len(self.sets)
        self.sets.append(members)
        return number


class _Compiler:
    def __init__(self, objects: Objects, semantics: Semantics) -> None:
        self._semantics = semantics
        self._policies = objects.policies
        self._classes = classify(objects, isolate_host_network=semantics.isolate_host_network)
        self._selection = Selection(self._classes)
        self._ports_by_name = _ports_by_name(self._classes)
        self._externals = {direction: Externals(self._blocks(direction)) for direction in Direction}
        self._masks = PortMasks(self._port_sets())
        self._index = _IndexSets()
        self._divided: dict[tuple[int, PortMatch], list[tuple[int, int]]] = {}
        self._problems: list[Problem] = []
        self._clauses: dict[Direction, list[Clause]] = {direction: [] for direction in Direction}
        self._isolated = {direction: np.zeros(len(self._classes), dtype=np.bool_) for direction in Direction}

    def compile(self, progress: Progress) -> Compiled:
        """Return the compiled policies."""
        orders = _orders(self._policies)
        for number, policy in enumerate(self._policies):
            self._add(number, policy, orders[number])
            if number % 1024 == 0:
                progress("compile policies", number, len(self._policies))
        progress("compile policies", len(self._policies), len(self._policies))
        sides = {
            direction: build_side(
                self._clauses[direction],
                self._index.sets,
                self._isolated[direction],
                len(self._classes) + self._externals[direction].count,
                self._masks,
            )
            for direction in Direction
        }
        return Compiled(
            policies=self._policies,
            classes=self._classes,
            externals=self._externals,
            masks=self._masks,
            sets=self._index.sets,
            numbers=self._index.numbers,
            clauses={direction: tuple(clauses) for direction, clauses in self._clauses.items()},
            subjects=tuple(self._subject(policy.subject) for policy in self._policies),
            sides=sides,
            isolated=self._isolated,
            problems=tuple(self._problems),
            semantics=self._semantics,
        )

    def _add(self, number: int, policy: Policy, order: int) -> None:
        rows = self._subject(policy.subject)
        members = self._index.sets[rows]
        for direction in policy.isolates:
            self._isolated[direction][members] = True
        for position, rule in enumerate(policy.rules):
            clauses = self._clauses[rule.direction]
            for rectangle in self._rectangles(policy, rule, rows):
                clauses.append(Clause(*rectangle, policy.tier, rule.action, order + position, number, position))

    def _rectangles(self, policy: Policy, rule: Rule, rows: int) -> Iterator[tuple[int, int, int]]:
        """Yield (row set, column set, mask) for each part of a rule that has one set of ports."""
        numbers = self._masks.id_of(rule.ports.numbers)
        for peer in rule.peers:
            columns = self._columns(peer, rule.direction)
            if not rule.ports.named:
                yield rows, columns, numbers
            elif rule.direction is Direction.INGRESS:
                for part, mask in self._named(rows, rule.ports):
                    yield part, columns, mask
            else:
                for part, mask in self._named(columns, rule.ports):
                    yield rows, part, mask
        if rule.ports.named:
            self._warn_unresolved(policy, rule, rows)

    def _subject(self, subject: Pods) -> int:
        number = self._index.number(("subject", subject))
        if number is None:
            found = self._selection.classes(subject)
            number = self._index.add(("subject", subject), found[self._classes.isolatable[found]])
        return number

    def _columns(self, peer: Peer, direction: Direction) -> int:
        key = end_key(peer, direction)
        number = self._index.number(key)
        if number is None:
            number = self._index.add(key, self._ends(peer, direction))
        return number

    def _ends(self, peer: Peer, direction: Direction) -> Indices:
        match peer:
            case Pods():
                return self._selection.classes(peer)
            case Block():
                return len(self._classes) + self._externals[direction].atoms(peer.addresses)
            case Anyone():
                return np.arange(len(self._classes) + self._externals[direction].count)

    def _named(self, destinations: int, ports: PortMatch) -> list[tuple[int, int]]:
        """Return the parts of a set of destinations whose named ports resolve alike, with their masks.

        Only parts with some port: a name that a destination's containers do not declare with that
        protocol opens nothing there (connectivity.md 12).
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
            (self._part(destinations, tuple(sorted(numbers))), self._masks.id_of(found_ports))
            for found_ports, numbers in parts.items()
            if found_ports and numbers
        ]
        self._divided[destinations, ports] = divided
        return divided

    def _part(self, whole: int, members: tuple[int, ...]) -> int:
        if len(members) == len(self._index.sets[whole]):
            return whole
        number = self._index.number(members)
        return self._index.add(members, np.array(members, dtype=np.int64)) if number is None else number

    def _warn_unresolved(self, policy: Policy, rule: Rule, rows: int) -> None:
        """Warn of each named port that no container of the rule's destinations declares."""
        if rule.direction is Direction.INGRESS:
            destinations = self._index.sets[rows]
        else:
            columns = [self._index.sets[self._columns(peer, rule.direction)] for peer in rule.peers]
            destinations = np.concatenate([np.empty(0, dtype=np.int64), *columns])
        path = ("spec", rule.direction.value, rule.index)
        for port in rule.ports.named:
            having = self._ports_by_name.get(port.name, {})
            matching = (pair for number in _common(destinations, having) for pair in having[number])
            if not any(port.protocol in {None, protocol} for protocol, _ in matching):
                self._problems.append(
                    Problem(
                        Severity.WARNING,
                        "unresolved-named-port",
                        f"no container that this rule leads to declares a port named {port.name!r}"
                        + (f" with protocol {port.protocol}" if port.protocol else ""),
                        remedy="Give the container port that name, or write the port's number.",
                        file=policy.source.file,
                        line=field_line(policy.source, path),
                        object=policy.ref,
                        field=field_path(path),
                    )
                )

    def _blocks(self, direction: Direction) -> list[AddressSet]:
        return [
            peer.addresses
            for policy in self._policies
            for rule in policy.rules
            if rule.direction is direction
            for peer in rule.peers
            if isinstance(peer, Block)
        ]

    def _port_sets(self) -> set[PortSet]:
        """Return the sets that every port set a rule can come to mean is a union of."""
        numbers = {rule.ports.numbers for policy in self._policies for rule in policy.rules}
        declared = {
            PortSet.of(protocol, value)
            for having in self._ports_by_name.values()
            for pairs in having.values()
            for protocol, value in pairs
        }
        return numbers | declared


def _ports_by_name(classes: Classes) -> _PortsByName:
    """Return, for each port name, the classes whose containers declare it, with protocol and number."""
    found: defaultdict[str, defaultdict[int, list[tuple[str, int]]]] = defaultdict(lambda: defaultdict(list))
    for number, ports in enumerate(classes.ports):
        for name, protocol, value in sorted(ports):
            found[name][number].append((protocol, value))
    return found


def _common(members: Indices, having: Mapping[int, object]) -> list[int]:
    """Return the members that are keys of `having`, at the cost of the smaller of the two."""
    if len(members) <= len(having):
        return [number for number in members.tolist() if number in having]
    places = np.minimum(members.searchsorted(list(having)), len(members) - 1)
    return [number for number, place in zip(having, places.tolist(), strict=True) if members[place] == number]


def _orders(policies: tuple[Policy, ...]) -> list[int]:
    """Return the place of each policy's first rule in the order in which rules are heard (connectivity.md 14)."""
    orders = [0] * len(policies)
    place = 0
    for number in sorted(range(len(policies)), key=lambda i: (policies[i].tier, policies[i].priority)):
        orders[number] = place
        place += len(policies[number].rules)
    return orders
