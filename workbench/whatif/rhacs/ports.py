"""How ports stand on the edges of Red Hat ACS (rhacs-simulator E5)."""

from __future__ import annotations

from typing import Any, Final

from workbench.ground import ALL_PORTS, MAX_PORT, MIN_PORT, PortSet

__all__ = ["PROTOCOLS_THERE", "edge_properties"]

PROTOCOLS_THERE: Final = ("TCP", "UDP", "SCTP")
"""In the order in which they are sorted there."""


def edge_properties(ports: PortSet) -> list[dict[str, Any]]:
    """Return the properties of an edge: port 0 is all ports of a protocol, and of ``ANY`` everything.

    A range of ports is its first one there; here it has ``endPort`` besides.

    Parameters
    ----------
    ports : PortSet
    """
    if ports == ALL_PORTS:
        return [{"port": 0, "protocol": "L4_PROTOCOL_ANY"}]
    by_protocol = ports.by_protocol()
    return [
        _property(protocol, first, last)
        for protocol in PROTOCOLS_THERE
        for first, last in by_protocol.get(protocol, ())
    ]


def _property(protocol: str, first: int, last: int) -> dict[str, Any]:
    is_whole = (first, last) == (MIN_PORT, MAX_PORT)
    end = {} if is_whole or first == last else {"endPort": last}
    return {"port": 0 if is_whole else first, **end, "protocol": f"L4_PROTOCOL_{protocol}"}
