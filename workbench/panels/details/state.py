"""What is known of what is selected; each answer is made when a tab first asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd
from traitlets import TraitError, Unicode, validate

from workbench.panels.details.registry import DETAILS, details_tabs
from workbench.panels.details.subject import Subject, SubjectKind, subject_of
from workbench.panels.frame import PanelState

if TYPE_CHECKING:
    from workbench.flows import Flows
    from workbench.inventory import Workload

__all__ = ["DetailsState"]

AnswerT = TypeVar("AnswerT")
MOST_VISITED = 50


def _now() -> datetime:
    return datetime.now(UTC)


class DetailsState(PanelState):
    """What the side panel shows: which tab, of what is selected in its scope.

    Parameters
    ----------
    scope : Scope
    now : callable, optional
        Returns the time.
    **traits
        The initial value of any trait.

    Attributes
    ----------
    tab : str
        Name of the tab that is shown.
    policy : str
        The policy that is shown among those that apply, as ``Kind namespace/name``; the first where it is empty.
    remembered : tuple of str
        Names of the traits that a panel has again when its cell runs again.
    """

    tab = Unicode()
    policy = Unicode()
    remembered = ("tab",)

    def __init__(self, scope: Any, *, now: Callable[[], datetime] = _now, **traits: Any) -> None:  # noqa: ANN401  (each trait has its own type)
        self._now = now
        self._answers: dict[str, tuple[tuple[object, ...], Any]] = {}
        self._visited: list[Subject] = []
        super().__init__(scope, **{"tab": next((tab.name for tab in details_tabs()), ""), **traits})

    @validate("tab")
    def _known(self, proposal: dict[str, Any]) -> str:
        tab: str = proposal["value"]
        if tab and tab not in DETAILS:
            message = f"there is no tab {tab!r}; there are {', '.join(one.name for one in details_tabs())}"
            raise TraitError(message)
        return tab

    def once(self, name: str, make: Callable[[], AnswerT], *more: object) -> AnswerT:
        """Return an answer about what is selected now, made once until something else is.

        Parameters
        ----------
        name : str
            Of the question.
        make : callable
            Returns the answer.
        *more : object
            What the answer depends on beside the selection, the cluster and its flows.
        """
        selection = self.selection
        chosen = (selection.edge, selection.address, selection.workloads, selection.namespaces, selection.window)
        # Values are kept beside their answers, so that no other one can get their identity.
        key = (self.scope.cluster, self.scope.named_flows, *chosen, *more)
        return self._kept(name, key, make)

    def _kept(self, name: str, key: tuple[object, ...], make: Callable[[], AnswerT]) -> AnswerT:
        """Return an answer that is made anew where `key` is another one."""
        known = self._answers.get(name)
        if known is None or known[0] != key:
            known = self._answers[name] = (key, make())
        found: AnswerT = known[1]
        return found

    # --- what is selected -----------------------------------------------------------------------------------

    @property
    def subject(self) -> Subject:
        """What is selected."""
        return self.once("subject", lambda: subject_of(self.selection, self.workloads, self.seen))

    @property
    def workloads(self) -> Mapping[str, Workload]:
        """The workloads of the cluster by all names that connectivity has for them."""
        return self._kept("workloads", (self.scope.cluster,), lambda: _named(self.scope.connectivity))

    @property
    def flows(self) -> Flows | None:
        """The flows of the time that is selected."""
        return self.scope.windowed_flows

    @property
    def today(self) -> date:
        """The day, by which the age of what providers publish is counted."""
        return self._now().date()

    @property
    def seen(self) -> frozenset[str]:
        """What flows call ends."""
        return self._kept("seen", (self.scope.named_flows,), self._seen)

    def _seen(self) -> frozenset[str]:
        flows = self.scope.named_flows
        if flows is None:
            return frozenset()
        edges = flows.edges()
        return frozenset({*edges["src"].unique(), *edges["dst"].unique()})

    @property
    def ends(self) -> tuple[str, ...]:
        """The ends that are meant: of namespaces, their workloads."""
        subject = self.subject
        if subject.kind is SubjectKind.NAMESPACES:
            return self.workloads_in(subject.names)
        return subject.names

    def workloads_in(self, namespaces: tuple[str, ...]) -> tuple[str, ...]:
        """Return the workloads of some namespaces, by name.

        Parameters
        ----------
        namespaces : tuple of str
        """
        wanted = set(namespaces)
        objects = self.scope.cluster.objects
        return tuple(sorted(workload.peer for workload in objects.workloads if workload.namespace in wanted))

    @property
    def traffic(self) -> pd.DataFrame:
        """What is allowed beside what was seen of what is selected; columns as in `flows.frames.TRAFFIC`."""
        return self.once("traffic", self._traffic)

    def _traffic(self) -> pd.DataFrame:
        from workbench.flows import traffic_of  # noqa: PLC0415  (ibis takes its time)

        subject = self.subject
        if subject.edge is None:
            return traffic_of(self.scope.connectivity, self.flows, self.ends)
        src, dst = subject.edge
        return traffic_of(self.scope.connectivity, self.flows, src, dst, direction="egress")

    # --- going elsewhere ------------------------------------------------------------------------------------

    def go(self, name: str) -> None:
        """Select one end: a workload, an address, or what flows call so.

        Parameters
        ----------
        name : str
        """
        self.remember()
        self.selection.select_workload(name)

    def go_to_edge(self, src: str, dst: str) -> None:
        """Select what goes from one end to another, whether or not anything does.

        Parameters
        ----------
        src, dst : str
        """
        if self.selection.edge != (src, dst):
            self.remember()
            self.selection.select_edge(src, dst)

    def show_policy(self, ref: str) -> None:
        """Show a policy in its tab.

        Parameters
        ----------
        ref : str
            ``Kind namespace/name``.
        """
        self.policy = ref
        self.tab = "policies"

    def remember(self) -> None:
        """Keep what is selected, to be selected again by `back`."""
        self._visited = [*self._visited[1 - MOST_VISITED :], self.subject]

    @property
    def can_go_back(self) -> bool:
        """Whether something was selected here before."""
        return bool(self._visited)

    def back(self) -> None:
        """Select what was selected before this panel went elsewhere."""
        if not self._visited:
            return
        earlier = self._visited.pop()
        match earlier.kind:
            case SubjectKind.EDGE:
                self.selection.select_edge(*earlier.names)
            case SubjectKind.NAMESPACES:
                self.selection.clear()
                self.selection.namespaces = earlier.names
            case SubjectKind.NOTHING:
                self.selection.clear()
            case _:
                self.selection.select_workload(*earlier.names)


def _named(connectivity: Any) -> dict[str, Workload]:  # noqa: ANN401
    """Return all workloads by their names, and those whose pods policies tell apart by the names of these, too."""
    workloads = {workload.peer: workload for workload in connectivity.cluster.objects.workloads}
    parts = {peer.name: peer.name.removesuffix(peer.shape) for peer in connectivity.workloads_named()}
    return {**workloads, **{name: workloads[whole] for name, whole in parts.items() if whole in workloads}}
