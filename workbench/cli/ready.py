"""``netpol-workbench ready``: what policies admit against what is needed, and a score for a gate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.asking import semantics_of, verdict_of
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs, load_inputs
from workbench.cli.options import (
    ANSWER,
    INPUT,
    OUTPUT,
    InputPaths,
    OutputFile,
    PolicyOptions,
    ReadingOptions,
    ReportingOptions,
    TableFormat,
)
from workbench.cli.progress import shown_progress
from workbench.cli.simulate_asked import Recorded
from workbench.cli.workspace_options import Workspace
from workbench.cli.writing import choose_destination, write
from workbench.ground import ANSWER_FORMATS, visible

if TYPE_CHECKING:
    import pandas as pd

    from workbench.whatif import Readiness

__all__ = ["NOTHING_KNOWN", "NOT_READY", "ready"]

NOT_READY = 3
"""Exit status that ``--at-least`` gives where the cluster or a namespace scores less."""
NOTHING_KNOWN = 4
"""Exit status that it gives where there is no edge to judge by."""
ALL = "all"


@grouped
def ready(  # noqa: PLR0913  (one parameter an option)
    paths: InputPaths = None,
    *,
    flows: Annotated[
        list[str] | None,
        typer.Option(
            "--flows",
            metavar="PATH",
            help="A recording of flows: what was seen to pass is needed; may be repeated.",
            show_default="those of the workspace, where -w is given",
            rich_help_panel=INPUT,
        ),
    ] = None,
    workspace: Workspace = None,
    listed: Annotated[
        list[str] | None,
        typer.Option(
            "--list",
            metavar="FILE",
            help="Connections that are required, a line each: 'shop/web -> shop/db : TCP 5432'; may be repeated.",
            show_default=False,
            rich_help_panel=INPUT,
        ),
    ] = None,
    declared: Annotated[
        bool,
        typer.Option(
            "--declared/--no-declared",
            help="Whether what manifests declare is needed.",
            rich_help_panel=INPUT,
        ),
    ] = True,
    edges: Annotated[
        str,
        typer.Option(
            "--edges",
            metavar="ANSWER",
            help="List the edges with this answer instead: missing, unprotected, unused, correct, or all.",
            show_default=False,
            rich_help_panel=ANSWER,
        ),
    ] = "",
    rules: Annotated[
        bool,
        typer.Option(
            "--rules",
            help="List the rules that admit what nothing needs instead, those that admit the most first.",
            rich_help_panel=ANSWER,
        ),
    ] = False,
    at_least: Annotated[
        float | None,
        typer.Option(
            "--at-least",
            metavar="SCORE",
            min=0,
            max=100,
            help=f"Exit with {NOT_READY} if the cluster or a namespace scores less.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    output: TableFormat = None,
    file: OutputFile = None,
    reading: ReadingOptions,
    policies: PolicyOptions,
    reporting: ReportingOptions,
) -> None:
    """Show what policies admit against what is needed, with a score for each namespace.

    Needed is what was seen to pass, what baselines of a workspace know, what manifests declare and what a list says.
    Each edge is correct, missing (needed and not admitted), unprotected (allowed only because nothing restricts it) or
    unused (admitted, and needed by nothing).

    ```
    netpol-workbench ready manifests/ --flows hubble.jsonl.gz
    netpol-workbench ready manifests/ -w netpol-workspace --list required.txt --edges missing,unprotected
    netpol-workbench ready manifests/ --flows hubble.jsonl.gz --rules
    netpol-workbench ready manifests/ --flows hubble.jsonl.gz --at-least 90 -o md
    ```

    Exit status:

    - 0: the answer was written, whatever it says.
    - 1: there are errors in the manifests. The answer about all that could be read is written all the same, unless
      --strict or --fail forbid it.
    - 2: no Kubernetes object was found, the command was not understood, or a file does not exist or cannot be written.
    - 3: with --at-least only: the cluster or a namespace scores less.
    - 4: with --at-least only: there is no edge to judge by.
    """
    if rules and edges:
        message = "name either --rules or --edges"
        raise typer.BadParameter(message, param_hint="'--rules'")
    inputs = Inputs.of(paths, reading)
    destination = choose_destination("table", "readiness", output=output, file=file)
    verdict = verdict_of(reporting, "readiness")
    with shown_progress(wanted=not verdict.quiet) as progress:
        cluster = load_inputs(inputs, verdict, progress)
        known = Recorded.of(cluster, flows, workspace)
        from workbench.whatif import readiness  # noqa: PLC0415  (brings pandas)

        found = readiness(
            cluster,
            known.flows,
            known.baselines or None,
            [Path(one) for one in listed or ()],
            declared,
            semantics=semantics_of(policies),
            progress=progress,
        )
        problems = list(dict.fromkeys((*found.problems_found, *known.problems)))
        refused = verdict.refuses(problems)
        rows = found.rules() if rules else _rows(found, edges)
        content = "" if refused else ANSWER_FORMATS.render("table", destination.format_name, rows)
    if not refused:
        write(content, destination.file)
        for note in found.notes:
            verdict.remark(visible(note))
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems) or _status(found, at_least))


def _rows(found: Readiness, edges: str) -> pd.DataFrame:
    """Return the namespaces, or the edges with the answers that are asked for.

    Raises
    ------
    typer.BadParameter
        If there is no such answer.
    """
    from workbench.whatif import ReadyAnswer  # noqa: PLC0415  (as above)

    if not edges:
        return found.namespaces()
    rows = found.to_frame()
    if edges == ALL:
        return rows
    wanted = edges.split(",")
    if strange := [one for one in wanted if one not in set(ReadyAnswer)]:
        message = f"{visible(strange[0])}: an edge is {', '.join(one.value for one in ReadyAnswer)}"
        raise typer.BadParameter(message, param_hint="'--edges'")
    return rows[rows["answer"].isin(wanted)].reset_index(drop=True)


def _status(found: Readiness, at_least: float | None) -> int:
    if at_least is None:
        return 0
    reached = found.reaches(at_least)
    return NOTHING_KNOWN if reached is None else 0 if reached else NOT_READY
