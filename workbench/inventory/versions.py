"""Which API version an object is written for, and whether it is one that we know."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from workbench.ground import ProblemLog, Severity
from workbench.manifests import Manifest
from workbench.policy import misspelt_kind

__all__ = ["BUILT_IN", "CLUSTER_WIDE", "KINDS", "PROJECTS", "canonical"]

CURRENT: Final[dict[str, tuple[str, ...]]] = {
    "Pod": ("v1",),
    "ReplicationController": ("v1",),
    "Service": ("v1",),
    "Endpoints": ("v1",),
    "EndpointSlice": ("discovery.k8s.io/v1",),
    "Namespace": ("v1",),
    "ConfigMap": ("v1",),
    "Node": ("v1",),
    "Deployment": ("apps/v1",),
    "ReplicaSet": ("apps/v1",),
    "StatefulSet": ("apps/v1",),
    "DaemonSet": ("apps/v1",),
    "Job": ("batch/v1",),
    "CronJob": ("batch/v1",),
    "Ingress": ("networking.k8s.io/v1",),
    "NetworkPolicy": ("networking.k8s.io/v1",),
    "AdminNetworkPolicy": ("policy.networking.k8s.io/v1alpha1",),
    "BaselineAdminNetworkPolicy": ("policy.networking.k8s.io/v1alpha1",),
    "ClusterNetworkPolicy": ("policy.networking.k8s.io/v1alpha2", "policy.networking.k8s.io/v1beta1"),
    "DeploymentConfig": ("apps.openshift.io/v1",),
    "Route": ("route.openshift.io/v1",),
    "UserDefinedNetwork": ("k8s.ovn.org/v1",),
    "ClusterUserDefinedNetwork": ("k8s.ovn.org/v1",),
    "NetworkAttachmentDefinition": ("k8s.cni.cncf.io/v1",),
    "MultiNetworkPolicy": ("k8s.cni.cncf.io/v1beta1", "k8s.cni.cncf.io/v1beta2"),
    **{
        kind: tuple(f"gateway.networking.k8s.io/{version}" for version in ("v1", "v1beta1", "v1alpha2"))
        for kind in ("HTTPRoute", "GRPCRoute", "ReferenceGrant")
    },
}
"""The versions in which each kind that we read is served, today's first; the others are read alike."""

PROJECTS: Final = (("project.openshift.io", "Project"), ("", "Project"))
"""What OpenShift, and OpenShift 3, call a namespace that is shown to its users."""

CLUSTER_WIDE: Final = frozenset(
    (
        ("", "Namespace"),
        *PROJECTS,
        ("", "Node"),
        ("policy.networking.k8s.io", "AdminNetworkPolicy"),
        ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"),
        ("policy.networking.k8s.io", "ClusterNetworkPolicy"),
        ("k8s.ovn.org", "ClusterUserDefinedNetwork"),
    )
)
"""Kinds of objects that are in no namespace, whatever their metadata say."""

GONE: Final[dict[tuple[str, str], str]] = {
    **{("extensions/v1beta1", kind): "1.16" for kind in ("Deployment", "ReplicaSet", "DaemonSet", "NetworkPolicy")},
    **{("apps/v1beta1", kind): "1.16" for kind in ("Deployment", "StatefulSet")},
    **{("apps/v1beta2", kind): "1.16" for kind in ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")},
    **{(version, "Ingress"): "1.22" for version in ("extensions/v1beta1", "networking.k8s.io/v1beta1")},
    ("discovery.k8s.io/v1beta1", "EndpointSlice"): "1.25",
    **{(version, "CronJob"): "1.25" for version in ("batch/v1beta1", "batch/v2alpha1")},
}
"""The Kubernetes release that stopped serving an older version."""

LEGACY: Final = {("v1", "DeploymentConfig"), ("v1", "Route")}
"""OpenShift 3 served these without a group."""

BUILT_IN: Final[dict[str, frozenset[str]]] = {
    "": frozenset(
        (
            "Binding",
            "BuildConfig",
            "ComponentStatus",
            "Config",
            "ConfigMap",
            "DeploymentConfig",
            "Endpoints",
            "Event",
            "ImageStream",
            "LimitRange",
            "List",
            "Namespace",
            "Node",
            "PersistentVolume",
            "PersistentVolumeClaim",
            "Pod",
            "PodTemplate",
            "Project",
            "ReplicationController",
            "ResourceQuota",
            "Role",
            "RoleBinding",
            "Route",
            "Secret",
            "SecurityContextConstraints",
            "Service",
            "ServiceAccount",
            "Status",
            "Template",
        )
    ),
    "apps": frozenset(("ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet")),
    "batch": frozenset(("CronJob", "Job", "JobTemplate")),
    "networking.k8s.io": frozenset(
        ("IPAddress", "Ingress", "IngressClass", "NetworkPolicy", "ServiceCIDR", "ClusterCIDR")
    ),
}
"""Every kind of the groups whose kinds we read, so that a misspelt one is not taken for a custom resource."""

KINDS: Final = frozenset(CURRENT).union(*BUILT_IN.values())
"""Kinds that are known without an apiVersion."""


def canonical(manifest: Manifest, log: ProblemLog) -> Manifest:
    """Return `manifest` in the version in which its kind is read, and report any other.

    A kind that we know is read from versions that are no longer served and from versions that do not
    exist, as long as the group is Kubernetes' own or looks like a slip of it. The same kind name in a
    group of its own (a Knative ``Service``) is left as it is.
    """
    version, kind = manifest.api_version, manifest.kind
    served = CURRENT.get(kind)
    if served is None:
        _report_unknown(manifest, log)
        return manifest
    if version in served or not (_near(manifest.group, served[0]) or not version):
        return manifest
    wanted = served[0]
    if not version:
        severity, message = Severity.ERROR, f"apiVersion is missing; read as {wanted}"
    elif (version, kind) in GONE:
        severity = Severity.WARNING
        message = f"{version} is not served since Kubernetes {GONE[version, kind]}; read as {wanted}"
    elif (version, kind) in LEGACY:
        severity, message = Severity.WARNING, f"{version} is the version of OpenShift 3; read as {wanted}"
    else:
        severity, message = Severity.WARNING, f"there is no {kind} in version {version!r}; read as {wanted}"
    remedy = f"write apiVersion: {wanted}"
    log.add(manifest.problem(severity, "api-version", message, remedy=remedy, path=("apiVersion",)))
    return Manifest({**manifest.content, "apiVersion": wanted}, manifest.source)


@lru_cache(maxsize=1024)
def _near(group: str, served: str) -> bool:
    """Tell whether `group` is meant to be the group of `served`: Kubernetes' own, or much like it."""
    known = {entry.rpartition("/")[0] for versions in CURRENT.values() for entry in versions}
    own = served.rpartition("/")[0]
    # Groups without a dot and those in k8s.io are Kubernetes' own: a custom resource cannot be in one.
    reserved = "." not in group or group.endswith(".k8s.io")
    return group in known or reserved or bool(get_close_matches(group, [own], cutoff=0.8))


def _report_unknown(manifest: Manifest, log: ProblemLog) -> None:
    kind = manifest.kind
    kinds = BUILT_IN.get(manifest.group)
    if kinds is None or kind in kinds or misspelt_kind(manifest) is not None:
        return  # a policy is reported where it is known what leaving it out leaves open
    close = _closest_kind(kind)
    remedy = f"is {close} meant?" if close else ""
    message = f"there is no kind {kind!r} in version {manifest.api_version!r}; the object is not evaluated"
    log.add(manifest.problem(Severity.ERROR, "unknown-kind", message, remedy=remedy, path=("kind",)))


@lru_cache(maxsize=1024)
def _closest_kind(kind: str) -> str:
    """Return the kind that is written most alike; an empty text if none is like it."""
    everywhere = {known.casefold(): known for group in BUILT_IN.values() for known in group}
    close = get_close_matches(kind.casefold(), everywhere, n=1, cutoff=0.75)
    return everywhere[close[0]] if close else ""
