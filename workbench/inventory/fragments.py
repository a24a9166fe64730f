"""What does an object lack without which the API server refuses it: patches lack most, and are not objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final

from workbench.ground import value_at
from workbench.manifests import Manifest

__all__ = ["lacking"]

_SPEC: Final = "spec"
_TEMPLATE: Final = ("spec", "template")
_POD_SPECS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = MappingProxyType(
    {
        ("", "Pod"): (_SPEC,),
        ("", "ReplicationController"): (*_TEMPLATE, "spec"),
        **{("apps", kind): (*_TEMPLATE, "spec") for kind in ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")},
        ("apps.openshift.io", "DeploymentConfig"): (*_TEMPLATE, "spec"),
        ("argoproj.io", "Rollout"): (*_TEMPLATE, "spec"),
        ("batch", "Job"): (*_TEMPLATE, "spec"),
        ("batch", "CronJob"): ("spec", "jobTemplate", *_TEMPLATE, "spec"),
    }
)
"""Where each kind has the spec of its pods."""
_REQUIRED: Final[Mapping[tuple[str, str], tuple[tuple[str, ...], ...]]] = MappingProxyType(
    {
        **{
            ("apps", kind): (("spec", "selector"), (*_TEMPLATE, "metadata", "labels"))
            for kind in ("DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")
        },
        ("batch", "CronJob"): (("spec", "schedule"),),
        ("route.openshift.io", "Route"): (("spec", "to"),),
    }
)
"""Which other fields each kind needs."""


def lacking(manifest: Manifest) -> frozenset[str]:
    """Return the fields that an object of its kind must have, and this one has not, such as ``spec.selector``.

    What lacks a field lacks all that would be in it.
    """
    return frozenset(_lacking(manifest))


def _lacking(manifest: Manifest) -> Iterator[str]:
    kind = (manifest.group, manifest.kind)
    for path in _REQUIRED.get(kind, ()):
        if not value_at(manifest.content, *path):
            yield ".".join(path)
    if kind in _POD_SPECS:
        where = (*_POD_SPECS[kind], "containers")
        containers = value_at(manifest.content, *where)
        listed = containers if isinstance(containers, list) else []
        if not listed:
            yield ".".join(where)
        if not listed or not all(isinstance(one, Mapping) and one.get("name") and one.get("image") for one in listed):
            yield f"{'.'.join(where)}[].image"
    elif kind == ("", "Service"):
        spec = value_at(manifest.content, _SPEC)
        if (
            not value_at(spec, "ports")
            and value_at(spec, "type") != "ExternalName"
            and value_at(spec, "clusterIP") != "None"
        ):
            yield "spec.ports"
    elif kind == ("networking.k8s.io", "Ingress"):
        spec = value_at(manifest.content, _SPEC)
        if not (value_at(spec, "rules") or value_at(spec, "defaultBackend") or value_at(spec, "backend")):
            yield "spec.rules"
