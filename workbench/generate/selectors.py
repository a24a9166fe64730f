"""Which labels choose exactly the pods of a workload, whatever its controllers add to them (generate 2)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.generate.needs import WhyLeftOut
from workbench.ground import value_at
from workbench.inventory import DEFAULT_NAMESPACE, GENERATED_KEYS
from workbench.policy import Operator, Requirement, Selector

if TYPE_CHECKING:
    from workbench.inventory import Cluster, PodVariant, Workload
    from workbench.manifests import Source

__all__ = ["UNSTABLE_KEYS", "LabelChoice", "WorkloadLabels", "is_unstable", "living", "may_choose", "selector_written"]

UNSTABLE_KEYS: Final = frozenset(
    {
        "app.kubernetes.io/version",
        "app.kubernetes.io/managed-by",
        "app.kubernetes.io/created-by",
        "helm.sh/chart",
        "chart",
        "heritage",
        "version",
        "rollouts-pod-template-hash",
        "topology.kubernetes.io/region",
        "topology.kubernetes.io/zone",
        "failure-domain.beta.kubernetes.io/region",
        "failure-domain.beta.kubernetes.io/zone",
        "deployment",
        "deploymentconfig",
        "scheduler.alpha.kubernetes.io/node-selector",
        "kubevirt.io/created-by",
        "kubevirt.io/migrationJobUID",
        "kubevirt.io/nodeName",
        "serving.knative.dev/revision",
        "serving.knative.dev/revisionUID",
        "serving.knative.dev/configurationGeneration",
    }
)
"""Labels that tell a version, a tool or a place, and not what the pods are: the next release has others."""
_UNSTABLE_DOMAINS: Final = ("batch.kubernetes.io/", "pod-template-", "topology.kubernetes.io/")
_FIRST: Final = ("app.kubernetes.io/name", "app.kubernetes.io/component", "app", "k8s-app", "component", "name", "role")
"""What people mostly say what pods are by, the best first."""


def is_unstable(key: str) -> bool:
    """Tell whether a label's value may be another one after the next release or run.

    Parameters
    ----------
    key : str
    """
    return key in UNSTABLE_KEYS or key in GENERATED_KEYS or key.startswith(_UNSTABLE_DOMAINS)


class LabelChoice(NamedTuple):
    """A selector for a workload's pods.

    Attributes
    ----------
    selector : Selector
    others : tuple of str
        The other workloads of the namespace that it chooses, too: empty where it is exact.
    is_labelled : bool
        Whether there is a label to choose by; where there is none, the selector chooses every pod of the namespace.
    """

    selector: Selector
    others: tuple[str, ...] = ()
    is_labelled: bool = True

    @property
    def is_exact(self) -> bool:
        """Whether it chooses the workload and no other."""
        return self.refusal is None

    @property
    def refusal(self) -> tuple[WhyLeftOut, str] | None:
        """Why no rule or policy can be about the workload alone, and what more is to be said; None where one can."""
        if not self.is_labelled:
            return WhyLeftOut.NO_LABELS, ""
        if self.others:
            return WhyLeftOut.TOO_WIDE, f"{self.selector} chooses {', '.join(self.others)}, too"
        return None


class WorkloadLabels:
    """The labels of all workloads of a cluster, asked for selectors.

    Parameters
    ----------
    cluster : Cluster
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._within: defaultdict[str, list[Workload]] = defaultdict(list)
        for workload in cluster.objects.workloads:
            self._within[workload.namespace].append(workload)
        self._pods: dict[str, _Pods] = {}
        self._known: dict[str, LabelChoice] = {}

    @cached_property
    def _owners(self) -> Mapping[tuple[Source, str, str, str], Selector]:
        """What owners choose their pods by, by where they are written, and by namespace, kind and name."""
        written = ((one, value_at(one.content, "spec", "selector")) for one in self._cluster.objects.manifests)
        found = ((one, selector_written(selector)) for one, selector in written)
        return {
            (one.source, one.namespace or DEFAULT_NAMESPACE, one.kind, one.name): chosen
            for one, chosen in found
            if chosen and chosen.requirements
        }

    def owner_selector(self, workload: Workload) -> Selector | None:
        """Return by what the owner of a workload chooses its pods; None where it does not say.

        Parameters
        ----------
        workload : Workload
        """
        return self._owners.get((workload.source, workload.namespace, workload.kind, workload.name))

    def of(self, workload: Workload) -> LabelChoice:
        """Return the fewest labels that choose the pods of a workload and of no other of its namespace.

        The labels by which its owner chooses them are taken first, then those that people mostly use, then any other
        that does not change with a release or a run; last, the lack of a label that only others have.

        Parameters
        ----------
        workload : Workload
        """
        known = self._known.get(workload.peer)
        if known is None:
            known = self._known[workload.peer] = self._chosen(workload)
        return known

    def chosen_by(self, namespace: str, selector: Selector) -> tuple[str, ...]:
        """Return the workloads of a namespace of which a selector chooses pods, or may choose some.

        Of labels that controllers add it is not always known which values they have.

        Parameters
        ----------
        namespace : str
        selector : Selector
        """
        return tuple(
            one.peer
            for one in self._candidates(namespace, selector)
            if any(may_choose(selector, shape) for shape in living(one))
        )

    def _candidates(self, namespace: str, selector: Selector) -> Iterable[Workload]:
        """Return the workloads that have one of the labels of a selector, or are given its key: few of many."""
        if not selector.labels:
            return self._within.get(namespace, ())
        first = selector.labels[0]
        found = (self._labelled.get((namespace, first.key, value), {}) for value in (first.values[0], None))
        by_peer = {peer: one for each in found for peer, one in each.items()}
        return [by_peer[peer] for peer in sorted(by_peer)]

    @cached_property
    def _labelled(self) -> Mapping[tuple[str, str, str | None], Mapping[str, Workload]]:
        """The workloads by namespace, key and value; those whose controllers give pods the key, by None."""
        found: defaultdict[tuple[str, str, str | None], dict[str, Workload]] = defaultdict(dict)
        for workload in self._cluster.objects.workloads:
            for shape in living(workload):
                for key, value in shape.labels.items():
                    found[workload.namespace, key, value][workload.peer] = workload
                for key in shape.controller_labels.all_keys():
                    found[workload.namespace, key, None][workload.peer] = workload
        return found

    def _chosen(self, workload: Workload) -> LabelChoice:
        mine = [shape.labels for shape in living(workload)]
        rivals = _Rivals(self._pods_of(workload.namespace), workload.peer)
        owner = self.owner_selector(workload)
        own = frozenset(one.key for one in owner.labels) if owner is not None else frozenset()
        added = {key for shape in workload.shapes for key in shape.controller_labels.all_keys()}
        candidates = _candidates(mine, own, added)
        if not candidates:
            others = sorted({one.peer for one in self._within[workload.namespace]} - {workload.peer})
            return LabelChoice(Selector(), tuple(others), is_labelled=False)
        chosen, left = _fewest(candidates, rivals)
        if left:
            chosen += _lacking(mine, rivals, left, added)
        selector = Selector(tuple(sorted(_without_needless(chosen, rivals))))
        return LabelChoice(selector, rivals.names(rivals.chosen(selector.requirements)))

    def _pods_of(self, namespace: str) -> _Pods:
        if namespace not in self._pods:
            self._pods[namespace] = _Pods(self._within[namespace])
        return self._pods[namespace]


class _Pods:
    """The kinds of pods of a namespace, each by its place, found by their labels.

    Parameters
    ----------
    workloads : iterable of Workload
    """

    def __init__(self, workloads: Iterable[Workload]) -> None:
        self.shapes = [(one.peer, shape.labels) for one in workloads for shape in living(one)]
        self.by_label: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
        self.by_key: defaultdict[str, set[int]] = defaultdict(set)
        self.by_workload: defaultdict[str, set[int]] = defaultdict(set)
        for place, (peer, labels) in enumerate(self.shapes):
            self.by_workload[peer].add(place)
            for key, value in labels.items():
                self.by_label[key, value].add(place)
                self.by_key[key].add(place)

    def having(self, requirement: Requirement) -> set[int]:
        """Return those that have one of the labels of a requirement.

        Parameters
        ----------
        requirement : Requirement
            With the operator `In`.
        """
        found = [self.by_label.get((requirement.key, value), set()) for value in requirement.values]
        return found[0] if len(found) == 1 else set().union(*found)


class _Rivals(NamedTuple):
    """The kinds of pods of a namespace that a selector for one of its workloads has to leave out.

    Attributes
    ----------
    pods : _Pods
    but : str
        The workload.
    """

    pods: _Pods
    but: str

    def among(self, requirement: Requirement, left: set[int]) -> set[int]:
        """Return those of some that a requirement chooses.

        Parameters
        ----------
        requirement : Requirement
            With the operator `In` or `DoesNotExist`.
        left : set of int
        """
        if requirement.operator is Operator.DOES_NOT_EXIST:
            return left - self.pods.by_key.get(requirement.key, set())
        return left & self.pods.having(requirement)

    def chosen(self, requirements: Iterable[Requirement]) -> set[int]:
        """Return those that requirements choose; one of them asks for a label.

        Parameters
        ----------
        requirements : iterable of Requirement
        """
        # Few pods have a label that tells a workload from others: with it, nothing is as large as the namespace.
        sets = {one: self.pods.having(one) for one in requirements if one.operator is Operator.IN}
        rarest = min(sets, key=lambda one: len(sets[one]))
        found = sets[rarest] - self.pods.by_workload[self.but]
        for one in requirements:
            found = self.among(one, found)
        return found

    def names(self, places: Iterable[int]) -> tuple[str, ...]:
        """Return whose they are, sorted.

        Parameters
        ----------
        places : iterable of int
        """
        return tuple(sorted({self.pods.shapes[place][0] for place in places}))


def living(workload: Workload) -> tuple[PodVariant, ...]:
    """Return the kinds of pods that a workload has or will have; those that finished only where there are no others.

    Parameters
    ----------
    workload : Workload
    """
    return tuple(shape for shape in workload.shapes if not shape.finished) or workload.shapes


def selector_written(written: object) -> Selector | None:
    """Return a label selector as objects write it; None where it is something else, or damaged.

    Parameters
    ----------
    written : object
        With ``matchLabels`` and ``matchExpressions``.
    """
    if not isinstance(written, Mapping):
        return None
    try:
        labels = {str(key): str(value) for key, value in (written.get("matchLabels") or {}).items()}
        expressions = [
            Requirement(
                str(one["key"]), Operator(one["operator"]), tuple(sorted(set(map(str, one.get("values") or ()))))
            )
            for one in written.get("matchExpressions") or ()
        ]
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    if any(bool(one.values) is not (one.operator in {Operator.IN, Operator.NOT_IN}) for one in expressions):
        return None
    return Selector.of(labels, expressions)


def may_choose(selector: Selector, shape: PodVariant) -> bool:
    """Tell whether a selector chooses pods of a shape, or may choose some by labels that controllers give them.

    Parameters
    ----------
    selector : Selector
    shape : PodVariant
    """
    added = shape.controller_labels
    labels = {**shape.labels, **dict(added.known)}
    varying = {key: one for one in added.varying for key in (single.key for single in one.keys)}
    for requirement in selector.requirements:
        one = varying.get(requirement.key)
        if one is None:
            fits = requirement.matches(labels)
        elif requirement.operator is Operator.IN:
            fits = any(one.part(requirement.key, value) is not None for value in requirement.values)
        else:
            fits = requirement.operator is not Operator.DOES_NOT_EXIST
        if not fits:
            return False
    return True


def _candidates(mine: list[Mapping[str, str]], own: Collection[str], added: Iterable[str]) -> list[Requirement]:
    """Return what all pods of a workload have, the best to choose by first."""
    common = set.intersection(*(set(labels) for labels in mine)) - set(added) if mine else set()
    keys = sorted(key for key in common if not is_unstable(key))
    ranked = sorted(
        keys,
        key=lambda key: (key not in own, _FIRST.index(key) if key in _FIRST else len(_FIRST), key),
    )
    found = [Requirement(key, Operator.IN, tuple(sorted({labels[key] for labels in mine}))) for key in ranked]
    # One value is easier to read, and a selector of the owner's is what people know.
    return sorted(found, key=lambda one: len(one.values) > 1)


def _fewest(candidates: list[Requirement], rivals: _Rivals) -> tuple[list[Requirement], set[int]]:
    """Return few requirements that leave out as many rivals as all of them do, and those that they choose."""
    left = rivals.chosen(candidates[:1])
    chosen = [candidates[0]]
    while left:
        best = min(candidates, key=lambda one: len(rivals.among(one, left)))
        remaining = rivals.among(best, left)
        if len(remaining) == len(left):
            break
        chosen.append(best)
        left = remaining
    return chosen, left


def _without_needless(chosen: list[Requirement], rivals: _Rivals) -> list[Requirement]:
    """Return requirements of which none can go without more rivals being chosen; a label to choose by stays."""
    kept = list(chosen)
    for one in chosen:
        without = [other for other in kept if other != one]
        is_labelled = any(other.operator is Operator.IN for other in without)
        if is_labelled and len(rivals.chosen(without)) == len(rivals.chosen(kept)):
            kept = without
    return kept


def _lacking(mine: list[Mapping[str, str]], rivals: _Rivals, left: set[int], added: Iterable[str]) -> list[Requirement]:
    """Return labels that a workload's pods never have, and by which the pods that are left can be told from them."""
    never = {key for place in left for key in rivals.pods.shapes[place][1] if not is_unstable(key)} - set(added)
    never -= {key for labels in mine for key in labels}
    chosen = []
    while left and never:
        wanted = {key: Requirement(key, Operator.DOES_NOT_EXIST) for key in sorted(never)}
        best = min(wanted, key=lambda key: len(rivals.among(wanted[key], left)))
        remaining = rivals.among(wanted[best], left)
        if len(remaining) == len(left):
            break
        chosen.append(wanted[best])
        left = remaining
        never.discard(best)
    return chosen
