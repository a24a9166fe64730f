"""``netpol-workbench baseline status|anomalies|violations|assurance|export``: what baselines say."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.baseline_options import SomeNames, documents_in
from workbench.cli.flows_answers import Asked, answer, asked_imports, shown
from workbench.cli.flows_options import ClusterOptions, FlowFiles, FlowOptions, TimeOptions
from workbench.cli.grouped import grouped
from workbench.cli.options import (
    ANSWER,
    OUTPUT,
    OutputFile,
    Quiet,
    TableFormat,
    Verbose,
    ViolationsFormat,
)
from workbench.cli.verdict import ProblemReporter
from workbench.cli.workspace_options import OfCluster, Workspace, opened_workspace, tell_unread
from workbench.cli.writing import choose_destination, write, write_table
from workbench.ground import count_of, json_text

if TYPE_CHECKING:
    import pandas as pd

    from workbench.baseline import Baselines
    from workbench.ground import Problem

__all__ = [
    "VIOLATED",
    "baseline_anomalies",
    "baseline_assurance",
    "baseline_export",
    "baseline_status",
    "baseline_violations",
]

VIOLATED = 3
"""Exit status that ``--exit-code`` gives to violations: 1 already stands for errors in the input."""
_ANOMALY = (
    "workload",
    "direction",
    "peer",
    "seen_as",
    "protocol",
    "port",
    "marked",
    "flows",
    "flows_denied",
    "last_seen",
    "cluster",
)
_TIMES = ("begun", "period_end")
_ASSURANCE = ("workload", "sure", "period", "suggested", "covered", "reason", "cluster")


def baseline_status(
    names: SomeNames = None,
    *,
    workspace: Workspace = None,
    cluster: OfCluster = "",
    output: TableFormat = None,
    file: OutputFile = None,
) -> None:
    """List baselines: whether each is observed, over, or locked, and how much it knows.

    ```
    netpol-workbench baseline status payments -w shop
    ```
    """
    destination = choose_destination("table", "baselines", output=output, file=file)
    baselines, problems = _kept(workspace, cluster, names)
    found = baselines.summary(datetime.now(UTC))
    if destination.is_text:
        found = shown(found.assign(**{time: found[time].dt.strftime("%Y-%m-%d %H:%M") for time in _TIMES}))
    write_table(found, destination)
    verdict = ProblemReporter(answer="list of baselines")
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems))


@grouped
def baseline_anomalies(  # noqa: PLR0913  (one parameter an option)
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
    """List what was seen and is in no baseline: when, how often, and who else does it.

    ```
    netpol-workbench baseline anomalies next-day.jsonl -m manifests/ -w shop
    netpol-workbench baseline anomalies -w shop --since yesterday -f anomalies.csv
    ```
    """
    verdict = ProblemReporter(quiet=quiet, verbose=verbose, answer="list of anomalies")
    asked = Asked(files, source, time, output, file, verdict, cluster, decided=True)
    baselines, unread = _kept(source.workspace, source.cluster_name)
    answer(asked, baselines.anomalies, partial(shown, columns=_ANOMALY), unread)


@grouped
def baseline_assurance(  # noqa: PLR0913  (one parameter an option)
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
    """Show how sure each baseline is, why not more, and how long its workload is better observed.

    Asked about the flows that were learnt from. With manifests, CronJobs tell which jobs run more rarely than the
    observation is long.

    ```
    netpol-workbench baseline assurance hubble.jsonl -m manifests/ -w shop
    netpol-workbench baseline assurance -m manifests/ -w shop -f assurance.csv
    ```
    """
    from workbench.baseline import assurance, period_text  # noqa: PLC0415  (brings pandas)

    verdict = ProblemReporter(quiet=quiet, verbose=verbose, answer="answer")
    asked = Asked(files, source, time, output, file, verdict, cluster, decided=True)
    baselines, unread = _kept(source.workspace, source.cluster_name)

    def in_words(found: pd.DataFrame) -> pd.DataFrame:
        lengths = {length: found[length].map(period_text) for length in ("period", "suggested")}
        shares = {share: found[share].map("{:.0%}".format) for share in ("sure", "covered")}
        return shown(found.assign(**lengths, **shares), _ASSURANCE)

    answer(asked, lambda flows: assurance(baselines, flows.cluster, flows), in_words, unread)


@grouped
def baseline_violations(  # noqa: PLR0913  (one parameter an option)
    files: FlowFiles = None,
    *,
    cluster: ClusterOptions,
    source: FlowOptions,
    time: TimeOptions,
    output: ViolationsFormat = None,
    file: OutputFile = None,
    new: Annotated[
        bool,
        typer.Option(
            "--new",
            help="Keep to what the last import brought, or the last FILE: violations of flows that were there before "
            "it are left out.",
            rich_help_panel=ANSWER,
        ),
    ] = False,
    exit_code: Annotated[
        bool,
        typer.Option(
            "--exit-code",
            help=f"Exit with {VIOLATED} if there are violations that are not suppressed.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show what locked baselines lack and was seen all the same, a row for each workload at its ends.

    What was suppressed is listed, with the reason.

    ```
    netpol-workbench baseline violations next-day.jsonl -m manifests/ -w shop
    netpol-workbench baseline violations -w shop --since yesterday -f violations.sarif --exit-code
    netpol-workbench flows import today.jsonl -w shop && netpol-workbench baseline violations -w shop --new
    ```

    Exit status:

    - 0: the answer was written, whatever it says.
    - 1: there are errors in the input. The answer about all that could be read is written all the same.
    - 2: the command was not understood, there is no baseline, or a file does not exist or cannot be written.
    - 3: with --exit-code only: there are violations, and no errors.
    """
    from workbench.baseline import stream_of  # noqa: PLC0415  (brings pandas)

    destination = choose_destination("violations", "violations", output=output, file=file)
    verdict = ProblemReporter(quiet=quiet, verbose=verbose, answer="list of violations")
    asked = Asked(files, source, time, output, file, verdict, cluster, decided=True)
    baselines, unread = _kept(source.workspace, source.cluster_name)
    imports, problems = asked_imports(asked, apart=new)
    problems = [*problems, *unread]
    *_, found = stream_of(baselines, imports)
    write(found.render(destination.format_name), destination.file)
    if not quiet and not any(head.locked for head in baselines.heads.values()):
        typer.echo("no baseline is locked, and only locked ones raise violations: `baseline lock` locks them", err=True)
    elif not quiet:
        hidden = len(found) - len(found.raised)
        more = f", {hidden:,} suppressed" if hidden else ""
        typer.echo(f"{count_of(len(found.raised), 'violation')}{more}", err=True)
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems) or (VIOLATED if exit_code and len(found.raised) else 0))


def baseline_export(
    names: SomeNames = None,
    *,
    workspace: Workspace = None,
    cluster: OfCluster = "",
    cluster_id: Annotated[
        str, typer.Option("--cluster-id", metavar="ID", help="The cluster's id in it.", show_default=False)
    ] = "",
    like: Annotated[
        list[str] | None,
        typer.Option(
            "--like",
            metavar="JSON",
            help="Give deployments the ids that they have in this file of baselines; may be repeated.",
            show_default=False,
        ),
    ] = None,
    file: OutputFile = None,
) -> None:
    """Write baselines as the JSON that Red Hat ACS has for them.

    Names outside are written with their blocks, as the address book of the workspace knows them. Deployments have
    their names for ids, unless a file that Red Hat ACS has written tells these.

    ```
    netpol-workbench baseline export payments -w shop -f baselines.json
    netpol-workbench baseline export -w shop --like from-acs.json --cluster-id 9f0c
    ```
    """
    from workbench.baseline import rhacs_ids, to_rhacs  # noqa: PLC0415  (brings pandas)

    documents = documents_in(like or ())
    with opened_workspace(workspace) as opened:
        baselines, book = _some(opened.baselines(cluster), names), opened.address_book(cluster)
    ids = rhacs_ids(documents, names=baselines.heads)
    write(json_text(to_rhacs(baselines, ids=ids, cluster_id=cluster_id, book=book)), file)
    tell_unread((*baselines.problems, *book.problems), "file")


def _kept(workspace: str | None, cluster: str, names: list[str] | None = None) -> tuple[Baselines, tuple[Problem, ...]]:
    """Return the baselines of some workloads as they are kept, and what of them is not read.

    Raises
    ------
    NotFoundError
        As of `_some`.
    """
    with opened_workspace(workspace) as opened:
        found = opened.baselines(cluster)
    return _some(found, names), found.problems


def _some(baselines: Baselines, names: list[str] | None) -> Baselines:
    """Return the baselines of some workloads; of all without names, if any are kept.

    Raises
    ------
    NotFoundError
        If there are none, or a name means none.
    """
    return baselines if baselines.unread and not (names or baselines) else baselines.of(names or "*")
