"""An audit as plain texts, as pages and documents show it: what templates are given (audit-reports 3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from workbench.ground import listed, visible
from workbench.report.model import Prose, ReportTable

if TYPE_CHECKING:
    from workbench.ground import Column
    from workbench.report.audit import Audit
    from workbench.report.model import Part

__all__ = ["LINES_OF_A_CELL", "cell_text", "is_missing", "page_of"]

LINES_OF_A_CELL: Final = 8
"""So many texts of one cell are shown."""
_NUMBERS: Final = ("int", "Int", "UInt", "float", "Float")
_PRECISE: Final = 4
_NARROW: Final = 14
"""A column whose cells have no more letters than that is not broken."""
_CODE: Final = ("patch",)
"""Columns whose spaces count."""
_CODE_LINES: Final = 3
"""A row with these takes the room of so many others."""


def page_of(audit: Audit, most_rows: int) -> dict[str, Any]:
    """Return an audit as texts, lists and mappings, as JSON has them.

    Parameters
    ----------
    audit : Audit
    most_rows : int
        So many rows of a table are among them; how many there are is said.
    """
    return {
        "title": audit.title,
        "author": audit.author,
        "date": f"{audit.now:%Y-%m-%d %H:%M} UTC",
        "scope": listed(audit.namespaces) if audit.namespaces else "all namespaces",
        "versions": [f"{name} {version}" for name, version in sorted(audit.versions.items())],
        "sections": [
            {"id": one.id, "title": one.title, "parts": [_part(part, most_rows, one.id) for part in one.parts]}
            for one in audit.sections
        ],
    }


def _part(part: Part, most_rows: int, section: str) -> dict[str, Any]:
    if isinstance(part, Prose):
        return {"kind": part.kind.value, "text": part.text}
    if isinstance(part, ReportTable):
        return {**_table(part, most_rows), "is_main": part.id == section}  # what its section is about
    picture = {"id": part.id, "title": part.title, "text": part.text, "svg": part.svg, "is_told": not part.is_written}
    return {"kind": "picture", **picture}


def _table(table: ReportTable, most_rows: int) -> dict[str, Any]:
    columns = {one.name: one for one in table.table.columns}
    shown = [columns[name] for name in table.columns_shown]
    most = most_rows // _CODE_LINES if any(one.name in _CODE for one in shown) else most_rows
    rows = list(_rows(table, shown, most))
    lines = [[line for row in rows for line in row[place]["lines"]] for place in range(len(shown))]
    return {
        "kind": "table",
        "id": table.id,
        "title": table.title,
        "row": table.table.row,
        "columns": [
            {
                "name": one.name.replace("_", " "),
                "meaning": one.meaning.replace("`", ""),
                "is_ordered": bool(one.identifiers) and not one.holds,
                "is_number": one.dtype.startswith(_NUMBERS),
                "is_code": one.name in _CODE,
                "is_narrow": max(map(len, lines[place]), default=0) <= _NARROW,
            }
            for place, one in enumerate(shown)
        ],
        "rows": rows,
        "shown": min(len(table), most),
        "total": len(table),
        "file": f"data/{table.id}.csv",
    }


def _rows(table: ReportTable, shown: list[Column], most_rows: int) -> Iterator[list[dict[str, Any]]]:
    frame = table.frame[[one.name for one in shown]].head(most_rows)
    for row in frame.itertuples(index=False, name=None):
        yield [_code(cell) if one.name in _CODE else _cell(cell, one) for one, cell in zip(shown, row, strict=True)]


def _code(cell: str) -> dict[str, Any]:
    """Return a cell whose lines and spaces count."""
    return {"lines": [visible(line) for line in cell.rstrip("\n").split("\n")] if cell else [], "sort": ""}


def _cell(cell: Any, column: Column) -> dict[str, Any]:  # noqa: ANN401  (a cell)
    """Return a cell: its lines, and what it is sorted by; words that have an order, such as severities, by that."""
    if isinstance(cell, tuple):
        texts = [visible(cell_text(one)) for one in cell]
        more = [f"and {len(texts) - LINES_OF_A_CELL:,} more"] if len(texts) > LINES_OF_A_CELL else []
        return {"lines": [*texts[:LINES_OF_A_CELL], *more], "sort": " ".join(texts[:1])}
    text = visible(cell_text(cell))
    if text in column.identifiers:
        return {"lines": [text], "sort": str(column.identifiers.index(text))}
    is_number = isinstance(cell, (int, float)) and not isinstance(cell, bool) and bool(text)
    return {"lines": [text] if text else [], "sort": repr(cell) if is_number else text}


def cell_text(cell: Any) -> str:  # noqa: ANN401  (likewise)
    """Return a cell as people read it; empty for what is missing.

    Parameters
    ----------
    cell : object
    """
    if is_missing(cell):
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, float):
        return f"{round(cell, _PRECISE):,g}" if abs(cell) < 1e6 else f"{cell:,.0f}"  # noqa: PLR2004  (as people write)
    return str(cell)


def is_missing(cell: Any) -> bool:  # noqa: ANN401  (likewise)
    """Tell whether there is nothing in a cell.

    Parameters
    ----------
    cell : object
    """
    return cell is None or (not isinstance(cell, (tuple, dict, str)) and bool(pd.isna(cell)))
