"""Which policies are added to a cluster and which removed, and the engine as it is then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from workbench.connectivity.engine import Engine, Semantics, with_policies
from workbench.ground import gc_paused
from workbench.inventory import Cluster, policies_given, refs_given
from workbench.policy import LeftOut, Policy

__all__ = ["PolicyChange"]


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """Policies to add and to remove.

    Attributes
    ----------
    added : tuple of Policy or LeftOut
        One of each name; each takes the place of an earlier one.
    removed : frozenset of str
        References, as `Policy.ref` has them.
    """

    added: tuple[Policy | LeftOut, ...]
    removed: frozenset[str]

    @classmethod
    def of(
        cls,
        engine: Engine,
        add: Cluster | Policy | Iterable[Policy],
        remove: str | Policy | Iterable[str | Policy],
    ) -> PolicyChange:
        """Return the change to what an engine was made of.

        Raises
        ------
        LookupError
            If a policy to be removed is not there.
        TypeError
            If what is to be added or removed is not a policy.
        """
        added = {one.ref: one for one in _given(add, engine.semantics)}
        left_out = [left.ref for left in engine.objects.left_out]
        there = dict.fromkeys((*engine.numbers, *left_out)) if left_out else engine.numbers
        return cls(tuple(added.values()), frozenset(refs_given(remove, there)))

    def applied(self, engine: Engine) -> Engine:
        """Return the engine after the change."""
        # What the API server refuses takes no place: an earlier policy of that name stays.
        gone = self.removed.union(one.ref for one in self.added if isinstance(one, Policy) or one.in_force)
        policies = [one for one in self.added if isinstance(one, Policy)]
        left_out = (
            *(left for left in engine.objects.left_out if left.ref not in gone),
            *(one for one in self.added if isinstance(one, LeftOut)),
        )
        numbers = {engine.numbers[ref] for ref in gone & engine.numbers.keys()}
        with gc_paused():
            return with_policies(engine, policies, numbers, left_out)


def _given(add: Cluster | Policy | Iterable[Policy], semantics: Semantics) -> list[Policy | LeftOut]:
    """Return the policies that are to be added, and those of a cluster that are left out."""
    if isinstance(add, Cluster):
        objects = semantics.read(add.objects)
        return [*objects.policies, *objects.left_out]
    given = policies_given(add)
    for one in given:
        if not isinstance(one, Policy):
            message = f"{type(one).__name__} is not a policy: write conn.with_policies(add=load_manifests(…))"
            raise TypeError(message)
    return given
