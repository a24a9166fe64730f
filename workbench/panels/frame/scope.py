"""What panels look at together: a cluster, what is allowed in it, what was seen, and what is selected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from traitlets import Any as AnyValue
from traitlets import Instance, Int, observe

from workbench.inventory import Cluster, no_cluster
from workbench.panels.frame.selection import Selection
from workbench.panels.frame.traits import StrictTraits

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity
    from workbench.flows import Flows, Judgement
    from workbench.workspace import KeptDecision, Workspace

__all__ = ["Scope"]

MOST_JUDGED: Final = 4
"""Judgements that are kept: a person who goes back to an earlier window does not wait again."""


class Scope(StrictTraits):
    """A cluster, its flows and what is selected. Values are made when they are first asked for, and kept.

    Parameters
    ----------
    cluster : Cluster or Connectivity
        What ``evaluate(cluster)`` returned is taken as it is.
    flows : Flows, optional
        They are attributed to the workloads of the cluster where they are not yet.
    selection : Selection, optional
        One that is shared with others.
    workspace : Workspace, optional
        Where decisions are kept; a temporary one, where none is given.
    asked_by : str
        What a person called, for errors.

    Attributes
    ----------
    cluster : Cluster
    flows : Flows or None
        Attributed to `cluster`.
    selection : Selection
    decided : int
        Number of the last decision that was made here: panels watch it.
    """

    cluster = Instance(Cluster)
    flows = AnyValue(None, allow_none=True)
    selection = Instance(Selection)
    decided = Int(0)

    def __init__(
        self,
        cluster: Cluster | Connectivity,
        flows: Flows | None = None,
        *,
        selection: Selection | None = None,
        workspace: Workspace | None = None,
        asked_by: str = "Scope",
    ) -> None:
        given = None if isinstance(cluster, Cluster) else cluster
        plain = cluster if isinstance(cluster, Cluster) else getattr(cluster, "cluster", None)
        if not isinstance(plain, Cluster):
            no_cluster(cluster, asked_by)
        self._connectivity, self._workspace = given, workspace
        self._judged: dict[tuple[object, ...], tuple[Flows, Judgement]] = {}
        self._windowed: tuple[object, Flows] | None = None
        super().__init__(
            cluster=plain, flows=_attributed(flows, plain), selection=Selection() if selection is None else selection
        )

    @observe("cluster", "flows")
    def _forget(self, change: Any) -> None:  # noqa: ANN401  (as traitlets has it)
        if change.name == "cluster" and isinstance(change.old, Cluster):
            self._connectivity = None
        self._judged, self._windowed = {}, None

    def replace(self, cluster: Cluster, flows: Flows | None = None) -> None:
        """Look at another cluster, or at other flows: both change at once, and nothing stays selected.

        Parameters
        ----------
        cluster : Cluster
        flows : Flows, optional
        """
        with self.hold_trait_notifications():
            self.selection.clear()
            self.selection.namespaces = ()
            self.cluster, self.flows = cluster, _attributed(flows, cluster)

    @property
    def connectivity(self) -> Connectivity:
        """What is allowed in the cluster; evaluated once."""
        if self._connectivity is None:
            from workbench.connectivity import evaluate  # noqa: PLC0415  (numpy takes its time)

            self._connectivity = evaluate(self.cluster)
        return self._connectivity

    @property
    def workspace(self) -> Workspace:
        """Where decisions are kept; a temporary workspace is made when it is first asked for."""
        if self._workspace is None:
            from workbench.workspace import Workspace  # noqa: PLC0415  (not before something is decided)

            self._workspace = Workspace.temporary()
        return self._workspace

    def decide(self, changes: Mapping[tuple[str, str], Any], *, why: str = "") -> KeptDecision:
        """Keep a decision, and let panels know.

        Parameters
        ----------
        changes : mapping of (kind, key) to value
            As `Workspace.decide` takes them.
        why : str

        Returns
        -------
        KeptDecision
            Its number is 0 where nothing changed.
        """
        return self._announced(self.workspace.decide(changes, why=why))

    def undo(self, why: str = "") -> KeptDecision | None:
        """Take back the last decision that is neither an undo nor undone.

        Parameters
        ----------
        why : str

        Returns
        -------
        KeptDecision or None
            The undo; None where there is no such decision.
        """
        last = self.workspace.last_undoable()
        return None if last is None else self._announced(self.workspace.undo(last.id, why))

    def _announced(self, decision: KeptDecision) -> KeptDecision:
        if decision.id:
            self.decided = decision.id
        return decision

    @property
    def windowed_flows(self) -> Flows | None:
        """The flows of the time that is selected; None without flows."""
        if self.flows is None:
            return None
        window = self.selection.window
        if self._windowed is None or self._windowed[0] != window:
            self._windowed = window, self.flows.between(*window)
        return self._windowed[1]

    def judged(self, sources: Iterable[str] = ()) -> tuple[Flows, Judgement] | tuple[None, None]:
        """Return the flows of the time that is selected, and how they stand to what is allowed.

        Parameters
        ----------
        sources : iterable of str, optional
            Only flows of recordings of these formats; empty for all.

        Returns
        -------
        flows : Flows or None
        judgement : Judgement or None
            Both None without flows. Answers for the last few windows and sources are kept.
        """
        flows = self.windowed_flows
        if flows is None:
            return None, None
        wanted = tuple(sorted(set(sources)))
        key = (self.selection.window, wanted)
        if key not in self._judged:
            from workbench.flows import judge  # noqa: PLC0415  (ibis takes its time)

            chosen = flows.where(source_format=list(wanted)) if wanted else flows
            self._judged = dict([*self._judged.items()][1 - MOST_JUDGED :])
            self._judged[key] = chosen, judge(self.connectivity, chosen)
        return self._judged[key]


def _attributed(flows: Flows | None, cluster: Cluster) -> Flows | None:
    """Return flows whose ends are workloads of `cluster`.

    Raises
    ------
    TypeError
        If they are no flows; the message says what to write.
    """
    if flows is None:
        return None
    if not hasattr(flows, "attributed"):
        message = f"flows are what load_flows or open_flows returns, not {type(flows).__name__}"
        if isinstance(flows, str):
            message += f": write load_flows({flows!r})"
        raise TypeError(message)
    return flows if flows.cluster is cluster else flows.attributed(cluster)
