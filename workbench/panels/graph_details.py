"""What is said about a clicked node or arrow, as HTML in which every name is escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workbench.drawing import Box, Edge, Frame, GraphNode, Line
from workbench.ground import count_of, html_text
from workbench.panels.canvas import label_of
from workbench.panels.network_graph_state import NetworkGraphState

__all__ = ["HINT", "details_html"]

HINT = "Click a node or an arrow to read what it stands for."
ROWS = 40


def details_html(state: NetworkGraphState) -> str:
    """Return what is known about the selected element: its members, and their connections."""
    element = state.selected
    if element is None:
        return f"<p>{HINT}</p>"
    entering, leaving = state.edges_of(element)
    nodes = state.graph.nodes
    if isinstance(element, Line):
        return f"<h4>{count_of(len(leaving), 'connection')}</h4>{_table(leaving, nodes, ('src', 'dst'))}"
    parts = [f"<h4>{_heading(element)}</h4>"]
    if not element.group.framed and len(element.nodes) > 1:
        parts.append(_list([node.name for node in element.nodes]))
    only = len(element.nodes) == 1
    parts.append(f"<h5>may be reached by ({len(entering):,})</h5>")
    parts.append(_table(entering, nodes, ("src",) if only else ("src", "dst")))
    parts.append(f"<h5>may reach ({len(leaving):,})</h5>")
    parts.append(_table(leaving, nodes, ("dst",) if only else ("src", "dst")))
    return "".join(parts)


def _heading(element: Box | Frame) -> str:
    if isinstance(element, Frame) or element.summed_up or len(element.nodes) != 1:
        return "<br>".join(map(html_text, label_of(element)))
    node = element.nodes[0]
    kind = f"<br><small>{html_text(node.kind)}</small>" if node.group.framed else ""
    return f"{html_text(node.name)}{kind}"


def _table(edges: Sequence[Edge], nodes: Mapping[str, GraphNode], ends: tuple[str, ...]) -> str:
    if not edges:
        return "<p>none</p>"
    rows = "".join(
        "<tr>"
        + "".join(f"<td>{_breakable(nodes[getattr(edge, end)].name)}</td>" for end in ends)
        + f"<td>{html_text(', '.join(edge.label))}</td></tr>"
        for edge in edges[:ROWS]
    )
    return f"<table>{rows}</table>{_rest(len(edges))}"


def _ports(edge: Edge) -> str:
    return html_text(", ".join(edge.label))


def _list(texts: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{html_text(text)}</li>" for text in texts[:ROWS]) + f"</ul>{_rest(len(texts))}"


def _rest(number: int) -> str:
    return f"<p>and {number - ROWS:,} more</p>" if number > ROWS else ""


def _breakable(name: str) -> str:
    """Return `name` escaped, to be wrapped after a slash or between two addresses rather than anywhere."""
    return html_text(name).replace("/", "/<wbr>").replace("-", "-<wbr>")
