"""What the tables of all rooms have in common: a definition that builds a frame, checks it and documents it.

pandas is imported when a frame is made and not before: answers in text do without it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "Table", "TableError"]


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
        The identifiers that stand in the column; empty for any text.
    """

    name: str
    dtype: str
    meaning: str
    nullable: bool = False
    identifiers: tuple[str, ...] = ()


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

    def from_rows(self, rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
        """Return a frame of `rows`, each with a cell for each column.

        Raises
        ------
        TableError
            If a cell is missing where it must not be.
        """
        by_column = list(zip(*rows, strict=True)) or [()] * len(self.columns)
        if len(by_column) != len(self.columns):
            message = f"{self.name}: rows have {len(by_column)} cells for {len(self.columns)} columns"
            raise TableError(message)
        return self.from_columns(dict(zip(self.names, by_column, strict=True)))

    def from_columns(self, columns: Mapping[str, Any]) -> pd.DataFrame:
        """Return a frame of whole columns: sequences, arrays or Series, each under its name, in any order.

        Raises
        ------
        TableError
            If they are not the columns of this table, or if a cell is missing where it must not be.
        """
        import pandas as pd  # noqa: PLC0415  (half a second, for those who ask for a frame)

        if missing := set(self.names) ^ set(columns):
            message = f"{self.name}: these columns are missing, or belong to no table: {', '.join(sorted(missing))}"
            raise TableError(message)
        made = {
            column.name: pd.Series(cells if hasattr(cells, "dtype") else list(cells), dtype=column.dtype)
            for column in self.columns
            for cells in (columns[column.name],)
        }
        return self.checked(pd.DataFrame(made))

    def checked(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return `frame`, which is what this table promises.

        Raises
        ------
        TableError
            If its columns, their order or a dtype differ, or if a cell is missing where it must not be.
        """
        found = {str(name): str(dtype) for name, dtype in frame.dtypes.items()}
        if list(found.items()) != list(self.dtypes.items()):
            message = f"{self.name}: the columns are {found}, and not {self.dtypes}"
            raise TableError(message)
        for column in self.columns:
            if not column.nullable and column.dtype != "object" and frame[column.name].isna().any():
                message = f"{self.name}: a cell of {column.name!r} is missing"
                raise TableError(message)
            if column.identifiers and (strange := set(frame[column.name].unique()) - set(column.identifiers)):
                message = f"{self.name}: {column.name!r} holds {', '.join(sorted(map(repr, strange)))}"
                raise TableError(message)
        return frame

    def to_markdown(self) -> str:
        """Return the table's documentation: a heading, what a row is, and a line for each column."""
        lines = [
            f"## `{self.name}`",
            "",
            f"One row for each {self.row}.",
            "",
            "| column | dtype | meaning |",
            "|---|---|---|",
        ]
        for column in self.columns:
            values = f" One of {', '.join(f'`{value}`' for value in column.identifiers)}." if column.identifiers else ""
            missing = " Missing where unknown." if column.nullable else ""
            meaning = column.meaning.replace("|", r"\|")
            lines.append(f"| `{column.name}` | {column.dtype} | {meaning}.{values}{missing} |")
        return "\n".join(lines) + "\n"
