"""A picture as a graph for Graphviz: groups as clusters, lines in the colours of their styles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from math import log10
from typing import Final

from workbench.drawing.elements import Box, Line
from workbench.drawing.graph import Dash, Head, Theme
from workbench.drawing.labels import box_lines, shortened
from workbench.drawing.picture import Picture
from workbench.ground import count_of, dot_id, dot_label

__all__ = ["box_text", "dot_source"]

FONT = "Helvetica"
"""One of the few fonts whose widths this Graphviz knows; browsers take what they have instead."""
MARGIN = 0.14
WIDER = 0.007
"""Inches on each side of a box, and more for each character: fonts that browsers take may be a sixth wider."""
MOST_NAMED = 50
"""Members that a box names under the mouse."""
_DASHES: Final = {Dash.DASHED: "dashed", Dash.LONG: "dashed", Dash.DOTTED: "dotted", Dash.MIXED: "dashed"}
"""What Graphviz calls them: it knows one length of dashes."""
_HEADS: Final = {Head.BAR: "tee", Head.RING: "odot", Head.DIAMOND: "diamond"}
STYLE = f"""\
\tgraph [rankdir=LR fontname="{FONT}" fontsize=10 fontcolor="#374151" bgcolor=white pad=0.2 nodesep=0.25 ranksep=0.8]
\tnode [shape=box style="rounded,filled" fillcolor=white color="#6b7280" fontname="{FONT}" fontsize=11 height=0.4]
\tedge [fontname="{FONT}" fontsize=9 arrowsize=0.7]"""

THINNER, THICKEST = 0.6, 5.0
"""Of a line that stands for one connection, and of one that stands for very many, where widths tell how many."""
PLACED = "\tgraph [inputscale=72 splines=line outputorder=edgesfirst]"


def dot_source(
    picture: Picture, caption: Sequence[str] = (), places: Mapping[str, tuple[float, float]] | None = None
) -> str:
    """Return a picture in DOT, with `caption` in lines below it.

    Parameters
    ----------
    picture : Picture
    caption : sequence of str, optional
    places : mapping of str to (float, float), optional
        Where boxes stand, by their keys, in points, for an engine that takes them from there: lines are straight then,
        without labels, and the thicker, the more they stand for.
    """
    titles = {box.key: dot_id(_title(box)) for box in picture.boxes}
    among: dict[str, list[Line]] = {}
    for line in picture.lines:
        if line.among:
            among.setdefault(line.src, []).append(line)
    theme, placed = picture.graph.theme, places or {}
    nodes = {
        box.key: _node(box, titles[box.key], among.get(box.key, ()), theme, placed.get(box.key))
        for box in picture.boxes
    }
    lines = [
        f"digraph {dot_id(picture.graph.theme.title)} {{",
        STYLE,
        *([PLACED] if placed else []),
        f"\tlabel={dot_label(*caption, left=True)} labelloc=b labeljust=l",
        *_clusters(picture.boxes, nodes),
        *(
            f"\t{titles[line.src]} -> {titles[line.dst]} {_look(line, theme, is_placed=bool(placed))}"
            for line in picture.lines
            if not line.among
        ),
        "}",
    ]
    return "\n".join(lines)


def _clusters(boxes: Iterable[Box], nodes: dict[str, str]) -> Iterator[str]:
    for (group, is_framed), members in groupby(boxes, key=lambda box: (box.group, box.framed)):
        if not is_framed:
            yield from (nodes[box.key] for box in members)
            continue
        yield f"\tsubgraph {dot_id(f'namespace {group.name}')} {{"
        yield f"\t\tcluster=true label={dot_label(group.name)} labeljust=l labelloc=t fontsize=13"
        yield '\t\tstyle="rounded,filled" fillcolor="#eef2f7" color="#9ca3af" margin=12'
        yield from (nodes[box.key] for box in members)
        yield "\t}"


def _title(box: Box) -> str:
    """Return a node's name, which browsers show when the mouse rests on it."""
    if box.summed_up:
        return f"all of {box.group.name}"
    # Its first member distinguishes a box from all others.
    names = ", ".join(node.id if box.group.framed else node.name for node in box.nodes[:MOST_NAMED])
    more = f" and {len(box.nodes) - MOST_NAMED:,} more" if len(box.nodes) > MOST_NAMED else ""
    return f"{names}{more}" if box.group.framed else f"{box.group.name}: {names}{more}"


def box_text(box: Box, among: Iterable[Line], theme: Theme) -> list[str]:
    """Return what is written in a box, in lines.

    Parameters
    ----------
    box : Box
    among : iterable of Line
        Those between its members.
    theme : Theme
    """
    lines = [box.group.name, count_of(box.number, box.group.noun)] if box.summed_up else box_lines(box.nodes, box.way)
    for line in among:
        word = "" if box.summed_up else theme.stroke(line.style).word
        words = f"each other, {word}" if word else "each other"
        ports = ", ".join(shortened(line.text))
        lines.append(f"{words}: {ports}" if ports else words)
    return lines


def _node(box: Box, title: str, among: Iterable[Line], theme: Theme, place: tuple[float, float] | None) -> str:
    lines = box_text(box, among, theme)
    look = "" if place is None else f' pos="{place[0]:.1f},{-place[1]:.1f}!"'
    if (fill := theme.fills.get(box.style)) is not None:
        dashed = ' style="rounded,filled,dashed"' if fill.dashed else ""
        look += f' fillcolor="{fill.fill}" color="{fill.border}" penwidth={fill.width}{dashed}'
    margin = MARGIN + WIDER * max(map(len, lines))
    return f'\t\t{title} [label={dot_label(*lines)} margin="{margin:.3f},0.06"{look}]'


def _look(line: Line, theme: Theme, *, is_placed: bool) -> str:
    """Return how a line looks; where boxes have their places there is no room for labels, and its width tells more."""
    stroke = theme.stroke(line.style)
    dashed = "" if stroke.dash is Dash.SOLID else f" style={_DASHES[stroke.dash]}"
    both = " dir=both" if line.both else ""
    if shape := _HEADS.get(stroke.head):
        both += f" arrowhead={shape}" + f" arrowtail={shape}" * line.both
    color = f'color="{stroke.color}" fontcolor="{stroke.color}"'
    if is_placed:
        width = min(stroke.width * THINNER + log10(line.number), THICKEST)
        return f"[{color} penwidth={width:.2f}{dashed}{both}]"
    label = dot_label(*shortened(line.text))
    return f"[label={label} {color} penwidth={stroke.width}{dashed}{both}]"
