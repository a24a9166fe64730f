"""``netpol-workbench flows summary``, ``edges``, ``dns`` and ``timeline``: questions to what was seen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.flows_options import (
    ClusterOptions,
    Denied,
    DestinationEnd,
    External,
    FlowFiles,
    FlowOptions,
    InNamespace,
    NewSince,
    Plain,
    SourceEnd,
    TimeOptions,
)
from workbench.cli.grouped import grouped
from workbench.cli.options import ANSWER, OutputFile, Quiet, TableFormat, Verbose
from workbench.cli.verdict import ProblemReporter

if TYPE_CHECKING:
    import pandas as pd

    from workbench.flows import Flows

from workbench.cli.flows_answers import Asked, answer, names_wanted, shown, tell_unmatched
from workbench.ground import count_of

__all__ = ["flows_dns", "flows_edges", "flows_summary", "flows_timeline"]

_EDGES = ("src", "dst", "dst_domains", "protocol", "port", "flows", "connections", "bytes", "verdicts", "last_seen")
_DNS = ("src", "name", "address", "answers", "first_seen", "last_seen")
"""The columns that people read first; files for programs have them all."""


@grouped
def flows_summary(  # noqa: PLR0913  (one parameter an option)
    files: FlowFiles = None,
    *,
    source: FlowOptions,
    time: TimeOptions,
    output: TableFormat = None,
    file: OutputFile = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show how many flows there are of each format and verdict, and of which time.

    ```
    netpol-workbench flows summary
    netpol-workbench flows summary hubble.jsonl
    ```
    """
    verdict = ProblemReporter(quiet=quiet, verbose=verbose, answer="summary")
    asked = Asked(files, source, time, output, file, verdict)
    answer(asked, lambda flows: flows.summary(), shown)


@grouped
def flows_edges(  # noqa: PLR0913  (one parameter an option)
    files: FlowFiles = None,
    *,
    source: FlowOptions,
    cluster: ClusterOptions,
    src: SourceEnd = None,
    dst: DestinationEnd = None,
    in_namespace: InNamespace = None,
    external: External = False,
    time: TimeOptions,
    new_since: NewSince = None,
    denied: Denied = False,
    uncertain: Annotated[
        bool,
        typer.Option(
            "--uncertain",
            help="Keep to edges with flows of which it is not certain which end is the client.",
            rich_help_panel=ANSWER,
        ),
    ] = False,
    plain: Plain = False,
    output: TableFormat = None,
    file: OutputFile = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show which workloads talked to which: a row for each client, server, protocol and port.

    ```
    netpol-workbench flows edges --manifests manifests/
    netpol-workbench flows edges hubble.jsonl --denied --since yesterday -f denied.csv
    netpol-workbench flows edges --dst shop/db --new-since '2 days ago'
    netpol-workbench flows edges --in-namespace shop --external
    ```
    """
    verdict = ProblemReporter(quiet=quiet, verbose=verbose, answer="answer")
    asked = Asked(files, source, time, output, file, verdict, cluster, denied, names_wanted(src, dst, plain=plain))

    def edges(flows: Flows) -> pd.DataFrame:
        if new_since is not None:
            flows.between(new_since, time.until)  # what ends before anything can be new is refused
        found = flows.edges(
            src=src, dst=dst, in_namespace=in_namespace, external=external, new_since=new_since, uncertain=uncertain
        )
        _tell_uncertain(flows, asked)
        tell_unmatched(found, asked, src, dst, in_namespace)
        return found

    answer(asked, edges, partial(shown, columns=_EDGES))


def _tell_uncertain(flows: Flows, asked: Asked) -> None:
    """Say on standard error how many flows there are of which it is not certain which end is the client."""
    uncertain = int(flows.edges(uncertain=True)["flows_uncertain"].sum())
    if uncertain and not asked.verdict.quiet:
        flows_found = count_of(uncertain, "denied flow" if asked.denied else "flow")
        done = "left out" if asked.denied else "listed as recorded"
        why = "it is not certain which end is the client (--uncertain keeps to these)"
        typer.echo(f"{flows_found} {done}: {why}", err=True)


@grouped
def flows_dns(  # noqa: PLR0913  (one parameter an option)
    files: FlowFiles = None,
    *,
    source: FlowOptions,
    cluster: ClusterOptions,
    src: SourceEnd = None,
    in_namespace: InNamespace = None,
    time: TimeOptions,
    output: TableFormat = None,
    file: OutputFile = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show who asked for which name, and which addresses were the answer.

    Hubble tells that where it looks into DNS, and so does Inspektor Gadget's trace_dns.

    ```
    netpol-workbench flows dns --manifests manifests/
    netpol-workbench flows dns hubble.jsonl --src shop/web --since yesterday -f names.csv
    ```
    """
    verdict = ProblemReporter(quiet=quiet, verbose=verbose, answer="answer")
    asked = Asked(files, source, time, output, file, verdict, cluster)

    def names(flows: Flows) -> pd.DataFrame:
        from workbench.flows import EdgeFilter  # noqa: PLC0415  (where flows are installed)

        found = EdgeFilter.of(src, in_namespace=in_namespace).of_frame(flows.dns())
        tell_unmatched(found, asked, src)
        return found

    answer(asked, names, partial(shown, columns=_DNS))


@grouped
def flows_timeline(  # noqa: PLR0913  (one parameter an option)
    files: FlowFiles = None,
    *,
    by: Annotated[
        str,
        typer.Option("--by", metavar="SPAN", help="Length of a span: 1min, 1h, 1d, …", rich_help_panel=ANSWER),
    ] = "1h",
    per: Annotated[
        list[str] | None,
        typer.Option(
            "--per",
            metavar="COLUMN",
            help="Count separately for each value of this column; may be repeated.",
            show_default="verdict",
            rich_help_panel=ANSWER,
        ),
    ] = None,
    source: FlowOptions,
    time: TimeOptions,
    denied: Denied = False,
    output: TableFormat = None,
    file: OutputFile = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show how much was seen in each span of time.

    ```
    netpol-workbench flows timeline --by 1h
    netpol-workbench flows timeline --by 1d --per dst_namespace -f days.csv
    ```
    """
    verdict = ProblemReporter(quiet=quiet, verbose=verbose, answer="timeline")
    asked = Asked(files, source, time, output, file, verdict, denied=denied)
    answer(asked, lambda flows: flows.timeline(by, per or "verdict"))
