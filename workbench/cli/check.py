"""``netpol-workbench check``: what is wrong with policies and with what they allow."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.asking import semantics_of, verdict_of
from workbench.cli.check_asked import (
    AcceptedFile,
    CorporateFiles,
    DeclaredOptions,
    KeptNamespaces,
    OnlyChecks,
    SkippedChecks,
    accepted_asked,
    corporate_asked,
    declared_asked,
    ids_in,
)
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs, load_inputs
from workbench.cli.options import (
    INPUT,
    OUTPUT,
    FindingsFormat,
    InputPaths,
    OutputFile,
    PolicyOptions,
    ReadingOptions,
    ReportingOptions,
)
from workbench.cli.progress import shown_progress
from workbench.cli.simulate_asked import JudgedBy, Recorded
from workbench.cli.workspace_options import Workspace
from workbench.cli.writing import choose_destination, write
from workbench.ground import ANSWER_FORMATS, visible

if TYPE_CHECKING:
    from workbench.checks import CheckFindings, CheckSeverity
    from workbench.inventory import Cluster

__all__ = ["FAILING", "check_policies"]

FAILING = 3
"""Exit status that ``--fail-on`` gives where a finding is that bad."""


@grouped
def check_policies(  # noqa: PLR0913  (one parameter an option)
    paths: InputPaths = None,
    *,
    flows: JudgedBy = None,
    workspace: Workspace = None,
    accepted: AcceptedFile = "",
    rules: CorporateFiles = None,
    only: OnlyChecks = None,
    skip: SkippedChecks = None,
    namespaces: KeptNamespaces = None,
    since: Annotated[
        list[str] | None,
        typer.Option(
            "--since",
            metavar="PATH",
            help="Manifests of an earlier time, such as those of the main branch: what is found in these, too, is "
            "known, and what is found no more is named; may be repeated.",
            show_default=False,
            rich_help_panel=INPUT,
        ),
    ] = None,
    fail_on: Annotated[
        str,
        typer.Option(
            "--fail-on",
            metavar="SEVERITY",
            help=f"Exit with {FAILING} if a finding that nobody answers for is that bad, or worse: critical, high, "
            "medium, low or info.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = "",
    list_checks: Annotated[
        bool,
        typer.Option("--list", help="List the checks instead, with reason and remedy; no manifests are read."),
    ] = False,
    output: FindingsFormat = None,
    file: OutputFile = None,
    declared: DeclaredOptions,
    reading: ReadingOptions,
    policies: PolicyOptions,
    reporting: ReportingOptions,
) -> None:
    """Find what is wrong with policies and with what they allow, each finding with its proof and what to do.

    Findings that somebody answers for stand in a file (check, object, owner, reason, expires), or as an annotation
    ignore-check.netpol-workbench/ID of the object or its namespace, with the reason as its value. Checks that lack
    something, such as flows, are not asked, and that is said.

    ```
    netpol-workbench check manifests/
    netpol-workbench check manifests/ --accepted accepted.yaml --fail-on high -o sarif -f netpol.sarif
    netpol-workbench check branch/ --since main/ --fail-on medium
    netpol-workbench check manifests/ --flows hubble.jsonl.gz --only NP016,NP036
    netpol-workbench check manifests/ --rules corporate.yaml --cni calico
    netpol-workbench check --list
    ```

    Exit status:

    - 0: the findings were written, whatever they say.
    - 1: there are errors in the manifests. The findings about all that could be read are written all the same, unless
      --strict or --fail forbid it.
    - 2: the command or a file was not understood, no Kubernetes object was found, or a folder or file does not exist
      or cannot be written.
    - 3: with --fail-on only: a finding is that bad.
    """
    if list_checks:
        _write_list(output, file)
        return
    limit = _limit(fail_on)
    destination = choose_destination("findings", "findings", output=output, file=file)
    verdict = verdict_of(reporting, "answer")
    inputs = Inputs.of(paths, reading)
    with shown_progress(wanted=not verdict.quiet) as progress:
        from workbench.checks import check  # noqa: PLC0415  (brings numpy)
        from workbench.connectivity import evaluate  # noqa: PLC0415  (as above)

        answered = accepted_asked(accepted, workspace, verdict)
        corporate = corporate_asked(rules, verdict)
        cluster = load_inputs(inputs, verdict, progress)
        known = Recorded.of(cluster, flows, workspace, is_for_keeping=True)
        facts = declared_asked(declared, workspace)

        def found_in(inspected: Cluster) -> CheckFindings:
            return check(
                evaluate(inspected, semantics=semantics_of(policies), progress=progress),
                known.flows,
                known.baselines or None,
                answered,
                only=ids_in(only),
                skip=ids_in(skip),
                namespaces=ids_in(namespaces),
                declared=facts,
                corporate=corporate,
                now=datetime.now(UTC),
                progress=progress,
            )

        found = found_in(cluster)
        if since:
            found = found.since(found_in(load_inputs(Inputs.of(since, reading), verdict, progress)))
        problems = list(dict.fromkeys((*found.problems_found, *known.problems)))
        refused = verdict.refuses(problems)
        content = "" if refused else found.render(destination.format_name)
    if not refused:
        write(content, destination.file)
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems) or (0 if refused else _status(found, limit)))


def _limit(severity: str) -> CheckSeverity | None:
    """Return the severity that fails.

    Raises
    ------
    typer.BadParameter
        If there is no such severity.
    """
    from workbench.checks import CheckSeverity  # noqa: PLC0415  (as above)

    if not severity:
        return None
    if severity not in set(CheckSeverity):
        message = f"{visible(severity)}: a severity is {', '.join(one.value for one in CheckSeverity)}"
        raise typer.BadParameter(message, param_hint="'--fail-on'")
    return CheckSeverity(severity)


def _status(found: CheckFindings, limit: CheckSeverity | None) -> int:
    return FAILING if limit is not None and found.failing(limit) else 0


def _write_list(output: str | None, file: str | None) -> None:
    from workbench.checks import CheckFindings, chosen_checks  # noqa: PLC0415  (as above)

    destination = choose_destination("table", "checks", output=output, file=file)
    rows = CheckFindings((), tuple(chosen_checks((), ()))).checks_frame()
    shown = rows[["check", "severity", "title", "reason", "remedy", "source"]]
    write(ANSWER_FORMATS.render("table", destination.format_name, shown), destination.file)
