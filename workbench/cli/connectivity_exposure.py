"""``netpol-workbench connectivity exposure``: to whom workloads are open who are in no manifest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.asking import Question, answer_on_map, focus_of, semantics_of
from workbench.cli.loading import Inputs
from workbench.cli.options import (
    ANSWER,
    ClusterAddresses,
    ExposureFormat,
    Fail,
    FocusConn,
    FocusDirection,
    FocusPeers,
    FocusWorkloads,
    HelmCharts,
    HelmValues,
    HostNetwork,
    InputPaths,
    IpRangesOption,
    KustomizeFolders,
    Namespace,
    NoCache,
    OutputFile,
    Quiet,
    Reference,
    Remove,
    SaveToFile,
    Strict,
    Verbose,
)
from workbench.cli.verdict import Verdict
from workbench.cli.writing import choose_destination
from workbench.connectivity.exposure_formats import EXPOSURES, render_exposure

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity

__all__ = ["connectivity_exposure"]


def connectivity_exposure(  # noqa: PLR0913  (one parameter an option)
    paths: InputPaths = None,
    *,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Tell beside each line which policies and rules open it.",
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
    namespace: Namespace = "",
    kustomize: KustomizeFolders = None,
    helm: HelmCharts = None,
    values: HelmValues = None,
    no_cache: NoCache = False,
    host_network: HostNetwork = None,
    cluster_addresses: ClusterAddresses = None,
    strict: Strict = False,
    fail: Fail = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show to whom workloads are open who are in no manifest: addresses, and pods that may come one day.

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
        EXPOSURES, "exposure", output=output, file=file, save_to_file=save_to_file, remove=remove
    )
    inputs = Inputs.of(paths, namespace=namespace, kustomize=kustomize, helm=helm, values=values, cache=not no_cache)
    question = Question(
        inputs,
        destination,
        Verdict(strict=strict, fail=fail, quiet=quiet, verbose=verbose, answer="exposure"),
        reference=reference,
        semantics=semantics_of(reference=reference, host_network=host_network, cluster_addresses=cluster_addresses),
        focus=focus_of(focus_workloads, focus_peers, focus_direction, focus_conn),
    )

    def text_of(found: Connectivity) -> str:
        exposure = found.exposure(ip_ranges=question.ranges(ip_ranges), explain=explain)
        return render_exposure(exposure, destination.format_name)

    answer_on_map(question, text_of)
