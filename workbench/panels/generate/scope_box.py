"""The fields that ask of which workloads and of which time policies are made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from workbench.ground import html_text, visible
from workbench.panels.frame import WindowPicker

if TYPE_CHECKING:
    from workbench.panels.frame import Panel
    from workbench.panels.generate.asking import Asking

__all__ = ["ScopeBox"]

MOST_LISTED = 50
"""Workloads that are named where all are counted."""


class ScopeBox:
    """Of which workloads and of which time policies are made.

    Parameters
    ----------
    panel : Panel of Asking

    Attributes
    ----------
    widget : ipywidgets.VBox
    """

    def __init__(self, panel: Panel[Any]) -> None:
        self._state: Asking = panel.state
        self._is_ours = False
        self._namespaces = widgets.TagsInput(allow_duplicates=False, placeholder="all namespaces").add_class("nw-grows")
        self._workloads = widgets.TagsInput(allow_duplicates=False, placeholder="all workloads").add_class("nw-grows")
        style = {"description_width": "initial"}
        self._search = widgets.Text(
            description="Name", placeholder="part of it", continuous_update=False, style=style,
            tooltip="Only workloads with this in their name", layout={"width": "200px"},
        )  # fmt: skip
        self._labels = widgets.Text(
            description="Labels", placeholder="app=web,tier in (a, b)", continuous_update=False, style=style,
            tooltip="Only workloads with these labels", layout={"width": "250px"},
        )  # fmt: skip
        self._says = widgets.HTML().add_class("nw-says")
        window = WindowPicker(panel)
        self.widget = widgets.VBox(
            [
                widgets.HBox(
                    [
                        widgets.Label("Namespaces"),
                        self._namespaces,
                        widgets.Label("Workloads"),
                        self._workloads,
                        self._search,
                        self._labels,
                    ]
                ).add_class("nw-tools"),
                widgets.HBox([*window.widgets, self._says]).add_class("nw-tools"),
            ]
        )
        panel.join(self._search, "search")
        panel.join(self._labels, "labels")
        panel.follow(self._namespaces, "value", lambda change: self._chose("namespaces", change.new))
        panel.follow(self._workloads, "value", lambda change: self._chose("workloads", change.new))
        panel.follow(self._state, ["namespaces", "workloads", "search", "labels"], lambda _change: self.show())
        panel.follow(panel.state.selection, "window", lambda _change: self.show())
        self.show()

    def _chose(self, trait: str, names: list[str]) -> None:
        if not self._is_ours:
            self._state.set_trait(trait, tuple(names))

    def show(self) -> None:
        """Show what is asked about; what is gone from the cluster cannot be chosen any more."""
        state = self._state
        self._is_ours = True
        try:
            for field, known, chosen in (
                (self._namespaces, state.known_namespaces, state.namespaces),
                (self._workloads, state.known_workloads, state.workloads),
            ):
                tags = list(dict.fromkeys((*known, *chosen)))
                if field.allowed_tags != tags:
                    field.allowed_tags = tags
                field.value = list(chosen)
        finally:
            self._is_ours = False
        self._says.value = self._said()

    def _said(self) -> str:
        asked = self._state.asked_about
        listed = "".join(f"<li>{html_text(visible(name))}</li>" for name in asked[:MOST_LISTED])
        more = f"<li>and {len(asked) - MOST_LISTED:,} more</li>" if len(asked) > MOST_LISTED else ""
        return (
            f"<details><summary>About {html_text(self._state.asked)}</summary>"
            f'<ul class="nw-items">{listed}{more}</ul></details>'
        )
