"""The network graph: what is allowed beside what was seen, with filters above it and a table of everything below."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import ipywidgets as widgets

from workbench.drawing import Arrangement, Box, Frame
from workbench.ground import html_text
from workbench.panels.canvas import GraphCanvas
from workbench.panels.details import DetailsPanel, SubjectKind
from workbench.panels.frame import (
    STATIC_ROWS,
    FileContent,
    Panel,
    PanelTable,
    after_a_pause,
    download_button,
    empty_html,
    static_table,
)
from workbench.panels.graph.exports import EXPORTS
from workbench.panels.graph.filter_box import FilterBox
from workbench.panels.graph.state import NetworkGraphState

if TYPE_CHECKING:
    import pandas as pd

    from workbench.connectivity import Connectivity
    from workbench.flows import Flows
    from workbench.inventory import Cluster
    from workbench.panels.frame import Scope

__all__ = ["NetworkGraphPanel"]

LISTED: Final = {
    "meaning": "status",
    "src": "from",
    "dst": "to",
    "ports": "ports",
    "pairs": "pairs",
    "flows": "flows",
    "last_seen": "last seen (UTC)",
    "decided_by": "decided by",
    "drawn": "drawn",
}
FOLDED, DRAWN, ALL = "no table", "what is drawn", "all connections"


class NetworkGraphPanel(Panel[NetworkGraphState]):
    """Shows who may talk to whom, and who did: namespaces as boxes, connections as arrows, details beside.

    Parameters
    ----------
    looked_at : Cluster, Connectivity, Scope or NetworkGraphState
        A cluster, or what is evaluated of it, makes a panel that stands alone; panels of one scope share what is
        selected. A state is taken as it is.
    flows : Flows, optional
        What was seen in the cluster.
    details : bool
        Whether what is selected is described beside the picture.
    height : str
        Height of the picture, as CSS.
    **traits
        Of `NetworkGraphState`, as it begins: ``namespaces=["shop"], port="5432", view="active"``.

    Examples
    --------
    >>> NetworkGraphPanel(cluster, flows, namespaces="payments")  # doctest: +SKIP
    """

    title = "Network graph"
    states = NetworkGraphState

    def __init__(
        self,
        looked_at: Cluster | Connectivity | Scope | NetworkGraphState,
        flows: Flows | None = None,
        *,
        details: bool = True,
        height: str = "600px",
        **traits: Any,  # noqa: ANN401  (each trait has its own type)
    ) -> None:
        self._has_details, self._height = details, height
        super().__init__(looked_at, flows, **traits)

    def build(self) -> Sequence[widgets.Widget]:
        """Return filters, picture, what is not drawn, and the table."""
        self.canvas = GraphCanvas(self._height, title=self.title)
        self._filters = FilterBox(self)
        self._sentences = widgets.HTML().add_class("nw-sentences")
        self._toggle = widgets.Button(description="Open", layout=widgets.Layout(width="auto", display="none"))
        self._exports = widgets.HBox(
            [
                download_button(partial(self._file, kind), export.title, failed=self.show_error)
                for kind, export in EXPORTS.items()
            ]
        ).add_class("nw-tools")
        self._listing = widgets.ToggleButtons(options=[FOLDED, DRAWN, ALL], tooltips=["", "", ""])
        self._listing.style.button_width = "auto"
        self._table = PanelTable(
            "connection", name="connections", columns=tuple(LISTED), titles=LISTED, empty="No connection is drawn."
        )
        self._table.widget.add_class("nw-graph-table").layout.display = "none"
        parts: list[widgets.Widget] = [self.canvas.widget]
        self._side = self.hold(DetailsPanel(self.state.scope)) if self._has_details else None
        if self._side is not None:
            parts.append(widgets.VBox([self._side.view]).add_class("nw-side"))
        self._connect()
        self._draw()
        return (
            self._filters.line,
            self._filters.box,
            widgets.HBox([self._sentences, self._toggle]).add_class("nw-tools"),
            widgets.HBox(parts).add_class("nw-beside"),
            widgets.HBox([widgets.HTML("<b>Table</b>"), self._listing, self._exports]).add_class("nw-tools"),
            self._table.widget,
        )

    def _connect(self) -> None:
        state = self.state
        self.canvas.on_select(self.guarded(self._clicked))
        self.canvas.on_open(self.guarded(self._opened))
        self._toggle.on_click(self.guarded(lambda _button: self._opened(state.chosen)))
        self.follow(state, ["picture", "by_volume", "arrangement"], lambda _change: self._draw())
        self.follow(state, "chosen", lambda _change: self._look())
        self.follow(state, "fits", lambda _change: self.canvas.fit())
        self.follow(self._listing, "value", lambda _change: self._list())
        self._table.on_select(self.guarded(self._selected_row))

    # --- what a person does ---------------------------------------------------------------------------------

    def _clicked(self, key: str) -> None:
        if key != self.state.chosen:
            self.state.select(key or self.state.chosen)

    def _opened(self, key: str) -> None:
        """Open what is summed up, and close what was opened."""
        element = self.state.picture.elements.get(key)
        if isinstance(element, Box | Frame):
            if self.state.may_open(element):
                self.state.open(element.group.name)
            elif self.state.may_close(element):
                self.state.close(element.group.name)

    def _selected_row(self, rows: pd.DataFrame) -> None:
        for src, dst in zip(rows["src"], rows["dst"], strict=True):
            self.state.selection.select_edge(str(src), str(dst))

    def _file(self, kind: str) -> FileContent:
        return FileContent(f"network-graph.{EXPORTS[kind].suffix.lstrip('.')}", self.state.export(kind))

    # --- what is shown --------------------------------------------------------------------------------------

    def _draw(self) -> None:
        state = self.state
        self.canvas.show(
            state.picture, state.chosen, by_volume=state.by_volume, arrangement=Arrangement(state.arrangement)
        )
        first, *others = state.sentences
        hint = " Open a namespace by a double click, or by Enter." if state.picture.summed_up else ""
        told = "".join(f' <span class="nw-hidden">{html_text(sentence)}</span>' for sentence in others)
        self._sentences.value = f'<span role="status">{html_text(first + hint)}{told}</span>'
        self._look()
        if self._listing.value != FOLDED:
            after_a_pause(self._table, self._list)

    def _look(self) -> None:
        """Let the rest of the picture fade, and offer to open what is looked at."""
        element = self.state.element
        opens, closes = self.state.may_open(element), self.state.may_close(element)
        self._toggle.layout.display = "" if opens or closes else "none"
        self._toggle.description = "Open: draw one by one" if opens else "Close: draw as one node"
        self.canvas.select(self.state.chosen)

    def _list(self) -> None:
        """Fill the table, unless it is folded: of a large cluster that takes a second."""
        shown = self._listing.value
        self._table.widget.layout.display = "none" if shown == FOLDED else ""
        if shown == FOLDED:
            return
        frame = self.state.shown_edges() if shown == DRAWN else self.state.all_edges()
        rest = len(self.state.graph.edges) - len(frame) if shown == ALL else 0
        self._table.show(frame)
        if rest > 0:
            self.say(
                f"The table has the first {len(frame):,} rows; the CSV of the picture's exports has what is drawn."
            )

    def close(self) -> None:
        """Take the panel out of the page, and free what it holds."""
        super().close()
        self.canvas.close()

    def static_html(self) -> str:
        """Return the picture, what is not in it, its connections, and what is selected if that is described."""
        if self._side is None or self._side.state.subject.kind is SubjectKind.NOTHING:
            return self._picture_html()
        return f"{self._picture_html()}<h4>{html_text(self._side.title)}</h4>{self._side.static_html()}"

    def _picture_html(self) -> str:
        state = self.state
        if not state.picture.boxes:
            return empty_html(" ".join(state.sentences))
        svg = state.export("svg").decode()
        said = "".join(f"<p>{html_text(sentence)}</p>" for sentence in state.sentences)
        html = static_table(
            state.shown_edges(STATIC_ROWS), "connection", tuple(LISTED), LISTED, total=state.picture.drawn_edges
        )
        return f'{said}<div class="nw-picture">{svg[svg.index("<svg") :]}</div>{html}'
