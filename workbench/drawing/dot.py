"""A picture as a graph for Graphviz: groups as clusters, lines in the colours of their styles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Final

from workbench.drawing.elements import Box, Line
from workbench.drawing.graph import Dash, Head, Theme
from workbench.drawing.labels import box_lines, shortened
from workbench.drawing.picture import Picture
from workbench.ground import count_of, dot_id, dot_label

__all__ = ["dot_source"]

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


def dot_source(picture: Picture, caption: Sequence[str] = ()) -> str:
    """Return a picture in DOT, with `caption` in lines below it.

    Parameters
    ----------
    picture : Picture
    caption : sequence of str, optional
    """
    titles = {box.key: dot_id(_title(box)) for box in picture.boxes}
    among: dict[str, list[Line]] = {}
    for line in picture.lines:
        if line.among:
            among.setdefault(line.src, []).append(line)
    nodes = {box.key: _node(box, titles[box.key], among.get(box.key, ()), picture.graph.theme) for box in picture.boxes}
    lines = [
        f"digraph {dot_id(picture.graph.theme.title)} {{",
        STYLE,
        f"\tlabel={dot_label(*caption, left=True)} labelloc=b labeljust=l",
        *_clusters(picture.boxes, nodes),
        *(
            f"\t{titles[line.src]} -> {titles[line.dst]} {_look(line, picture.graph.theme)}"
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


def _node(box: Box, title: str, among: Iterable[Line], theme: Theme) -> str:
    lines = [box.group.name, count_of(box.number, box.group.noun)] if box.summed_up else box_lines(box.nodes, box.way)
    for line in among:
        word = "" if box.summed_up else theme.stroke(line.style).word
        words = f"each other, {word}" if word else "each other"
        ports = ", ".join(shortened(line.text))
        lines.append(f"{words}: {ports}" if ports else words)
    look = ""
    if (fill := theme.fills.get(box.style)) is not None:
        dashed = ' style="rounded,filled,dashed"' if fill.dashed else ""
        look = f' fillcolor="{fill.fill}" color="{fill.border}" penwidth={fill.width}{dashed}'
    margin = MARGIN + WIDER * max(map(len, lines))
    return f'\t\t{title} [label={dot_label(*lines)} margin="{margin:.3f},0.06"{look}]'


def _look(line: Line, theme: Theme) -> str:
    stroke = theme.stroke(line.style)
    dashed = "" if stroke.dash is Dash.SOLID else f" style={_DASHES[stroke.dash]}"
    both = " dir=both" if line.both else ""
    if shape := _HEADS.get(stroke.head):
        both += f" arrowhead={shape}" + f" arrowtail={shape}" * line.both
    label = dot_label(*shortened(line.text))
    color = f'color="{stroke.color}" fontcolor="{stroke.color}" penwidth={stroke.width}'
    return f"[label={label} {color}{dashed}{both}]"
