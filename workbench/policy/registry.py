"""The registry of policy kinds: how each is read from a manifest into the normal form, and written back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, TypeAlias, TypeVar

from workbench.ground import Plugins, ProblemError, ProblemLog, Severity
from workbench.manifests import Manifest
from workbench.policy.rules import NOT_EVALUATED, LeftOut, Pods, Policy, Tier, Why
from workbench.policy.selectors import EVERYTHING
from workbench.policy.unknown_fields import closest

__all__ = [
    "POLICY_KINDS",
    "PolicyKind",
    "PolicyReader",
    "PolicyWriter",
    "is_policy",
    "is_registered",
    "misspelt_kind",
    "read_policy",
    "register_policy_kind",
]

PolicyReader: TypeAlias = Callable[[Manifest, ProblemLog], Policy | LeftOut]
"""Returns a policy in normal form, or that it is left out, with the reasons in the log.

Whatever else it raises or returns leaves this policy out, which is a Problem; all others are read.
"""

PolicyWriter: TypeAlias = Callable[[Policy], dict[str, Any]]
"""Returns the ``spec`` of a policy in normal form; raises `ArgumentError` for what its kind has no field for."""

ReaderT = TypeVar("ReaderT", bound=PolicyReader)


@dataclass(frozen=True, slots=True)
class PolicyKind:
    """One kind of policy.

    Attributes
    ----------
    api_version, kind : str
        As a manifest has them. Every version of the group is read; this one is written.
    reads : PolicyReader
    writes : PolicyWriter or None
        None where policies of this group are not written.
    called : str
        What `Policy.kind` is; the same as `kind` where it is empty. A kind that has the name of one in another group
        must be distinguished from it.
    secondary : bool
        Whether it is about secondary networks only, so that it restricts nothing on the pods' own one.
    """

    api_version: str
    kind: str
    reads: PolicyReader
    writes: PolicyWriter | None
    called: str = ""
    secondary: bool = False

    @property
    def group(self) -> str:
        """API group; empty for the core group."""
        return self.api_version.rpartition("/")[0]

    def read(self, manifest: Manifest, log: ProblemLog) -> Policy | LeftOut:
        """Return what the reader makes of a manifest; left out, with the reason in `log`, where it fails."""
        try:
            found: object = self.reads(manifest, log)
        except ProblemError:  # a strict log raises it
            raise
        except Exception as error:  # noqa: BLE001  (another package's reader may fail in any way)
            why = f"its reader raised {type(error).__name__}: {error}"
        else:
            if isinstance(found, Policy | LeftOut):
                return found
            why = f"its reader returned {type(found).__name__}, not Policy or LeftOut"
        remedy = f"Fix the reader of {_name(self.group, self.kind)}, or update the package that offers it."
        return _not_evaluated(manifest, log, Severity.ERROR, why, remedy)


POLICY_KINDS: Plugins[PolicyKind] = Plugins("policy kind", group="netpol_workbench.policy_kinds")
"""The kinds of policies, each under its kind and API group as kubectl writes them: ``kind.group``."""

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


def register_policy_kind(
    api_version: str, kind: str, *, writes: PolicyWriter | None, called: str = "", secondary: bool = False
) -> Callable[[ReaderT], ReaderT]:
    """Return a decorator that registers a function as the reader of a kind of policy, and its writer with it.

    A module of ``workbench.policy.kinds`` does so when it is imported, as does a notebook's cell before manifests are
    loaded; another package names its module in the entry point group ``netpol_workbench.policy_kinds``.

    Parameters
    ----------
    api_version, kind : str
        As in manifests; what is registered of the same group and kind is replaced, so that a cell can run twice.
    writes : PolicyWriter or None
        What is written is read again by the reader: what comes back as something else is refused, so that a writer
        need not look for what its kind has no field for. None only where policies are written in another group.
    called : str, optional
        As in `PolicyKind`.
    secondary : bool
        As in `PolicyKind`.

    Notes
    -----
    `CONTRIBUTING.md` has a recipe.
    """

    def registered(reads: ReaderT) -> ReaderT:
        found = PolicyKind(api_version, kind, reads, writes, called, secondary)
        POLICY_KINDS.register(_name(found.group, kind), found)
        return reads

    return registered


def is_registered(manifest: Manifest) -> bool:
    """Tell whether `manifest` is of a kind that is read here, on whatever network."""
    return _name(manifest.group, manifest.kind) in POLICY_KINDS


def is_policy(manifest: Manifest) -> bool:
    """Tell whether `manifest` is of a kind that restricts traffic on the pods' own network, evaluated here or not."""
    if is_registered(manifest):
        kind = POLICY_KINDS.get(_name(manifest.group, manifest.kind))
        return kind is None or not kind.secondary
    return (manifest.group, manifest.kind) in _FOREIGN or misspelt_kind(manifest) is not None


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
    if (kind := POLICY_KINDS.get(name)) is not None:
        return kind.read(manifest, log)
    if (meant := misspelt_kind(manifest)) is not None:
        message = f"there is no kind {manifest.kind!r} in version {manifest.api_version!r}"
        log.add(manifest.problem(Severity.ERROR, "unknown-kind", message, remedy=f"is {meant} meant?", path=("kind",)))
        outline = POLICY_KINDS.named(_name(manifest.group, meant)).read(manifest, ProblemLog())
        return LeftOut(outline if isinstance(outline, Policy) else outline.policy, Why.REFUSED)
    if (failed := POLICY_KINDS.failure(name)) is not None:
        return _not_evaluated(manifest, log, Severity.WARNING, failed.message, failed.remedy)
    remedy = "Check its workloads with the tools of the network plugin."
    return _not_evaluated(manifest, log, Severity.WARNING, "", remedy)


def _not_evaluated(manifest: Manifest, log: ProblemLog, severity: Severity, why: str, remedy: str) -> LeftOut:
    """Return that a policy is left out of which nothing is read but its name; about all pods that it can be about."""
    name = _name(manifest.group, manifest.kind)
    # Whether a kind of another package is about one namespace or about all, only its reader knows.
    has_namespace = manifest.kind not in _CLUSTER_WIDE and (bool(manifest.namespace) or name not in POLICY_KINDS)
    namespace = (manifest.namespace or "default") if has_namespace else ""
    subject = Pods(namespace or EVERYTHING)
    # A kind that is evaluated in another API group is named with its group: its policies are others.
    evaluated = {other.partition(".")[0] for other in POLICY_KINDS.names() if other != name}
    called = name if manifest.kind in evaluated else manifest.kind
    outline = Policy(called, namespace, manifest.any_name, Tier.NETWORK_POLICY, subject, source=manifest.source)
    message = ": ".join(filter(None, (f"{manifest.kind} ({manifest.api_version}) is not evaluated", why)))
    log.add(replace(manifest.problem(severity, NOT_EVALUATED, message, remedy=remedy), object=outline.ref))
    return LeftOut(outline, Why.FOREIGN, spec=manifest.content.get("spec"))


def _name(group: str, kind: str) -> str:
    return f"{kind}.{group}"


@lru_cache(maxsize=1024)
def _misspelt(group: str, kind: str, names: tuple[str, ...]) -> str | None:
    kinds = [known for known, _, of in (name.partition(".") for name in names) if of == group]
    return closest(kind, kinds) if kinds and kind not in kinds else None
