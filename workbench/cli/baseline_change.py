"""``netpol-workbench baseline mode|suppress|follow|import``: what changes baselines besides what was seen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from workbench.cli.asking import verdict_of
from workbench.cli.baseline_decide import FlowEnds, Protocol, Rows, decide_flows
from workbench.cli.baseline_options import BaselineNames, Why, decide, documents_in
from workbench.cli.flows_options import ClusterOptions
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs, load_inputs
from workbench.cli.options import Quiet, ReadingOptions, ReportingOptions, Verbose
from workbench.cli.progress import shown_progress
from workbench.cli.two_inputs import SideOptions, two_inputs
from workbench.cli.verdict import ProblemReporter
from workbench.cli.workspace_options import OfCluster, Workspace
from workbench.ground import ProblemLog, count_of, visible

if TYPE_CHECKING:
    import pandas as pd

    from workbench.baseline import Baselines, Side

__all__ = ["baseline_follow", "baseline_import", "baseline_mode", "baseline_note", "baseline_suppress"]


def baseline_mode(
    mode: Annotated[
        Literal["discover", "monitor", "protect"],
        typer.Argument(
            metavar="MODE",
            help="discover: observe and learn. monitor: the observation is over, and there are anomalies without "
            "violations. protect: locked, and what is not known is a violation.",
            show_default=False,
        ),
    ],
    names: BaselineNames,
    *,
    workspace: Workspace = None,
    cluster: OfCluster = "",
    why: Why = "",
) -> None:
    """Put baselines into a mode: that locks or unlocks them, ends their observation, or begins another.

    ```
    netpol-workbench baseline mode monitor payments 'orders/*' -w shop
    netpol-workbench baseline mode discover platform/gateway -w shop --why 'a new release'
    ```
    """
    now = datetime.now(UTC)
    words = f"{mode}: {', '.join(map(visible, names))}"
    decide(workspace, cluster, why or words, lambda baselines: baselines.with_mode(names, mode, now), words)


def baseline_note(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The note; '' takes it away.", show_default=False)],
    names: BaselineNames,
    *,
    workspace: Workspace = None,
    cluster: OfCluster = "",
    why: Why = "",
) -> None:
    """Write a note on baselines: `baseline status` lists it. An older one is replaced.

    ```
    netpol-workbench baseline note 'asked the team, see TICKET-17' payments/db -w shop
    ```
    """
    words = f"note on {', '.join(map(visible, names))}{'' if text.strip() else ' taken away'}"
    decide(workspace, cluster, why, lambda baselines: baselines.with_note(names, text.strip()), words)


def baseline_suppress(  # noqa: PLR0913  (one parameter an option)
    flow: FlowEnds = None,
    *,
    until: Annotated[
        str,
        typer.Option(
            "--until",
            metavar="TIME",
            help="When it ends: a length from now such as 7d or 2 weeks, or a time such as 2026-12-31 or "
            "2026-12-31T18:00+01:00; without a zone it is UTC.",
            show_default=False,
        ),
    ],
    why: Annotated[
        str,
        typer.Option(
            "--why", metavar="TEXT", help="The reason, which is listed with the violation.", show_default=False
        ),
    ],
    protocol: Protocol = "TCP",
    rows: Rows = None,
    workspace: Workspace = None,
    cluster: OfCluster = "",
) -> None:
    """Raise no violations for flows until a time: they are listed all the same, with the reason.

    `workspace undo` takes it back. Once it has ended, they are raised again.

    ```
    netpol-workbench baseline suppress platform/mailer payments/db 5432 -w shop --until 7d --why 'TICKET-17'
    ```
    """
    now = datetime.now(UTC)
    end = _end_of(until, now)
    if not why.strip():
        message = "a violation is not suppressed without a reason"
        raise typer.BadParameter(message, param_hint="'--why'")

    def suppressed(baselines: Baselines, sides: Side | pd.DataFrame) -> Baselines:
        return baselines.suppress(sides, reason=why, until=end)

    words = f"suppressed until {end:%Y-%m-%d %H:%M} UTC"
    decide_flows(suppressed, words, workspace, cluster, why, flow, protocol, rows)


def _end_of(text: str, now: datetime) -> datetime:
    from workbench.baseline import period_of, utc  # noqa: PLC0415  (brings pandas)
    from workbench.ground import ArgumentError  # noqa: PLC0415

    try:
        end = utc(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError):
        try:
            end = now + period_of(text)
        except (ArgumentError, OverflowError) as error:
            message = f"{visible(text)} is neither a time nor a length of time: write 7d, or 2026-12-31T18:00"
            raise typer.BadParameter(message, param_hint="'--until'") from error
    if end <= now:
        message = f"{visible(text)} is over: a suppression ends later than it is decided"
        raise typer.BadParameter(message, param_hint="'--until'")
    return end


@grouped
def baseline_follow(  # noqa: PLR0913  (one parameter an option)
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="BEFORE AFTER",
            help="Two folders, files or archives with manifests: of the cluster as it was, and as it is.",
            show_default=False,
        ),
    ] = None,
    *,
    sides: SideOptions,
    reading: ReadingOptions,
    workspace: Workspace = None,
    cluster: OfCluster = "",
    why: Why = "",
    reporting: ReportingOptions,
) -> None:
    """Let baselines follow a change of the cluster.

    The observation of workloads that a new or changed policy selects begins anew; workloads that are gone have no
    baseline any more, and are gone from all others; new ones are observed from now on.

    ```
    netpol-workbench baseline follow main/ branch/ -w shop --why 'release 12'
    ```

    Exit status:

    - 0: the baselines follow, or nothing was to be changed.
    - 1: there are errors in the manifests. What could be read was followed, unless --strict or --fail forbid it.
    - 2: the command was not understood, or there is no workspace.
    """
    inputs = two_inputs(paths or (), sides, reading)
    verdict = verdict_of(reporting, "change")
    with shown_progress(wanted=not verdict.quiet) as progress:
        before, after = (load_inputs(side, verdict, progress) for side in inputs)
    problems = [*before.problems_found, *after.problems_found]
    if not verdict.refuses(problems):
        now = datetime.now(UTC)
        words = "followed a change of the cluster"
        decide(workspace, cluster, why or words, lambda kept: kept.following(before, after, now), _followed_words)
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems))


def _followed_words(before: Baselines, after: Baselines) -> str:
    from workbench.baseline import followed  # noqa: PLC0415  (brings pandas)

    return followed(before, after).words or "followed a change of the cluster"


@grouped
def baseline_import(  # noqa: PLR0913  (one parameter an option)
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="JSON",
            help="Baselines as the API of Red Hat ACS gives them: one, a list of them, or one a line.",
            show_default=False,
        ),
    ],
    *,
    manifests: ClusterOptions,
    workspace: Workspace = None,
    cluster: OfCluster = "",
    why: Why = "",
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Take over baselines of Red Hat ACS: those of their workloads are replaced.

    Peers are known there by ids: give the baselines of all deployments together, or the manifests of the cluster.

    ```
    netpol-workbench baseline import baselines.json -m manifests/ -w shop
    ```

    Exit status:

    - 0: they were taken over; what could not be read is a warning.
    - 2: the command was not understood, or a file does not exist or is no JSON.
    """
    from workbench.baseline import read_rhacs_baselines  # noqa: PLC0415  (brings pandas)

    documents = documents_in(files)
    verdict = ProblemReporter(quiet=quiet, verbose=verbose, answer="baselines")
    manifests.check()
    log = ProblemLog()
    known = None
    if manifests.are_given:
        with shown_progress(wanted=not quiet) as progress:
            known = load_inputs(Inputs.of(manifests.manifests, manifests), verdict, progress)
        log.extend(known.problems_found)
    found: list[Baselines] = []

    def replaced(before: Baselines) -> Baselines:
        found.append(read_rhacs_baselines(documents, known, names=before.heads, log=log))
        return before.replaced_by(found[-1]) if found[-1] else before

    def words(_before: Baselines, _after: Baselines) -> str:
        return f"{count_of(len(found[-1]), 'baseline')} of Red Hat ACS"

    decide(workspace, cluster, why, replaced, words, must_exist=False)
    verdict.report(list(log))
    raise typer.Exit(verdict.status(list(log)))
