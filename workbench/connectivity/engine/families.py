"""Which addresses outside does an answer list: IPv4, IPv6, or both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from workbench.connectivity.engine.semantics import Semantics
from workbench.inventory import Objects
from workbench.policy import Block, Policy

__all__ = ["Families"]

_CHOSEN = {"4": frozenset({4}), "6": frozenset({6}), "both": frozenset({4, 6})}


@dataclass(frozen=True, slots=True)
class Families:
    """The address families that a cluster's answers list, which policies may decide about.

    Attributes
    ----------
    always : frozenset of {4, 6}
        Those that are listed whatever policies name.
    if_named : frozenset of {4, 6}
        Those that are listed, too, where a policy names a block of IPv6.
    naming : int
        Number of the policies that do.
    """

    always: frozenset[int]
    if_named: frozenset[int] = frozenset()
    naming: int = 0

    @classmethod
    def of(cls, objects: Objects, semantics: Semantics) -> Families:
        """Return the families that answers about `objects` list."""
        if semantics.ip_families != "mentioned":
            return cls(_CHOSEN[semantics.ip_families])
        objects = semantics.read(objects)
        always = frozenset({4, 6} if _has_ipv6(objects) else {4})
        return cls(always, frozenset({6}), _naming(objects.policies))

    @property
    def listed(self) -> frozenset[int]:
        """The families that are listed."""
        return self.always | self.if_named if self.naming else self.always

    def changed(self, add: Iterable[Policy], remove: Iterable[Policy]) -> Families:
        """Return the families of the same cluster with some policies added, and others removed."""
        return replace(self, naming=self.naming + _naming(add) - _naming(remove))


def _naming(policies: Iterable[Policy]) -> int:
    return sum(
        any(isinstance(peer, Block) and peer.addresses.ipv6 for rule in policy.rules for peer in rule.peers)
        for policy in policies
    )


def _has_ipv6(objects: Objects) -> bool:
    """Tell whether some pod or Service has an IPv6 address."""
    pods = (ip for workload in objects.workloads for shape in workload.shapes for ip in shape.ips)
    services = (ip for service in objects.services for ip in service.cluster_ips)
    return any(":" in ip for ips in (pods, services) for ip in ips)
