"""``netpol-workbench connectivity exposure``: what outside the manifests workloads are exposed to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.asking import Request, answer_on_map, focus_of, semantics_of, verdict_of
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs
from workbench.cli.options import (
    ANSWER,
    ExposureFormat,
    FocusConn,
    FocusDirection,
    FocusPeers,
    FocusWorkloads,
    InputPaths,
    IpRangesOption,
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
    from workbench.connectivity import Connectivity

__all__ = ["connectivity_exposure"]


@grouped
def connectivity_exposure(  # noqa: PLR0913  (one parameter an option)
    paths: InputPaths = None,
    *,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Show beside each line which policies and rules open it.",
            rich_help_panel=ANSWER,
        ),
    ] = False,
    focus_workloads: FocusWorkloads = None,
    focus_peers: FocusPeers = None,
    focus_direction: FocusDirection = None,
    focus_conn: FocusConn = None,
    output: ExposureFormat = None,
    file: OutputFile = None,
    save_to_file: SaveToFile = False,
    remove: Remove = False,
    ip_ranges: IpRangesOption = None,
    reference: Reference = False,
    reading: ReadingOptions,
    policies: PolicyOptions,
    reporting: ReportingOptions,
) -> None:
    """Show what outside the manifests workloads are exposed to: addresses, and pods that do not exist yet.

    After the map, there is a line for the entire cluster, for addresses, and for all pods that a
    rule's selector would choose; and a list of what no policy protects.

    ```
    netpol-workbench connectivity exposure manifests/
    netpol-workbench connectivity exposure manifests/ --explain --focus-workload shop/db --focus-direction ingress
    ```

    Exit status:

    - 0: the exposure was written.
    - 1: there are errors in the manifests. The exposure of all that could be read is written all the
      same, unless --strict or --fail forbid it.
    - 2: no Kubernetes object was found, the command was not understood, or a folder or file
      does not exist or cannot be written.
    """
    destination = choose_destination(
        "exposure", "exposure", output=output, file=file, save_to_file=save_to_file, remove=remove
    )
    inputs = Inputs.of(paths, reading)
    question = Request(
        inputs,
        destination,
        verdict_of(reporting, "exposure"),
        reference=reference,
        semantics=semantics_of(policies, reference=reference),
        focus=focus_of(focus_workloads, focus_peers, focus_direction, focus_conn, reference=reference),
    )

    def written(found: Connectivity) -> str | bytes:
        return found.exposure(ip_ranges=question.ranges(ip_ranges), explain=explain).render(destination.format_name)

    answer_on_map(question, written)
