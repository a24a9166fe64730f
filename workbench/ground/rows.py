"""The first rows of a frame for a notebook: what is empty is left out, text stands to the left, nothing is cut off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from workbench.ground.errors import ArgumentError
from workbench.ground.text import count_of
from workbench.ground.views import FEW_ROWS, Cell, FirstRows, Shown, View

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["first_rows", "show"]

_REPEATED: Final = 3
"""Of so many rows, what is the same in all is said once."""


def first_rows(
    frame: pd.DataFrame,
    columns: Sequence[str] = (),
    *,
    most: int = FEW_ROWS,
    noun: str = "row",
    counted: tuple[int, int | None] | None = None,
) -> FirstRows:
    """Return the first rows of a frame, without the columns that are empty.

    Parameters
    ----------
    frame : DataFrame
    columns : sequence of str, optional
        Those that are shown; by default all but ports as numbers, which stand there as text.
    most : int, optional
    noun : str, optional
        What is counted, in the singular.
    counted : (int, int or None), optional
        How many are shown of how many, as `FirstRows` has it; by default the rows of the frame.
    """
    top = frame.head(most)
    names = [str(name) for name in columns or frame.columns if not _says_nothing(frame[name])]
    cells = [[_text(cell) for cell in top[name]] for name in names]
    rows = tuple(zip(*cells, strict=True)) if names else ()
    numbers = frozenset(name for name in names if _is_number(frame[name]))
    return FirstRows(tuple(names), rows, *(counted or (len(top), len(frame))), noun, numbers)


class _FrameView(Shown):
    """A frame as answers show theirs."""

    def __init__(self, frame: pd.DataFrame, columns: Sequence[str], most: int) -> None:
        self._frame = frame
        self._columns = tuple(columns)
        self._most = most

    def _facts(self) -> Iterable[str]:
        yield count_of(len(self._frame), "row")

    def __repr__(self) -> str:
        return repr(self._frame[list(self._columns or self._frame.columns)].head(self._most))

    def _view(self) -> View:
        frame, columns = self._frame, self._columns
        same = {} if columns or len(frame) < _REPEATED else _same(frame)
        kept = [str(name) for name in columns or frame.columns if name not in same]
        remark = ", ".join(f"{name} {text}" for name, text in same.items())
        rows = first_rows(frame, kept, most=self._most)
        return View(rows=rows._replace(remark=f"in all of them {remark}") if remark else rows)


def show(frame: pd.DataFrame, columns: Sequence[str] = (), *, most: int = FEW_ROWS) -> Shown:
    """Return a frame as answers show theirs in a notebook: text to the left, nothing cut off, rows counted.

    Parameters
    ----------
    frame : DataFrame
        Any, such as an answer of this package.
    columns : sequence of str, optional
        Those that are shown, in this order. By default those that are not empty; what is the same in all rows is said
        once, above them.
    most : int, optional
        Rows beyond these are counted.

    Raises
    ------
    ArgumentError
        If there is no column of one of the names.

    Examples
    --------
    >>> show(flows.edges(), ["src", "dst", "port", "flows"])  # doctest: +SKIP
    """
    named = (columns,) if isinstance(columns, str) else tuple(columns)
    if missing := [name for name in named if name not in frame.columns]:
        message = f"there is no column {missing[0]!r}; there are {', '.join(map(str, frame.columns))}"
        raise ArgumentError(message)
    return _FrameView(frame, named, most)


def _says_nothing(cells: pd.Series[Any]) -> bool:
    """Tell whether nothing is in a column, or ports as numbers, which stand as text in another."""
    if cells.empty:
        return False
    if str(cells.dtype) == "category":
        return not any(map(str, cells.cat.categories))
    if cells.dtype == "object":
        return all(_is_intervals(cell) or not _text(cell) for cell in cells)
    return bool((cells.isna() | (cells.astype("str") == "")).all())


def _is_intervals(cell: object) -> bool:
    return isinstance(cell, tuple) and any(isinstance(part, tuple) for part in cell)


def _same(frame: pd.DataFrame) -> dict[str, str]:
    """Return the columns of one text in all rows, with this text; none where this is true of all of them."""
    found = {}
    for name in frame.columns:
        cells = frame[name]
        first = _text(cells.iloc[0])
        if isinstance(first, str) and first and cells.dtype != "object" and bool((cells == cells.iloc[0]).all()):
            found[str(name)] = first
    return found if len(found) < len(frame.columns) else {}


def _is_number(cells: pd.Series[Any]) -> bool:
    return cells.dtype.kind in "iuf"


def _text(cell: Any) -> Cell:  # noqa: ANN401  (whatever is in a frame)
    """Return a cell as people read it."""
    import pandas as pd  # noqa: PLC0415  (those who have no frame do without it)

    if isinstance(cell, (tuple, list)):
        return tuple(map(str, cell))
    if isinstance(cell, Mapping):
        return tuple(f"{key}={value}" for key, value in cell.items())
    if pd.isna(cell):
        return ""
    if pd.api.types.is_bool(cell):
        return "yes" if cell else "no"
    if isinstance(cell, pd.Timestamp):
        return f"{cell:%Y-%m-%d %H:%M:%S}{'Z' if cell.tzinfo else ''}"
    return str(cell)
