"""Where do selectors tell pods of one template apart by labels that their controller adds: the pods become shapes.

A label of which the value is known is a label like any other. Of one that counts pods (a StatefulSet's
ordinals) those pods that a selector names are a shape each, and all others one more. Of one whose value is
not known before there are pods (the hash of a template), pods that have the value that a selector names, and
pods that do not, are both possible: they are two shapes, so that every answer is given for both. No
selector mentions such labels in most clusters; then nothing is done.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from itertools import chain, product
from types import MappingProxyType
from typing import Final, NamedTuple

from workbench.ground import Problem, Severity, first_of
from workbench.inventory import POD_NAME, ControllerLabels, Labels, Objects, PodVariant, Varying, Workload
from workbench.policy import Pods, Policy, Selector

__all__ = ["OTHER", "ControllerShapes"]

OTHER: Final = "(other)"
"""The value of a label that no selector names; no selector can ask for it, since it is not a label's value."""


class _Concerned(NamedTuple):
    """A label that distinguishes pods of a workload: whether any has this value is sure for ordinals only."""

    workload: str
    label: str
    ordinal: bool


class ControllerShapes:
    """The shapes of a cluster's pods by the labels that controllers add.

    Parameters
    ----------
    objects : Objects
        With the policies whose selectors count, and the Services whose selectors do.
    """

    def __init__(self, objects: Objects) -> None:
        self._namespaces = {namespace.name: namespace.labels for namespace in objects.namespaces}
        added = {shape.controller_labels for workload in objects.workloads for shape in workload.shapes}
        self._added = frozenset(key for labels in added for key in labels.all_keys())
        services = (
            Pods(one.namespace, Selector.of(one.selector))
            for one in objects.services
            if one.selector and not self._added.isdisjoint(one.selector)
        )
        self._choices = frozenset(filter(self._is_concerned, chain(_chosen(objects.policies), services)))
        self._keys = self._added.intersection(r.key for pods in self._choices for r in pods.pods.requirements)
        self._values = _values_named(self._choices, self._keys)
        self._unusual: defaultdict[Pods, list[_Concerned]] = defaultdict(list)

    def are_final_with(self, policies: Iterable[Policy]) -> bool:
        """Tell whether the shapes are fine enough for further policies, too."""
        return all(pods in self._choices for pods in filter(self._is_concerned, _chosen(policies)))

    def of(self, workload: Workload) -> Workload:
        """Return `workload` with its templates' shapes distinguished as far as selectors do."""
        if not self._keys or not any(self._concern(shape.controller_labels) for shape in workload.shapes):
            return workload
        return replace(
            workload, shapes=tuple(part for shape in workload.shapes for part in self._parts(workload, shape))
        )

    def problems(self, policy: Policy) -> Iterator[Problem]:
        """Yield what a policy's selectors distinguish: an info for ordinals, a warning for what is not known."""
        if not self._unusual:
            return
        unusual = dict.fromkeys(one for pods in _chosen([policy]) for one in self._unusual.get(pods, ()))
        for ordinal in (False, True):
            found = [one for one in unusual if one.ordinal is ordinal]
            if found:
                labels = ", ".join(dict.fromkeys(one.label for one in found))
                names = list(dict.fromkeys(one.workload for one in found))
                whose = first_of(names)
                yield _by_ordinal(policy, labels, whose) if ordinal else _by_unknown(policy, labels, whose)

    def _is_concerned(self, pods: Pods) -> bool:
        """Tell whether a choice of pods mentions a label that some controller adds here."""
        return any(requirement.key in self._added for requirement in pods.pods.requirements)

    def _concern(self, labels: ControllerLabels) -> bool:
        return not self._keys.isdisjoint(labels.all_keys())

    def _parts(self, workload: Workload, shape: PodVariant) -> Iterator[PodVariant]:
        """Yield the shapes of the pods of one template."""
        added = shape.controller_labels
        if not self._concern(added):
            yield shape
            return
        known = {key: value for key, value in added.known if key in self._keys}
        base = {**shape.labels, **known}
        concerned = [varying for varying in added.varying if any(one.key in self._keys for one in varying.keys)]
        open_keys = {one.key for varying in concerned for one in varying.keys}
        variants = [self._variants(workload, varying, base, open_keys) for varying in concerned]
        for parts in product(*variants):
            labels = {key: value for part in parts for key, value in part.items() if key in self._keys}
            name = next((part[POD_NAME] for part in parts if part.get(POD_NAME, OTHER) != OTHER), "")
            yield replace(shape, labels=MappingProxyType({**base, **labels}), pods=(name,) if name else shape.pods)

    def _variants(self, workload: Workload, varying: Varying, base: Labels, open_keys: set[str]) -> list[Labels]:
        """Return the labels of each kind of pods that selectors distinguish by `varying`."""
        named: dict[str, None] = {}
        for key, beginning in varying.keys:
            for value, choices in self._values.get((key, beginning), {}).items():
                part = varying.part(key, value)
                if part is None:
                    continue
                choosing = [pods for pods in choices if self._may_choose(pods, workload, base, open_keys)]
                for pods in choosing:
                    self._unusual[pods].append(_Concerned(workload.peer, f"{key}={value}", varying.ordinals))
                if choosing:
                    named[part] = None
        found: list[Labels] = [dict(varying.labels(part)) for part in named]
        if not varying.ordinals or varying.count is None or len(found) < varying.count:
            unnamed = varying.only if varying.only is not None and not found else None
            rest = dict(varying.labels(unnamed)) if unnamed is not None else {one.key: OTHER for one in varying.keys}
            found.append(rest)
        return found

    def _may_choose(self, pods: Pods, workload: Workload, base: Labels, open_keys: set[str]) -> bool:
        """Tell whether `pods` may choose pods of a workload, as far as the labels tell that are known."""
        if isinstance(pods.namespaces, str):
            if pods.namespaces != workload.namespace:
                return False
        elif not pods.namespaces.matches(self._namespaces.get(workload.namespace, {})):
            return False
        return all(r.key in open_keys or r.matches(base) for r in pods.pods.requirements)


def _values_named(
    choices: Iterable[Pods], keys: Collection[str]
) -> defaultdict[tuple[str, str], defaultdict[str, list[Pods]]]:
    """Return which selectors name each value of `keys`.

    By key and by what the value begins with, so that each workload looks at its own values only.
    """
    found: defaultdict[tuple[str, str], defaultdict[str, list[Pods]]] = defaultdict(lambda: defaultdict(list))
    for pods in choices:
        for requirement in pods.pods.requirements:
            for value in requirement.values if requirement.key in keys else ():
                for beginning in {"", value[: value.rfind("-") + 1]}:
                    found[requirement.key, beginning][value].append(pods)
    return found


def _chosen(policies: Iterable[Policy]) -> Iterator[Pods]:
    """Yield the pods that policies choose, for subjects and for peers."""
    for policy in policies:
        yield policy.subject
        for rule in policy.rules:
            yield from (peer for peer in rule.peers if isinstance(peer, Pods))


def _by_ordinal(policy: Policy, labels: str, whose: str) -> Problem:
    message = f"selects single pods of {whose} by {labels}: each is listed by itself, and the other pods together"
    return _problem(policy, Severity.INFO, "pods-by-ordinal", message, "")


def _by_unknown(policy: Policy, labels: str, whose: str) -> Problem:
    message = (
        f"selects pods of {whose} by {labels}, a value that the controller gives and that is not in the manifests:"
        " answers are given both for pods that have it and for pods that have not"
    )
    remedy = "read the pods from the cluster, or select by a label of the pod template"
    return _problem(policy, Severity.WARNING, "unknown-label-value", message, remedy)


def _problem(policy: Policy, severity: Severity, code: str, message: str, remedy: str) -> Problem:
    source = policy.source
    return Problem(severity, code, message, remedy, source.file, source.line, policy.ref)
