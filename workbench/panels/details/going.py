"""A way to somewhere else: a list of names that a keyboard walks, with a button that selects one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets as widgets

from workbench.ground import count_of, visible

__all__ = ["Going"]

MOST = 500
"""Names in a list; what is beyond is found by its table."""


class Going:
    """A list of names and a button.

    Parameters
    ----------
    label : str
        What is written before the list.
    go : callable
        Takes the value of the name that is chosen.
    button : str
        What is written on the button.

    Attributes
    ----------
    widget : ipywidgets.HBox
        Invisible while there is no name.
    """

    def __init__(self, label: str, go: Callable[[str], None], button: str = "Open") -> None:
        self._go = go
        layout = widgets.Layout(flex="1 1 180px", width="auto", min_width="0", max_width="97%")
        self.choice = widgets.Dropdown(description=label, layout=layout)
        self.button = widgets.Button(description=button, layout=widgets.Layout(width="auto"))
        self.widget = widgets.HBox([self.choice, self.button]).add_class("nw-tools")
        self.show(())

    def show(self, options: Sequence[tuple[str, str]]) -> None:
        """Offer other names.

        Parameters
        ----------
        options : sequence of (str, str)
            What is written, and its value.
        """
        shown = [(visible(text), value) for text, value in options[:MOST]]
        self.choice.options = shown
        self.choice.value = shown[0][1] if shown else None
        rest = len(options) - MOST
        self.choice.tooltip = f"and {count_of(rest, 'more name')} in the table" if rest > 0 else ""
        self.widget.layout.display = "" if shown else "none"

    def pressed(self, _button: object = None) -> None:
        """Go to the name that is chosen."""
        if self.choice.value is not None:
            self._go(self.choice.value)
