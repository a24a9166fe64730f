"""The map as a picture: namespaces as boxes, drawn without any installed program."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Protocol, TypeAlias

from workbench.connectivity.edges import ConnectivityLike
from workbench.connectivity.formats.graphviz import draw
from workbench.connectivity.formats.labels import box_lines, ports_lines
from workbench.connectivity.formats.picture import Arrow, Box, Line, Picture, counted, paint
from workbench.connectivity.formats.rows import PortTexts
from workbench.connectivity.registries import register_format
from workbench.ground import dot_id, dot_label, html_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

        from workbench.connectivity.engine import IpRanges

__all__ = ["EXTERNAL_BOX", "CaptionLine", "Look", "MapLook", "drawing", "legend_line", "plain", "svg"]

FONT = "Helvetica"
"""One of the few fonts whose widths this Graphviz knows; browsers take what they have instead."""
WITHIN, BETWEEN, OUTSIDE = "#4b5563", "#1d4ed8", "#b45309"
"""Colours of lines within a namespace, between namespaces, and from or to the outside."""
LEGEND = {
    WITHIN: "grey within a namespace",
    BETWEEN: "blue between namespaces",
    OUTSIDE: "brown and dashed from or to the outside",
}
CaptionLine: TypeAlias = list[tuple[str, str]]
MOST_NAMED = 50
"""Members that a box tells under the mouse."""
EXTERNAL_BOX = f'fillcolor="#fff7ed" color="{OUTSIDE}"'
STYLE = f"""\
\tgraph [rankdir=LR fontname="{FONT}" fontsize=10 fontcolor="#374151" bgcolor=white pad=0.2 nodesep=0.25 ranksep=0.8]
\tnode [shape=box style="rounded,filled" fillcolor=white color="#6b7280" fontname="{FONT}" fontsize=11 height=0.4 \
margin="0.14,0.06"]
\tedge [fontname="{FONT}" fontsize=9 arrowsize=0.7]"""


class Look(Protocol):
    """How boxes and lines look, and what is said below them."""

    title: str

    def line(self, picture: Picture, line: Line) -> str:
        """Return the attributes of a line but for its label."""
        ...

    def box(self, box: Box) -> str:
        """Return the attributes of a box but for its label."""
        ...

    def inside(self, box: Box) -> str:
        """Return what introduces the text of the lines within a box."""
        ...

    def caption(self, picture: Picture) -> list[CaptionLine]:
        """Return the lines below, each as pieces of text with their colours (empty for black)."""
        ...


@register_format("svg")
def svg(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> str:
    """Draw a picture: namespaces as boxes, all workloads in them, the allowed connections as arrows.

    Unlike in the other formats, workloads without any connection are shown, too. Peers with
    exactly the same connections share a box; beyond 150 boxes or 300 lines there is one box a
    namespace, with counted lines. The caption says so. No scripts, no links, no outside fonts.
    """
    texts = PortTexts()
    arrows = (Arrow(src, dst, texts[ports]) for src, dst, ports in connectivity.connections(ip_ranges))
    return drawing(paint(connectivity.peers(ip_ranges), arrows), MapLook())


class MapLook:
    """Lines are coloured by where they lead."""

    title = "Connectivity map"

    def line(self, picture: Picture, line: Line) -> str:
        """Return the attributes of a line but for its label."""
        color = self._color(picture, line)
        return f'color="{color}" fontcolor="{color}"' + (" style=dashed" if color == OUTSIDE else "")

    def box(self, box: Box) -> str:
        """Return the attributes of a box but for its label."""
        return EXTERNAL_BOX if box.is_external else ""

    def inside(self, box: Box) -> str:
        """Return what introduces the text of the lines within a box."""
        del box
        return "each other"

    def caption(self, picture: Picture) -> list[CaptionLine]:
        """Return the lines below."""
        used = {self._color(picture, line) for line in picture.lines}
        legend = [(words, color) for color, words in LEGEND.items() if color in used]
        nothing = "No arrows: nothing may talk to anything else."
        return [*plain(*picture.notes), legend_line("Arrows", legend) if legend else [(nothing, "")]]

    @staticmethod
    def _color(picture: Picture, line: Line) -> str:
        src, dst = picture.boxes[line.src], picture.boxes[line.dst]
        if not (src.place[0] and dst.place[0]):
            return OUTSIDE
        return WITHIN if src.place == dst.place else BETWEEN


def plain(*lines: str) -> list[CaptionLine]:
    """Return lines without colours."""
    return [[(line, "")] for line in lines]


def legend_line(title: str, entries: Iterable[tuple[str, str]]) -> CaptionLine:
    """Return a line that lists `entries`, pairs of words and the colour that they explain."""
    listed = [piece for entry in entries for piece in (entry, ("; ", ""))]
    return [(f"{title}: ", ""), *listed[:-1], (".", "")]


def drawing(picture: Picture, look: Look) -> str:
    """Return a picture as SVG that stands alone and inside a page."""
    caption = look.caption(picture)
    sentences = ["".join(text for text, _ in line) for line in caption]
    text = draw(_source(picture, look, sentences))
    # Graphviz's XML and DOCTYPE lines would be in the way where the picture stands inside a page.
    drawn = text[text.index("<svg") :]
    for sentence, line in zip(sentences, caption, strict=True):
        drawn = drawn.replace(f">{html_text(sentence)}</text>", f">{''.join(map(_colored, line))}</text>")
    return drawn.replace("<svg ", f'<svg role="img" aria-label="{html_text(" ".join(sentences))}" ', 1)


def _colored(piece: tuple[str, str]) -> str:
    """Return a piece of the caption in its colour; Graphviz can set a label in one colour only."""
    text, color = html_text(piece[0]), piece[1]
    return f'<tspan fill="{color}">{text}</tspan>' if color else text


def _source(picture: Picture, look: Look, caption: list[str]) -> str:
    return "\n".join(
        [
            f"digraph {dot_id(look.title)} {{",
            STYLE,
            f"\tlabel={dot_label(*caption, left=True)} labelloc=b labeljust=l",
            *_places(picture, look),
            *(_edge(picture, line, look) for line in picture.lines),
            "}",
        ],
    )


def _places(picture: Picture, look: Look) -> Iterator[str]:
    numbered = list(enumerate(picture.boxes))
    for (namespace, _), boxes in groupby(numbered, key=lambda pair: pair[1].place):
        nodes = [_node(picture, position, box, look) for position, box in boxes]
        if not namespace or picture.by_namespace:
            yield from nodes
            continue
        yield f"\tsubgraph {dot_id(f'namespace {namespace}')} {{"
        yield f"\t\tcluster=true label={dot_label(namespace)} labeljust=l labelloc=t fontsize=13"
        yield '\t\tstyle="rounded,filled" fillcolor="#eef2f7" color="#9ca3af" margin=12'
        yield from nodes
        yield "\t}"


def _node(picture: Picture, position: int, box: Box, look: Look) -> str:
    lines = _namespace_lines(box) if picture.by_namespace else box_lines(box.members)
    if box.inside or box.inside_kind:
        ports = ", ".join(ports_lines(box.inside))
        lines = [*lines, f"{look.inside(box)}: {ports}" if ports else look.inside(box)]
    return f"\t\t{_id(picture, position)} [label={dot_label(*lines)} {look.box(box)}]"


def _namespace_lines(box: Box) -> list[str]:
    namespace, kind = box.place
    if namespace:
        return [namespace, counted(len(box.members), "workload")]
    if box.is_external or box.is_to_come:
        return [kind, counted(len(box.members), "range" if box.is_external else "selector")]
    return box_lines(box.members)


def _id(picture: Picture, position: int) -> str:
    """Return a node's name, which browsers show when the mouse rests on it."""
    box = picture.boxes[position]
    namespace, kind = box.place
    if picture.by_namespace and namespace:
        return dot_id(f"all of {namespace}")
    # Its first member tells a box from all others.
    names = ", ".join(peer.name for peer in box.members[:MOST_NAMED])
    more = f" and {len(box.members) - MOST_NAMED:,} more" if len(box.members) > MOST_NAMED else ""
    return dot_id(f"{kind}: {names}{more}" if box.is_external or box.is_to_come else f"{names}{more}")


def _edge(picture: Picture, line: Line, look: Look) -> str:
    label = dot_label(*ports_lines(line.text))
    both = " dir=both" if line.both else ""
    return f"\t{_id(picture, line.src)} -> {_id(picture, line.dst)} [label={label} {look.line(picture, line)}{both}]"
