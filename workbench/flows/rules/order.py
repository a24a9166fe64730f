"""All rules in their order: from rows as they were recorded to rows with ends that are attributed to workloads.

The rules are the same for single rows and for rows that were counted together before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.flows.rules.attribution import attributed
from workbench.flows.rules.blocks import mark_blocks
from workbench.flows.rules.host_network import mark_host_network, mark_probes
from workbench.flows.rules.names import without_expansions
from workbench.flows.rules.orientation import is_open, oriented
from workbench.flows.rules.owners import with_owners
from workbench.flows.rules.ports import mark_dns_ports, mark_ephemeral_ports
from workbench.flows.rules.services import through_services
from workbench.flows.rules.snat import mark_snat

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from workbench.flows.engine import Steps
    from workbench.flows.rules.lookups import Lookups

__all__ = ["apply_rules"]


def apply_rules(
    rows: ir.Table, steps: Steps, evidence: Callable[[Steps], ir.Table], lookups: Lookups | None = None
) -> ir.Table:
    """Return `rows` with all rules applied that concern a row: attribution, orientation, Services, marks.

    Parameters
    ----------
    rows : Table
        Columns of the flow table; where the engine holds them, it does so no longer.
    steps : Steps
        Those of the engine that has the rows.
    evidence : callable
        Returns what all that was imported tells of sockets (`orientation.evidence_of`), held by the engine; asked
        only where it is open of a row who the client is.
    lookups : Lookups, optional
        What a cluster knows; without one, ends are who the source and their pods' names say they are.

    Returns
    -------
    Table
        With a column ``marks`` besides, held by the engine. Rows are turned where the client was found out
        (flow-rules N1), and end at workloads where a Service was called (flow-rules N9); one row may then be several.
    """
    known = () if lookups is None else (lookups,)
    found = steps.turn(attributed if known else with_owners, steps.hold(rows), *known)
    if steps.number(_open, found):
        found = steps.turn(oriented, found, evidence(steps), *known)
    if lookups is not None:
        found = steps.turn(_marked_by_cluster, steps.turn(through_services, found, lookups), lookups)
    return steps.turn(_marked, found)


def _open(rows: ir.Table) -> ir.Table:
    found = rows.filter(is_open(rows))
    return found.aggregate(rows=found.count())


def _marked_by_cluster(rows: ir.Table, lookups: Lookups) -> ir.Table:
    return mark_snat(mark_probes(mark_host_network(rows, lookups)), lookups)


def _marked(rows: ir.Table) -> ir.Table:
    return mark_blocks(without_expansions(mark_dns_ports(mark_ephemeral_ports(rows))))
