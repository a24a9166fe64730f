"""The flows of a workspace: a store of Parquet in its folder (workspace 11, 14)."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from workbench.ground import Shown, needed_by
from workbench.workspace.decisions import WorkspaceError, checked_cluster, utc_now

if TYPE_CHECKING:
    from workbench.flows import FlowStore, LoadedFlows
    from workbench.inventory import Cluster

__all__ = ["FlowsKeeper"]

_FLOWS: Final = "flows"


class FlowsKeeper(Shown):
    """A folder that keeps flows.

    Attributes
    ----------
    path : Path
    """

    path: Path

    @cached_property
    def flows(self) -> FlowStore:
        """Where its flows are kept.

        Raises
        ------
        WorkspaceError
            If the folder is itself a store of flows, as earlier versions made them.
        """
        with needed_by("keeping flows"):
            from workbench.flows import FlowStore  # noqa: PLC0415  (brings filelock)

        if (self.path / FlowStore.MANIFEST).exists():
            message = f"{self.path} is a store of flows, and not a workspace with one"
            raise WorkspaceError(message, _made_a_workspace(self.path))
        return FlowStore(self.path / _FLOWS)

    def flows_for(self, cluster: str) -> FlowStore:
        """Return where flows of a cluster are imported that do not name it themselves (workspace 14).

        Parameters
        ----------
        cluster : str

        Raises
        ------
        WorkspaceError
            As of `flows`.
        """
        store = self.flows
        return type(store)(store.folder, cluster=checked_cluster(cluster))

    @property
    def has_flows(self) -> bool:
        """Whether flows were imported into it."""
        with needed_by("keeping flows"):
            from workbench.flows import FlowStore  # noqa: PLC0415  (brings filelock)

        return (self.path / _FLOWS / FlowStore.MANIFEST).is_file()

    def delete_flows(self, before: str | date, *, now: Callable[[], datetime] = utc_now) -> int:
        """Delete the flows that began before a moment, and DNS answers that ended: all of them, or none (workspace 11).

        Parameters
        ----------
        before : datetime, date or str
            Text as `Flows.between` takes it: ``"2026-11-21"``, ``"30 days ago"``; without a zone it is UTC.
        now : callable, optional
            Returns the time.

        Returns
        -------
        int
            How many flows went.

        Raises
        ------
        ArgumentError
            If the text is no time.
        FlowStoreError
            If a file that holds flows is damaged, or the folder cannot be written.
        """
        return self.flows.remove_before(before, now=now)

    def open_flows(
        self, cluster: Cluster | None = None, *, memory_limit: str | None = None, before_last: int = 0
    ) -> LoadedFlows:
        """Return all flows that were imported; `Flows.of_cluster` keeps to one of several clusters (workspace 14).

        Parameters
        ----------
        cluster : Cluster, optional
            Whose workloads the ends are attributed to.
        memory_limit : str, optional
        before_last : int
            How many imports to leave out, the last ones; both as `open_flows` takes them.

        Raises
        ------
        WorkspaceError
            If none were.
        FlowStoreError
            If they cannot be read at all.
        """
        with needed_by("keeping flows"):
            from workbench.flows import open_flows  # noqa: PLC0415  (brings pyarrow and duckdb)

        if not self.flows.batches():
            message = f"nothing was imported into {self.path} yet"
            raise WorkspaceError(message, "name files of flows, or `flows import` them")
        return open_flows(self.flows, cluster=cluster, memory_limit=memory_limit, before_last=before_last)


def _made_a_workspace(store: Path) -> str:
    """Return what to do with a folder that is a store of flows."""
    if store.name == _FLOWS:
        return f"name the folder around it, {store.parent}"
    old, aside, new = (
        shlex.quote(str(path)) for path in (store, store.with_name(f"{store.name}-{_FLOWS}"), store / _FLOWS)
    )
    return f"make it one with: mv {old} {aside} && mkdir {old} && mv {aside} {new}"
