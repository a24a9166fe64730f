"""What the tables of all rooms have in common: a definition that builds a frame, checks it and documents it.

pandas is imported when a frame is made and not before: answers in text do without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["INTERVALS", "LABELS", "TEXTS", "Column", "Table", "TableError", "joined", "json_rows"]

TEXTS: Final = "tuple of str"
"""Several texts in one cell."""
LABELS: Final = "dict of str to str"
"""Labels in one cell."""
INTERVALS: Final = "tuple of (protocol, first, last)"
"""Ports in one cell, as `PortSet.intervals` gives them."""


class TableError(AssertionError):
    """A frame is not what its table promises: a fault of the program."""


class Column(NamedTuple):
    """A column of a table.

    Attributes
    ----------
    name : str
    dtype : str
        Its pandas dtype.
    meaning : str
        What a cell says.
    nullable : bool
        Whether a cell may be missing. Where text has nothing to say it is empty, and not missing.
    identifiers : tuple of str
        The identifiers that stand in the column, by themselves or in tuples; empty for any text.
    holds : str
        What is in a cell of dtype ``object``: `TEXTS`, `LABELS` or `INTERVALS`; empty for anything.
    """

    name: str
    dtype: str
    meaning: str
    nullable: bool = False
    identifiers: tuple[str, ...] = ()
    holds: str = ""

    def faults(self, cells: pd.Series[Any]) -> str:
        """Return what is wrong with the cells of the column, looking at each of them; empty where nothing is."""
        if self.dtype == "object":
            present = [cell for cell in cells if not (self.nullable and cell is None)]
            if strange := [cell for cell in present if self.holds and not _HOLDS[self.holds](cell)]:
                return f"{self.name!r} holds {strange[0]!r}, which is not a {self.holds}"
            texts = {str(text) for cell in present for text in cell} if self.identifiers else set()
        else:
            if not self.nullable and cells.isna().any():
                return f"a cell of {self.name!r} is missing"
            texts = set(map(str, cells.dropna().unique())) if self.identifiers else set()
        unknown = sorted(map(repr, texts - set(self.identifiers)))
        return f"{self.name!r} holds {', '.join(unknown)}" if unknown else ""

    def to_markdown(self) -> str:
        """Return the line of the column in the documentation of its table."""
        values = f" One of {', '.join(f'`{value}`' for value in self.identifiers)}." if self.identifiers else ""
        missing = " May be missing." if self.nullable else ""
        meaning = self.meaning.replace("|", r"\|")
        return f"| `{self.name}` | {self.holds or self.dtype} | {meaning}.{values}{missing} |\n"


@dataclass(frozen=True)
class Table:
    """The columns of a frame, in order.

    Attributes
    ----------
    name : str
        What the frame is called in the documentation, such as ``Connectivity.to_frame``.
    row : str
        What one row stands for, as in "one row for each source, destination and protocol".
    columns : tuple of Column
    """

    name: str
    row: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(column.name for column in self.columns)

    @property
    def dtypes(self) -> dict[str, str]:
        """The dtype of each column."""
        return {column.name: column.dtype for column in self.columns}

    def with_columns(self, *columns: Column, before: str = "") -> Table:
        """Return a table with more columns, before the column of that name; by default before all others.

        Parameters
        ----------
        *columns : Column
        before : str, optional
            Name of the column that they stand before.
        """
        place = self.names.index(before) if before else 0
        return replace(self, columns=(*self.columns[:place], *columns, *self.columns[place:]))

    def from_rows(self, rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
        """Return a frame of `rows`, each with a cell for each column.

        Raises
        ------
        TableError
            If a row has too few or too many cells, or if a cell is missing where it must not be.
        """
        listed = list(rows)
        if strange := [len(row) for row in listed if len(row) != len(self.columns)]:
            message = f"{self.name}: a row has {strange[0]} cells for {len(self.columns)} columns"
            raise TableError(message)
        by_column = list(zip(*listed, strict=True)) or [()] * len(self.columns)
        return self.from_columns(dict(zip(self.names, by_column, strict=True)))

    def from_columns(self, columns: Mapping[str, Any] | pd.DataFrame) -> pd.DataFrame:
        """Return a frame of whole columns: sequences, arrays or Series, each under its name, in any order.

        Rows are numbered anew.

        What a column of dtype ``object`` holds is taken as it is: `checked` looks at each cell.

        Raises
        ------
        TableError
            If they are not the columns of this table, or if a cell is missing where it must not be.
        """
        import pandas as pd  # noqa: PLC0415  (half a second, for those who ask for a frame)

        if missing := set(self.names) ^ set(map(str, columns)):
            message = f"{self.name}: these columns are missing, or belong to no table: {', '.join(sorted(missing))}"
            raise TableError(message)
        frame = pd.DataFrame({column.name: _series(column, columns[column.name]) for column in self.columns})
        return self._checked(frame, [column for column in self.columns if column.dtype != "object"])

    def checked(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame`, which is what this table promises.

        Raises
        ------
        TableError
            If its columns, their order or a dtype differ, if a cell is missing where it must not be, or if one holds
            something else.
        """
        return self._checked(frame, self.columns)

    def _checked(self, frame: pd.DataFrame, columns: Iterable[Column]) -> pd.DataFrame:
        found = {str(name): str(dtype) for name, dtype in frame.dtypes.items()}
        if list(found.items()) != list(self.dtypes.items()):
            message = f"{self.name}: the columns are {found}, and not {self.dtypes}"
            raise TableError(message)
        for column in columns:
            if fault := column.faults(frame[column.name]):
                message = f"{self.name}: {fault}"
                raise TableError(message)
        return frame

    def to_markdown(self, level: int = 2) -> str:
        """Return the table's documentation: a heading of a level, what a row is, and a line for each column."""
        head = f"{'#' * level} `{self.name}`\n\nOne row for each {self.row}.\n\n"
        lines = "".join(column.to_markdown() for column in self.columns)
        return f"{head}| column | cells | meaning |\n|---|---|---|\n{lines}"


def joined(cell: object) -> object:
    """Return a cell for a table of texts: several texts are joined by commas, anything else is as it is."""
    return ", ".join(cell) if isinstance(cell, tuple) and all(isinstance(part, str) for part in cell) else cell


def json_rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return an object for each row, as part of a document in JSON: times as ISO 8601, None for what is missing."""
    known = frame.astype("object").where(frame.notna(), None)
    return [{str(name): _plain(cell) for name, cell in row.items()} for row in known.to_dict("records")]


def _plain(cell: Any) -> Any:  # noqa: ANN401  (a cell)
    return cell.isoformat() if hasattr(cell, "isoformat") else cell


def _series(column: Column, cells: Any) -> pd.Series[Any]:  # noqa: ANN401  (whatever pandas makes a Series of)
    import pandas as pd  # noqa: PLC0415  (as above)

    found: pd.Series[Any]
    if hasattr(cells, "dtype"):
        found = pd.Series(cells, dtype=column.dtype)
    elif column.dtype == "category":  # the categories of no texts are texts, too
        found = pd.Series(list(cells), dtype="str").astype("category")
    else:
        found = pd.Series(list(cells), dtype=column.dtype)
    return found.reset_index(drop=True)


def _is_texts(cell: object) -> bool:
    return isinstance(cell, tuple) and all(isinstance(part, str) for part in cell)


def _is_labels(cell: object) -> bool:
    return isinstance(cell, dict) and all(isinstance(key, str) and isinstance(cell[key], str) for key in cell)


def _is_intervals(cell: object) -> bool:
    return isinstance(cell, tuple) and all(list(map(type, part)) == [str, int, int] for part in cell)


_HOLDS: Final[Mapping[str, Callable[[object], bool]]] = {
    TEXTS: _is_texts,
    LABELS: _is_labels,
    INTERVALS: _is_intervals,
}
