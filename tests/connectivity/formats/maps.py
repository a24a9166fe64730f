"""Small connectivity maps, written as the txt format prints them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.connectivity import Connection, Peer
from workbench.ground import ALL_PORTS, EXTERNAL, PortSet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from workbench.connectivity import IpRanges

__all__ = ["DNS", "SHOP", "WEB", "Map", "connect", "peer"]

WEB = PortSet.of("TCP", 80) | PortSet.of("TCP", 443)
DNS = PortSet.of("UDP", 53)


@dataclass(frozen=True)
class Map:
    """What a format is given: peers and connections, the same for both kinds of ranges."""

    listed: tuple[Connection, ...] = ()
    lonely: tuple[Peer, ...] = ()

    def peers(self, ip_ranges: IpRanges) -> list[Peer]:
        del ip_ranges
        return sorted({end for connection in self.listed for end in connection[:2]} | {*self.lonely})

    def connections(self, ip_ranges: IpRanges) -> list[Connection]:
        del ip_ranges
        return sorted(self.listed, key=lambda connection: (connection.src.name, connection.dst.name))


def peer(name: str) -> Peer:
    """Return the peer ``namespace/name[Kind]``, or that of addresses, which have no kind in their names."""
    place, _, kind = name.removesuffix("]").rpartition("[")
    namespace, slash, workload = place.partition("/")
    return Peer(name, namespace, workload, kind) if slash else Peer(name, "", name, EXTERNAL)


def connect(*rows: tuple[str, str, PortSet], lonely: Iterable[str] = ()) -> Map:
    """Return a map with these connections, and with peers that have none."""
    listed = tuple(Connection(peer(src), peer(dst), ports) for src, dst, ports in rows)
    return Map(listed, tuple(peer(name) for name in lonely))


SHOP = connect(
    ("outside", "shop/web[Deployment]", WEB),
    ("shop/web[Deployment]", "shop/db[StatefulSet]", PortSet.of("TCP", 5432)),
    ("shop/web[Deployment]", "kube-system/dns[Deployment]", DNS),
    ("shop/db[StatefulSet]", "shop/web[Deployment]", ALL_PORTS),
)
