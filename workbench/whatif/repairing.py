"""Which rules keep the flows that a change would cut: the fewest, and none that opens anything else (what-if 9)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, TypeAlias

from workbench.connectivity import Answer, Change, Connectivity, Decision, Effect, Peer, Verdict, diff
from workbench.generate import (
    Ends,
    Need,
    WhyLeftOut,
    WorkloadLabels,
    cidrs_of,
    network_policy,
    policy_name,
    rules_of,
)
from workbench.ground import PortSet, Problem, Result, count_of
from workbench.inventory import Workload
from workbench.policy import Block, Direction, Policy, RulePeer, Tier, write_policies
from workbench.whatif.change import ClusterChange
from workbench.whatif.edges import Edge, cut_edges, edges_of
from workbench.whatif.frames import REPAIRED
from workbench.whatif.free_names import with_free_name
from workbench.whatif.verdicts import FlowVerdict, Unrepaired

if TYPE_CHECKING:
    import pandas as pd

    from workbench.whatif.simulation import Simulation

__all__ = ["Repair", "RepairedEdge", "repair"]

_NAME: Final = "keep-{workload}-{kind}"
_APART: Final = frozenset({Effect.OTHER_NETWORK, Effect.NO_NETWORK, Effect.NO_ROUTE})
"""What keeps ends apart without a policy."""
_LEFT_OUT: Final[Mapping[WhyLeftOut, Unrepaired]] = {
    WhyLeftOut.HOST_NETWORK: Unrepaired.HOST_NETWORK,
    WhyLeftOut.NO_LABELS: Unrepaired.NO_LABELS,
    WhyLeftOut.TOO_WIDE: Unrepaired.TOO_WIDE,
}

_Place: TypeAlias = tuple[str, Direction]
"""The workload that denies, and in which direction."""
_Admitted: TypeAlias = dict[RulePeer, PortSet]


class RepairedEdge(NamedTuple):
    """A flow that was to be kept.

    Attributes
    ----------
    edge : (str, str, int, str)
        Source, destination, port and protocol.
    policies : tuple of str
        Those of the repair that keep it; empty where none does.
    why : Unrepaired or None
        Why none does.
    detail : str
        What more is to be said.
    """

    edge: Edge
    policies: tuple[str, ...] = ()
    why: Unrepaired | None = None
    detail: str = ""


class _Wanted(NamedTuple):
    """A rule that an edge needs at an end that denies it."""

    edge: Edge
    place: _Place
    other: str
    ports: PortSet
    peers: tuple[RulePeer, ...]


class _Impossible(Exception):  # noqa: N818  (it is no error: nothing can be done about an edge)
    """Says why no rule keeps an edge."""

    def __init__(self, why: Unrepaired, detail: str = "") -> None:
        super().__init__(why.meaning)
        self.why, self.detail = why, detail


@dataclass(frozen=True, eq=False, repr=False)
class Repair(Result):
    """Policies that keep what a change would cut. Made by `repair`.

    Attributes
    ----------
    simulation : Simulation
        Of the change alone.
    policies : tuple of Policy
        To be applied with the change; each is about one workload.
    edges : tuple of RepairedEdge
        What was to be kept, and whether it is.
    after : Connectivity
        What is allowed after the change and the repair.
    """

    _written_as: ClassVar[str] = "repair"

    simulation: Simulation
    policies: tuple[Policy, ...]
    edges: tuple[RepairedEdge, ...]
    after: Connectivity

    @property
    def verdict(self) -> str:
        """How much is kept, in one line."""
        if not self.edges:
            return "the change cuts nothing that is to be kept"
        kept = f"{len(self.repaired):,} of {count_of(len(self.edges), 'edge')} kept"
        return f"{kept} by {count_of(len(self.policies), 'policy')}" if self.policies else kept

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with what the cluster and the change were read from."""
        return self.simulation.problems_found

    @property
    def repaired(self) -> tuple[Edge, ...]:
        """What is kept by the policies."""
        return tuple(one.edge for one in self.edges if one.why is None)

    @property
    def unrepaired(self) -> tuple[RepairedEdge, ...]:
        """What is cut all the same, or was not cut at all."""
        return tuple(one for one in self.edges if one.why is not None)

    @cached_property
    def change(self) -> ClusterChange:
        """The change with the repair."""
        change = self.simulation.change
        if change.whole is not None:
            return replace(change, whole=change.after.with_policies(self.policies), removed=frozenset())
        return replace(change, added=(*change.added, *self.policies), text="")

    def to_yaml(self) -> str:
        """Return the policies as YAML, one document each; empty where there are none."""
        return write_policies(self.policies)

    @property
    def notes(self) -> tuple[str, ...]:
        """Why flows are not kept, counted, a sentence each."""
        counts = Counter(one.why for one in self.unrepaired)
        return tuple(
            f"{count_of(counts[why], 'edge')} cannot be kept: {why.meaning}."
            for why in Unrepaired
            if counts[why] and why is not Unrepaired.NOT_CUT
        )

    def _facts(self) -> Iterator[str]:
        yield f"{count_of(len(self.repaired), 'edge')} kept"
        yield f"by {count_of(len(self.policies), 'policy')}"

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each flow that was to be kept; columns as in `frames.REPAIRED`."""
        return REPAIRED.from_rows(
            (
                src,
                dst,
                protocol,
                port,
                one.why is None,
                one.policies,
                "" if one.why is None else one.why.value,
                one.detail,
            )
            for one in self.edges
            for src, dst, port, protocol in [one.edge]
        )


def repair(simulation: Simulation, edges: Iterable[Edge] | None = None) -> Repair:
    """Return the fewest rules that keep what a change would cut, at the ends that deny it.

    They are NetworkPolicies, each about one workload that other NetworkPolicies isolate already, so that nothing else
    is denied; peers are workloads by labels that choose them alone, or addresses. Nothing is opened that was denied
    before.

    Parameters
    ----------
    simulation : Simulation
    edges : iterable of (str, str, int, str), optional
        What is to be kept: source, destination, port and protocol, as `Connectivity.query` takes them. By default all
        flows that would be cut, and all that platforms need and the change denies.

    Returns
    -------
    Repair
        Also with what cannot be repaired, and why.
    """
    given = tuple(dict.fromkeys(_cut_by(simulation) if edges is None else edges))
    return _Repairing(simulation, given).found()


def _cut_by(simulation: Simulation) -> Iterator[Edge]:
    yield from edges_of(simulation.flows(FlowVerdict.CUT))
    for loss in simulation.losses_found:
        yield from loss.edges


def _sides(simulation: Simulation) -> tuple[Connectivity, Connectivity]:
    """Return what is allowed before and after; pods stand in for platforms that were not read."""
    if simulation.platforms is None or not simulation.change.is_of_policies:
        return simulation.before, simulation.after
    return simulation.platforms.sides(simulation.after)


class _Repairing:
    """Looks for the rules, and has the engine confirm each."""

    def __init__(self, simulation: Simulation, edges: tuple[Edge, ...]) -> None:
        self.simulation, self.edges = simulation, edges
        self.before, self.after = _sides(simulation)
        self.labels = WorkloadLabels(self.after.cluster)
        self.ends = Ends(self.after.cluster, self.labels)
        self.refused: dict[Edge, _Impossible] = {}

    def found(self) -> Repair:
        wanted = list(self._wanted())
        while True:
            kept = [one for one in wanted if one.edge not in self.refused]
            admitted = _admitted(kept)
            policies = self._policies(admitted)
            after = self.after.with_policies(policies.values()) if policies else self.after
            refused = self._refused(kept, after) if policies else {}
            if not refused:
                break
            self.refused |= refused
        for name in dict.fromkeys(name for name, _ in admitted):
            self._reduce(name, admitted, kept)
        policies = self._policies(admitted)
        after = self.simulation.after
        if policies:
            after = after.with_policies(policies.values())
        places: defaultdict[Edge, dict[str, None]] = defaultdict(dict)
        for one in kept:
            places[one.edge][policies[one.place[0]].ref] = None
        edges = tuple(self._said(edge, tuple(places[edge])) for edge in self.edges)
        return Repair(self.simulation, tuple(policies.values()), edges, after)

    def _said(self, edge: Edge, refs: tuple[str, ...]) -> RepairedEdge:
        refusal = self.refused.get(edge)
        return RepairedEdge(edge, refs) if refusal is None else RepairedEdge(edge, (), refusal.why, refusal.detail)

    def _wanted(self) -> Iterator[_Wanted]:
        """Yield the rules that edges need; those for which there are none are refused."""
        had, has = (side.verdicts(self.edges, deciding=False) for side in (self.before, self.after))
        for edge, was, now in zip(self.edges, had, has, strict=True):
            try:
                if was.verdict is None or now.verdict is None:
                    raise _Impossible(Unrepaired.UNRESOLVED, was.reason or now.reason)  # noqa: TRY301
                if was.verdict != "allowed":
                    raise _Impossible(Unrepaired.NOT_BEFORE)  # noqa: TRY301
                if now.verdict == "allowed":
                    raise _Impossible(Unrepaired.NOT_CUT)  # noqa: TRY301
                yield from list(self._rules(edge))
            except _Impossible as refusal:
                self.refused[edge] = refusal

    def _rules(self, edge: Edge) -> Iterator[_Wanted]:
        found = False
        for part in self.after.queries(*edge):
            if part.obstacle:
                raise _Impossible(Unrepaired.NO_NETWORK, part.obstacle)
            for verdict in part.verdicts:
                if part.asked - verdict.ports:
                    found = True
                    yield self._rule(edge, part, verdict)
        if not found:
            raise _Impossible(Unrepaired.NOT_ENOUGH)

    def _rule(self, edge: Edge, part: Answer, verdict: Verdict) -> _Wanted:
        for reason in verdict.reasons:
            if (why := _unanswerable(reason)) is not None:
                raise _Impossible(why, reason.ref)
        incoming = verdict.direction is Direction.INGRESS
        own, other = (part.dst, part.src) if incoming else (part.src, part.dst)
        workload = self._workload(own)
        if workload is None:
            raise _Impossible(Unrepaired.UNRESOLVED, own)
        choice = self.labels.of(workload)
        if choice.refusal is not None:
            refused, detail = choice.refusal
            raise _Impossible(_LEFT_OUT.get(refused, Unrepaired.UNRESOLVED), detail or workload.peer)
        peer = self._workload(other)
        name = other if peer is None else peer.peer
        named = self.ends.peers_of(name, Need(name, name, part.asked))
        if named.why is not None:
            raise _Impossible(_LEFT_OUT.get(named.why, Unrepaired.UNRESOLVED), named.detail or name)
        return _Wanted(edge, (workload.peer, verdict.direction), name, part.asked, named.peers)

    def _workload(self, name: str) -> Workload | None:
        """Return the workload that an end of an answer is."""
        if (known := self.ends.workloads.get(name)) is not None:
            return known
        peers = {one.name.removesuffix(one.shape) for one in self.after.workloads_named(name)}
        return self.ends.workloads.get(peers.pop()) if len(peers) == 1 else None

    def _policies(self, admitted: Mapping[_Place, _Admitted]) -> dict[str, Policy]:
        """Return a policy for each workload that needs rules."""
        rules: defaultdict[str, dict[Direction, _Admitted]] = defaultdict(dict)
        for (name, way), peers in admitted.items():
            if peers:
                rules[name][way] = peers
        taken = {one.ref for one in self.simulation.change.policies}
        found = {}
        for name in sorted(rules):
            policy = self._policy(self.ends.workloads[name], rules[name], taken)
            taken.add(policy.ref)
            found[name] = policy
        return found

    def _policy(self, workload: Workload, rules: Mapping[Direction, _Admitted], taken: Collection[str]) -> Policy:
        ways = [way for way in Direction if way in rules]
        needs = {way: [(peer, Need("", "", ports)) for peer, ports in rules[way].items()] for way in ways}
        made = network_policy(
            workload.namespace,
            policy_name(_NAME.format(workload=workload.name, kind=workload.kind.lower())),
            self.labels.of(workload).selector,
            ways,
            [rule for way in ways for rule, _ in rules_of(way, needs[way])],
        )
        return with_free_name(made, taken)

    def _refused(self, kept: Sequence[_Wanted], after: Connectivity) -> dict[Edge, _Impossible]:
        """Return the edges whose rules are not enough, or do more than they should."""
        missing = cut_edges(after, dict.fromkeys(one.edge for one in kept))
        if missing:
            return {edge: _Impossible(Unrepaired.NOT_ENOUGH) for edge in missing}
        changes = list(diff(self.after, after))
        if any(one.closed for one in changes):
            admitted = _admitted(kept)
            isolating = {place for place in admitted if self._isolates(place, admitted[place])}
            return {one.edge: _Impossible(Unrepaired.ISOLATES, one.place[0]) for one in kept if one.place in isolating}
        return {
            one.edge: _Impossible(Unrepaired.OPENS, f"{each.src.name} => {each.dst.name} : {each.opened}")
            for each in self._opening_more(changes)
            for one in _blamed(each, kept)
        }

    def _opening_more(self, changes: Iterable[Change]) -> list[Change]:
        """Return what opens something that was denied before the change."""
        asked = [
            (change, (src, dst, port, protocol))
            for change in changes
            for src in _names(change.src)
            for dst in _names(change.dst)
            for protocol, low, high in change.opened.intervals
            for port in range(low, high + 1)
        ]
        verdicts = self.before.verdicts((edge for _, edge in asked), deciding=False)
        return list(
            dict.fromkeys(change for (change, _), one in zip(asked, verdicts, strict=True) if one.verdict != "allowed")
        )

    def _isolates(self, place: _Place, admitted: _Admitted) -> bool:
        """Tell whether a policy denies something that is allowed without it."""
        alone = self.after.with_policies(self._policies({place: admitted}).values())
        return any(one.closed for one in diff(self.after, alone))

    def _reduce(self, name: str, admitted: dict[_Place, _Admitted], kept: Sequence[_Wanted]) -> None:
        """Take out what other peers of a policy admit as well: blocks may lie in one another.

        Peers that are workloads are chosen by labels that no others have, so each of them is there for its own edges.
        """
        for way in Direction:
            place = (name, way)
            peers = admitted.get(place, {})
            if not any(isinstance(peer, Block) for peer in peers) or len(peers) == 1:
                continue
            edges = list(dict.fromkeys(one.edge for one in kept if one.place == place))
            for peer in sorted(peers, key=_reach):
                for protocol, low, high in peers[peer].intervals:
                    left = peers[peer] - PortSet.of(protocol, low, high)
                    tried = {one: ports for one, ports in {**admitted[place], peer: left}.items() if ports}
                    policies = self._policies({**admitted, place: tried}).values()
                    if not cut_edges(self.after.with_policies(policies), edges):
                        admitted[place] = tried
                        peers = {**peers, peer: left}


def _admitted(wanted: Iterable[_Wanted]) -> dict[_Place, _Admitted]:
    """Return who is admitted at which end, and to which ports."""
    found: defaultdict[_Place, _Admitted] = defaultdict(dict)
    for one in wanted:
        for peer in one.peers:
            found[one.place][peer] = found[one.place].get(peer, PortSet()) | one.ports
    return dict(found)


def _unanswerable(reason: Decision) -> Unrepaired | None:
    """Return why a denial cannot be taken back by a NetworkPolicy; None where it can, or where it is none."""
    if reason.policy is None:
        return Unrepaired.NO_NETWORK if reason.effect in _APART else None
    if reason.effect is Effect.DENIES:
        return Unrepaired.ADMIN if reason.policy.tier is Tier.ADMIN else Unrepaired.BASELINE
    return None


def _reach(peer: RulePeer) -> tuple[int, int, str]:
    """Return how much a peer admits: the least first."""
    if not isinstance(peer, Block):
        return 1, 0, str(peer)
    return 0, sum(high - low for low, high in (*peer.addresses.ipv4, *peer.addresses.ipv6)), peer.text


def _names(peer: Peer) -> list[str]:
    """Return what questions call an end: addresses by their blocks."""
    return [peer.name] if peer.addresses is None else cidrs_of(peer.addresses)


def _blamed(change: Change, kept: Iterable[_Wanted]) -> Iterator[_Wanted]:
    """Yield the rules that may open a connection: those of its ends about the other one, or about addresses."""
    listed = list(kept)
    ends = ((change.dst, change.src, Direction.INGRESS), (change.src, change.dst, Direction.EGRESS))
    near = [
        (one, other)
        for own, other, way in ends
        for one in listed
        if one.place == (_plain(own), way) and one.ports & change.opened
    ]
    about = [
        one for one, other in near if one.other == _plain(other) or any(isinstance(peer, Block) for peer in one.peers)
    ]
    yield from about or [one for one, _ in near] or listed


def _plain(peer: Peer) -> str:
    return peer.name.removesuffix(peer.shape) if peer.shape else peer.name
