"""The picture of the connectivity: namespaces as boxes, connections as arrows, details on a click."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import ipywidgets as widgets

from workbench.drawing import Box, Frame, Limits
from workbench.ground import html_text, visible
from workbench.panels.canvas import GraphCanvas
from workbench.panels.graph_details import details_html
from workbench.panels.network_graph_state import NetworkGraphState

if TYPE_CHECKING:
    from typing import Any

    from workbench.connectivity import ConnectivityLike
    from workbench.inventory import Cluster

__all__ = ["NetworkGraphPanel"]


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
    canvas : GraphCanvas
        The picture on the page.
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
        self.canvas = GraphCanvas(height, title="Connectivity map")
        self._summary, self._error = widgets.HTML(), widgets.HTML()
        self._details = widgets.HTML(layout=widgets.Layout(overflow="auto", flex="1 1 auto"))
        for widget, name in (
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
        self.canvas.close()
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
        layout = widgets.Layout(width="100%", flex_flow="row wrap", align_items="flex-start")
        middle = widgets.HBox([self.canvas.widget, self._side], layout=layout)
        rules = (
            ".wb-network-details table { border-collapse: collapse; } "
            ".wb-network-details td { padding: 1px 10px 1px 0; text-align: left; vertical-align: top; "
            "overflow-wrap: break-word; line-height: 1.35; font-size: 12px; }"
            ".wb-network-details h4, .wb-network-details h5 { margin: 10px 0 2px; line-height: 1.3; }"
            ".wb-network-error { color: #b8450a; }"
        )
        return widgets.VBox([widgets.HTML(f"<style>{rules}</style>"), self._summary, middle, self._error])

    def _connect(self) -> None:
        self._join(self._namespaces, "namespaces")
        self._join(self._search, "search")
        self._join(self._outside, "outside")
        self._everything.on_click(self._guarded(self._reset))
        self._toggle.on_click(self._guarded(self._open_or_close))
        self.canvas.on_select(self._guarded(lambda key: self.state.set_trait("selection", key)))
        self.canvas.on_open(self._guarded(self._toggled))
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
        self._toggled(self.state.selection)

    def _toggled(self, key: str) -> None:
        """Open what is summed up, and close what was opened."""
        element = self.state.picture.elements.get(key)
        if isinstance(element, Box | Frame):
            if self.state.may_open(element):
                self.state.open(element)
            elif self.state.may_close(element):
                self.state.close(element)

    # --- drawing --------------------------------------------------------------------------------------

    def _draw(self) -> None:
        picture = self.state.picture
        self.canvas.show(picture, self.state.selection)
        hint = ". Double click a namespace to open it, or filter." if picture.summed_up else ""
        self._summary.value = html_text(picture.summary() + hint)

    def _look(self) -> None:
        """Show the details of what is selected, and let the rest of the picture fade."""
        element = self.state.selected
        self._details.value = details_html(self.state)
        opening, closing = self.state.may_open(element), self.state.may_close(element)
        self._toggle.layout.display = "" if opening or closing else "none"
        self._toggle.description = "Open: draw one by one" if opening else "Close: draw as one node"
        self.canvas.select(self.state.selection)


def _narrow() -> widgets.Layout:
    return widgets.Layout(width="auto", flex="0 0 auto")


def _free(widget: widgets.Widget) -> None:
    """Close a widget that has left the page and all that it is made of: each part is a widget of its own."""
    for part in getattr(widget, "children", ()):
        _free(part)
    for part in (widget, getattr(widget, "layout", None), getattr(widget, "style", None)):
        if isinstance(part, widgets.Widget):
            part.close()
