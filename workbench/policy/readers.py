"""The registry of policy kinds: one reader each, which turns a manifest into the normal form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import TypeAlias

from workbench.ground import Plugins, ProblemLog, Severity
from workbench.manifests import Manifest
from workbench.policy.rules import NOT_EVALUATED, LeftOut, Pods, Policy, Tier, Why
from workbench.policy.selectors import EVERYTHING
from workbench.policy.unknown_fields import closest

__all__ = ["POLICY_KINDS", "PolicyReader", "is_policy", "misspelt_kind", "policy_reader", "read_policy"]

PolicyReader: TypeAlias = Callable[[Manifest, ProblemLog], Policy | LeftOut]
"""Returns a policy in normal form, or that it is left out, with the reasons in the log."""

POLICY_KINDS: Plugins[PolicyReader] = Plugins(
    "policy kind", group="netpol_workbench.policy_kinds", home="workbench.policy.kinds"
)
"""The readers of policies, each under its kind and API group as kubectl writes them: ``kind.group``."""

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

    A module of ``workbench.policy.kinds`` does so when it is imported, as does a notebook's cell before manifests are
    loaded; another package names its module in the entry point group ``netpol_workbench.policy_kinds``. A later
    registration of the same kind replaces the earlier.
    """
    return POLICY_KINDS.registers(_name(group, kind))


def is_policy(manifest: Manifest) -> bool:
    """Tell whether `manifest` is of a kind that restricts network traffic, evaluated here or not."""
    is_read = _name(manifest.group, manifest.kind) in POLICY_KINDS.names()
    return is_read or (manifest.group, manifest.kind) in _FOREIGN or misspelt_kind(manifest) is not None


def misspelt_kind(manifest: Manifest) -> str | None:
    """Return the kind of policy that a slip in ``kind`` was meant to be; None where there is no slip."""
    return _misspelt(manifest.group, manifest.kind, POLICY_KINDS.names())


def read_policy(manifest: Manifest, log: ProblemLog) -> Policy | LeftOut:
    """Return the normal form of a policy's manifest.

    Or that it is left out, with the reasons in `log`: where the API server would refuse it, where nothing
    defines what it means, or where its kind is not evaluated here (a warning, code ``policy-not-evaluated``).

    Parameters
    ----------
    manifest : Manifest
    log : ProblemLog
        Gets what is wrong.
    """
    name = _name(manifest.group, manifest.kind)
    if (reader := POLICY_KINDS.get(name)) is not None:
        return reader(manifest, log)
    if (meant := misspelt_kind(manifest)) is not None:
        message = f"there is no kind {manifest.kind!r} in version {manifest.api_version!r}"
        log.add(manifest.problem(Severity.ERROR, "unknown-kind", message, remedy=f"is {meant} meant?", path=("kind",)))
        outline = POLICY_KINDS.named(_name(manifest.group, meant))(manifest, ProblemLog())
        return LeftOut(outline if isinstance(outline, Policy) else outline.policy, Why.REFUSED)
    namespace = "" if manifest.kind in _CLUSTER_WIDE else manifest.namespace or "default"
    subject = Pods(namespace or EVERYTHING)
    # A kind that is evaluated in another API group is named with its group: its policies are others.
    evaluated = {other.partition(".")[0] for other in POLICY_KINDS.names() if other != name}
    kind = f"{manifest.kind}.{manifest.group}" if manifest.kind in evaluated else manifest.kind
    outline = Policy(kind, namespace, manifest.any_name, Tier.NETWORK_POLICY, subject, source=manifest.source)
    message = f"{manifest.kind} ({manifest.api_version}) is not evaluated"
    remedy = "Check its workloads with the tools of the network plugin."
    if (failed := POLICY_KINDS.failure(name)) is not None:
        message, remedy = f"{message}: {failed.message}", failed.remedy
    problem = manifest.problem(Severity.WARNING, NOT_EVALUATED, message, remedy=remedy)
    log.add(replace(problem, object=outline.ref))
    return LeftOut(outline, Why.FOREIGN, spec=manifest.content.get("spec"))


def _name(group: str, kind: str) -> str:
    return f"{kind}.{group}"


@lru_cache(maxsize=1024)
def _misspelt(group: str, kind: str, names: tuple[str, ...]) -> str | None:
    kinds = [known for known, _, of in (name.partition(".") for name in names) if of == group]
    return closest(kind, kinds) if kinds and kind not in kinds else None
