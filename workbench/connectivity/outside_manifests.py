"""Which peers of policies lead out of the given manifests: to namespaces of which they hold nothing.

Manifests of one application name components that live elsewhere: the cluster's DNS, an ingress controller,
monitoring. A rule about these matches no pod here, and is not a fault.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from workbench.connectivity.engine import Engine
from workbench.ground import plural
from workbench.policy import EVERYTHING, NAMESPACE_NAME_LABEL, Operator, Pods, RulePeer, Selector

__all__ = ["OutsideManifests", "named_namespaces"]

_PLATFORM = frozenset(
    {
        "cert-manager",
        "ingress-nginx",
        "istio-ingress",
        "istio-system",
        "logging",
        "metallb-system",
        "monitoring",
        "observability",
        "prometheus",
        "traefik",
    }
)
"""Namespaces in which platforms usually have their components, beside those of Kubernetes and OpenShift."""
_POSITIVE = frozenset({Operator.IN, Operator.EXISTS})


class OutsideManifests:
    """Tells peers that lead out of the manifests from those that ought to match here.

    Parameters
    ----------
    engine : Engine
    """

    def __init__(self, engine: Engine) -> None:
        self._objects = engine.objects

    @cached_property
    def held(self) -> frozenset[str]:
        """The namespaces of which the manifests hold workloads."""
        return frozenset(workload.namespace for workload in self._objects.workloads)

    def place(self, peer: RulePeer) -> str:
        """Return where a peer that matches no pods here leads, in words; empty where it ought to match here."""
        if not isinstance(peer, Pods):
            return ""
        namespaces = peer.namespaces
        names = named_namespaces(namespaces)
        if names is not None:
            out = [name for name in names if name not in self.held or _is_of_platform(name)]
            return f"{plural('namespace', len(out))} {', '.join(out)}" if out else ""
        if isinstance(namespaces, str) or not any(
            requirement.operator in _POSITIVE for requirement in namespaces.requirements
        ):
            return "other namespaces" if namespaces == EVERYTHING else f"namespaces with {namespaces}"
        return "" if self._held_with(namespaces) else f"namespaces with {namespaces}"

    def leads_out(self, peers: Iterable[RulePeer]) -> bool:
        """Tell whether any of `peers` may match pods of namespaces of which the manifests hold nothing."""
        return any(self.may_match_elsewhere(peer) for peer in peers)

    def may_match_elsewhere(self, peer: RulePeer) -> bool:
        """Tell whether a peer may also match pods of namespaces of which the manifests hold nothing."""
        if not isinstance(peer, Pods):
            return False
        names = named_namespaces(peer.namespaces)
        return names is None or not self.held.issuperset(names)

    def _held_with(self, namespaces: Selector | str) -> bool:
        """Tell whether a namespace of which the manifests hold workloads meets a selector by what it has."""
        if isinstance(namespaces, str) or all(one.operator not in _POSITIVE for one in namespaces.requirements):
            return False
        found = (namespace for namespace in self._objects.namespaces if namespace.name in self.held)
        return any(namespaces.matches(namespace.labels) for namespace in found)


def _is_of_platform(name: str) -> bool:
    """Tell whether a namespace is one of the platform's, of which manifests may hold a part and not the rest."""
    return name.startswith(("kube-", "openshift-")) or name in _PLATFORM


def named_namespaces(namespaces: Selector | str) -> tuple[str, ...] | None:
    """Return the names to which a peer keeps; None where it goes by other labels."""
    if isinstance(namespaces, str):
        return (namespaces,)
    lists = [
        set(requirement.values)
        for requirement in namespaces.requirements
        if (requirement.key, requirement.operator) == (NAMESPACE_NAME_LABEL, Operator.IN)
    ]
    return tuple(sorted(set.intersection(*lists))) if lists else None
