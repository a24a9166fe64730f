"""All rules in their order: from rows as they were recorded to rows of which it is known whom they are about.

The rules are the same for single rows and for rows that were counted together before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.flows.rules.attribution import attributed
from workbench.flows.rules.host_network import mark_host_network, mark_probes
from workbench.flows.rules.names import without_expansions
from workbench.flows.rules.orientation import (
    orient_by_evidence,
    orient_by_order,
    orient_by_popularity,
    orient_by_port,
    orient_by_service,
)
from workbench.flows.rules.owners import owned
from workbench.flows.rules.ports import mark_dns_ports, mark_ephemeral_ports
from workbench.flows.rules.services import through_services
from workbench.flows.rules.snat import mark_snat

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from workbench.flows.engine import Steps
    from workbench.flows.rules.lookups import Lookups

__all__ = ["ruled"]


def ruled(rows: ir.Table, steps: Steps, evidence: ir.Table, lookups: Lookups | None = None) -> ir.Table:
    """Return `rows` with all rules applied that concern a row: attribution, orientation, Services, marks.

    Parameters
    ----------
    rows : Table
        Columns of the flow table.
    steps : Steps
        Those of the engine that has the rows.
    evidence : Table
        What all that was imported tells of sockets (`orientation.evidence_of`), held by the engine.
    lookups : Lookups, optional
        What a cluster knows; without one, ends are who the source and their pods' names say they are.

    Returns
    -------
    Table
        With a column ``marks`` besides, held by the engine. Rows are turned where the client was found out
        (flows.md C-N1), and end at workloads where a Service was called (flows.md C-N9); one row may then be several.
    """
    found = steps.hold(rows)
    if lookups is None:
        return steps.take(_marked, _oriented(steps.take(owned, found), steps, evidence))
    found = steps.take(orient_by_service, steps.take(attributed, found, lookups), lookups)
    found = steps.take(through_services, _oriented(found, steps, evidence), lookups)
    return steps.take(_marked, steps.take(_marked_by_cluster, found, lookups))


def _oriented(rows: ir.Table, steps: Steps, evidence: ir.Table) -> ir.Table:
    found = steps.take(orient_by_port, steps.take(orient_by_evidence, rows, evidence))
    return steps.take(orient_by_order, steps.take(orient_by_popularity, found), evidence)


def _marked_by_cluster(rows: ir.Table, lookups: Lookups) -> ir.Table:
    return mark_snat(mark_probes(mark_host_network(rows, lookups)), lookups)


def _marked(rows: ir.Table) -> ir.Table:
    return without_expansions(mark_dns_ports(mark_ephemeral_ports(rows)))
