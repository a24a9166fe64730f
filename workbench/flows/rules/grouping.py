"""Which providers are called at enough addresses for a rule on their whole block (flow-rules N14)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from workbench.flows.addresses import KNOWN
from workbench.flows.rules.attribution import PRIVATE
from workbench.flows.rules.ends import identity

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["MANY_HOSTS", "suggested_blocks"]

MANY_HOSTS: Final = 20
NO_PROVIDERS: Final = (PRIVATE, *sorted(set(KNOWN.values())))


def suggested_blocks(rows: ir.Table, *, more_than: int = MANY_HOSTS) -> ir.Table:
    """Return the providers of which more than this many hosts are called on one port; nothing is widened.

    Returns
    -------
    Table
        Columns as in `frames.SUGGESTED_BLOCKS`.
    """
    outside = rows.filter(
        (rows.destination_kind == "external")
        & rows.destination_address.notnull()
        & rows.destination_network_label.notnull()
        & rows.destination_network_label.notin(NO_PROVIDERS)
    )
    calls = outside.select(
        network_label=outside.destination_network_label,
        protocol=outside.network_transport.upper(),
        port=outside.destination_port,
        host=outside.destination_address,
        client=identity(outside, "source"),
    )
    counted = calls.group_by("network_label", "protocol", "port").aggregate(
        hosts=calls.host.nunique(), clients=calls.client.nunique()
    )
    return counted.filter(counted.hosts > more_than)
