"""``netpol-workbench workspace info``, ``history``, ``views`` and ``simulations``: what a workspace keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import typer

from workbench.cli.options import ANSWER, OutputFile, TableFormat
from workbench.cli.verdict import ProblemReporter
from workbench.cli.workspace_options import KeptCluster, Workspace, opened_workspace
from workbench.cli.writing import choose_destination, write_table
from workbench.ground import one_line

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["workspace_history", "workspace_info", "workspace_simulations", "workspace_views"]

_WORDS: Final = {
    "folder": "folder",
    "decisions_in": "decisions are in",
    "decisions": "decisions",
    "last_decision": "last decided",
    "records": "values that hold now",
    "clusters": "clusters with a name",
    "views": "saved views",
    "simulations": "kept simulations",
    "flow_files": "files of flows",
    "flows": "flows",
    "flows_from": "flows from",
    "flows_to": "flows to",
    "bytes_of_flows": "size of flows",
    "bytes_of_decisions": "size of decisions",
    "bytes_of_ranges": "size of provider ranges",
}
_HISTORY: Final = ("decision", "decided_at", "who", "record_kind", "record_key", "value_before", "value_after", "why")
_SIMULATIONS: Final = ("cluster", "name", "made_at", "who", "verdict", "note")
_MOST: Final = 60
"""So much of a value is shown to people."""
_UNITS: Final = ("B", "KB", "MB", "GB", "TB")
_STEP: Final = 1000


def workspace_info(*, workspace: Workspace = None, output: TableFormat = None, file: OutputFile = None) -> None:
    """Show where a workspace is, how much it takes, and what is in it.

    ```
    netpol-workbench workspace info
    netpol-workbench workspace info -w november -o json
    ```

    Exit status:

    - 0: it was shown.
    - 1: records of baselines are kept that this version does not read.
    - 2: the command was not understood, or there is no such workspace.
    """
    destination = choose_destination("table", "workspace", output=output, file=file)
    with opened_workspace(workspace) as opened:
        found, problems = opened.facts(), opened.problems()
    if destination.is_text:
        found["value"] = [_for_people(fact, value) for fact, value in zip(found["fact"], found["value"], strict=True)]
        found["fact"] = found["fact"].map(_WORDS)
        found = found[found["value"] != ""]
    write_table(found, destination)
    verdict = ProblemReporter(answer="answer")
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems))


def workspace_history(
    *,
    workspace: Workspace = None,
    kind: Annotated[
        list[str] | None,
        typer.Option(
            "--kind",
            metavar="KIND",
            help="Keep to what was decided about these: block, baseline, baseline-flow, suppression, view and others; "
            "may be repeated.",
            show_default=False,
            rich_help_panel=ANSWER,
        ),
    ] = None,
    cluster: KeptCluster = None,
    output: TableFormat = None,
    file: OutputFile = None,
) -> None:
    """List what was decided, by whom, when and why: a row for each value that changed, the latest at the end.

    ```
    netpol-workbench workspace history
    netpol-workbench workspace history --kind block -f history.csv
    ```

    Exit status:

    - 0: it was listed; nothing was decided where there are no rows.
    - 2: the command was not understood, or there is no such workspace.
    """
    destination = choose_destination("table", "workspace", output=output, file=file)
    with opened_workspace(workspace) as opened:
        found = opened.history(*kind or (), cluster=cluster)
    if destination.is_text:
        found = _read_first(found)
    write_table(found, destination)


def workspace_views(
    *,
    workspace: Workspace = None,
    cluster: KeptCluster = None,
    output: TableFormat = None,
    file: OutputFile = None,
) -> None:
    """List the saved views of the network graph, and what each of them chooses.

    ```
    netpol-workbench workspace views
    ```

    Exit status:

    - 0: they were listed.
    - 2: the command was not understood, or there is no such workspace.
    """
    destination = choose_destination("table", "workspace", output=output, file=file)
    with opened_workspace(workspace) as opened:
        found = opened.views_frame(cluster)
    if destination.is_text and not any(found["cluster"]):
        found = found.drop(columns="cluster")
    write_table(found, destination)


def workspace_simulations(
    *,
    workspace: Workspace = None,
    cluster: KeptCluster = None,
    output: TableFormat = None,
    file: OutputFile = None,
) -> None:
    """List the simulations that are kept, the latest first: who kept them and when, and what came of each.

    `simulate --keep NAME` keeps one, `simulate --kept NAME` takes it up again, and `workspace remove simulation NAME`
    removes it.

    ```
    netpol-workbench workspace simulations
    netpol-workbench workspace simulations -o json
    ```

    Exit status:

    - 0: they were listed.
    - 2: the command was not understood, or there is no such workspace.
    """
    destination = choose_destination("table", "workspace", output=output, file=file)
    with opened_workspace(workspace) as opened:
        found = opened.simulations_frame(cluster)
    if destination.is_text:
        found = found[[name for name in _SIMULATIONS if name != "cluster" or any(found["cluster"])]].copy()
        found["made_at"] = found["made_at"].dt.strftime("%Y-%m-%d %H:%M")
    write_table(found, destination)


def _read_first(history: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that people read first: those that say something, with long values cut."""
    columns = [*_HISTORY, *(name for name in ("cluster", "undoes", "undone_by") if _says_something(history[name]))]
    found = history[columns].copy()
    found["decided_at"] = found["decided_at"].dt.strftime("%Y-%m-%d %H:%M:%S")
    for name in ("value_before", "value_after"):
        found[name] = [one_line(value if len(value) <= _MOST else f"{value[:_MOST]}…") for value in found[name]]
    return found.astype("object").where(found.notna(), "")


def _says_something(column: pd.Series) -> bool:
    return bool((column.notna() & (column.astype("object") != "")).any())


def _for_people(fact: str, value: str) -> str:
    if fact.startswith("bytes_of"):
        return _size(int(value))
    if fact in {"last_decision", "flows_from", "flows_to"}:
        return f"{value[:19].replace('T', ' ')} UTC" if value else ""
    return f"{int(value):,}" if value.isdecimal() and fact != "folder" else value


def _size(number: float) -> str:
    for unit in _UNITS:
        if number < _STEP or unit == _UNITS[-1]:
            break
        number /= _STEP
    return f"{number:,.0f} {unit}" if unit == _UNITS[0] else f"{number:,.1f} {unit}"
