"""``netpol-workbench flows verify``: whether a workspace still holds what was imported."""

from __future__ import annotations

import typer

from workbench.cli.options import Quiet
from workbench.cli.verdict import ProblemReporter
from workbench.cli.workspace_options import Workspace, opened_workspace
from workbench.ground import visible

__all__ = ["flows_verify"]


def flows_verify(*, workspace: Workspace = None, quiet: Quiet = False) -> None:
    """Read all flows of a workspace, and tell which of its files are damaged.

    Each file of Parquet is compared with what was written when it was imported. Questions leave out what is
    damaged, and say so; to import the files again that are named puts it right.

    ```
    netpol-workbench flows verify
    netpol-workbench flows verify -w november
    ```

    Exit status:

    - 0: the workspace holds what was imported.
    - 1: something is damaged.
    - 2: the command was not understood, or nothing was imported.
    """
    with opened_workspace(workspace) as opened:
        place = visible(str(opened.path))
        batches = opened.flows.batches()
        problems = opened.flows.problems()
    if not batches:
        message = f"nothing was imported into {place} yet"
        raise typer.BadParameter(message)
    verdict = ProblemReporter(quiet=quiet, answer="check")
    if not problems and not quiet:
        rows = sum(batch.rows for batch in batches)
        typer.echo(f"{place}: all {rows:,} rows of {len(batches):,} files can be read")
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems))
