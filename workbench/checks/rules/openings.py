"""Rules that open pods to anyone: NP005, NP006, NP009."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from workbench.checks.admitted import (
    NO_CONNECTION,
    asks_names_only,
    is_opening,
    opened_by,
    opened_words,
    ports_words,
    side_of,
)
from workbench.checks.context import CheckContext
from workbench.checks.found import NO_PATCH, Found
from workbench.checks.patching import with_rule
from workbench.checks.platforms import eased_on_platforms
from workbench.checks.registry import register_check
from workbench.checks.resolver import DNS_PORTS
from workbench.checks.severity import CheckSeverity
from workbench.checks.tiers import is_about_all_outside, is_about_all_pods
from workbench.ground import ALL_PORTS, PRIVATE, AddressSet, PortSet, count_of, listed
from workbench.policy import Block, Direction, Policy, PortMatch, Rule, Tier

__all__ = ["admits_anyone", "leads_anywhere", "names_wide_blocks"]

_WIDE: Final = {4: 1 << 24, 6: 1 << 120}
"""The addresses of a block of prefix 8, of each family."""
_GUIDE: Final = "Red Hat, Guide to Kubernetes Ingress Network Policies"


@register_check(
    "NP005",
    title="Rule that lets anyone in",
    severity=CheckSeverity.HIGH,
    reason="Any pod, and any address that is routed to the pods, may connect.",
    remedy="Name in from who is to connect, and the ports. If anyone is meant, opt the pods in by a label.",
    source=f"{_GUIDE}; cyclonus CheckTargetAllIngressAllowed",
    techniques=("T1190", "T1046"),
)
@eased_on_platforms(CheckSeverity.HIGH)
def admits_anyone(context: CheckContext) -> Iterator[Found]:
    """Find ingress rules for everyone: those without ``from``, or whose peers hold all pods and all addresses.

    Not found, for workloads of which it is meant: those with a label that opts in (`DeclaredFacts.opt_in_labels`), and
    those that an Ingress, a route or a Service of type LoadBalancer or NodePort, or with external addresses, leads to,
    where the rule keeps to the ports of the pods at which that arrives. Where it opens more ports of these, and of no
    others, the severity is medium, and the patch keeps to those ports.

    A rule for all pods of all namespaces, and no addresses, is found with severity medium on all ports, and low on
    some. An AdminNetworkPolicy or ClusterNetworkPolicy that accepts them is one severity worse: no NetworkPolicy can
    close what it opens.

    Rules behind which others deny all of it are not found, nor rules of policies that select nothing (NP010), nor the
    rule that lets all pods ask the cluster's name server. In namespaces of the platform the severity is low.
    """
    yield from _open(context, Direction.INGRESS)


@register_check(
    "NP006",
    title="Rule that lets pods out to anyone",
    severity=CheckSeverity.HIGH,
    reason="Whoever takes over a pod may load tools, send data out, and try every other workload.",
    remedy="Name in to whom the pods call, and the ports. If anyone is meant, opt the pods in by a label.",
    source="cyclonus CheckTargetAllEgressAllowed",
    techniques=("T1046",),
)
@eased_on_platforms(CheckSeverity.HIGH)
def leads_anywhere(context: CheckContext) -> Iterator[Found]:
    """Find egress rules for everyone: those without ``to``, or whose peers hold all pods and all addresses.

    Not found for workloads with a label that opts in, nor on the ports of name servers alone, which NP015 is about.
    All else is as in NP005, the other way round.
    """
    yield from _open(context, Direction.EGRESS)


def _open(context: CheckContext, direction: Direction) -> Iterator[Found]:
    for policy in context.policies:
        for rule in policy.rules if context.selected[policy.ref] else ():
            if rule.direction is not direction or not is_opening(policy, rule) or asks_names_only(rule):
                continue
            if is_for_anyone(rule):
                yield from _for_anyone(context, policy, rule)
            elif any(map(is_about_all_pods, rule.peers)):
                yield from _for_all_pods(context, policy, rule)


def is_for_anyone(rule: Rule) -> bool:
    """Tell whether the peers of a rule are all pods and all addresses.

    Parameters
    ----------
    rule : Rule
    """
    return any(map(is_about_all_pods, rule.peers)) and any(map(is_about_all_outside, rule.peers))


def _words(rule: Rule) -> str:
    return "allows traffic from" if rule.direction is Direction.INGRESS else "allows traffic to"


def _for_anyone(context: CheckContext, policy: Policy, rule: Rule) -> Iterator[Found]:
    opened = opened_by(context, policy, rule)
    if not opened.workloads or opened.connection == NO_CONNECTION:
        return
    message = f"{_words(rule)} anyone on {ports_words(rule)}"
    patch = NO_PATCH
    if opened.offered:
        message += f", and its pods are offered to clients outside on {opened.offered} only"
        if len(opened.workloads) == len(context.selected[policy.ref]):
            patch = with_rule(policy, rule, replace(rule, ports=PortMatch(_kept(rule, opened.offered))))
    yield Found.of_policy(
        policy,
        message,
        rule=rule,
        evidence=opened_words(opened),
        connection=opened.connection,
        patch=patch,
        severity=CheckSeverity.MEDIUM if opened.offered else None,
    )


def _kept(rule: Rule, offered: PortSet) -> PortSet:
    return rule.ports.numbers & offered or offered


def _for_all_pods(context: CheckContext, policy: Policy, rule: Rule) -> Iterator[Found]:
    admin = policy.tier is Tier.ADMIN
    chosen = [workload.peer for workload, _ in context.selected[policy.ref]]
    if rule.direction is Direction.INGRESS and _serves_names(context, chosen, rule):
        return
    place = next(number for number, peer in enumerate(rule.peers) if is_about_all_pods(peer))
    whole = rule.ports == PortMatch()
    severity = [CheckSeverity.HIGH, CheckSeverity.MEDIUM, CheckSeverity.LOW][(not admin) + (not whole)]
    connection = _from_elsewhere(context, policy, rule)
    if connection is None:
        return
    yield Found.of_policy(
        policy,
        f"{_words(rule)} all pods of all namespaces on {ports_words(rule)}"
        + (", which no NetworkPolicy can close" if admin else ""),
        rule=rule,
        path=(side_of(rule), place),
        evidence=(
            f"selects {count_of(len(chosen), 'workload')}: {listed(chosen)}",
            f"{count_of(len(context.reachable_workloads), 'workload')} at the other end",
        ),
        connection=connection,
        severity=severity,
    )


def _serves_names(context: CheckContext, chosen: list[str], rule: Rule) -> bool:
    """Tell whether an ingress rule is the one by which the cluster's name server is asked."""
    named = all(one.name.startswith("dns") for one in rule.ports.named)
    return named and set(chosen) <= set(context.resolver.workloads) and not rule.ports.numbers - DNS_PORTS


def _from_elsewhere(context: CheckContext, policy: Policy, rule: Rule) -> tuple[str, str, str] | None:
    """Return a connection with another namespace that a rule lets through.

    Empty texts where no other namespace has pods; None where the other ends, or rules before it, deny all that was
    tried.
    """
    mine = [workload.peer for workload, _ in context.selected[policy.ref]][:3]
    namespace = context.selected[policy.ref][0][0].namespace
    others = [listed[0].peer for name, listed in context.workloads_of.items() if name != namespace][:20]
    if not others:
        return NO_CONNECTION
    for one in mine:
        for other in others:
            src, dst = (other, one) if rule.direction is Direction.INGRESS else (one, other)
            passing = context.passing(src, dst, ALL_PORTS if rule.ports.named else rule.ports.numbers)
            if passing:
                return src, dst, str(passing)
    return NO_CONNECTION if policy.tier is Tier.NETWORK_POLICY else None


@register_check(
    "NP009",
    title="Rule for a very wide block of addresses",
    severity=CheckSeverity.MEDIUM,
    reason="It admits the whole internet, or much of it, where some addresses are meant.",
    remedy="Name the blocks that are meant. If anyone is meant, opt the pods in by a label.",
    source="Red Hat, Guide to Kubernetes Egress Network Policies",
)
@eased_on_platforms(CheckSeverity.MEDIUM)
def names_wide_blocks(context: CheckContext) -> Iterator[Found]:
    """Find blocks of more addresses than those of a prefix of 8 in rules that allow, such as ``0.0.0.0/0``.

    What ``except`` takes away does not count, so that it is the addresses that are left which matter. Private addresses
    alone, such as ``10.0.0.0/8`` or ``fc00::/7``, are never found. Rules that deny are not looked at.

    Not found for workloads of which it is meant, as in NP005: with a label that opts in, or offered to clients outside
    at the ports of an ingress rule. Nor are rules about the ports of name servers alone, which NP015 is about, and
    rules that hold all pods, too, which NP005 and NP006 find.
    """
    for policy in context.policies:
        for rule in policy.rules if context.selected[policy.ref] else ():
            if not is_opening(policy, rule) or asks_names_only(rule) or is_for_anyone(rule):
                continue
            wide = [place for place, peer in enumerate(rule.peers) if isinstance(peer, Block) and is_wide(peer)]
            opened = opened_by(context, policy, rule) if wide else None
            if opened is None or not opened.workloads or opened.connection == NO_CONNECTION:
                continue
            for place in wide:
                block = rule.peers[place]
                assert isinstance(block, Block)  # noqa: S101  (found as one)
                yield Found.of_policy(
                    policy,
                    f"{_words(rule)} {block.cidr} on {ports_words(rule)}",
                    rule=rule,
                    path=_path_of(policy, rule, place),
                    evidence=(
                        f"{_size(block.addresses)} addresses"
                        + (f", without {listed(block.exceptions)}" if block.exceptions else ""),
                        *opened_words(opened),
                    ),
                    connection=opened.connection,
                )


def is_wide(block: Block) -> bool:
    """Tell whether a block has more addresses of a family than a prefix of 8, not private ones alone.

    Parameters
    ----------
    block : Block
    """
    public = bool(block.addresses - PRIVATE)
    return public and any(_count(block.addresses, family) > most for family, most in _WIDE.items())


def _count(addresses: AddressSet, family: int) -> int:
    pairs = addresses.ipv4 if family == 4 else addresses.ipv6  # noqa: PLR2004  (the family's number)
    return sum(last - first + 1 for first, last in pairs)


def _size(addresses: AddressSet) -> str:
    count = _count(addresses, 4) + _count(addresses, 6)
    return f"{count:,}" if not addresses.ipv6 else f"2^{count.bit_length() - 1}"


def _path_of(policy: Policy, rule: Rule, place: int) -> tuple[str | int, ...]:
    fields = ("ipBlock", "cidr") if policy.tier is Tier.NETWORK_POLICY else ()
    return (side_of(rule), place, *fields)
