"""ClusterNetworkPolicy (policy.networking.k8s.io/v1alpha2) in normal form (connectivity.md 12, 14, 16)."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

from pydantic import Field

from workbench.manifests.manifest import Manifest
from workbench.manifests.problems import ProblemLog
from workbench.manifests.source import FieldPath
from workbench.manifests.validation import ExactModel, JsonInt, validate
from workbench.policy.admin import AdminReading, EgressPeer, PodsPeer, Subject
from workbench.policy.ports import ALL_PORTS, NO_PORTS, PortSet
from workbench.policy.readers import policy_reader
from workbench.policy.rules import Action, Direction, NamedPort, Peer, Policy, PortMatch, Rule, Tier

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


class ClusterNetworkPolicySpec(ExactModel):
    """``spec`` of a ClusterNetworkPolicy."""

    tier: str | None = None
    priority: JsonInt | None = None
    subject: Subject | None = None
    ingress: list[IngressRule] | None = None
    egress: list[EgressRule] | None = None


@policy_reader("policy.networking.k8s.io", "ClusterNetworkPolicy")
def read_cluster_network_policy(manifest: Manifest, log: ProblemLog) -> Policy | None:
    """Return a ClusterNetworkPolicy in normal form; None where the API server would reject it."""
    spec = validate(ClusterNetworkPolicySpec, manifest.content.get("spec", {}), manifest, log, ("spec",))
    if spec is None:
        return None
    reading = AdminReading(manifest, log)
    tier = _tier(reading, spec.tier)
    priority = reading.priority(spec.priority)
    subject = reading.subject(spec.subject)
    for direction, written in ((Direction.INGRESS, spec.ingress), (Direction.EGRESS, spec.egress)):
        reading.counted(written, 0, MOST, ("spec", direction.value))
    rules = [
        *(_rule(reading, rule, Direction.INGRESS, i) for i, rule in enumerate(spec.ingress or ())),
        *(_rule(reading, rule, Direction.EGRESS, i) for i, rule in enumerate(spec.egress or ())),
    ]
    if reading.rejected or tier is None or subject is None:
        return None
    return Policy(
        kind="ClusterNetworkPolicy",
        namespace="",
        name=manifest.name,
        tier=tier,
        subject=subject,
        rules=tuple(rule for rule in rules if rule is not None),
        priority=priority,
        source=manifest.source,
    )


def _tier(reading: AdminReading, written: str | None) -> Tier | None:
    path = ("spec", "tier")
    if written is None:
        reading.reject(path, "tier is missing", f"Use {' or '.join(_TIERS)}.", "missing-field")
        return None
    if written not in _TIERS:
        reading.reject(path, f"{written!r} is no tier", f"Use {' or '.join(_TIERS)}.")
    return _TIERS.get(written)


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


def _peers(reading: AdminReading, peer: PodsPeer, action: Action | None, path: FieldPath) -> list[Peer]:
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
                "Write the port's number, or make a rule of its own for the pods.",
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
            reading.reject(destination, "destinationPort is missing", code="missing-field")
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
