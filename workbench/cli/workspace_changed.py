"""``netpol-workbench workspace undo``, ``export``, ``import``, ``delete-flows``: what changes or carries it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.options import OutputFile
from workbench.cli.workspace_options import OfCluster, Workspace, opened_workspace, tell_kept
from workbench.cli.writing import write
from workbench.ground import NotFoundError, count_of, visible

__all__ = ["workspace_delete_flows", "workspace_export", "workspace_import", "workspace_undo"]


def workspace_undo(
    decision: Annotated[
        int | None,
        typer.Argument(
            metavar="[ID]", help="Number of a decision, as `history` lists it.", show_default="the last one"
        ),
    ] = None,
    *,
    workspace: Workspace = None,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason.", show_default=False)] = "",
) -> None:
    """Take a decision back. That is a decision, too: undo its number to have the first again.

    ```
    netpol-workbench workspace undo
    netpol-workbench workspace undo 12 --why 'not our network'
    ```

    Exit status:

    - 0: it was taken back.
    - 2: there is no such decision, it is undone already, or a later one changed one of its values: undo that one first.
    """
    with opened_workspace(workspace) as opened:
        if decision is None:
            last = opened.last_undoable()
            if last is None:
                message = "nothing was decided that could be undone"
                raise NotFoundError(message)
            decision = last.id
        made = opened.undo(decision, why)
    changed = count_of(len(made.changes), "value")
    typer.echo(visible(f"decision {made.id} undoes decision {decision}: {changed} as before"))


def workspace_remove(
    kind: Annotated[
        str, typer.Argument(metavar="KIND", help="As `history` lists it, such as view.", show_default=False)
    ],
    key: Annotated[
        str, typer.Argument(metavar="KEY", help="Which of them, as `history` lists it.", show_default=False)
    ],
    *,
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason.", show_default=False)] = "",
    cluster: OfCluster = "",
    workspace: Workspace = None,
) -> None:
    """Remove one kept record, also one that this version does not read. `workspace undo` brings it back.

    Where `external` and `baseline` have a command for it, that is better: a flow of a baseline is known at both ends.

    ```
    netpol-workbench workspace remove view 'last week'
    ```

    Exit status:

    - 0: it is gone.
    - 2: there is no such record, or no such workspace.
    """
    with opened_workspace(workspace) as opened:
        made = opened.decide({(kind, key): None}, why=why or f"removed {kind} {key}", cluster=cluster)
    if not made.id:
        of = f" of the cluster {cluster}" if cluster else ""
        message = f"there is no record {kind} {key!r}{of}"
        raise NotFoundError(message, "`workspace history` lists what was kept")
    tell_kept(made, f"removed {kind} {key}")


def workspace_export(*, workspace: Workspace = None, file: OutputFile = None) -> None:
    """Write all decisions as YAML, for review in git and for another workspace.

    The oldest comes first, so that in git later decisions are lines at the end; the same history gives the same text.

    ```
    netpol-workbench workspace export -f decisions.yaml
    ```

    Exit status:

    - 0: it was written.
    - 2: the command was not understood, there is no such workspace, or the file cannot be written.
    """
    with opened_workspace(workspace) as opened:
        content = opened.decisions_yaml()
    write(content, file)


def workspace_import(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="As `export` wrote it.", show_default=False)],
    *,
    workspace: Workspace = None,
) -> None:
    """Go on by the decisions of an export: all that are not in the workspace yet, or none of them.

    Each is as it was made, with who, when, why and what it undoes.

    ```
    netpol-workbench workspace import decisions.yaml
    ```

    Exit status:

    - 0: what the file has is in the workspace.
    - 2: the file is not as it was exported, or something else was decided in the workspace; nothing was imported.
    """
    with opened_workspace(workspace, must_exist=False) as opened:
        made = opened.import_decisions(file)
    if made:
        numbers = f"{made[0].id}" if len(made) == 1 else f"{made[0].id} to {made[-1].id}"
        typer.echo(f"{count_of(len(made), 'decision')} imported: {numbers}")
    else:
        typer.echo("nothing is new: all decisions of the file are in the workspace")


def workspace_delete_flows(
    *,
    before: Annotated[
        str,
        typer.Option(
            "--before",
            metavar="TIME",
            help="Delete flows that began before this time: 2026-11-21, '30 days ago', 'last monday'; UTC unless a "
            "zone is given.",
            show_default=False,
        ),
    ],
    workspace: Workspace = None,
    yes: Annotated[bool, typer.Option("-y", "--yes", help="Do not ask.")] = False,
) -> None:
    """Delete old flows. Decisions stay, and a file whose flows were deleted does not bring them back.

    ```
    netpol-workbench workspace delete-flows --before '30 days ago'
    ```

    Exit status:

    - 0: they were deleted, or there are none.
    - 1: a person said no.
    - 2: the command was not understood, or a file of the workspace is damaged; nothing was deleted.
    """
    with opened_workspace(workspace) as opened:
        if not opened.has_flows:
            typer.echo("there are no flows")
            return
        old = len(opened.open_flows().between(None, before))
        if old and not yes:
            typer.confirm(f"Delete {count_of(old, 'flow')} that began before {before}?", abort=True)
        typer.echo(f"{count_of(opened.delete_flows(before), 'flow')} deleted")
