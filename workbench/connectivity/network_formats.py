r"""How the maps of several networks are written down: the formats of one map, with the network beside each line.

Layouts are the reference tool's (formats 5), down to its
spaces at the ends of lines.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.connectivity.cross_network import name_on
from workbench.connectivity.formats.dot import cluster_id
from workbench.connectivity.formats.rows import PortTexts, with_notes
from workbench.connectivity.registries import register_network_format
from workbench.ground import EXTERNAL, csv_table, dot_id, dot_label, json_text, markdown_cell, visible
from workbench.inventory import Network, NetworkKind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workbench.connectivity.engine import IpRanges, Peer
    from workbench.connectivity.networks import Networks

__all__ = ["network_title"]

TITLES: Final[Mapping[NetworkKind, str]] = {
    NetworkKind.UDN: "udn",
    NetworkKind.CUDN: "cluster-udn",
    NetworkKind.NAD: "nad",
}
"""What a network's box is labelled with."""


class Row(NamedTuple):
    """One connection as text."""

    src: str
    dst: str
    conn: str
    network: str


def _rows(networks: Networks, ip_ranges: IpRanges) -> dict[Network, list[Row]]:
    texts = PortTexts()
    return {
        network: sorted(
            (
                Row(name_on(src, network), name_on(dst, network), texts[ports], network.name)
                for src, dst, ports in found
            ),
            key=_order,
        )
        for network, found in networks.connections(ip_ranges).items()
    }


def _focus(networks: Networks) -> str:
    """Return the ports that all maps are about; empty where they are about all."""
    return str(networks.scope.ports) if networks.scope.one_connection else ""


def _columns(networks: Networks) -> tuple[str, ...]:
    return tuple(name for name in Row._fields if name != "conn" or not _focus(networks))


def _cells(networks: Networks, row: Row) -> tuple[str, ...]:
    return tuple(getattr(row, name) for name in _columns(networks))


def _all_rows(networks: Networks, ip_ranges: IpRanges) -> list[Row]:
    return sorted((row for rows in _rows(networks, ip_ranges).values() for row in rows), key=_order)


def _order(row: Row) -> tuple[bytes, bytes, bytes]:
    return row.src.encode(), row.dst.encode(), row.network.encode()


@register_network_format("txt")
def _txt(networks: Networks, ip_ranges: IpRanges) -> str:
    """Write a section for each network, and what networks each workload is on."""
    rows = _rows(networks, ip_ranges)
    focus = _focus(networks)
    lines: list[str] = []
    for network, found in rows.items():
        if _has_heading(networks, network, rows):
            # The reference sets every network but the pods' apart, also from the title.
            apart = lines or (networks.wording == "reference" and network.kind is not NetworkKind.POD_NETWORK)
            lines += [""] if apart else []
            title = "Pod network" if network.kind is NetworkKind.POD_NETWORK else network_title(network)
            lines.append(f"Permitted connectivity analyzed in {visible(title)}:")
            lines += [] if found else [_why_empty(networks, network)]
        lines += [f"{visible(src)} => {visible(dst)}{'' if focus else f' : {conn}'}" for src, dst, conn, _ in found]
    mapping = list(_mapping(networks))
    whole = [f"Permitted connections on {focus}:", *lines] if focus else [*lines, *mapping]
    return with_notes("".join(f"{line}\n" for line in whole), networks)


def _has_heading(networks: Networks, network: Network, rows: Mapping[Network, list[Row]]) -> bool:
    """Tell whether a network has a section of its own.

    One on which nothing is allowed has none; but for the pod network, which says why, unless one connection is
    in focus. For the reference, the pod network has a heading only beside others.
    """
    is_said = bool(rows[network]) or (network.kind is NetworkKind.POD_NETWORK and not _focus(networks))
    if networks.wording == "reference":
        return is_said and any(found for other, found in rows.items() if other.kind is not NetworkKind.POD_NETWORK)
    return is_said and len(rows) > 1


def network_title(network: Network) -> str:
    """Return what a network is called in headings: ``pod-network``, ``primary UDN green``."""
    if network.kind is NetworkKind.POD_NETWORK:
        return network.name
    return f"{'primary' if network.primary else 'secondary'} {network.kind} {network.name}"


def _why_empty(networks: Networks, network: Network) -> str:
    if any(network in found for found in networks.networks_of().values()):
        return "All connections are not allowed for the workloads in the pod-network"
    return "all input workloads are configured with (C)UDN as their primary network interface"


def _mapping(networks: Networks) -> Iterator[str]:
    """Yield the lines about the networks of each workload; for the reference, none where there is no workload."""
    workloads = sorted(networks.networks_of().items())
    if not workloads and networks.wording == "reference":
        return
    yield ""
    yield "Workload-to-Networks Mapping:"
    for name, found in workloads:
        yield f"{visible(name)}: "
        for title, primary in (("Primary Network", True), ("Secondary Networks", False)):
            own = [_with_kind(network) for network in found if network.primary is primary]
            if own:
                yield f"\t{title}: {','.join(own)}"


def _with_kind(network: Network) -> str:
    name = visible(network.name)
    return name if network.kind is NetworkKind.POD_NETWORK else f"{name}[{network.kind}]"


@register_network_format("csv")
def _csv(networks: Networks, ip_ranges: IpRanges) -> str:
    """Write the columns ``src,dst,conn,network``."""
    return csv_table([_columns(networks), *(_cells(networks, row) for row in _all_rows(networks, ip_ranges))])


@register_network_format("json")
def _json(networks: Networks, ip_ranges: IpRanges) -> str:
    """Write a list of objects with ``src``, ``dst`` and ``conn``; as the reference tool does, without the network."""
    names = _columns(networks)[:-1]
    objects = [dict(zip(names, _cells(networks, row), strict=False)) for row in _all_rows(networks, ip_ranges)]
    return json_text(objects)


@register_network_format("md")
def _md(networks: Networks, ip_ranges: IpRanges) -> str:
    """Write a table with the columns ``src``, ``dst``, ``conn`` and ``network``."""
    cells = ((markdown_cell(text) for text in _cells(networks, row)) for row in _all_rows(networks, ip_ranges))
    names = _columns(networks)
    end = "" if _focus(networks) else " "  # as the reference tool has it
    lines = [
        f"| {' | '.join(names)} |{end}",
        f"|-----|-----|{'------|' * (len(names) - 2)}",
        *(f"| {' | '.join(c)} |{end}" for c in cells),
    ]
    return "".join(f"{line}\n" for line in lines)


@register_network_format("dot")
def _dot(networks: Networks, ip_ranges: IpRanges) -> str:
    """Write a graph with a box for each network; on secondary ones a workload has a node of its own."""
    texts = PortTexts()
    drawn: dict[Network, list[Peer]] = {}
    outside: set[Peer] = set()
    edges: list[tuple[str, str, str]] = []
    for network, found in networks.connections(ip_ranges).items():
        ends = {peer for connection in found for peer in connection[:2]}
        if network.primary:
            ends.update(peer for peer in networks[network.name].peers(ip_ranges) if peer.namespace)
        outside.update(peer for peer in ends if not peer.namespace)
        drawn[network] = [peer for peer in ends if peer.namespace]
        edges += [(_node_id(src, network), _node_id(dst, network), texts[ports]) for src, dst, ports in found]
    boxes = _boxes(drawn, several=_are_several(networks, drawn))
    lines = [
        "digraph {",
        *boxes,
        *(f"\t{_node(peer, peer.name)}" for peer in sorted(outside)),
        *(
            f"\t{dot_id(src)} -> {dot_id(dst)} "
            f'[label={dot_label(conn)} color="gold2" fontcolor="darkgreen" weight={"0.5" if src < dst else "1"}]'
            for src, dst, conn in sorted(edges)
        ),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _are_several(networks: Networks, drawn: Mapping[Network, list[Peer]]) -> bool:
    """Tell whether networks are told apart; for the reference, where there is anything on others than the pods'."""
    if networks.wording == "reference":
        return any(peers for network, peers in drawn.items() if network.kind is not NetworkKind.POD_NETWORK)
    return len(networks) > 1


def _boxes(drawn: Mapping[Network, list[Peer]], *, several: bool) -> Iterator[str]:
    for network, peers in drawn.items():
        yield from _box(network, peers, several=several)


def _box(network: Network, peers: list[Peer], *, several: bool) -> Iterator[str]:
    """Yield the lines of a network's box; a namespace's own network is its namespace's box."""
    alone = network.primary and network.kind is NetworkKind.UDN
    bare = alone or not several
    if not peers:
        return
    if not bare:
        pods = network.kind is NetworkKind.POD_NETWORK
        yield f"\tsubgraph {dot_id('cluster_pod_network' if pods else f'cluster_{network.name}')} {{"
        yield f"\tlabel={dot_label('pod network' if pods else f'{network.name}[{TITLES[network.kind]}]')}"
    for namespace, members in groupby(sorted(peers), key=_namespace):
        kind = TITLES[network.kind] if alone else "namespace"
        yield f"\tsubgraph {dot_id(cluster_id(namespace).replace('[namespace]', f'[{kind}]'))} {{"
        yield '\t\tcolor="black"'
        yield '\t\tfontcolor="black"'
        yield from (f"\t\t{_node(peer, _node_id(peer, network))}" for peer in members)
        yield f"\t\tlabel={dot_label(f'{namespace}[{kind}]')}"
        yield "\t}"
    if not bare:
        yield "\t}"


def _namespace(peer: Peer) -> str:
    return peer.namespace


def _node_id(peer: Peer, network: Network) -> str:
    return peer.name if network.primary or not peer.namespace else f"{peer.name}{network.name}"


def _node(peer: Peer, node: str) -> str:
    color = "red2" if peer.kind == EXTERNAL else "blue"
    label = peer.name.removeprefix(f"{peer.namespace}/")
    return f'{dot_id(node)} [label={dot_label(label)} color="{color}" fontcolor="{color}"]'
