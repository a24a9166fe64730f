"""What ``simulate`` is asked: a change in any of its forms, and the traffic that it is judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, NamedTuple, TypeAlias

import typer

from workbench.cli.flows_loading import flows_at
from workbench.cli.flows_options import TimeOptions
from workbench.cli.options import INPUT
from workbench.cli.workspace_options import opened_workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.baseline import Baselines
    from workbench.connectivity import Semantics
    from workbench.external import AddressBook
    from workbench.flows import Flows
    from workbench.ground import Problem, Progress
    from workbench.inventory import Cluster
    from workbench.whatif import Simulation

__all__ = ["ChangeAsked", "ChangedPaths", "DeletedPolicies", "Recorded", "simulation_asked"]

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
_ANY_TIME: Final = TimeOptions()


class ChangeAsked(NamedTuple):
    """A change, as a command is given it.

    Attributes
    ----------
    added, deleted, whole : sequence of str
        Paths of policies; references of policies; paths of the manifests as they would be.
    history : str
        The folder of a history; empty for none.

    """

    added: Sequence[str]
    deleted: Sequence[str]
    whole: Sequence[str]
    history: str


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
    ) -> Recorded:
        """Return the flows of recordings, or of a workspace, which has baselines, too; nothing where none is named.

        Where flows are needed and none are named, they are those of the usual workspace.
        """
        if not paths and workspace is None and not needed:
            return cls()
        loaded = flows_at(paths, workspace, cluster)
        flows = loaded.between(time.since, time.until)
        if workspace is None:
            return cls(flows, problems=tuple(loaded.problems_found))
        with opened_workspace(workspace) as opened:
            return cls(flows, opened.baselines(), opened.address_book(), tuple(loaded.problems_found))


def simulation_asked(
    cluster: Cluster, asked: ChangeAsked, known: Recorded, semantics: Semantics, progress: Progress
) -> Simulation:
    """Return what a change does.

    Raises
    ------
    WorkbenchError
        If a path is not there, holds no policy, or a policy to be deleted is not there.
    """
    from workbench.inventory import load_manifests  # noqa: PLC0415  (as below)
    from workbench.whatif import History, simulate  # noqa: PLC0415  (brings pandas)

    return simulate(
        cluster,
        load_manifests(asked.whole) if asked.whole else list(asked.added),
        known.flows,
        known.baselines or None,
        remove=asked.deleted,
        history=History.read(asked.history) if asked.history else None,
        book=known.book,
        semantics=semantics,
        progress=progress,
    )
