"""Which workloads have a policy, which should get one, and of which nothing was recorded to make one of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from workbench.baseline import frames
from workbench.baseline.restarting import policies_by_workload

if TYPE_CHECKING:
    from workbench.flows import Flows
    from workbench.inventory import Cluster

__all__ = ["workload_status"]


def workload_status(cluster: Cluster, flows: Flows | None) -> pd.DataFrame:
    """Return whether a policy is applied to each workload, or recommended, or what it does was not recorded.

    Both facts stand in columns of their own; where both apply, ``status`` says that a policy is applied
    (baselines 17).

    Parameters
    ----------
    cluster : Cluster
    flows : Flows or None
        Attributed to the cluster; None where nothing was recorded.

    Returns
    -------
    DataFrame
        Columns as in `frames.WORKLOAD_STATUSES`.
    """
    edges = None if flows is None else flows.edges()
    seen: pd.Series[int] | dict[str, int] = {} if edges is None else _flows_of_ends(edges)
    names = set() if edges is None else set(edges["cluster"])
    name = names.pop() if len(names) == 1 else ""
    selecting = policies_by_workload(cluster, cluster.objects.policies)
    rows = []
    for one in cluster.objects.workloads:
        policies = selecting.get(one.peer, ())
        number = int(seen.get(one.peer, 0))
        status = "applied" if policies else "recommended" if number else "missing-runtime-info"
        refs = tuple(policy.ref for policy in policies)
        rows.append((one.peer, one.namespace, one.kind, status, bool(policies), number > 0, refs, number, name))
    return frames.WORKLOAD_STATUSES.from_rows(rows)


def _flows_of_ends(edges: pd.DataFrame) -> pd.Series[int]:
    """Return how many flows each end has, by its name."""
    loops = edges["src"] == edges["dst"]
    ends = pd.concat(
        [
            edges[["src", "flows"]].set_axis(["name", "flows"], axis=1),
            edges.loc[~loops, ["dst", "flows"]].set_axis(["name", "flows"], axis=1),
        ]
    )
    return ends.groupby("name")["flows"].sum()
