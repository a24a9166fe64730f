"""``netpol-workbench generate``: policies from manifests, flows, baselines, a list or a recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from workbench.cli.asking import verdict_of
from workbench.cli.generate_asked import (
    Asked,
    Known,
    Origin,
    given_options,
    listed_strategies,
    option_pairs,
    proposal_asked,
)
from workbench.cli.generate_written import PolicyDestination
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs, load_inputs
from workbench.cli.options import ANSWER, INPUT, OUTPUT, InputPaths, ReadingOptions, ReportingOptions
from workbench.cli.progress import shown_progress
from workbench.cli.workspace_options import Workspace
from workbench.cli.writing import write
from workbench.ground import ANSWER_FORMATS, visible

if TYPE_CHECKING:
    from workbench.inventory import Cluster

__all__ = ["generate"]

_STRATEGY_OF: dict[Origin, str] = {
    "manifests": "build-time",
    "flows": "least-privilege",
    "baseline": "least-privilege",
    "list": "required-connections",
    "recipe": "recipe",
    "kubescape": "kubescape",
}
STRATEGY = "Strategy"


@grouped
def generate(  # noqa: PLR0913  (one parameter an option)
    paths: InputPaths = None,
    *,
    origin: Annotated[
        Origin | None,
        typer.Option(
            "--from",
            help="What policies are made of.",
            show_default="flows where --flows is given, list where --list is, else manifests",
            rich_help_panel=INPUT,
        ),
    ] = None,
    flows: Annotated[
        list[str] | None,
        typer.Option(
            "--flows",
            metavar="PATH",
            help="A recording of flows; may be repeated. Without any, --from flows takes those of the workspace.",
            show_default=False,
            rich_help_panel=INPUT,
        ),
    ] = None,
    workspace: Workspace = None,
    listed: Annotated[
        list[str] | None,
        typer.Option(
            "--list",
            metavar="FILE",
            help="Required connections: lines `shop/web -> shop/cart : TCP 8080`, or CSV; may be repeated.",
            show_default=False,
            rich_help_panel=INPUT,
        ),
    ] = None,
    recipe: Annotated[
        str,
        typer.Option(
            "--recipe",
            metavar="NAME",
            help="Which recipe, such as default-deny; --strategies lists them.",
            show_default=False,
            rich_help_panel=INPUT,
        ),
    ] = "",
    strategy: Annotated[
        str,
        typer.Option(
            "--strategy",
            metavar="NAME",
            help="How policies are made; --strategies lists them.",
            show_default="as --from says",
            rich_help_panel=STRATEGY,
        ),
    ] = "",
    options: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="OPTION=VALUE",
            help="An option of the strategy; may be repeated.",
            show_default=False,
            rich_help_panel=STRATEGY,
        ),
    ] = None,
    dns_port: Annotated[
        str,
        typer.Option(
            "--dnsport",
            "--dns-port",
            metavar="PORT",
            help="Number or name of the port at which names are looked up, for build-time.",
            show_default="53",
            rich_help_panel=STRATEGY,
        ),
    ] = "",
    connections: Annotated[
        bool,
        typer.Option(
            "--connections",
            help="Write the connections that manifests declare instead, as np-guard's analyzer does: JSON, or -o yaml.",
            rich_help_panel=ANSWER,
        ),
    ] = False,
    strategies: Annotated[
        bool,
        typer.Option(
            "--strategies", help="List the strategies with their options, and stop.", rich_help_panel=STRATEGY
        ),
    ] = False,
    deletion: Annotated[
        Literal["kubectl", "oc"] | None,
        typer.Option(
            "--deletion-commands",
            help="Print the commands of this client that delete all generated policies, of --in or of all namespaces, "
            "and stop.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    namespaces: Annotated[
        list[str] | None,
        typer.Option(
            "--in",
            metavar="NAMESPACE",
            help="Keep to the workloads of this namespace; may be repeated.",
            show_default=False,
            rich_help_panel=ANSWER,
        ),
    ] = None,
    workloads: Annotated[
        list[str] | None,
        typer.Option(
            "--workload",
            metavar="NAME",
            help="Keep to this workload, as namespace/name[Kind]; may be repeated.",
            show_default=False,
            rich_help_panel=ANSWER,
        ),
    ] = None,
    level: Annotated[
        Literal["exact", "any-port", "namespace"],
        typer.Option("--permissiveness", help="How much more may be allowed for fewer rules.", rich_help_panel=ANSWER),
    ] = "exact",
    output: Annotated[
        str | None,
        typer.Option(
            "-o",
            "--output",
            metavar="FORMAT",
            help=f"One of {', '.join(ANSWER_FORMATS.names('proposal'))}; txt says why each rule is there.",
            show_default="yaml",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    file: Annotated[
        str,
        typer.Option(
            "-f",
            "--output-file",
            metavar="FILE",
            help="Write all policies into this file.",
            show_default="standard output",
            rich_help_panel=OUTPUT,
        ),
    ] = "",
    folder: Annotated[
        str,
        typer.Option(
            "-d",
            "--output-dir",
            metavar="DIR",
            help="Write a file for each policy into this folder.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = "",
    remove: Annotated[
        bool,
        typer.Option("--remove", help="Let -f and -d replace what was written there before.", rich_help_panel=OUTPUT),
    ] = False,
    reading: ReadingOptions,
    reporting: ReportingOptions,
) -> None:
    """Generate policies that allow what is needed, and say why each rule is there.

    What no rule was made of, and why, is said on standard error, and in full by `-o txt` and `-o json`. Nothing is
    applied.

    ```
    netpol-workbench generate manifests/ > policies.yaml
    netpol-workbench generate manifests/ --flows hubble.jsonl.gz -d policies/
    netpol-workbench generate manifests/ --flows hubble.jsonl.gz --in shop -o txt
    netpol-workbench generate manifests/ --from baseline -w netpol-workspace
    netpol-workbench generate manifests/ --list connections.txt --set dns=false
    netpol-workbench generate manifests/ --from recipe --recipe default-deny --in shop
    netpol-workbench generate manifests/ --flows hubble.jsonl.gz --strategy rhacs -o kubectl
    ```

    Exit status:

    - 0: the policies were written.
    - 1: there are errors in the manifests. What could be generated is written all the same, unless --strict or --fail
      forbid it.
    - 2: no Kubernetes object was found, the command was not understood, or a file exists and --remove is not given.
    """
    if strategies:
        typer.echo(listed_strategies(), nl=False)
        raise typer.Exit
    if deletion is not None:
        typer.echo("\n".join(_deletion(namespaces, deletion)))
        raise typer.Exit
    inputs = Inputs.of(paths, reading)
    chosen = _origin(origin, flows, listed, recipe)
    destination = PolicyDestination.of(output, file, folder, remove=remove)
    verdict = verdict_of(reporting, "proposal")
    with shown_progress(wanted=not verdict.quiet) as progress:
        cluster = load_inputs(inputs, verdict, progress)
        problems = list(cluster.problems_found)
        refused = verdict.refuses(problems)
        if connections and not refused:
            write(_connections(cluster, output), file or None)
        elif not refused:
            found = Known.of(chosen, flows, workspace, cluster)
            proposal = proposal_asked(
                cluster,
                found,
                strategy or _STRATEGY_OF[chosen],
                Asked(
                    {**given_options(listed, recipe, dns_port), **option_pairs(options)},
                    tuple(namespaces or ()),
                    tuple(workloads or ()),
                    level,
                ),
            )
            problems = list(dict.fromkeys((*problems, *found.problems, *proposal.problems_found)))
            refused = verdict.refuses(problems)
    if not (refused or connections):
        destination.write(proposal)
        for note in (*proposal.notes, *(f"run first: {one}" for one in proposal.commands)):
            verdict.remark(visible(note))
    verdict.report(problems)
    raise typer.Exit(verdict.status(problems))


def _deletion(namespaces: list[str] | None, client: Literal["kubectl", "oc"]) -> tuple[str, ...]:
    from workbench.generate import deletion_commands  # noqa: PLC0415  (brings pandas)

    return deletion_commands(namespaces or (), client=client)


def _connections(cluster: Cluster, output: str | None) -> str:
    from workbench.generate import reference_connections, reference_json, reference_yaml  # noqa: PLC0415  (as above)

    write_down = reference_yaml if output == "yaml" else reference_json
    return write_down(reference_connections(cluster))


def _origin(origin: Origin | None, flows: object, listed: object, recipe: str) -> Origin:
    if origin is not None:
        return origin
    if flows:
        return "flows"
    if listed:
        return "list"
    return "recipe" if recipe else "manifests"
