"""``netpol-workbench bisect``: which documents of a change cut an edge."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.asking import semantics_of, verdict_of
from workbench.cli.edges_asked import edges_asked, taken
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs, load_inputs
from workbench.cli.options import OutputFile, PolicyOptions, ReadingOptions, ReportingOptions, TableFormat
from workbench.cli.progress import shown_progress
from workbench.cli.simulate_asked import ChangeAsked, ChangedPaths, DeletedPolicies, Recorded, simulation_asked
from workbench.cli.writing import choose_destination, write_table
from workbench.ground import visible

__all__ = ["bisect"]


@grouped
def bisect(  # noqa: PLR0913  (one parameter an option)
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SRC DST PORT DIR...",
            help="The edge: its two ends (workloads, pods, Services or addresses) and the port, such as 5432 or "
            "'UDP 53'; then folders, files or archives with manifests; - reads standard input.",
            show_default=False,
        ),
    ] = None,
    *,
    change: ChangedPaths = None,
    delete: DeletedPolicies = None,
    output: TableFormat = None,
    file: OutputFile = None,
    reading: ReadingOptions,
    policies: PolicyOptions,
    reporting: ReportingOptions,
) -> None:
    """Find the documents of a change that cut an edge: those that do it alone, and those without which it stays.

    Each row is a set of documents that holds nothing needless: `cuts`, if they cut the edge when nothing else of the
    change is made, or `keeps`, if the rest of the change keeps it without them.

    ```
    netpol-workbench bisect shop/web shop/db 5432 manifests/ --change policies/
    netpol-workbench bisect shop/web kube-system/coredns 'UDP 53' manifests/ --change policies/ -o json
    netpol-workbench bisect shop/web 8.8.8.8 443 manifests/ --change new.yaml --delete 'NetworkPolicy shop/out'
    ```

    Exit status:

    - 0: the answer was written.
    - 1: there are errors in the manifests or in the change.
    - 2: no Kubernetes object was found, the command was not understood, or the change does not cut the edge.
    """
    rest = list(words or ())
    src, dst, port = (taken(rest, name) for name in ("SRC", "DST", "PORT"))
    edges = list(edges_asked([f"{src} -> {dst} : {port}"], "PORT"))
    if len(edges) != 1:
        message = f"{visible(port)} is not one port: write 5432, or 'UDP 53'"
        raise typer.BadParameter(message, param_hint="PORT")
    asked = ChangeAsked.of(change, delete)
    inputs = Inputs.of(rest, reading)
    destination = choose_destination("table", "bisection", output=output, file=file)
    verdict = verdict_of(reporting, "bisection")
    with shown_progress(wanted=not verdict.quiet) as progress:
        cluster = load_inputs(inputs, verdict, progress)
        simulation = simulation_asked(cluster, asked, Recorded(), semantics_of(policies), progress, reading.namespace)
        from workbench.whatif import bisect as bisected  # noqa: PLC0415  (brings pandas)

        found = bisected(simulation, edges[0])
        problems = list(dict.fromkeys((*cluster.problems_found, *found.problems_found)))
        refused = verdict.refuses(problems)
    if not refused:
        write_table(found.to_frame(), destination)
        for note in found.notes:
            verdict.remark(visible(note))
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems))
