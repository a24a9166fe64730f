"""``netpol-workbench connectivity``: what the policies allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.loading import check_inputs, load_inputs, missing_workloads
from workbench.cli.options import (
    OUTPUT,
    Fail,
    InputPaths,
    IpRangesOption,
    MapFormat,
    OutputFile,
    Quiet,
    Remove,
    SaveToFile,
    Strict,
    Verbose,
)
from workbench.cli.progress import shown_progress
from workbench.cli.verdict import Verdict
from workbench.cli.writing import choose_destination, write
from workbench.connectivity.formats import UnknownFormatError, render
from workbench.connectivity.formats.registry import MAPS
from workbench.manifests.problems import ProblemError

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity, IpRanges, Networks
    from workbench.inventory.cluster import Cluster
    from workbench.manifests.progress import Progress

__all__ = ["app"]

app = typer.Typer(
    help="What the policies allow: who may talk to whom.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("map")
def connectivity_map(  # noqa: PLR0913  (one parameter an option)
    paths: InputPaths,
    *,
    output: MapFormat = None,
    file: OutputFile = None,
    save_to_file: SaveToFile = False,
    remove: Remove = False,
    ip_ranges: IpRangesOption = None,
    reference: Annotated[
        bool,
        typer.Option(
            "--reference",
            help="Answer line for line as netpol-analyzer does: split ranges, IPv4 only, and pods "
            "of the host's network can be isolated like any other.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    multiple_networks: Annotated[
        bool,
        typer.Option(
            "--multiple-networks",
            help="Show a map of each network: of the pod network, of (Cluster)UserDefinedNetworks and of "
            "NetworkAttachmentDefinitions. Otherwise the primary networks share a map, and others have none.",
        ),
    ] = False,
    strict: Strict = False,
    fail: Fail = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show every connection that the policies allow, with its ports.

    The map goes to standard output or FILE, problems in the manifests to standard error.

    ```
    netpol-workbench connectivity map manifests/
    netpol-workbench connectivity map manifests/ -f map.svg
    kubectl get all,ns,netpol -A -o json | netpol-workbench connectivity map -
    ```

    Exit status:

    - 0: the map was written.
    - 1: there are errors in the manifests. The map of all that could be read is written all the
      same, unless --strict or --fail forbid it.
    - 2: the command was not understood, or a folder or file does not exist or cannot be written.
    """
    check_inputs(paths)
    destination = choose_destination(
        MAPS, "connlist", output=output, file=file, save_to_file=save_to_file, remove=remove
    )
    ranges: IpRanges = ip_ranges or ("split" if reference else "merged")
    verdict = Verdict(strict=strict, fail=fail, quiet=quiet, verbose=verbose)
    with shown_progress(wanted=not quiet) as progress:
        try:
            cluster = load_inputs(paths, strict=fail, progress=progress)
        except ProblemError as error:
            verdict.report_first([error.problem])
            raise typer.Exit(1) from None
        answer = _answer(cluster, progress, reference=reference, multiple_networks=multiple_networks)
        problems = [*cluster.problems_found, *answer.problems, *missing_workloads(cluster, paths)]
        refused = verdict.refuses(problems)
        text = "" if refused else _text(answer, destination.format_name, ranges)
    if not refused:
        write(text, destination.file)
    verdict.report(problems)  # last, where a person at a terminal still sees it
    raise typer.Exit(verdict.status(problems))


def _answer(
    cluster: Cluster, progress: Progress, *, reference: bool, multiple_networks: bool
) -> Connectivity | Networks:
    from workbench.connectivity import (  # noqa: PLC0415  (brings pandas)
        KUBERNETES,
        REFERENCE,
        connectivity,
        connectivity_by_network,
    )

    semantics = REFERENCE if reference else KUBERNETES
    if multiple_networks:
        return connectivity_by_network(cluster, semantics=semantics, progress=progress)
    return connectivity(cluster, semantics=semantics, progress=progress)


def _text(answer: Connectivity | Networks, format_name: str, ranges: IpRanges) -> str:
    from workbench.connectivity.network_formats import render_networks  # noqa: PLC0415  (likewise)
    from workbench.connectivity.networks import Networks  # noqa: PLC0415

    if not isinstance(answer, Networks):
        return render(answer, format_name, ranges)
    try:
        return render_networks(answer, format_name, ranges)
    except UnknownFormatError as error:
        raise typer.BadParameter(str(error), param_hint="'-o'") from error
