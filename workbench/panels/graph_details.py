"""What is said about a clicked node or arrow, as HTML in which every name is escaped."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.connectivity import Connection, Peer
from workbench.ground import html_text
from workbench.panels.network_graph_state import NetworkGraphState
from workbench.panels.picture import Arrow, Element, NodeKind, counted

__all__ = ["HINT", "details_html", "tooltip_html"]

HINT = "Click a node or an arrow to read what it stands for."
ROWS = 40


def tooltip_html(element: Element) -> str:
    """Return the few words that are shown at the pointer: names, and for an arrow its ports."""
    if isinstance(element, Arrow):
        if len(element.connections) > 1:
            return html_text(counted(len(element.connections), "connection"))
        link = element.connections[0]
        return f"{html_text(_name(link.src))} → {html_text(_name(link.dst))}<br>{html_text(str(link.ports))}"
    if element.kind is NodeKind.BOX:
        return f"namespace {html_text(element.label)}"
    if len(element.members) == 1:
        return html_text(_name(element.members[0]))
    return _lines(element.label)


def details_html(state: NetworkGraphState) -> str:
    """Return what is known about the selected element: its members, and their connections."""
    element = state.selected
    if element is None:
        return f"<p>{HINT}</p>"
    entering, leaving = state.connections_of(element)
    if isinstance(element, Arrow):
        heading = counted(len(leaving), "connection")
        return f"<h4>{heading}</h4>{_table(leaving, ('src', 'dst'))}"
    parts = [f"<h4>{_heading(element)}</h4>"]
    if element.kind is NodeKind.OUTSIDE and len(element.members) > 1:
        parts.append(_list([peer.workload for peer in element.members]))
    only = len(element.members) == 1
    parts.append(f"<h5>may be reached by ({len(entering):,})</h5>")
    parts.append(_table(entering, ("src",) if only else ("src", "dst")))
    parts.append(f"<h5>may reach ({len(leaving):,})</h5>")
    parts.append(_table(leaving, ("dst",) if only else ("src", "dst")))
    return "".join(parts)


def _heading(element: Element) -> str:
    if isinstance(element, Arrow) or len(element.members) != 1 or element.kind is NodeKind.BOX:
        label = "" if isinstance(element, Arrow) else element.label
        return _lines(label)
    peer = element.members[0]
    if not peer.namespace:
        return html_text(peer.workload)
    return f"{html_text(peer.namespace)}/{html_text(peer.workload)}<br><small>{html_text(peer.kind)}</small>"


def _table(links: Sequence[Connection], ends: tuple[str, ...]) -> str:
    if not links:
        return "<p>none</p>"
    rows = "".join(
        "<tr>"
        + "".join(f"<td>{_breakable(_name(getattr(link, end)))}</td>" for end in ends)
        + f"<td>{html_text(str(link.ports))}</td></tr>"
        for link in links[:ROWS]
    )
    return f"<table>{rows}</table>{_rest(len(links))}"


def _list(texts: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{html_text(text)}</li>" for text in texts[:ROWS]) + f"</ul>{_rest(len(texts))}"


def _rest(number: int) -> str:
    return f"<p>and {number - ROWS:,} more</p>" if number > ROWS else ""


def _lines(label: str) -> str:
    return "<br>".join(map(html_text, label.split("\n")))


def _breakable(name: str) -> str:
    """Return `name` escaped, to be wrapped after a slash or between two addresses rather than anywhere."""
    return html_text(name).replace("/", "/<wbr>").replace("-", "-<wbr>")


def _name(peer: Peer) -> str:
    return f"{peer.namespace}/{peer.workload}" if peer.namespace else peer.workload
