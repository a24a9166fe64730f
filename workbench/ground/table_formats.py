"""How answers that are plain tables are written down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.ground.formats import register_format
from workbench.ground.tables import joined
from workbench.ground.text import csv_cell, json_text, markdown_table, text_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

__all__ = ["comma_separated", "json_objects", "md", "txt"]


@register_format("table", "txt")
def txt(frame: pd.DataFrame) -> str:
    """Write columns below their names, for people at a terminal."""
    return text_table(list(frame.columns), _texts(frame))


@register_format("table", "md")
def md(frame: pd.DataFrame) -> str:
    """Write a Markdown table, for an issue or a merge request."""
    return markdown_table(list(frame.columns), _texts(frame))


@register_format("table", "csv")
def comma_separated(frame: pd.DataFrame) -> str:
    """Write a line of column names, then a line for each row."""
    texts = frame.select_dtypes(["object", "string", "category"])
    escaped = frame.assign(**{str(name): texts[name].astype("object").map(_csv_value) for name in texts})
    return escaped.to_csv(index=False, lineterminator="\n")


@register_format("table", "json")
def json_objects(frame: pd.DataFrame) -> str:
    """Write a list with an object for each row, for programs."""
    return json_text(_known(frame, None).to_dict("records"))


def _csv_value(cell: object) -> object:
    text = joined(cell)
    return csv_cell(text) if isinstance(text, str) else text


def _texts(frame: pd.DataFrame) -> Iterator[list[str]]:
    """Yield the cells of each row as text."""
    yield from ([str(joined(cell)) for cell in row] for row in _known(frame, "").itertuples(index=False))


def _known(frame: pd.DataFrame, missing: str | None) -> pd.DataFrame:
    """Return a frame with one value for whatever is missing."""
    return frame.astype("object").where(frame.notna(), missing)
