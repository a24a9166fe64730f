"""Rules that nobody used while flows were recorded: NP036."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from workbench.checks.context import CheckContext, policed_shapes
from workbench.checks.found import Found
from workbench.checks.patching import with_rule, without_rule
from workbench.checks.registry import Fact, register_check
from workbench.checks.severity import CheckSeverity
from workbench.checks.witness import Admitting, admitted_by_each
from workbench.connectivity import Connection, Peer
from workbench.generate import is_generated
from workbench.ground import ALL_PORTS, EXTERNAL, PROTOCOLS, PortSet, addresses_named, count_of, listed
from workbench.inventory import Workload, peer_text
from workbench.manifests import FieldPath
from workbench.policy import Action, Block, Direction, Pods, Policy, Rule, RulePeer

if TYPE_CHECKING:
    from workbench.flows import Flows

__all__ = ["unused_rules"]

_ENOUGH: Final = timedelta(days=7)
"""A shorter window misses what runs once a week."""
_USED_BY_BASELINE: Final = "baseline"


@register_check(
    "NP036",
    title="Rule that nobody used",
    severity=CheckSeverity.LOW,
    reason="What is allowed and has no use is open for those who should not use it.",
    remedy="Take it out, if nothing rare needs it.",
    source="Red Hat ACS, inactive flows of the network graph",
    needs=[Fact.FLOWS],
)
def unused_rules(context: CheckContext) -> Iterator[Found]:
    """Find rules that allow connections of which none was seen in use, and rules some of whose peers nobody was.

    Flows that were seen to pass use the rules that allow them, at either end; so do flows that baselines have as
    normal. A flow whose other end is not known by address or workload uses all rules of its workload for its port that
    are for addresses or for anyone. What selects or matches no pods is not found here, nor what denies or passes.

    How sure that is depends on what was recorded: the evidence says how long, how much, and how many events sources
    lost. Within less than seven days, or where events were lost, the severity is info.

    The patch takes out the rule or the peers, and nothing else.
    """
    flows = context.flows
    if flows is None or context.judged is None:
        return
    use, sure = _Use(context), _sure(context, flows)
    severity, window = _window(flows)
    empty = {(one.policy.ref, one.path) for one in context.faults if one.code in {"empty", "elsewhere", "host-network"}}
    asked: list[tuple[Admitting, tuple[int, ...]]] = []
    for policy in context.policies:
        if not context.selected[policy.ref] or (policy.ref, ()) in empty:
            continue
        for rule in policy.rules:
            if rule.action is Action.ALLOW and (policy.ref, rule.path) not in empty:
                used = use.peers(policy, rule)
                idle = [place for place, peer in enumerate(rule.peers) if place not in used and _matches(context, peer)]
                if idle:
                    peers = tuple(rule.peers[place] for place in idle)
                    asked.append((Admitting(policy, rule, peers), tuple(idle) if used else ()))
    for (one, places), shown in zip(asked, admitted_by_each(context, [one for one, _ in asked]), strict=True):
        learnt = sorted(
            (sure[each.peer], each.peer) for each, _ in context.selected[one.policy.ref] if each.peer in sure
        )
        known = tuple(f"the baseline of {name} is {share:.0%} sure" for share, name in learnt[:1])
        kind = ("the policy was generated",) if is_generated(one.policy) else ()
        yield _found(one, places, (*kind, *window, *known), shown, severity)


def _found(
    one: Admitting,
    places: tuple[int, ...],
    evidence: tuple[str, ...],
    shown: tuple[str, str, str],
    severity: CheckSeverity | None,
) -> Found:
    """Return that some peers of a rule are unused; the whole rule, where no `places` are named."""
    policy, rule, peers = one
    names = [peer_text(peer) for peer in peers] if places else []
    side = "from" if rule.direction is Direction.INGRESS else "to"
    kept = tuple(peer for place, peer in enumerate(rule.peers) if place not in places)
    what = f"{len(places):,} of {len(rule.peers):,} peers that nobody used" if places else "what nobody used"
    return Found.of_policy(
        policy,
        f"allows {what} while flows were recorded",
        rule=rule,
        path=(side, places[0]) if places else (),
        evidence=(*([f"unused: {listed(names)}"] if names else []), *evidence),
        connection=shown,
        patch=with_rule(policy, rule, replace(rule, peers=kept)) if places else without_rule(policy, rule),
        severity=severity,
        key=" ".join(names),
    )


def _matches(context: CheckContext, peer: RulePeer) -> bool:
    return bool(context.members(peer)) if isinstance(peer, Pods) else True


def _window(flows: Flows) -> tuple[CheckSeverity | None, tuple[str, ...]]:
    """Return how much flows say, and whether that is little."""
    first, last = flows.period
    if first is None or last is None:
        said, short = "it is not known how long flows were recorded", True
    else:
        length = last - first
        short = length < _ENOUGH
        said = f"recorded: {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC, {length / timedelta(days=1):.1f} days"
    lost = (f"{flows.lost_events:,} events were lost",) if flows.lost_events else ()
    rows = (f"{count_of(int(flows.summary()['flows'].sum()), 'row')} of flows",)
    return CheckSeverity.INFO if short or lost else None, (said, *rows, *lost)


def _sure(context: CheckContext, flows: Flows) -> dict[str, float]:
    """Return how sure the baseline of each workload is, 0 to 1."""
    if context.baselines is None:
        return {}
    from workbench.baseline import assurance  # noqa: PLC0415  (it brings pandas)

    frame = assurance(context.baselines, context.cluster, flows)
    return dict(zip(map(str, frame["workload"]), map(float, frame["sure"]), strict=True))


@dataclass
class _Use:
    """Says which rules were used, and by which of their peers.

    Attributes
    ----------
    context : CheckContext
    """

    context: CheckContext
    _used: defaultdict[tuple[str, FieldPath], set[int]] = field(default_factory=lambda: defaultdict(set))
    _vague: defaultdict[tuple[str, Direction], list[PortSet]] = field(default_factory=lambda: defaultdict(list))
    """Ports on which workloads had flows whose other end is not known."""

    def __post_init__(self) -> None:
        """Go once through all that was seen."""
        pairs: defaultdict[tuple[str, str], list[PortSet]] = defaultdict(list)
        for src, dst, ports in self._seen():
            pairs[src, dst].append(ports)
        workloads = {one.peer: one for one in self.context.workloads}
        for (src, dst), each in pairs.items():
            ports = PortSet.union_of(each)
            senders, receivers = self._peers(src), self._peers(dst)
            connections = [Connection(one, other, ports) for one in senders for other in receivers]
            if not connections:
                self._note_vague(workloads, src, dst, ports)
            for connection, decisions in zip(connections, self._allowing(connections), strict=True):
                for policy, rule in decisions:
                    inward = rule.direction is Direction.INGRESS
                    other, name = (connection.src, src) if inward else (connection.dst, dst)
                    used = self._used[policy.ref, rule.path]
                    used.update(
                        place for place, peer in enumerate(rule.peers) if self._is_at(peer, other, workloads.get(name))
                    )

    def _allowing(self, connections: list[Connection]) -> Iterator[list[tuple[Policy, Rule]]]:
        for decisions in self.context.connectivity.rules_allowing(connections):
            yield [(one.policy, one.rule) for one in decisions if one.policy is not None and one.rule is not None]

    def _seen(self) -> Iterator[tuple[str, str, PortSet]]:
        """Yield what was seen to pass, and what is normal, with its ends and its port."""
        judged = self.context.judged
        for one in judged.seen if judged is not None else ():
            src, dst = str(one.row["src"]), str(one.row["dst"])
            if one.used:
                yield src, dst, one.used
            elif one.ports is not None and one.row["flows"] > one.row["flows_denied"]:
                yield src, dst, one.ports
        for side, known in (self.context.baselines.known if self.context.baselines is not None else {}).items():
            if known.status == _USED_BY_BASELINE and side.protocol in PROTOCOLS:
                ports = PortSet.of(side.protocol, side.port) if side.port else ALL_PORTS
                peer = side.peer or EXTERNAL
                ends = (side.workload, peer) if Direction(side.direction) is Direction.EGRESS else (peer, side.workload)
                yield *ends, ports

    def _note_vague(self, workloads: dict[str, Workload], src: str, dst: str, ports: PortSet) -> None:
        for name, direction in ((src, Direction.EGRESS), (dst, Direction.INGRESS)):
            if name in workloads:
                self._vague[name, direction].append(ports)

    def _is_at(self, peer: RulePeer, other: Peer, workload: Workload | None) -> bool:
        """Tell whether an end of a connection is one of a peer of a rule; where that is not certain, it is."""
        if isinstance(peer, Block) and other.addresses is not None:
            return bool(peer.addresses & other.addresses)
        if not isinstance(peer, Pods):
            return True
        if workload is None or not self.context.subjects.has(workload.namespace, peer.namespaces):
            return False
        return any(peer.pods.matches(one.labels) for one in policed_shapes(workload))

    def peers(self, policy: Policy, rule: Rule) -> set[int]:
        """Return the places of the peers of a rule that were used."""
        used = set(self._used.get((policy.ref, rule.path), ()))
        wide = [place for place, peer in enumerate(rule.peers) if not isinstance(peer, Pods)]
        wanted = ALL_PORTS if rule.ports.named else rule.ports.numbers
        if wide and any(
            ports & wanted
            for workload, _ in self.context.selected[policy.ref]
            for ports in self._vague.get((workload.peer, rule.direction), ())
        ):
            used.update(wide)
        return used

    def _peers(self, name: str) -> list[Peer]:
        """Return an end that was seen as the map knows it; nothing for one that is no workload and no address."""
        if name in self.context.standings_of:
            return [one.peer for one in self.context.standings_of[name]]
        addresses = addresses_named(name)
        return [] if addresses is None else [Peer(name, "", name, EXTERNAL, addresses)]
