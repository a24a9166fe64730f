"""``netpol-workbench simulate``: what a change of policies opens, closes and cuts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.asking import semantics_of, verdict_of
from workbench.cli.flows_options import TimeOptions
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs, load_inputs
from workbench.cli.options import (
    ANSWER,
    INPUT,
    OUTPUT,
    InputPaths,
    OutputFile,
    PolicyOptions,
    ReadingOptions,
    ReportingOptions,
    SimulationFormat,
)
from workbench.cli.progress import shown_progress
from workbench.cli.simulate_asked import (
    ChangeAsked,
    ChangedPaths,
    ChangedTo,
    DeletedPolicies,
    GitOpsFolder,
    HistoryFolder,
    JudgedBy,
    KeptName,
    Recorded,
    change_asked,
    simulator_asked,
)
from workbench.cli.simulate_written import Written, overall
from workbench.cli.workspace_options import Workspace, opened_workspace
from workbench.ground import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.whatif import Alternatives, ChangeGiven, SimulatedSequence, Simulation, Simulator

__all__ = ["RISKY", "UNCERTAIN", "simulate"]

RISKY = 3
"""Exit status that ``--exit-code`` gives to a change that cuts, opens or loses something."""
UNCERTAIN = 4
"""Exit status that it gives to one of which that is not certain."""


@grouped
def simulate(  # noqa: PLR0913  (one parameter an option)
    paths: InputPaths = None,
    *,
    change: ChangedPaths = None,
    delete: DeletedPolicies = None,
    to: ChangedTo = None,
    then: Annotated[
        list[str] | None,
        typer.Option(
            "--then",
            metavar="PATH",
            help="Policies of a further change, which is made after the one before it; may be repeated. Each step is "
            "judged by itself, and all of them together.",
            show_default=False,
            rich_help_panel=INPUT,
        ),
    ] = None,
    alternative: Annotated[
        list[str] | None,
        typer.Option(
            "--or",
            "--alternative",
            metavar="PATH",
            help="Policies of another change that could be made instead; may be repeated. All are put side by side, "
            "the one that breaks least first.",
            show_default=False,
            rich_help_panel=INPUT,
        ),
    ] = None,
    kept: KeptName = "",
    flows: JudgedBy = None,
    history: HistoryFolder = "",
    workspace: Workspace = None,
    list_flows: Annotated[
        str,
        typer.Option(
            "--list",
            metavar="VERDICT",
            help="List the flows with this verdict instead: cut, opened, uncertain, kept or still-denied.",
            show_default=False,
            rich_help_panel=ANSWER,
        ),
    ] = "",
    output: SimulationFormat = None,
    file: OutputFile = None,
    folder: GitOpsFolder = "",
    root: Annotated[
        str,
        typer.Option(
            "--root",
            metavar="DIR",
            help="The folder that the paths of a patch begin at.",
            show_default="this one, if the policies stand in it, else the innermost that holds them",
            rich_help_panel=OUTPUT,
        ),
    ] = "",
    keep: Annotated[
        str,
        typer.Option(
            "--keep",
            metavar="NAME",
            help="Keep the change and what comes of it in the workspace under this name.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = "",
    note: Annotated[
        str,
        typer.Option(
            "--note", metavar="TEXT", help="What --keep writes beside it.", show_default=False, rich_help_panel=OUTPUT
        ),
    ] = "",
    exit_code: Annotated[
        bool,
        typer.Option(
            "--exit-code",
            help=f"Exit with {RISKY} if the change cuts, opens or loses something, {UNCERTAIN} if that is not certain; "
            "of several steps, if one does, of alternatives, if the best does.",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    time: TimeOptions,
    reading: ReadingOptions,
    policies: PolicyOptions,
    reporting: ReportingOptions,
) -> None:
    """Show what a change of policies opens, closes and cuts, before it is made.

    Policies that are added, modified or deleted are judged by the manifests, and by traffic that was recorded: each
    flow is cut, opened, kept, still denied, or uncertain. Nothing is applied.

    ```
    netpol-workbench simulate manifests/ --change deny-all.yaml
    netpol-workbench simulate manifests/ --change deny-all.yaml --flows hubble.jsonl.gz
    netpol-workbench simulate manifests/ --delete 'NetworkPolicy shop/db' --flows hubble.jsonl.gz --list opened
    netpol-workbench simulate main/ --to branch/ -w netpol-workspace -o md --exit-code
    netpol-workbench simulate manifests/ --change deny-all.yaml --flows november/ --history snapshots/
    netpol-workbench simulate manifests/ --change first.yaml --then second.yaml --flows hubble.jsonl.gz
    netpol-workbench simulate manifests/ --change strict.yaml --or lenient.yaml --flows hubble.jsonl.gz
    netpol-workbench simulate manifests/ --change deny-all.yaml -o patch | git apply
    netpol-workbench simulate manifests/ --change deny-all.yaml -d gitops/
    netpol-workbench simulate manifests/ --change deny-all.yaml --keep deny-all --note 'for november'
    netpol-workbench simulate manifests/ --kept deny-all
    ```

    Exit status:

    - 0: the answer was written, whatever it says.
    - 1: there are errors in the manifests or in the change. The answer about all that could be read is written all
      the same, unless --strict or --fail forbid it.
    - 2: no Kubernetes object was found, the command was not understood, a folder or file does not exist or cannot be
      written, or the change cannot be written as a patch.
    - 3: with --exit-code only: the change cuts flows, opens connections, leaves workloads unprotected, or denies what
      a platform needs.
    - 4: with --exit-code only: nothing of that is found, and flows are uncertain.
    """
    asked = ChangeAsked.of(change, delete, to, history, kept, workspace)
    if then and alternative:
        message = "steps that follow on one another, or changes of which one is made: not both"
        raise typer.BadParameter(message, param_hint="'--then', '--or'")
    if note and not keep:
        message = "it is written beside a simulation that is kept: name that with --keep"
        raise typer.BadParameter(message, param_hint="'--note'")
    inputs = Inputs.of(paths, reading)
    written = Written.of(
        output,
        file,
        folder,
        root,
        list_flows=list_flows,
        keep=keep,
        is_several=bool(then or alternative),
        is_choice=bool(alternative),
    )
    verdict = verdict_of(reporting, "simulation")
    with shown_progress(wanted=not verdict.quiet) as progress:
        cluster = load_inputs(inputs, verdict, progress)
        known = Recorded.of(cluster, flows, workspace, time, is_for_keeping=bool(keep or kept))
        simulator = simulator_asked(cluster, history, known, semantics_of(policies), progress)
        found = _found(simulator, asked, then or (), alternative or (), reading.namespace)
        handed = written.made(found, reading.namespace)
        problems = list(
            dict.fromkeys((*cluster.problems_found, *known.problems, *found.problems_found, *handed.problems))
        )
        refused = verdict.refuses(problems)
        status = 0 if refused else _status(found)
    if not refused:
        written.write(handed)
        if handed.remark:
            verdict.remark(visible(handed.remark))
        if keep:
            with opened_workspace(workspace, must_exist=False) as opened:
                decision = opened.keep_simulation(keep, overall(found), note=note)
            verdict.remark(visible(f"decision {decision.id}: the simulation {keep} is kept"))
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems) or (status if exit_code else 0))


def _found(
    simulator: Simulator, asked: ChangeAsked, then: Sequence[str], alternatives: Sequence[str], namespace: str
) -> Simulation | SimulatedSequence | Alternatives:
    """Return what the change does, or what several do."""
    first = change_asked(simulator.cluster, asked, namespace)
    if not (then or alternatives):
        return simulator.simulate(first)
    changes: dict[str, ChangeGiven] = {asked.name: first}
    for number, path in enumerate(then or alternatives, start=2):
        changes[f"{path} ({number})" if path in changes else path] = [path]
    if then:
        return simulator.sequence(changes, namespace=namespace)
    return simulator.alternatives(changes, namespace=namespace)


def _status(found: Simulation | SimulatedSequence | Alternatives) -> int:
    from workbench.whatif import SimulatedSequence  # noqa: PLC0415  (brings pandas)

    judged = [*found.simulations.values()] if isinstance(found, SimulatedSequence) else [overall(found)]
    risks = {risk for one in judged for risk in one.to_frame()["risk"]}
    if risks - {"uncertain"}:
        return RISKY
    return UNCERTAIN if risks else 0
