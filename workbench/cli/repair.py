"""``netpol-workbench repair``: which rules keep the flows that a change would cut."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.asking import semantics_of, verdict_of
from workbench.cli.edges_asked import edges_asked
from workbench.cli.flows_options import TimeOptions
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs, load_inputs
from workbench.cli.options import (
    INPUT,
    InputPaths,
    OutputFile,
    PolicyOptions,
    ReadingOptions,
    RepairFormat,
    ReportingOptions,
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
    Recorded,
    simulation_asked,
)
from workbench.cli.workspace_options import Workspace
from workbench.cli.writing import choose_destination, new_folder, write, write_folder

__all__ = ["NOT_KEPT", "repair"]

NOT_KEPT = 3
"""Exit status of a change that cuts something which no rule keeps."""


@grouped
def repair(  # noqa: PLR0913  (one parameter an option)
    paths: InputPaths = None,
    *,
    change: ChangedPaths = None,
    delete: DeletedPolicies = None,
    to: ChangedTo = None,
    flows: JudgedBy = None,
    history: HistoryFolder = "",
    edges: Annotated[
        list[str] | None,
        typer.Option(
            "--edge",
            metavar="EDGE",
            help="Keep this edge, as 'shop/web -> shop/db : TCP 5432', whether it was seen or not; may be repeated.",
            show_default="all that is cut",
            rich_help_panel=INPUT,
        ),
    ] = None,
    workspace: Workspace = None,
    output: RepairFormat = None,
    file: OutputFile = None,
    folder: GitOpsFolder = "",
    time: TimeOptions,
    reading: ReadingOptions,
    policies: PolicyOptions,
    reporting: ReportingOptions,
) -> None:
    """Find the fewest rules that keep the flows which a change would cut, and open nothing else.

    The policies are to be applied with the change. Without --edge, all flows that were recorded and would be cut are
    kept, and what platforms need, such as DNS, as far as rules can. Nothing is applied.

    ```
    netpol-workbench repair manifests/ --change deny-all.yaml --flows hubble.jsonl.gz
    netpol-workbench repair manifests/ --change deny-all.yaml --flows hubble.jsonl.gz -o yaml -f keep.yaml
    netpol-workbench repair manifests/ --change deny-all.yaml --edge 'shop/web -> shop/db : TCP 5432' -o yaml
    netpol-workbench repair main/ --to branch/ -w netpol-workspace -d keep/
    ```

    Exit status:

    - 0: the answer was written, and all that is to be kept is.
    - 1: there are errors in the manifests or in the change.
    - 2: no Kubernetes object was found, or the command was not understood.
    - 3: something is cut that no rule keeps.
    """
    asked = ChangeAsked.of(change, delete, to, history)
    inputs = Inputs.of(paths, reading)
    destination = choose_destination("repair", "repair", output=output, file=file)
    target = new_folder(folder)
    verdict = verdict_of(reporting, "repair")
    with shown_progress(wanted=not verdict.quiet) as progress:
        cluster = load_inputs(inputs, verdict, progress)
        known = Recorded.of(cluster, flows, workspace, time)
        semantics = semantics_of(policies)
        simulation = simulation_asked(cluster, asked, known, semantics, progress, reading.namespace)
        from workbench.whatif import ClusterChange, Unrepaired, share  # noqa: PLC0415  (brings pandas)
        from workbench.whatif import repair as repaired  # noqa: PLC0415  (as above)

        found = repaired(simulation, list(edges_asked(edges, "'--edge'")) if edges else None)
        problems = list(dict.fromkeys((*cluster.problems_found, *known.problems, *found.problems_found)))
        refused = verdict.refuses(problems)
        content = "" if refused else found.render(destination.format_name)
        added = ClusterChange.of(simulation.after.cluster, found.policies)
        files = {} if target is None or refused else share(added).to_files()
    if not refused:
        if target is not None:
            write_folder(files, target)
        write(content, destination.file)
    verdict.report(problems)
    raise typer.Exit(
        verdict.status(problems)
        or (NOT_KEPT if any(one.why is not Unrepaired.NOT_CUT for one in found.unrepaired) else 0)
    )
