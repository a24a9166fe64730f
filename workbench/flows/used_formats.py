"""How a connectivity map is written down on which the connections that were seen in use are marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from workbench.connectivity import edge, graph, table
from workbench.ground import csv_table, json_text, register_format, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.flows.comparison import UsedConnection

__all__ = ["comma_separated", "dot", "json_objects", "md", "txt"]

COLUMNS: Final = ("src", "dst", "ports", "active")
_USED, _UNUSED = ("forestgreen", "darkgreen"), ("gray70", "gray50")


@register_format("used", "txt")
def txt(connections: Sequence[UsedConnection]) -> str:
    """Write one line a connection: ``src => dst : ports``, and behind it which of its ports are active."""
    lines = (
        f"{visible(src)} => {visible(dst)} : {ports}" + (f" (active: {used})" if used else "")
        for src, dst, ports, used in _rows(connections)
    )
    return "".join(f"{line}\n" for line in lines)


@register_format("used", "csv")
def comma_separated(connections: Sequence[UsedConnection]) -> str:
    """Write the columns ``src``, ``dst``, ``ports`` and ``active``; the last is empty for what was never used."""
    return csv_table([COLUMNS, *_rows(connections)])


@register_format("used", "json")
def json_objects(connections: Sequence[UsedConnection]) -> str:
    """Write a list of objects with these fields."""
    found = [dict(zip(COLUMNS, row, strict=True)) for row in _rows(connections)]
    return json_text(found)


@register_format("used", "md")
def md(connections: Sequence[UsedConnection]) -> str:
    """Write a Markdown table with these columns."""
    return table(COLUMNS, _rows(connections))


@register_format("used", "dot")
def dot(connections: Sequence[UsedConnection]) -> str:
    """Write a Graphviz digraph: active connections green with the ports that are used, the others grey."""
    peers = {peer for connection in connections for peer in connection[:2]}
    colors = {peer: "red2" if not peer.namespace else "blue" for peer in peers}
    edges = [edge(one.src, one.dst, one.text, *(_USED if one.used else _UNUSED)) for one in connections]
    return graph(peers, colors, edges)


def _rows(connections: Sequence[UsedConnection]) -> list[tuple[str, str, str, str]]:
    return [(one.src.name, one.dst.name, str(one.ports), str(one.used) if one.used else "") for one in connections]
