"""A table of more rows than a page holds: one sheet of them is on the page, and no others are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import ipywidgets as widgets

from workbench.ground import count_of
from workbench.panels.frame.table import STATIC_ROWS, PanelTable, static_table

if TYPE_CHECKING:
    import pandas as pd

    from workbench.panels.frame.panel import Panel

__all__ = ["SheetTable"]

SHEET: Final = 15
"""Rows of a sheet."""


class SheetRows(Protocol):
    """Returns some rows: how many come before, how many are asked for, and what is to be in them."""

    def __call__(self, first: int, most: int, text: str) -> pd.DataFrame:
        """Return the rows."""


class SheetTable:
    """A table of which one sheet is on the page; what is found is looked for in all rows.

    Parameters
    ----------
    panel : Panel
        That holds it, and shows its errors.
    noun : str
        What a row is, to be counted.
    rows : callable
        Takes how many rows come before, how many are asked for, and the text that is looked for; returns them.
    count : callable
        Takes the text that is looked for, and returns how many rows there are.
    whole : callable
        Takes the text that is looked for, and returns all rows, to be saved.
    name, columns, titles, empty
        As `PanelTable` has them.
    find : str
        What is said at the field for the text that is looked for.
    size : int
        Rows of a sheet.

    Attributes
    ----------
    widget : ipywidgets.VBox
    table : PanelTable
        Shows the sheet.
    first : int
        How many rows come before the sheet.
    """

    def __init__(  # noqa: PLR0913  (each is asked for by its name)
        self,
        panel: Panel[Any],
        noun: str,
        *,
        rows: SheetRows,
        count: Callable[[str], int],
        whole: Callable[[str], pd.DataFrame],
        name: str,
        columns: Sequence[str] = (),
        titles: Mapping[str, str] | None = None,
        empty: str = "",
        find: str = "",
        size: int = SHEET,
    ) -> None:
        self._noun, self._rows, self._count = noun, rows, count
        self._columns, self._titles, self._empty = tuple(columns), dict(titles or {}), empty
        self.first, self.size = 0, size
        self.table = panel.hold(
            PanelTable(
                noun,
                name=name,
                columns=columns,
                titles=titles,
                empty=empty,
                page=size,
                whole=lambda: whole(self.text),
            )
        )
        self._find = widgets.Text(
            description="Find", placeholder=find, continuous_update=False, tooltip=find or "In all rows",
            layout={"width": "min(320px, 100%)"}, style={"description_width": "initial"},
        )  # fmt: skip
        self._back = widgets.Button(description="Previous", tooltip=f"The {size} rows before these")
        self._on = widgets.Button(description="Next", tooltip=f"The {size} rows after these")
        self._tools = widgets.HBox([self._find, self._back, self._on]).add_class("nw-tools")
        self.widget = widgets.VBox([self._tools, self.table.widget])
        panel.follow(self._find, "value", lambda _change: self.show())
        self._back.on_click(panel.guarded(lambda _button: self.turn(-1)))
        self._on.on_click(panel.guarded(lambda _button: self.turn(1)))

    @property
    def text(self) -> str:
        """What is looked for."""
        return str(self._find.value).strip()

    def find(self, text: str) -> None:
        """Show rows with a text in them.

        Parameters
        ----------
        text : str
        """
        self._find.value = text

    def turn(self, by: int) -> None:
        """Show another sheet.

        Parameters
        ----------
        by : int
            How many sheets on.
        """
        self._put(self.first + by * self.size)

    def show(self) -> None:
        """Show the first sheet, as the rows are now."""
        self._put(0)

    def _put(self, first: int) -> None:
        count = self._count(self.text)
        self.first = max(0, min(first, (count - 1) // self.size * self.size))
        rows = self._rows(self.first, self.size, self.text)
        is_part = count > self.size
        self.table.show(rows, self._counted(count), sorts=not is_part)
        for button, can in ((self._back, self.first > 0), (self._on, self.first + self.size < count)):
            button.layout.display = "" if is_part else "none"
            button.disabled = not can
        self._find.layout.display = "" if is_part or self.text else "none"

    def _counted(self, count: int) -> str:
        counted = count_of(count, self._noun)
        has = f" with “{self.text}”" if self.text else ""
        if count <= self.size:
            return f"{counted}{has}"
        return f"{self.first + 1:,} to {min(self.first + self.size, count):,} of {counted}{has}"

    def static_html(self) -> str:
        """Return the first rows as HTML, with how many there are."""
        count = self._count("")
        rows = self._rows(0, STATIC_ROWS, "")
        return static_table(rows, self._noun, self._columns, self._titles, self._empty, total=count)
