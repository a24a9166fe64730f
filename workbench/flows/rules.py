"""All rules in their order: from rows as they were recorded to rows of which it is known whom they are about.

The rules are the same for single rows and for rows that were counted together before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from workbench.flows.attribution import attributed
from workbench.flows.host_network import mark_host_network, mark_probes
from workbench.flows.names import without_expansions
from workbench.flows.orientation import orient_by_popularity, orient_by_port, orient_by_service
from workbench.flows.owners import owned
from workbench.flows.ports import mark_dns_ports, mark_ephemeral_ports
from workbench.flows.services import through_services
from workbench.flows.snat import mark_snat

if TYPE_CHECKING:
    from collections.abc import Callable

    import ibis.expr.types as ir

    from workbench.flows.lookups import Lookups

__all__ = ["ruled"]


Held: TypeAlias = "Callable[[ir.Table], ir.Table]"


def _as_it_is(rows: ir.Table) -> ir.Table:
    return rows


def ruled(rows: ir.Table, lookups: Lookups | None = None, held: Held = _as_it_is) -> ir.Table:
    """Return `rows` with all rules applied that concern a row: attribution, orientation, Services, marks.

    Parameters
    ----------
    rows : Table
        Columns of the flow table.
    lookups : Lookups, optional
        What a cluster knows; without one, ends are who the source and their pods' names say they are.
    held : callable
        Has an engine compute a table now, and returns what it holds. Each rule reads its rows several times: without
        that, an engine would compute the first ones again for each time.

    Returns
    -------
    Table
        With a column ``marks`` besides. Rows are turned where the client was found out (flows.md C-N1), and end at
        workloads where a Service was called (flows.md C-N9); one row may then be several.
    """
    if lookups is None:
        oriented = orient_by_popularity(held(orient_by_port(owned(held(rows)))))
        return without_expansions(mark_dns_ports(mark_ephemeral_ports(held(oriented))))
    oriented = orient_by_service(held(attributed(held(rows), lookups)), lookups)
    oriented = orient_by_popularity(held(orient_by_port(oriented)))
    answered = held(through_services(held(oriented), lookups))
    marked = mark_snat(mark_probes(mark_host_network(answered, lookups)), lookups)
    return without_expansions(mark_dns_ports(mark_ephemeral_ports(held(marked))))
