"""What was wrong with policies as they were read: each problem with its policy and its field."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from workbench.checks.context import CheckContext
from workbench.checks.found import NO_PATCH, Found, Patch
from workbench.checks.severity import CheckSeverity
from workbench.ground import Problem
from workbench.manifests import FieldPath, Manifest, Source
from workbench.policy import LeftOut, Policy, is_policy

__all__ = ["ReadProblem", "problems_of_policies"]

_FRAGMENT: Final = "incomplete-repetition"
"""Code of what is said of an object that is refused, so that another one of its name counts."""
_STEP: Final = re.compile(r"\[(\d+)\]|\.?([^.\[]+)")


class ReadProblem(NamedTuple):
    """A problem of a policy.

    Attributes
    ----------
    problem : Problem
    manifest : Manifest
        The policy as it was written.
    policy : Policy, LeftOut or None
        The policy as it was read; None of one that another of its name stands in for.
    """

    problem: Problem
    manifest: Manifest
    policy: Policy | LeftOut | None

    @property
    def path(self) -> FieldPath:
        """The field that it is about."""
        steps = _STEP.findall(self.problem.field)
        return tuple(int(number) if number else name for number, name in steps)

    @property
    def value(self) -> Any:  # noqa: ANN401  (a value of a document)
        """What is written there; None where there is nothing."""
        found: Any = self.manifest.content
        for step in self.path:
            try:
                found = found[step]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def found(
        self,
        message: str = "",
        *,
        evidence: tuple[str, ...] = (),
        patch: Patch = NO_PATCH,
        severity: CheckSeverity | None = None,
    ) -> Found:
        """Return the problem as what a check has found.

        Parameters
        ----------
        message : str, optional
            That of the problem by default.
        evidence : tuple of str, optional
        patch : Patch, optional
        severity : CheckSeverity, optional
        """
        known = self.policy.policy if isinstance(self.policy, LeftOut) else self.policy
        return Found(
            self.problem.object if known is None else known.ref,
            message or self.problem.message,
            namespace=self.manifest.namespace if known is None else known.namespace,
            path=self.path,
            source=self.manifest.source,
            evidence=evidence,
            remedy=self.problem.remedy,
            patch=patch,
            severity=severity,
            key=f"{self.problem.code} {message or self.problem.message}",
        )


def problems_of_policies(context: CheckContext, *codes: str) -> Iterator[ReadProblem]:
    """Yield what was wrong with the policies that are there, in the order in which it was found.

    Parameters
    ----------
    context : CheckContext
    *codes : str
        Keep to problems of these codes; all without any.
    """
    places: defaultdict[tuple[str, str], list[Manifest]] = defaultdict(list)
    for manifest in context.cluster.objects.manifests:
        if is_policy(manifest):
            places[manifest.ref, manifest.source.file].append(manifest)
    there: dict[str, Policy | LeftOut] = {one.ref: one for one in context.left_out}
    there.update((one.ref, one) for one in context.policies)
    kinds = {one.partition(" ")[0] for one in there}
    read = {id(manifest): there.get(ref) for ref, manifest in context.written.items()}
    for problem in context.cluster.problems_found:
        if codes and problem.code not in codes:
            continue
        if problem.code == _FRAGMENT and problem.object.partition(" ")[0] in kinds:
            yield ReadProblem(problem, Manifest({}, Source(problem.file, problem.line or 1)), None)
            continue
        listed = places.get((problem.object, problem.file), ())
        before = [one for one in listed if problem.line is None or one.source.line <= problem.line]
        # One that a change has replaced since has no policy of its source any more.
        if before and id(before[-1]) in read:
            yield ReadProblem(problem, before[-1], read[id(before[-1])])
