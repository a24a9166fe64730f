"""The fields for the options of a strategy: one for each of its keyword parameters, by its type."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, get_origin

import ipywidgets as widgets

if TYPE_CHECKING:
    from workbench.generate import Option
    from workbench.panels.frame import Panel
    from workbench.panels.generate.asking import Asking

__all__ = ["OptionFields"]


class OptionFields:
    """The options of the strategy that is chosen.

    Parameters
    ----------
    panel : Panel of Asking
        Whose state has them; it shows what is wrong with them.

    Attributes
    ----------
    widget : ipywidgets.HBox
        Without a strategy with options, it is empty.
    """

    def __init__(self, panel: Panel[Any], free: Callable[[widgets.Widget], None]) -> None:
        self._panel, self._free = panel, free
        self._fields: dict[str, tuple[Option, Any]] = {}
        self._strategy = ""
        self.widget = widgets.HBox().add_class("nw-tools")
        panel.follow(panel.state, ["strategy", "options"], lambda _change: self.show())
        self.show()

    def show(self) -> None:
        """Show the options of the strategy as they are."""
        state: Asking = self._panel.state
        if self._strategy != state.strategy:
            self._strategy = state.strategy
            old = self.widget.children
            self._fields = dict(self._made())
            self.widget.children = tuple(field for _, field in self._fields.values())
            for each in old:
                self._free(each)
            return
        for option, field in self._fields.values():
            if _value_of(option, field.value) != state.value_of(option):
                field.value = _written(option, state.value_of(option))

    def _made(self) -> Iterator[tuple[str, tuple[Option, Any]]]:
        for option in self._panel.state.chosen.options:
            field = _field(option, self._panel.state.value_of(option))
            field.observe(self._panel.guarded(self._setting(option)), "value")
            yield option.name, (option, field)

    def _setting(self, option: Option) -> Callable[[Any], None]:
        def chosen(change: Any) -> None:  # noqa: ANN401  (as traitlets has it)
            state: Asking = self._panel.state
            try:
                state.set_option(option.name, _value_of(option, change.new))
            except Exception:
                self.show()
                raise

        return chosen


def _field(option: Option, value: Any) -> Any:  # noqa: ANN401  (a widget of one of several kinds)
    """Return the widget for an option."""
    tip, label = option.meaning, option.name.replace("_", " ")
    style = {"description_width": "initial"}
    if option.annotation is bool:
        found = widgets.Checkbox(value=value, description=label, tooltip=tip, indent=False)
        return found.add_class("nw-field")
    if option.choices:
        found = widgets.Dropdown(options=option.choices, value=value, description=label, tooltip=tip, style=style)
        return found.add_class("nw-field")
    if option.annotation is int:
        found = widgets.IntText(value=value, description=label, tooltip=tip, style=style, layout={"width": "160px"})
        return found.add_class("nw-field")
    kind = widgets.Textarea if option.annotation is Any else widgets.Text
    text = _written(option, value)
    found = kind(
        value=text, description=label, tooltip=tip, placeholder=tip, style=style, continuous_update=False,
        layout={"width": "340px" if kind is widgets.Text else "560px"},
    )  # fmt: skip
    return found.add_class("nw-field")


def _written(option: Option, value: object) -> Any:  # noqa: ANN401  (as the widget has it)
    """Return the value of an option as its widget has it."""
    if option.annotation in {bool, int} or option.choices:
        return value
    if isinstance(value, (tuple, list)):
        return (", " if get_origin(option.annotation) is tuple else "\n").join(map(str, value))
    return "" if value is option.default and not isinstance(value, (str, int)) else str(value)


def _value_of(option: Option, written: object) -> object:
    """Return what a widget says, as the option takes it."""
    if get_origin(option.annotation) is tuple and isinstance(written, str):
        return tuple(part.strip() for part in written.split(",") if part.strip())
    if option.annotation is Any and written == "":
        return option.default
    if isinstance(option.default, int) and isinstance(written, str) and written.isdecimal():
        return int(written)
    return written
