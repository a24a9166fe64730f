"""``netpol-workbench flows compare``: what is allowed beside what was seen."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.flows_import import DEFAULT_STORE
from workbench.cli.flows_options import (
    DestinationEnd,
    External,
    FlowFiles,
    FormatName,
    InNamespace,
    MappingFile,
    MemoryLimit,
    Since,
    SourceEnd,
    Store,
    Until,
)
from workbench.cli.options import ANSWER, OutputFile, Quiet, TableFormat, Verbose
from workbench.cli.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from workbench.flows.flows import Flows

from workbench.cli.flows_answers import Asked, answer, shown, tell_unmatched

__all__ = ["flows_compare"]

_COMPARED = ("status", "src", "dst", "ports", "flows", "last_seen", "decided_by", "reason")
"""The columns that people read first; files for programs have them all."""


class Compared(StrEnum):
    """How `comparison.Status` is asked for; both have the same names."""

    ACTIVE = "active"
    UNUSED = "unused"
    NOT_ALLOWED = "not-allowed"
    DENIED = "denied"
    DENIED_THOUGH_ALLOWED = "denied-though-allowed"
    UNKNOWN = "unknown"


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
    asked = Asked(
        files, store, format_name, mapping, output, file, verdict, memory_limit, manifests, since=since, until=until
    )

    def compared(flows: Flows) -> pd.DataFrame:
        from workbench.flows.selection import Selection  # noqa: PLC0415  (where flows are installed)

        selection = Selection.of(src, dst, in_namespace, external=external)
        kept = selection.of_frame(_compared(flows, only or Compared))
        tell_unmatched(kept, asked, src, dst)
        return shown(kept, _COMPARED) if asked.is_text else kept

    answer(asked, compared)


def _compared(flows: Flows, only: Iterable[Compared]) -> pd.DataFrame:
    from workbench.connectivity import connectivity  # noqa: PLC0415  (likewise)
    from workbench.flows.comparison import Status, compare  # noqa: PLC0415

    if flows.cluster is None:
        message = "what is allowed is not known without manifests"
        raise ValueError(message)
    found = compare(connectivity(flows.cluster), flows).to_frame()
    return found[found["status"].isin([Status[one.name].value for one in only])]
