"""Whose pod is it: the workload of an end, as the source says, or by the pod's name and labels (flow-rules N6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

import ibis

from workbench.flows.rules.ends import cell
from workbench.flows.schema import ENDS

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["CERTAIN_UNLESS", "Owner", "derived_owner", "with_owners"]

_SAFE: Final = "[bcdfghjklmnpqrstvwxz2456789]"
"""What Kubernetes makes generated names of: no vowels, and no digits that look like one."""
_TEMPLATE_HASH: Final = f"^(.+)-{_SAFE}{{8,10}}$"
_TIMESTAMP: Final = "^(.+)-[0-9]{8,10}$"
_OF_CRON_JOB: Final = f"^(.+)-[0-9]{{8,10}}-{_SAFE}{{5}}$"
_OF_DEPLOYMENT: Final = f"^(.+)-{_SAFE}{{8,10}}-({_SAFE}{{5}}|[*])$"
"""A star stands for the pods of one ReplicaSet, where a source has joined them."""
_GENERATED: Final = f"^(.+)-{_SAFE}{{5}}$"
_ORDINAL: Final = "^(.+)-[0-9]+$"

_HASH: Final = "pod-template-hash"
_JOB: Final = ("batch.kubernetes.io/job-name", "job-name")
_STATEFUL: Final = "statefulset.kubernetes.io/pod-name"
_DAEMON: Final = "pod-template-generation"

CERTAIN_UNLESS: Final = ("Pod", "Node", "ReplicaSet", "Job")
"""Kinds from which another owner is derived; any other kind that a source gives is the workload's own."""


class Owner(NamedTuple):
    """The workload that pods belong to; `kind` is empty where a source gives none."""

    kind: str
    name: str


def derived_owner(
    kind: str | None,
    name: str | None,
    labels: Mapping[str, str] | None = None,
    *,
    pod: str | None = None,
    node: str | None = None,
) -> Owner | None:
    """Return the workload of a pod (flow-rules N6); None where nothing is known of it.

    A ReplicaSet's is its Deployment, if its name ends on the label ``pod-template-hash`` or on what looks
    like one; a Job's is its CronJob, if it ends on a time; a static pod's name loses that of its node.

    Parameters
    ----------
    kind, name : str or None
        Of the owner as the source gives it; with the kind ``Pod``, of the pod itself.
    labels : mapping, optional
        Of the pod. Labels that controllers write go before what its name looks like.
    pod, node : str, optional
        Name of the pod, and of the node that it runs on.
    """
    labels = labels or {}
    if name and kind not in {"Pod", "Node"}:
        return _above(Owner(kind or "", name), labels)
    whole = pod or (name if kind == "Pod" else None)
    if not whole:
        return None
    if kind == "StatefulSet" and (found := re.search(_ORDINAL, whole)):
        return Owner(kind, found[1])
    return _by_labels(whole, labels) or _by_name(whole, (name if kind == "Node" else None) or node)


def _above(owner: Owner, labels: Mapping[str, str]) -> Owner:
    if owner.kind == "ReplicaSet":
        ending = f"-{labels.get(_HASH) or ''}"
        if len(ending) > 1 and owner.name.endswith(ending) and len(owner.name) > len(ending):
            return Owner("Deployment", owner.name[: -len(ending)])
        if found := re.search(_TEMPLATE_HASH, owner.name):
            return Owner("Deployment", found[1])
    if owner.kind == "Job" and (found := re.search(_TIMESTAMP, owner.name)):
        return Owner("CronJob", found[1])
    return owner


def _by_labels(pod: str, labels: Mapping[str, str]) -> Owner | None:
    generated = re.search(_GENERATED, pod)
    stem = generated[1] if generated else ""
    ending = f"-{labels.get(_HASH) or ''}"
    if len(ending) > 1 and stem.endswith(ending) and len(stem) > len(ending):
        return Owner("Deployment", stem[: -len(ending)])
    for key in _JOB:
        if labels.get(key):
            return _above(Owner("Job", labels[key]), labels)
    if labels.get(_STATEFUL) == pod and (found := re.search(_ORDINAL, pod)):
        return Owner("StatefulSet", found[1])
    if labels.get(_DAEMON) and stem:
        return Owner("DaemonSet", stem)
    return None


def _by_name(pod: str, node: str | None) -> Owner:
    if node and pod.endswith(f"-{node}") and len(pod) > len(node) + 1:
        return Owner("Pod", pod[: -len(node) - 1])
    if found := re.search(_OF_CRON_JOB, pod):
        return Owner("CronJob", found[1])
    if found := re.search(_OF_DEPLOYMENT, pod):
        return Owner("Deployment", found[1])
    return Owner("Pod", pod)


def with_owners(rows: ir.Table) -> ir.Table:
    """Return `rows` in which every end of which a pod or an owner is known has its workload, as `derived_owner` says.

    Only ``{end}_k8s_owner_kind`` and ``{end}_k8s_owner_name`` change; doing it twice changes nothing more.
    """
    # What is looked at several times is a column first: an engine would else compute it for each time.
    with_parts = rows.mutate(
        **{_of(end, part): value for end in ENDS for part, value in _text_parts(rows, end).items()}
    )
    decided = with_parts.mutate(**{_of(end, "owner"): _owner(with_parts, end) for end in ENDS})
    new: dict[str, ir.Value] = {}
    for end in ENDS:
        owner = decided[_of(end, "owner")]
        new |= {f"{end}_k8s_owner_{part}": owner[part].nullif("") for part in Owner._fields}
    columns = dict.fromkeys((*rows.columns, *new))
    return decided.select(**{name: new[name] if name in new else decided[name] for name in columns})


def _of(end: str, part: str) -> str:
    return f"_{end}_{part}"


def _text_parts(rows: ir.Table, end: str) -> dict[str, ir.StringValue]:
    """Return what is known of an end; empty texts where nothing is."""
    kind, name = (cell(rows, f"{end}_k8s_owner_{part}").fill_null("") for part in ("kind", "name"))
    pod = ibis.coalesce(cell(rows, f"{end}_k8s_pod_name").nullif(""), (kind == "Pod").ifelse(name, ""))
    node = ibis.coalesce((kind == "Node").ifelse(name.nullif(""), None), cell(rows, f"{end}_k8s_node_name"), "")
    labels = cell(rows, f"{end}_k8s_pod_labels")
    return {
        "kind": kind,
        "name": name,
        "pod": pod,
        "node": node,
        "stem": pod.re_extract(_GENERATED, 1).fill_null(""),
        "job": ibis.coalesce(*(labels.get(key).nullif("") for key in _JOB), ""),
        "template": labels.get(_HASH).fill_null(""),
        "stateful": labels.get(_STATEFUL).fill_null(""),
        "daemon": labels.get(_DAEMON).fill_null(""),
    }


def _owner(rows: ir.Table, end: str) -> ir.StructValue:
    """Return kind and name: the same decisions as `derived_owner`, in the same order."""
    kind, name, pod, node, stem = (rows[_of(end, part)] for part in ("kind", "name", "pod", "node", "stem"))
    job, template, stateful, daemon = (rows[_of(end, part)] for part in ("job", "template", "stateful", "daemon"))
    given = (name != "") & kind.notin(("Pod", "Node"))
    replica_set, of_job = given & (kind == "ReplicaSet"), given & (kind == "Job")
    cases: tuple[tuple[ir.BooleanValue, ir.StringValue, ir.StringValue], ...] = (
        (replica_set & _ends(name, template), _text("Deployment"), _less(name, template)),
        (replica_set & name.re_search(_TEMPLATE_HASH), _text("Deployment"), name.re_extract(_TEMPLATE_HASH, 1)),
        (of_job & name.re_search(_TIMESTAMP), _text("CronJob"), name.re_extract(_TIMESTAMP, 1)),
        (given | (pod == ""), kind, name),
        ((kind == "StatefulSet") & pod.re_search(_ORDINAL), kind, pod.re_extract(_ORDINAL, 1)),
        (_ends(stem, template), _text("Deployment"), _less(stem, template)),
        ((job != "") & job.re_search(_TIMESTAMP), _text("CronJob"), job.re_extract(_TIMESTAMP, 1)),
        (job != "", _text("Job"), job),
        ((stateful == pod) & pod.re_search(_ORDINAL), _text("StatefulSet"), pod.re_extract(_ORDINAL, 1)),
        ((daemon != "") & (stem != ""), _text("DaemonSet"), stem),
        (_ends(pod, node), _text("Pod"), _less(pod, node)),
        (pod.re_search(_OF_CRON_JOB), _text("CronJob"), pod.re_extract(_OF_CRON_JOB, 1)),
        (pod.re_search(_OF_DEPLOYMENT), _text("Deployment"), pod.re_extract(_OF_DEPLOYMENT, 1)),
    )
    return ibis.cases(
        *((condition, _pair(kind, name)) for condition, kind, name in cases), else_=_pair(_text("Pod"), pod)
    )


def _pair(kind: ir.StringValue, name: ir.StringValue) -> ir.StructValue:
    return ibis.struct(dict(zip(Owner._fields, (kind, name), strict=True)))


def _text(text: str) -> ir.StringValue:
    return ibis.literal(text)


def _ends(text: ir.StringValue, ending: ir.StringValue) -> ir.BooleanValue:
    return (ending != "") & text.endswith("-" + ending) & (text.length() > ending.length() + 1)


def _less(text: ir.StringValue, ending: ir.StringValue) -> ir.StringValue:
    return text.left(ibis.greatest(text.length() - ending.length() - 1, 0))
