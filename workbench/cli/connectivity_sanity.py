"""``netpol-workbench connectivity sanity``: which policies and rules have no effect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.asking import Request, answer_on_map, semantics_of, verdict_of
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs
from workbench.cli.options import (
    OUTPUT,
    InputPaths,
    OutputFile,
    PolicyOptions,
    ReadingOptions,
    Reference,
    ReportingOptions,
    TableFormat,
)
from workbench.cli.writing import choose_destination
from workbench.ground import ANSWER_FORMATS, visible

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity, Findings

__all__ = ["FAULTY", "connectivity_sanity"]

FAULTY = 3
"""Exit status that ``--exit-code`` gives to policies with faults: 1 already stands for errors in the manifests."""


@grouped
def connectivity_sanity(  # noqa: PLR0913  (one parameter an option)
    paths: InputPaths = None,
    *,
    output: TableFormat = None,
    file: OutputFile = None,
    reference: Reference = False,
    reading: ReadingOptions,
    policies: PolicyOptions,
    reporting: ReportingOptions,
    exit_code: Annotated[
        bool,
        typer.Option("--exit-code", help=f"Exit with {FAULTY} if anything is found.", rich_help_panel=OUTPUT),
    ] = False,
) -> None:
    """Find the policies and rules that are empty, redundant, shadowed, or contradict each other.

    Empty: it selects no pods, or matches none. Service-port: it names the port of a Service where its
    pods listen on another one. Redundant: without it, the same is allowed. Shadowed: others always
    decide before it. Conflicting: policies of one priority say allow and deny about the same
    connection. Others that are the reason are named. What leads to namespaces of which the manifests
    hold nothing, such as the cluster's DNS, comes last, as info. Every format but txt gives the
    findings as a table.

    ```
    netpol-workbench connectivity sanity manifests/
    netpol-workbench connectivity sanity manifests/ -f findings.csv
    netpol-workbench connectivity sanity manifests/ --exit-code
    ```

    Exit status:

    - 0: the answer was written, whatever it says.
    - 1: there are errors in the manifests. The answer is about what could be read, unless --strict
      or --fail forbid it.
    - 2: no Kubernetes object was found, the command was not understood, or a folder or file
      does not exist or cannot be written.
    - 3: with --exit-code only: something was found that is more than an info, and there are no errors.
    """
    destination = choose_destination("table", "sanity", output=output, file=file)

    faults: list[int] = []

    def written(found: Connectivity) -> str | bytes:
        from workbench.connectivity import sanity  # noqa: PLC0415  (brings numpy)

        findings = sanity(found)
        faults.append(len(findings.faults))
        if destination.format_name == "txt":
            return "".join(f"{line}\n" for line in _lines(findings))
        return ANSWER_FORMATS.render("table", destination.format_name, findings.to_frame())

    def status_of() -> int:
        return FAULTY if exit_code and any(faults) else 0

    verdict = verdict_of(reporting, "answer")
    semantics = semantics_of(policies, reference=reference)
    inputs = Inputs.of(paths, reading)
    question = Request(inputs, destination, verdict, reference=reference, semantics=semantics)
    answer_on_map(question, written, status_of)


def _lines(findings: Findings) -> list[str]:
    """Return the findings as linters write them, the place first, each with what to do about it."""
    lines = [] if findings.faults else ["nothing found"]
    for finding in findings:
        lines.append(f"{visible(finding.policy.source.file)}:{finding.line}: {finding}")
        if finding.remedy:
            lines.append(f"    {visible(finding.remedy)}")
    return lines
