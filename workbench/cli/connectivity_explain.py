"""``netpol-workbench connectivity explain``: which policies and rules allow and deny each pair."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.asking import Request, answer, focus_of, semantics_of, verdict_of
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs
from workbench.cli.options import (
    ANSWER,
    ExplanationFormat,
    FocusConn,
    FocusDirection,
    FocusPeers,
    FocusWorkloads,
    InputPaths,
    IpRangesOption,
    MultipleNetworks,
    Only,
    OutputFile,
    PolicyOptions,
    ReadingOptions,
    Reference,
    Remove,
    ReportingOptions,
    SaveToFile,
)
from workbench.cli.writing import choose_destination

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity, Networks
    from workbench.inventory import Cluster

__all__ = ["connectivity_explain"]


@grouped
def connectivity_explain(  # noqa: PLR0913  (one parameter an option)
    paths: InputPaths = None,
    *,
    src: Annotated[
        str | None,
        typer.Option(
            "--src",
            "--from",
            metavar="END",
            help="Explain only pairs from this workload, address or block.",
            show_default=False,
            rich_help_panel=ANSWER,
        ),
    ] = None,
    dst: Annotated[
        str | None,
        typer.Option(
            "--dst",
            "--to",
            metavar="END",
            help="Explain only pairs to this workload, address or block.",
            show_default=False,
            rich_help_panel=ANSWER,
        ),
    ] = None,
    only: Only = None,
    focus_workloads: FocusWorkloads = None,
    focus_peers: FocusPeers = None,
    focus_direction: FocusDirection = None,
    focus_conn: FocusConn = None,
    multiple_networks: MultipleNetworks = False,
    output: ExplanationFormat = None,
    file: OutputFile = None,
    save_to_file: SaveToFile = False,
    remove: Remove = False,
    ip_ranges: IpRangesOption = None,
    reference: Reference = False,
    reading: ReadingOptions,
    policies: PolicyOptions,
    reporting: ReportingOptions,
) -> None:
    """Tell for every pair which rules of which policies allow and deny it, and why others do not allow it.

    Pairs that no policy applies to come last.

    ```
    netpol-workbench connectivity explain manifests/ --src shop/web --dst shop/db
    netpol-workbench connectivity explain manifests/ --focus-workload shop/db --only deny
    netpol-workbench connectivity explain manifests/ -f reasons.csv
    ```

    Exit status:

    - 0: the explanation was written.
    - 1: there are errors in the manifests. What could be read is explained all the same, unless
      --strict or --fail forbid it.
    - 2: no Kubernetes object was found, the command was not understood, a workload is unknown,
      or a folder or file does not exist or cannot be written.
    """
    destination = choose_destination(
        "explanation", "explanation", output=output, file=file, save_to_file=save_to_file, remove=remove
    )
    inputs = Inputs.of(paths, reading)
    question = Request(
        inputs,
        destination,
        verdict_of(reporting, "explanation"),
        reference=reference,
        semantics=semantics_of(policies, reference=reference),
        focus=focus_of(focus_workloads, focus_peers, focus_direction, focus_conn, reference=reference),
        multiple_networks=multiple_networks,
    )

    def written(found: Connectivity | Networks, _: Cluster) -> str | bytes:
        explanation = found.explain(src, dst, only=only, ip_ranges=question.ranges(ip_ranges))
        return explanation.render(destination.format_name)

    answer(question, written)
