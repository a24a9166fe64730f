"""``netpol-workbench connectivity``: what the policies allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from workbench.cli.loading import check_inputs, load_inputs, missing_workloads
from workbench.cli.options import (
    OUTPUT,
    Fail,
    FormatName,
    InputPaths,
    OutputFile,
    Quiet,
    Strict,
    Verbose,
)
from workbench.cli.progress import shown_progress
from workbench.cli.verdict import Verdict
from workbench.cli.writing import STDOUT, check_writable, write
from workbench.connectivity.formats import UnknownFormatError, format_of_file, render
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


@app.callback()
def group() -> None:
    """Keep `map` a command of a group, also while it is the only one."""


@app.command("map")
def connectivity_map(  # noqa: PLR0913  (one parameter an option)
    paths: InputPaths,
    *,
    output: FormatName = None,
    file: OutputFile = None,
    ip_ranges: Annotated[
        Literal["merged", "split"] | None,
        typer.Option(
            "--ip-ranges",
            help="Join address ranges that touch and have equal connections, or keep them split "
            "wherever any policy draws a line.",
            show_default="merged",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
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
    check_writable(file)
    format_name = output or _format_of(file)
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
        text = "" if refused else _text(answer, format_name, ranges)
    if not refused:
        write(text, file)
    verdict.report(problems)  # last, where a person at a terminal still sees it
    raise typer.Exit(verdict.status(problems))


def _format_of(file: str | None) -> str:
    if file is None or file == STDOUT:
        return "txt"
    try:
        return format_of_file(file).name
    except UnknownFormatError as error:
        message = f"{error}; choose a format with -o"
        raise typer.BadParameter(message, param_hint="'-f'") from error


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
