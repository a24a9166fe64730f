"""A cluster and what was recorded of it, ready to try changes: what was before is worked out once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from functools import cached_property
from typing import TYPE_CHECKING

import ibis

from workbench.connectivity import Connectivity, Semantics, evaluate
from workbench.ground import Progress, no_progress
from workbench.inventory import Cluster, Objects, no_cluster
from workbench.policy import LeftOut, Policy
from workbench.whatif.allowed_then import AllowedThen
from workbench.whatif.change import ChangeGiven, ClusterChange
from workbench.whatif.history import History, Span, arrivals, pod_addresses
from workbench.whatif.judging import EdgeJudge
from workbench.whatif.losses import Platforms
from workbench.whatif.simulation import Past, Simulation
from workbench.whatif.verdicts import Doubt

if TYPE_CHECKING:
    from workbench.baseline import Baselines
    from workbench.external import AddressBook
    from workbench.flows import Flows
    from workbench.generate import Allowance
    from workbench.whatif.several import Alternatives, SimulatedSequence

__all__ = ["Simulator", "simulate"]


class Simulator:
    """Tries changes of a cluster; what was before is worked out once for all of them.

    Parameters
    ----------
    cluster : Cluster
        As it is now.
    flows : Flows, optional
        What was recorded; it is attributed to the cluster, or to that of its time.
    history : History, optional
        What the cluster was when flows were seen. Without one, all are judged by `cluster`.
    baselines : Baselines, optional
        What is normal: flows say whether it has them.
    book : AddressBook, optional
        Who is outside, for the format ``rhacs``.
    semantics : Semantics, optional
    allowances : iterable of Allowance, optional
        What platforms need; those that come with the workbench by default.
    progress : Progress, optional

    Raises
    ------
    TypeError
        If the cluster is none.
    """

    def __init__(  # noqa: PLR0913  (each is something else that is known)
        self,
        cluster: Cluster,
        flows: Flows | None = None,
        *,
        history: History | None = None,
        baselines: Baselines | None = None,
        book: AddressBook | None = None,
        semantics: Semantics = Semantics(),
        allowances: Iterable[Allowance] | None = None,
        progress: Progress = no_progress,
    ) -> None:
        if not isinstance(cluster, Cluster):
            no_cluster(cluster, "simulate")
        self.cluster, self.flows, self.history, self.baselines = cluster, flows, history, baselines
        self.book = book
        self._semantics, self._progress = semantics, progress
        self._allowances = None if allowances is None else tuple(allowances)
        self._upon: tuple[Simulator, ClusterChange] | None = None

    @cached_property
    def before(self) -> Connectivity:
        """What is allowed now."""
        if self._upon is not None:
            earlier, change = self._upon
            return earlier._after(change, earlier.before)  # noqa: SLF001  (of this class)
        return evaluate(self.cluster, semantics=self._semantics, progress=self._progress)

    def simulate(
        self,
        change: ChangeGiven = (),
        *,
        remove: str | Policy | Iterable[str | Policy] = (),
        namespace: str = "",
    ) -> Simulation:
        """Return what a change does.

        Parameters
        ----------
        change : str, Path, Policy, iterable of Policy or of paths, Proposal, Cluster or ClusterChange
            As `ClusterChange.of` takes it.
        remove : str, Policy, or iterable of such
            Policies to delete.
        namespace : str, optional
            That of policies in a text which name none.

        Raises
        ------
        NotFoundError, ArgumentError, TypeError
            As `ClusterChange.of` raises them.
        """
        made = ClusterChange.of(self.cluster, change, remove, namespace=namespace)
        after = self._after(made, self.before)
        pasts = []
        for span, judge in self._known:
            then = after if span is None else self._after(made.on(span.cluster), judge.before)
            pasts.append(Past.of(span, judge.after(then)))
        return Simulation(made, self.before, after, tuple(pasts), self.baselines, self._platforms, self.book)

    def then(self, change: ClusterChange) -> Simulator:
        """Return a simulator of the cluster with a change made, for changes that come after it.

        Parameters
        ----------
        change : ClusterChange
            Of this cluster.
        """
        found = copy(self)
        for name in ("before", "_platforms", "_known"):
            vars(found).pop(name, None)
        found.cluster = change.after
        found._upon = (self, change)  # noqa: SLF001  (of this class)
        return found

    def sequence(
        self, changes: Mapping[str, ChangeGiven] | Iterable[ChangeGiven], *, namespace: str = ""
    ) -> SimulatedSequence:
        """Return what several changes do, each made after the one before it (what-if 13).

        Parameters
        ----------
        changes : mapping of str to change, or iterable of changes
            Each as `simulate` takes it; in a mapping, with the name of its step.
        namespace : str, optional
            That of policies in a text which name none.

        Raises
        ------
        ArgumentError, NotFoundError, TypeError
            As of `simulate`; and if there is no change at all.
        """
        from workbench.whatif.several import SimulatedSequence, named_changes  # noqa: PLC0415  (it asks this class)

        state, merged = self, ClusterChange(self.cluster)
        steps: dict[str, Simulation] = {}
        for name, given in named_changes(changes, "step {}").items():
            steps[name] = state.simulate(given, namespace=namespace)
            merged = merged.then(steps[name].change)
            state = state.then(steps[name].change)
        return SimulatedSequence(steps, self.simulate(merged))

    def alternatives(
        self, changes: Mapping[str, ChangeGiven] | Iterable[ChangeGiven], *, namespace: str = ""
    ) -> Alternatives:
        """Return what each of several changes does, side by side (what-if 13).

        Parameters
        ----------
        changes : mapping of str to change, or iterable of changes
            Each as `simulate` takes it; in a mapping, with its name.
        namespace : str, optional
            That of policies in a text which name none.

        Raises
        ------
        ArgumentError, NotFoundError, TypeError
            As of `simulate`; and if there is no change at all.
        """
        from workbench.whatif.several import Alternatives, named_changes  # noqa: PLC0415  (it asks this class)

        named = named_changes(changes, "alternative {}")
        return Alternatives({name: self.simulate(given, namespace=namespace) for name, given in named.items()})

    def _after(self, change: ClusterChange, before: Connectivity) -> Connectivity:
        if change.is_of_policies:
            policies = tuple(one for one in change.added if isinstance(one, Policy))
            left_out = tuple(one for one in change.added if isinstance(one, LeftOut))
            names = {one.ref for one in change.added}
            added = Cluster(Objects(policies=policies, left_out=left_out))
            return before.with_policies(added, remove=sorted(change.removed - names))
        return evaluate(change.after, semantics=self._semantics, progress=self._progress)

    @cached_property
    def _platforms(self) -> Platforms:
        return Platforms.of(self.before, self._semantics, self._allowances)

    @cached_property
    def _known(self) -> list[tuple[Span | None, EdgeJudge]]:
        """The flows, those of each span of a history apart, asked about before any change."""
        if self.flows is None:
            return []
        if self._upon is not None:
            earlier, change = self._upon
            return [earlier._upon_span(span, judge, change) for span, judge in earlier._known]  # noqa: SLF001
        if self.history is None:
            own = self.flows if self.flows.cluster is not None else self.flows.attributed(self.cluster)
            return [(None, self._judge(own, self.cluster, self.before, pod_addresses(self.cluster)))]
        found: list[tuple[Span | None, EdgeJudge]] = []
        spans = self.history.spans
        begun = ibis.literal(spans[0].start) if spans else ibis.literal(None, type="timestamp")
        elsewhere = self.flows.where(
            lambda row: row.time_start.isnull() | (row.time_start < begun).fill_null(ibis.literal(value=True))
        )
        if len(elsewhere):
            own = elsewhere.attributed(self.cluster)
            found.append((None, self._judge(own, self.cluster, self.before, (), Doubt.NO_MOMENT)))
        allowed = AllowedThen(self._semantics)
        addresses = frozenset().union(*(pod_addresses(span.cluster) for span in spans))
        for number, span in enumerate(spans):
            self._progress("flows of each moment", number, len(spans))
            chosen = self.flows.between(span.start, span.end)
            if len(chosen):
                own = chosen.attributed(span.cluster, arrivals(self.history, span))
                found.append((span, self._judge(own, span.cluster, allowed.of(span.cluster), addresses)))
        return found

    def _upon_span(self, span: Span | None, judge: EdgeJudge, change: ClusterChange) -> tuple[Span | None, EdgeJudge]:
        """Return the flows of a span, asked about after a change."""
        made = change if span is None else change.on(span.cluster)
        return (
            None if span is None else Span(span.start, span.end, made.after),
            judge.upon(self._after(made, judge.before)),
        )

    @staticmethod
    def _judge(
        flows: Flows, cluster: Cluster, before: Connectivity, pods: Iterable[str], doubt: Doubt | None = None
    ) -> EdgeJudge:
        own = flows.apart()
        return EdgeJudge(before, own.located_edges(), cluster, reused=own.reused_addresses, pods=pods, doubt=doubt)


def simulate(  # noqa: PLR0913  (each is something else that is known)
    cluster: Cluster,
    change: ChangeGiven = (),
    flows: Flows | None = None,
    baselines: Baselines | None = None,
    *,
    remove: str | Policy | Iterable[str | Policy] = (),
    history: History | None = None,
    book: AddressBook | None = None,
    semantics: Semantics = Semantics(),
    namespace: str = "",
    progress: Progress = no_progress,
) -> Simulation:
    """Return what a change of policies would open, close and cut, judged by the traffic that was recorded.

    To try several changes, make a `Simulator` once.

    Parameters
    ----------
    cluster : Cluster
        As it is now.
    change : str, Path, Policy, iterable of Policy, Proposal, Cluster or ClusterChange
        YAML text or files with policies, a proposal, or the cluster as it would be (what-if 1).
    flows : Flows, optional
    baselines : Baselines, optional
    remove : str, Policy, or iterable of such
        Policies to delete, as ``Kind namespace/name``.
    history : History, optional
        What the cluster was when flows were seen.
    book : AddressBook, optional
        Who is outside, for the format ``rhacs``.
    semantics : Semantics, optional
    namespace : str, optional
        That of policies in a text which name none.
    progress : Progress, optional

    Raises
    ------
    NotFoundError
        If a policy to be deleted is not there.
    ArgumentError
        If a text or file holds no policy.
    TypeError
        If the cluster or the change is nothing of the kind.

    Examples
    --------
    >>> found = simulate(load_manifests("shop/"), "deny-all.yaml", load_flows("morning.jsonl"))  # doctest: +SKIP
    >>> print(found.verdict)  # doctest: +SKIP
    >>> found.flows("cut")  # doctest: +SKIP
    """
    simulator = Simulator(
        cluster, flows, history=history, baselines=baselines, book=book, semantics=semantics, progress=progress
    )
    return simulator.simulate(change, remove=remove, namespace=namespace)
