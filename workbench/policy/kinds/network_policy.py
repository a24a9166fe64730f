"""Kubernetes NetworkPolicy (networking.k8s.io/v1), read and written (semantics 11-13)."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from pydantic import Field

from workbench.ground import ALL_PORTS, MAX_PORT, MIN_PORT, PROTOCOLS, PortSet, ProblemLog
from workbench.manifests import ExactModel, FieldPath, GoList, IntOrString, JsonInt, Manifest, Texts
from workbench.policy.known_rules import OWN, PEER_FIELDS, known_rules
from workbench.policy.registry import register_policy_kind
from workbench.policy.rules import (
    Action,
    Anyone,
    Block,
    Direction,
    LeftOut,
    NamedPort,
    Nodes,
    Pods,
    Policy,
    PortMatch,
    Rule,
    RulePeer,
    Tier,
)
from workbench.policy.schema import IPBlock, LabelSelector, SpecReading, meant
from workbench.policy.selectors import EVERYTHING, Selector
from workbench.policy.written_parts import check_rule, unwritable, written_selector

__all__ = ["read_network_policy", "write_network_policy"]

_DIRECTIONS: Final = MappingProxyType({"Ingress": Direction.INGRESS, "Egress": Direction.EGRESS})
_RANGE = re.compile(r"\s*([0-9]{1,5})\s*[-:]\s*([0-9]{1,5})\s*")
_PORT_NAME = re.compile(r"(?=.*[a-z])[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_MAX_PORT_NAME = 15
_EVERY_PORT = PortMatch(ALL_PORTS)
_ANYONE = (Anyone(),)


class NetworkPolicyPort(ExactModel):
    """One entry of ``ports``."""

    protocol: str | None = None
    port: IntOrString | None = None
    end_port: JsonInt | None = None


class NetworkPolicyPeer(ExactModel):
    """One entry of ``from`` or ``to``."""

    pod_selector: LabelSelector | None = None
    namespace_selector: LabelSelector | None = None
    ip_block: IPBlock | None = None


class IngressRule(ExactModel):
    """One entry of ``ingress``."""

    ports: GoList[NetworkPolicyPort] | None = None
    peers: GoList[NetworkPolicyPeer] | None = Field(default=None, alias="from")


class EgressRule(ExactModel):
    """One entry of ``egress``."""

    ports: GoList[NetworkPolicyPort] | None = None
    peers: GoList[NetworkPolicyPeer] | None = Field(default=None, alias="to")


class NetworkPolicySpec(ExactModel):
    """``spec`` of a NetworkPolicy."""

    pod_selector: LabelSelector | None = None
    policy_types: Texts | None = None
    ingress: GoList[IngressRule] | None = None
    egress: GoList[EgressRule] | None = None


def read_network_policy(manifest: Manifest, log: ProblemLog) -> Policy | LeftOut:
    """Return a NetworkPolicy in normal form; what of it could be read where the API server would refuse it.

    Parameters
    ----------
    manifest : Manifest
    log : ProblemLog
        Gets what is wrong.
    """
    reading = SpecReading(manifest, log)
    namespace = manifest.namespace or "default"
    known = known_rules(manifest.content.get("spec"), namespace, _rule_alone)
    spec = reading.spec(NetworkPolicySpec, () if known is None else tuple(Direction))
    if spec is None:
        return reading.outcome(_outline(manifest, namespace))
    path: FieldPath = ("spec",)
    subject = Pods(namespace, reading.selector(spec.pod_selector or LabelSelector(), (*path, "podSelector")))
    rules = known or [
        *(_rule(reading, rule, Direction.INGRESS, i, namespace) for i, rule in enumerate(spec.ingress or ())),
        *(_rule(reading, rule, Direction.EGRESS, i, namespace) for i, rule in enumerate(spec.egress or ())),
    ]
    isolates = _isolated_directions(reading, spec.policy_types or (), {rule.direction for rule in rules}, path)
    return reading.outcome(
        Policy(
            kind=manifest.kind,
            namespace=namespace,
            name=manifest.any_name,
            tier=Tier.NETWORK_POLICY,
            subject=subject,
            isolates=isolates,
            rules=tuple(rule for rule in rules if rule.direction in isolates),
            source=manifest.source,
        )
    )


def _outline(manifest: Manifest, namespace: str) -> Policy:
    """Return what can be said of a policy whose spec has values of wrong types: its pods, if they can be read."""
    written = manifest.content.get("spec")
    spec = written if isinstance(written, Mapping) else {}
    silent = SpecReading(manifest, ProblemLog())
    chosen = silent.fit(LabelSelector, spec.get("podSelector") or {}, ("spec", "podSelector"))
    types = spec.get("policyTypes")
    directions = [d for name, d in _DIRECTIONS.items() if name in types] if isinstance(types, list) else []
    return Policy(
        kind=manifest.kind,
        namespace=namespace,
        name=manifest.any_name,
        tier=Tier.NETWORK_POLICY,
        subject=Pods(namespace, silent.selector(chosen or LabelSelector(), ())),
        isolates=frozenset(directions or (Direction.INGRESS, *((Direction.EGRESS,) if spec.get("egress") else ()))),
        source=manifest.source,
    )


def _isolated_directions(
    reading: SpecReading, written: Sequence[str], with_rules: Collection[Direction], path: FieldPath
) -> frozenset[Direction]:
    """Return the directions of ``policyTypes``; where absent, Ingress always and Egress if it has rules."""
    for index, name in enumerate(written):
        if name not in _DIRECTIONS:
            where = (*path, "policyTypes", index)
            reading.reject(where, f"{name!r} is not a valid policy type", meant(name, _DIRECTIONS))
    if len(written) > len(_DIRECTIONS):
        reading.reject(
            (*path, "policyTypes"),
            f"policyTypes has {len(written)} entries; {len(_DIRECTIONS)} are allowed",
            "Name Ingress and Egress once each.",
            "too-many-entries",
        )
    isolates = frozenset(_DIRECTIONS[name] for name in written if name in _DIRECTIONS)
    if not isolates:
        return frozenset(
            {Direction.INGRESS, Direction.EGRESS} if Direction.EGRESS in with_rules else {Direction.INGRESS}
        )
    for name, direction in _DIRECTIONS.items():
        if direction in with_rules and direction not in isolates:
            reading.warn(
                (*path, direction.value),
                "rules-without-type",
                f"the {direction} rules have no effect, since policyTypes does not name {name}",
                f"Name {name} in policyTypes to apply them, which denies all other {direction} of the selected pods.",
            )
    return isolates


def _rule(
    reading: SpecReading, rule: IngressRule | EgressRule, direction: Direction, index: int, namespace: str
) -> Rule:
    path: FieldPath = ("spec", direction.value, index)
    side = PEER_FIELDS[direction]
    if reading.is_null(path):
        reading.warn(
            path,
            "null-rule",
            "this rule is null, such as a lone dash in YAML: it is an empty rule, which allows everything",
            f"Name the peers in {side} and the ports in ports, or delete the dash.",
        )
    peers = [_peer(reading, peer, (*path, side, i), namespace) for i, peer in enumerate(rule.peers or ())]
    return Rule(
        direction=direction,
        index=index,
        peers=tuple(peer for peer in peers if peer is not None) if rule.peers else _ANYONE,
        ports=_ports(reading, rule.ports, (*path, "ports")),
    )


def _rule_alone(content: Mapping[str, Any]) -> Rule | None:
    """Return an ingress rule that is read without its policy; None if there is a problem with it."""
    reading = SpecReading(Manifest({"spec": {Direction.INGRESS.value: [content]}}), ProblemLog())
    rule = reading.fit(IngressRule, content, ("spec", Direction.INGRESS.value, 0))
    found = None if rule is None else _rule(reading, rule, Direction.INGRESS, 0, OWN)
    return None if reading.has_findings else found


def _peer(reading: SpecReading, peer: NetworkPolicyPeer, path: FieldPath, namespace: str) -> RulePeer | None:
    """Return one peer: pods of the own namespace, pods of other namespaces, or addresses."""
    if peer.ip_block is not None:
        if peer.pod_selector is not None or peer.namespace_selector is not None:
            reading.reject(
                path,
                "a peer has either ipBlock, or podSelector and namespaceSelector",
                "Keep what is meant: an address is not checked together with labels.",
            )
        addresses = reading.block(peer.ip_block, (*path, "ipBlock"))
        exceptions = tuple(peer.ip_block.except_ or ())
        return None if addresses is None else Block(addresses, peer.ip_block.cidr, exceptions)
    if peer.pod_selector is None and peer.namespace_selector is None:
        reading.reject(
            path,
            "an empty peer is not allowed",
            "Select the peer with podSelector, namespaceSelector or ipBlock.",
            "empty-peer",
        )
        return None
    pods = EVERYTHING
    if peer.pod_selector is not None:
        pods = reading.selector(peer.pod_selector, (*path, "podSelector"))
    if peer.namespace_selector is None:
        return Pods(namespace, pods)
    return Pods(reading.selector(peer.namespace_selector, (*path, "namespaceSelector")), pods)


def _ports(reading: SpecReading, ports: list[NetworkPolicyPort] | None, path: FieldPath) -> PortMatch:
    """Return the ports of a rule; a missing or empty list means all (semantics 11)."""
    if not ports:
        return _EVERY_PORT
    numbers: list[PortSet] = []
    named: list[NamedPort] = []
    for index, port in enumerate(ports):
        where = (*path, index)
        protocol = "TCP" if port.protocol is None else port.protocol
        if protocol not in PROTOCOLS:
            reading.reject((*where, "protocol"), f"{protocol!r} is not a valid protocol", meant(protocol, PROTOCOLS))
        elif isinstance(port.port, str):
            _check_named(reading, port.port, port.end_port, where)
            named.append(NamedPort(port.port, protocol))
        elif _check_range(reading, port, where):
            numbers.append(PortSet.of(protocol, port.port, port.end_port))
    return PortMatch(PortSet.union_of(numbers), tuple(sorted(set(named), key=lambda port: (port.name, port.protocol))))


def _check_named(reading: SpecReading, name: str, end_port: int | None, path: FieldPath) -> None:
    if not _PORT_NAME.fullmatch(name) or len(name) > _MAX_PORT_NAME or "--" in name:
        reading.reject((*path, "port"), f"{name!r} is not a valid port name", _instead_of(name))
    elif end_port is not None:
        reading.reject((*path, "endPort"), "endPort cannot follow a named port", "Give the first port as a number.")


def _instead_of(name: str) -> str:
    """Return what to write in place of a text that is not a port's name."""
    if found := _RANGE.fullmatch(name):
        return f"Write port: {int(found[1])}, endPort: {int(found[2])}."
    if name.strip().isdecimal() and name.isascii():
        return f"Write the number without quotes: port: {int(name)}."
    if all(part.strip().isdecimal() for part in name.split(",")):
        return "Make each port an entry of its own."
    return f"A name has at most {_MAX_PORT_NAME} of a-z, 0-9 and '-', with a letter among them."


def _check_range(reading: SpecReading, port: NetworkPolicyPort, path: FieldPath) -> bool:
    first, last = port.port, port.end_port
    if first is None:
        if last is not None:
            reading.reject((*path, "endPort"), "endPort needs a port", "Give the first port of the range as port.")
        return last is None
    ok = True
    for name, number in (("port", first), ("endPort", last)):
        if isinstance(number, int) and not MIN_PORT <= number <= MAX_PORT:
            reading.reject(
                (*path, name), f"{number} is not between {MIN_PORT} and {MAX_PORT}", "Write the port that is meant."
            )
            ok = False
    if isinstance(first, int) and last is not None and last < first:
        reading.reject(
            (*path, "endPort"), f"endPort {last} is below port {first}", f"Write port: {last}, endPort: {first}."
        )
        ok = False
    return ok


def write_network_policy(policy: Policy) -> dict[str, Any]:
    """Return the ``spec`` of a NetworkPolicy, in the order of fields of the API's documentation.

    ``policyTypes`` is always written, since what is assumed without it depends on the rules.
    """
    if not policy.namespace:
        path = ("metadata", "namespace")
        raise unwritable(policy, path, "namespace is missing", "Name the namespace whose pods the policy is about.")
    if policy.subject.namespaces != policy.namespace:
        message = f"its pods must be those of its own namespace {policy.namespace!r}"
        remedy = "Write a policy for each namespace, or one of a cluster-wide kind."
        raise unwritable(policy, ("spec", "podSelector"), message, remedy)
    if not policy.isolates:
        remedy = "Name Ingress, Egress or both."
        raise unwritable(policy, ("spec", "policyTypes"), "it isolates in no direction", remedy)
    spec: dict[str, Any] = {
        "podSelector": written_selector(policy.subject.pods),
        "policyTypes": [name for name, direction in _DIRECTIONS.items() if direction in policy.isolates],
    }
    for direction in _DIRECTIONS.values():
        rules = [rule for rule in policy.rules if rule.direction is direction]
        if rules and direction not in policy.isolates:
            message = f"it has {direction} rules and does not isolate in this direction, so that they have no effect"
            raise unwritable(policy, ("spec", direction.value), message, "Leave the rules out, or isolate in it.")
        if rules:
            spec[direction.value] = [_written_rule(policy, rule, i) for i, rule in enumerate(rules)]
    return spec


def _written_rule(policy: Policy, rule: Rule, index: int) -> dict[str, Any]:
    path: FieldPath = ("spec", rule.direction.value, index)
    peer_field = PEER_FIELDS[rule.direction]
    check_rule(policy, rule, path, peer_field, "ports")
    if rule.action is not Action.ALLOW:
        remedy = "Leave the rule out, since what no rule allows is denied; or use a cluster-wide kind."
        raise unwritable(policy, path, f"{policy.kind} has no action {rule.action}: its rules allow", remedy)
    if rule.name:
        raise unwritable(policy, path, f"its rules have no names, such as {rule.name!r}", "Leave the name out.")
    entry: dict[str, Any] = {}
    if rule.peers != _ANYONE:
        entry[peer_field] = [_written_peer(policy, peer, (*path, peer_field, i)) for i, peer in enumerate(rule.peers)]
    if rule.ports != _EVERY_PORT:
        entry["ports"] = _written_ports(policy, rule.ports, (*path, "ports"))
    return entry


def _written_peer(policy: Policy, peer: RulePeer, path: FieldPath) -> dict[str, Any]:
    match peer:
        case Pods(namespaces=str()):
            return {"podSelector": written_selector(peer.pods)}
        case Pods(namespaces=Selector() as namespaces):
            pods = {} if peer.pods == EVERYTHING else {"podSelector": written_selector(peer.pods)}
            return {"namespaceSelector": written_selector(namespaces), **pods}
        case Block():
            exceptions = {"except": list(peer.exceptions)} if peer.exceptions else {}
            return {"ipBlock": {"cidr": peer.cidr, **exceptions}}
        case Anyone():
            remedy = "Keep this peer alone: it includes the others."
            raise unwritable(policy, path, "only a rule without peers matches everything", remedy)
    what = "nodes" if isinstance(peer, Nodes) else "domain names"
    remedy = "Name their addresses with ipBlock, or use a cluster-wide kind."
    raise unwritable(policy, path, f"{policy.kind} has no peer for {what}", remedy)


def _written_ports(policy: Policy, ports: PortMatch, path: FieldPath) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for protocol, intervals in ports.numbers.by_protocol().items():
        for first, last in intervals:
            if (first, last) == (MIN_PORT, MAX_PORT):
                entries.append({"protocol": protocol})
            else:
                end = {} if first == last else {"endPort": last}
                entries.append({"protocol": protocol, "port": first, **end})
    for port in ports.named:
        if port.protocol is None:
            remedy = "Give the protocol of its port."
            raise unwritable(
                policy, path, f"the port named {port.name!r} has no protocol, which means TCP here", remedy
            )
        entries.append({"protocol": port.protocol, "port": port.name})
    return entries


register_policy_kind("networking.k8s.io/v1", "NetworkPolicy", writes=write_network_policy)(read_network_policy)
register_policy_kind("extensions/v1beta1", "NetworkPolicy", writes=None)(read_network_policy)
