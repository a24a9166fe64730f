"""``netpol-workbench connectivity map``: every connection that the policies allow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.as_reference import MapOptions, options_left_out
from workbench.cli.asking import Request, answer, focus_of, semantics_of, verdict_of
from workbench.cli.grouped import grouped
from workbench.cli.loading import Inputs
from workbench.cli.options import (
    ANSWER,
    FocusConn,
    FocusDirection,
    FocusPeers,
    FocusWorkloads,
    InputPaths,
    IpRangesOption,
    MapFormat,
    MultipleNetworks,
    Only,
    OutputFile,
    PolicyOptions,
    ReadingOptions,
    Reference,
    Remove,
    ReportingOptions,
    SaveToFile,
)
from workbench.cli.workspace_options import SeenInWorkspace
from workbench.cli.writing import choose_destination
from workbench.ground import ANSWER_FORMATS

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity, Explanation, IpRanges, Networks
    from workbench.ground import Problem
    from workbench.inventory import Cluster

__all__ = ["connectivity_map"]


@grouped
def connectivity_map(  # noqa: PLR0913  (one parameter an option)
    paths: InputPaths = None,
    *,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain",
            help="Show for every pair which policies and rules allow and deny it (txt, csv, json).",
            rich_help_panel=ANSWER,
        ),
    ] = False,
    explain_only: Only = None,
    exposure: Annotated[
        bool,
        typer.Option(
            "--exposure",
            help="Also show what outside the manifests workloads are exposed to.",
            rich_help_panel=ANSWER,
        ),
    ] = False,
    flows: Annotated[
        list[str] | None,
        typer.Option(
            "--flows",
            metavar="FILE",
            help="Mark the connections that were seen in use: flow files.",
            show_default=False,
            rich_help_panel=ANSWER,
        ),
    ] = None,
    workspace: SeenInWorkspace = None,
    focus_workloads: FocusWorkloads = None,
    focus_peers: FocusPeers = None,
    focus_direction: FocusDirection = None,
    focus_conn: FocusConn = None,
    multiple_networks: MultipleNetworks = False,
    output: MapFormat = None,
    file: OutputFile = None,
    save_to_file: SaveToFile = False,
    remove: Remove = False,
    ip_ranges: IpRangesOption = None,
    reference: Reference = False,
    reading: ReadingOptions,
    policies: PolicyOptions,
    reporting: ReportingOptions,
) -> None:
    """Show every connection that the policies allow, with its ports.

    The map goes to standard output or FILE, problems in the manifests to standard error.

    ```
    netpol-workbench connectivity map manifests/
    netpol-workbench connectivity map manifests/ -f map.svg
    netpol-workbench connectivity map manifests/ --flows hubble.jsonl
    netpol-workbench connectivity map manifests/ -w netpol-workspace
    netpol-workbench connectivity map manifests/ --explain --focus-workload shop/web --focus-conn tcp-443
    kubectl get all,ns,netpol -A -o json | netpol-workbench connectivity map -
    ```

    Exit status:

    - 0: the map was written.
    - 1: there are errors in the manifests or flows. The map of all that could be read is written all the
      same, unless --strict or --fail forbid it.
    - 2: no Kubernetes object was found, the command was not understood, or a folder or file
      does not exist or cannot be written.
    """
    verdict = verdict_of(reporting, "map")
    if reference:
        usual = choose_destination(
            "map", "connlist", output=output, file=file, save_to_file=save_to_file, remove=remove
        )
        given = MapOptions(explain, explain_only, exposure, with_peers=bool(focus_workloads and focus_peers))
        counted = given.counted(is_text=usual.format_name == "txt")
        options_left_out(given, counted, verdict.remark)
        explain, explain_only, exposure, _ = counted
    explain = explain or explain_only is not None
    _check_together(
        multiple_networks=multiple_networks, exposure=exposure, flows=flows, workspace=workspace, explain=explain
    )
    seen = bool(flows or workspace)
    destination = choose_destination(
        _kind_of_answer(explain=explain, exposure=exposure, flows=seen, multiple_networks=multiple_networks),
        "connlist",
        output=output,
        file=file,
        save_to_file=save_to_file,
        remove=remove,
    )
    if explain and exposure and destination.format_name != "txt":
        message = "an explanation and an exposure are one answer as txt only"
        raise typer.BadParameter(message, param_hint="'-o'")
    inputs = Inputs.of(paths, reading)
    question = Request(
        inputs,
        destination,
        verdict,
        reference=reference,
        semantics=semantics_of(policies, reference=reference),
        focus=focus_of(focus_workloads, focus_peers, focus_direction, focus_conn, reference=reference),
        multiple_networks=multiple_networks,
    )
    ranges = question.ranges(ip_ranges)
    problems: list[Problem] = []

    def written(found: Connectivity | Networks, cluster: Cluster) -> str | bytes:
        from workbench.connectivity import Networks  # noqa: PLC0415  (brings pandas)

        if isinstance(found, Networks):
            if explain:
                return found.explain(only=explain_only, ip_ranges=ranges).render(destination.format_name)
            return found.render(destination.format_name, ranges)
        if explain:
            explained = found.explain(only=explain_only, ip_ranges=ranges)
            return _with_exposure(found, explained, ranges) if exposure else explained.render(destination.format_name)
        if exposure:
            return found.exposure(ip_ranges=ranges).render(destination.format_name)
        if seen:
            from workbench.cli.flows_loading import flows_at  # noqa: PLC0415  (brings pyarrow and duckdb)
            from workbench.flows import used_connections  # noqa: PLC0415

            used = flows_at(flows, workspace, cluster)
            problems.extend(used.problems_found)
            return ANSWER_FORMATS.render("used", destination.format_name, used_connections(found, used, ranges))
        return found.render(destination.format_name, ranges)

    answer(question, written, found_late=lambda: problems)


def _kind_of_answer(*, explain: bool, exposure: bool, flows: bool, multiple_networks: bool) -> str:
    """Return what is asked for, as its formats are registered."""
    if explain:
        return "explanation"
    if multiple_networks:
        return "networks"
    return "exposure" if exposure else "used" if flows else "map"


def _check_together(
    *, multiple_networks: bool, exposure: bool, flows: list[str] | None, workspace: str | None, explain: bool
) -> None:
    if multiple_networks and exposure:
        message = "an exposure cannot be split by network"
        raise typer.BadParameter(message, param_hint="'--exposure'")
    if flows and workspace:
        message = "flows are those of files or those of a workspace: name one of them"
        raise typer.BadParameter(message, param_hint="'--flows'")
    if (flows or workspace) and (explain or exposure or multiple_networks):
        message = "flows are marked on a plain map: leave --explain, --exposure and --multiple-networks out"
        raise typer.BadParameter(message, param_hint="'--flows'" if flows else "'--workspace'")


def _with_exposure(found: Connectivity, explained: Explanation, ranges: IpRanges) -> str:
    """Return an explanation and an exposure; the reference sets them apart only where something was explained."""
    from workbench.connectivity import exposure_section  # noqa: PLC0415  (needed here only)

    ours = found.wording == "people"
    text = explained.render()
    blank = "\n" if text or ours else ""
    return text + blank + exposure_section(found.exposure(ip_ranges=ranges, explain=ours))
