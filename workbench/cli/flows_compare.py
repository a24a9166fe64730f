"""``netpol-workbench flows compare``: what is allowed beside what was seen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.asking import semantics_of
from workbench.cli.flows_options import (
    ClusterOptions,
    DestinationEnd,
    External,
    FlowFiles,
    FlowOptions,
    InNamespace,
    Plain,
    SourceEnd,
    TimeOptions,
)
from workbench.cli.grouped import grouped
from workbench.cli.options import ANSWER, OutputFile, PolicyOptions, Quiet, TableFormat, Verbose
from workbench.cli.verdict import ProblemReporter
from workbench.flows import Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from workbench.connectivity import Semantics
    from workbench.flows import Flows

from workbench.cli.flows_answers import Asked, answer, names_wanted, shown, tell_unmatched
from workbench.ground import ArgumentError

__all__ = ["flows_compare"]

_COMPARED = ("status", "meaning", "src", "dst", "ports", "flows", "last_seen", "decided_by", "reason")
"""The columns that people read first; files for programs have them all."""


@grouped
def flows_compare(  # noqa: PLR0913  (one parameter an option)
    files: FlowFiles = None,
    *,
    cluster: ClusterOptions,
    policies: PolicyOptions,
    only: Annotated[
        list[Status] | None,
        typer.Option(
            "--only",
            metavar="STATUS",
            help=f"Keep to this: {', '.join(Status)}; may be repeated.",
            show_default="everything",
            rich_help_panel=ANSWER,
        ),
    ] = None,
    source: FlowOptions,
    src: SourceEnd = None,
    dst: DestinationEnd = None,
    in_namespace: InNamespace = None,
    external: External = False,
    time: TimeOptions,
    plain: Plain = False,
    output: TableFormat = None,
    file: OutputFile = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show what is allowed beside what was seen: in use, never used, passed or denied against the policies.

    What is allowed and was never used (`--only unused`) could be forbidden, as far as the flows tell of a time
    that is long enough. What passed though the policies deny it (`--only not-allowed`) passed before they were
    there, or where nothing enforces them.

    ```
    netpol-workbench flows compare -m manifests/ --only unused
    netpol-workbench flows compare hubble.jsonl -m manifests/ --only not-allowed -f passed.csv
    ```
    """
    verdict = ProblemReporter(quiet=quiet, verbose=verbose, answer="comparison")
    cluster.check(needed=True)
    semantics = semantics_of(policies)
    asked = Asked(files, source, time, output, file, verdict, cluster, named=names_wanted(src, dst, plain=plain))

    def compared(flows: Flows) -> pd.DataFrame:
        from workbench.flows import EdgeFilter  # noqa: PLC0415  (where flows are installed)

        edge_filter = EdgeFilter.of(src, dst, in_namespace, external=external)
        kept = edge_filter.of_frame(_compared(flows, semantics, only or Status))
        tell_unmatched(kept, asked, src, dst, in_namespace)
        return kept

    answer(asked, compared, partial(shown, columns=_COMPARED))


def _compared(flows: Flows, semantics: Semantics, only: Iterable[Status]) -> pd.DataFrame:
    from workbench.connectivity import evaluate  # noqa: PLC0415  (likewise)
    from workbench.flows import compare  # noqa: PLC0415

    if flows.cluster is None:
        message = "what is allowed is not known without manifests"
        raise ArgumentError(message)
    found = compare(evaluate(flows.cluster, semantics=semantics), flows).to_frame()
    return found[found["status"].isin(list(only))]
