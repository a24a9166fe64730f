"""``netpol-workbench workspace declare`` and ``accept``: what a workspace keeps for checks."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from workbench.cli.check_asked import DeclaredOptions
from workbench.cli.grouped import grouped
from workbench.cli.workspace_options import OfCluster, Workspace, opened_workspace, tell_kept
from workbench.ground import json_text, visible

__all__ = ["workspace_accept", "workspace_declare"]


@grouped
def workspace_declare(
    *,
    workspace: Workspace = None,
    cluster: OfCluster = "",
    why: Annotated[str, typer.Option("--why", metavar="TEXT", help="The reason.", show_default=False)] = "",
    declared: DeclaredOptions,
) -> None:
    """Declare of a cluster what no manifest says, for checks; without any option, show what is declared.

    ```
    netpol-workbench workspace declare --cni calico --tenant-label example.org/tenant
    netpol-workbench workspace declare
    ```

    Exit status:

    - 0: it is kept, or shown.
    - 2: the command was not understood, or the workspace cannot be used.
    """
    from workbench.checks import declared_record  # noqa: PLC0415  (brings numpy)

    given = declared != DeclaredOptions()
    with opened_workspace(workspace, must_exist=not given) as opened:
        facts = declared.facts(opened.declared(cluster))
        if not given:
            typer.echo(json_text(declared_record(facts)), nl=False)
            return
        kept = opened.keep_declared(facts, why=why, cluster=cluster)
    tell_kept(kept, ", ".join(f"{name} {value}" for name, value in declared_record(facts).items()))


def workspace_accept(  # noqa: PLR0913  (one parameter an option)
    check: Annotated[str, typer.Argument(metavar="[CHECK]", help="Id of the check, such as NP007.")] = "",
    object_: Annotated[
        str, typer.Argument(metavar="[OBJECT]", help="As 'NetworkPolicy shop/web'; * stands for anything.")
    ] = "",
    *,
    owner: Annotated[str, typer.Option("--owner", metavar="NAME", help="Who answers.", show_default=False)] = "",
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why.", show_default=False)] = "",
    expires: Annotated[
        str, typer.Option("--expires", metavar="DAY", help="The last day, such as 2027-06-30.", show_default="never")
    ] = "",
    workspace: Workspace = None,
    cluster: OfCluster = "",
) -> None:
    """Answer for the findings of a check about an object; without a check, show all that are answered for as YAML.

    ```
    netpol-workbench workspace accept NP007 'NetworkPolicy shop/web' --owner ana --reason 'its port changes'
    netpol-workbench workspace accept > accepted.yaml
    ```

    Exit status:

    - 0: it is kept, or shown.
    - 2: there is no such check, owner or reason are missing, or the workspace cannot be used.
    """
    from workbench.checks import CHECKS, Accepted, AcceptedFinding  # noqa: PLC0415  (brings numpy)

    if not check:
        with opened_workspace(workspace) as opened:
            typer.echo(opened.accepted(cluster).to_yaml(), nl=False)
        return
    CHECKS.named(check)
    if not (object_ and owner.strip() and reason.strip()):
        message = "name the object, and give --owner and --reason"
        raise typer.BadParameter(message)
    with opened_workspace(workspace, must_exist=False) as opened:
        before = opened.accepted(cluster)
        one = AcceptedFinding(check, object_, owner, reason, _day(expires))
        same = (check, object_, "")
        others = tuple(each for each in before.listed if (each.check, each.object, each.fingerprint) != same)
        kept = opened.keep_accepted(Accepted((*others, one)), before, why=reason, cluster=cluster)
    tell_kept(kept, visible(f"{check} of {object_} is accepted by {owner}"))


def _day(text: str) -> date | None:
    """Return a day.

    Raises
    ------
    typer.BadParameter
        If it is none.
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        message = f"{visible(text)} is no day: write it as 2027-06-30"
        raise typer.BadParameter(message, param_hint="'--expires'") from error
