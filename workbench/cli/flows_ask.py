"""``netpol-workbench flows summary``, ``edges``, ``compare`` and others: questions to what was seen."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, NamedTuple, NoReturn

import typer

from workbench.cli.flows_import import DEFAULT_STORE
from workbench.cli.flows_loading import mapping_in, within_memory
from workbench.cli.flows_options import (
    Denied,
    DestinationEnd,
    External,
    FlowFiles,
    FormatName,
    InNamespace,
    Manifests,
    MappingFile,
    MemoryLimit,
    NewSince,
    Since,
    SourceEnd,
    Store,
    Until,
)
from workbench.cli.loading import Inputs, load_inputs
from workbench.cli.options import ANSWER, OutputFile, Quiet, TableFormat, Verbose
from workbench.cli.progress import shown_progress
from workbench.cli.tables import TABLES, render_table
from workbench.cli.verdict import Verdict
from workbench.cli.writing import choose_destination, write
from workbench.text import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import pandas as pd

    from workbench.flows.flows import Flows
    from workbench.manifests.problems import Problem

__all__ = ["flows_compare", "flows_dns", "flows_edges", "flows_summary", "flows_timeline"]


class Compared(StrEnum):
    """How `comparison.Status` is asked for; both have the same names."""

    ACTIVE = "active"
    UNUSED = "unused"
    NOT_ALLOWED = "not-allowed"
    DENIED = "denied"
    DENIED_THOUGH_ALLOWED = "denied-though-allowed"
    UNKNOWN = "unknown"


class _Asked(NamedTuple):
    """Which flows a question is about, and where the answer goes."""

    files: Sequence[str] | None
    store: str
    format_name: str | None
    mapping: str | None
    output: str | None
    file: str | None
    verdict: Verdict
    memory_limit: str | None = None
    manifests: Sequence[str] | None = None
    since: str | None = None
    until: str | None = None
    denied: bool = False

    @property
    def is_text(self) -> bool:
        """Whether the answer is a table for people."""
        return self.output in {None, "txt", "md"} and not (self.file or "").endswith((".csv", ".json"))


def flows_summary(  # noqa: PLR0913  (one parameter an option)
    files: FlowFiles = None,
    *,
    store: Store = DEFAULT_STORE,
    format_name: FormatName = None,
    mapping: MappingFile = None,
    since: Since = None,
    until: Until = None,
    memory_limit: MemoryLimit = None,
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
    verdict = Verdict(quiet=quiet, verbose=verbose, answer="summary")
    asked = _Asked(files, store, format_name, mapping, output, file, verdict, memory_limit, since=since, until=until)
    _answer(asked, lambda flows: _shown(flows.summary()) if asked.is_text else flows.summary())


def flows_edges(  # noqa: PLR0913  (one parameter an option)
    files: FlowFiles = None,
    *,
    store: Store = DEFAULT_STORE,
    format_name: FormatName = None,
    mapping: MappingFile = None,
    manifests: Manifests = None,
    src: SourceEnd = None,
    dst: DestinationEnd = None,
    in_namespace: InNamespace = None,
    external: External = False,
    since: Since = None,
    until: Until = None,
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
    memory_limit: MemoryLimit = None,
    output: TableFormat = None,
    file: OutputFile = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show who talked to whom: a row for each client, server, protocol and port.

    ```
    netpol-workbench flows edges --manifests manifests/
    netpol-workbench flows edges hubble.jsonl --denied --since yesterday -f denied.csv
    netpol-workbench flows edges --dst shop/db --new-since '2 days ago'
    netpol-workbench flows edges --in-namespace shop --external
    ```
    """
    verdict = Verdict(quiet=quiet, verbose=verbose, answer="answer")
    asked = _Asked(
        files, store, format_name, mapping, output, file, verdict, memory_limit, manifests, since, until, denied
    )

    def edges(flows: Flows) -> pd.DataFrame:
        found = flows.edges(
            src=src, dst=dst, in_namespace=in_namespace, external=external, new_since=new_since, uncertain=uncertain
        )
        _tell_uncertain(flows, asked)
        _tell_unmatched(found, asked, src, dst)
        return _shown(found, _EDGES) if asked.is_text else found

    _answer(asked, edges)


def _tell_uncertain(flows: Flows, asked: _Asked) -> None:
    """Say on standard error how many flows there are of which it is not certain which end is the client."""
    uncertain = int(flows.edges(uncertain=True)["flows_uncertain"].sum())
    if uncertain and not asked.verdict.quiet:
        noun = f"{'denied ' if asked.denied else ''}flow{'' if uncertain == 1 else 's'}"
        done = "left out" if asked.denied else "listed as recorded"
        why = "it is not certain which end is the client (--uncertain keeps to these)"
        typer.echo(f"{uncertain:,} {noun} {done}: {why}", err=True)


def _tell_unmatched(found: pd.DataFrame, asked: _Asked, *named: Sequence[str] | None) -> None:
    if found.empty and any(named) and not asked.verdict.quiet:
        names = ", ".join(name for names in named for name in names or ())
        typer.echo(f"nothing was found for {names}", err=True)


def flows_compare(  # noqa: PLR0913  (one parameter an option)
    files: FlowFiles = None,
    *,
    manifests: Annotated[
        list[str],
        typer.Option(
            "-m",
            "--manifests",
            metavar="DIR",
            help="Manifests of the cluster: its workloads, and the policies that say what is allowed.",
            show_default=False,
        ),
    ],
    only: Annotated[
        list[Compared] | None,
        typer.Option(
            "--only",
            metavar="STATUS",
            help=f"Keep to this: {', '.join(Compared)}; may be repeated.",
            show_default="everything",
            rich_help_panel=ANSWER,
        ),
    ] = None,
    store: Store = DEFAULT_STORE,
    format_name: FormatName = None,
    mapping: MappingFile = None,
    src: SourceEnd = None,
    dst: DestinationEnd = None,
    in_namespace: InNamespace = None,
    external: External = False,
    since: Since = None,
    until: Until = None,
    memory_limit: MemoryLimit = None,
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
    verdict = Verdict(quiet=quiet, verbose=verbose, answer="comparison")
    asked = _Asked(
        files, store, format_name, mapping, output, file, verdict, memory_limit, manifests, since=since, until=until
    )

    def compared(flows: Flows) -> pd.DataFrame:
        from workbench.flows.selection import Selection  # noqa: PLC0415  (where flows are installed)

        selection = Selection.of(src, dst, in_namespace, external=external)
        kept = selection.of_frame(_compared(flows, only or Compared))
        _tell_unmatched(kept, asked, src, dst)
        return _shown(kept, _COMPARED) if asked.is_text else kept

    _answer(asked, compared)


def _compared(flows: Flows, only: Iterable[Compared]) -> pd.DataFrame:
    from workbench.connectivity import connectivity  # noqa: PLC0415  (likewise)
    from workbench.flows.comparison import Status, compare  # noqa: PLC0415

    if flows.cluster is None:
        message = "what is allowed is not known without manifests"
        raise ValueError(message)
    found = compare(connectivity(flows.cluster), flows).to_frame()
    return found[found["status"].isin([Status[one.name].value for one in only])]


def flows_dns(  # noqa: PLR0913  (one parameter an option)
    files: FlowFiles = None,
    *,
    store: Store = DEFAULT_STORE,
    format_name: FormatName = None,
    mapping: MappingFile = None,
    manifests: Manifests = None,
    src: SourceEnd = None,
    in_namespace: InNamespace = None,
    since: Since = None,
    until: Until = None,
    memory_limit: MemoryLimit = None,
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
    verdict = Verdict(quiet=quiet, verbose=verbose, answer="answer")
    asked = _Asked(files, store, format_name, mapping, output, file, verdict, memory_limit, manifests, since, until)

    def names(flows: Flows) -> pd.DataFrame:
        from workbench.flows.selection import Selection  # noqa: PLC0415  (where flows are installed)

        found = Selection.of(src, in_namespace=in_namespace).of_frame(flows.dns())
        _tell_unmatched(found, asked, src)
        return _shown(found, _DNS) if asked.is_text else found

    _answer(asked, names)


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
            help="Count apart for each value of this column; may be repeated.",
            show_default="verdict",
            rich_help_panel=ANSWER,
        ),
    ] = None,
    store: Store = DEFAULT_STORE,
    format_name: FormatName = None,
    mapping: MappingFile = None,
    since: Since = None,
    until: Until = None,
    denied: Denied = False,
    memory_limit: MemoryLimit = None,
    output: TableFormat = None,
    file: OutputFile = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show how much was seen in each span of time.

    ```
    netpol-workbench flows timeline --by 1h
    netpol-workbench flows timeline --by 1d --per destination_k8s_namespace_name -f days.csv
    ```
    """
    verdict = Verdict(quiet=quiet, verbose=verbose, answer="timeline")
    asked = _Asked(
        files, store, format_name, mapping, output, file, verdict, memory_limit, since=since, until=until, denied=denied
    )
    _answer(asked, lambda flows: flows.timeline(by, per or "verdict"))


def _answer(asked: _Asked, table_of: Callable[[Flows], pd.DataFrame]) -> NoReturn:
    """Answer on standard output or in a file, report problems on standard error, and exit."""
    destination = choose_destination(
        TABLES, "flows", output=asked.output, file=asked.file, save_to_file=False, remove=False
    )
    from workbench.flows.store import FlowStoreError  # noqa: PLC0415  (where flows are installed)

    try:
        with within_memory(asked.memory_limit):
            flows, problems = _flows(asked)
            text = render_table(table_of(flows), destination.format_name)
    except (FileNotFoundError, FlowStoreError, ValueError) as error:
        raise typer.BadParameter(visible(str(error))) from error
    write(text, destination.file)
    asked.verdict.report(problems)
    raise typer.Exit(asked.verdict.status(problems))


def _flows(asked: _Asked) -> tuple[Flows, Sequence[Problem]]:
    from workbench.flows.load import load_flows, open_flows  # noqa: PLC0415  (brings pyarrow and duckdb)
    from workbench.flows.store import FlowStore, FlowStoreError  # noqa: PLC0415

    problems: list[Problem] = []
    with shown_progress(wanted=not asked.verdict.quiet) as progress:
        cluster = None
        if asked.manifests:
            inputs = Inputs.of(asked.manifests)
            cluster = load_inputs(inputs, asked.verdict, progress)
            problems.extend(cluster.problems_found)
        if asked.files:
            flows = load_flows(
                asked.files,
                format=asked.format_name,
                mapping=mapping_in(asked.mapping),
                cluster=cluster,
                memory_limit=asked.memory_limit,
                progress=progress,
            )
            problems.extend(flows.problems_found)
        else:
            held = FlowStore(asked.store)
            if not held.batches():
                message = f"nothing was imported into {asked.store} yet: name files, or `flows import` them"
                raise FlowStoreError(message)
            flows = open_flows(held, cluster=cluster, memory_limit=asked.memory_limit)
            problems.extend(flows.problems_found)
    kept = flows.between(asked.since, asked.until)
    return (kept.denied() if asked.denied else kept), problems


_EDGES = ("src", "dst", "dst_domains", "protocol", "port", "flows", "connections", "bytes", "verdicts", "last_seen")
_DNS = ("src", "name", "address", "answers", "first_seen", "last_seen")
"""The columns that people read first; files for programs have them all."""
_COMPARED = ("status", "src", "dst", "ports", "flows", "last_seen", "decided_by", "reason")
_OFTEN_EMPTY = ("dst_domains", "reason")


def _shown(found: pd.DataFrame, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Return some columns of an answer, by default all; those that are often empty only if they are not."""
    shown = found[[name for name in columns or found.columns if name not in _OFTEN_EMPTY or found[name].any()]].copy()
    for name in (name for name in ("first_seen", "last_seen") if name in shown):
        shown[name] = shown[name].dt.strftime("%Y-%m-%d %H:%M:%S")
    return shown.astype("object").where(shown.notna(), "")
