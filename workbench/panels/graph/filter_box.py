"""The widgets that ask for what is to be seen in the network graph: each joined to one filter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import ipywidgets as widgets

from workbench.drawing import Arrangement
from workbench.ground import visible
from workbench.panels.frame import WindowPicker
from workbench.panels.graph.filters import SPANS, VIEW_WORDS
from workbench.panels.graph.view_menu import ViewMenu

if TYPE_CHECKING:
    from workbench.panels.frame import Panel
    from workbench.panels.graph.state import NetworkGraphState

__all__ = ["FilterBox"]

DIRECTIONS: Final = {
    "": "both directions",
    "ingress": "ingress of what is chosen",
    "egress": "egress of what is chosen",
}
ROWS: Final = 8
NARROW: Final = "190px"


class _Form(NamedTuple):
    """How wide a filter is, and the words before it."""

    width: str
    words: str


IN_LINE, IN_BOX = _Form("172px", "initial"), _Form("260px", "76px")


class FilterBox:
    """All filters: the most used in a line, the others in a box that can be folded.

    Parameters
    ----------
    panel : Panel
        Whose state they ask; it shows their errors.

    Attributes
    ----------
    line : ipywidgets.HBox
    box : ipywidgets.VBox
        Invisible until it is asked for.
    views : ViewMenu
    """

    def __init__(self, panel: Panel[NetworkGraphState]) -> None:
        self._panel, self._state = panel, panel.state
        self._joined: dict[str, widgets.ValueWidget] = {}
        state = self._state
        views = [
            (words, name) for name, words in VIEW_WORDS.items() if name != "difference" or state.before is not None
        ]
        self._choice("view", "Show", views, IN_LINE._replace(width="206px"))
        self._choice("span", "Time", [("chosen window", ""), *((words, words) for words in SPANS)], IN_LINE)
        self._text("search", "Search", "part of a name", IN_LINE)
        self._check("hide_platform", "hide platform", "Leave out kube-system, monitoring and the like, and DNS")
        self._more = widgets.ToggleButton(
            description="Filters", tooltip="Show all filters", layout=widgets.Layout(width="auto")
        )
        self._reset = widgets.Button(
            description="Show everything", tooltip="Take all filters away", layout=widgets.Layout(width="auto")
        )
        self._reset.on_click(panel.guarded(lambda _button: state.reset()))
        self._namespaces = _NamePicker(panel, "namespaces", "Namespaces", state.all_namespaces)
        self._statuses = _NamePicker(panel, "statuses", "Status", ())
        self._sources = _NamePicker(panel, "sources", "Source of the data", state.all_sources)
        self._text("labels", "Labels", "app=web,tier in (a, b)")
        self._text("address", "Address", "203.0.113.7, 10.0.0.0/8")
        self._text("port", "Port", "5432, UDP 53, http")
        self._choice("direction", "Direction", [(words, name) for name, words in DIRECTIONS.items()])
        self._names("workloads", "Workloads", "shop/web, payments/*")
        self._text("find", "Find", "name ~ db and port = 5432")
        self._text("hide", "Hide", "namespace = platform or status = unused")
        self._choice("arrangement", "Placement", [(str(each), str(each)) for each in Arrangement])
        self._check("outside", "outside the cluster", "Show addresses and names outside the cluster")
        self._check("merged", "merge both directions", "Draw one line for both directions of a pair")
        self._check("by_volume", "width by volume", "Draw lines the wider, the more was seen to go over them")
        self._window = WindowPicker(panel, IN_BOX.words)
        self.views = ViewMenu(panel)
        of = self._joined
        self.line = widgets.HBox(
            [of["view"], of["span"], of["search"], of["hide_platform"], self._more, self._reset]
        ).add_class("nw-tools")
        columns = [
            [self._namespaces.widget],
            [self._statuses.widget, self._sources.widget],
            [of["workloads"], of["labels"], of["address"], of["port"], of["direction"]],
            [of["find"], of["hide"], of["arrangement"], *self._window.widgets],
            [of["outside"], of["merged"], of["by_volume"], *self.views.widgets],
        ]
        self.box = widgets.HBox(
            [widgets.VBox(each, layout=widgets.Layout(width="auto")) for each in columns],
            layout=widgets.Layout(display="none"),
        ).add_class("nw-filters")
        panel.follow(self._more, "value", lambda change: self._fold(is_shown=change.new))
        panel.follow(state, state.filters, lambda _change: self._count())
        panel.follow(state, "graph", lambda _change: self._renew())
        self._renew()
        self._count()

    def _fold(self, *, is_shown: bool) -> None:
        self.box.layout.display = "" if is_shown else "none"

    def _count(self) -> None:
        """Say on the button how many filters hold, so that a folded one is not forgotten."""
        number = sum(getattr(self._state, name) != self._state.trait_defaults(name) for name in self._state.filters)
        self._more.description = f"Filters ({number})" if number else "Filters"
        self._reset.layout.display = "" if number else "none"

    def _renew(self) -> None:
        """Offer the names that another cluster, or other flows, have."""
        self._namespaces.offer(self._state.all_namespaces)
        self._sources.offer(self._state.all_sources)
        strokes = self._state.graph.theme.strokes
        self._statuses.offer(strokes, {name: stroke.word for name, stroke in strokes.items()})

    # --- one filter each ------------------------------------------------------------------------------------

    def _join(self, name: str, widget: widgets.ValueWidget) -> None:
        self._joined[name] = widget.add_class(f"nw-filter-{name.replace('_', '-')}")
        self._panel.join(widget, name)

    def _choice(self, name: str, words: str, options: Sequence[tuple[str, str]], form: _Form = IN_BOX) -> None:
        layout, style = widgets.Layout(width=form.width), {"description_width": form.words}
        self._join(name, widgets.Dropdown(options=options, description=words, layout=layout, style=style))

    def _text(self, name: str, words: str, example: str, form: _Form = IN_BOX) -> None:
        layout, style = widgets.Layout(width=form.width), {"description_width": form.words}
        self._join(
            name,
            widgets.Text(description=words, placeholder=example, continuous_update=False, layout=layout, style=style),
        )

    def _check(self, name: str, words: str, title: str) -> None:
        self._join(
            name,
            widgets.Checkbox(description=words, tooltip=title, indent=False, layout=widgets.Layout(width="auto")),
        )

    def _names(self, name: str, words: str, example: str) -> None:
        """Join names that are written one after the other, with commas between."""
        field = widgets.Text(
            description=words,
            placeholder=example,
            continuous_update=False,
            layout=widgets.Layout(width=IN_BOX.width),
            style={"description_width": IN_BOX.words},
        ).add_class(f"nw-filter-{name}")
        self._joined[name] = field

        def wrote(change: Any) -> None:  # noqa: ANN401  (as traitlets has it)
            self._state.set_trait(name, tuple(filter(None, (part.strip() for part in change.new.split(",")))))

        field.value = ", ".join(getattr(self._state, name))
        self._panel.follow(field, "value", wrote)
        self._panel.follow(self._state, name, lambda change: field.set_trait("value", ", ".join(change.new)))


class _NamePicker:
    """Several of many names: a list that can be searched."""

    def __init__(self, panel: Panel[NetworkGraphState], trait: str, title: str, names: Iterable[str]) -> None:
        self._state, self._trait, self._title = panel.state, trait, title
        self._words: Mapping[str, str] = {}
        self._names: tuple[str, ...] = tuple(names)
        self._is_ours = False
        self._search = widgets.Text(placeholder=f"search {title.lower()}", layout=widgets.Layout(width=NARROW))
        self._list = widgets.SelectMultiple(
            rows=ROWS, tooltip=f"{title}: none chosen means all", layout=widgets.Layout(width=NARROW)
        ).add_class(f"nw-filter-{trait}")
        self._list.add_class("nw-names")
        self.widget = widgets.VBox([self._search, self._list])
        panel.follow(self._search, "value", lambda _change: self._list_names())
        panel.follow(self._list, "value", lambda _change: self._chosen())
        panel.follow(self._state, trait, lambda _change: self._list_names())
        self._list_names()

    def offer(self, names: Iterable[str], words: Mapping[str, str] = MappingProxyType({})) -> None:
        """Let other names be chosen from; some have words for people."""
        self._names, self._words = tuple(map(str, names)), words
        self._list_names()

    def _list_names(self) -> None:
        """List what is searched for, and what is chosen already."""
        chosen = getattr(self._state, self._trait)
        text = self._search.value.strip().lower()
        shown = [name for name in self._names if text in self._said(name).lower() or name in chosen]
        self._is_ours = True
        try:
            self._list.options = [(visible(self._said(name)), name) for name in shown]
            self._list.value = [name for name in shown if name in chosen]
        finally:
            self._is_ours = False
        told = f"{len(chosen):,} chosen" if chosen else "all"
        self._search.layout.display = "" if len(self._names) > ROWS else "none"
        self._list.rows = min(ROWS, max(2, len(shown)))
        self.widget.layout.display = "" if self._names else "none"
        self._list.description = f"{self._title}: {told}"

    def _said(self, name: str) -> str:
        return self._words.get(name, name)

    def _chosen(self) -> None:
        if not self._is_ours:
            hidden = [
                name for name in getattr(self._state, self._trait) if name not in dict(self._list.options).values()
            ]
            self._state.set_trait(self._trait, (*hidden, *self._list.value))
