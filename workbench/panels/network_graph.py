"""The picture of the connectivity: namespaces as boxes, connections as arrows, details on a click."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count
from math import log2
from typing import TYPE_CHECKING

import ipywidgets as widgets
from ipycytoscape import CytoscapeWidget, Edge, Node

from workbench.drawing import Box, Frame, Limits, Line, places, shortened
from workbench.ground import html_text, visible
from workbench.panels.graph_details import details_html, tooltip_html
from workbench.panels.graph_style import LEGEND, colour, label_of, node_class, node_shape, stylesheet
from workbench.panels.network_graph_state import NetworkGraphState

if TYPE_CHECKING:
    from typing import Any

    from workbench.connectivity import ConnectivityLike
    from workbench.inventory import Cluster

__all__ = ["NetworkGraphPanel"]

LABELLED_ARROWS = 40
"""Up to this many arrows, each is labelled with its ports, above with a number at most: more would hide the picture."""
LONGEST_LABEL = 30
LAYOUT = {"name": "preset", "fit": True, "padding": 12, "animate": False}
"""Nodes stand where the drawing places them: to find their places in the browser would block its page."""
NUMBERS = count()
"""Tells panels on one page apart: each has its own height."""


class NetworkGraphPanel:
    """Shows a map of connections in a notebook; a cell that ends on it displays it.

    Parameters
    ----------
    connectivity : ConnectivityLike or Cluster
        What ``evaluate(cluster)`` returns; a cluster is computed first.
    namespaces : str or iterable of str
        Draw these only; all where it is empty.
    search : str
        Draw only peers whose name contains it, and the peers that they talk to.
    outside : bool
        Draw address ranges outside the cluster.
    node_limit, arrow_limit : int
        Above either, namespaces are drawn as one node each, to be opened by a click.
    height : str
        Height of the picture, as CSS.

    Attributes
    ----------
    state : NetworkGraphState
        What is shown; may be read and changed from Python.
    view : ipywidgets.VBox
        The widgets.
    """

    def __init__(  # noqa: PLR0913  (one keyword for each thing that can be chosen)
        self,
        connectivity: ConnectivityLike | Cluster,
        *,
        namespaces: str | Iterable[str] = (),
        search: str = "",
        outside: bool = True,
        node_limit: int = Limits().boxes,
        arrow_limit: int = Limits().lines,
        height: str = "640px",
    ) -> None:
        self.state = NetworkGraphState(
            connectivity,
            namespaces=namespaces,
            search=search,
            outside=outside,
            node_limit=node_limit,
            arrow_limit=arrow_limit,
        )
        self._height = height
        self._graph: CytoscapeWidget | None = None
        self._sized = f"wb-network-graph-{next(NUMBERS)}"
        self._canvas = widgets.Box(layout=widgets.Layout(flex="1 1 auto", width="100%", overflow="hidden"))
        self._summary, self._error = widgets.HTML(), widgets.HTML()
        self._details = widgets.HTML(layout=widgets.Layout(overflow="auto", flex="1 1 auto"))
        for widget, name in (
            (self._canvas, "wb-network-canvas"),
            (self._summary, "wb-network-summary"),
            (self._details, "wb-network-details"),
            (self._error, "wb-network-error"),
        ):
            widget.add_class(name)
        self._namespaces = widgets.SelectMultiple(
            options=[(visible(name), name) for name in self.state.all_namespaces],
            rows=min(max(len(self.state.all_namespaces), 2), 5),
            tooltip="Draw these namespaces only; none chosen draws all",
            layout=_narrow(),
        )
        self._search = widgets.Text(placeholder="part of a name", continuous_update=False, layout=_narrow())
        self._outside = widgets.Checkbox(description="outside", indent=False, layout=_narrow())
        self._everything = widgets.Button(description="Show everything", layout=_narrow())
        self._toggle = widgets.Button(description="Open", layout=_narrow())
        self.view = self._arranged()
        self.view.add_class("wb-network-panel")
        self._connect()
        self._draw()
        self._look()

    def _repr_mimebundle_(self, **arguments: Any) -> Any:  # noqa: ANN401  (what IPython passes and takes)
        return self.view._repr_mimebundle_(**arguments)

    def close(self) -> None:
        """Take the panel out of the page and free what it holds."""
        self._graph = None
        _free(self.view)

    # --- arranging and connecting -------------------------------------------------------------------

    def _arranged(self) -> widgets.VBox:
        self._side = widgets.VBox(
            [
                widgets.HTML("<b>Namespaces</b>"),
                self._namespaces,
                widgets.HTML("<b>Search</b>"),
                self._search,
                self._outside,
                self._everything,
                self._toggle,
                self._details,
            ],
            layout=widgets.Layout(flex="0 0 340px", height=self._height, overflow="hidden"),
        )
        middle = widgets.HBox([self._canvas, self._side], layout=widgets.Layout(width="100%"))
        rules = (
            # The first fit takes the height that the page gives, before the widget's own is applied.
            f".{self._sized} {{ height: {self._height} !important; width: 100%; }}"
            ".wb-network-details table { border-collapse: collapse; } "
            ".wb-network-details td { padding: 1px 10px 1px 0; text-align: left; vertical-align: top; "
            "overflow-wrap: break-word; line-height: 1.35; font-size: 12px; }"
            ".wb-network-details h4, .wb-network-details h5 { margin: 10px 0 2px; line-height: 1.3; }"
            ".wb-network-error { color: #b8450a; }"
            ".tippy-tooltip.material-theme { color: #ffffff; }"
        )
        return widgets.VBox(
            [widgets.HTML(f"<style>{rules}</style>"), self._summary, middle, widgets.HTML(LEGEND), self._error]
        )

    def _connect(self) -> None:
        self._join(self._namespaces, "namespaces")
        self._join(self._search, "search")
        self._join(self._outside, "outside")
        self._everything.on_click(self._guarded(self._reset))
        self._toggle.on_click(self._guarded(self._open_or_close))
        self.state.observe(lambda _change: self._draw(), "picture")
        self.state.observe(lambda _change: self._look(), "selection")

    def _join(self, widget: widgets.ValueWidget, trait: str) -> None:
        """Keep a widget's value and a trait of the state equal."""
        widget.value = getattr(self.state, trait)
        widget.observe(self._guarded(lambda change: self.state.set_trait(trait, change.new)), "value")
        self.state.observe(lambda change: widget.set_trait("value", change.new), trait)

    def _guarded(self, callback: Callable[[Any], None]) -> Callable[[Any], None]:
        """Return `callback` with its errors shown in the panel: Jupyter would hide them in a log."""

        def run(event: Any) -> None:  # noqa: ANN401  (each widget passes its own kind of event)
            try:
                self._error.value = ""
                callback(event)
            except Exception as error:  # noqa: BLE001  (whatever it is, the person must see it)
                self._error.value = f"<b>{html_text(type(error).__name__)}:</b> {html_text(str(error))}"

        return run

    def _reset(self, _button: widgets.Button) -> None:
        state = self.state
        state.namespaces, state.search, state.outside, state.opened, state.selection = (), "", True, (), ""

    def _open_or_close(self, _button: widgets.Button) -> None:
        element = self.state.selected
        if isinstance(element, Box | Frame):
            (self.state.open if self.state.may_open(element) else self.state.close)(element)

    def _clicked(self, event: dict[str, Any]) -> None:
        self.state.select(event["data"]["id"])

    # --- drawing --------------------------------------------------------------------------------------

    def _draw(self) -> None:
        """Put a new graph in the place of the old one: removing elements would corrupt the view."""
        picture = self.state.picture
        nodes = {node.key: self._node(node) for node in picture.nodes}
        for frame in picture.frames:
            for box in frame.boxes:
                nodes[box.key]["parent"] = frame.key
        placed = places(
            picture, {box.key: (nodes[box.key]["width"], nodes[box.key]["height"]) for box in picture.boxes}
        )
        graph = CytoscapeWidget(cytoscape_layout=LAYOUT, cytoscape_style=stylesheet(), wheel_sensitivity=0.2)
        graph.layout.height = self._height
        graph.min_zoom, graph.max_zoom = 0.05, 1.5  # a few nodes are not blown up to fill the page
        graph.add_class("wb-network-graph").add_class(self._sized)
        graph.on("node", "click", self._guarded(self._clicked))
        graph.on("edge", "click", self._guarded(self._clicked))
        with graph.graph.hold_sync():
            graph.graph.nodes.extend(
                Node(data=nodes[each.key], classes=node_class(each), **_place(placed.get(each.key)))
                for each in picture.nodes
            )
            graph.graph.edges.extend(
                Edge(data=self._edge(line, nodes), classes=_edge_class(line)) for line in picture.lines
            )
        old, self._graph = self._graph, graph
        self._canvas.children = (graph,)
        hint = ". Click a namespace to open it, or filter." if picture.summed_up else ""
        self._summary.value = html_text(picture.summary() + hint)
        if old is not None:
            _free(old)

    def _node(self, element: Box | Frame) -> dict[str, Any]:
        lines = [_shortened(line) for line in label_of(element)]
        group = element.group
        return {
            "id": element.key,
            "label": "\n".join(lines),
            "tooltip": tooltip_html(element, self.state.graph.nodes),
            "shape": node_shape(element),
            "colour": colour(self.state.all_namespaces.index(group.name) if group.framed else None),
            "width": max(64, 9 * max(map(len, lines)) + 20),
            "height": 18 * len(lines) + 16,
        }

    def _edge(self, line: Line, nodes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        number = len(line.edges)
        many = f"{number:,}" if number > 1 else ""
        is_labelled = len(self.state.picture.lines) <= LABELLED_ARROWS
        return {
            "id": line.key,
            "source": line.src,
            "target": line.dst,
            "from_box": nodes[line.src].get("parent", ""),
            "to_box": nodes[line.dst].get("parent", ""),
            "label": _shortened(", ".join(shortened(line.text))) if is_labelled else many,
            "tooltip": tooltip_html(line, self.state.graph.nodes),
            "width": min(1.5 + log2(number) / 2, 8),
        }

    def _look(self) -> None:
        """Show the details of what is selected, and let the rest of the picture fade."""
        element = self.state.selected
        self._details.value = details_html(self.state)
        opening, closing = self.state.may_open(element), self.state.may_close(element)
        self._toggle.layout.display = "" if opening or closing else "none"
        self._toggle.description = "Open: draw one by one" if opening else "Close: draw as one node"
        if self._graph is not None:
            self._graph.set_style(stylesheet(element))


def _narrow() -> widgets.Layout:
    return widgets.Layout(width="auto", flex="0 0 auto")


def _place(place: tuple[float, float] | None) -> dict[str, Any]:
    return {} if place is None else {"position": {"x": place[0], "y": place[1]}}


def _edge_class(line: Line) -> str:
    wide = "wide-open" if any(edge.wide for edge in line.edges) else "some-ports"
    return f"{wide} both" if line.both else wide


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1] + "…"


def _free(widget: widgets.Widget) -> None:
    """Close a widget that has left the page and all that it is made of: each part is a widget of its own."""
    for part in getattr(widget, "children", ()):
        _free(part)
    parts = [getattr(widget, "layout", None), getattr(widget, "style", None)]
    if isinstance(widget, CytoscapeWidget):
        parts += [widget.graph, *widget.graph.nodes, *widget.graph.edges]
    for part in (widget, *parts):
        if isinstance(part, widgets.Widget):
            part.close()
