"""The map as a picture: namespaces as boxes, drawn without any installed program."""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from workbench.connectivity.formats.dot import quoted
from workbench.connectivity.formats.graphviz import draw
from workbench.connectivity.formats.labels import box_lines, ports_lines
from workbench.connectivity.formats.picture import Box, Line, Picture, counted, paint
from workbench.connectivity.formats.registry import register_format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.connectivity.formats.rows import ConnectivityLike
    from workbench.connectivity.result import IpRanges

__all__ = ["svg"]

FONT = "Helvetica"
"""One of the few fonts whose widths this Graphviz knows; browsers take what they have instead."""
WITHIN, BETWEEN, OUTSIDE = "#4b5563", "#1d4ed8", "#b45309"
"""Colours of lines within a namespace, between namespaces, and from or to the outside."""
LEGEND = {
    WITHIN: "grey within a namespace",
    BETWEEN: "blue between namespaces",
    OUTSIDE: "brown and dashed from or to the outside",
}
MOST_NAMED = 50
"""Members that a box tells under the mouse."""
STYLE = f"""\
\tgraph [rankdir=LR fontname="{FONT}" fontsize=10 fontcolor="#374151" bgcolor=white pad=0.2 nodesep=0.25 ranksep=0.8]
\tnode [shape=box style="rounded,filled" fillcolor=white color="#6b7280" fontname="{FONT}" fontsize=11 height=0.4 \
margin="0.14,0.06"]
\tedge [fontname="{FONT}" fontsize=9 arrowsize=0.7]"""


@register_format("svg")
def svg(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> str:
    """Draw a picture: namespaces as boxes, all workloads in them, the allowed connections as arrows.

    Unlike in the other formats, workloads without any connection are shown, too. Peers with
    exactly the same connections share a box; beyond 150 boxes or 300 lines there is one box a
    namespace, with counted lines. The caption says so. No scripts, no links, no outside fonts.
    """
    picture = paint(connectivity.peers(ip_ranges), connectivity.connections(ip_ranges))
    return _drawn(_source(picture), title=" ".join(_caption(picture)))


def _drawn(source: str, title: str) -> str:
    text = draw(source)
    # Graphviz's XML and DOCTYPE lines would be in the way where the picture stands inside a page.
    picture = text[text.index("<svg") :]
    return picture.replace("<svg ", f'<svg role="img" aria-label="{escape(title)}" ', 1)


def _source(picture: Picture) -> str:
    return "\n".join(
        [
            'digraph "Connectivity map" {',
            STYLE,
            f"\tlabel={_lines_text(_caption(picture), left=True)} labelloc=b labeljust=l",
            *_places(picture),
            *(_edge(picture, line) for line in picture.lines),
            "}",
        ],
    )


def _caption(picture: Picture) -> list[str]:
    used = {_color(picture, line) for line in picture.lines}
    legend = "; ".join(words for color, words in LEGEND.items() if color in used)
    return [*picture.notes, f"Arrows: {legend}." if legend else "No arrows: nothing may talk to anything else."]


def _places(picture: Picture) -> Iterator[str]:
    numbered = list(enumerate(picture.boxes))
    for (namespace, _), boxes in groupby(numbered, key=lambda pair: pair[1].place):
        nodes = [_node(picture, position, box) for position, box in boxes]
        if not namespace or picture.by_namespace:
            yield from nodes
            continue
        yield f"\tsubgraph {quoted(f'namespace {namespace}')} {{"
        yield f"\t\tcluster=true label={quoted(namespace)} labeljust=l labelloc=t fontsize=13"
        yield '\t\tstyle="rounded,filled" fillcolor="#eef2f7" color="#9ca3af" margin=12'
        yield from nodes
        yield "\t}"


def _node(picture: Picture, position: int, box: Box) -> str:
    lines = _namespace_lines(box) if picture.by_namespace else box_lines(box.members)
    if box.inside:
        lines = [*lines, "each other: " + ", ".join(ports_lines(box.inside))]
    look = f'fillcolor="#fff7ed" color="{OUTSIDE}"' if box.is_external else ""
    return f"\t\t{_id(picture, position)} [label={_lines_text(lines)} {look}]"


def _namespace_lines(box: Box) -> list[str]:
    namespace, kind = box.place
    if namespace:
        return [namespace, counted(len(box.members), "workload")]
    return [kind, counted(len(box.members), "address range")] if box.is_external else box_lines(box.members)


def _id(picture: Picture, position: int) -> str:
    """Return a node's name, which browsers show when the mouse rests on it."""
    box = picture.boxes[position]
    namespace, kind = box.place
    if picture.by_namespace and namespace:
        return quoted(f"all of {namespace}")
    # Its first member tells a box from all others.
    names = ", ".join(peer.name for peer in box.members[:MOST_NAMED])
    more = f" and {len(box.members) - MOST_NAMED:,} more" if len(box.members) > MOST_NAMED else ""
    return quoted(f"{kind}: {names}{more}" if box.is_external else f"{names}{more}")


def _edge(picture: Picture, line: Line) -> str:
    color = _color(picture, line)
    label = _lines_text(ports_lines(line.text))
    look = (" dir=both" if line.both else "") + (" style=dashed" if color == OUTSIDE else "")
    return (
        f"\t{_id(picture, line.src)} -> {_id(picture, line.dst)} "
        f'[label={label} color="{color}" fontcolor="{color}"{look}]'
    )


def _color(picture: Picture, line: Line) -> str:
    src, dst = picture.boxes[line.src], picture.boxes[line.dst]
    if not (src.place[0] and dst.place[0]):
        return OUTSIDE
    return WITHIN if src.place == dst.place else BETWEEN


def _lines_text(lines: list[str], *, left: bool = False) -> str:
    r"""Return a DOT string of several lines; ``\l`` ends a line that is set to the left.

    ``&`` is escaped, since Graphviz reads HTML entities in labels.
    """
    end = r"\l" if left else r"\n"
    text = end.join(quoted(line.replace("&", "&amp;"))[1:-1] for line in lines if line)
    return f'"{text}{end}"' if left else f'"{text}"'
