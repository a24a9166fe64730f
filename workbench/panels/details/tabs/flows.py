"""The tab Flows: the edges of what is selected, which of them to list, and when there were any."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import ipywidgets as widgets
import pandas as pd
from traitlets import Enum, Unicode, validate

from workbench.ground import count_of, html_text
from workbench.panels.details.going import Going
from workbench.panels.details.listing import LISTED, TITLES, Filter, listing, port_range, protocols_of
from workbench.panels.details.registry import register_details
from workbench.panels.details.subject import Subject, SubjectKind
from workbench.panels.details.tab import TabPanel, TabState
from workbench.panels.frame import PanelTable, empty_html, timeline_of, timeline_svg

__all__ = ["FlowsTab", "FlowsTabState"]

FILTERS: Final = ("name", "direction", "protocol", "port", "where")
WHERE: Final = {"": "All", "internal": "Internal", "external": "External"}
DIRECTIONS: Final = {"": "both directions", "ingress": "ingress", "egress": "egress"}
UNLISTED: Final = frozenset({SubjectKind.NOTHING, SubjectKind.UNKNOWN})


class FlowsTabState(TabState):
    """Which edges of what is selected are listed. What is empty keeps all; filters combine.

    Parameters
    ----------
    details : DetailsState
    **traits
        The initial value of any trait.

    Attributes
    ----------
    name : str
        A part of the peer's name or of its DNS names; an address, or a block that it lies in.
    direction : {"", "ingress", "egress"}
    protocol : str
    port : str
        A number, or two with a dash between.
    where : {"", "internal", "external"}
        Whether the peer runs in the cluster.
    remembered : tuple of str
        Names of the traits that a panel has again when its cell runs again.
    """

    name = Unicode()
    direction = Enum(tuple(DIRECTIONS), default_value="")
    protocol = Unicode()
    port = Unicode()
    where = Enum(tuple(WHERE), default_value="")
    remembered = FILTERS

    @validate("port")
    def _readable(self, proposal: dict[str, Any]) -> str:
        text: str = proposal["value"].strip()
        if text:
            port_range(text)
        return text

    @property
    def filter(self) -> Filter:
        """All filters together."""
        return Filter(self.name, self.direction, self.protocol, self.port, self.where)

    @property
    def every_row(self) -> pd.DataFrame:
        """The rows without filters, as `listing` returns them."""
        details = self.details
        return details.once(
            "listing",
            lambda: listing(details.traffic, self.subject, details.ends, has_flows=details.flows is not None),
        )

    @property
    def rows(self) -> pd.DataFrame:
        """The rows that are listed."""
        return self.details.once("rows", lambda: self.filter.of(self.every_row), self.filter)

    @property
    def summary(self) -> str:
        """How much is listed of how much, in words."""
        rows, every = self.rows, self.every_row
        seen = int((rows["flows"] > 0).sum())
        told = f"{count_of(seen, 'edge')} seen, {len(rows) - seen:,} allowed and not seen"
        kept = "" if len(rows) == len(every) else f" (of {count_of(len(every), 'row')}; the others are filtered out)"
        return f"{told}{kept}."

    @property
    def timeline(self) -> str:
        """When there were flows of what is listed, as SVG; empty without any."""
        return self.details.once("timeline", self._timeline, self.filter)

    def _timeline(self) -> str:
        flows, rows = self.details.flows, self.rows
        seen = rows[rows["flows"] > 0]
        if flows is None or seen.empty:
            return ""
        first, last = flows.period
        start, end = self.selection.window
        if first is None or last is None:
            return ""
        begin = first if start is None else start
        finish = last if end is None else end - timedelta(microseconds=1)
        return timeline_svg(timeline_of(flows.of_edges(seen), begin, max(begin, finish)))

    def select(self, rows: pd.DataFrame) -> None:
        """Select the edge of the first of some rows.

        Parameters
        ----------
        rows : DataFrame
        """
        if len(rows):
            first = rows.iloc[0]
            self.details.go_to_edge(str(first["src"]), str(first["dst"]))


@register_details("flows", title="Flows", order=10)
class FlowsTab(TabPanel[FlowsTabState]):
    """The edges of what is selected."""

    title = "Flows"
    states = FlowsTabState

    def build(self) -> Sequence[widgets.Widget]:
        """Return a sentence, filters, the timeline and the table."""
        self._said = widgets.HTML()
        self._name = widgets.Text(
            placeholder="name, DNS name or address", description="Peer", continuous_update=False
        ).add_class("nw-field")
        self._port = widgets.Text(placeholder="443", description="Port", continuous_update=False).add_class("nw-field")
        self._direction = _choice("Direction", DIRECTIONS)
        self._protocol = _choice("Protocol", {"": "all protocols"})
        self._where = widgets.ToggleButtons(options=[(title, name) for name, title in WHERE.items()])
        self._where.style.button_width = "auto"
        self._timeline = widgets.HTML().add_class("nw-timeline-box")
        self._table = PanelTable(
            "row", name="flows", columns=LISTED, titles=TITLES, empty="Nothing is allowed, and nothing was seen."
        )
        self._going = Going("Connection", lambda value: self.state.details.go_to_edge(*value.split("\n")))
        fields = {"name": self._name, "direction": self._direction, "port": self._port, "where": self._where}
        for trait, widget in fields.items():
            self.join(widget, trait)
        self.follow(self._protocol, "value", lambda change: self.state.set_trait("protocol", change.new or ""))
        self._going.button.on_click(self.guarded(self._going.pressed))
        self._table.on_select(self.guarded(self.state.select))
        self.follow(self.state, FILTERS, lambda _change: self._show())
        filters = [self._where, self._name, self._direction, self._protocol, self._port]
        self._filters = widgets.VBox(filters).add_class("nw-filters")
        self._body = widgets.VBox([self._filters, self._timeline, self._table.widget, self._going.widget])
        return self._said, self._body

    def refresh(self) -> None:
        """Show the edges of what is selected now."""
        self._show()

    def _show(self) -> None:
        unlisted = self.state.subject.kind in UNLISTED
        self._body.layout.display = "none" if unlisted else ""
        self._said.value = self._words()
        if unlisted:
            return
        self._offer_protocols()
        rows = self.state.rows
        self._timeline.value = self.state.timeline
        self._table.show(rows)
        self._going.show(_connections(rows, self.state.subject))

    def _offer_protocols(self) -> None:
        options = [("all protocols", ""), *((name, name) for name in protocols_of(self.state.every_row))]
        chosen = self.state.protocol
        if chosen and (chosen, chosen) not in options:
            options.append((chosen, chosen))
        if list(self._protocol.options) != options:
            with self._protocol.hold_trait_notifications():
                self._protocol.options = options
                self._protocol.value = chosen
        elif self._protocol.value != chosen:
            self._protocol.value = chosen

    def _words(self) -> str:
        details, subject = self.state.details, self.state.subject
        if subject.kind in UNLISTED:
            return not_listed_html(subject)
        missing = "" if details.flows is not None else "No flows were loaded: this is what policies allow. "
        return f'<p role="status">{html_text(missing + self.state.summary)}</p>'

    def static_html(self) -> str:
        """Return the sentence, the timeline and the first rows."""
        if self.state.subject.kind in UNLISTED:
            return self._words()
        return f"{self._words()}{self.state.timeline}{self._table.static_html(self.state.rows)}"


def not_listed_html(subject: Subject) -> str:
    """Return what stands where nothing can be said of what is selected.

    Parameters
    ----------
    subject : Subject
    """
    if subject.kind is SubjectKind.NOTHING:
        return empty_html(
            "Nothing is selected.",
            "Choose a workload, a connection, a namespace or an address: in the graph, or in a row of a table.",
        )
    return empty_html(
        f"{subject.name} is not in this cluster, and no flow has it at an end.",
        "It may have been deleted, or be of another cluster: clear the selection, or choose something else.",
    )


def _choice(label: str, options: dict[str, str]) -> widgets.Dropdown:
    shown = [(title, name) for name, title in options.items()]
    return widgets.Dropdown(description=label, options=shown).add_class("nw-field")


def _connections(rows: pd.DataFrame, subject: Subject) -> list[tuple[str, str]]:
    """Return the pairs of some rows, each once, with their values for `Going`."""
    if subject.kind is SubjectKind.EDGE:
        return []
    pairs = dict.fromkeys(zip(rows["src"], rows["dst"], strict=True))
    return [(f"{src} → {dst}", f"{src}\n{dst}") for src, dst in pairs]
