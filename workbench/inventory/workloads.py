"""Which workloads there are: pods and pod templates, joined under the owners that stand above them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from workbench.ground import ProblemLog, Severity
from workbench.inventory.controller_labels import GENERATED_KEYS
from workbench.inventory.custom_resources import missing_template
from workbench.inventory.directory import canonical
from workbench.inventory.model import Labels, PodVariant, Workload
from workbench.inventory.pod_sources import Key, PodSource

__all__ = ["join"]

KNATIVE_SERVICE: Final = "serving.knative.dev/service"
KNATIVE_KIND: Final = ("Service.serving.knative.dev",)
"""The kind of the workload that a Knative Service is."""
_NAMED_AFTER_OWNER: Final = frozenset({"Pod", "ReplicaSet", "ReplicationController"})
"""Kinds that take the name and kind of an owner which was not read."""


@dataclass(slots=True)
class _Group:
    """What stands together under one owner."""

    head: PodSource | None = None
    sources: list[PodSource] = field(default_factory=list)


def join(sources: Iterable[PodSource], log: ProblemLog) -> tuple[Workload, ...]:
    """Return the workloads that `sources` make up, sorted by namespace, name and kind.

    Each source joins the topmost of its owners that is among the sources; a Pod, a ReplicaSet or a
    ReplicationController whose owner is not takes that owner's name and kind verbatim (semantics
    3), and so does a Job of a CronJob. Where pods were read, the shapes are theirs, not the templates':
    they carry what controllers and admission added. Where all of them have finished, a template stands
    beside them for the pods to come, unless it is that of a Job that is done. Pods of one owner that differ
    become shapes of one workload, and labels that differ are reported as ``pods-differ`` (semantics 5).
    """
    sources = _resolved(list(sources), log)
    present = {source.key: source for source in sources}
    groups: dict[Key, _Group] = {}
    for source in sources:
        top = _topmost(source, present)
        group = groups.setdefault(top, _Group(present.get(top)))
        group.sources.append(source)
    _report_shared_addresses(sources, log)
    workloads = [_workload(key, group, log) for key, group in groups.items()]
    return tuple(sorted(workloads, key=lambda workload: (workload.namespace, workload.name, workload.kind)))


def _resolved(sources: list[PodSource], log: ProblemLog) -> list[PodSource]:
    """Return `sources` without custom resources that others stand for, and with templates that others have.

    What an operator made of a custom resource, such as a StatefulSet, tells more of the pods than the resource.
    """
    if not any(source.custom for source in sources):
        return sources
    present = {source.key: source for source in sources}
    stood_for: set[Key] = set()
    for source in sources:
        if not source.custom and source.kind not in _NAMED_AFTER_OWNER:
            namespace = source.key[0]
            labels = source.manifest.metadata.get("labels")
            service = labels.get(KNATIVE_SERVICE) if isinstance(labels, Mapping) else None
            stood_for.add((namespace, *KNATIVE_KIND, str(service)))
            if source.owner is not None:
                stood_for.add((namespace, *source.owner))
    found: list[PodSource] = []
    for source in sources:
        if source.template_of is not None:
            other = present.get((source.key[0], *source.template_of))
            if other is None:
                log.add(missing_template(source))
                continue
            shape = replace(other.shape, controller_labels=source.shape.controller_labels)
            found.append(replace(source, shape=shape, service_account=other.service_account))
        elif not source.custom or source.key not in stood_for:
            found.append(source)
    return found


def _topmost(source: PodSource, present: Mapping[Key, PodSource]) -> Key:
    """Return the key of the highest owner of `source` that its ownerReferences lead to."""
    passed = {source.key}
    while source.owner is not None:
        kind, name = source.owner
        if kind == "Node":  # a static pod: the kubelet mirrors it, nothing deployed it
            break
        namespace = source.key[0]
        owner = (namespace, kind or "Pod", name or source.key[2])
        machine = (namespace, "VirtualMachine", owner[2])
        if kind == "VirtualMachineInstance" and owner not in present and machine in present:
            owner = machine  # an instance is named after its machine
        if owner in passed:
            break
        if owner not in present:
            return owner if _takes_owner_verbatim(source, kind) else source.key
        source = present[owner]
        passed.add(owner)
    return source.key


def _takes_owner_verbatim(source: PodSource, owner_kind: str) -> bool:
    """Tell whether an absent owner stands for the source: not so for what an operator's resource owns."""
    if source.kind == "Job":
        return owner_kind == "CronJob"
    return source.kind in _NAMED_AFTER_OWNER


def _workload(key: Key, group: _Group, log: ProblemLog) -> Workload:
    namespace, kind, name = key
    head, sources = group.head, group.sources
    shown = [source for source in sources if source.is_pod]
    living = [source for source in shown if not source.shape.finished]
    if not living:
        shown += _templates(head, sources, any_at_all=not shown)
        living = [source for source in shown if not source.shape.finished]
    _report_differences(f"{namespace}/{name}[{kind}]", living or shown, log)
    first = head or shown[0]
    return Workload(
        namespace,
        name,
        kind,
        _distinct([source.shape for source in shown]),
        first.replicas if head or len(shown) == 1 else None,
        next((source.service_account for source in (first, *shown) if source.service_account), ""),
        first.manifest.source,
        all(source.custom for source in sources),
    )


def _templates(head: PodSource | None, sources: list[PodSource], *, any_at_all: bool) -> list[PodSource]:
    """Return the templates from which pods are made: those of scaled-up owners that are not done, if there are any.

    `any_at_all` says whether others will do where there are none.
    """
    below = [source for source in sources if source is not head and not source.is_pod]
    templates = below if head is None or (head.custom and below) else [] if head.is_pod else [head]
    at_work = [source for source in templates if not source.shape.finished]
    scaled_up = [source for source in at_work if source.replicas != 0]
    return scaled_up or at_work or (templates if any_at_all else [])


def _distinct(shapes: list[PodVariant]) -> tuple[PodVariant, ...]:
    """Merge the shapes that policies cannot tell apart, with their pods and addresses."""
    if len(shapes) == 1:
        return tuple(shapes)
    alike: dict[Any, list[PodVariant]] = {}
    for shape in shapes:
        alike.setdefault(
            (
                frozenset(shape.labels.items()),
                shape.ports,
                shape.host_network,
                shape.attachments,
                shape.finished,
                shape.controller_labels,
            ),
            [],
        ).append(shape)
    return tuple(
        replace(
            members[0],
            pods=tuple(pod for member in members for pod in member.pods),
            ips=tuple(ip for member in members for ip in member.ips),
            placements=tuple(placement for member in members for placement in member.placements),
        )
        for members in alike.values()
    )


def _report_shared_addresses(sources: Iterable[PodSource], log: ProblemLog) -> None:
    """Report each address that two living pods have: those of the host's network aside, it can be one's only."""
    holders: dict[str, PodSource] = {}
    for source in sources:
        if source.is_pod and not source.shape.finished and not source.shape.host_network:
            for address in source.shape.ips:
                holder = holders.setdefault(canonical(address), source)
                if holder is not source:
                    message = f"its address {address} is also that of {holder.manifest.ref}: one of the two is outdated"
                    remedy = "read both from the cluster at one time; until then, ask about them by name"
                    log.add(source.manifest.problem(Severity.WARNING, "shared-address", message, remedy=remedy))


def _report_differences(peer: str, sources: list[PodSource], log: ProblemLog) -> None:
    if len(sources) == 1:
        return
    first = _authored(sources[0].shape.labels)
    different = [source for source in sources[1:] if _authored(source.shape.labels) != first]
    if not different:
        return
    values = [first, *(_authored(source.shape.labels) for source in different)]
    keys = sorted({key for labels in values for key in labels if len({one.get(key) for one in values}) > 1})
    message = (
        f"pods of one owner, {peer}, have different labels ({', '.join(keys)}): "
        f"they are one workload with distinct pod shapes, which policies may treat differently"
    )
    remedy = "Set these labels in the pod template, so that all its pods have them."
    log.add(different[0].manifest.problem(Severity.WARNING, "pods-differ", message, remedy=remedy))


def _authored(labels: Labels) -> dict[str, str]:
    return {key: value for key, value in labels.items() if key not in GENERATED_KEYS}
