"""How answers that are plain tables are written down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from workbench.connectivity.formats import Formats

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

__all__ = ["TABLES", "register_table_format", "render_table"]

TableWriter: TypeAlias = "Callable[[pd.DataFrame], str]"

TABLES: Formats[TableWriter] = Formats("netpol_workbench.table_formats")
"""The formats of tables."""

register_table_format = TABLES.register


@register_table_format("txt")
def txt(frame: pd.DataFrame) -> str:
    """Write columns below their names, for people at a terminal."""
    return _tabulated(frame, "plain")


@register_table_format("md")
def md(frame: pd.DataFrame) -> str:
    """Write a Markdown table, for an issue or a merge request."""
    return _tabulated(frame.map(_without_bars), "github")


@register_table_format("csv")
def comma_separated(frame: pd.DataFrame) -> str:
    """Write a line of column names, then a line for each row."""
    return frame.to_csv(index=False, lineterminator="\n")


@register_table_format("json")
def json_objects(frame: pd.DataFrame) -> str:
    """Write a list with an object for each row, for programs."""
    return json.dumps(frame.to_dict("records"), indent=2, ensure_ascii=False, default=str) + "\n"


def render_table(frame: pd.DataFrame, name: str) -> str:
    """Return a frame, without its index, as text in the format called `name`, one of ``TABLES.names()``.

    Raises
    ------
    UnknownFormatError
        If there is no such format.
    """
    return TABLES.named(name).write(frame)


def _tabulated(frame: pd.DataFrame, style: str) -> str:
    # Names are text, also those that look like numbers.
    lines = frame.to_markdown(index=False, tablefmt=style, disable_numparse=True).splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _without_bars(cell: object) -> object:
    return cell.replace("|", r"\|") if isinstance(cell, str) else cell
