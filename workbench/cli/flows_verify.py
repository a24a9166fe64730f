"""``netpol-workbench flows verify``: whether a store still holds what was imported."""

from __future__ import annotations

import typer

from workbench.cli.flows_options import DEFAULT_STORE, Store
from workbench.cli.options import Quiet
from workbench.cli.verdict import ProblemReporter
from workbench.ground import visible

__all__ = ["flows_verify"]


def flows_verify(*, store: Store = DEFAULT_STORE, quiet: Quiet = False) -> None:
    """Read a whole store, and tell which of its files are damaged.

    Each file of Parquet is compared with what was written when it was imported. Questions leave out what is
    damaged, and say so; to import the files again that are named puts it right.

    ```
    netpol-workbench flows verify
    netpol-workbench flows verify --store flows-of-november
    ```

    Exit status:

    - 0: the store holds what was imported.
    - 1: something is damaged.
    - 2: the command was not understood, or there is no store.
    """
    from workbench.flows import FlowStore  # noqa: PLC0415  (brings filelock)

    held = FlowStore(store)
    batches = held.batches()
    problems = held.problems()
    if not batches:
        message = f"nothing was imported into {visible(store)} yet"
        raise typer.BadParameter(message)
    verdict = ProblemReporter(quiet=quiet, answer="check")
    if not problems and not quiet:
        rows = sum(batch.rows for batch in batches)
        typer.echo(f"{visible(store)}: all {rows:,} rows of {len(batches):,} files can be read")
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems))
