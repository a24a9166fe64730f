"""Which fields of policies come through, and as what."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from workbench.ground import Anonymiser
from workbench.inventory.anonymising.treatments import (
    SELECTOR,
    Treatment,
    block,
    each,
    fields,
    number,
    one_of,
    port,
    selector,
    text,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["POLICY_SPECS"]

_LONGEST_RULE_NAME: Final = 100
_DOMAIN: Final = re.compile(
    r"(\*\.)?([A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?\.)+[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?\.?"
)


def _rule_name(anonymiser: Anonymiser, name: str) -> str:
    found = anonymiser.free_text("rule", name)
    return found if len(name) <= _LONGEST_RULE_NAME else found.ljust(_LONGEST_RULE_NAME + 1, "x")


def _domain(anonymiser: Anonymiser, name: str) -> str:
    return anonymiser.domain(name) if _DOMAIN.fullmatch(name) else anonymiser.free_text("text", name)


def _network_policy() -> Treatment:
    ip_block = fields({"cidr": block, "except": each(block)}, exact=True)
    peer = fields({"podSelector": selector, "namespaceSelector": selector, "ipBlock": ip_block}, exact=True)
    ports = fields({"protocol": one_of("TCP", "UDP", "SCTP"), "port": port, "endPort": number}, exact=True)
    return fields(
        {
            "podSelector": selector,
            "policyTypes": each(one_of("Ingress", "Egress")),
            "ingress": each(fields({"from": each(peer), "ports": each(ports)}, exact=True)),
            "egress": each(fields({"to": each(peer), "ports": each(ports)}, exact=True)),
        },
        exact=True,
    )


def _namespaces(value: Any, anonymiser: Anonymiser) -> Any:  # noqa: ANN401  (JSON)
    """Treat the selector of namespaces of an admin policy, also one that is a level deeper, as it once was."""
    return fields({**SELECTOR, "namespaceSelector": selector}, exact=True)(value, anonymiser)


_PODS: Final = fields({"namespaceSelector": selector, "podSelector": selector, "namespaces": _namespaces}, exact=True)
_WITHIN: Final[Mapping[str, Treatment]] = MappingProxyType({"namespaces": _namespaces, "pods": _PODS})
_OUTSIDE: Final[Mapping[str, Treatment]] = MappingProxyType(
    {**_WITHIN, "nodes": selector, "networks": each(block), "domainNames": each(text(_domain))}
)


def _admin_spec(ports: Mapping[str, Treatment], **more: Treatment) -> Treatment:
    rule = {"name": text(_rule_name), "action": one_of("Allow", "Accept", "Deny", "Pass"), **ports}
    return fields(
        {
            "subject": fields(_WITHIN, exact=True),
            "ingress": each(fields({**rule, "from": each(fields(_WITHIN, exact=True))}, exact=True)),
            "egress": each(fields({**rule, "to": each(fields(_OUTSIDE, exact=True))}, exact=True)),
            **more,
        },
        exact=True,
    )


_PROTOCOL: Final = one_of("TCP", "UDP", "SCTP")
_OLDER_PORTS: Final = {
    "ports": each(
        fields(
            {
                "portNumber": fields({"protocol": _PROTOCOL, "port": number}, exact=True),
                "portRange": fields({"protocol": _PROTOCOL, "start": number, "end": number}, exact=True),
                "namedPort": text(Anonymiser.port_name),
            },
            exact=True,
        )
    )
}
_DESTINATION: Final = fields(
    {
        "destinationPort": fields(
            {"number": number, "range": fields({"start": number, "end": number}, exact=True)}, exact=True
        )
    },
    exact=True,
)
_NEWER_PORTS: Final = {
    "protocols": each(
        fields(
            {
                **dict.fromkeys(("tcp", "udp", "sctp"), _DESTINATION),
                "destinationNamedPort": text(Anonymiser.port_name),
            },
            exact=True,
        )
    )
}
_ADMIN: Final = "policy.networking.k8s.io"

POLICY_SPECS: Final[Mapping[tuple[str, str], Treatment]] = MappingProxyType(
    {
        ("networking.k8s.io", "NetworkPolicy"): _network_policy(),
        ("k8s.cni.cncf.io", "MultiNetworkPolicy"): _network_policy(),
        (_ADMIN, "AdminNetworkPolicy"): _admin_spec(_OLDER_PORTS, priority=number),
        (_ADMIN, "BaselineAdminNetworkPolicy"): _admin_spec(_OLDER_PORTS),
        (_ADMIN, "ClusterNetworkPolicy"): _admin_spec(_NEWER_PORTS, priority=number, tier=one_of("Admin", "Baseline")),
    }
)
"""What becomes of the ``spec`` of the policies that are evaluated, by API group and kind."""
