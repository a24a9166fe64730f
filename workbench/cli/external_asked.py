"""``netpol-workbench external list``, ``lookup``, ``suggest`` and ``export``: what the address book says."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from workbench.cli.flows_answers import Asked, answer, shown
from workbench.cli.flows_options import ClusterOptions, FlowFiles, FlowOptions, TimeOptions
from workbench.cli.grouped import grouped
from workbench.cli.options import ANSWER, OUTPUT, OutputFile, Quiet, TableFormat, Verbose
from workbench.cli.verdict import ProblemReporter
from workbench.cli.workspace_options import OfCluster, Workspace, opened_workspace, tell_unread
from workbench.cli.writing import choose_destination, write, write_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from workbench.cli.writing import Destination
    from workbench.external import AddressBook

__all__ = ["external_export", "external_list", "external_lookup", "external_suggest"]

_BLOCKS: Final = ("name", "cidr", "source", "server", "widened", "cluster")
_RANGES: Final = ("provider", "part", "published", "age_days", "blocks", "origin", "hidden", "cluster")
_LOOKUP: Final = (
    "address",
    "name",
    "cidr",
    "source",
    "provider",
    "provider_block",
    "regions",
    "services",
    "published",
    "cluster",
)
_SUGGESTIONS: Final = ("name", "by", "addresses", "callers", "ports", "flows", "last_seen", "wider", "cluster")
"""The columns that people read first; files for programs have them all."""


def external_list(
    *,
    providers: Annotated[
        bool,
        typer.Option(
            "--providers", help="List whose ranges count, of which day they are, and how old.", rich_help_panel=ANSWER
        ),
    ] = False,
    workspace: Workspace = None,
    cluster: OfCluster = "",
    output: TableFormat = None,
    file: OutputFile = None,
) -> None:
    """List the blocks that a person or a known server names; or providers.

    ```
    netpol-workbench external list
    netpol-workbench external list --providers
    ```

    Exit status:

    - 0: it was listed.
    - 1: ranges of a provider are older than 90 days, or were imported elsewhere; asked with --providers only.
    - 2: the command was not understood, or there is no such workspace.
    """
    destination = choose_destination("table", "blocks", output=output, file=file)
    with opened_workspace(workspace) as opened:
        book = opened.address_book(cluster)
    problems = list(book.problems)
    if providers:
        _write(book.ranges_frame(_today()), destination, _RANGES)
        problems += book.problems_at(_today())
    else:
        _write(book.to_frame(), destination, _BLOCKS)
    verdict = ProblemReporter(answer="list")
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems))


def external_lookup(
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS", help="IPv4 or IPv6.", show_default=False)],
    *,
    workspace: Workspace = None,
    cluster: OfCluster = "",
    output: TableFormat = None,
    file: OutputFile = None,
) -> None:
    """Show what addresses are called, by which block, and what their provider says of them.

    ```
    netpol-workbench external lookup 203.0.113.9 2001:db8::1
    ```

    Exit status:

    - 0: it was shown.
    - 2: the command was not understood, a text is no address, or there is no such workspace.
    """
    destination = choose_destination("table", "addresses", output=output, file=file)
    book = _book(workspace, cluster)
    _write(book.lookup(addresses), destination, _LOOKUP)
    tell_unread(book.problems, "answer")


@grouped
def external_suggest(  # noqa: PLR0913  (one parameter an option)
    files: FlowFiles = None,
    *,
    source: FlowOptions,
    cluster: ClusterOptions,
    time: TimeOptions,
    output: TableFormat = None,
    file: OutputFile = None,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show which addresses that have no name belong together, and who calls them. Nothing is named by it.

    ```
    netpol-workbench external suggest -m manifests/
    netpol-workbench external suggest hubble.jsonl --since yesterday -o json
    ```

    Exit status:

    - 0: it was shown.
    - 1: a part of the flows, or of the manifests, could not be read.
    - 2: the command was not understood, or there are no flows.
    """
    verdict = ProblemReporter(quiet=quiet, verbose=verbose, answer="answer")
    asked = Asked(files, source, time, output, file, verdict, cluster)
    book = _book(source.workspace, source.cluster_name)
    answer(asked, book.suggest, partial(shown, columns=_SUGGESTIONS), book.problems)


def external_export(
    *,
    form: Annotated[
        Literal["known-servers", "rhacs"],
        typer.Option(
            "--as",
            help="A KnownServer of Kubescape (YAML), or external entities of Red Hat ACS (JSON), which have no known "
            "servers.",
            rich_help_panel=OUTPUT,
        ),
    ] = "known-servers",
    workspace: Workspace = None,
    cluster: OfCluster = "",
    file: OutputFile = None,
) -> None:
    """Write the blocks with names for other programs.

    ```
    netpol-workbench external export -f known-servers.yaml
    netpol-workbench external export --as rhacs -f entities.json
    ```

    Exit status:

    - 0: it was written.
    - 2: the command was not understood, there is no such workspace, or the file cannot be written.
    """
    with opened_workspace(workspace) as opened:
        book = opened.address_book(cluster)
    write(book.known_servers_text() if form == "known-servers" else book.rhacs_text(cluster), file)
    tell_unread(book.problems, "file")


def _book(workspace: str | None, cluster: str) -> AddressBook:
    """Return the address book of a workspace; that of the usual one is empty where there is none."""
    with opened_workspace(workspace, must_exist=workspace is not None) as opened:
        return opened.address_book(cluster)


def _today() -> date:
    return datetime.now(UTC).date()


def _write(found: pd.DataFrame, destination: Destination, columns: Sequence[str]) -> None:
    """Write a table: for people, the columns that they read first, with days as days."""
    if destination.is_text:
        found = found[list(columns)]
        if "published" in found:
            found = found.assign(published=found["published"].dt.strftime("%Y-%m-%d"))
        found = shown(found)
    write_table(found, destination)
