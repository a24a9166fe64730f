"""What it leaves open that a policy is left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from workbench.ground import Problem, Severity, is_are, listed
from workbench.inventory.model import Namespace, Objects, PodVariant, Workload
from workbench.inventory.subjects import Subjects
from workbench.policy import NOT_EVALUATED, Action, Direction, LeftOut, Policy, Tier

__all__ = ["Consequences", "problems_left_out"]


@dataclass(frozen=True)
class Consequences:
    """Says of policies that are left out what follows, among the other policies and the workloads of their cluster.

    Attributes
    ----------
    workloads, namespaces
    policies : sequence of Policy
        Those that count.
    """

    workloads: Sequence[Workload]
    namespaces: Sequence[Namespace]
    policies: Sequence[Policy]

    def explained(self, left: LeftOut) -> Iterator[Problem]:
        """Yield the problems of one policy, with what follows from them: the first in full, the others in short."""
        short, full, matters = self._outcome(left)
        for problem in left.problems:
            if problem.code == NOT_EVALUATED and not matters:
                yield replace(problem, severity=Severity.INFO, message=f"{problem.message}; {full}")
            elif problem.severity is Severity.ERROR or problem.code == NOT_EVALUATED:
                yield replace(problem, message=f"{problem.message}; {full}")
                full = short
            else:
                yield problem

    def _outcome(self, left: LeftOut) -> tuple[str, str, bool]:
        """Return what is said of a policy that is left out, in short and in full, and whether any answer depends."""
        affected = [workload for workload, _ in self._subjects.chosen(left.policy.subject)]
        names = listed([f"{workload.namespace}/{workload.name}" for workload in affected])
        if left.in_force:
            full = (
                f"answers about {names} may differ from what the cluster does"
                if affected
                else "it selects no pods here"
            )
            return "it is not evaluated", full, bool(affected)
        short = "the policy is left out"
        if not affected:
            return short, f"{short}; it selects no pods here", False
        if left.policy.tier is not Tier.NETWORK_POLICY:
            return short, f"{short}, so {_unprotected(left.policy, names)}", True
        return short, f"{short}, so {self._opened(left.policy)}", True

    def _opened(self, policy: Policy) -> str:
        """Return which workloads are open because a NetworkPolicy is left out, and in which directions."""
        opened: defaultdict[tuple[Direction, ...], list[str]] = defaultdict(list)
        guarded = False
        for workload, shapes in self._subjects.of(policy.subject):
            if not shapes:
                continue
            closed = frozenset.intersection(*(self._isolated(workload, shape) for shape in shapes))
            left = tuple(d for d in Direction if d in policy.isolates and d not in closed)
            opened[left].append(f"{workload.namespace}/{workload.name}")
            guarded |= bool(left) and self._has_admin_denials(workload, shapes)
        kept = opened.pop((), [])
        if not opened:
            return f"what it allows is not allowed; other policies isolate {listed(kept)}"
        parts = [
            f"{listed(names)} {is_are(names)} open to all {' and '.join(directions)}"
            for directions, names in opened.items()
        ]
        several = sum(map(len, opened.values())) > 1
        reason = f"since no other policy selects {'them' if several else 'it'}"
        if guarded:
            reason = "but for what cluster-wide policies deny"
        return f"{' and '.join(parts)}, {reason}"

    def _isolated(self, workload: Workload, shape: PodVariant) -> frozenset[Direction]:
        """Return the directions in which NetworkPolicies that count isolate pods of a workload."""
        return frozenset(
            direction
            for policy in self._policies_of.get(workload.namespace, ())
            if policy.subject.pods.matches(shape.labels)
            for direction in policy.isolates
        )

    def _has_admin_denials(self, workload: Workload, shapes: Sequence[PodVariant]) -> bool:
        """Tell whether a cluster-wide policy denies anything to or from pods of a workload."""
        return any(
            self._subjects.has(workload.namespace, policy.subject.namespaces)
            and any(policy.subject.pods.matches(shape.labels) for shape in shapes)
            for policy in self._denying
        )

    @cached_property
    def _policies_of(self) -> dict[str, list[Policy]]:
        found: defaultdict[str, list[Policy]] = defaultdict(list)
        for policy in self.policies:
            if policy.tier is Tier.NETWORK_POLICY:
                found[policy.namespace].append(policy)
        return found

    @cached_property
    def _denying(self) -> list[Policy]:
        admin = (policy for policy in self.policies if policy.tier is not Tier.NETWORK_POLICY)
        return [policy for policy in admin if any(rule.action is Action.DENY for rule in policy.rules)]

    @cached_property
    def _subjects(self) -> Subjects:
        return Subjects(self.workloads, self.namespaces)


def problems_left_out(objects: Objects) -> Iterator[Problem]:
    """Yield the problems of the policies that are left out, with what follows among the policies that count."""
    consequences = Consequences(objects.workloads, objects.namespaces, objects.policies)
    for left in objects.left_out:
        yield from consequences.explained(left)


def _unprotected(policy: Policy, names: str) -> str:
    """Return what leaving out a cluster-wide policy means for the workloads `names`."""
    denied = [d.value for d in Direction if any((r.direction, r.action) == (d, Action.DENY) for r in policy.rules)]
    if denied:
        return f"the {' and '.join(denied)} that it denies is open for {names} unless another policy denies it"
    return f"its rules do not apply to {names}"
