"""``netpol-workbench permissiveness``: how much is allowed of what could be, and how much of it was used."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.asking import semantics_of, verdict_of
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs, load_inputs
from workbench.cli.options import (
    INPUT,
    InputPaths,
    OutputFile,
    PolicyOptions,
    ReadingOptions,
    ReportingOptions,
    TableFormat,
)
from workbench.cli.progress import shown_progress
from workbench.cli.simulate_asked import JudgedBy, Recorded
from workbench.cli.workspace_options import Workspace
from workbench.cli.writing import choose_destination, write
from workbench.ground import ANSWER_FORMATS

__all__ = ["how_permissive"]


@grouped
def how_permissive(  # noqa: PLR0913  (one parameter an option)
    paths: InputPaths = None,
    *,
    flows: JudgedBy = None,
    workspace: Workspace = None,
    since: Annotated[
        list[str] | None,
        typer.Option(
            "--since",
            metavar="PATH",
            help="Manifests of an earlier time: how the shares have changed; may be repeated.",
            show_default=False,
            rich_help_panel=INPUT,
        ),
    ] = None,
    output: TableFormat = None,
    file: OutputFile = None,
    reading: ReadingOptions,
    policies: PolicyOptions,
    reporting: ReportingOptions,
) -> None:
    """Show how much is allowed of what could be: of each workload, each namespace and the cluster.

    Of a workload, one connection could be from each other workload, one to each, one from the internet and one to it.
    With flows, those that were seen to pass are counted beside. Shares can be compared between snapshots.

    ```
    netpol-workbench permissiveness manifests/
    netpol-workbench permissiveness manifests/ --flows hubble.jsonl.gz -o csv
    netpol-workbench permissiveness manifests/ --since manifests-of-spring/
    ```

    Exit status:

    - 0: the answer was written, whatever it says.
    - 1: there are errors in the manifests. The answer about all that could be read is written all the same, unless
      --strict or --fail forbid it.
    - 2: no Kubernetes object was found, the command was not understood, or a file does not exist or cannot be written.
    """
    inputs = Inputs.of(paths, reading)
    destination = choose_destination("table", "permissiveness", output=output, file=file)
    verdict = verdict_of(reporting, "answer")
    with shown_progress(wanted=not verdict.quiet) as progress:
        from workbench.checks import permissiveness  # noqa: PLC0415  (brings pandas)
        from workbench.connectivity import evaluate  # noqa: PLC0415  (as above)

        semantics = semantics_of(policies)
        cluster = load_inputs(inputs, verdict, progress)
        known = Recorded.of(cluster, flows, workspace)
        found = permissiveness(evaluate(cluster, semantics=semantics, progress=progress), known.flows)
        rows = found.to_frame()
        if since:
            before = load_inputs(Inputs.of(since, reading), verdict, progress)
            rows = found.since(permissiveness(evaluate(before, semantics=semantics, progress=progress)))
        problems = list(dict.fromkeys((*found.problems_found, *known.problems)))
        refused = verdict.refuses(problems)
        content = "" if refused else ANSWER_FORMATS.render("table", destination.format_name, rows)
    if not refused:
        write(content, destination.file)
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems))
