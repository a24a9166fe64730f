"""``netpol-workbench baseline gone|workloads``: what recordings say of edges and workloads, without any baseline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Final

import typer

from workbench.cli.flows_answers import Asked, answer, shown
from workbench.cli.flows_options import ClusterOptions, FlowFiles, FlowOptions, TimeOptions
from workbench.cli.grouped import grouped
from workbench.cli.options import ANSWER, OutputFile, Quiet, TableFormat, Verbose
from workbench.cli.verdict import ProblemReporter

if TYPE_CHECKING:
    import pandas as pd

    from workbench.flows import Flows

__all__ = ["baseline_gone", "baseline_workloads"]

_GONE: Final = ("src", "dst", "protocol", "port", "runs", "last_seen", "unseen", "probability", "cluster")
_WORKLOADS: Final = ("workload", "status", "runtime_info", "flows", "policies", "cluster")


@grouped
def baseline_gone(  # noqa: PLR0913  (one parameter an option)
    files: FlowFiles = None,
    *,
    at_least: Annotated[
        float,
        typer.Option(
            "--at-least",
            metavar="PROBABILITY",
            min=0.0,
            max=1.0,
            help="Keep to edges that are gone with this probability or a higher one, 0 to 1.",
            rich_help_panel=ANSWER,
        ),
    ] = 0.0,
    cluster: ClusterOptions,
    source: FlowOptions,
    time: TimeOptions,
    output: TableFormat = None,
    file: OutputFile = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show how likely each edge is really gone, and not just between two of its runs; the likeliest first.

    The question is asked for the time at which the last flow was seen. How an edge was used says whether it runs daily,
    weekly or monthly: what was seen on more days is surer.

    ```
    netpol-workbench baseline gone -m manifests/ -w shop --at-least 0.9
    ```

    Exit status:

    - 0: it was shown.
    - 1: there are errors in the input. The answer about all that could be read is written all the same.
    - 2: the command was not understood, there are no flows, or a file does not exist or cannot be written.
    """
    from workbench.baseline import period_text, probably_gone  # noqa: PLC0415  (brings pandas)

    verdict = ProblemReporter(quiet=quiet, verbose=verbose, answer="answer")
    asked = Asked(files, source, time, output, file, verdict, cluster, named=True)

    def likely(flows: Flows) -> pd.DataFrame:
        edges = flows.edges()
        timed = edges[edges["last_seen"].notna()].reset_index(drop=True)
        if untimed := len(edges) - len(timed):
            verdict.remark(f"nothing is said of {untimed:,} edges whose flows have no time")
        last = timed["last_seen"].max() if len(timed) else datetime.now(UTC)
        found = probably_gone(timed, last)
        chosen = found[found["probability"] >= at_least]
        return chosen.sort_values("probability", ascending=False, kind="stable").reset_index(drop=True)

    def in_words(found: pd.DataFrame) -> pd.DataFrame:
        unseen = found["unseen"]
        # Seconds of what was not seen for days say nothing.
        rounded = unseen.dt.floor("min").where(unseen < timedelta(days=1), unseen.dt.floor("h"))
        words = {"unseen": rounded.map(period_text), "probability": found["probability"].map("{:.0%}".format)}
        return shown(found.assign(**words), _GONE)

    answer(asked, likely, in_words)


@grouped
def baseline_workloads(  # noqa: PLR0913  (one parameter an option)
    files: FlowFiles = None,
    *,
    cluster: ClusterOptions,
    source: FlowOptions,
    time: TimeOptions,
    output: TableFormat = None,
    file: OutputFile = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show what is to be done for each workload: a policy is applied, one is recommended, or nothing was recorded.

    A policy is recommended where flows of the workload were recorded, from which `generate` can make one.

    ```
    netpol-workbench baseline workloads hubble.jsonl -m manifests/
    netpol-workbench baseline workloads -m manifests/ -w shop -f workloads.csv
    ```

    Exit status:

    - 0: it was shown.
    - 1: there are errors in the input. The answer about all that could be read is written all the same.
    - 2: the command was not understood, no manifests or no flows are there, or a file cannot be written.
    """
    from workbench.baseline import workload_status  # noqa: PLC0415  (brings pandas)

    cluster.check(needed=True)
    verdict = ProblemReporter(quiet=quiet, verbose=verbose, answer="answer")
    asked = Asked(files, source, time, output, file, verdict, cluster)

    def statuses(flows: Flows) -> pd.DataFrame:
        return workload_status(flows.cluster, flows)  # type: ignore[arg-type]  # manifests are needed

    def in_words(found: pd.DataFrame) -> pd.DataFrame:
        words = found["status"].astype("str").str.replace("-", " ")
        return shown(found.assign(status=words), _WORKLOADS)

    answer(asked, statuses, in_words)
