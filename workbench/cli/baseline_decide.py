"""``netpol-workbench baseline learn|lock|unlock|mark|add``: decisions, each kept whole with who, when and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from workbench.cli.baseline_options import BaselineNames, Why, decide
from workbench.cli.flows_answers import Asked, asked_flows
from workbench.cli.flows_options import ClusterOptions, FlowFiles, FlowOptions, TimeOptions
from workbench.cli.grouped import grouped
from workbench.cli.options import Quiet, Verbose
from workbench.cli.verdict import ProblemReporter
from workbench.cli.workspace_options import OfCluster, Workspace, opened_workspace, tell_kept
from workbench.ground import count_of, visible

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from workbench.baseline import Baselines, Side

__all__ = [
    "FlowEnds",
    "Protocol",
    "Rows",
    "baseline_add",
    "baseline_forget",
    "baseline_learn",
    "baseline_lock",
    "baseline_mark",
    "baseline_names",
    "baseline_unlock",
    "decide_flows",
]


@grouped
def baseline_learn(  # noqa: PLR0913  (one parameter an option)
    files: FlowFiles = None,
    *,
    cluster: ClusterOptions,
    source: FlowOptions,
    period: Annotated[
        str | None,
        typer.Option(
            "--period",
            metavar="LENGTH",
            help="How long workloads are observed, from when they were first seen: 8h, 2d, 1 week.",
            show_default="1h for new ones",
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--for",
            metavar="NAME",
            help="Give --period to this workload or namespace alone, also where its observation has begun; may be "
            "repeated.",
            show_default=False,
        ),
    ] = None,
    whole: Annotated[
        bool, typer.Option("--all", help="Learn all flows, whenever they were seen, as of a first load.")
    ] = False,
    time: TimeOptions,
    why: Why = "",
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Learn what is normal from flows: what was seen while its workload was observed.

    Without files, the flows of the workspace are learnt from. Each workload of the manifests gets a baseline; without
    manifests, each that was seen does. Locked baselines learn nothing, and what a person marked is never learnt.

    ```
    netpol-workbench baseline learn hubble.jsonl -m manifests/ -w shop --period 2d
    netpol-workbench baseline learn -w shop --period '1 week' --for payments --why 'weekly jobs'
    ```
    """
    from workbench.baseline import period_of  # noqa: PLC0415  (where baselines are asked for)
    from workbench.ground import ArgumentError  # noqa: PLC0415

    try:
        length = None if period is None else period_of(period)
    except ArgumentError as error:
        raise typer.BadParameter(visible(str(error)), param_hint="'--period'") from error
    if only and length is None:
        message = "it says for whom --period is: give that, too"
        raise typer.BadParameter(message, param_hint="'--for'")
    verdict = ProblemReporter(quiet=quiet, verbose=verbose, answer="baselines")
    asked = Asked(files, source, time, None, None, verdict, cluster, decided=True)
    with opened_workspace(source.workspace, must_exist=not files) as workspace:
        before = workspace.baselines(source.cluster_name)
        flows, problems = asked_flows(asked)
        learnt = before.learn(
            flows.cluster,
            flows,
            period=None if only else length,
            periods={} if length is None else dict.fromkeys(only or (), length),
            whole=whole,
        )
        kept = workspace.keep_baselines(learnt, before, why=why or "learnt from flows")
    new = len(learnt.known) - len(before.known)
    problems = [*problems, *learnt.problems]
    tell_kept(kept, f"{count_of(len(learnt), 'baseline')}, {count_of(new, 'flow')} more than before")
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems))


@grouped
def baseline_names(  # noqa: PLR0913  (one parameter an option)
    files: FlowFiles = None,
    *,
    manifests: ClusterOptions,
    source: FlowOptions,
    time: TimeOptions,
    why: Why = "",
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Let baselines know by their names what they know of addresses without: after `external add`, also if locked.

    A flow that is in a baseline as the internet, or as private addresses, is added by the name that its address has
    now, if these flows hold it: a name changes no traffic. Ask about the time before the name was given (--until).

    ```
    netpol-workbench external add 'payment provider' 203.0.113.0/24 -w shop
    netpol-workbench baseline names -m manifests/ -w shop --until today
    ```
    """
    verdict = ProblemReporter(quiet=quiet, verbose=verbose, answer="baselines")
    asked = Asked(files, source, time, None, None, verdict, manifests, decided=True)
    flows, problems = asked_flows(asked)

    def words(before: Baselines, after: Baselines) -> str:
        return f"{count_of(len(after.known) - len(before.known), 'flow')} known by the names of their addresses, too"

    decide(source.workspace, source.cluster_name, why, lambda before: before.by_names(flows), words)
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems))


def baseline_lock(names: BaselineNames, *, workspace: Workspace = None, cluster: OfCluster = "", why: Why = "") -> None:
    """Lock baselines: they learn nothing more, and what they lack is a violation.

    ```
    netpol-workbench baseline lock payments 'orders/*' -w shop --why 'two weeks were observed'
    ```
    """
    decide(workspace, cluster, why or "locked", lambda now: now.lock(names), f"locked {', '.join(names)}")


def baseline_unlock(
    names: BaselineNames, *, workspace: Workspace = None, cluster: OfCluster = "", why: Why = ""
) -> None:
    """Unlock baselines: they raise no violations, and learn again while they are observed.

    ```
    netpol-workbench baseline unlock payments/db -w shop
    ```
    """
    decide(workspace, cluster, why or "unlocked", lambda now: now.unlock(names), f"unlocked {', '.join(names)}")


FlowEnds: TypeAlias = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="SRC DST PORT",
        help="Who talks to whom at which port: workloads such as shop/web, an address, 'internet', 'internal' for "
        "private addresses, or the name of something outside; port 0 for protocols without ports.",
        show_default=False,
    ),
]
Protocol: TypeAlias = Annotated[str, typer.Option("--protocol", metavar="NAME", help="Protocol of the flow.")]
Rows: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--rows",
        metavar="CSV",
        help="Decide about all flows in this file at once, as `baseline anomalies -f FILE.csv` writes them.",
        show_default=False,
    ),
]


def baseline_mark(
    flow: FlowEnds = None,
    *,
    protocol: Protocol = "TCP",
    rows: Rows = None,
    workspace: Workspace = None,
    cluster: OfCluster = "",
    why: Why = "",
) -> None:
    """Mark flows as anomalous, at both ends: they are never learnt again.

    ```
    netpol-workbench baseline mark platform/gateway payments/db 5432 -w shop --why 'the trial is over'
    ```
    """
    from workbench.baseline import Baselines  # noqa: PLC0415  (brings pandas)

    decide_flows(Baselines.mark, "marked as anomalous", workspace, cluster, why, flow, protocol, rows)


def baseline_add(
    flow: FlowEnds = None,
    *,
    protocol: Protocol = "TCP",
    rows: Rows = None,
    workspace: Workspace = None,
    cluster: OfCluster = "",
    why: Why = "",
) -> None:
    """Add flows to the baselines of both ends, also where these are locked.

    ```
    netpol-workbench baseline add orders/fulfilment orders/db 5432 -w shop --why 'the new report'
    netpol-workbench baseline anomalies next-day.jsonl -m manifests/ -w shop -f anomalies.csv
    netpol-workbench baseline add --rows anomalies.csv -w shop
    ```
    """
    from workbench.baseline import Baselines  # noqa: PLC0415  (brings pandas)

    decide_flows(Baselines.add, "added to the baseline", workspace, cluster, why, flow, protocol, rows)


def baseline_forget(
    flow: FlowEnds = None,
    *,
    protocol: Protocol = "TCP",
    rows: Rows = None,
    workspace: Workspace = None,
    cluster: OfCluster = "",
    why: Why = "",
) -> None:
    """Know nothing of flows any more, at both ends: they are anomalous until they are learnt or added again.

    ```
    netpol-workbench baseline forget orders/fulfilment orders/db 5432 -w shop --why 'added by mistake'
    ```
    """
    from workbench.baseline import Baselines  # noqa: PLC0415  (brings pandas)

    decide_flows(Baselines.forget, "forgotten", workspace, cluster, why, flow, protocol, rows)


def decide_flows(  # noqa: PLR0913, PLR0917  (what two commands are given)
    decided: Callable[[Baselines, Side | pd.DataFrame], Baselines],
    words: str,
    workspace: str | None,
    cluster: str,
    why: str,
    flow: list[str] | None,
    protocol: str,
    rows: str | None,
) -> None:
    """Decide about one flow that is named by its ends, or about all in a file."""
    if (rows is None) == (not flow):
        message = "name one flow as SRC DST PORT, or a file of flows with --rows"
        raise typer.BadParameter(message)
    if rows is not None:
        frame = _rows_in(rows)
        said = f"{count_of(len(frame), 'flow')} {words}"
        decide(workspace, cluster, why or said, lambda now: decided(now, frame), said)
        return
    src, dst, port = _ends(flow or [])
    said = f"{visible(src)} → {visible(dst)}:{port} {words}"
    decide(workspace, cluster, why or said, lambda now: decided(now, now.side_between(src, dst, port, protocol)), said)


def _ends(flow: list[str]) -> tuple[str, str, int]:
    try:
        src, dst, port = flow
        return src, dst, int(port)
    except ValueError as error:
        message = "a flow is named by three words: SRC DST PORT, the port as a number"
        raise typer.BadParameter(message) from error


def _rows_in(path: str) -> pd.DataFrame:
    import pandas as pd  # noqa: PLC0415  (takes its time)

    try:
        found = pd.read_csv(path, dtype="str", keep_default_na=False)
        return found.assign(port=pd.to_numeric(found["port"]).fillna(0)) if "port" in found else found
    except (OSError, ValueError) as error:
        message = f"{visible(path)} cannot be read as a table: {visible(str(error))}"
        raise typer.BadParameter(message, param_hint="'--rows'") from error
