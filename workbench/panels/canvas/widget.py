"""The canvas of a picture: ipycytoscape's, and beside it what its page needs besides."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from threading import RLock
from typing import TYPE_CHECKING

import anywidget
import ipywidgets as widgets
from ipycytoscape import CytoscapeWidget, Graph
from traitlets import Dict, Int, Unicode, observe

from workbench.drawing import PAGE, Arrangement, Picture
from workbench.panels.canvas.elements import drawn

if TYPE_CHECKING:
    from typing import Any

__all__ = ["GraphCanvas"]

HEIGHT = "640px"
SCRIPTS = ("badges.js", "look.js", "legend.js", "keys.js", "canvas.js")
"""The parts of the page's module, in order: a widget has one module, which can import no file beside it."""
MOST_UNLIKE = 1.04
"""By what factor the space for a picture may change before it is placed anew."""
SMALLEST_ZOOM, LARGEST_ZOOM = 0.05, 4.0

Heard = Callable[[str], object]


@cache
def _source(*names: str) -> str:
    folder = files(__package__) / "page"
    return "\n".join((folder / name).read_text(encoding="utf-8") for name in names)


class _Page(anywidget.AnyWidget):
    """What stands beside ipycytoscape's widget in the page.

    All elements of a picture come in one trait: as ipycytoscape's own they would be a widget, and at least two
    messages, each, of which the server drops some where there are more than a thousand in a second.
    """

    _esm = _source(*SCRIPTS)
    _css = _source("canvas.css")
    drawn = Dict().tag(sync=True)
    number = Int().tag(sync=True)
    selected = Unicode().tag(sync=True)
    title = Unicode().tag(sync=True)


class _Cytoscape(CytoscapeWidget):  # type: ignore[misc]  # without types
    """A cytoscape widget that knows all its graphs: it begins with one, and puts another in its place at once.

    The first cannot be closed before the page has it.
    """

    def __init__(self, **options: Any) -> None:  # noqa: ANN401  (as it has them)
        self.graphs: list[Graph] = []
        super().__init__(**options)

    @observe("graph")
    def _keep(self, change: Any) -> None:  # noqa: ANN401  (as traitlets has it)
        self.graphs += [graph for graph in (change.old, change.new) if isinstance(graph, Graph)]


class GraphCanvas:
    """Shows pictures on the page, one after the other, and says what a person does with them.

    Parameters
    ----------
    height : str
        As CSS.
    title : str
        What the pictures show, for a person who cannot see them.

    Attributes
    ----------
    widget : ipywidgets.VBox
        To be put into a panel.
    selected : str
        Key of the element that is selected; empty for none.
    """

    def __init__(self, height: str = HEIGHT, *, title: str = "Network graph") -> None:
        self._page = _Page(title=title)
        self._cytoscape = _Cytoscape(
            cytoscape_layout={"name": "preset", "fit": False},
            cytoscape_style=[],
            wheel_sensitivity=0.2,
            min_zoom=SMALLEST_ZOOM,
            max_zoom=LARGEST_ZOOM,
            # The page's wheel scrolls the page, until the graph has the focus.
            user_zooming_enabled=False,
            # Tooltips of its own would come on a click only, and as markup.
            tooltip_source="",
        )
        stage = widgets.Box([self._cytoscape], layout=widgets.Layout(height=height)).add_class("nw-canvas-stage")
        self.widget = widgets.VBox([stage, self._page.add_class("nw-canvas-page")]).add_class("nw-canvas")
        # JupyterLab's messages may be heard in a thread beside the one in which cells run.
        self._drawing = RLock()
        self._picture: Picture | None = None
        self._notes: Mapping[str, Sequence[str]] = {}
        self._by_volume, self._arrangement = False, Arrangement.BEST
        self._space: tuple[float, float] | None = None
        self._page_size: tuple[float, float] | None = None
        self._select_callbacks: list[Heard] = []
        self._open_callbacks: list[Heard] = []
        self._page.on_msg(self._heard)

    @property
    def selected(self) -> str:
        """Key of the element that is selected."""
        return self._page.selected

    def show(
        self,
        picture: Picture,
        selected: str = "",
        *,
        notes: Mapping[str, Sequence[str]] | None = None,
        by_volume: bool = False,
        arrangement: Arrangement = Arrangement.BEST,
    ) -> None:
        """Put a picture in the place of the one before.

        Parameters
        ----------
        picture : Picture
        selected : str, optional
            Key of the element that is selected.
        notes : mapping of str to sequence of str, optional
            Further lines for the tooltips of elements, by their key; plain texts.
        by_volume : bool
            Whether arrows are the wider the more was seen to go over them, rather than the more edges they stand for.
        arrangement : Arrangement
            How boxes are placed.
        """
        with self._drawing:
            self._picture, self._notes = picture, notes or {}
            self._by_volume, self._arrangement = by_volume, arrangement
            self._draw(selected)

    def _draw(self, selected: str) -> None:
        if self._picture is None:
            return
        self._page_size = self._space
        content = drawn(
            self._picture, self._notes, self._space, by_volume=self._by_volume, arrangement=self._arrangement
        )
        with self._page.hold_sync():
            self._page.drawn = content
            self._page.number += 1
            self._page.selected = selected

    def select(self, key: str) -> None:
        """Let all fade but the element of `key` and what it has to do with; nothing fades where `key` is empty."""
        self._page.selected = key

    def fit(self) -> None:
        """Show all of the picture."""
        self._page.send({"do": "fit"})

    def zoom(self, factor: float) -> None:
        """Show the picture larger by `factor`, or smaller where it is below 1."""
        self._page.send({"do": "zoom", "factor": factor})

    def on_select(self, callback: Heard) -> None:
        """Call `callback` with the key of what a person selects; empty where that is nothing any more."""
        self._select_callbacks.append(callback)

    def on_open(self, callback: Heard) -> None:
        """Call `callback` with the key of what a person wants opened, or closed again: a box or a frame."""
        self._open_callbacks.append(callback)

    def close(self) -> None:
        """Take the canvas out of the page and free what it holds."""
        self._select_callbacks.clear()
        self._open_callbacks.clear()
        (stage, _) = self.widget.children
        for widget in (self.widget, stage, self._cytoscape, self._page):
            widget.layout.close()
            widget.close()
        for graph in self._cytoscape.graphs:
            graph.close()

    def _fill(self, space: tuple[float, float]) -> None:
        """Place the picture anew where the space for it has another size than what it was placed for."""
        with self._drawing:
            self._space = space
            placed_for = self._page_size or PAGE
            if any(max(now / then, then / now) > MOST_UNLIKE for now, then in zip(space, placed_for, strict=True)):
                self._draw(self.selected)

    def _heard(self, _page: _Page, message: dict[str, Any], _buffers: object) -> None:
        """Pass on what a person did, unless it was to a picture that is gone: the next has the same keys."""
        if message.get("event") == "space":
            self._fill((float(message["width"]), float(message["height"])))
            return
        key = str(message.get("key", ""))
        if self._picture is None or message.get("number") != self._page.number:
            return
        if message.get("event") == "select" and (not key or key in self._picture.elements):
            self._page.selected = key
            for callback in self._select_callbacks:
                callback(key)
        elif message.get("event") == "open" and key in self._picture.elements:
            for callback in self._open_callbacks:
                callback(key)
