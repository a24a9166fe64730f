"""What panels look at together: a cluster, what is allowed in it, what was seen, and what is selected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from traitlets import Any as AnyValue
from traitlets import Instance, Int, Unicode, observe

from workbench.ground import WorkbenchError, count_of
from workbench.inventory import Cluster, no_cluster
from workbench.panels.frame.kept import Kept, kept_name, kept_names
from workbench.panels.frame.selection import Selection
from workbench.panels.frame.traits import StrictTraits

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity
    from workbench.external import AddressBook
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
    workspace : Workspace, str or Path, optional
        Where decisions are kept, or its folder; a temporary one, where none is given.
    name : str
        What the cluster is called in the workspace; empty where that knows but one.
    asked_by : str
        What a person called, for errors.

    Attributes
    ----------
    cluster : Cluster
    flows : Flows or None
        Attributed to `cluster`.
    selection : Selection
    name : str
    baselines : Baselines
        What is normal for the workloads of the cluster, as the workspace has it. `keep` changes it.
    address_book : AddressBook
        What addresses outside the cluster are called, as the workspace has it. `keep` changes it.
    decided : int
        Number of the last decision that was made here: panels watch it.
    """

    cluster = Instance(Cluster)
    flows = AnyValue(None, allow_none=True)
    selection = Instance(Selection)
    name = Unicode()
    baselines = Kept("workbench.baseline.Baselines")
    address_book = Kept("workbench.external.AddressBook")
    decided = Int(0)

    def __init__(
        self,
        cluster: Cluster | Connectivity,
        flows: Flows | None = None,
        *,
        selection: Selection | None = None,
        workspace: Workspace | str | Path | None = None,
        name: str = "",
        asked_by: str = "Scope",
    ) -> None:
        given = None if isinstance(cluster, Cluster) else cluster
        plain = cluster if isinstance(cluster, Cluster) else getattr(cluster, "cluster", None)
        if not isinstance(plain, Cluster):
            no_cluster(cluster, asked_by)
        self._connectivity, self._workspace = given, _opened(workspace)
        self._judged: dict[tuple[object, ...], tuple[Flows, Judgement]] = {}
        self._windowed: tuple[object, Flows] | None = None
        self._named: Flows | None = None
        super().__init__(
            cluster=plain,
            flows=_attributed(flows, plain),
            selection=Selection() if selection is None else selection,
            name=name,
        )

    @observe("cluster", "flows", "address_book")
    def _forget(self, change: Any) -> None:  # noqa: ANN401  (as traitlets has it)
        if change.name == "cluster" and isinstance(change.old, Cluster):
            self._connectivity = None
        self._judged, self._windowed, self._named = {}, None, None

    def replace(self, cluster: Cluster, flows: Flows | None = None, *, name: str | None = None) -> None:
        """Look at another cluster, or at other flows: both change at once, and nothing stays selected.

        Parameters
        ----------
        cluster : Cluster
        flows : Flows, optional
        name : str, optional
            What it is called in the workspace; as before, where it is not given.
        """
        with self.hold_trait_notifications():
            self.selection.clear()
            self.selection.namespaces = ()
            self.cluster, self.flows = cluster, _attributed(flows, cluster)
            if name is not None and name != self.name:
                self.name = name
                self.reload()

    @property
    def connectivity(self) -> Connectivity:
        """What is allowed in the cluster; evaluated once."""
        if self._connectivity is None:
            from workbench.connectivity import evaluate  # noqa: PLC0415  (numpy takes its time)

            self._connectivity = evaluate(self.cluster)
        return self._connectivity

    @property
    def evaluated(self) -> Connectivity | Cluster:
        """What is allowed, where that is known already; else the cluster, of which work in a thread finds it out."""
        return self._connectivity or self.cluster

    @property
    def has_workspace(self) -> bool:
        """Whether there is a workspace yet."""
        return self._workspace is not None

    @property
    def workspace(self) -> Workspace:
        """Where decisions are kept; a temporary workspace is made when it is first asked for."""
        if self._workspace is None:
            from workbench.workspace import Workspace  # noqa: PLC0415  (not before something is decided)

            self._workspace = Workspace.temporary()
        return self._workspace

    @property
    def is_kept(self) -> bool:
        """Whether what is decided outlives this program."""
        return self._workspace is not None and not self._workspace.is_temporary

    def share_workspace(self, other: Scope) -> None:
        """Keep decisions where another scope does, unless this one has a workspace already.

        Parameters
        ----------
        other : Scope
        """
        if self._workspace is None and other.has_workspace:
            self._workspace = other.workspace
            self.reload()

    def kept_flows(self, cluster: Cluster, name: str | None = None) -> Flows | None:
        """Return the flows that the workspace keeps of a cluster; None without any.

        Parameters
        ----------
        cluster : Cluster
            Whose workloads they are attributed to.
        name : str, optional
            What it is called in the workspace; as the one that is looked at, where it is not given.
        """
        if self._workspace is None or not self._workspace.has_flows:
            return None
        return self._workspace.open_flows(cluster).of_cluster(self.name if name is None else name)

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
        return self.announced(self.workspace.decide(changes, why=why, cluster=self.name))

    def keep(self, value: object, *, why: str = "") -> KeptDecision:
        """Keep what differs from the value of its kind that is here as one decision, and let panels know.

        Parameters
        ----------
        value : Baselines, AddressBook
            Or another value that the workspace keeps.
        why : str

        Returns
        -------
        KeptDecision
            Its number is 0 where nothing differs.

        Raises
        ------
        TypeError
            If the workspace keeps no such values.
        ConflictError
            If others have changed the same meanwhile; what they decided is here then.
        """
        name = kept_name(self, value)
        keep = getattr(self.workspace, f"keep_{name}")
        try:
            decision: KeptDecision = keep(value, getattr(self, name), why=why, cluster=self.name)
        except RuntimeError:
            self.reload()
            raise
        return self.announced(decision, {name: value})

    def undo(self, why: str = "", decision_id: int | None = None) -> KeptDecision | None:
        """Take back a decision: the last one that is neither an undo nor undone, where none is named.

        Parameters
        ----------
        why : str
        decision_id : int, optional

        Returns
        -------
        KeptDecision or None
            The undo; None where there is no such decision.
        """
        if decision_id is None:
            last = self.workspace.last_undoable()
            decision_id = None if last is None else last.id
        return None if decision_id is None else self.announced(self.workspace.undo(decision_id, why))

    def reload(self) -> None:
        """Look at what is kept as it is now: others may have decided something."""
        for name in kept_names(self):
            if self.trait_has_value(name):
                self.set_trait(name, self.trait_defaults(name))

    def announced(self, decision: KeptDecision, kept: Mapping[str, object] = MappingProxyType({})) -> KeptDecision:
        """Let panels know of a decision: where others have decided something since the last one, of that, too.

        Parameters
        ----------
        decision : KeptDecision
        kept : mapping of str to value
            What traits of the scope are by it.

        Returns
        -------
        KeptDecision
            The same.
        """
        if kept and decision.id in {0, self.decided + 1}:
            for name, value in kept.items():
                self.set_trait(name, value)
        else:
            self.reload()
        if decision.id:
            self.decided = decision.id
        return decision

    @property
    def named_flows(self) -> Flows | None:
        """The flows, whose ends outside are called by the address book where that has an entry; None without flows."""
        if self.flows is None:
            return None
        if self._named is None:
            book = self.readable_book
            self._named = book.tag(self.flows) if book else self.flows
        return self._named

    @property
    def readable_book(self) -> AddressBook | None:
        """The address book; None where it cannot be read."""
        try:
            return self.address_book  # type: ignore[no-any-return]
        except WorkbenchError:
            return None

    @property
    def why_unnamed(self) -> str:
        """Why names of the address book are not known; empty where all are."""
        try:
            unread = self.address_book.unread
        except WorkbenchError as error:
            return f"The names of the address book are not known: {error}"
        return f"{count_of(len(unread), 'record')} of the address book not read: its panel says why." if unread else ""

    @property
    def windowed_flows(self) -> Flows | None:
        """The flows of the time that is selected, with the names of the address book; None without flows."""
        flows = self.named_flows
        if flows is None:
            return None
        window = self.selection.window
        if self._windowed is None or self._windowed[0] != window:
            self._windowed = window, flows.between(*window)
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


def _opened(workspace: Workspace | str | Path | None) -> Workspace | None:
    if not isinstance(workspace, (str, Path)):
        return workspace
    from workbench.workspace import Workspace  # noqa: PLC0415  (not before something is kept)

    return Workspace(workspace)


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
