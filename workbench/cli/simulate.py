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
from workbench.cli.simulate_asked import ChangeAsked, ChangedPaths, DeletedPolicies, Recorded, simulation_asked
from workbench.cli.workspace_options import Workspace
from workbench.cli.writing import choose_destination, write
from workbench.ground import ANSWER_FORMATS

if TYPE_CHECKING:
    from workbench.whatif import Simulation

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
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to",
            metavar="PATH",
            help="The manifests as they would be as a whole, such as the folder of another branch; may be repeated.",
            show_default=False,
            rich_help_panel=INPUT,
        ),
    ] = None,
    flows: Annotated[
        list[str] | None,
        typer.Option(
            "--flows",
            metavar="PATH",
            help="A recording of flows that the change is judged by; may be repeated.",
            show_default="those of the workspace, where -w is given",
            rich_help_panel=INPUT,
        ),
    ] = None,
    history: Annotated[
        str,
        typer.Option(
            "--history",
            metavar="DIR",
            help="A folder with the cluster of each time, named as 2026-11-29T10-00-00Z: flows are judged by the "
            "cluster of their time.",
            show_default=False,
            rich_help_panel=INPUT,
        ),
    ] = "",
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
    exit_code: Annotated[
        bool,
        typer.Option(
            "--exit-code",
            help=f"Exit with {RISKY} if the change cuts, opens or loses something, {UNCERTAIN} if that is not certain.",
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
    ```

    Exit status:

    - 0: the answer was written, whatever it says.
    - 1: there are errors in the manifests or in the change. The answer about all that could be read is written all
      the same, unless --strict or --fail forbid it.
    - 2: no Kubernetes object was found, the command was not understood, or a folder or file does not exist or cannot
      be written.
    - 3: with --exit-code only: the change cuts flows, opens connections, leaves workloads unprotected, or denies what
      a platform needs.
    - 4: with --exit-code only: nothing of that is found, and flows are uncertain.
    """
    if bool(to) == bool(change or delete):
        message = "name either --change and --delete, or --to: exactly one of the two"
        raise typer.BadParameter(message, param_hint="'--change'")
    inputs = Inputs.of(paths, reading)
    kind = "table" if list_flows else "simulation"
    destination = choose_destination(kind, "simulation", output=output, file=file)
    verdict = verdict_of(reporting, "simulation")
    with shown_progress(wanted=not verdict.quiet) as progress:
        cluster = load_inputs(inputs, verdict, progress)
        known = Recorded.of(cluster, flows, workspace, time)
        asked = ChangeAsked(change or (), delete or (), to or (), history)
        found = simulation_asked(cluster, asked, known, semantics_of(policies), progress)
        problems = list(dict.fromkeys((*cluster.problems_found, *known.problems, *found.problems_found)))
        refused = verdict.refuses(problems)
        content = "" if refused else _written(found, list_flows, destination.format_name)
        status = 0 if refused else _status(found)
    if not refused:
        write(content, destination.file)
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems) or (status if exit_code else 0))


def _written(found: Simulation, verdict: str, format_name: str) -> str | bytes:
    """Return the answer in its format: the simulation, or the flows with one verdict."""
    if not verdict:
        return found.render(format_name)
    return ANSWER_FORMATS.render("table", format_name, found.flows(*verdict.split(",")))


def _status(found: Simulation) -> int:
    risks = set(found.to_frame()["risk"])
    if risks - {"uncertain"}:
        return RISKY
    return UNCERTAIN if risks else 0
