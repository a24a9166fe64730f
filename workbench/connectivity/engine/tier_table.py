"""What the rules with wide peers decide, and in which order the tiers are evaluated (semantics 14).

Rows that the same such rules select have one row group; what a row group permits is computed once for
each column group of columns.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine.cells import union_cells
from workbench.connectivity.engine.classes import Indices
from workbench.connectivity.engine.index_sets import Stretches
from workbench.connectivity.engine.masks import ALL, NONE, MaskIds, PortMasks, Words
from workbench.policy import Action, Tier

__all__ = ["Clause", "KeptColumnGroups", "RowGroups"]


class Clause(NamedTuple):
    """One rule (or a part of one, where a named port divides it): `rows` may use `mask` with `columns`.

    Attributes
    ----------
    rows, columns : int
        Ids of index sets.
    mask : int
        Id of a port mask.
    tier : Tier
    action : Action
    order : (int, str, int, int)
        The policy's priority, name and number, and the rule's position: in the admin and baseline tiers,
        the first rule to match wins.
    policy, rule : int
        Index of the policy, and of the rule within ``policy.rules``.
    """

    rows: int
    columns: int
    mask: int
    tier: Tier
    action: Action
    order: tuple[int, str, int, int]
    policy: int
    rule: int


class KeptColumnGroups(NamedTuple):
    """What column sets are in the table.

    Attributes
    ----------
    total : int
        Number of column groups.
    of : mapping of int to ndarray of int64
        The column groups that each set is kept as, sorted.
    inexact : collection of int
        Sets of NetworkPolicy clauses that are not all of their column groups.
    """

    total: int
    of: Mapping[int, Indices]
    inexact: Collection[int]


class RowGroups:
    """The table of row groups by column groups, and the verdicts that explicit cells are subject to, too.

    Parameters
    ----------
    clauses : sequence of Clause
        All clauses of the admin and baseline tiers, and those NetworkPolicy clauses whose columns
        are kept as column groups.
    rows : sequence of ndarray of int64
        The rows of each clause, sorted.
    column_groups : KeptColumnGroups
    isolated : ndarray of bool, shape (rows,)

    Attributes
    ----------
    row_group_of : ndarray of int64, shape (rows,)
    table : ndarray of int32, shape (row groups, column groups)
        Ids of the masks that each row group permits.
    """

    def __init__(
        self,
        clauses: Sequence[Clause],
        rows: Sequence[Indices],
        column_groups: KeptColumnGroups,
        isolated: npt.NDArray[np.bool_],
        masks: PortMasks,
    ) -> None:
        self._masks = masks
        of_policies = [i for i, c in enumerate(clauses) if c.tier is Tier.NETWORK_POLICY]
        of_tiers = [i for i, c in enumerate(clauses) if c.tier is not Tier.NETWORK_POLICY]
        of_tiers.sort(key=lambda i: clauses[i].order)
        policy_clauses, tier_clauses = [clauses[i] for i in of_policies], [clauses[i] for i in of_tiers]
        by_policy, policy_members = _signatures([rows[i] for i in of_policies], len(isolated))
        by_tier, tier_members = _signatures([rows[i] for i in of_tiers], len(isolated))
        triples, self.row_group_of = np.unique(
            np.stack([by_policy, by_tier, isolated.astype(np.int64)], axis=1), axis=0, return_inverse=True
        )
        policy_of, self._tier_of, is_isolated = triples[:, 0], triples[:, 1], triples[:, 2].astype(np.bool_)
        self._by_policies = _policy_masks(policy_clauses, policy_members, column_groups, masks)[policy_of]
        self._exactly = self._by_policies
        if column_groups.inexact:
            members = [
                [n for n in found if policy_clauses[n].columns not in column_groups.inexact] for found in policy_members
            ]
            self._exactly = _policy_masks(policy_clauses, members, column_groups, masks)[policy_of]
        self._tiers = _Tiers(tier_clauses, tier_members, column_groups, masks) if tier_clauses else None
        self.table = np.where(is_isolated[:, None], self._by_policies, np.int32(ALL))
        if self._tiers is not None:
            decided = np.where(
                is_isolated[:, None, None], masks.words(self._by_policies), self._tiers.baseline[self._tier_of]
            )
            final = self._tiers.allowed[self._tier_of] | (self._tiers.open[self._tier_of] & decided)
            self.table = masks.intern(final.reshape(-1, masks.words_per_mask)).reshape(self.table.shape)

    def apply(
        self, row_group: Indices, column_group: Indices, cells: MaskIds, is_gap: npt.NDArray[np.bool_]
    ) -> MaskIds:
        """Return the masks of explicit cells of isolated rows after the table's rules have been evaluated, too.

        Of clauses whose columns are inexact, cells that are gaps hold already what can be known.
        """
        evaluated = np.where(is_gap, self._exactly[row_group, column_group], self._by_policies[row_group, column_group])
        cells = self._masks.unite(cells, evaluated)
        if self._tiers is not None:
            where = self._tier_of[row_group], column_group
            words = self._tiers.allowed[where] | (self._tiers.open[where] & self._masks.words(cells))
            cells = self._masks.intern(words)
        return cells


class _Tiers:
    """What the admin and baseline tiers say of each row group: words of shape (row groups, column groups, …).

    Attributes
    ----------
    allowed : Words
        What admin rules allow whatever NetworkPolicies say.
    open : Words
        What admin rules leave to the tiers below: passed, or claimed by none.
    baseline : Words
        What baseline rules and the default allow where no NetworkPolicy isolates.
    """

    def __init__(
        self,
        clauses: Sequence[Clause],
        members: Sequence[Sequence[int]],
        column_groups: KeptColumnGroups,
        masks: PortMasks,
    ) -> None:
        shape = (len(members), column_groups.total, masks.words_per_mask)
        full = masks.all_words
        self.allowed: Words = np.zeros(shape, dtype=np.uint64)
        self.open: Words = np.empty(shape, dtype=np.uint64)
        self.baseline: Words = np.empty(shape, dtype=np.uint64)
        self.open[:] = self.baseline[:] = full
        words = masks.words(np.array([clause.mask for clause in clauses]))
        for row_group, numbers in enumerate(members):
            # First match wins: a port that one rule has claimed is out of the reach of those after it.
            unclaimed = {tier: np.broadcast_to(full, shape[1:]).copy() for tier in (Tier.ADMIN, Tier.BASELINE)}
            for number in numbers:
                clause = clauses[number]
                where = column_groups.of[clause.columns]
                claimed = unclaimed[clause.tier][where] & words[number]
                unclaimed[clause.tier][where] &= ~claimed
                if clause.tier is Tier.BASELINE:
                    if clause.action is Action.DENY:
                        self.baseline[row_group, where] &= ~claimed
                elif clause.action is not Action.PASS:
                    self.open[row_group, where] &= ~claimed
                    if clause.action is Action.ALLOW:
                        self.allowed[row_group, where] |= claimed


def _policy_masks(
    clauses: Sequence[Clause],
    members: Sequence[Sequence[int]],
    column_groups: KeptColumnGroups,
    masks: PortMasks,
) -> MaskIds:
    """Return the union of what wide NetworkPolicy rules allow, shape (row groups, column groups)."""
    pairs = [(row_group, clauses[number]) for row_group, numbers in enumerate(members) for number in numbers]
    found = np.full((len(members), column_groups.total), NONE, dtype=np.int32)
    keys, cells = union_cells(
        [np.array([row_group]) for row_group, _ in pairs],
        [Stretches.single(column_groups.of[clause.columns]) for _, clause in pairs],
        [clause.mask for _, clause in pairs],
        column_groups.total,
        masks,
    )
    found.reshape(-1)[keys] = cells
    return found


def _signatures(members: Sequence[Indices], rows: int) -> tuple[Indices, list[tuple[int, ...]]]:
    """Return which of `members` hold each row: the number of its signature, and the signatures."""
    row_of = np.concatenate([np.empty(0, dtype=np.int64), *members])
    clause_of = np.repeat(np.arange(len(members)), [len(member) for member in members])
    order = np.argsort(row_of, kind="stable")
    bounds = row_of[order].searchsorted(np.arange(rows + 1)).tolist()
    ordered = clause_of[order].tolist()
    numbers: dict[tuple[int, ...], int] = {}
    number_of = np.empty(rows, dtype=np.int64)
    for row in range(rows):
        signature = tuple(ordered[bounds[row] : bounds[row + 1]])
        number_of[row] = numbers.setdefault(signature, len(numbers))
    return number_of, list(numbers)
