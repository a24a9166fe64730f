"""Which flows come from clients that a node hides (flow-rules N11)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.flows.rules.ends import cell
from workbench.flows.rules.marks import has_mark, marked, with_marks
from workbench.flows.rules.orientation import serving_key

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from workbench.flows.rules.lookups import Lookups

__all__ = ["mark_snat"]


def mark_snat(rows: ir.Table, lookups: Lookups) -> ir.Table:
    """Mark rows from a node to a port that is reached from outside through nodes: the client is not known.

    Such are NodePorts and load balancers without ``externalTrafficPolicy: Local``, and what Ingresses lead
    to. ``nat_source_address`` gets the node's address; the source stays as it is. Rows that are marked
    ``probe`` or ``host-network`` are not: a node, or a pod of it, called for itself. Asked after `host-network`'s
    rules.
    """
    given = with_marks(rows)
    exposed = lookups.table("exposed", "exposed_")
    joined = given.mutate(_key=serving_key(given, "destination")).left_join(exposed, [("_key", "exposed_serving")])
    own = has_mark(joined, "probe") | (has_mark(joined, "host-network") & cell(joined, "source_k8s_pod_name").notnull())
    hidden = (joined.source_kind == "node") & joined.exposed_serving.notnull() & ~own
    kept = joined.select(*(joined[name] for name in given.columns), _hidden=hidden.fill_null(False))  # noqa: FBT003  (a value, no switch)
    if "nat_source_address" in rows.columns and "source_address" in rows.columns:
        hiding = kept["_hidden"] & kept.nat_source_address.isnull()
        kept = kept.mutate(nat_source_address=hiding.ifelse(kept.source_address, kept.nat_source_address))
    return marked(kept, "snat", kept["_hidden"]).drop("_hidden")
