"""``netpol-workbench connectivity diff``: what a change opens and closes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.asking import semantics_of, verdict_of
from workbench.cli.grouped import grouped
from workbench.cli.loading import load_inputs, missing_workloads
from workbench.cli.options import (
    OUTPUT,
    DiffFormat,
    IpRangesOption,
    OutputFile,
    PolicyOptions,
    ReadingOptions,
    Remove,
    ReportingOptions,
    SaveToFile,
)
from workbench.cli.progress import shown_progress
from workbench.cli.two_inputs import SideOptions, two_inputs
from workbench.cli.writing import choose_destination, write

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity, IpRanges, Semantics
    from workbench.ground import Progress
    from workbench.inventory import Cluster

__all__ = ["DIFFERENT", "connectivity_diff"]

HEADINGS = ("dir1", "dir2")
"""What the reference tool's command line calls the two inputs (formats 2)."""
DIFFERENT = 3
"""Exit status that ``--exit-code`` gives to inputs that differ: 1 already stands for errors in them."""
UNCERTAIN = 4
"""Exit status that it gives where none is found, and the inputs differ in policies that are not evaluated."""


@grouped
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
    reading: ReadingOptions,
    sides: SideOptions,
    policies: PolicyOptions,
    reporting: ReportingOptions,
) -> None:
    """Show every connection that differs between two versions of manifests and policies.

    What changed comes first, then what was added, then what was removed. The answer goes to
    standard output or FILE, problems in the manifests to standard error.

    ```
    netpol-workbench connectivity diff main/ branch/
    netpol-workbench connectivity diff main/ branch/ -f diff.svg
    netpol-workbench connectivity diff --dir1 main/ --dir2 branch/ -o md --exit-code
    netpol-workbench connectivity diff --kustomize main/overlays/prod --kustomize branch/overlays/prod
    netpol-workbench connectivity diff --helm1 chart/ --values1 old.yaml --helm2 chart/ --values2 new.yaml
    ```

    Two folders, two kustomizations or two charts are named one after the other, BEFORE first; --values are for both
    charts then. All else is named side by side, with options that end in 1 and 2.

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
    inputs = two_inputs(paths or (), sides, reading)
    destination = choose_destination(
        "diff", "connectivity_diff", output=output, file=file, save_to_file=save_to_file, remove=remove
    )
    verdict = verdict_of(reporting, "diff")
    semantics = semantics_of(policies, reference=reference)
    with shown_progress(wanted=not verdict.quiet) as progress:
        clusters = [load_inputs(side, verdict, progress) for side in inputs]
        before, after = (_answer(cluster, semantics, progress) for cluster in clusters)
        problems = [
            problem
            for side, cluster, answer in zip(inputs, clusters, (before, after), strict=True)
            for problem in (*answer.problems_found, *missing_workloads(cluster, side))
        ]
        refused = verdict.refuses(problems)
        content, differ = ("", False) if refused else _compared(before, after, destination.format_name, ip_ranges)
        certain = _unevaluated(before) == _unevaluated(after)
    if not refused:
        write(content, destination.file)
        if not (differ or verdict.quiet):
            limits = "" if certain else ", as far as policies are evaluated"
            typer.echo(f"no connection differs{limits}", err=True)
    verdict.report(problems)  # last, where a person at a terminal still sees it
    answered = DIFFERENT if differ else 0 if certain else UNCERTAIN
    raise typer.Exit(verdict.status(problems) or (answered if exit_code and not refused else 0))


def _answer(cluster: Cluster, semantics: Semantics, progress: Progress) -> Connectivity:
    from workbench.connectivity import evaluate  # noqa: PLC0415  (brings numpy)

    return evaluate(cluster, semantics=semantics, progress=progress)


def _unevaluated(found: Connectivity) -> dict[str, object]:
    """Return the policies that are not evaluated, as they are written."""
    return {left.ref: left.spec for left in found.unevaluated}


def _compared(
    before: Connectivity, after: Connectivity, format_name: str, ip_ranges: IpRanges | None
) -> tuple[str | bytes, bool]:
    """Return the answer in its format, and whether anything differs."""
    from workbench.connectivity import diff  # noqa: PLC0415  (brings pandas)

    found = diff(before, after, ip_ranges=ip_ranges or "merged")
    return found.render(format_name, HEADINGS), len(found) > 0
