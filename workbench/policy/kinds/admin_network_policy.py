"""AdminNetworkPolicy (policy.networking.k8s.io/v1alpha1), read and written (semantics 12, 14, 15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field

from workbench.ground import ALL_PORTS, PROTOCOLS, PortSet, ProblemLog
from workbench.manifests import ExactModel, FieldPath, JsonInt, Manifest
from workbench.policy.admin import AdminReading, EgressPeer, PodsPeer, Subjected
from workbench.policy.admin_writing import AdminWriting
from workbench.policy.older_admin import read_as_meant
from workbench.policy.registry import register_policy_kind
from workbench.policy.rules import Action, Direction, LeftOut, NamedPort, Policy, PortMatch, Rule, Tier
from workbench.policy.schema import meant

__all__ = ["AdminRules", "read_admin_network_policy", "read_rules", "written_port"]

MOST: Final = 100
"""Rules of a direction, peers of a rule and ports of a rule that are allowed."""
_ACTIONS: Final = MappingProxyType({"Allow": Action.ALLOW, "Deny": Action.DENY, "Pass": Action.PASS})


class PortNumber(ExactModel):
    """``portNumber``: one port."""

    protocol: str | None = None
    port: JsonInt


class PortRange(ExactModel):
    """``portRange``: ports from start to end, both included."""

    protocol: str | None = None
    start: JsonInt
    end: JsonInt


class AdminPort(ExactModel):
    """One entry of ``ports``."""

    port_number: PortNumber | None = None
    named_port: str | None = None
    port_range: PortRange | None = None


class IngressRule(ExactModel):
    """One entry of ``ingress``."""

    name: str | None = None
    action: str | None = None
    peers: list[PodsPeer] | None = Field(default=None, alias="from")
    ports: list[AdminPort] | None = None


class EgressRule(ExactModel):
    """One entry of ``egress``."""

    name: str | None = None
    action: str | None = None
    peers: list[EgressPeer] | None = Field(default=None, alias="to")
    ports: list[AdminPort] | None = None


class AdminRules(Subjected):
    """What the specs of both kinds of v1alpha1 have."""

    ingress: list[IngressRule] | None = None
    egress: list[EgressRule] | None = None


class AdminNetworkPolicySpec(AdminRules):
    """``spec`` of an AdminNetworkPolicy."""

    priority: JsonInt | None = None


def read_admin_network_policy(manifest: Manifest, log: ProblemLog) -> Policy | LeftOut:
    """Return an AdminNetworkPolicy in normal form; what of it could be read where the API server would refuse it."""
    return read_as_meant(manifest, log, _read)


def _read(manifest: Manifest, log: ProblemLog) -> Policy | LeftOut:
    reading = AdminReading(manifest, log)
    spec = reading.spec(AdminNetworkPolicySpec)
    return reading.outcome(
        Policy(
            kind="AdminNetworkPolicy",
            namespace="",
            name=manifest.any_name,
            tier=Tier.ADMIN,
            subject=reading.subject(spec),
            rules=() if spec is None else read_rules(reading, spec, _ACTIONS),
            priority=0 if spec is None else reading.priority(spec.priority),
            source=manifest.source,
        )
    )


def read_rules(reading: AdminReading, spec: AdminRules, actions: Mapping[str, Action]) -> tuple[Rule, ...]:
    """Return the rules of a v1alpha1 spec; `actions` are those that its kind knows."""
    for direction, written in ((Direction.INGRESS, spec.ingress), (Direction.EGRESS, spec.egress)):
        reading.counted(written, 0, MOST, ("spec", direction.value))
    found = [
        *(_rule(reading, rule, Direction.INGRESS, i, actions) for i, rule in enumerate(spec.ingress or ())),
        *(_rule(reading, rule, Direction.EGRESS, i, actions) for i, rule in enumerate(spec.egress or ())),
    ]
    return tuple(rule for rule in found if rule is not None)


def _rule(
    reading: AdminReading,
    rule: IngressRule | EgressRule,
    direction: Direction,
    index: int,
    actions: Mapping[str, Action],
) -> Rule | None:
    path: FieldPath = ("spec", direction.value, index)
    side = (*path, "from" if direction is Direction.INGRESS else "to")
    reading.counted(rule.peers, 1, MOST, side)
    action = reading.action(rule.action, actions, path)
    peers = [found for i, peer in enumerate(rule.peers or ()) for found in reading.peers(peer, (*side, i))]
    _warn_named(reading, rule, path)
    ports = _ports(reading, rule.ports, (*path, "ports"))
    name = reading.rule_name(rule.name, path)
    return None if action is None else Rule(direction, index, tuple(peers), ports, action, name)


def _warn_named(reading: AdminReading, rule: IngressRule | EgressRule, path: FieldPath) -> None:
    """Warn of named ports in a rule towards addresses, where they are skipped (semantics 12)."""
    if not any(isinstance(peer, EgressPeer) and (peer.networks or peer.nodes) for peer in rule.peers or ()):
        return
    for index, port in enumerate(rule.ports or ()):
        if port.named_port is not None:
            reading.warn(
                (*path, "ports", index, "namedPort"),
                "named-port-to-addresses",
                f"the port named {port.named_port!r} has no effect towards networks and nodes, which declare no ports",
                "Write its number.",
            )


def _ports(reading: AdminReading, ports: Sequence[AdminPort] | None, path: FieldPath) -> PortMatch:
    """Return the ports of a rule; a missing or empty list means all."""
    reading.counted(ports, 0, MOST, path)
    if not ports:
        return PortMatch(ALL_PORTS)
    numbers: list[PortSet] = []
    named: set[str] = set()
    for index, port in enumerate(ports):
        where = (*path, index)
        if reading.only_field(port, where) is None:
            continue
        if port.port_number is not None:
            number = port.port_number.port
            at = (*where, "portNumber")
            protocol = _protocol(reading, port.port_number.protocol, at)
            numbers.append(reading.port_range(protocol, ("port", number), ("port", number), at))
        elif port.port_range is not None:
            start, end = port.port_range.start, port.port_range.end
            at = (*where, "portRange")
            protocol = _protocol(reading, port.port_range.protocol, at)
            numbers.append(reading.port_range(protocol, ("start", start), ("end", end), at))
        elif port.named_port is not None:
            named.add(port.named_port)
    return PortMatch(PortSet.union_of(numbers), tuple(NamedPort(name, None) for name in sorted(named)))


def _protocol(reading: AdminReading, written: str | None, path: FieldPath) -> str:
    if written in PROTOCOLS or not written:
        return written or "TCP"
    reading.reject((*path, "protocol"), f"{written!r} is not a valid protocol", meant(written, PROTOCOLS))
    return "TCP"


def written_port(protocol: str, first: int, last: int) -> dict[str, Any]:
    """Return the entry of ``ports`` for the ports from `first` to `last`."""
    if first == last:
        return {"portNumber": {"protocol": protocol, "port": first}}
    return {"portRange": {"protocol": protocol, "start": first, "end": last}}


_WRITING: Final = AdminWriting(_ACTIONS, "ports", written_port, "namedPort")


def _write(policy: Policy) -> dict[str, Any]:
    return _WRITING.spec(policy, priority=policy.priority)


register_policy_kind("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy", writes=_write)(
    read_admin_network_policy
)
