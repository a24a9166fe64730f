"""The fewest pairs without which one end no longer reaches another, and policies that deny just these (what-if 14)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.connectivity import Connectivity, Semantics, diff, evaluate
from workbench.generate import WhyLeftOut, WorkloadLabels, is_on_host
from workbench.ground import OUTSIDE, ArgumentError, addresses_named
from workbench.inventory import Cluster
from workbench.policy import Direction, Policy, write_policies
from workbench.whatif.cuts import Cut, CutPair, is_of
from workbench.whatif.denying import ChosenPods, Denied, denying
from workbench.whatif.pair_graph import End, Pair, PairGraph, end_named
from workbench.whatif.verdicts import Uncut

if TYPE_CHECKING:
    from workbench.flows import Flows
    from workbench.inventory import Workload
    from workbench.whatif.edges import Edge

__all__ = ["MOST_DENIED", "minimal_cut"]

MOST_DENIED: Final = 256
"""Of so many pairs, policies are looked for that deny them."""
_REFUSED: Final[Mapping[WhyLeftOut, Uncut]] = {
    WhyLeftOut.NO_LABELS: Uncut.NO_LABELS,
    WhyLeftOut.TOO_WIDE: Uncut.TOO_WIDE,
}


def minimal_cut(  # noqa: PLR0913  (each is something else that is known)
    cluster: Cluster | Connectivity,
    src: str,
    dst: str,
    flows: Flows | None = None,
    *,
    spare: Iterable[Edge | Pair] = (),
    spare_seen: bool = False,
    semantics: Semantics = Semantics(),
) -> Cut:
    """Return the fewest pairs to remove so that one end no longer reaches another, and policies that deny just these.

    A pair is a client and a server between which something is allowed. Ways lead over workloads, and not over
    addresses outside. The policies are NetworkPolicies that are added, or take the place of those that admit a pair;
    the engine confirms of each that it denies its pair, and that nothing else changes.

    Parameters
    ----------
    cluster : Cluster or Connectivity
    src, dst : str
        A workload, a namespace, a pattern such as ``shop/*``, an address, a block, or ``outside``.
    flows : Flows, optional
        Pairs that were seen to pass are removed only where it does not go without.
    spare : iterable of (str, str, int, str) or (str, str), optional
        Edges, or pairs, that are never removed.
    spare_seen : bool
        Whether pairs that were seen to pass are never removed, either.
    semantics : Semantics, optional

    Raises
    ------
    ArgumentError
        If an end is none, or if both have a workload.
    """
    before = cluster if isinstance(cluster, Connectivity) else evaluate(cluster, semantics=semantics)
    ends = end_named(before, src), end_named(before, dst)
    if (ends[0].addresses is not None and ends[1].addresses is not None) or ends[0].names & ends[1].names:
        message = f"{src!r} and {dst!r} are not two ends that policies can part"
        raise ArgumentError(message, "name two workloads or namespaces, or one of them and addresses")
    return _Cutting(before, *ends, _seen(before, flows), spare, spare_seen=spare_seen).found()


def _seen(allowed: Connectivity, flows: Flows | None) -> list[tuple[str, str, int]]:
    """Return which ends were seen, and how many flows of each passed."""
    if flows is None:
        return []
    own = flows if flows.cluster is not None else flows.attributed(allowed.cluster)
    rows = own.apart().located_edges()
    passed = (rows["flows"] - rows["flows_denied"]).astype("int64")
    columns = (rows["src"].astype("str"), rows["dst"].astype("str"), passed)
    return [(src, dst, number) for src, dst, number in zip(*columns, strict=True) if number > 0]


class _Cutting:
    """Looks for the pairs, and for policies that deny them; the engine confirms each."""

    def __init__(
        self,
        before: Connectivity,
        src: End,
        dst: End,
        seen: Iterable[tuple[str, str, int]],
        spare: Iterable[Edge | Pair],
        *,
        spare_seen: bool,
    ) -> None:
        self.before, self.src, self.dst = before, src, dst
        self.labels = WorkloadLabels(before.cluster)
        self.workloads = {one.peer: one for one in before.cluster.objects.workloads}
        self.namespaces = {one.name: one.labels for one in before.cluster.objects.namespaces}
        self.flows: Counter[Pair] = Counter()
        for one, other, number in seen:
            for pair in self._meant(one, other):
                self.flows[pair] += number
        self.never = {pair for edge in spare for pair in self._meant(edge[0], edge[1])}
        if spare_seen:
            self.never |= set(self.flows)

    def _meant(self, src: str, dst: str) -> Iterator[Pair]:
        """Yield the pairs that two names mean; none where they are no ends that ways lead over."""
        sources, targets = self._names(src, self.src), self._names(dst, self.dst)
        yield from ((one, other) for one in sources for other in targets if one != other)

    def _names(self, name: str, end: End) -> list[str]:
        peers = self.before.workloads_named(name)
        if peers:
            return [one.name for one in peers]
        found = addresses_named(name)
        return [OUTSIDE] if end.addresses is not None and found is not None and end.addresses & found else []

    def found(self) -> Cut:
        apart = {*self.flows, *self.never}
        graph = PairGraph(self.before, self.src, self.dst, apart)
        plain = graph.fewest({}, self.never)
        if not plain:
            return Cut(self.src, self.dst, self.before, (), (), self.before, None if plain is None else 0)
        refused: dict[Pair, CutPair] = {}
        first: list[CutPair] | None = None
        while True:
            # One that was seen costs more than all others together.
            graph = PairGraph(self.before, self.src, self.dst, {*apart, *refused})
            dear = len(self.before.workloads_named()) ** 2 + len(self.before.workloads_named()) + 1
            pairs = graph.fewest(dict.fromkeys(self.flows, dear), {*self.never, *refused})
            if pairs is None:  # what can be denied does not part them
                return self._given(first or [], (), self.before, len(plain), (), is_connected=True)
            tried, policies, after = self._denied(graph, pairs)
            first = first or tried
            failed = [one for one in tried if one.why is not None]
            if not failed:
                is_connected = PairGraph(after, self.src, self.dst).is_connected()
                given_up = tuple(refused.values())
                return self._given(tried, policies, after, len(plain), given_up, is_connected=is_connected)
            if len(pairs) > MOST_DENIED:
                return self._given(tried, (), self.before, len(plain), (), is_connected=True)
            refused |= {(one.src, one.dst): one for one in failed}

    def _given(
        self,
        pairs: Iterable[CutPair],
        policies: Iterable[Policy],
        after: Connectivity,
        fewest: int,
        refused: tuple[CutPair, ...],
        *,
        is_connected: bool,
    ) -> Cut:
        listed = tuple(one._replace(direction=None, policies=()) if is_connected else one for one in pairs)
        made = () if is_connected else tuple(policies)
        return Cut(self.src, self.dst, self.before, listed, made, after, fewest, refused, is_connected)

    def _denied(self, graph: PairGraph, pairs: list[Pair]) -> tuple[list[CutPair], list[Policy], Connectivity]:
        """Return pairs with what denies each, the policies together, and what is allowed with them."""
        said = [CutPair(*pair, graph.ports(pair), self.flows[pair]) for pair in pairs]
        if len(pairs) > MOST_DENIED:
            return [one._replace(why=Uncut.TOO_MANY) for one in said], [], self.before
        now, policies = self.before, dict[str, Policy]()
        found = []
        gone: dict[Pair, CutPair] = {}
        for one in said:
            if (done := gone.get((one.src, one.dst))) is not None:
                found.append(one._replace(direction=done.direction, policies=done.policies))
                continue
            answers = []
            for direction in Direction:
                answer = self._tried(now, one, direction, pairs)
                answers.append(answer)
                if answer.after is not None and len(answer.policies) == 1:
                    break
            best = min(answers, key=lambda each: (each.after is None, each.why is Uncut.OTHER_END, len(each.policies)))
            if best.after is None:
                found.append(one._replace(why=best.why, detail=best.detail))
                continue
            now = best.after
            policies |= {each.ref: each for each in best.policies}
            refs = tuple(each.ref for each in best.policies)
            found.append(one._replace(direction=best.direction, policies=refs))
            gone |= dict.fromkeys(best.also, found[-1])
        return found, list(policies.values()), now

    def _tried(self, now: Connectivity, pair: CutPair, direction: Direction, wanted: Collection[Pair]) -> _Answer:
        """Return what comes of denying a pair at one of its ends; others that are to be denied may go with it."""
        own, other = (pair.dst, pair.src) if direction is Direction.INGRESS else (pair.src, pair.dst)
        if own == OUTSIDE:
            return _Answer(direction, why=Uncut.OTHER_END, detail=other)
        workload = self._workload(own)
        if (why := self._unchosen(workload)) is not None:
            return _Answer(direction, why=why, detail=workload.peer)
        denied: Denied
        end = self.src if direction is Direction.INGRESS else self.dst
        if other == OUTSIDE and end.addresses is not None:
            denied = end.addresses
        else:
            peer = self._workload(other)
            if (why := self._unchosen(peer)) is not None:
                return _Answer(direction, why=why, detail=peer.peer)
            denied = ChosenPods(peer.namespace, self.labels.of(peer).selector)
        policies = denying(now.cluster.objects.policies, workload, direction, denied, self.labels, self.namespaces)
        try:
            write_policies(policies)
        except ArgumentError as error:
            return _Answer(direction, why=Uncut.UNWRITABLE, detail=str(error))
        if not policies:
            return _Answer(direction, why=Uncut.STILL_ALLOWED, detail=str(pair))
        return self._confirmed(now, pair, direction, policies, wanted)

    def _confirmed(
        self, now: Connectivity, pair: CutPair, direction: Direction, policies: list[Policy], wanted: Collection[Pair]
    ) -> _Answer:
        after = now.with_policies(policies)
        changes = list(diff(now, after))
        opened = next((one for one in changes if one.opened), None)
        if opened is not None:
            return _Answer(
                direction, why=Uncut.OPENS, detail=f"{opened.src.name} => {opened.dst.name} : {opened.opened}"
            )
        besides = [one for one in changes if not is_of(one, [(pair.src, pair.dst)], self.src, self.dst)]
        others = [one for one in besides if not is_of(one, wanted, self.src, self.dst)]
        if others:
            return _Answer(
                direction, why=Uncut.DENIES, detail=f"{others[0].src.name} => {others[0].dst.name} : {others[0].closed}"
            )
        if PairGraph(after, self.src, self.dst, [(pair.src, pair.dst)]).ports((pair.src, pair.dst)):
            return _Answer(direction, why=Uncut.STILL_ALLOWED, detail=str(pair))
        also: tuple[Pair, ...] = ()
        if besides:  # pods of one workload that policies tell apart
            graph = PairGraph(after, self.src, self.dst, wanted)
            also = tuple(one for one in wanted if not graph.ports(one))
        return _Answer(direction, tuple(policies), after, also)

    def _workload(self, name: str) -> Workload:
        """Return the workload that a name of a map is about, be it of some of its pods only."""
        found = self.workloads.get(name)
        if found is None:
            (peer,) = self.before.workloads_named(name)
            found = self.workloads[name.removesuffix(peer.shape)]
        return found

    def _unchosen(self, workload: Workload) -> Uncut | None:
        """Return why no policy is about a workload alone; None where one can be."""
        if is_on_host(workload):
            return Uncut.HOST_NETWORK
        refusal = self.labels.of(workload).refusal
        return None if refusal is None else _REFUSED.get(refusal[0], Uncut.NO_LABELS)


class _Answer(NamedTuple):
    """What comes of denying a pair at one end: the policies and what is allowed with them, or why there are none."""

    direction: Direction
    policies: tuple[Policy, ...] = ()
    after: Connectivity | None = None
    also: tuple[Pair, ...] = ()
    why: Uncut | None = None
    detail: str = ""
