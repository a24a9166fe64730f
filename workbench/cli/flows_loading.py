"""The flows that a command was pointed at, in files or in a store."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from workbench.cli.flows_options import check_flows_installed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.flows.flows import Flows
    from workbench.inventory.cluster import Cluster

__all__ = ["flows_at"]


def flows_at(paths: Sequence[str], cluster: Cluster) -> Flows:
    """Return the flows in files, or those of a store if `paths` is its folder alone.

    Raises
    ------
    ValueError
        If a file cannot be read as flows.
    LookupError
        If a path does not exist.
    """
    check_flows_installed()
    from workbench.flows.load import load_flows, open_flows  # noqa: PLC0415  (brings pyarrow and duckdb)
    from workbench.flows.store import FlowStore  # noqa: PLC0415
    from workbench.manifests.problems import Severity  # noqa: PLC0415

    if len(paths) == 1 and (Path(paths[0]) / FlowStore.MANIFEST).exists():
        return open_flows(paths[0], cluster=cluster)
    try:
        found = load_flows(paths, cluster=cluster)
    except FileNotFoundError as error:
        raise LookupError(str(error)) from error
    for problem in found.problems_found:
        if problem.severity is Severity.ERROR and problem.line is None:
            raise ValueError(str(problem))
    return found
