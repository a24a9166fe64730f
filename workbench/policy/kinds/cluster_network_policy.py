"""ClusterNetworkPolicy (policy.networking.k8s.io/v1alpha2), read and written (semantics 12, 14, 16)."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field

from workbench.ground import ALL_PORTS, NO_PORTS, PortSet, ProblemLog
from workbench.manifests import ExactModel, FieldPath, JsonInt, Manifest
from workbench.policy.admin import AdminReading, EgressPeer, PodsPeer, Subjected
from workbench.policy.admin_writing import AdminWriting
from workbench.policy.registry import register_policy_kind
from workbench.policy.rules import (
    Action,
    Anyone,
    Direction,
    LeftOut,
    NamedPort,
    Policy,
    PortMatch,
    Rule,
    RulePeer,
    Tier,
)
from workbench.policy.schema import meant
from workbench.policy.written_parts import unwritable

__all__ = ["read_cluster_network_policy"]

MOST: Final = 25
"""Rules of a direction, peers of a rule and protocols of a rule that are allowed."""
_ACTIONS: Final = MappingProxyType({"Accept": Action.ALLOW, "Deny": Action.DENY, "Pass": Action.PASS})
_TIERS: Final = MappingProxyType({"Admin": Tier.ADMIN, "Baseline": Tier.BASELINE})


class PortRange(ExactModel):
    """``range``: ports from start to end, both included."""

    start: JsonInt
    end: JsonInt


class DestinationPort(ExactModel):
    """``destinationPort``: one port or a range."""

    number: JsonInt | None = None
    range: PortRange | None = None


class ProtocolPorts(ExactModel):
    """``tcp``, ``udp`` or ``sctp``."""

    destination_port: DestinationPort | None = None


class Protocol(ExactModel):
    """One entry of ``protocols``."""

    tcp: ProtocolPorts | None = None
    udp: ProtocolPorts | None = None
    sctp: ProtocolPorts | None = None
    destination_named_port: str | None = None


class NamedPeer(EgressPeer):
    """One entry of ``to``."""

    domain_names: list[str] | None = None


class IngressRule(ExactModel):
    """One entry of ``ingress``."""

    name: str | None = None
    action: str | None = None
    peers: list[PodsPeer] | None = Field(default=None, alias="from")
    protocols: list[Protocol] | None = None


class EgressRule(ExactModel):
    """One entry of ``egress``."""

    name: str | None = None
    action: str | None = None
    peers: list[NamedPeer] | None = Field(default=None, alias="to")
    protocols: list[Protocol] | None = None


class ClusterNetworkPolicySpec(Subjected):
    """``spec`` of a ClusterNetworkPolicy."""

    tier: str | None = None
    priority: JsonInt | None = None
    ingress: list[IngressRule] | None = None
    egress: list[EgressRule] | None = None


class ClusterReading(AdminReading):
    """One pass over the spec of a ClusterNetworkPolicy."""

    def missing_part(self, path: FieldPath) -> None:
        """Refuse ``pods`` without podSelector; a missing namespaceSelector means all namespaces."""
        if path[-1] == "podSelector":
            self.reject(path, "podSelector is missing", "Select the pods.", "missing-field")


def read_cluster_network_policy(manifest: Manifest, log: ProblemLog) -> Policy | LeftOut:
    """Return a ClusterNetworkPolicy in normal form; what of it could be read where the API server would refuse it."""
    reading = ClusterReading(manifest, log)
    spec = reading.spec(ClusterNetworkPolicySpec)
    return reading.outcome(
        Policy(
            kind="ClusterNetworkPolicy",
            namespace="",
            name=manifest.any_name,
            tier=Tier.ADMIN if spec is None else _tier(reading, spec.tier),
            subject=reading.subject(spec),
            rules=() if spec is None else _rules(reading, spec),
            priority=0 if spec is None else reading.priority(spec.priority),
            source=manifest.source,
        )
    )


def _tier(reading: AdminReading, written: str | None) -> Tier:
    path = ("spec", "tier")
    if written is None:
        reading.reject(path, "tier is missing", f"Use {' or '.join(_TIERS)}.", "missing-field")
    elif written not in _TIERS:
        reading.reject(path, f"{written!r} is not a valid tier", meant(written, _TIERS))
    return _TIERS.get(written or "", Tier.ADMIN)


def _rules(reading: AdminReading, spec: ClusterNetworkPolicySpec) -> tuple[Rule, ...]:
    for direction, written in ((Direction.INGRESS, spec.ingress), (Direction.EGRESS, spec.egress)):
        reading.counted(written, 0, MOST, ("spec", direction.value))
    found = (
        *(_rule(reading, rule, Direction.INGRESS, i) for i, rule in enumerate(spec.ingress or ())),
        *(_rule(reading, rule, Direction.EGRESS, i) for i, rule in enumerate(spec.egress or ())),
    )
    return tuple(rule for rule in found if rule is not None)


def _rule(reading: AdminReading, rule: IngressRule | EgressRule, direction: Direction, index: int) -> Rule | None:
    path: FieldPath = ("spec", direction.value, index)
    side = (*path, "from" if direction is Direction.INGRESS else "to")
    reading.counted(rule.peers, 1, MOST, side)
    action = reading.action(rule.action, _ACTIONS, path)
    peers = [found for i, peer in enumerate(rule.peers or ()) for found in _peers(reading, peer, action, (*side, i))]
    _refuse_named(reading, rule, path)
    ports = _ports(reading, rule.protocols, (*path, "protocols"))
    name = reading.rule_name(rule.name, path)
    return None if action is None else Rule(direction, index, tuple(peers), ports, action, name)


def _peers(reading: AdminReading, peer: PodsPeer, action: Action | None, path: FieldPath) -> list[RulePeer]:
    if peer == type(peer)() and any(unknown[:-1] == path for unknown in reading.unknown):
        # Without its unknown field, the peer fails closed (network-policy-api, ClusterNetworkPolicyIngressPeer).
        return [] if action is Action.ALLOW else [Anyone()]
    names = peer.domain_names if isinstance(peer, NamedPeer) else None
    if names is None:
        return reading.peers(peer, path)
    return [] if reading.only_field(peer, path) is None else [reading.domain_names(names, action, path)]


def _refuse_named(reading: AdminReading, rule: IngressRule | EgressRule, path: FieldPath) -> None:
    """Refuse named ports in a rule with a peer that declares no ports."""
    outside = (
        (peer.networks, peer.nodes, peer.domain_names) for peer in rule.peers or () if isinstance(peer, NamedPeer)
    )
    if all(field is None for fields in outside for field in fields):
        return
    for index, protocol in enumerate(rule.protocols or ()):
        if protocol.destination_named_port is not None:
            reading.reject(
                (*path, "protocols", index, "destinationNamedPort"),
                "a rule to networks, nodes or domainNames has no named ports: only pods declare any",
                "Write the port's number.",
            )


def _ports(reading: AdminReading, protocols: Sequence[Protocol] | None, path: FieldPath) -> PortMatch:
    """Return the ports of a rule; a missing list means all, an empty one is refused."""
    if protocols is None:
        return PortMatch(ALL_PORTS)
    reading.counted(protocols, 1, MOST, path)
    numbers: list[PortSet] = []
    named: set[str] = set()
    for index, protocol in enumerate(protocols):
        where = (*path, index)
        field = reading.only_field(protocol, where)
        if field is None:
            continue
        if protocol.destination_named_port is not None:
            named.add(protocol.destination_named_port)
            continue
        ports: ProtocolPorts = getattr(protocol, field)
        destination = (*where, field, "destinationPort")
        if ports.destination_port is None:
            remedy = f"Write the {field.upper()} ports that are meant."
            reading.reject(destination, "destinationPort is missing", remedy, "missing-field")
        else:
            numbers.append(_destination(reading, field.upper(), ports.destination_port, destination))
    return PortMatch(PortSet.union_of(numbers), tuple(NamedPort(name, None) for name in sorted(named)))


def _destination(reading: AdminReading, protocol: str, port: DestinationPort, path: FieldPath) -> PortSet:
    if reading.only_field(port, path) is None:
        return NO_PORTS
    if port.range is not None:
        start, end = port.range.start, port.range.end
        where = (*path, "range")
        if start == end:
            reading.reject((*where, "end"), f"end {end} must be above start {start}", "Write one port as number.")
        return reading.port_range(protocol, ("start", start), ("end", end), where)
    number = port.number or 0
    return reading.port_range(protocol, ("number", number), ("number", number), path)


def _written_port(protocol: str, first: int, last: int) -> dict[str, Any]:
    ports = {"number": first} if first == last else {"range": {"start": first, "end": last}}
    return {protocol.lower(): {"destinationPort": ports}}


_WRITING: Final = AdminWriting(_ACTIONS, "protocols", _written_port, "destinationNamedPort", domain_names=True)


def _write(policy: Policy) -> dict[str, Any]:
    tier = next((name for name, tier in _TIERS.items() if tier is policy.tier), None)
    if tier is None:
        message = f"{policy.kind} is of tier {' or '.join(_TIERS)}"
        raise unwritable(policy, ("spec", "tier"), message, "Choose one, or write a NetworkPolicy.")
    return _WRITING.spec(policy, tier=tier, priority=policy.priority)


register_policy_kind("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy", writes=_write)(
    read_cluster_network_policy
)
