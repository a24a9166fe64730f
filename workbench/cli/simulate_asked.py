"""What ``simulate`` is asked: a change in any of its forms, and the traffic that it is judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, NamedTuple, TypeAlias

import typer

from workbench.cli.flows_loading import flows_at
from workbench.cli.flows_options import TimeOptions
from workbench.cli.options import INPUT, OUTPUT
from workbench.cli.workspace_options import has_flows, opened_workspace
from workbench.ground import listed, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.baseline import Baselines
    from workbench.connectivity import Semantics
    from workbench.external import AddressBook
    from workbench.flows import Flows
    from workbench.ground import Problem, Progress
    from workbench.inventory import Cluster
    from workbench.whatif import ClusterChange, Simulation, Simulator

__all__ = [
    "ChangeAsked",
    "ChangedPaths",
    "ChangedTo",
    "DeletedPolicies",
    "GitOpsFolder",
    "HistoryFolder",
    "JudgedBy",
    "KeptName",
    "Recorded",
    "change_asked",
    "simulation_asked",
    "simulator_asked",
]

ChangedPaths: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--change",
        "-c",
        metavar="PATH",
        help="Policies to add, or to put in place of those of their names; may be repeated.",
        show_default=False,
        rich_help_panel=INPUT,
    ),
]
DeletedPolicies: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--delete",
        metavar="POLICY",
        help="A policy to delete, as 'NetworkPolicy shop/db'; may be repeated.",
        show_default=False,
        rich_help_panel=INPUT,
    ),
]
ChangedTo: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--to",
        metavar="PATH",
        help="The manifests as they would be as a whole, such as the folder of another branch; may be repeated.",
        show_default=False,
        rich_help_panel=INPUT,
    ),
]
KeptName: TypeAlias = Annotated[
    str,
    typer.Option(
        "--kept",
        metavar="NAME",
        help="Take up the change of a simulation that the workspace keeps; `workspace simulations` lists them.",
        show_default=False,
        rich_help_panel=INPUT,
    ),
]
JudgedBy: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--flows",
        metavar="PATH",
        help="A recording of flows that the change is judged by; may be repeated.",
        show_default="those of the workspace, where -w is given",
        rich_help_panel=INPUT,
    ),
]
HistoryFolder: TypeAlias = Annotated[
    str,
    typer.Option(
        "--history",
        metavar="DIR",
        help="A folder with the cluster of each time, named as 2026-11-29T10-00-00Z: flows are judged by the "
        "cluster of their time.",
        show_default=False,
        rich_help_panel=INPUT,
    ),
]
GitOpsFolder: TypeAlias = Annotated[
    str,
    typer.Option(
        "-d",
        "--output-dir",
        metavar="DIR",
        help="Write the policies into this new folder, too: a file each, a kustomization that lists them, and "
        "delete.sh with the commands for those that are deleted.",
        show_default=False,
        rich_help_panel=OUTPUT,
    ),
]
_ANY_TIME: Final = TimeOptions()


class ChangeAsked(NamedTuple):
    """A change, as a command is given it.

    Attributes
    ----------
    added, deleted, whole : sequence of str
        Paths of policies; references of policies; paths of the manifests as they would be.
    history : str
        The folder of a history; empty for none.
    kept : str
        The name of a kept simulation; empty for none.
    workspace : str or None
        That keeps it.

    """

    added: Sequence[str]
    deleted: Sequence[str]
    whole: Sequence[str]
    history: str
    kept: str = ""
    workspace: str | None = None

    @classmethod
    def of(
        cls,
        change: Sequence[str] | None,
        delete: Sequence[str] | None,
        to: Sequence[str] | None = None,
        history: str = "",
        kept: str = "",
        workspace: str | None = None,
    ) -> ChangeAsked:
        """Return what the options of a command ask for.

        Raises
        ------
        typer.BadParameter
            If no change is named, or two kinds of one.

        """
        if [bool(to), bool(change or delete), bool(kept)].count(True) != 1:
            message = "name either --change and --delete, or --to: exactly one of the two"
            raise typer.BadParameter(message, param_hint="'--change'")
        return cls(change or (), delete or (), to or (), history, kept, workspace)

    @property
    def name(self) -> str:
        """What was named, in short."""
        return " ".join((*self.added, *(f"without {one}" for one in self.deleted), *self.whole)) or self.kept


class Recorded(NamedTuple):
    """What was recorded.

    Attributes
    ----------
    flows : Flows or None
    baselines : Baselines or None
    book : AddressBook or None
    problems : tuple of Problem

    """

    flows: Flows | None = None
    baselines: Baselines | None = None
    book: AddressBook | None = None
    problems: tuple[Problem, ...] = ()

    @classmethod
    def of(
        cls,
        cluster: Cluster,
        paths: Sequence[str] | None,
        workspace: str | None,
        time: TimeOptions = _ANY_TIME,
        *,
        needed: bool = False,
        is_for_keeping: bool = False,
    ) -> Recorded:
        """Return the flows of recordings, or of a workspace, which has baselines, too; nothing where none is named.

        Where flows are needed and none are named, they are those of the usual workspace. A workspace that is named to
        keep something may have no flows, and need not be there yet.
        """
        if not paths and workspace is None and not needed:
            return cls()
        if not paths and is_for_keeping and not has_flows(workspace):
            return cls()
        loaded = flows_at(paths, workspace, cluster)
        flows = loaded.between(time.since, time.until)
        if workspace is None:
            return cls(flows, problems=tuple(loaded.problems_found))
        with opened_workspace(workspace, must_exist=not is_for_keeping) as opened:
            return cls(flows, opened.baselines(), opened.address_book(), tuple(loaded.problems_found))


def simulator_asked(
    cluster: Cluster, history: str, known: Recorded, semantics: Semantics, progress: Progress
) -> Simulator:
    """Return what tries changes of a cluster.

    Raises
    ------
    WorkbenchError
        If the history cannot be read.
    """
    from workbench.whatif import History, Simulator  # noqa: PLC0415  (brings pandas)

    return Simulator(
        cluster,
        known.flows,
        history=History.read(history) if history else None,
        baselines=known.baselines or None,
        book=known.book,
        semantics=semantics,
        progress=progress,
    )


def change_asked(cluster: Cluster, asked: ChangeAsked, namespace: str = "") -> ClusterChange:
    """Return a change of a cluster.

    Raises
    ------
    WorkbenchError
        If a path is not there, holds no policy, or a policy to be deleted is not there.
    """
    from workbench.inventory import load_manifests  # noqa: PLC0415  (as below)
    from workbench.whatif import ClusterChange  # noqa: PLC0415  (brings pandas)

    if asked.kept:
        with opened_workspace(asked.workspace) as opened:
            found = opened.simulations()
        if asked.kept not in found:
            message = f"no simulation {visible(asked.kept)} is kept: there are {listed([*found]) or 'none'}"
            raise typer.BadParameter(message, param_hint="'--kept'")
        return found[asked.kept].change(cluster)
    given = load_manifests(asked.whole, namespace=namespace) if asked.whole else list(asked.added)
    return ClusterChange.of(cluster, given, asked.deleted, namespace=namespace)


def simulation_asked(
    cluster: Cluster,
    asked: ChangeAsked,
    known: Recorded,
    semantics: Semantics,
    progress: Progress,
    namespace: str = "",
) -> Simulation:
    """Return what a change does; errors as of `simulator_asked` and `change_asked`."""
    simulator = simulator_asked(cluster, asked.history, known, semantics, progress)
    return simulator.simulate(change_asked(cluster, asked, namespace))
