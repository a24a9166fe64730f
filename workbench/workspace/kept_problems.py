"""What a workspace keeps and this version does not read: each record is named, with the command that helps."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from workbench.ground import Problem, UnreadRecord

if TYPE_CHECKING:
    from workbench.workspace.decisions import Key
    from workbench.workspace.workspace import Workspace

__all__ = ["problems_kept", "unread_views"]


def problems_kept(workspace: Workspace, cluster: str | None) -> tuple[Problem, ...]:
    """Return a problem for each record that is not read (workspace 15).

    Parameters
    ----------
    workspace : Workspace
    cluster : str or None
        Only those of it; of all clusters where none is named.
    """
    names = workspace.clusters() if cluster is None else (cluster,)
    return tuple(one.problem(name) for name in names for one in _unread(workspace, name))


def _unread(workspace: Workspace, cluster: str) -> Iterator[UnreadRecord]:
    from workbench.checks import unread_checks  # noqa: PLC0415  (as below)
    from workbench.generate import unread_proposals  # noqa: PLC0415  (brings what generates)
    from workbench.whatif import unread_simulations  # noqa: PLC0415  (as above)

    yield from workspace.address_book(cluster).unread
    yield from workspace.baselines(cluster).unread
    records = workspace.records(cluster=cluster)
    yield from unread_views(records)
    yield from unread_proposals(records)
    yield from unread_simulations(records)
    yield from unread_checks(records)


def unread_views(records: dict[Key, Any]) -> Iterator[UnreadRecord]:
    """Yield the saved views that cannot be listed, or whose name a person cannot write."""
    from workbench.workspace.workspace import VIEW  # noqa: PLC0415  (it asks this module)

    for (kind, name), value in records.items():
        if kind == VIEW and not isinstance(value, dict):
            yield UnreadRecord.of((kind, name, value), "a view is a mapping of choices")
        elif kind == VIEW and name != name.strip():
            yield UnreadRecord.of((kind, name, value), "the name of a view has no spaces around it")
