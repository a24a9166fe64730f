"""The option that names the workspace, and how commands open it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer

from workbench.cli.options import ANSWER
from workbench.cli.verdict import ProblemReporter
from workbench.ground import visible

if TYPE_CHECKING:
    from workbench.ground import Problem
    from workbench.workspace import KeptDecision, Settings
    from workbench.workspace import Workspace as OpenedWorkspace

__all__ = [
    "KeptCluster",
    "OfCluster",
    "SeenInWorkspace",
    "Workspace",
    "has_flows",
    "keep_changed",
    "opened_workspace",
    "refuse_workspaces",
    "tell_kept",
    "tell_unread",
    "usual_choices",
]

Workspace: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "-w",
        "--workspace",
        metavar="PATH",
        help="Folder that keeps what is imported and decided; else NETPOL_WORKBENCH_WORKSPACE of the environment, "
        "else what .netpol-workbench.toml here or in a parent says.",
        show_default="netpol-workspace",
    ),
]
KeptCluster: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--cluster",
        metavar="NAME",
        help="Keep to what is about this cluster, by its name in the workspace.",
        show_default="all",
        rich_help_panel=ANSWER,
    ),
]
OfCluster: TypeAlias = Annotated[
    str,
    typer.Option(
        "--cluster",
        metavar="NAME",
        help="Which cluster it is about, by its name in the workspace, where that has several.",
        show_default=False,
    ),
]
SeenInWorkspace: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "-w",
        "--workspace",
        metavar="PATH",
        help="Mark the connections that were seen in use, by what `flows import` took into this workspace.",
        show_default=False,
        rich_help_panel=ANSWER,
    ),
]
"""Where a workspace is asked only if it is named."""


@contextmanager
def opened_workspace(path: str | None, *, must_exist: bool = True) -> Iterator[OpenedWorkspace]:
    """Give the workspace that an option names, or the usual one, and let go of it in the end.

    Parameters
    ----------
    path : str or None
        What the option `Workspace` was given.
    must_exist : bool
        Whether the command asks only; else the folder is made when something is kept.

    Raises
    ------
    typer.BadParameter
        If there is no such folder though the command asks, or if it is no folder.
    WorkbenchError
        If the settings or the workspace cannot be used.
    """
    from workbench.workspace import Workspace  # noqa: PLC0415  (not before it is asked for)

    settings = usual_choices(path)
    folder = settings.workspace
    if must_exist and not folder.exists():
        message = f"there is no workspace {visible(str(folder))} yet: `flows import` makes it, or name another with -w"
        raise typer.BadParameter(message, param_hint="'--workspace'")
    with Workspace(folder, settings.database, who=settings.who) as workspace:
        yield workspace


def keep_changed(  # noqa: PLR0913  (what all decisions at the command line have in common)
    kind: Literal["baselines", "address_book"],
    path: str | None,
    cluster: str,
    why: str,
    change: Callable[[Any], Any],
    words: str | Callable[[Any, Any], str],
    *,
    must_exist: bool = True,
) -> None:
    """Keep a changed value of a workspace as one decision, and say under which number.

    Parameters
    ----------
    kind : {"baselines", "address_book"}
    path : str or None
        Of the workspace.
    cluster : str
    why : str
        What was decided, where it is empty.
    change : callable
        Returns the changed value.
    words : str or callable
        What was decided; or what says it of the value before and after.
    must_exist : bool
        Whether the workspace is there already.
    """
    with opened_workspace(path, must_exist=must_exist) as workspace:
        before = getattr(workspace, kind)(cluster)
        after = change(before)
        said = words if isinstance(words, str) else words(before, after)
        # What is the same value makes no workspace.
        kept = None if after is before else getattr(workspace, f"keep_{kind}")(after, before, why=why or said)
    tell_kept(kept, said)
    tell_unread(after.problems, kind.replace("_", " "))


def tell_kept(kept: KeptDecision | None, words: str) -> None:
    """Say what was decided, and under which number; or that it was so already.

    Parameters
    ----------
    kept : KeptDecision or None
        None where nothing was to be kept.
    words : str
    """
    typer.echo(
        visible(
            f"decision {kept.id}: {words}" if kept is not None and kept.id else "nothing changed: it was so already"
        )
    )


def tell_unread(problems: Iterable[Problem], answer: str) -> None:
    """Say on standard error which records of a decided value are kept and not read, and what to do.

    Parameters
    ----------
    problems : iterable of Problem
    answer : str
        What the value, or what is made of it, is called.
    """
    ProblemReporter(answer=answer).report(list(problems))


def usual_choices(path: str | None) -> Settings:
    """Return which workspace a command works in, and how.

    Parameters
    ----------
    path : str or None
        What the option `Workspace` was given.

    Raises
    ------
    typer.BadParameter
        If the workspace is no folder.
    ArgumentError
        If the file of settings cannot be used.
    """
    from workbench.workspace import Settings  # noqa: PLC0415  (brings pydantic)

    settings = Settings.read(workspace=path)
    if settings.workspace.exists() and not settings.workspace.is_dir():
        message = f"{visible(str(settings.workspace))} is a file, and a workspace is a folder"
        raise typer.BadParameter(message, param_hint="'--workspace'")
    return settings


def has_flows(path: str | None) -> bool:
    """Tell whether flows were imported into the workspace that an option names, or the usual one.

    Parameters
    ----------
    path : str or None
        What the option `Workspace` was given.
    """
    from workbench.workspace import Workspace  # noqa: PLC0415  (brings the rooms below)

    return Workspace(usual_choices(path).workspace).has_flows


def refuse_workspaces(paths: Iterable[str]) -> None:
    """Say of a workspace that stands where files of flows are expected how it is named.

    Raises
    ------
    typer.BadParameter
        If one of the paths is a workspace.
    """
    from workbench.workspace import Workspace  # noqa: PLC0415  (brings the rooms below)

    for path in paths:
        if Workspace(path).has_flows:
            message = f"{visible(path)} is a workspace, and no file of flows: name it with -w {visible(path)}"
            raise typer.BadParameter(message)
