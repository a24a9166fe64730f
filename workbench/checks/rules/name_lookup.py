"""Whether names can be asked for, and of whom: NP014, NP015."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from workbench.checks.admitted import NO_CONNECTION, asks_names_only, is_opening, ports_words, side_of
from workbench.checks.context import CheckContext
from workbench.checks.found import NO_PATCH, Found, Patch
from workbench.checks.patching import patch_to, with_rule
from workbench.checks.platforms import eased_on_platforms
from workbench.checks.registry import register_check
from workbench.checks.resolver import DNS_PORTS, Resolver
from workbench.checks.rules.openings import is_wide
from workbench.checks.severity import CheckSeverity
from workbench.checks.tiers import is_about_all_outside
from workbench.ground import LINK_LOCAL, PRIVATE, PortSet, count_of, listed
from workbench.inventory import Workload
from workbench.policy import (
    NAMESPACE_NAME_LABEL,
    Action,
    Anyone,
    Block,
    Direction,
    Pods,
    Policy,
    PortMatch,
    Rule,
    RulePeer,
    Selector,
    Tier,
)

__all__ = ["asks_anyone_for_names", "cannot_ask_for_names"]

_UDP: Final = "UDP"
_TCP: Final = "TCP"
_NEAR: Final = PRIVATE | LINK_LOCAL
_EGRESS: Final = Direction.EGRESS


@register_check(
    "NP014",
    title="Workload that cannot ask for names",
    severity=CheckSeverity.HIGH,
    reason="It is allowed to call others, and cannot find out their addresses: it fails at the first name.",
    remedy="Allow egress to the cluster's name server, at UDP and TCP 53 (5353 of OpenShift's pods).",
    source="cyclonus CheckDNSBlockedOnUDP and CheckDNSBlockedOnTCP, which probe 8.8.8.8; roxctl netpol --dnsport",
)
@eased_on_platforms(CheckSeverity.HIGH)
def cannot_ask_for_names(context: CheckContext) -> Iterator[Found]:
    """Find workloads that are isolated for egress, may call something, and may not call the cluster's name server.

    The name server is that of `docs/allowances.md`: the pods behind the cluster's DNS Service, at the ports of the
    pods. Where it was read, the engine is asked about each workload, over UDP and over TCP. An opening to the internet
    is none to it. Where it was not read, its place is assumed: pods with ``k8s-app=kube-dns`` in ``kube-system``. Then
    a rule counts that names such pods, everyone, or, on port 53, pods of which nothing was read or that declare this
    port themselves: a name server of one's own.

    A rule for a private or link-local block at port 53 counts as well, whatever the block is: that is how the DNS cache
    of a node, or the address of the DNS Service, is named.

    - UDP is denied: severity high. Where all that the workload may call is addresses, low: these need no names.
    - UDP is allowed and TCP is not: low. Answers that do not fit into a packet are lost.

    Workloads that may call nothing need no names, and are not found; nor are name servers themselves.

    The patch adds the rule to the policy with egress rules that selects the fewest workloads, so that others that it
    selects may ask for names, too. There is none where a cluster-wide policy denies.
    """
    resolver = context.resolver
    workloads = [one for one in context.reachable_workloads if _is_held(context, one)]
    workloads = [one for one in workloads if one.peer not in resolver.workloads]
    asked = _asked(context, workloads) if resolver.is_read else _assumed(context, workloads)
    patches: dict[str, Patch] = {}
    for workload in workloads:
        missing = asked[workload.peer]
        if not missing:
            continue
        policies = [one for one in context.policies_of[workload.peer] if _EGRESS in one.isolates or _has_egress(one)]
        peers = [peer for policy in policies for rule in _allowing(policy) for peer in rule.peers]
        if not peers:
            continue
        calls_names = any(not isinstance(peer, Block) for peer in peers)
        both = _UDP in missing
        refused = _is_refused(context, policies, missing)
        yield Found.of_workload(
            workload,
            f"may not ask {resolver.name} for names over {' and '.join(missing)}",
            evidence=(
                f"isolated for egress by {listed([one.ref for one in policies])}",
                f"{resolver.name} answers at {resolver.ports}"
                + ("" if resolver.is_read else ", assumed: it was not read"),
                f"egress leads there, and ingress of {resolver.name} denies it"
                if refused
                else f"may call by {count_of(len(peers), 'peer')} of their rules",
            ),
            connection=(
                workload.peer,
                resolver.ends[0] if resolver.is_read else resolver.name,
                _ports(resolver, missing),
            ),
            patch=NO_PATCH if refused else _patch(context, policies, patches),
            severity=None if both and calls_names else CheckSeverity.LOW,
        )


def _is_held(context: CheckContext, workload: Workload) -> bool:
    """Tell whether policies keep some pods of a workload from calling whom they like."""
    closed = context.closed_workloads.get((workload.peer, _EGRESS))
    return (workload.peer, _EGRESS) in context.isolating or (closed is not None and bool(closed.pods & DNS_PORTS))


def _has_egress(policy: Policy) -> bool:
    return any(rule.direction is _EGRESS for rule in policy.rules)


def _allowing(policy: Policy) -> list[Rule]:
    return [one for one in policy.rules if one.direction is _EGRESS and one.action is Action.ALLOW]


def _is_refused(context: CheckContext, policies: list[Policy], protocols: tuple[str, ...]) -> bool:
    """Tell whether rules of a workload lead to the name server that was read, so that it is the one who denies."""
    resolver = context.resolver
    there = frozenset(resolver.workloads)
    wanted = resolver.ports & PortSet.of(protocols[0])
    return any(
        bool(rule.ports.numbers & wanted)
        and any(
            isinstance(peer, Pods) and not there.isdisjoint(one.peer for one in context.members(peer))
            for peer in rule.peers
        )
        for policy in policies
        for rule in (_allowing(policy) if there else ())
    )


def _ports(resolver: Resolver, protocols: tuple[str, ...]) -> str:
    return str(resolver.ports & PortSet.union_of(map(PortSet.of, protocols)))


def _asked(context: CheckContext, workloads: list[Workload]) -> Mapping[str, tuple[str, ...]]:
    """Return the protocols over which the name server that was read cannot be asked, by workload."""
    resolver = context.resolver
    ports = [(protocol, first) for protocol, first, _ in resolver.ports.intervals if protocol in {_UDP, _TCP}]
    names = [(one.peer, standing.peer.name) for one in workloads for standing in context.standings_of[one.peer]]
    questions = [
        (protocol, workload, (name, end, port, protocol))
        for workload, name in names
        for protocol, port in ports
        for end in resolver.ends
    ]
    answers = context.connectivity.verdicts([edge for _, _, edge in questions], deciding=False)
    served: dict[tuple[str, str], dict[str, bool]] = {}
    for (protocol, workload, (name, *_)), answer in zip(questions, answers, strict=True):
        kinds = served.setdefault((workload, protocol), {})
        kinds[name] = kinds.get(name, False) or answer.verdict != "denied"
    found: dict[str, tuple[str, ...]] = {}
    for one in workloads:
        lacking = [way for way in (_UDP, _TCP) if not all(served.get((one.peer, way), {"": True}).values())]
        near = {way for policy in context.policies_of[one.peer] for way in _near(policy)}
        found[one.peer] = tuple(way for way in lacking if way not in near)
    return found


def _near(policy: Policy) -> Iterator[str]:
    """Yield the protocols over which a policy opens port 53 of private or link-local addresses."""
    for rule in _allowing(policy):
        if any(isinstance(peer, Block) and not peer.addresses - _NEAR for peer in rule.peers):
            yield from (way for way in (_UDP, _TCP) if rule.ports.numbers.contains(way, 53))


def _assumed(context: CheckContext, workloads: list[Workload]) -> Mapping[str, tuple[str, ...]]:
    """Return the protocols over which no rule leads to where the name server is assumed to be, by workload."""
    ways: dict[str, frozenset[str]] = {}
    for policy in context.policies:
        if _has_egress(policy):
            ways[policy.ref] = frozenset((*_near(policy), *_leading(context, policy)))
    found: dict[str, tuple[str, ...]] = {}
    for one in workloads:
        served = frozenset[str]().union(*(ways.get(policy.ref, ()) for policy in context.policies_of[one.peer]))
        found[one.peer] = tuple(way for way in (_UDP, _TCP) if way not in served)
    return found


def _leading(context: CheckContext, policy: Policy) -> Iterator[str]:
    for rule in _allowing(policy):
        named = any(one.name.startswith("dns") for one in rule.ports.named)
        ways = [way for way in (_UDP, _TCP) if named or _opens(rule, way)]
        explicit = rule.ports != PortMatch()
        if ways and any(_may_be_it(context, peer, explicit=explicit) for peer in rule.peers):
            yield from ways


def _opens(rule: Rule, protocol: str) -> bool:
    return any(rule.ports.numbers.contains(protocol, port) for port in (53, 5353))


def _may_be_it(context: CheckContext, peer: RulePeer, *, explicit: bool) -> bool:
    """Tell whether a peer may be the name server that was not read.

    Parameters
    ----------
    context : CheckContext
    peer : RulePeer
    explicit : bool
        Whether the rule names the port, so that it is there for a name server.
    """
    if isinstance(peer, Anyone):
        return True
    if not isinstance(peer, Pods):
        return False
    members = context.members(peer)
    if explicit and (not members or any(map(_listens, members))):
        return True
    return any(
        isinstance(one, Pods)
        and isinstance(one.namespaces, str)
        and _chooses(peer, one.namespaces, {each.key: each.values[0] for each in one.pods.requirements})
        for one in context.resolver.peers
    )


def _listens(workload: Workload) -> bool:
    """Tell whether pods of a workload declare a port of name servers."""
    return any(one.port in {53, 5353} for shape in workload.shapes for one in shape.ports)


def _chooses(peer: Pods, namespace: str, labels: Mapping[str, str]) -> bool:
    if not peer.pods.matches(labels):
        return False
    if isinstance(peer.namespaces, Selector):
        return peer.namespaces.matches({NAMESPACE_NAME_LABEL: namespace})
    return peer.namespaces == namespace


def _patch(context: CheckContext, policies: list[Policy], known: dict[str, Patch]) -> Patch:
    """Return the patch by which the name server may be asked; none where a NetworkPolicy cannot allow it."""
    if any(one.action is not Action.ALLOW for policy in policies for one in policy.rules if one.direction is _EGRESS):
        return NO_PATCH
    own = [one for one in policies if one.tier is Tier.NETWORK_POLICY and _EGRESS in one.isolates]
    if not own or not context.resolver.peers:
        return NO_PATCH
    chosen = min(own, key=lambda one: (not _allowing(one), len(context.selected[one.ref]), one.name))
    if chosen.ref not in known:
        rules = context.resolver.rules(len(_allowing(chosen)))
        known[chosen.ref] = patch_to(replace(chosen, rules=(*chosen.rules, *rules)))
    return known[chosen.ref]


@register_check(
    "NP015",
    title="Names may be asked for anywhere",
    severity=CheckSeverity.LOW,
    reason="Whoever takes over a pod may send data out in questions to a name server of their own.",
    remedy="Keep the rule to the cluster's name server.",
    source="published accounts of tunnels through DNS",
)
@eased_on_platforms(CheckSeverity.LOW)
def asks_anyone_for_names(context: CheckContext) -> Iterator[Found]:
    """Find egress rules for the ports of name servers, and no others, that lead to anyone or to very wide blocks.

    The ports are 53 and 5353, and names that begin with ``dns``. A rule for all pods of the cluster is not found: it
    leads to nobody outside. Rules that open other ports, too, are found by NP006 and NP009.

    The patch keeps to the cluster's name server, as NP014 has it.
    """
    for policy in context.policies:
        for rule in policy.rules if context.selected[policy.ref] else ():
            if not is_opening(policy, rule) or not asks_names_only(rule):
                continue
            wide = [place for place, peer in enumerate(rule.peers) if _leads_out(peer)]
            shown = _shown(context, policy, rule) if wide else NO_CONNECTION
            if shown == NO_CONNECTION:
                continue
            peers = (*(peer for peer in rule.peers if not _leads_out(peer)), *context.resolver.peers)
            ports = PortMatch(rule.ports.numbers | context.resolver.ports, rule.ports.named)
            chosen = [workload.peer for workload, _ in context.selected[policy.ref]]
            kept = replace(rule, peers=tuple(dict.fromkeys(peers)), ports=ports)
            yield Found.of_policy(
                policy,
                f"allows questions for names to anyone on {ports_words(rule)}",
                rule=rule,
                path=(side_of(rule), wide[0]),
                evidence=(
                    f"selects {count_of(len(chosen), 'workload')}: {listed(chosen)}",
                    f"the cluster's name server: {context.resolver.name}",
                ),
                connection=shown,
                patch=with_rule(policy, rule, kept) if context.resolver.peers else NO_PATCH,
            )


def _leads_out(peer: RulePeer) -> bool:
    return is_about_all_outside(peer) or (isinstance(peer, Block) and is_wide(peer))


def _shown(context: CheckContext, policy: Policy, rule: Rule) -> tuple[str, str, str]:
    for workload, _ in context.selected[policy.ref]:
        for one in context.outside_of.get((workload.peer, _EGRESS), ()):
            ports = one.ports & (rule.ports.numbers or DNS_PORTS)
            if ports and one.dst.addresses is not None and one.dst.addresses - _NEAR:
                return one.src.name, one.dst.name, str(ports)
    return NO_CONNECTION
