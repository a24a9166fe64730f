"""Small maps of connections, made by hand, and what is drawn of them."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.connectivity import Connection, IpRanges, Peer
from workbench.drawing import Graph, map_graph
from workbench.ground import ALL_PORTS, PortSet, addresses_named


@dataclass(frozen=True)
class HandMade:
    """A map that is written down rather than computed."""

    everyone: tuple[Peer, ...] = ()
    everything: tuple[Connection, ...] = ()

    def peers(self, ip_ranges: IpRanges = "merged") -> list[Peer]:
        del ip_ranges
        return list(self.everyone)

    def connections(self, ip_ranges: IpRanges = "merged") -> list[Connection]:
        del ip_ranges
        return list(self.everything)

    @property
    def graph(self) -> Graph:
        """What there is to draw."""
        return map_graph(self.everyone, self.everything)


def workload(name: str, kind: str = "Deployment") -> Peer:
    """Return the peer ``namespace/name``."""
    namespace, _, short = name.partition("/")
    return Peer(f"{name}[{kind}]", namespace, short, kind)


def addresses(text: str) -> Peer:
    """Return the peer of a range."""
    return Peer(text, "", text, "External", addresses_named(text))


def link(src: Peer, dst: Peer, ports: PortSet = ALL_PORTS) -> Connection:
    """Return a connection."""
    return Connection(src, dst, ports)


def many(namespaces: int, each: int) -> HandMade:
    """Return namespaces ``ns00`` … of workloads ``w00`` …, each of which may reach the next one of its
    namespace, and whose first may reach the first of the next namespace."""
    names = [[workload(f"ns{n:02}/w{w:02}") for w in range(each)] for n in range(namespaces)]
    inside = [link(row[w], row[w + 1]) for row in names for w in range(each - 1)]
    across = [link(names[n][0], names[n + 1][0], PortSet.of("TCP", 443)) for n in range(namespaces - 1)]
    return HandMade(tuple(peer for row in names for peer in row), (*inside, *across))


WEB, DB, LONELY = workload("front/web"), workload("back/db", "StatefulSet"), workload("back/lonely", "Pod")
CLIENTS = addresses("203.0.113.0/24")
POSTGRES, HTTPS = PortSet.of("TCP", 5432), PortSet.of("TCP", 443)
SMALL = HandMade((DB, LONELY, WEB, CLIENTS), (link(CLIENTS, WEB, HTTPS), link(WEB, DB, POSTGRES)))
