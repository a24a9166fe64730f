"""``netpol-workbench test``: do policies do what is expected of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.asking import semantics_of, verdict_of
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs, load_inputs
from workbench.cli.options import (
    INPUT,
    InputPaths,
    OutcomesFormat,
    OutputFile,
    PolicyOptions,
    ReadingOptions,
    ReportingOptions,
)
from workbench.cli.progress import shown_progress
from workbench.cli.simulate_asked import Recorded
from workbench.cli.verdict import ProblemReporter
from workbench.cli.workspace_options import Workspace
from workbench.cli.writing import choose_destination, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.whatif import Expectations

__all__ = ["FAILED", "run_expectations"]

FAILED = 3
"""Exit status where an expectation does not hold."""


@grouped
def run_expectations(  # noqa: PLR0913  (one parameter an option)
    paths: InputPaths = None,
    *,
    expect: Annotated[
        list[str] | None,
        typer.Option(
            "--expect",
            "-e",
            metavar="FILE",
            help="What is expected of the policies; may be repeated.",
            show_default="*.netpol-test.yaml below DIR",
            rich_help_panel=INPUT,
        ),
    ] = None,
    flows: Annotated[
        list[str] | None,
        typer.Option(
            "--flows",
            metavar="PATH",
            help="A recording of flows, for expectations that name none; may be repeated.",
            show_default="those of the workspace, where -w is given",
            rich_help_panel=INPUT,
        ),
    ] = None,
    workspace: Workspace = None,
    output: OutcomesFormat = None,
    file: OutputFile = None,
    reading: ReadingOptions,
    policies: PolicyOptions,
    reporting: ReportingOptions,
) -> None:
    """Try what is expected of policies, without a cluster.

    Expectations are lines such as `- allow: shop/web -> shop/cart : TCP 8080`, `- deny: shop/* -> payments/db` or
    `- isolated: payments/*`, and tests of netassert. Each that fails says which policies and rules decide, and where
    these stand.

    ```
    netpol-workbench test manifests/
    netpol-workbench test manifests/ -e shop.netpol-test.yaml -e payments.netpol-test.yaml
    netpol-workbench test manifests/ -o junit -f netpol.xml
    netpol-workbench test manifests/ --flows november/ -o github
    ```

    Exit status:

    - 0: all expectations hold.
    - 1: there are errors in the manifests. The outcomes about all that could be read are written all the same, unless
      --strict or --fail forbid it.
    - 2: the command or an expectation was not understood, there is none, no Kubernetes object was found, or a folder
      or file does not exist or cannot be written. Nothing is tried then.
    - 3: an expectation does not hold, or has no answer.
    """
    inputs = Inputs.of(paths, reading)
    destination = choose_destination("outcomes", "netpol-test", output=output, file=file)
    verdict = verdict_of(reporting, "report")
    expected = _expected(expect, inputs, verdict)
    with shown_progress(wanted=not verdict.quiet) as progress:
        from workbench.whatif import outcomes  # noqa: PLC0415  (brings numpy)

        cluster = load_inputs(inputs, verdict, progress)
        known = Recorded.of(cluster, flows, workspace)
        problems = [*cluster.problems_found, *known.problems]
        refused = verdict.refuses(problems)
        if not refused:
            found = outcomes(cluster, expected, known.flows, semantics=semantics_of(policies), progress=progress)
            problems = list(dict.fromkeys((*found.problems_found, *problems)))
            refused = verdict.refuses(problems)
    status = 0
    if not refused:
        write(found.render(destination.format_name), destination.file)
        status = 0 if found.hold else FAILED
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems) or status)


def _expected(named: Sequence[str] | None, inputs: Inputs, verdict: ProblemReporter) -> Expectations:
    """Return what is expected: what cannot be read ends the command, since it would not be tried.

    Raises
    ------
    typer.BadParameter
        If there is no file of expectations.
    typer.Exit
        With status 2 if a file has an error.
    """
    from workbench.whatif import find_expectations, read_expectations  # noqa: PLC0415  (brings pydantic)

    folders = (*inputs.paths, *inputs.kustomize, *inputs.helm)
    files = list(named or ()) or [str(one) for one in find_expectations(folders)]
    if not files:
        message = f"there is no file *.netpol-test.yaml in {inputs}: name one"
        raise typer.BadParameter(message, param_hint="'--expect'")
    found = read_expectations(files)
    if verdict.status(found.problems_found):
        verdict.report(found.problems_found, nothing_read=True)
        raise typer.Exit(2)
    verdict.report(found.problems_found)
    return found
