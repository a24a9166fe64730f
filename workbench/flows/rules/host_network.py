"""Which ends are in a node's network, where no NetworkPolicy selects them, and which flows are kubelet's probes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis

from workbench.flows.rules.ends import cell
from workbench.flows.rules.marks import marked
from workbench.flows.schema import ENDS

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from workbench.flows.rules.lookups import Lookups

__all__ = ["mark_host_network", "mark_probes"]


def mark_host_network(rows: ir.Table, lookups: Lookups) -> ir.Table:
    """Mark rows with an end in its node's network, and make that end's kind ``node`` (flow-rules N10).

    Such is a pod with ``hostNetwork``, and a workload all of whose pods have it. Which workload it is stays to
    be seen; policies for its peers need the node's address. Asked after `attributed`.
    """
    found = rows
    for end in ENDS:
        found = _marked_end(found, lookups, end)
    return found


def _marked_end(rows: ir.Table, lookups: Lookups, end: str) -> ir.Table:
    pods, owners = (lookups.table(name, f"{name}_") for name in ("pods", "owners"))
    named = rows.mutate(
        _namespace=cell(rows, f"{end}_k8s_namespace_name"),
        _pod=cell(rows, f"{end}_k8s_pod_name"),
        _kind=cell(rows, f"{end}_k8s_owner_kind"),
        _owner=cell(rows, f"{end}_k8s_owner_name"),
    )
    joined = named.left_join(pods, [("_namespace", "pods_namespace"), ("_pod", "pods_pod")]).left_join(
        owners, [("_namespace", "owners_namespace"), ("_kind", "owners_owner_kind"), ("_owner", "owners_owner")]
    )
    is_host = ibis.coalesce(joined.pods_host, joined.owners_host, False)
    kept = [joined[name] for name in rows.columns if name != f"{end}_kind"]
    decided = joined.select(*kept, _is_host=is_host, **{f"{end}_kind": is_host.ifelse("node", joined[f"{end}_kind"])})
    again = marked(decided, "host-network", decided["_is_host"])
    return again.select(*dict.fromkeys((*rows.columns, "marks")))


def mark_probes(rows: ir.Table) -> ir.Table:
    """Mark rows from the node that the destination's pod runs on, and rows to the source's (flow-rules N10).

    These are always allowed, as kubelet's probes must be; a policy needs no rule for them. Known where both
    ends have the same ``k8s_node_name``. Asked after `mark_host_network`.
    """
    source, destination = (cell(rows, f"{end}_k8s_node_name") for end in ENDS)
    is_node = {end: rows[f"{end}_kind"] == "node" for end in ENDS}
    is_pod = {end: rows[f"{end}_kind"].isin(("pod", "workload")) for end in ENDS}
    probes = marked(rows, "probe", is_node["source"] & is_pod["destination"] & (source == destination))
    return marked(probes, "own-node", is_pod["source"] & is_node["destination"] & (source == destination))
