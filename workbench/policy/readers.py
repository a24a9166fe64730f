"""The registry of policy kinds: one reader each, which turns a manifest into the normal form."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache
from typing import TypeAlias

from workbench.manifests.manifest import Manifest
from workbench.manifests.problems import ProblemLog, Severity
from workbench.policy.rules import NOT_EVALUATED, LeftOut, Pods, Policy, Tier, Why
from workbench.policy.selectors import EVERYTHING
from workbench.policy.unknown_fields import closest

__all__ = ["PolicyReader", "is_policy", "misspelt_kind", "policy_reader", "read_policy"]

PolicyReader: TypeAlias = Callable[[Manifest, ProblemLog], Policy | LeftOut]
"""Returns a policy in normal form, or that it is left out, with the reasons in the log."""

_READERS: dict[tuple[str, str], PolicyReader] = {}
_FOREIGN = {
    ("cilium.io", "CiliumNetworkPolicy"),
    ("cilium.io", "CiliumClusterwideNetworkPolicy"),
    ("crd.projectcalico.org", "NetworkPolicy"),
    ("crd.projectcalico.org", "GlobalNetworkPolicy"),
    ("projectcalico.org", "NetworkPolicy"),
    ("projectcalico.org", "GlobalNetworkPolicy"),
    ("crd.antrea.io", "NetworkPolicy"),
    ("crd.antrea.io", "ClusterNetworkPolicy"),
    ("k8s.ovn.org", "EgressFirewall"),
    ("network.openshift.io", "EgressNetworkPolicy"),
    ("networking.k8s.aws", "ApplicationNetworkPolicy"),
    ("networking.k8s.aws", "ClusterNetworkPolicy"),
    ("policy.linkerd.io", "AuthorizationPolicy"),
    ("security.istio.io", "AuthorizationPolicy"),
}
"""Kinds that restrict traffic and that nothing here evaluates: a map must say that it ignores them."""

_CLUSTER_WIDE = {"CiliumClusterwideNetworkPolicy", "GlobalNetworkPolicy", "ClusterNetworkPolicy"}


def policy_reader(group: str, kind: str) -> Callable[[PolicyReader], PolicyReader]:
    """Register the decorated function as the reader of `kind` in API group `group`.

    Modules of ``workbench.policy.kinds`` are imported by themselves; a notebook may register its
    own before it loads manifests. A later registration of the same kind replaces the earlier.
    """

    def register(reader: PolicyReader) -> PolicyReader:
        _READERS[group, kind] = reader
        _misspelt.cache_clear()
        return reader

    return register


def is_policy(manifest: Manifest) -> bool:
    """Tell whether `manifest` is of a kind that restricts network traffic, evaluated here or not."""
    _import_kinds()
    key = (manifest.group, manifest.kind)
    return key in _READERS or key in _FOREIGN or misspelt_kind(manifest) is not None


def misspelt_kind(manifest: Manifest) -> str | None:
    """Return the kind of policy that a slip in ``kind`` was meant to be; None where there is no slip."""
    _import_kinds()
    return _misspelt(manifest.group, manifest.kind)


def read_policy(manifest: Manifest, log: ProblemLog) -> Policy | LeftOut:
    """Return the normal form of a policy's manifest.

    Or that it is left out, with the reasons in `log`: where the API server would refuse it, where nothing
    defines what it means, or where its kind is not evaluated here (a warning, code ``policy-not-evaluated``).
    """
    _import_kinds()
    reader = _READERS.get((manifest.group, manifest.kind))
    if reader is not None:
        return reader(manifest, log)
    if (meant := misspelt_kind(manifest)) is not None:
        message = f"there is no kind {manifest.kind!r} in version {manifest.api_version!r}"
        log.add(manifest.problem(Severity.ERROR, "unknown-kind", message, remedy=f"is {meant} meant?", path=("kind",)))
        outline = _READERS[manifest.group, meant](manifest, ProblemLog())
        return LeftOut(outline if isinstance(outline, Policy) else outline.policy, Why.REFUSED)
    namespace = "" if manifest.kind in _CLUSTER_WIDE else manifest.namespace or "default"
    subject = Pods(namespace or EVERYTHING)
    # A kind that is evaluated in another API group is named with its group: its policies are others.
    kind = f"{manifest.kind}.{manifest.group}" if any(manifest.kind == one for _, one in _READERS) else manifest.kind
    outline = Policy(kind, namespace, manifest.any_name, Tier.NETWORK_POLICY, subject, source=manifest.source)
    message = f"{manifest.kind} ({manifest.api_version}) is not evaluated"
    remedy = "Check its workloads with the tools of the network plugin."
    problem = manifest.problem(Severity.WARNING, NOT_EVALUATED, message, remedy=remedy)
    log.add(replace(problem, object=outline.ref))
    return LeftOut(outline, Why.FOREIGN, spec=manifest.content.get("spec"))


@lru_cache(maxsize=1024)
def _misspelt(group: str, kind: str) -> str | None:
    kinds = [known for of, known in _READERS if of == group]
    return closest(kind, kinds) if kinds and kind not in kinds else None


@cache
def _import_kinds() -> None:
    kinds = importlib.import_module("workbench.policy.kinds")
    for module in pkgutil.iter_modules(kinds.__path__):
        importlib.import_module(f"{kinds.__name__}.{module.name}")
