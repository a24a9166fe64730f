"""How the parts that cluster-wide policy kinds share are written (semantics 15, 16)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from workbench.manifests import FieldPath
from workbench.policy.admin import MAX_NETWORKS
from workbench.policy.known_rules import PEER_FIELDS
from workbench.policy.rules import (
    Action,
    Anyone,
    Block,
    Direction,
    DomainNames,
    Nodes,
    Pods,
    Policy,
    PortMatch,
    Rule,
    RulePeer,
)
from workbench.policy.selectors import EVERYTHING, Selector
from workbench.policy.written_parts import check_rule, unwritable, written_selector

__all__ = ["AdminWriting"]

_PEERS: Final = MappingProxyType({Block: "networks", Nodes: "nodes", DomainNames: "domainNames"})


@dataclass(frozen=True, slots=True)
class AdminWriting:
    """How a kind writes what others write differently.

    Attributes
    ----------
    actions : mapping of str to Action
        Names of the actions that the kind knows.
    ports_field : str
        The field of a rule that holds its ports.
    port : callable
        Returns the entry for the ports of a protocol from a first to a last one.
    named_port : str
        The field of such an entry that holds a port's name.
    domain_names : bool
        Whether its egress rules have peers by domain names.
    """

    actions: Mapping[str, Action]
    ports_field: str
    port: Callable[[str, int, int], dict[str, Any]]
    named_port: str
    domain_names: bool = False

    def spec(self, policy: Policy, **first: object) -> dict[str, Any]:
        """Return the ``spec`` of a policy; the fields `first` stand before all others."""
        spec: dict[str, Any] = {**first, "subject": _written_pods(policy.subject)}
        for direction in PEER_FIELDS:
            rules = [rule for rule in policy.rules if rule.direction is direction]
            if rules:
                spec[direction.value] = [self._rule(policy, rule, i) for i, rule in enumerate(rules)]
        return spec

    def _rule(self, policy: Policy, rule: Rule, index: int) -> dict[str, Any]:
        path: FieldPath = ("spec", rule.direction.value, index)
        peer_field = PEER_FIELDS[rule.direction]
        check_rule(policy, rule, path, peer_field, self.ports_field)
        # An action that the kind does not know is left to its reader, which refuses it.
        action = next((name for name, action in self.actions.items() if action is rule.action), rule.action.value)
        entry: dict[str, Any] = {"name": rule.name} if rule.name else {}
        entry |= {"action": action, peer_field: self._peers(policy, rule, (*path, peer_field))}
        if rule.ports != PortMatch():
            entry[self.ports_field] = self._ports(policy, rule.ports, (*path, self.ports_field))
        return entry

    def _ports(self, policy: Policy, ports: PortMatch, path: FieldPath) -> list[dict[str, Any]]:
        entries = [
            self.port(protocol, first, last)
            for protocol, intervals in ports.numbers.by_protocol().items()
            for first, last in intervals
        ]
        for port in ports.named:
            if port.protocol is not None:
                message = f"the port named {port.name!r} cannot be of {port.protocol} only: its pod decides"
                raise unwritable(policy, path, message, "Leave the protocol out, or write the port's number.")
            entries.append({self.named_port: port.name})
        return entries

    def _peers(self, policy: Policy, rule: Rule, path: FieldPath) -> list[dict[str, Any]]:
        """Return the entries of ``from`` or ``to``; blocks that follow each other share one as far as they may."""
        entries: list[dict[str, Any]] = []
        networks: list[str] = []
        for peer in rule.peers:
            self._check_peer(policy, rule, peer, path)
            if not isinstance(peer, Block):
                networks = []
                entries.append(_written_peer(peer))
                continue
            if not networks or peer.cidr in networks or len(networks) == MAX_NETWORKS:
                networks = []
                entries.append({"networks": networks})
            networks.append(peer.cidr)
        return entries

    def _check_peer(self, policy: Policy, rule: Rule, peer: RulePeer, path: FieldPath) -> None:
        if isinstance(peer, Anyone):
            remedy = "Select all pods with namespaces: {}, and in egress all addresses with 0.0.0.0/0 and ::/0."
            raise unwritable(policy, path, f"{policy.kind} has no peer that matches everything", remedy)
        if rule.direction is Direction.INGRESS and not isinstance(peer, Pods):
            message = f"{policy.kind} has no {_PEERS[type(peer)]} in ingress"
            raise unwritable(policy, path, message, "Select pods, by their labels and those of their namespaces.")
        if isinstance(peer, DomainNames) and not self.domain_names:
            message = f"{policy.kind} has no {_PEERS[DomainNames]}"
            raise unwritable(policy, path, message, "Name their addresses, or use a kind that has them.")
        if isinstance(peer, Block) and peer.exceptions:
            message = f"{_PEERS[Block]} have no exceptions, as in {peer.text!r}"
            raise unwritable(policy, path, message, "List the CIDRs that remain.")


def _written_pods(pods: Pods) -> dict[str, Any]:
    namespaces = written_selector(pods.namespaces) if isinstance(pods.namespaces, Selector) else {}
    if pods.pods == EVERYTHING:
        return {"namespaces": namespaces}
    return {"pods": {"namespaceSelector": namespaces, "podSelector": written_selector(pods.pods)}}


def _written_peer(peer: RulePeer) -> dict[str, Any]:
    match peer:
        case Nodes():
            return {"nodes": written_selector(peer.nodes)}
        case DomainNames():
            return {"domainNames": list(peer.names)}
        case Pods():
            return _written_pods(peer)
    message = f"{type(peer).__name__} is not a peer of cluster-wide policies"
    raise TypeError(message)
