"""``netpol-workbench workspace undo``, ``export``, ``import``, ``delete-flows``: what changes or carries it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.options import OutputFile
from workbench.cli.workspace_options import OfCluster, Workspace, opened_workspace, tell_kept
from workbench.cli.writing import write
from workbench.ground import NotFoundError, count_of, visible

if TYPE_CHECKING:
    from workbench.workspace import Conflict, WhoseValue

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
    ours: Annotated[
        bool, typer.Option("--ours", help="Of what both decided otherwise, keep what is in the workspace.")
    ] = False,
    theirs: Annotated[
        bool, typer.Option("--theirs", help="Of what both decided otherwise, take what FILE has.")
    ] = False,
    ours_of: Annotated[
        list[str] | None,
        typer.Option(
            "--ours-of",
            metavar="KEY",
            help="Keep this record as it is in the workspace: its key, or its kind and key; may be repeated.",
            show_default=False,
        ),
    ] = None,
    theirs_of: Annotated[
        list[str] | None,
        typer.Option(
            "--theirs-of",
            metavar="KEY",
            help="Take this record as FILE has it: its key, or its kind and key; may be repeated.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Take the decisions of an export that are not in the workspace yet, each with who, when and why.

    Where both went on from a common beginning, what only one of them changed is as that one left it. What both decided
    otherwise is listed with both sides, and stays as it is until you say whose value holds.

    ```
    netpol-workbench workspace import decisions.yaml
    netpol-workbench workspace import bens-decisions.yaml --theirs-of 'block 203.0.113.0/24' --ours
    ```

    Exit status:

    - 0: what the file has is in the workspace.
    - 1: both decided otherwise about something, and it is not said whose value holds; all else was taken.
    - 2: the file is not as it was exported, or has no decision in common with the workspace; nothing was taken.
    """
    if ours and theirs:
        message = "whose value holds is said for all at once, or for single ones with --ours-of and --theirs-of"
        raise typer.BadParameter(message, param_hint="'--theirs'")
    choices = _Choices("ours" if ours else "theirs" if theirs else None, ours_of or (), theirs_of or ())
    with opened_workspace(workspace, must_exist=False) as opened:
        made = opened.merge_decisions(file, choices.of)
    if made.taken:
        numbers = f"{made.taken[0].id}" if len(made.taken) == 1 else f"{made.taken[0].id} to {made.taken[-1].id}"
        typer.echo(f"{count_of(len(made.taken), 'decision')} imported: {numbers}")
    elif not made.conflicts:
        typer.echo("nothing is new: all decisions of the file are in the workspace")
    for conflict in made.conflicts:
        typer.echo(visible(conflict.title))
    for key in choices.unused:
        typer.echo(visible(f"nothing that both decided otherwise is called {key}"), err=True)
    if made.conflicts:
        typer.echo(
            f"both decided otherwise about {count_of(len(made.conflicts), 'record')}: say whose value holds, with "
            "--ours, --theirs, --ours-of KEY or --theirs-of KEY",
            err=True,
        )
        raise typer.Exit(1)


class _Choices:
    """Whose value holds, as a person said it."""

    def __init__(self, usual: WhoseValue | None, ours: Iterable[str], theirs: Iterable[str]) -> None:
        self._usual = usual
        self._said: dict[str, WhoseValue] = {**dict.fromkeys(ours, "ours"), **dict.fromkeys(theirs, "theirs")}
        self.unused = list(self._said)

    def of(self, conflict: Conflict) -> WhoseValue | None:
        for name in (f"{conflict.kind} {conflict.key}", conflict.key):
            if name in self._said:
                self.unused = [one for one in self.unused if one != name]
                return self._said[name]
        return self._usual


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
