"""How the network graph looks: colours, shapes and lines, and the legend that explains them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.drawing import Box, Element, Frame, Line, Shape, ranges_label
from workbench.ground import count_of, visible

if TYPE_CHECKING:
    from typing import Any

__all__ = ["LEGEND", "colour", "label_of", "node_class", "node_shape", "stylesheet"]

# Paul Tol's "light" scheme: made to be filled with black text on it, and distinguishable for people with
# any of the common kinds of colour blindness. Its grey is kept for what is outside.
COLOURS = ("#77aadd", "#ee8866", "#eedd88", "#ffaabb", "#99ddff", "#44bb99", "#bbcc33", "#aaaa00")
GREY, INK, LINE, WIDE_OPEN, MARK = "#dddddd", "#1b1f24", "#5c6670", "#b8450a", "#0a53b8"

BASE: list[dict[str, Any]] = [
    {
        "selector": "node",
        "style": {
            "label": "data(label)",
            "shape": "data(shape)",
            "width": "data(width)",
            "height": "data(height)",
            "background-color": "data(colour)",
            "border-width": 1,
            "border-color": LINE,
            "color": INK,
            "font-family": "system-ui, sans-serif",
            "font-size": 15,
            "text-wrap": "wrap",
            "text-valign": "center",
            "text-halign": "center",
        },
    },
    {
        "selector": "node.box",
        "style": {
            "shape": "round-rectangle",
            "background-opacity": 0.22,
            "border-width": 1.5,
            "border-color": "data(colour)",
            "padding": 14,
            "font-size": 17,
            "font-weight": "bold",
            "text-valign": "top",
            "text-margin-y": -5,
        },
    },
    {"selector": "node.summary", "style": {"border-style": "double", "border-width": 5, "font-weight": "bold"}},
    {"selector": "node.outside", "style": {"border-style": "dashed", "border-width": 1.5}},
    {
        "selector": "edge",
        "style": {
            "curve-style": "bezier",
            "control-point-step-size": 28,
            "width": "data(width)",
            "line-color": LINE,
            "line-opacity": 0.75,
            "target-arrow-color": LINE,
            "target-arrow-shape": "triangle",
            "arrow-scale": 0.9,
            "label": "data(label)",
            "font-size": 12,
            "color": INK,
            "text-rotation": "autorotate",
            "text-background-color": "#ffffff",
            "text-background-opacity": 0.85,
            "text-background-padding": 1,
        },
    },
    {"selector": "edge.both", "style": {"source-arrow-color": LINE, "source-arrow-shape": "triangle"}},
    {
        "selector": "edge.wide-open",
        "style": {
            "line-color": WIDE_OPEN,
            "source-arrow-color": WIDE_OPEN,
            "target-arrow-color": WIDE_OPEN,
            "line-style": "dashed",
        },
    },
]


def stylesheet(selected: Element | None = None) -> list[dict[str, Any]]:
    """Return cytoscape's style; with `selected`, what does not touch it fades.

    The keys in the selectors are made by the picture, so no name from a cluster gets into them.
    """
    if selected is None:
        return BASE
    chosen = {"border-width": 4, "border-color": MARK, "border-style": "solid"}
    faded = {"selector": "edge", "style": {"opacity": 0.12}}
    clear = {"opacity": 1, "line-opacity": 1, "z-index": 10}
    if isinstance(selected, Line):
        ends = [{"selector": f'[id="{key}"]', "style": chosen} for key in (selected.src, selected.dst)]
        line = {"line-color": MARK, "source-arrow-color": MARK, "target-arrow-color": MARK, **clear}
        return [*BASE, faded, *ends, {"selector": f'edge[id="{selected.key}"]', "style": line}]
    key = selected.key
    touching = f'edge[source="{key}"], edge[target="{key}"], edge[from_box="{key}"], edge[to_box="{key}"]'
    return [
        *BASE,
        faded,
        {"selector": touching, "style": clear},
        {"selector": f'[id="{key}"]', "style": chosen},
    ]


def colour(number: int | None) -> str:
    """Return the fill of the namespace of that number; grey for None."""
    return GREY if number is None else COLOURS[number % len(COLOURS)]


def node_class(element: Box | Frame) -> str:
    """Return the class that the stylesheet knows a node by."""
    if isinstance(element, Frame):
        return "box"
    if not element.group.framed:
        return "outside"
    return "summary" if element.summed_up else "workload"


def node_shape(element: Box | Frame) -> str:
    """Return cytoscape's shape for a node: that of its members."""
    shapes = {node.shape for node in element.nodes}
    return (shapes.pop() if len(shapes) == 1 else Shape.ROUND_RECTANGLE).value


def label_of(element: Box | Frame) -> list[str]:
    """Return what is written in a node, line by line."""
    if isinstance(element, Frame):
        return [visible(element.group.name)]
    if element.summed_up:
        return [visible(element.group.name), count_of(len(element.nodes), element.group.noun)]
    if element.group.framed:
        return [visible(line) for node in element.nodes for line in node.label]
    return [visible(line) for line in ranges_label(element.nodes).split("\n")]


def _swatch(style: str) -> str:
    return f'<span style="display:inline-block;vertical-align:-2px;margin:0 4px 0 14px;{style}"></span>'


_SHAPE = f"width:20px;height:12px;border:1px solid {LINE};background:{COLOURS[0]};"
LEGEND = (
    _swatch(_SHAPE + "border-radius:4px;").replace("14px", "0", 1)
    + "workload"
    + _swatch(_SHAPE + "border-radius:50% / 18%;")
    + "StatefulSet"
    + _swatch(_SHAPE + "clip-path:polygon(25% 0,75% 0,100% 50%,75% 100%,25% 100%,0 50%);")
    + "DaemonSet"
    + _swatch(_SHAPE + "clip-path:polygon(20% 0,80% 0,100% 35%,100% 65%,80% 100%,20% 100%,0 65%,0 35%);")
    + "Job, CronJob"
    + _swatch(_SHAPE + "border-radius:50%;")
    + "Pod"
    + _swatch(_SHAPE + f"background:{GREY};border-style:dashed;")
    + "outside"
    + _swatch(f"width:26px;height:0;border-top:2px solid {LINE};vertical-align:4px;")
    + "some ports"
    + _swatch(f"width:26px;height:0;border-top:2px dashed {WIDE_OPEN};vertical-align:4px;")
    + "every port"
)
