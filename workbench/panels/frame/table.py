"""The table of all panels: to be searched, sorted, selected from, copied and saved."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

import ipywidgets as widgets
import pandas as pd
from itables import JavascriptFunction
from itables.widget import ITable

from workbench.ground import ANSWER_FORMATS, View, count_of, first_rows, html_text, joined, plural, visible
from workbench.panels.frame.files import FileContent, copy_button, download_button
from workbench.panels.frame.freeing import free
from workbench.panels.frame.look import empty_html

__all__ = ["STATIC_ROWS", "PanelTable", "cell_text", "static_table"]

MOST_SHOWN = 10_000
"""Rows beyond these are counted and saved, not shown: the page takes seconds for each further ten thousand."""
STATIC_ROWS = 30
_PLAIN = dict.fromkeys(("topStart", "topEnd", "bottomStart", "bottomEnd"))
"""Nothing above the rows, and nothing below."""


@cache
def _rows_script() -> str:
    """Return a JavaScript function, without what is written before it."""
    text = (files("workbench.panels.frame") / "rows.js").read_text(encoding="utf-8")
    return text[text.index("function") :]


class PanelTable:
    """A frame on the page, and how much of it that is.

    Parameters
    ----------
    noun : str
        What a row is, to be counted.
    name : str
        Of the file that it is saved as, without an ending.
    columns : sequence of str, optional
        Which to show, in this order; all where it is empty. What is saved has all of them.
    titles : mapping of str to str, optional
        What to write above columns, where that is not their name.
    empty : str
        What is said where there are no rows.
    page : int
        Rows on a page.
    several : bool
        Whether several rows may be selected at once; else one takes the place of another.
    whole : callable, optional
        Returns all rows, where those that are shown are a part of them that was asked for: what is copied and saved.
        The table has no search and no pages of its own then.

    Attributes
    ----------
    widget : ipywidgets.VBox
    frame : DataFrame
        All rows.
    """

    def __init__(  # noqa: PLR0913  (each is asked for by its name)
        self,
        noun: str,
        *,
        name: str,
        columns: Sequence[str] = (),
        titles: Mapping[str, str] | None = None,
        empty: str = "",
        page: int = 10,
        several: bool = False,
        whole: Callable[[], pd.DataFrame] | None = None,
    ) -> None:
        self._noun, self._name, self._whole = noun, name, whole
        self._columns, self._titles = tuple(columns), dict(titles or {})
        self._empty = empty or f"No {plural(noun, 0)}."
        self._page, self._several = page, several
        self._on_select: list[Callable[[pd.DataFrame], None]] = []
        self.frame = pd.DataFrame()
        self._count = widgets.HTML().add_class("nw-count")
        self._table: ITable | None = None
        self._place = widgets.Box(layout=widgets.Layout(width="100%", overflow="auto")).add_class("nw-table")
        self._tools = widgets.HBox(
            [
                self._count,
                copy_button(self.to_csv, "Copy", title=f"Copy all {plural(noun, 2)} as CSV"),
                download_button(self.to_csv, "CSV", title=f"Save all {plural(noun, 2)} as a CSV file"),
            ]
        ).add_class("nw-tools")
        self.widget = widgets.VBox([self._tools, self._place]).add_class("nw-table-box")

    def show(self, frame: pd.DataFrame, counted: str = "", *, sorts: bool = True) -> None:
        """Show other rows; nothing is selected then.

        Parameters
        ----------
        frame : DataFrame
        counted : str, optional
            How many rows these are of how many, where they are a part of others.
        sorts : bool
            Whether a person may sort them: a part of others stays in their order.
        """
        self.frame = frame.reset_index(drop=True)
        self._count.value = f'<span role="status">{html_text(counted or self.counted)}</span>'
        if frame.empty:
            self._put(widgets.HTML(empty_html(self._empty)))
            self._table = None
            return
        shown = _texts(frame, self._columns, self._titles, MOST_SHOWN)
        # An update forgets which of its options are scripts, unless it has them.
        looks: dict[str, Any] = {
            "columnDefs": _looks(frame, self._columns),
            "drawCallback": JavascriptFunction(_rows_script()),
            "ordering": sorts,
        }
        if self._whole is not None:
            looks |= {"paging": False, "layout": _PLAIN}
        if self._table is not None:
            self._table.selected_rows = []
            self._table.update(shown, **looks)
            return
        self._table = ITable(
            shown,
            select="multi" if self._several else "single",
            maxBytes=0,
            showIndex=False,
            pageLength=self._page,
            lengthMenu=[self._page, 50, 200],
            classes="display compact nw-rows",
            autoWidth=False,
            # A click on any part of a column's head sorts by it.
            text_in_header_can_be_selected=False,
            **looks,
            style="width:100%;margin:0",
        )
        self._table.observe(self._selected, "selected_rows")
        self._put(self._table)

    def _put(self, widget: widgets.Widget) -> None:
        old, self._place.children = self._place.children, (widget,)
        for each in old:
            free(each)

    @property
    def counted(self) -> str:
        """How many rows are shown of how many."""
        if len(self.frame) > MOST_SHOWN:
            return (
                f"showing {MOST_SHOWN:,} of {count_of(len(self.frame), self._noun)}: filter them, "
                "or save all of them as CSV"
            )
        return count_of(len(self.frame), self._noun)

    @property
    def selected(self) -> pd.DataFrame:
        """The rows that are selected, with all their columns."""
        rows = [] if self._table is None else list(self._table.selected_rows)
        return self.frame.iloc[rows]

    def on_select(self, callback: Callable[[pd.DataFrame], None]) -> None:
        """Call `callback` with the selected rows whenever a person selects others.

        Parameters
        ----------
        callback : callable
        """
        self._on_select.append(callback)

    def select(self, rows: Sequence[int]) -> None:
        """Select rows by their positions, as a person does.

        Parameters
        ----------
        rows : sequence of int
        """
        if self._table is not None:
            self._table.selected_rows = list(rows)

    def select_all(self) -> None:
        """Select all rows that are shown, or none where all are selected."""
        shown = min(len(self.frame), MOST_SHOWN)
        self.select([] if len(self.selected) == shown else range(shown))

    def _selected(self, _change: object) -> None:
        for callback in self._on_select:
            callback(self.selected)

    def close(self) -> None:
        """Take the table out of the page, and free what it holds."""
        free(self.widget)

    def to_csv(self) -> FileContent:
        """Return all rows with all columns, as the file that is saved."""
        rows = self.frame if self._whole is None else self._whole()
        return FileContent(f"{self._name}.csv", str(ANSWER_FORMATS.render("table", "csv", rows)))

    def static_html(self, frame: pd.DataFrame | None = None) -> str:
        """Return the first rows as HTML, with how many there are.

        Parameters
        ----------
        frame : DataFrame, optional
            Other rows than those that are shown: of a table that is not in sight.
        """
        rows = self.frame if frame is None else frame
        return static_table(rows, self._noun, self._columns, self._titles, self._empty)


def static_table(
    frame: pd.DataFrame,
    noun: str,
    columns: Sequence[str] = (),
    titles: Mapping[str, str] = MappingProxyType({}),
    empty: str = "",
    total: int | None = None,
) -> str:
    """Return the first rows of a frame as HTML, with how many there are.

    Parameters
    ----------
    frame : DataFrame
    noun : str
        What a row is, to be counted.
    columns : sequence of str, optional
        Which to show, in this order; all where it is empty.
    titles : mapping of str to str, optional
        What to write above columns, where that is not their name.
    empty : str, optional
        What is said where there are no rows.
    total : int, optional
        How many rows there are, where the frame has the first of them only.
    """
    if frame.empty:
        return empty_html(empty or f"No {plural(noun, 0)}.")
    counted = None if total is None else (min(len(frame), STATIC_ROWS), total)
    rows = first_rows(frame, _shown(frame, columns), most=STATIC_ROWS, noun=noun, counted=counted)
    shown = tuple(titles.get(name, name) for name in rows.names)
    numbers = frozenset(titles.get(name, name) for name in rows.numbers)
    return View(rows=rows._replace(names=shown, numbers=numbers)).to_html()


def _texts(frame: pd.DataFrame, columns: Sequence[str], titles: Mapping[str, str], most: int) -> pd.DataFrame:
    part = frame[_shown(frame, columns)].head(most)
    return pd.DataFrame({name: _column(part[name]) for name in part.columns}).rename(columns=dict(titles))


def _shown(frame: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    return [name for name in columns or frame.columns if name in frame.columns]


def _looks(frame: pd.DataFrame, columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return which columns hold times, whose texts are never broken into lines."""
    times = [
        number
        for number, name in enumerate(_shown(frame, columns))
        if pd.api.types.is_datetime64_any_dtype(frame[name].dtype)
    ]
    return [{"targets": times, "className": "nw-moment"}] if times else []


def _column(cells: pd.Series[Any]) -> pd.Series[Any]:
    """Return numbers as they are, for these are sorted as numbers, and all else as texts."""
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        return cells.astype("object").where(cells.notna(), "")
    return cells.astype("object").map(cell_text)


def cell_text(cell: object) -> str:
    """Return what is written in a cell: nothing for a missing value, and times to the second, in UTC.

    Parameters
    ----------
    cell : object
    """
    if isinstance(cell, (tuple, list, dict)):
        return visible(str(joined(cell)))
    if cell is None or cell is pd.NaT or cell is pd.NA or (isinstance(cell, float) and pd.isna(cell)):
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else ""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return visible(str(cell))
