"""What a destination's port says: that it may be a client's (flow-rules N4), or that names are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from workbench.flows.rules.ends import cell
from workbench.flows.rules.marks import marked
from workbench.flows.rules.orientation import EPHEMERAL, is_open

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["mark_dns_ports", "mark_ephemeral_ports", "may_be_reversed"]

LAST_EPHEMERAL: Final = 60_999
"""The last port that Linux gives to clients by default; other systems give higher ones, too."""
DNS: Final = 53


def mark_ephemeral_ports(rows: ir.Table) -> ir.Table:
    """Mark rows whose destination's port is one that clients get, where it is not sure who the client is.

    That is where the orientation is ``unknown``, or was found by port numbers, by order or by a flag alone. RPC, the
    data connections of FTP, and SIP have such ports rightly; they need a look before they make a rule.
    """
    return marked(rows, "ephemeral-port", may_be_reversed(rows) & (rows.destination_port <= LAST_EPHEMERAL))


def may_be_reversed(rows: ir.Table) -> ir.BooleanValue:
    """Tell of which rows the destination may be the client: its port is high, who called is not sure; never NULL."""
    unsure = is_open(rows) | rows.orientation.isin(("port", "first"))
    return (unsure & (rows.destination_port >= EPHEMERAL)).fill_null(False)  # noqa: FBT003  (a value, no switch)


def mark_dns_ports(rows: ir.Table) -> ir.Table:
    """Mark rows to port 53, of a pod or of the Service that was called, over UDP or TCP."""
    asked = (rows.destination_port == DNS).fill_null(False) | (cell(rows, "service_port") == DNS).fill_null(False)  # noqa: FBT003  (values, no switches)
    return marked(rows, "dns-port", asked & rows.network_transport.isin(("udp", "tcp")))
