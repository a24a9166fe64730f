"""In which order a change is made, so that no step on the way cuts what is to stay (what-if 8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.connectivity import Connectivity, Semantics, touched_workloads
from workbench.generate import WorkloadLabels, network_policy, policy_name
from workbench.ground import ArgumentError, Problem, Result, count_of
from workbench.inventory import Cluster
from workbench.policy import Anyone, Direction, LeftOut, Policy, Rule, write_policies
from workbench.whatif.change import ChangedPolicy, ChangeGiven, ClusterChange
from workbench.whatif.edges import Edge, concerns, cut_edges, edge_text, edges_of
from workbench.whatif.frames import ORDERED
from workbench.whatif.free_names import with_free_name
from workbench.whatif.sharing import deletion_command
from workbench.whatif.simulator import Simulator
from workbench.whatif.verdicts import FlowVerdict, PolicyStatus

if TYPE_CHECKING:
    import pandas as pd

    from workbench.flows import Flows

__all__ = ["EXACT", "RolloutOrder", "Step", "rollout_order"]

EXACT: Final = 12
"""Up to so many documents, all orders are tried if need be."""
MOST_STATES: Final = 4_096
"""So many intermediate states are looked at where there are more documents."""
_TEMPORARY: Final = "temporary"


class Step(NamedTuple):
    """One document of a change.

    Attributes
    ----------
    policy : str
        ``Kind namespace/name``.
    action : {"apply", "delete"}
    temporary : bool
        Whether it is there for the time of the change alone.
    document : Policy or None
        What is applied.
    """

    policy: str
    action: str
    temporary: bool = False
    document: Policy | None = None


@dataclass(frozen=True, eq=False, repr=False)
class RolloutOrder(Result):
    """An order of the documents of a change, or why there is none. Made by `rollout_order`.

    Attributes
    ----------
    change : ClusterChange
    steps : tuple of Step
        Every intermediate state keeps what is protected; those that are temporary come first and go last.
    protected : tuple of Edge
        What stays: what was allowed before and is after.
    blocked_by : tuple of Edge
        What no order keeps without temporary policies.
    tried : int
        How many intermediate states were looked at.
    is_exact : bool
        Whether all orders were tried, or one was found.
    """

    change: ClusterChange
    steps: tuple[Step, ...]
    protected: tuple[Edge, ...]
    blocked_by: tuple[Edge, ...] = ()
    tried: int = 0
    is_exact: bool = True

    @property
    def problems_found(self) -> tuple[Problem, ...]:
        """What was wrong with what the change was read from."""
        return self.change.problems_found

    @property
    def notes(self) -> tuple[str, ...]:
        """What the steps do not say, a sentence each."""
        return tuple(self._told())

    def _told(self) -> Iterator[str]:
        if self.steps or not self.change.changed:
            yield f"Every step keeps what is allowed before and after: {count_of(len(self.protected), 'edge')}."
        if not self.blocked_by:
            return
        how = "no order" if self.is_exact else f"none among {self.tried:,} states"
        more = f" and {len(self.blocked_by) - 1:,} more" if len(self.blocked_by) > 1 else ""
        edge = f"{edge_text(self.blocked_by[0])}{more}"
        yield (
            f"Without the temporary policies, {how} keeps {edge}."
            if self.steps
            else f"There is {how} that keeps {edge}."
        )

    def _facts(self) -> Iterator[str]:
        yield count_of(len(self.steps), "step")
        if any(one.temporary for one in self.steps):
            yield f"{sum(one.temporary for one in self.steps) // 2} temporary"

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each step, in order; columns as in `frames.ORDERED`."""
        return ORDERED.from_rows(
            (number, one.action, one.policy, one.temporary) for number, one in enumerate(self.steps, start=1)
        )

    def to_files(self) -> dict[str, str]:
        """Return the steps as files whose names sort in their order: YAML to apply, or the command that deletes."""
        width = len(str(len(self.steps)))
        found = {}
        for number, one in enumerate(self.steps, start=1):
            name = one.policy.partition(" ")[2]
            stem = f"{number:0{width}}-{one.action}-{name.replace('/', '-')}"
            if one.action == "apply" and one.document is not None:
                found[f"{stem}.yaml"] = write_policies(one.document)
            else:
                found[f"{stem}.sh"] = f"{deletion_command(one.policy)}\n"
        return found

    @property
    def temporary(self) -> tuple[Policy, ...]:
        """The policies that are there for the time of the change alone."""
        return tuple(one.document for one in self.steps if one.temporary and one.document is not None)


class _State(NamedTuple):
    """Which documents are applied, as bits, and what is allowed then."""

    mask: int
    allowed: Connectivity


class _Search:
    """Looks for an order, from the state before to the one after.

    Parameters
    ----------
    before : Connectivity
    documents : sequence of ChangedPolicy
    protected : sequence of Edge
    """

    def __init__(self, before: Connectivity, documents: Sequence[ChangedPolicy], protected: Sequence[Edge]) -> None:
        self.before, self.documents, self.protected = before, documents, protected
        self.tried = 0
        self.stuck: list[Edge] = []
        self._dead: set[int] = set()
        self._deepest = -1
        self._most = 1 << len(documents) if len(documents) <= EXACT else MOST_STATES

    def found(self) -> list[int] | None:
        """Return the documents in an order that keeps everything; None where none was found."""
        last = (1 << len(self.documents)) - 1
        path: list[tuple[_State, list[int]]] = [(_State(0, self.before), self._next(0))]
        taken: list[int] = []
        while path:
            state, waiting = path[-1]
            if state.mask == last:
                return taken
            if not waiting or self.tried >= self._most:
                self._dead.add(state.mask)
                path.pop()
                if taken:
                    taken.pop()
                continue
            number = waiting.pop(0)
            mask = state.mask | 1 << number
            if mask in self._dead:
                continue
            allowed = applied(state.allowed, [self.documents[number]])
            self.tried += 1
            cut = cut_edges(allowed, self.protected)
            if cut:
                self._dead.add(mask)
                self._keep_cut(len(taken), cut)
                continue
            taken.append(number)
            path.append((_State(mask, allowed), self._next(mask)))
        return None

    @property
    def is_exhaustive(self) -> bool:
        """Whether all orders were tried."""
        return self.tried < self._most or len(self.documents) <= EXACT

    def _keep_cut(self, depth: int, cut: list[Edge]) -> None:
        """Note what the ways that lead furthest would cut."""
        if depth > self._deepest:
            self._deepest, self.stuck = depth, []
        if depth == self._deepest:
            self.stuck = list(dict.fromkeys((*self.stuck, *cut)))

    def _next(self, mask: int) -> list[int]:
        """Return the documents that are left: what admits more first, one namespace after the other."""
        left = [number for number in range(len(self.documents)) if not mask >> number & 1]
        begun = {self._namespace(number) for number in range(len(self.documents)) if mask >> number & 1}
        sizes = Counter(self._namespace(number) for number in left)
        return sorted(
            left,
            key=lambda number: (
                self._namespace(number) not in begun,
                sizes[self._namespace(number)],
                self._namespace(number),
                _restricts(self.documents[number]),
                number,
            ),
        )

    def _namespace(self, number: int) -> str:
        one = self.documents[number].after or self.documents[number].before
        return one.policy.namespace if isinstance(one, LeftOut) else one.namespace if one is not None else ""


def applied(allowed: Connectivity, documents: Iterable[ChangedPolicy]) -> Connectivity:
    """Return what is allowed after more documents are applied.

    Parameters
    ----------
    allowed : Connectivity
    documents : iterable of ChangedPolicy
    """
    listed = list(documents)
    added = [one.after for one in listed if isinstance(one.after, Policy)]
    removed = [one.ref for one in listed if one.after is None]
    return allowed.with_policies(added, remove=removed) if added or removed else allowed


def check_policies_alone(change: ClusterChange) -> None:
    """Raise where a change is of more than policies.

    Parameters
    ----------
    change : ClusterChange

    Raises
    ------
    ArgumentError
        If workloads may change, too.
    """
    if not change.is_of_policies:
        message = "workloads differ, and not policies alone"
        raise ArgumentError(message, "give the policies that change")


def effective(change: ClusterChange) -> list[ChangedPolicy]:
    """Return the documents of a change that can change anything.

    Parameters
    ----------
    change : ClusterChange
    """
    return [one for one in change.changed if not (isinstance(one.after, LeftOut) and not one.after.in_force)]


def _restricts(document: ChangedPolicy) -> int:
    """Return how likely a document is to cut something: rules that are added do not, what takes rules away may."""
    if document.status is PolicyStatus.DELETED:
        return 2
    after = document.after
    return 1 if isinstance(after, Policy) and not after.rules else 0


def rollout_order(
    cluster: Cluster,
    change: ChangeGiven = (),
    flows: Flows | None = None,
    *,
    protected: Iterable[Edge] = (),
    remove: str | Policy | Iterable[str | Policy] = (),
    semantics: Semantics = Semantics(),
) -> RolloutOrder:
    """Return the documents of a change in an order in which every intermediate state keeps what is protected.

    Parameters
    ----------
    cluster : Cluster
        As it is now.
    change : str, Path, Policy, iterable of Policy or of paths, Proposal, Cluster or ClusterChange
        As `ClusterChange.of` takes it; of policies only.
    flows : Flows, optional
        Those that are allowed before and after are protected.
    protected : iterable of (str, str, int, str)
        Other edges that are: source, destination, port and protocol, as `Connectivity.query` takes them.
    remove : str, Policy, or iterable of such
        Policies to delete.
    semantics : Semantics, optional

    Returns
    -------
    RolloutOrder
        Up to 12 documents, an order is found if there is one. Of more, so many states are looked at as it says. Where
        no order is found, policies are added that are there for the time of the change alone.

    Raises
    ------
    ArgumentError
        If nothing is to be protected, or if workloads change, too.
    """
    simulator = Simulator(cluster, flows, semantics=semantics)
    found = simulator.simulate(change, remove=remove)
    check_policies_alone(found.change)
    wanted = dict.fromkeys((*_kept(found.flows(FlowVerdict.KEPT)), *protected))
    edges = _touched(found.before, found.after, wanted)
    documents = effective(found.change)
    if not wanted:
        message = "no flow and no edge is to be kept"
        raise ArgumentError(message, "give flows, or edges by `protected`")
    search = _Search(found.before, documents, edges)
    order = search.found()
    if order is not None:
        steps = tuple(_step(documents[number]) for number in order)
        return RolloutOrder(found.change, steps, tuple(wanted), (), search.tried)
    for temporary in _Temporaries(found.before, found.after, found.change).sets():
        bridged = _bridged(found.before, documents, edges, temporary)
        if bridged is not None:
            steps = (
                *(Step(one.ref, "apply", temporary=True, document=one) for one in temporary),
                *(_step(documents[number]) for number in bridged),
                *(Step(one.ref, "delete", temporary=True) for one in reversed(temporary)),
            )
            stuck = tuple(search.stuck)
            return RolloutOrder(found.change, steps, tuple(wanted), stuck, search.tried, search.is_exhaustive)
    return RolloutOrder(found.change, (), tuple(wanted), tuple(search.stuck), search.tried, search.is_exhaustive)


def _bridged(
    before: Connectivity, documents: Sequence[ChangedPolicy], edges: Sequence[Edge], temporary: Sequence[Policy]
) -> list[int] | None:
    """Return an order that keeps everything between temporary policies, which come and go without cutting anything."""
    state = before
    for policy in temporary:
        state = state.with_policies(policy)
        if cut_edges(state, edges):
            return None
    order = _Search(state, documents, edges).found()
    if order is None:
        return None
    for number in order:
        state = applied(state, [documents[number]])
    for policy in reversed(temporary):
        state = state.with_policies(remove=policy.ref)
        if cut_edges(state, edges):
            return None
    return order


def _kept(rows: pd.DataFrame) -> Iterator[Edge]:
    return edges_of(rows[(rows["before"] == "allowed") & (rows["after"] == "allowed")])


def _touched(before: Connectivity, after: Connectivity, edges: Iterable[Edge]) -> list[Edge]:
    """Return the edges of which the change may have a say, each of which must be allowed on both sides."""
    listed = list(edges)
    for side, when in ((before, "before"), (after, "after")):
        if cut := cut_edges(side, listed):
            message = f"{edge_text(cut[0])} is not allowed {when} the change, so no order keeps it"
            raise ArgumentError(message)
    touched = touched_workloads(before, after)
    return [edge for edge in listed if concerns(before, edge, touched)]


def _step(document: ChangedPolicy) -> Step:
    after = document.after
    policy = after.policy if isinstance(after, LeftOut) else after
    return Step(document.ref, "delete" if after is None else "apply", document=policy)


class _Temporaries:
    """Policies that are there for the time of a change, where that opens nothing that was closed before.

    A policy that is the first to select a pod denies it all that it does not admit, though others come that do. So pods
    that no policy selects before are admitted everything until all are there. And of a policy that is modified or
    deleted, a copy as it was keeps what it admitted until others admit it.
    """

    def __init__(self, before: Connectivity, after: Connectivity, change: ClusterChange) -> None:
        self._before, self._after, self._change = before, after, change
        self._labels = WorkloadLabels(change.cluster)

    def sets(self) -> Iterator[list[Policy]]:
        """Yield what may be enough, the fewest first."""
        open_ones, copies = self._open(), self._copies()
        yield from (one for one in (open_ones, copies, [*open_ones, *copies]) if one)

    def _open(self) -> list[Policy]:
        """Return a policy for each workload that is not restricted yet and will be, and that labels choose alone."""
        found: list[Policy] = []
        changed = {one.peer.name: one for one in self._after.standings()}
        for was in self._before.standings():
            now, choice = changed.get(was.peer.name), self._labels.of(was.workload)
            ways = () if now is None else tuple(way for way in Direction if way in now.protected - was.protected)
            if ways and choice.is_exact:
                name = policy_name(f"{_TEMPORARY}-{was.workload.name}-{was.workload.kind.lower()}")
                rules = [Rule(way, 0, (Anyone(),)) for way in ways]
                made = network_policy(was.workload.namespace, name, choice.selector, ways, rules)
                found.append(with_free_name(made, self._taken(found)))
        return found

    def _copies(self) -> list[Policy]:
        """Return the policies that are modified or deleted as they were, by other names."""
        found: list[Policy] = []
        for one in self._change.changed:
            if isinstance(one.before, Policy):
                copy = replace(one.before, name=policy_name(f"{_TEMPORARY}-{one.before.name}"))
                found.append(with_free_name(copy, self._taken(found)))
        return found

    def _taken(self, made: Iterable[Policy]) -> set[str]:
        """Return what policies are called that are there before or after, or were made."""
        return {*(one.ref for one in self._change.policies), *(one.ref for one in made)}
