"""Which labels do controllers give the pods that they make from a template, beside those written in it.

What is certain is known: a Job's pods are called after the Job, a StatefulSet's by their ordinal. Of other
labels it is certain that they are there, and not which value they have (a hash of the template, a UID).
Sources: Kubernetes, "Well-Known Labels, Annotations and Taints" and the pages of each workload kind;
OpenShift, "Deployments"; Argo Rollouts; Knative Serving; KubeVirt.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, NamedTuple, TypeAlias

__all__ = ["GENERATED_KEYS", "NO_CONTROLLER_LABELS", "POD_NAME", "ControllerLabels", "Varying", "controller_labels"]

_HASH: Final = "[a-z0-9]{1,63}"
_UID: Final = "[-0-9a-f]{36}"
_NUMBER: Final = "0|[1-9][0-9]*"

POD_NAME: Final = "statefulset.kubernetes.io/pod-name"
POD_INDEX: Final = "apps.kubernetes.io/pod-index"
COMPLETION_INDEX: Final = "batch.kubernetes.io/job-completion-index"
REVISION: Final = "controller-revision-hash"
JOB_NAMES: Final = ("job-name", "batch.kubernetes.io/job-name")
JOB_UIDS: Final = ("controller-uid", "batch.kubernetes.io/controller-uid")


class _Key(NamedTuple):
    """A label, and what its values begin with."""

    key: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Varying:
    """Labels that go together, with values that differ from pod to pod or are not known before there are pods.

    Each value is the key's own prefix and a part that all keys have in common.

    Attributes
    ----------
    keys : tuple of _Key
    pattern : str
        Regular expression of the common part.
    first, count : int, int or None
        Of ordinals: the first of them, and how many there are; None where nothing says so.
    ordinals : bool
        Whether pods are numbered. Each number is that of a pod then; else it is not known whether
        any pod has a certain value.
    """

    keys: tuple[_Key, ...]
    pattern: str
    first: int = 0
    count: int | None = None
    ordinals: bool = False

    def part(self, key: str, value: str) -> str | None:
        """Return the common part, if pods may have this value of a key; else None.

        Parameters
        ----------
        key : str
        value : str
        """
        prefix = next((one.prefix for one in self.keys if one.key == key), None)
        if prefix is None or not value.startswith(prefix):
            return None
        found = value[len(prefix) :]
        if not re.fullmatch(self.pattern, found):
            return None
        if not self.ordinals:
            return found
        number = int(found) - self.first
        return found if number >= 0 and (self.count is None or number < self.count) else None

    @property
    def only(self) -> str | None:
        """The common part that all pods have, since there is one pod only; else None."""
        return str(self.first) if self.ordinals and self.count == 1 else None

    def labels(self, part: str) -> Iterator[tuple[str, str]]:
        """Yield the labels of pods that have the common part."""
        for key, prefix in self.keys:
            yield key, prefix + part


@dataclass(frozen=True, slots=True)
class ControllerLabels:
    """What controllers add to the labels of a template.

    Attributes
    ----------
    known : tuple of (str, str)
        Labels that all pods have.
    varying : tuple of Varying
    """

    known: tuple[tuple[str, str], ...] = ()
    varying: tuple[Varying, ...] = ()

    def all_keys(self) -> Iterator[str]:
        """Yield the keys of all labels."""
        yield from (key for key, _ in self.known)
        yield from (one.key for varying in self.varying for one in varying.keys)

    def __str__(self) -> str:
        """Return the labels as people write them, with ``…`` for what is not known."""
        known = [f"{key}={value}" for key, value in self.known]
        return ", ".join([*known, *(f"{one.key}={one.prefix}…" for varying in self.varying for one in varying.keys)])


NO_CONTROLLER_LABELS: Final = ControllerLabels()

Spec: TypeAlias = Mapping[str, Any]


def _unknown(pattern: str, *keys: str, prefix: str = "") -> Varying:
    return Varying(tuple(_Key(key, prefix) for key in keys), pattern)


_DEPLOYMENT: Final = ControllerLabels(varying=(_unknown(_HASH, "pod-template-hash"),))
_DAEMON_SET: Final = ControllerLabels(
    varying=(_unknown(_HASH, REVISION), _unknown(_NUMBER, "pod-template-generation")),
)
_ROLLOUT: Final = ControllerLabels(varying=(_unknown(_HASH, "rollouts-pod-template-hash"),))


def _stateful_set(name: str, spec: Spec) -> ControllerLabels:
    ordinals = spec.get("ordinals")
    start = ordinals.get("start") if isinstance(ordinals, Mapping) else None
    return ControllerLabels(
        varying=(
            Varying(
                (_Key(POD_NAME, f"{name}-"), _Key(POD_INDEX)),
                _NUMBER,
                first=_whole(start) or 0,
                # A StatefulSet that is scaled by others says nothing of its size, or that it is nothing.
                count=_whole(spec.get("replicas")) or None,
                ordinals=True,
            ),
            _unknown(_HASH, REVISION, prefix=f"{name}-"),
        )
    )


def _job(name: str, spec: Spec) -> ControllerLabels:
    if spec.get("manualSelector") is True:  # the API server leaves the labels to whoever wrote the selector
        return ControllerLabels(varying=tuple(_indexes(spec)))
    known = tuple((key, name) for key in JOB_NAMES)
    uid = next((uid for key in JOB_UIDS if (uid := _template_label(spec, key))), "")
    if uid:  # as read from a cluster
        return ControllerLabels((*known, *((key, uid) for key in JOB_UIDS)), tuple(_indexes(spec)))
    return ControllerLabels(known, (_unknown(_UID, *JOB_UIDS), *_indexes(spec)))


def _generated_job(beginning: str, spec: Spec) -> ControllerLabels:
    names = _unknown("[a-z0-9]{5}", *JOB_NAMES, prefix=beginning)
    return ControllerLabels(varying=(names, _unknown(_UID, *JOB_UIDS), *_indexes(spec)))


def _template_label(spec: Spec, key: str) -> str:
    found: object = spec
    for step in ("template", "metadata", "labels", key):
        found = found.get(step) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else ""


def _cron_job(name: str, spec: Spec) -> ControllerLabels:
    """Return the labels of a CronJob's pods: its Jobs are called after it and the minute they were scheduled for."""
    names = _unknown("[0-9]{6,10}", *JOB_NAMES, prefix=f"{name}-")
    return ControllerLabels(varying=(names, _unknown(_UID, *JOB_UIDS), *_indexes(spec)))


def _indexes(spec: Spec) -> Iterator[Varying]:
    if spec.get("completionMode") == "Indexed":
        count = _whole(spec.get("completions"))
        yield Varying((_Key(COMPLETION_INDEX),), _NUMBER, count=count or None, ordinals=True)


def _deployment_config(name: str, _: Spec) -> ControllerLabels:
    return ControllerLabels((("deploymentconfig", name),), (_unknown(_NUMBER, "deployment", prefix=f"{name}-"),))


def _knative(name: str, _: Spec) -> ControllerLabels:
    known = tuple((f"serving.knative.dev/{key}", name) for key in ("service", "configuration"))
    return ControllerLabels(known, (_unknown("[0-9]{5,}", "serving.knative.dev/revision", prefix=f"{name}-"),))


def _machine(name: str, _: Spec) -> ControllerLabels:
    known = (("kubevirt.io", "virt-launcher"), ("vm.kubevirt.io/name", name))
    return ControllerLabels(known, (_unknown(_UID, "kubevirt.io/created-by"),))


_MADE_BY: Final[Mapping[tuple[str, str], Callable[[str, Spec], ControllerLabels]]] = MappingProxyType(
    {
        ("apps", "Deployment"): lambda _name, _spec: _DEPLOYMENT,
        ("apps", "DaemonSet"): lambda _name, _spec: _DAEMON_SET,
        ("apps", "StatefulSet"): _stateful_set,
        ("batch", "Job"): _job,
        ("batch", "CronJob"): _cron_job,
        ("apps.openshift.io", "DeploymentConfig"): _deployment_config,
        ("serving.knative.dev", "Service"): _knative,
        ("argoproj.io", "Rollout"): lambda _name, _spec: _ROLLOUT,
        ("kubevirt.io", "VirtualMachine"): _machine,
        ("kubevirt.io", "VirtualMachineInstance"): _machine,
    }
)
"""What controllers add, by the API group and kind of the object that they read."""


def controller_labels(group: str, kind: str, name: str, spec: object) -> ControllerLabels:
    """Return what controllers add to the labels of the template in an object's `spec`, as it was written.

    For a CronJob, `spec` is that of its Jobs. A `name` that ends in a hyphen is the beginning of a generated one.
    """
    made = _MADE_BY.get((group, kind))
    if made is None:
        return NO_CONTROLLER_LABELS
    if kind == "Job" and name.endswith("-"):
        made = _generated_job
    return made(name, spec if isinstance(spec, Mapping) else {})


def _whole(value: object) -> int | None:
    """Return a number without a fraction; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if value == int(value) else None


GENERATED_KEYS: Final = frozenset(
    key
    for (group, _), made in _MADE_BY.items()
    if group in {"apps", "batch"}
    for key in made("", {"completionMode": "Indexed"}).all_keys()
)
"""Labels that Kubernetes writes, different for each revision or pod: no news if they differ, no template has them."""
