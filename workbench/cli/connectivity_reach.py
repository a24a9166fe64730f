"""``netpol-workbench connectivity reach``: how far one gets over several connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.asking import Request, answer_on_map, semantics_of, verdict_of
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs
from workbench.cli.options import (
    ANSWER,
    OutputFile,
    PolicyOptions,
    ReadingOptions,
    Reference,
    ReportingOptions,
    TableFormat,
)
from workbench.cli.writing import choose_destination
from workbench.ground import ANSWER_FORMATS, MAX_PORT, MIN_PORT

if TYPE_CHECKING:
    import pandas as pd

    from workbench.connectivity import Connectivity

__all__ = ["connectivity_reach"]


@grouped
def connectivity_reach(  # noqa: PLR0913  (one parameter an option)
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SRC] DIR...",
            help="Where the path begins (a workload, an address or block, or ingress-controller; none with "
            "--blast-radius), then folders, files or archives with manifests; - reads standard input.",
            show_default=False,
        ),
    ] = None,
    *,
    targets: Annotated[
        list[str] | None,
        typer.Option(
            "--to",
            metavar="NAMES",
            help="Show a shortest path to each of these workloads, step by step; names may be comma-joined.",
            show_default=False,
            rich_help_panel=ANSWER,
        ),
    ] = None,
    hops: Annotated[
        int | None,
        typer.Option(
            "--hops",
            metavar="NUMBER",
            min=1,
            help="Follow at most this many connections in a row.",
            show_default="any number",
            rich_help_panel=ANSWER,
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            "-p",
            "--port",
            metavar="PORT",
            min=MIN_PORT,
            max=MAX_PORT,
            help="Keep to connections that may use this port.",
            show_default="all ports",
            rich_help_panel=ANSWER,
        ),
    ] = None,
    protocol: Annotated[
        str,
        typer.Option(
            "--protocol", metavar="PROTOCOL", help="tcp, udp or sctp: the protocol of PORT.", rich_help_panel=ANSWER
        ),
    ] = "TCP",
    blast_radius: Annotated[
        bool,
        typer.Option(
            "--blast-radius",
            help="List how many others each workload reaches, directly and over any number of hops, the most first.",
            rich_help_panel=ANSWER,
        ),
    ] = False,
    output: TableFormat = None,
    file: OutputFile = None,
    reference: Reference = False,
    reading: ReadingOptions,
    policies: PolicyOptions,
    reporting: ReportingOptions,
) -> None:
    """Show what SRC can reach, directly or through other workloads: what a break-in at SRC puts at risk.

    Every step of a path is a connection that the policies allow.

    ```
    netpol-workbench connectivity reach shop/web manifests/
    netpol-workbench connectivity reach 0.0.0.0/0 manifests/ --to shop/db --port 443
    netpol-workbench connectivity reach --blast-radius manifests/ -f radius.csv
    ```

    Exit status:

    - 0: the answer was written, whatever it says.
    - 1: there are errors in the manifests. The answer is about what could be read, unless --strict
      or --fail forbid it.
    - 2: no Kubernetes object was found, the command was not understood, a name is unknown or
      ambiguous, or a folder or file does not exist or cannot be written.
    """
    rest = list(words or ())
    if not (rest or blast_radius):
        message = "it is missing"
        raise typer.BadParameter(message, param_hint="SRC")
    source = "" if blast_radius else rest.pop(0)
    inputs = Inputs.of(rest, reading)
    if blast_radius and (targets or hops is not None):
        message = "it covers all workloads and any number of hops: leave out --to and --hops"
        raise typer.BadParameter(message, param_hint="'--blast-radius'")
    destination = choose_destination("table", "reach", output=output, file=file)
    names = [name.strip() for joined in targets or () for name in joined.split(",") if name.strip()]

    def table_of(found: Connectivity) -> pd.DataFrame:
        if blast_radius:
            counted = found.blast_radius(port=port, protocol=protocol)
            return counted.sort_values(["reached", "direct"], ascending=False, kind="stable")
        if names:
            return found.paths(source, names, hops=hops, port=port, protocol=protocol)
        reached = found.reach(source, hops=hops, port=port, protocol=protocol)
        return reached if destination.format_name == "json" else reached.assign(path=reached["path"].map(" → ".join))

    verdict = verdict_of(reporting, "answer")
    semantics = semantics_of(policies, reference=reference)
    question = Request(inputs, destination, verdict, reference=reference, semantics=semantics)
    answer_on_map(question, lambda found: ANSWER_FORMATS.render("table", destination.format_name, table_of(found)))
