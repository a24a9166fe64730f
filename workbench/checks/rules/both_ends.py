"""Connections that one end allows and the other denies: NP016."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from workbench.checks.admitted import is_opening, ports_at, ports_words, side_of
from workbench.checks.context import CheckContext
from workbench.checks.found import NO_PATCH, Found, Patch
from workbench.checks.patching import patch_to
from workbench.checks.platforms import eased_on_platforms
from workbench.checks.registry import register_check
from workbench.checks.severity import CheckSeverity
from workbench.checks.tiers import selects_all
from workbench.generate import network_policy, policy_name
from workbench.ground import ALL_PORTS, PortSet, count_of, listed
from workbench.inventory import Workload
from workbench.policy import Action, Direction, Metadata, Pods, Policy, Rule, Tier
from workbench.whatif import with_free_name

__all__ = ["allowed_at_one_end"]

_FIRST: Final = 16
"""So many workloads that a policy selects are tried before the rest."""
_MOST_NAMED: Final = 10
"""A peer that chooses more workloads names nobody."""
_NAMESPACES: Final = 5
"""Policies for the other end are written for so many namespaces, at most."""
Edge: TypeAlias = tuple[str, str, int, str]
_OTHER: Final = {Direction.INGRESS: Direction.EGRESS, Direction.EGRESS: Direction.INGRESS}


@register_check(
    "NP016",
    title="Connection allowed at one end only",
    severity=CheckSeverity.HIGH,
    reason="Egress of the client and ingress of the server must both allow it: what one of them names does not work.",
    remedy="Allow it at the other end, too, or take the rule away.",
    source="Red Hat, Guide to Kubernetes Egress Network Policies",
)
@eased_on_platforms(CheckSeverity.HIGH)
def allowed_at_one_end(context: CheckContext) -> Iterator[Found]:
    """Find rules that name pods by their labels, and workloads among these whose own policies let none of it through.

    A rule names pods where its peer has a podSelector that chooses by some label, and chooses ten workloads at most.
    Broad peers, such as all pods of a namespace, or a label of many workloads, name nobody. A workload is found where,
    between it and every workload that the policy selects, nothing of the ports of the rule passes: policies at its end
    name neither these peers nor these ports. Where some of the policy's workloads get through to it, or some of the
    ports, the other end is only narrower, and that is usual. So a rule without ports is met by any port.

    The severity is medium where other workloads that the same peer chooses are open to the policy's. Ends in the
    network of their nodes deny nothing. Rules of all tiers count but those of the baseline tier; rules behind which a
    cluster-wide policy denies everything on their own end are not found.

    With flows, each workload is found to which connections were seen to pass that the policies deny: these would be
    cut.

    The patch adds a policy for the other end that allows what the rule allows. It is there where NetworkPolicies
    isolate all pods there that the peer chooses, so that it opens and cuts nothing else.
    """
    named = tuple(_named(context))
    through = _through(context, named)
    for one in named:
        yield from _one_sided(context, one, through)
    yield from _observed(context)


class _Named(NamedTuple):
    """A peer that names pods.

    Attributes
    ----------
    policy : Policy
    rule : Rule
    place : int
        Of the peer in the rule.
    peer : Pods
    members : tuple of Workload
        Those that it chooses, and whose own policies may deny.
    firsts : tuple of tuple or None
        A connection of one port with each of these; None where there is none to ask about.
    """

    policy: Policy
    rule: Rule
    place: int
    peer: Pods
    members: tuple[Workload, ...]
    firsts: tuple[Edge | None, ...]


def _named(context: CheckContext) -> Iterator[_Named]:
    restricted = {
        direction: frozenset(
            name
            for name, standings in context.standings_of.items()
            if any(direction in one.protected for one in standings)
        )
        for direction in Direction
    }
    for policy in context.policies:
        for rule in policy.rules if context.selected[policy.ref] else ():
            for place, peer in enumerate(rule.peers if is_opening(policy, rule) else ()):
                if isinstance(peer, Pods) and not selects_all(peer.pods):
                    members = context.members(peer)
                    if len(members) > _MOST_NAMED:
                        continue
                    held = tuple(one for one in members if one.peer in restricted[_OTHER[rule.direction]])
                    if held:
                        firsts = tuple(_first(context, policy, rule, member) for member in held)
                        yield _Named(policy, rule, place, peer, held, firsts)


def _through(context: CheckContext, named: Sequence[_Named]) -> frozenset[Edge]:
    """Return the first connections of what is named, of one port each, that are allowed: most are, and asked at once.

    Parameters
    ----------
    named : sequence of _Named
    """
    edges = dict.fromkeys(edge for one in named for edge in one.firsts if edge is not None)
    answers = context.connectivity.verdicts(edges, deciding=False)
    return frozenset(edge for edge, answer in zip(edges, answers, strict=True) if answer.verdict == "allowed")


def _first(context: CheckContext, policy: Policy, rule: Rule, member: Workload) -> Edge | None:
    own = next((each for each, _ in context.selected[policy.ref] if each.peer != member.peer), None)
    if own is None:
        return None
    src, dst = (member, own) if rule.direction is Direction.INGRESS else (own, member)
    ports = PortSet.union_of(ports_at(rule, shape) for shape in dst.shapes)
    declared = PortSet.union_of(PortSet.of(port.protocol, port.port) for shape in dst.shapes for port in shape.ports)
    for protocol, first, _ in ((ports & declared) or ports).intervals[:1]:
        return src.peer, dst.peer, first, protocol
    return None


def _one_sided(context: CheckContext, one: _Named, through: frozenset[Edge]) -> Iterator[Found]:
    policy, rule, place, peer, held, firsts = one
    other = _OTHER[rule.direction]
    mine = [workload.peer for workload, _ in context.selected[policy.ref]]
    members = context.members(peer)
    closed = [
        each
        for each, first in zip(held, firsts, strict=True)
        if first not in through and not _passes(context, rule, mine, each.peer)
    ]
    if not closed:
        return
    own = next((each for each in mine if each != closed[0].peer), "")
    if not own:
        return
    src, dst = (closed[0].peer, own) if rule.direction is Direction.INGRESS else (own, closed[0].peer)
    if not _permits_itself(context, rule, own, (src, dst)):
        return
    names = [one.peer for one in closed]
    by = [each.ref for each in context.policies_of[closed[0].peer] if _decides(each, other)]
    words = "traffic from" if rule.direction is Direction.INGRESS else "traffic to"
    yield Found.of_policy(
        policy,
        f"allows {words} {listed(names)} on {ports_words(rule)}, and {other.value} of {_them(names)} denies it",
        rule=rule,
        path=(side_of(rule), place),
        evidence=(
            f"{other.value} of {names[0]} is decided by {listed(by)}",
            f"the policy selects {count_of(len(mine), 'workload')}: {listed(mine)}",
            f"{len(closed)} of {count_of(len(members), 'workload')} that the peer chooses deny it",
        ),
        connection=(src, dst, ports_words(rule)),
        patch=_for_other_end(context, policy, rule, peer, closed),
        severity=None if len(closed) == len(members) else CheckSeverity.MEDIUM,
        key=str(place),
    )


def _them(names: Sequence[str]) -> str:
    return "it" if len(names) == 1 else "these"


def _decides(policy: Policy, direction: Direction) -> bool:
    return direction in policy.isolates or any(rule.direction is direction for rule in policy.rules)


def _passes(context: CheckContext, rule: Rule, mine: Sequence[str], name: str) -> bool:
    """Tell whether something of the ports of a rule passes between a workload and any of some others."""
    ports = ALL_PORTS if rule.ports.named else rule.ports.numbers
    for part in (mine[:_FIRST], mine[_FIRST:]):
        for one in part:
            src, dst = (name, one) if rule.direction is Direction.INGRESS else (one, name)
            if src != dst and context.passing(src, dst, ports):
                return True
    return False


def _permits_itself(context: CheckContext, rule: Rule, own: str, ends: tuple[str, str]) -> bool:
    """Tell whether a rule has an effect at its own end: cluster-wide policies may deny all of it before."""
    if not any(_is_cluster_wide_denial(one, rule.direction) for one in context.policies_of[own]):
        return True
    ports = ALL_PORTS if rule.ports.named else rule.ports.numbers
    verdicts = context.connectivity.query(*ends).verdicts
    return any(bool((one.ports | one.in_part) & ports) for one in verdicts if one.direction is rule.direction)


def _for_other_end(context: CheckContext, policy: Policy, rule: Rule, peer: Pods, closed: Sequence[Workload]) -> Patch:
    """Return the policies that allow at the other end what a rule allows; none where they would isolate more pods."""
    other = _OTHER[rule.direction]
    namespaces = sorted({one.namespace for one in closed})
    if len(namespaces) > _NAMESPACES:
        return NO_PATCH
    made: list[Policy] = []
    taken = set(context.taken)
    for namespace in namespaces:
        chosen = context.members(Pods(namespace, peer.pods))
        if not all((one.peer, other) in context.isolating for one in chosen):
            return NO_PATCH
        if any(_is_cluster_wide_denial(one, other) for each in chosen for one in context.policies_of[each.peer]):
            return NO_PATCH
        name = policy_name(f"{policy.name}-{rule.direction.value}-{rule.index}-peers")
        allowing = Rule(other, 0, (policy.subject,), rule.ports)
        one = network_policy(namespace, name, peer.pods, [other], [allowing], metadata=Metadata())
        made.append(with_free_name(one, taken))
        taken.add(made[-1].ref)
    return patch_to(*made)


def _is_cluster_wide_denial(policy: Policy, direction: Direction) -> bool:
    return policy.tier is Tier.ADMIN and any(
        one.action is Action.DENY and one.direction is direction for one in policy.rules
    )


def _observed(context: CheckContext) -> Iterator[Found]:
    """Yield the workloads to which, or from which, connections were seen to pass that policies deny."""
    if context.judged is None:
        return
    from workbench.flows import Status  # noqa: PLC0415  (it brings ibis)

    workloads = {one.peer: one for one in context.workloads}
    cut: defaultdict[str, list[tuple[Mapping[Any, Any], tuple[str, ...]]]] = defaultdict(list)
    for one in context.judged.seen:
        if one.status is Status.NOT_ALLOWED:
            end = next((str(one.row[side]) for side in ("dst", "src") if str(one.row[side]) in workloads), "")
            if end:
                cut[end].append((one.row, one.decided_by))
    for name, edges in sorted(cut.items()):
        first = edges[0][0]
        deciding = list(dict.fromkeys(ref for _, refs in edges for ref in refs))
        yield Found.of_workload(
            workloads[name],
            f"has {count_of(len(edges), 'connection')} that passed, and that policies deny",
            evidence=(
                listed([f"{row['src']} => {row['dst']} : {_port(row)}" for row, _ in edges]),
                f"denied by {listed(deciding)}" if deciding else "denied by no policy that is known",
            ),
            connection=(str(first["src"]), str(first["dst"]), _port(first)),
            remedy="Allow it if it is meant; the repair of what-if proposes by which rule.",
            key="observed",
        )


def _port(row: Mapping[Any, Any]) -> str:
    port = row["port"]
    return str(row["protocol"]) if port is None or port != port else f"{row['protocol']} {int(port)}"  # noqa: PLR0124
