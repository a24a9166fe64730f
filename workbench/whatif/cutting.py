"""The fewest pairs without which one end no longer reaches another, and policies that deny just these (what-if 14)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from workbench.connectivity import Change, Connectivity, Semantics, diff, evaluate
from workbench.generate import WhyLeftOut, WorkloadLabels, is_on_host
from workbench.ground import OUTSIDE, ArgumentError, PortSet, Problem, Result, addresses_named, count_of
from workbench.inventory import Cluster
from workbench.policy import Direction, Policy, write_policies
from workbench.whatif.change import ClusterChange
from workbench.whatif.denying import ChosenPods, Denied, denying
from workbench.whatif.frames import CUT_PAIRS
from workbench.whatif.pair_graph import End, Pair, PairGraph, end_named
from workbench.whatif.verdicts import Uncut

if TYPE_CHECKING:
    import pandas as pd

    from workbench.flows import Flows
    from workbench.inventory import Workload
    from workbench.whatif.edges import Edge

__all__ = ["MOST_DENIED", "Cut", "CutPair", "minimal_cut"]

MOST_DENIED: Final = 256
"""Of so many pairs, policies are looked for that deny them."""
_REFUSED: Final[Mapping[WhyLeftOut, Uncut]] = {
    WhyLeftOut.NO_LABELS: Uncut.NO_LABELS,
    WhyLeftOut.TOO_WIDE: Uncut.TOO_WIDE,
}


class CutPair(NamedTuple):
    """A pair of ends whose connection is removed.

    Attributes
    ----------
    src, dst : str
        As maps name workloads; ``outside`` for the addresses that were asked about.
    ports : PortSet
        What was allowed between them.
    flows : int
        How often it was seen to pass.
    direction : Direction or None
        At which end it is denied.
    policies : tuple of str
        Those that are added or modified for it.
    why : Uncut or None
        Why none does.
    detail : str
    """

    src: str
    dst: str
    ports: PortSet
    flows: int = 0
    direction: Direction | None = None
    policies: tuple[str, ...] = ()
    why: Uncut | None = None
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.src} => {self.dst} : {self.ports}"


@dataclass(frozen=True, eq=False, repr=False)
class Cut(Result):
    """The fewest pairs to remove so that one end no longer reaches another. Made by `minimal_cut`.

    Attributes
    ----------
    src, dst : End
    before : Connectivity
    pairs : tuple of CutPair
        Those that are removed; empty where the one end did not reach the other.
    policies : tuple of Policy
        Those that are added, or take the place of those of their names.
    after : Connectivity
        What is allowed with them.
    fewest : int or None
        How many pairs are the fewest, whatever denies them; None where what is to be kept connects the ends.
    refused : tuple of CutPair
        Pairs of a smaller cut that no policy denies alone.
    is_connected : bool
        Whether the one end reaches the other after all.
    """

    _written_as: ClassVar[str] = "cut"
    _columns: ClassVar[tuple[str, ...]] = ("src", "dst", "ports", "flows", "direction", "policies", "why")

    src: End
    dst: End
    before: Connectivity
    pairs: tuple[CutPair, ...]
    policies: tuple[Policy, ...]
    after: Connectivity
    fewest: int | None
    refused: tuple[CutPair, ...] = ()
    is_connected: bool = False

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with what the cluster was read from."""
        return self.before.problems_found

    @cached_property
    def change(self) -> ClusterChange:
        """The policies as a change, to be simulated, handed on or put in order."""
        return ClusterChange.of(self.before.cluster, self.policies)

    @cached_property
    def also(self) -> tuple[Change, ...]:
        """What changes besides the pairs; empty, as the engine confirms it of each policy."""
        pairs = [(one.src, one.dst) for one in self.pairs]
        return tuple(one for one in diff(self.before, self.after) if not _is_of(one, pairs, self.src, self.dst))

    def to_yaml(self) -> str:
        """Return the policies as YAML, one document each; empty where there are none."""
        return write_policies(self.policies)

    @property
    def notes(self) -> tuple[str, ...]:
        """What comes of it, a sentence each."""
        return tuple(self._told())

    @property
    def verdict(self) -> str:
        """What comes of it, in one line."""
        src, dst = self.src.name, self.dst.name
        if self.fewest == 0:
            return f"{src} does not reach {dst} as it is."
        if self.fewest is None:
            return f"{src} reaches {dst} by what is to be kept alone: no cut leaves that."
        if self.is_connected:
            return f"{src} still reaches {dst}: no policies are proposed, as they would not part the two."
        return f"{src} no longer reaches {dst}, over any number of hops; nothing else changes."

    def _told(self) -> Iterator[str]:
        yield self.verdict
        if not self.fewest:
            return
        if len(self.pairs) > self.fewest:
            enough = f"{count_of(self.fewest, 'pair')} would be enough"
            yield f"{enough}, but for flows that were seen, and pairs that no policy denies alone."
        seen = sum(1 for one in self.pairs if one.flows)
        if seen:
            yield f"{count_of(seen, 'pair')} of them {'was' if seen == 1 else 'were'} seen in use."
        for why, number in Counter(one.why for one in (*self.refused, *self.pairs)).items():
            if why is not None:
                yield f"{count_of(number, 'pair')} cannot be denied alone: {why.meaning}."

    def _facts(self) -> Iterator[str]:
        yield f"{self.src.name} => {self.dst.name}"
        yield count_of(len(self.pairs), "pair")
        yield count_of(len(self.policies), "policy")

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each pair; columns as in `frames.CUT_PAIRS`."""
        return CUT_PAIRS.from_rows(
            (
                *(one.src, one.dst, str(one.ports), one.ports.intervals, one.flows),
                "" if one.direction is None else one.direction.value,
                one.policies,
                "" if one.why is None else one.why.value,
                one.detail,
            )
            for one in (*self.pairs, *self.refused)
        )


def minimal_cut(  # noqa: PLR0913  (each is something else that is known)
    cluster: Cluster | Connectivity,
    src: str,
    dst: str,
    flows: Flows | None = None,
    *,
    keep: Iterable[Edge | Pair] = (),
    keep_seen: bool = False,
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
    keep : iterable of (str, str, int, str) or (str, str), optional
        Edges, or pairs, that are never removed.
    keep_seen : bool
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
    return _Cutting(before, *ends, _seen(before, flows), keep, keep_seen=keep_seen).found()


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
        keep: Iterable[Edge | Pair],
        *,
        keep_seen: bool,
    ) -> None:
        self.before, self.src, self.dst = before, src, dst
        self.labels = WorkloadLabels(before.cluster)
        self.workloads = {one.peer: one for one in before.cluster.objects.workloads}
        self.namespaces = {one.name: one.labels for one in before.cluster.objects.namespaces}
        self.flows: Counter[Pair] = Counter()
        for one, other, number in seen:
            for pair in self._meant(one, other):
                self.flows[pair] += number
        self.never = {pair for edge in keep for pair in self._meant(edge[0], edge[1])}
        if keep_seen:
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
                spared = tuple(refused.values())
                return self._given(tried, policies, after, len(plain), spared, is_connected=is_connected)
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
        for one in said:
            answers = []
            for direction in Direction:
                answer = self._tried(now, one, direction)
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
        return found, list(policies.values()), now

    def _tried(self, now: Connectivity, pair: CutPair, direction: Direction) -> _Answer:
        """Return what comes of denying a pair at one of its ends."""
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
        return self._confirmed(now, pair, direction, policies)

    def _confirmed(self, now: Connectivity, pair: CutPair, direction: Direction, policies: list[Policy]) -> _Answer:
        after = now.with_policies(policies)
        changes = list(diff(now, after))
        opened = next((one for one in changes if one.opened), None)
        if opened is not None:
            return _Answer(
                direction, why=Uncut.OPENS, detail=f"{opened.src.name} => {opened.dst.name} : {opened.opened}"
            )
        others = [one for one in changes if not _is_of(one, [(pair.src, pair.dst)], self.src, self.dst)]
        if others:
            return _Answer(
                direction, why=Uncut.DENIES, detail=f"{others[0].src.name} => {others[0].dst.name} : {others[0].closed}"
            )
        if PairGraph(after, self.src, self.dst, [(pair.src, pair.dst)]).ports((pair.src, pair.dst)):
            return _Answer(direction, why=Uncut.STILL_ALLOWED, detail=str(pair))
        return _Answer(direction, tuple(policies), after)

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
    why: Uncut | None = None
    detail: str = ""


def _is_of(change: Change, pairs: Collection[Pair], src: End, dst: End) -> bool:
    """Tell whether nothing changes but that a connection of one of some pairs goes."""
    if change.opened:
        return False
    names = [
        OUTSIDE
        if peer.addresses is not None and end.addresses is not None and not peer.addresses - end.addresses
        else peer.name
        for peer, end in ((change.src, src), (change.dst, dst))
    ]
    return (names[0], names[1]) in pairs
