"""What would change if a policy, or one of its rules, were not there: a connection that shows it.

Only the rows of classes that the policy selects can change. They are made anew without it, and
compared; where one matrix of a pair differs, the pair is asked again on both matrices, since what one end
would permit may be denied by the other end anyway.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import product
from typing import NamedTuple

import numpy as np

from workbench.connectivity.engine import (
    CHUNK,
    INGRESS_CONTROLLER,
    Engine,
    Indices,
    MaskIds,
    PermissionMatrix,
    PortMasks,
    RangeNames,
)
from workbench.connectivity.outside_manifests import OutsideManifests
from workbench.connectivity.policy_analysis.lone_effect import LoneEffect
from workbench.connectivity.policy_analysis.removal import Removal
from workbench.connectivity.policy_analysis.statements import Witness
from workbench.ground import PortSet
from workbench.policy import Direction, DomainNames, Nodes, Policy, Rule, RulePeer

__all__ = ["RemovalImpact", "denies_by_itself", "is_open_ended"]


def is_open_ended(engine: Engine, rule: Rule) -> bool:
    """Tell whether a rule is also about ends that no manifest tells: domain names, or nodes of unknown addresses."""
    places = engine.resolver.places
    return any(
        isinstance(peer, DomainNames) or (isinstance(peer, Nodes) and not places.addresses_of(peer))
        for peer in rule.peers
    )


def denies_by_itself(policy: Policy) -> bool:
    """Tell whether a NetworkPolicy denies a direction altogether: it is also there for pods that are deployed later."""
    return any(all(rule.direction is not direction for rule in policy.rules) for direction in policy.isolates)


class _MatrixWithout(NamedTuple):
    """One direction without what was taken away.

    Attributes
    ----------
    groups : list of ndarray of int64
        The rows that may change, grouped by the rules that select them.
    before : PermissionMatrix
    after : PermissionMatrix
        Row i is what the rows of group i permit.
    group_of : ndarray of int64, shape (classes,)
        The group of each class; -1 for those that stay as they are.
    """

    groups: list[Indices]
    before: PermissionMatrix
    after: PermissionMatrix
    group_of: Indices

    def masks(self, rows: Indices, columns: Indices) -> MaskIds:
        """Return the mask ids of pairs after the removal, shape (n,) for n rows and n columns."""
        found = self.before.masks(rows, columns)
        changed = np.flatnonzero(self.group_of[rows] >= 0)
        if len(changed):
            found[changed] = self.after.masks(self.group_of[rows[changed]], columns[changed])
        return found

    def differences(self, width: int) -> Iterator[tuple[Indices, Indices]]:
        """Yield rows and columns, each of shape (n,), where the matrix differs; about `width` at a time."""
        step = max(1, width // max(self.before.columns, 1))
        for first in range(0, len(self.groups), step):
            groups = self.groups[first : first + step]
            before = self.before.chosen_rows(np.array([group[0] for group in groups], dtype=np.int64))
            group, column = np.nonzero(before != self.after.rows(first, first + len(groups)))
            for place in np.unique(group).tolist():
                columns = column[group == place]
                part = max(1, width // len(columns))
                for start in range(0, len(groups[place]), part):
                    rows = groups[place][start : start + part]
                    yield np.repeat(rows, len(columns)), np.tile(columns, len(rows))


class RemovalImpact:
    """What changes if a policy, or one of its rules, is removed.

    Parameters
    ----------
    engine : Engine
        The connectivity with everything in place.
    complete : bool
        Whether the manifests are the whole cluster, now and later. Otherwise what leads out of them, and what denies
        a direction altogether, may be there for pods that they do not hold.
    """

    def __init__(self, engine: Engine, *, complete: bool = False) -> None:
        self._complete = complete
        self._outside_manifests = OutsideManifests(engine)
        self._engine, self._workloads = engine, engine.workloads
        self._lone = LoneEffect(
            engine,
            lambda src, dst: self._ends(src, dst) is not None,
            lambda direction, atom: atom in self._ranges[direction],
        )

    def witness(self, removal: Removal) -> Witness | None:
        """Return a connection that differs after a removal; None if nothing changes.

        Of the witness, `first` is what is allowed with it, and `second` what is without it.
        """
        without = {direction: self._without(direction, removal) for direction in Direction}
        for direction, matrix in without.items():
            for rows, columns in matrix.differences(CHUNK):
                where = without, direction, rows, columns
                found = self._with_addresses(*where) or self._from_controller(*where) or self._inside(*where)
                if found is not None:
                    return found
        return None

    def is_needed(self, removal: Removal) -> bool:
        """Tell whether something changes once it is removed, or may: what is open-ended counts as needed."""
        policy = self._engine.policies[removal.policy]
        chosen = policy.rules if removal.rule is None else policy.rules[removal.rule : removal.rule + 1]
        if any(is_open_ended(self._engine, rule) for rule in chosen):
            return True
        if not self._complete and self._is_for_others(policy, chosen, removal):
            return True
        return self._lone.shows(removal) or self.witness(removal) is not None

    def _is_for_others(self, policy: Policy, rules: Sequence[Rule], removal: Removal) -> bool:
        """Tell whether what is taken away may be there for pods that the manifests do not hold."""
        if self._outside_manifests.leads_out((policy.subject,)) and not len(self._rows_of(removal)):
            return True
        if removal.rule is None and denies_by_itself(policy):
            return True
        return any(self._is_elsewhere(peer, rule, policy) for rule in rules for peer in rule.peers)

    def _is_elsewhere(self, peer: RulePeer, rule: Rule, policy: Policy) -> bool:
        """Tell whether a peer matches no pods here, and may match some elsewhere."""
        ends = self._engine.ends(peer, rule.direction, policy.tier)
        return not len(ends) and bool(self._outside_manifests.place(peer))

    def _rows_of(self, removal: Removal) -> Indices:
        return self._engine.subject(removal.policy)

    def _without(self, direction: Direction, removal: Removal) -> _MatrixWithout:
        """Return `direction` without what is removed."""
        engine = self._engine
        clauses = engine.clauses[direction]
        groups: defaultdict[tuple[Sequence[int], bool, bool], list[int]] = defaultdict(list)
        for row in self._rows(direction, removal).tolist():
            isolating = [n for n in engine.rows.policies_of(row) if direction in engine.policies[n].isolates]
            stays = any(n != removal.policy or removal.rule is not None for n in isolating)
            groups[tuple(engine.rows.clauses_of(direction, row)), bool(isolating), stays].append(row)
        matrix = engine.matrices[direction]
        group_of = np.full(len(engine.classes), -1, dtype=np.int64)
        if not groups:
            return _MatrixWithout([], matrix, matrix, group_of)
        for number, members in enumerate(groups.values()):
            group_of[members] = number
        selecting = [[n for n in evaluated if not removal.covers(clauses[n])] for evaluated, _, _ in groups]
        after = engine.matrix_of_rows(direction, selecting, [stays for _, _, stays in groups])
        members_of = [np.array(members, dtype=np.int64) for members in groups.values()]
        return _MatrixWithout(members_of, matrix, after, group_of)

    def _rows(self, direction: Direction, removal: Removal) -> Indices:
        """Return the classes whose `direction` what is removed is about."""
        policy = self._engine.policies[removal.policy]
        rows = self._engine.subject(removal.policy)
        if removal.rule is None or policy.rules[removal.rule].direction is direction:
            return rows
        return rows[:0]

    def _inside(
        self, without: Mapping[Direction, _MatrixWithout], direction: Direction, rows: Indices, columns: Indices
    ) -> Witness | None:
        """Return a pair of pods that differs, out of those of which `direction` does."""
        pods = columns < len(self._engine.classes)
        if self._engine.classes.controller is not None:
            pods &= columns != self._engine.classes.controller
        src, dst = rows[pods], columns[pods]
        if direction is Direction.INGRESS:
            src, dst = dst, src
        masks, matrices = self._engine.masks, self._engine.matrices
        before = masks.intersect(
            matrices[Direction.EGRESS].masks(src, dst), matrices[Direction.INGRESS].masks(dst, src)
        )
        after = masks.intersect(without[Direction.EGRESS].masks(src, dst), without[Direction.INGRESS].masks(dst, src))
        for place in np.flatnonzero(before != after).tolist():
            ends = self._ends(int(src[place]), int(dst[place]))
            if ends is not None:
                return _witness(*ends, masks.ports(int(before[place])), masks.ports(int(after[place])))
        return None

    def _with_addresses(
        self, without: Mapping[Direction, _MatrixWithout], direction: Direction, rows: Indices, columns: Indices
    ) -> Witness | None:
        """Return a connection with addresses that differs, out of those of which `direction` does."""
        engine = self._engine
        for place in np.flatnonzero(columns >= len(engine.classes)).tolist():
            other = self._ranges[direction].get(int(columns[place]) - len(engine.classes))
            if other is not None:
                where = rows[place : place + 1], columns[place : place + 1]
                before, after = _ports(engine.masks, (engine.matrices[direction], without[direction]), *where)
                ends = self._workloads.peers[self._peers_of(int(rows[place]))[0]].name, other
                src, dst = ends if direction is Direction.EGRESS else ends[::-1]
                return _witness(src, dst, before, after)
        return None

    def _from_controller(
        self, without: Mapping[Direction, _MatrixWithout], direction: Direction, rows: Indices, columns: Indices
    ) -> Witness | None:
        """Return a connection from the ingress controller that differs, out of those of which `direction` does."""
        engine, controller = self._engine, self._engine.classes.controller
        if controller is None or direction is Direction.EGRESS:
            return None
        for row in rows[columns == controller].tolist():
            where = np.array([row]), np.array([controller])
            before, after = _ports(engine.masks, (engine.matrices[direction], without[direction]), *where)
            for index in self._peers_of(row):
                sent = engine.ingress_controller.sent(index)
                if sent & before != sent & after:
                    name = self._workloads.peers[index].name
                    return _witness(INGRESS_CONTROLLER.name, name, sent & before, sent & after)
        return None

    @cached_property
    def _ranges(self) -> Mapping[Direction, Mapping[int, str]]:
        """A range of each address atom that the map lists, as its peer's name."""
        found: dict[Direction, dict[int, str]] = {direction: {} for direction in Direction}
        names = RangeNames(self._engine.families.listed, self._engine.semantics.wording)
        for direction, externals in self._engine.externals.items():
            for addresses, atom in zip(externals.ranges, externals.atom_of_range.tolist(), strict=True):
                if addresses.family in self._engine.families.listed:
                    found[direction].setdefault(atom, names.peer(addresses, addresses).name)
        return found

    def _peers_of(self, number: int) -> list[int]:
        """Return the indices of the workload peers that the pods of a class belong to."""
        pods = self._engine.classes.members[number]
        return list(dict.fromkeys(self._workloads.index(pod.workload, number) for pod in pods))

    def _ends(self, src: int, dst: int) -> tuple[str, str] | None:
        """Return the names of two workloads of two classes, different ones if there are.

        None where the two are one workload without siblings: its connection with itself is not an answer.
        """
        siblings, peers = self._workloads.siblings, self._workloads.peers
        pairs = list(product(self._peers_of(src)[:2], self._peers_of(dst)[:2]))
        different = (pair for pair in pairs if pair[0] != pair[1])
        found = next(different, None) or next((pair for pair in pairs if siblings[pair[0]]), None)
        return None if found is None else (peers[found[0]].name, peers[found[1]].name)


def _ports(
    masks: PortMasks, matrices: tuple[PermissionMatrix, _MatrixWithout], row: Indices, column: Indices
) -> tuple[PortSet, PortSet]:
    """Return what one pair is permitted before and after a removal."""
    before, after = (masks.ports(int(matrix.masks(row, column)[0])) for matrix in matrices)
    return before, after


def _witness(src: str, dst: str, before: PortSet, after: PortSet) -> Witness:
    return Witness(src, dst, before, after, (before - after) | (after - before))
