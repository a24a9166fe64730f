"""``netpol-workbench order``: in which order a change is made, so that no step on the way cuts what is to stay."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.asking import semantics_of, verdict_of
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs, load_inputs
from workbench.cli.options import (
    INPUT,
    OUTPUT,
    InputPaths,
    PolicyOptions,
    ReadingOptions,
    ReportingOptions,
    TableFormat,
)
from workbench.cli.progress import shown_progress
from workbench.cli.simulate_asked import ChangedPaths, DeletedPolicies, Recorded
from workbench.cli.workspace_options import Workspace
from workbench.cli.writing import choose_destination, new_folder, write, write_folder
from workbench.ground import visible

__all__ = ["NO_ORDER", "order"]

NO_ORDER = 3
"""Exit status of a change of which no order keeps everything, be it with temporary policies."""


@grouped
def order(  # noqa: PLR0913  (one parameter an option)
    paths: InputPaths = None,
    *,
    change: ChangedPaths = None,
    delete: DeletedPolicies = None,
    flows: Annotated[
        list[str] | None,
        typer.Option(
            "--flows",
            metavar="PATH",
            help="A recording of the flows that are to stay; may be repeated.",
            show_default="those of the workspace",
            rich_help_panel=INPUT,
        ),
    ] = None,
    workspace: Workspace = None,
    output: TableFormat = None,
    folder: Annotated[
        str,
        typer.Option(
            "-d",
            "--output-dir",
            metavar="DIR",
            help="Write a file for each step into this new folder: YAML to apply, or the command that deletes.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = "",
    reading: ReadingOptions,
    policies: PolicyOptions,
    reporting: ReportingOptions,
) -> None:
    """Show in which order to make a change, so that no step on the way cuts flows that are to stay.

    Flows that are allowed before and after are kept by every step. Where no order does that, temporary policies are
    among the steps: they come first and go last. Nothing is applied.

    ```
    netpol-workbench order manifests/ --change policies/ --flows hubble.jsonl.gz
    netpol-workbench order manifests/ --change policies/ -w netpol-workspace -d steps/
    ```

    Exit status:

    - 0: the order was written.
    - 1: there are errors in the manifests or in the change.
    - 2: no Kubernetes object was found, the command was not understood, or nothing is to be kept.
    - 3: no order keeps everything, not even with temporary policies.
    """
    if not (change or delete):
        message = "name policies that change, or that are to be deleted"
        raise typer.BadParameter(message, param_hint="'--change'")
    inputs = Inputs.of(paths, reading)
    destination = choose_destination("table", "order", output=output, file=None)
    target = new_folder(folder)
    verdict = verdict_of(reporting, "order")
    with shown_progress(wanted=not verdict.quiet) as progress:
        cluster = load_inputs(inputs, verdict, progress)
        known = Recorded.of(cluster, flows, workspace, needed=True)
        from workbench.whatif import rollout_order  # noqa: PLC0415  (brings pandas)

        found = rollout_order(
            cluster, list(change or ()), known.flows, remove=delete or (), semantics=semantics_of(policies)
        )
    problems = list(dict.fromkeys((*found.problems_found, *known.problems)))
    refused = verdict.refuses(problems)
    if not refused:
        if target is not None:
            write_folder(found.to_files(), target)
        write(found.render(destination.format_name), destination.file)
        for note in found.notes:
            verdict.remark(visible(note))
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems) or (0 if found.steps or not found.blocked_by else NO_ORDER))
