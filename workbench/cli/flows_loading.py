"""The flows that a command was pointed at, in files or in a workspace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from workbench.cli.workspace_options import opened_workspace, refuse_workspaces
from workbench.ground import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.flows import LoadedFlows, TableMapping
    from workbench.inventory import Cluster

__all__ = ["flows_at", "mapping_in", "within_memory"]


@contextmanager
def within_memory(limit: str | None) -> Iterator[None]:
    """Tell what to do if something does not fit into the memory that it may take."""
    from duckdb import OutOfMemoryException  # noqa: PLC0415  (not where flows are not asked for)

    try:
        yield
    except OutOfMemoryException as error:
        what = f"{limit} is not enough memory" if limit else "there is not enough memory"
        message = f"{what} for this: allow more, or ask about a shorter time"
        raise typer.BadParameter(message, param_hint="'--memory-limit'") from error


def mapping_in(path: str | None) -> TableMapping | None:
    """Return the mapping in a file; None without one."""
    if path is None:
        return None
    from workbench.flows import FlowTableError, read_mapping  # noqa: PLC0415  (brings pyarrow)

    try:
        return read_mapping(path)
    except (FlowTableError, OSError) as error:
        raise typer.BadParameter(visible(str(error)), param_hint="'--mapping'") from error


def flows_at(paths: Sequence[str] | None, workspace: str | None, cluster: Cluster) -> LoadedFlows:
    """Return the flows in files, or those of a workspace; both say what is damaged.

    Raises
    ------
    ArgumentError
        If no file holds flows.
    WorkspaceError, FlowStoreError
        If nothing was imported, or if that cannot be read at all.
    MissingFileError
        If a path does not exist.
    """
    from workbench.flows import load_flows  # noqa: PLC0415  (brings pyarrow and duckdb)

    if paths:
        refuse_workspaces(paths)
        return load_flows(paths, cluster=cluster)
    with opened_workspace(workspace) as opened:
        return opened.open_flows(cluster)
