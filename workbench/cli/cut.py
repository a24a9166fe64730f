"""``netpol-workbench cut``: the fewest pairs to remove so that one end no longer reaches another."""

from __future__ import annotations

from typing import Annotated

import typer

from workbench.cli.asking import semantics_of, verdict_of
from workbench.cli.edges_asked import pairs_asked, taken
from workbench.cli.flows_options import TimeOptions
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs, load_inputs
from workbench.cli.options import (
    INPUT,
    CutFormat,
    OutputFile,
    PolicyOptions,
    ReadingOptions,
    ReportingOptions,
)
from workbench.cli.progress import shown_progress
from workbench.cli.simulate_asked import GitOpsFolder, Recorded
from workbench.cli.workspace_options import Workspace
from workbench.cli.writing import choose_destination, new_folder, write, write_folder

__all__ = ["NOT_CUT", "cut"]

NOT_CUT = 3
"""Exit status where no policies part the two ends."""


@grouped
def cut(  # noqa: PLR0913  (one parameter an option)
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="SRC DST DIR...",
            help="The two ends: workloads, namespaces, patterns such as 'shop/*', addresses, blocks, or outside; then "
            "folders, files or archives with manifests; - reads standard input.",
            show_default=False,
        ),
    ] = None,
    *,
    flows: Annotated[
        list[str] | None,
        typer.Option(
            "--flows",
            metavar="PATH",
            help="A recording: pairs that were seen to pass are spared where others do as well; may be repeated.",
            show_default="those of the workspace, where -w is given",
            rich_help_panel=INPUT,
        ),
    ] = None,
    spare_seen: Annotated[
        bool,
        typer.Option("--spare-seen", help="Never cut a pair that was seen to pass.", rich_help_panel=INPUT),
    ] = False,
    spare: Annotated[
        list[str] | None,
        typer.Option(
            "--spare",
            metavar="PAIR",
            help="Never cut this pair, as 'shop/web -> shop/db'; may be repeated.",
            show_default=False,
            rich_help_panel=INPUT,
        ),
    ] = None,
    workspace: Workspace = None,
    output: CutFormat = None,
    file: OutputFile = None,
    folder: GitOpsFolder = "",
    time: TimeOptions,
    reading: ReadingOptions,
    policies: PolicyOptions,
    reporting: ReportingOptions,
) -> None:
    """Find the fewest connections to remove so that SRC no longer reaches DST, over any number of hops.

    Of these, NetworkPolicies are made that deny just these and nothing else: added ones, or new versions of those that
    are there. Nothing is applied.

    ```
    netpol-workbench cut shop/web payments/db manifests/
    netpol-workbench cut outside payments manifests/ --flows hubble.jsonl.gz -o yaml -f cut.yaml
    netpol-workbench cut shop/web payments/db manifests/ --spare 'shop/web -> shop/api' -o patch | git apply
    netpol-workbench cut 'shop/*' payments/db manifests/ -w netpol-workspace --spare-seen -d cut/
    ```

    Exit status:

    - 0: the answer was written, and SRC does not reach DST with it.
    - 1: there are errors in the manifests.
    - 2: no Kubernetes object was found, the command was not understood, or an end is unknown.
    - 3: no policies part the two, or what is to be spared connects them.
    """
    rest = list(words or ())
    src, dst = (taken(rest, name) for name in ("SRC", "DST"))
    if spare_seen and not flows and workspace is None:
        message = "name a recording, or -w with a workspace: what was seen is not known"
        raise typer.BadParameter(message, param_hint="'--spare-seen'")
    inputs = Inputs.of(rest, reading)
    spared = list(pairs_asked(spare or (), "'--spare'"))
    destination = choose_destination("cut", "cut", output=output, file=file)
    target = new_folder(folder)
    verdict = verdict_of(reporting, "cut")
    with shown_progress(wanted=not verdict.quiet) as progress:
        cluster = load_inputs(inputs, verdict, progress)
        known = Recorded.of(cluster, flows, workspace, time)
        from workbench.whatif import minimal_cut, share  # noqa: PLC0415  (brings pandas)

        semantics = semantics_of(policies)
        found = minimal_cut(cluster, src, dst, known.flows, spare=spared, spare_seen=spare_seen, semantics=semantics)
        problems = list(dict.fromkeys((*found.problems_found, *known.problems)))
        refused = verdict.refuses(problems)
        content = "" if refused else found.render(destination.format_name)
        files = {} if target is None or refused else share(found.change).to_files()
    if not refused:
        if target is not None:
            write_folder(files, target)
        write(content, destination.file)
    verdict.report(problems)
    parted = found.fewest is not None and not found.is_connected
    raise typer.Exit(verdict.status(problems) or (0 if parted else NOT_CUT))
