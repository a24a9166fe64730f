"""``netpol-workbench connectivity diff``: what a change opens and closes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.asking import semantics_of
from workbench.cli.loading import Inputs, check_paths, load_inputs, missing_workloads
from workbench.cli.options import (
    OUTPUT,
    ClusterAddresses,
    DiffFormat,
    Fail,
    HostNetwork,
    IpRangesOption,
    Namespace,
    NoCache,
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
from workbench.connectivity.diff_formats import DIFFS, render_diff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.connectivity import Connectivity, IpRanges, Semantics
    from workbench.inventory.cluster import Cluster
    from workbench.manifests.progress import Progress

__all__ = ["DIFFERENT", "connectivity_diff"]

HEADINGS = ("dir1", "dir2")
"""What the reference tool's command line calls the two inputs (connectivity.md section 8)."""
DIFFERENT = 3
"""Exit status that ``--exit-code`` gives to inputs that differ: 1 already stands for errors in them."""
UNCERTAIN = 4
"""Exit status that it gives where none is found, and the inputs differ in policies that are not evaluated."""


def connectivity_diff(  # noqa: PLR0913  (one parameter an option)
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="BEFORE AFTER",
            help="Two folders, files or archives with manifests; - reads one of them from standard input.",
            show_default=False,
        ),
    ] = None,
    *,
    dir1: Annotated[
        list[str] | None,
        typer.Option("--dir1", metavar="DIR", help="The same as BEFORE; may be repeated.", show_default=False),
    ] = None,
    dir2: Annotated[
        list[str] | None,
        typer.Option("--dir2", metavar="DIR", help="The same as AFTER; may be repeated.", show_default=False),
    ] = None,
    output: DiffFormat = None,
    file: OutputFile = None,
    save_to_file: SaveToFile = False,
    remove: Remove = False,
    exit_code: Annotated[
        bool,
        typer.Option(
            "--exit-code",
            help=f"Exit with {DIFFERENT} if there are differences, {UNCERTAIN} if it is not certain.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    ip_ranges: IpRangesOption = None,
    reference: Annotated[
        bool,
        typer.Option(
            "--reference",
            help="Answer line for line as netpol-analyzer does: IPv4 only, and pods of the host's "
            "network can be isolated like any other.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    namespace: Namespace = "",
    no_cache: NoCache = False,
    host_network: HostNetwork = None,
    cluster_addresses: ClusterAddresses = None,
    strict: Strict = False,
    fail: Fail = False,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Show every connection that differs between two versions of manifests and policies.

    What changed comes first, then what was added, then what was removed. The answer goes to
    standard output or FILE, problems in the manifests to standard error.

    ```
    netpol-workbench connectivity diff main/ branch/
    netpol-workbench connectivity diff main/ branch/ -f diff.svg
    netpol-workbench connectivity diff --dir1 main/ --dir2 branch/ -o md --exit-code
    ```

    Exit status:

    - 0: the answer was written, whatever it says.
    - 1: there are errors in the manifests. The answer about all that could be read is written all
      the same, unless --strict or --fail forbid it.
    - 2: no Kubernetes object was found, the command was not understood, or a folder or file
      does not exist or cannot be written.
    - 3: with --exit-code only: there are differences, and no errors.
    - 4: with --exit-code only: no difference was found, but the inputs differ in policies that are not
      evaluated, such as those of Cilium or Calico.
    """
    named = _two_inputs(paths or [], dir1 or [], dir2 or [])
    check_paths([path for side in named for path in side])
    inputs = [Inputs(side, namespace, cache=not no_cache) for side in named]
    destination = choose_destination(
        DIFFS, "connectivity_diff", output=output, file=file, save_to_file=save_to_file, remove=remove
    )
    verdict = Verdict(strict=strict, fail=fail, quiet=quiet, verbose=verbose, answer="diff")
    semantics = semantics_of(reference=reference, host_network=host_network, cluster_addresses=cluster_addresses)
    with shown_progress(wanted=not quiet) as progress:
        clusters = [load_inputs(side, verdict, progress) for side in inputs]
        before, after = (_answer(cluster, semantics, progress) for cluster in clusters)
        problems = [
            problem
            for side, cluster, answer in zip(inputs, clusters, (before, after), strict=True)
            for problem in (*answer.problems_found, *missing_workloads(cluster, side))
        ]
        refused = verdict.refuses(problems)
        text, differ = ("", False) if refused else _compared(before, after, destination.format_name, ip_ranges)
        certain = _unevaluated(before) == _unevaluated(after)
    if not refused:
        write(text, destination.file)
        if not (differ or quiet):
            limits = "" if certain else ", as far as policies are evaluated"
            typer.echo(f"no connection differs{limits}", err=True)
    verdict.report(problems)  # last, where a person at a terminal still sees it
    answered = DIFFERENT if differ else 0 if certain else UNCERTAIN
    raise typer.Exit(verdict.status(problems) or (answered if exit_code and not refused else 0))


def _two_inputs(paths: Sequence[str], dir1: list[str], dir2: list[str]) -> tuple[list[str], list[str]]:
    """Return the two inputs, however they were named.

    Raises
    ------
    typer.BadParameter
        If there are not two, or if they are named in both ways.

    """
    if paths and (dir1 or dir2):
        message = "name the two inputs either as BEFORE AFTER or by --dir1 and --dir2"
        raise typer.BadParameter(message, param_hint="BEFORE AFTER")
    if dir1 and dir2:
        return dir1, dir2
    if dir1 or dir2:
        missing = "--dir2" if dir1 else "--dir1"
        message = "the other input is missing"
        raise typer.BadParameter(message, param_hint=f"'{missing}'")
    if len(paths) != 2:  # noqa: PLR2004  (before and after)
        message = f"two inputs are compared, {len(paths)} {'was' if len(paths) == 1 else 'were'} named"
        raise typer.BadParameter(message, param_hint="BEFORE AFTER")
    return [paths[0]], [paths[1]]


def _answer(cluster: Cluster, semantics: Semantics, progress: Progress) -> Connectivity:
    from workbench.connectivity import connectivity  # noqa: PLC0415  (brings numpy)

    return connectivity(cluster, semantics=semantics, progress=progress)


def _unevaluated(found: Connectivity) -> dict[str, object]:
    """Return the policies that are not evaluated, as they are written."""
    return {left.ref: left.spec for left in found.unevaluated}


def _compared(
    before: Connectivity, after: Connectivity, format_name: str, ip_ranges: IpRanges | None
) -> tuple[str, bool]:
    """Return the answer as text, and whether anything differs."""
    from workbench.connectivity import diff  # noqa: PLC0415  (brings pandas)

    found = diff(before, after, ip_ranges=ip_ranges or "merged")
    return render_diff(found, format_name, HEADINGS), len(found) > 0
