"""How answers that are plain tables are written down."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from workbench.ground.formats import Formats
from workbench.ground.text import csv_cell, json_text, markdown_table, text_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

__all__ = ["TABLES", "register_table_format"]

TableWriter: TypeAlias = "Callable[[pd.DataFrame], str]"

TABLES: Formats[TableWriter] = Formats("netpol_workbench.table_formats")
"""The formats of tables."""

register_table_format = TABLES.register


@register_table_format("txt")
def txt(frame: pd.DataFrame) -> str:
    """Write columns below their names, for people at a terminal."""
    return text_table(list(frame.columns), _texts(frame))


@register_table_format("md")
def md(frame: pd.DataFrame) -> str:
    """Write a Markdown table, for an issue or a merge request."""
    return markdown_table(list(frame.columns), _texts(frame))


@register_table_format("csv")
def comma_separated(frame: pd.DataFrame) -> str:
    """Write a line of column names, then a line for each row."""
    texts = frame.select_dtypes(["object", "string", "category"])
    escaped = frame.assign(**{str(name): texts[name].astype("object").map(_csv_value) for name in texts})
    return escaped.to_csv(index=False, lineterminator="\n")


@register_table_format("json")
def json_objects(frame: pd.DataFrame) -> str:
    """Write a list with an object for each row, for programs."""
    return json_text(frame.to_dict("records"))


def _csv_value(cell: object) -> object:
    return csv_cell(cell) if isinstance(cell, str) else cell


def _texts(frame: pd.DataFrame) -> Iterator[list[str]]:
    """Yield the cells of each row; what is missing is empty."""
    shown = frame.astype("object").where(frame.notna(), "")
    yield from ([str(cell) for cell in row] for row in shown.itertuples(index=False))
