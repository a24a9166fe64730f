"""What there is in a workspace, fact by fact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from workbench.workspace.frames import FACTS

if TYPE_CHECKING:
    import pandas as pd

    from workbench.workspace.workspace import Workspace

__all__ = ["facts_of"]


def facts_of(workspace: Workspace) -> pd.DataFrame:
    """Return what there is in a workspace.

    Returns
    -------
    DataFrame
        Columns as in `frames.FACTS`.
    """
    return FACTS.from_rows([(name, str(value)) for name, value in _facts(workspace)])


def _facts(workspace: Workspace) -> Iterator[tuple[str, object]]:
    decisions, batches, size = workspace.decisions(), workspace.flows.batches(), workspace.size()
    times = [moment for batch in batches for moment in (batch.first, batch.last) if moment]
    clusters = workspace.clusters()
    of_flows = workspace.open_flows().clusters if batches else ()
    yield "folder", workspace.path
    yield "decisions_in", workspace.place
    yield "decisions", len(decisions)
    yield "last_decision", decisions[-1].decided_at.isoformat(timespec="seconds") if decisions else ""
    yield "records", sum(len(workspace.records(cluster=name)) for name in clusters)
    yield "clusters", ", ".join(sorted({*filter(None, clusters), *of_flows}))
    yield "views", sum(len(workspace.views(name)) for name in clusters)
    yield "simulations", sum(len(workspace.simulations(name)) for name in clusters)
    yield "flow_files", len(batches)
    yield "flows", sum(batch.rows for batch in batches)
    yield "flows_from", min(times, default="")
    yield "flows_to", max(times, default="")
    yield "bytes_of_flows", size.flows
    yield "bytes_of_decisions", size.decisions
    yield "bytes_of_ranges", size.ranges
