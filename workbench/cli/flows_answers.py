"""What the questions to flows have in common: which flows are asked, and how the answer is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, NoReturn

import typer

from workbench.cli.flows_loading import mapping_in, within_memory
from workbench.cli.flows_options import ClusterOptions, FlowOptions, TimeOptions
from workbench.cli.loading import Inputs, load_inputs
from workbench.cli.progress import shown_progress
from workbench.cli.verdict import ProblemReporter
from workbench.cli.workspace_options import opened_workspace, refuse_workspaces
from workbench.cli.writing import choose_destination, write_table
from workbench.ground import addresses_named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd

    from workbench.flows import Flows, LoadedFlows
    from workbench.ground import Problem, Progress
    from workbench.inventory import Cluster

__all__ = ["Asked", "answer", "asked_flows", "asked_imports", "names_wanted", "shown", "tell_unmatched"]

_OFTEN_EMPTY = ("dst_domains", "reason", "cluster")
"""Columns that people are shown only where they say anything."""


class Asked(NamedTuple):
    """Which flows a question is about, and where the answer goes."""

    files: Sequence[str] | None
    source: FlowOptions
    time: TimeOptions
    output: str | None
    file: str | None
    verdict: ProblemReporter
    cluster: ClusterOptions = ClusterOptions()
    denied: bool = False
    named: bool = False
    decided: bool = False
    """Whether the answer is by what was decided in the workspace, whose names it has then, also of files."""


def answer(
    asked: Asked,
    table_of: Callable[[Flows], pd.DataFrame],
    for_people: Callable[[pd.DataFrame], pd.DataFrame] | None = None,
    decided: Iterable[Problem] = (),
) -> NoReturn:
    """Answer on standard output or in a file, report problems on standard error, and exit.

    `for_people` makes of the table what people read; programs have the table itself. `decided` are problems of what
    was decided that the answer is made by.
    """
    destination = choose_destination("table", "flows", output=asked.output, file=asked.file)
    with within_memory(asked.source.memory_limit):
        flows, problems = asked_flows(asked)
        found = table_of(flows)
        if for_people is not None and destination.is_text:
            found = for_people(found)
    write_table(found, destination)
    problems = list(dict.fromkeys((*problems, *decided)))
    asked.verdict.report(problems)
    raise typer.Exit(asked.verdict.status(problems))


def asked_flows(asked: Asked) -> tuple[Flows, Sequence[Problem]]:
    """Return the flows that a question is about, and what was wrong with them."""
    flows, problems = asked_imports(asked, apart=False)
    return flows[-1], problems


def asked_imports(asked: Asked, *, apart: bool = True) -> tuple[list[Flows], Sequence[Problem]]:
    """Return the flows that there were before the last import or the last file, if any, and all that there are now.

    Parameters
    ----------
    asked : Asked
    apart : bool
        Whether to; else there is one value, all that there are.
    """
    problems: list[Problem] = []
    asked.cluster.check()
    with shown_progress(wanted=not asked.verdict.quiet) as progress:
        cluster = None
        if asked.cluster.are_given:
            inputs = Inputs.of(asked.cluster.manifests, asked.cluster)
            cluster = load_inputs(inputs, asked.verdict, progress)
            problems.extend(cluster.problems_found)
        found = [*(_earlier(asked, cluster, progress) if apart else ()), _all_asked(asked, cluster, progress)]
    problems.extend(found[-1].problems_found)
    return [_chosen(flows, asked, problems) for flows in found], problems


def _all_asked(asked: Asked, cluster: Cluster | None, progress: Progress) -> LoadedFlows:
    from workbench.flows import load_flows  # noqa: PLC0415  (brings pyarrow and duckdb)

    source = asked.source
    if asked.files:
        refuse_workspaces(asked.files)
        return load_flows(
            asked.files,
            format=source.format_name,
            mapping=mapping_in(source.mapping),
            cluster=cluster,
            memory_limit=source.memory_limit,
            progress=progress,
        )
    with opened_workspace(source.workspace) as workspace:
        return workspace.open_flows(cluster, memory_limit=source.memory_limit)


def _earlier(asked: Asked, cluster: Cluster | None, progress: Progress) -> list[LoadedFlows]:
    """Return the flows before the last import, or of all files but the last; none where there was nothing before."""
    if asked.files:
        files = asked.files[:-1]
        return [_all_asked(asked._replace(files=files), cluster, progress)] if files else []
    with opened_workspace(asked.source.workspace) as workspace:
        return [workspace.open_flows(cluster, memory_limit=asked.source.memory_limit, before_last=1)]


def _chosen(flows: Flows, asked: Asked, problems: list[Problem]) -> Flows:
    named = _named(flows.of_cluster(asked.source.cluster_name), asked, problems)
    kept = named.between(asked.time.since, asked.time.until)
    return kept.denied() if asked.denied else kept


def _named(flows: Flows, asked: Asked, problems: list[Problem]) -> Flows:
    """Return flows with the names of the address book: of the workspace that they are in, or that is named.

    Problems of the book are added to the others.
    """
    workspace = asked.source.workspace
    if not asked.decided and (not asked.named or (asked.files and workspace is None)):
        return flows
    with opened_workspace(workspace, must_exist=not asked.decided) as opened:
        book = opened.address_book(asked.source.cluster_name)
    problems.extend(one for one in book.problems if one not in problems)
    return book.tag(flows) if book else flows


def names_wanted(*named: Sequence[str] | None, plain: bool) -> bool:
    """Tell whether ends are called by the address book: not where they are asked for by their addresses."""
    return not plain and not any(addresses_named(name) for names in named for name in names or ())


def tell_unmatched(found: pd.DataFrame, asked: Asked, *named: Sequence[str] | None) -> None:
    """Say on standard error that nothing was found where ends were named: perhaps they are misspelled."""
    if found.empty and any(named) and not asked.verdict.quiet:
        names = [name for names in named for name in names or ()]
        hint = "; an address stands for an end without a known name" if any(map(addresses_named, names)) else ""
        typer.echo(f"nothing was found for {', '.join(names)}{hint}", err=True)


def shown(found: pd.DataFrame, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return some columns of an answer, by default all; those that are often empty only if they are not."""
    shown = found[[name for name in columns or found.columns if name not in _OFTEN_EMPTY or any(found[name])]].copy()
    for name in (name for name in ("first_seen", "last_seen") if name in shown):
        shown[name] = shown[name].dt.strftime("%Y-%m-%d %H:%M:%S")
    return shown.astype("object").where(shown.notna(), "")
