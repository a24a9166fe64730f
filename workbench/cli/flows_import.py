"""``netpol-workbench flows import`` and ``formats``: take files of flows into a workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.asking import verdict_of
from workbench.cli.flows_loading import mapping_in, within_memory
from workbench.cli.flows_options import FlowOptions
from workbench.cli.grouped import grouped
from workbench.cli.options import ReportingOptions
from workbench.cli.progress import shown_progress
from workbench.cli.verdict import ProblemReporter
from workbench.cli.workspace_options import opened_workspace, refuse_workspaces
from workbench.ground import ProblemError, ProblemLog, Severity, visible

if TYPE_CHECKING:
    from workbench.flows import Imported

__all__ = ["flows_formats", "flows_import"]


@grouped
def flows_import(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="Flow files, folders or archives (tar, zip) of them; - is the standard input.",
            show_default=False,
        ),
    ],
    *,
    source: FlowOptions,
    reporting: ReportingOptions,
) -> None:
    """Import flows into a workspace, which later commands ask.

    A file is imported as a whole or not at all, also if the command is interrupted. A file that was
    imported before changes nothing, and neither do rows that were in another file already. A record
    that cannot be read is reported with its line; the others are imported. What is not a recording among the files
    of a folder or an archive is skipped.

    ```
    netpol-workbench flows import hubble.jsonl calico/flows.log.gz
    netpol-workbench flows import exports/ bundle.tar.gz -w november
    kubectl logs -n kube-system ds/cilium | netpol-workbench flows import -
    netpol-workbench flows import firewall.csv --mapping firewall.yaml
    netpol-workbench flows import hubble-east.jsonl --cluster east
    ```

    Exit status:

    - 0: everything was imported.
    - 1: some records or files could not be read; all others were imported, unless --fail forbade it.
    - 2: the command was not understood, a file does not exist, no file holds flows, or the workspace cannot be written.
    """
    from workbench.flows import import_flows  # noqa: PLC0415  (brings pyarrow and duckdb)

    verdict = verdict_of(reporting, "workspace")
    refuse_workspaces(files)
    log, read = ProblemLog(strict=verdict.fail), 0
    try:
        with (
            opened_workspace(source.workspace, must_exist=False) as workspace,
            within_memory(source.memory_limit),
            shown_progress(wanted=not verdict.quiet, unit="B") as progress,
        ):
            for found in import_flows(
                workspace.flows_for(source.cluster_name),
                files,
                log,
                format_name=source.format_name,
                mapping=mapping_in(source.mapping),
                memory_limit=source.memory_limit,
                progress=progress,
            ):
                read += 1
                if not verdict.quiet:
                    typer.echo(visible(_line(found)))
    except ProblemError as error:
        verdict.report_first([error.problem])
        raise typer.Exit(1) from None
    if not read and all(problem.severity is Severity.INFO for problem in log):
        # An empty folder is a mistake as a name that does not exist is one.
        why = "; ".join(problem.message for problem in log) or "there is no file"
        raise typer.BadParameter(visible(f"no flows were read: {why}"))
    verdict.report(log.items)
    raise typer.Exit(verdict.status(log.items))


def flows_formats() -> None:
    """List the formats that can be imported."""
    from workbench.flows import FORMATS  # noqa: PLC0415  (brings pyarrow and duckdb)

    width = max(map(len, FORMATS.names()))
    for found in FORMATS:
        typer.echo(f"{found.name:{width}}  {found.title}")
    ProblemReporter(answer="list").report(FORMATS.problems)


def _line(found: Imported) -> str:
    """Return what became of a file."""
    batch = found.batch
    if not found.is_new:
        return f"{batch.file}: imported before ({batch.rows:,} rows)"
    no_flows = ", ".join(f"{count:,} {reason}" for reason, count in batch.skipped.items())
    rest = [f"no flows: {no_flows}"] if no_flows else []
    if batch.duplicates:
        rest.append(f"{batch.duplicates:,} were there already")
    if batch.broken:
        rest.append(f"{batch.broken:,} broken")
    return f"{batch.file}: {batch.rows:,} rows of {batch.format}" + (f" ({'; '.join(rest)})" if rest else "")
