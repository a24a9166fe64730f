"""A second opinion: the rules of Kubernetes NetworkPolicy applied one packet at a time to plain manifests.

Written from the specification alone, with no regard to speed, and sharing nothing with the engine:
it reads the manifests as they are written.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]


@dataclass(frozen=True)
class Packet:
    """One packet to a pod or an address, from a pod or an address; ends are Pod manifests or IP addresses."""

    src: Json | str
    dst: Json | str
    protocol: str
    port: int


class NaiveEvaluator:
    """Evaluates one packet after another against a list of manifests."""

    def __init__(self, manifests: list[Json]) -> None:
        self.namespaces = {m["metadata"]["name"]: m for m in manifests if m["kind"] == "Namespace"}
        self.policies = [m for m in manifests if m["kind"] == "NetworkPolicy"]

    def allowed(self, packet: Packet) -> bool:
        """Tell whether egress of the source and ingress of the destination both let the packet pass."""
        return self._passes(packet.src, packet.dst, packet, "Egress") and self._passes(
            packet.dst, packet.src, packet, "Ingress"
        )

    def _passes(self, subject: Json | str, other: Json | str, packet: Packet, direction: str) -> bool:
        if isinstance(subject, str) or subject["spec"].get("hostNetwork"):
            return True
        isolating = [p for p in self.policies if self._isolates(p, subject, direction)]
        rules = [(p, rule) for p in isolating for rule in p["spec"].get(direction.lower()) or []]
        return not isolating or any(self._rule_matches(p, rule, other, packet) for p, rule in rules)

    def _isolates(self, policy: Json, pod: Json, direction: str) -> bool:
        spec = policy["spec"]
        if policy["metadata"]["namespace"] != pod["metadata"]["namespace"]:
            return False
        if not selects(spec["podSelector"], pod["metadata"].get("labels", {})):
            return False
        types = spec.get("policyTypes")
        if types is None:
            return direction == "Ingress" or bool(spec.get("egress"))
        return direction in types

    def _rule_matches(self, policy: Json, rule: Json, other: Json | str, packet: Packet) -> bool:
        peers = rule.get("from") or rule.get("to") or []
        ports = rule.get("ports") or []
        return (not peers or any(self._peer_matches(policy, peer, other) for peer in peers)) and (
            not ports or any(port_matches(port, packet) for port in ports)
        )

    def _peer_matches(self, policy: Json, peer: Json, other: Json | str) -> bool:
        if isinstance(other, str):
            block = peer.get("ipBlock")
            if block is None:
                return False
            return in_block(other, block["cidr"]) and not any(in_block(other, e) for e in block.get("except", []))
        if "ipBlock" in peer:
            return False
        namespace = other["metadata"]["namespace"]
        if "namespaceSelector" in peer:
            labels = {
                "kubernetes.io/metadata.name": namespace,
                **self.namespaces[namespace]["metadata"].get("labels", {}),
            }
            if not selects(peer["namespaceSelector"], labels):
                return False
        elif namespace != policy["metadata"]["namespace"]:
            return False
        return "podSelector" not in peer or selects(peer["podSelector"], other["metadata"].get("labels", {}))


def selects(selector: Json, labels: dict[str, str]) -> bool:
    """Tell whether a label selector chooses an object with `labels`."""
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for expression in selector.get("matchExpressions", []):
        key, operator, values = expression["key"], expression["operator"], expression.get("values", [])
        if operator == "In" and labels.get(key) not in values:
            return False
        if operator == "NotIn" and labels.get(key) in values:
            return False
        if operator == "Exists" and key not in labels:
            return False
        if operator == "DoesNotExist" and key in labels:
            return False
    return True


def in_block(address: str, cidr: str) -> bool:
    """Tell whether an address lies in a CIDR of its family."""
    return ip_address(address) in ip_network(cidr)


def port_matches(port: Json, packet: Packet) -> bool:
    """Tell whether one entry of a rule's ports matches the packet."""
    if port.get("protocol", "TCP") != packet.protocol:
        return False
    wanted = port.get("port")
    if wanted is None:
        return True
    if isinstance(wanted, int):
        return bool(wanted <= packet.port <= port.get("endPort", wanted))
    if isinstance(packet.dst, str):
        return False
    declared = [p for container in packet.dst["spec"]["containers"] for p in container.get("ports", [])]
    return any(
        p.get("name") == wanted and p.get("protocol", "TCP") == packet.protocol and p["containerPort"] == packet.port
        for p in declared
    )
