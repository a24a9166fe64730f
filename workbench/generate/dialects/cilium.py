"""CiliumNetworkPolicy, with egress by DNS name and the DNS rule that it needs (dialects 3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from workbench.generate.allowances.finding import name_servers
from workbench.generate.dialects.registry import Said, Unsaid, dialect
from workbench.generate.dialects.shared import (
    LabelRequirement,
    LabelSelector,
    Meta,
    Written,
    meta_of,
    network_policies,
    place_of,
    split_by_names,
    unsaid_removals,
)
from workbench.generate.rewriting.forms import plain_peer
from workbench.ground import MAX_PORT, MIN_PORT, PortSet
from workbench.inventory import peer_text
from workbench.policy import (
    NAMESPACE_NAME_LABEL,
    Anyone,
    Block,
    Direction,
    Operator,
    Pods,
    PortMatch,
    Requirement,
    Rule,
    RulePeer,
    Selector,
)

if TYPE_CHECKING:
    from workbench.generate.draft import Draft
    from workbench.generate.proposal import Proposal

__all__ = ["CiliumNetworkPolicy", "cilium"]

_MOST_PORTS: Final = 40
"""So many entries ``ports`` has at most."""
_NAMESPACE: Final = "k8s:io.kubernetes.pod.namespace"
_LABEL_OF_NAMESPACE: Final = "k8s:io.cilium.k8s.namespace.labels."
_LABEL_OF_POD: Final = "k8s:"
_NAME: Final = re.compile(r"[-a-zA-Z0-9.*_]+")
_DNS: Final = PortSet.of("UDP", 53) | PortSet.of("TCP", 53)


class Fqdn(Written):
    """One entry of ``toFQDNs``, and of ``rules.dns``."""

    match_name: str | None = None
    match_pattern: str | None = None


class PortProtocol(Written):
    """One entry of ``ports``; port 0 is every port of the protocol."""

    port: str
    end_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    protocol: Literal["TCP", "UDP", "SCTP"]


class L7Rules(Written):
    """``rules``: those about DNS."""

    dns: list[Fqdn]


class PortRule(Written):
    """One entry of ``toPorts``."""

    ports: Annotated[list[PortProtocol], Field(max_length=_MOST_PORTS)]
    rules: L7Rules | None = None


class CidrRule(Written):
    """One entry of ``fromCIDRSet`` and ``toCIDRSet``."""

    cidr: str
    exceptions: list[str] | None = Field(default=None, alias="except")


class CiliumIngress(Written):
    """One entry of ``ingress``: without any field, it allows nothing, and the direction is denied."""

    from_endpoints: list[LabelSelector] | None = None
    from_cidr_set: list[CidrRule] | None = Field(default=None, alias="fromCIDRSet")
    from_entities: list[Literal["all"]] | None = None
    to_ports: list[PortRule] | None = None


class CiliumEgress(Written):
    """One entry of ``egress``."""

    to_endpoints: list[LabelSelector] | None = None
    to_cidr_set: list[CidrRule] | None = Field(default=None, alias="toCIDRSet")
    to_entities: list[Literal["all"]] | None = None
    to_fqdns: list[Fqdn] | None = Field(default=None, alias="toFQDNs")
    to_ports: list[PortRule] | None = None


class CiliumSpec(Written):
    """``spec``."""

    endpoint_selector: LabelSelector
    ingress: list[CiliumIngress] | None = None
    egress: list[CiliumEgress] | None = None


class CiliumNetworkPolicy(Written):
    """CiliumNetworkPolicy (cilium.io/v2)."""

    api_version: Literal["cilium.io/v2"] = "cilium.io/v2"
    kind: Literal["CiliumNetworkPolicy"] = "CiliumNetworkPolicy"
    metadata: Meta
    spec: CiliumSpec


@dataclass
class _Listed:
    """What was found to be said otherwise, or not at all."""

    nodes: frozenset[str]
    unsaid: list[Unsaid] = field(default_factory=list)
    otherwise: list[Unsaid] = field(default_factory=list)


@dialect("cilium")
def cilium(proposal: Proposal) -> Said:
    """Write CiliumNetworkPolicy objects, with egress by DNS name where clients knew the names."""
    drafts, unsaid = network_policies(proposal, CiliumNetworkPolicy.__name__)
    unsaid += unsaid_removals(proposal, "an object says which policy is to be there, not which one is to go")
    objects = proposal.cluster.objects
    placed = {place.host_ip for one in objects.workloads for shape in one.shapes for place in shape.placements}
    nodes = frozenset({*(ip for one in objects.nodes for ip in one.addresses), *placed} - {""})
    listed = _Listed(nodes, unsaid)
    written = tuple(_policy(proposal, one, listed) for one in drafts)
    return Said("cilium", written, tuple(listed.unsaid), tuple(listed.otherwise))


def _policy(proposal: Proposal, draft: Draft, listed: _Listed) -> CiliumNetworkPolicy:
    policy = draft.policy
    spec = CiliumSpec(
        endpoint_selector=_selector(_requirements(policy.subject.pods, _LABEL_OF_POD)),
        ingress=_ingress(draft, listed) if Direction.INGRESS in policy.isolates else None,
        egress=_egress(proposal, draft, listed) if Direction.EGRESS in policy.isolates else None,
    )
    return CiliumNetworkPolicy(metadata=meta_of(policy), spec=spec)


def _ingress(draft: Draft, listed: _Listed) -> list[CiliumIngress]:
    found = []
    for rule in _rules(draft, Direction.INGRESS):
        ports = _ports(rule.ports)
        endpoints, cidrs, everyone = _sorted(draft, rule, rule.peers, listed)
        found += [CiliumIngress(from_endpoints=endpoints, to_ports=ports)] if endpoints else []
        found += [CiliumIngress.model_validate({"fromCIDRSet": cidrs, "toPorts": ports})] if cidrs else []
        found += [CiliumIngress(from_entities=["all"], to_ports=ports)] if everyone else []
    return found or [CiliumIngress()]


def _egress(proposal: Proposal, draft: Draft, listed: _Listed) -> list[CiliumEgress]:
    found: list[CiliumEgress] = []
    rules = _rules(draft, Direction.EGRESS)
    named = {rule.index: _names(draft, rule, listed) for rule in rules}
    by_name = any(names for _, names in named.values())
    servers, numbers = name_servers(proposal.cluster) if by_name else ((), _DNS)
    asks = False
    for rule in rules:
        peers, names = named[rule.index]
        is_dns = by_name and _asks_names(draft, rule, servers, numbers)
        asks |= is_dns
        ports = _ports(rule.ports, dns=is_dns)
        endpoints, cidrs, everyone = _sorted(draft, rule, peers, listed)
        found += [CiliumEgress(to_endpoints=endpoints, to_ports=ports)] if endpoints else []
        found += [CiliumEgress.model_validate({"toCIDRSet": cidrs, "toPorts": ports})] if cidrs else []
        found += [CiliumEgress(to_entities=["all"], to_ports=ports)] if everyone else []
        found += [_by_name(names, rule.ports)] if names else []
    if by_name and not asks:
        endpoints = [_endpoint(one, draft.policy.namespace) for one in servers if isinstance(one, Pods)]
        found.append(CiliumEgress(to_endpoints=endpoints, to_ports=_ports(PortMatch(numbers), dns=True)))
        what, why = ", ".join(map(peer_text, servers)), "added, since toFQDNs knows the addresses that DNS answers give"
        listed.otherwise.append(Unsaid(draft.ref, "", what, why))
    return found or [CiliumEgress()]


def _rules(draft: Draft, way: Direction) -> list[Rule]:
    return [one for one in draft.policy.rules if one.direction is way]


def _names(draft: Draft, rule: Rule, listed: _Listed) -> tuple[Sequence[RulePeer], list[str]]:
    """Return the peers of a rule that are written as they are, and the names for the others."""
    kept, names, named = split_by_names(draft, rule)
    strange = [name for name in names if not _NAME.fullmatch(name)]
    listed.unsaid += [Unsaid(draft.ref, place_of(rule), name, "it has characters of no DNS name") for name in strange]
    if not names or strange:
        return rule.peers, []
    listed.otherwise += [Unsaid(draft.ref, place_of(rule), one.text, f"by name: {', '.join(names)}") for one in named]
    return kept, names


def _by_name(names: Iterable[str], ports: PortMatch) -> CiliumEgress:
    return CiliumEgress.model_validate({"toFQDNs": list(map(_fqdn, names)), "toPorts": _ports(ports)})


def _fqdn(name: str) -> Fqdn:
    return Fqdn(match_pattern=name) if "*" in name else Fqdn(match_name=name)


def _asks_names(draft: Draft, rule: Rule, servers: Iterable[RulePeer], ports: PortSet) -> bool:
    """Tell whether a rule is there for asking DNS: it leads to the name servers, or is about their port alone."""
    own = draft.policy.namespace
    known = {plain_peer(one, own) for one in servers}
    leads = any(plain_peer(one, own) in known for one in rule.peers) and bool(rule.ports.numbers & ports)
    return leads or (bool(rule.ports.numbers & _DNS) and not rule.ports.numbers - _DNS)


def _sorted(
    draft: Draft, rule: Rule, peers: Iterable[RulePeer], listed: _Listed
) -> tuple[list[LabelSelector], list[CidrRule], bool]:
    endpoints: list[LabelSelector] = []
    cidrs: list[CidrRule] = []
    everyone = False
    for peer in peers:
        if isinstance(peer, Pods):
            endpoints.append(_endpoint(peer, draft.policy.namespace))
        elif isinstance(peer, Block):
            cidrs.append(CidrRule.model_validate({"cidr": peer.cidr, "except": list(peer.exceptions) or None}))
            if nodes := sorted(ip for ip in listed.nodes if peer.addresses.contains(ip)):
                why = f"CIDR rules are not about nodes, such as {nodes[0]}: entities host and remote-node are"
                listed.unsaid.append(Unsaid(draft.ref, place_of(rule), peer.text, why))
        elif isinstance(peer, Anyone):
            everyone = True
        else:
            why = "it has no words for such a peer of a NetworkPolicy"
            listed.unsaid.append(Unsaid(draft.ref, place_of(rule), peer_text(peer), why))
    return endpoints, cidrs, everyone


def _endpoint(peer: Pods, own: str) -> LabelSelector:
    pods = _requirements(peer.pods, _LABEL_OF_POD)
    if isinstance(peer.namespaces, str):
        name = () if peer.namespaces == own else (Requirement(_NAMESPACE, Operator.IN, (peer.namespaces,)),)
        return _selector([*name, *pods])
    home = list(_requirements(peer.namespaces, _LABEL_OF_NAMESPACE))
    # Without a word about namespaces, it would be the own one.
    return _selector([*(home or [Requirement(_NAMESPACE, Operator.EXISTS)]), *pods])


def _requirements(selector: Selector, source: str) -> Iterator[Requirement]:
    """Yield requirements with the labels as Cilium knows them."""
    for one in selector.requirements:
        is_name = source == _LABEL_OF_NAMESPACE and one.key == NAMESPACE_NAME_LABEL
        yield Requirement(_NAMESPACE if is_name else source + one.key, one.operator, one.values)


def _selector(requirements: Iterable[Requirement]) -> LabelSelector:
    labels: dict[str, str] = {}
    expressions: list[LabelRequirement] = []
    for one in requirements:
        if one.is_label and one.key not in labels:
            labels[one.key] = one.values[0]
        else:
            values = list(one.values) or None
            expressions.append(LabelRequirement(key=one.key, operator=one.operator.value, values=values))
    return LabelSelector(match_labels=labels or None, match_expressions=expressions or None)


def _ports(ports: PortMatch, *, dns: bool = False) -> list[PortRule] | None:
    if ports == PortMatch():
        return None
    entries = []
    for protocol, first, last in ports.numbers.intervals:
        if (first, last) == (MIN_PORT, MAX_PORT):
            entries.append(PortProtocol.model_validate({"port": "0", "protocol": protocol}))
        else:
            end = None if first == last else last
            entries.append(PortProtocol.model_validate({"port": str(first), "endPort": end, "protocol": protocol}))
    entries += [PortProtocol.model_validate({"port": one.name, "protocol": one.protocol}) for one in ports.named]
    rules = L7Rules(dns=[Fqdn(match_pattern="*")]) if dns and all(one.end_port is None for one in entries) else None
    return [
        PortRule(ports=entries[first : first + _MOST_PORTS], rules=rules)
        for first in range(0, len(entries), _MOST_PORTS)
    ]
