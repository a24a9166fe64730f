"""How rows of texts are written as a table: aligned, as CSV, as Markdown, as HTML."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import islice

from workbench.text.contexts import csv_cell, html_text, markdown_cell
from workbench.text.visible import visible

__all__ = ["csv_table", "html_table", "markdown_table", "text_table"]

_GAP = "  "


def csv_table(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV, quoted only where a cell has a comma or a quote; the names of columns are the first row."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(map(csv_cell, row) for row in rows)
    return text.getvalue()


def text_table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return columns below their names, for people at a terminal; no cell is cut."""
    table = [list(names), *([visible(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    padded = (_GAP.join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)) for row in table)
    return "".join(f"{line.rstrip()}\n" for line in padded)


def markdown_table(names: Sequence[str], rows: Iterable[Sequence[str]], rules: Sequence[str] = ()) -> str:
    """Return a Markdown table.

    Parameters
    ----------
    rules : sequence of str, optional
        What stands below each name; by default dashes, two more than the name has letters.
    """
    titles = [markdown_cell(name) for name in names]
    below = rules or ["-" * (len(title) + 2) for title in titles]
    lines = [f"| {' | '.join(titles)} |", f"|{'|'.join(below)}|"]
    lines.extend(f"| {' | '.join(map(markdown_cell, row))} |" for row in rows)
    return "".join(f"{line}\n" for line in lines)


def html_table(names: Sequence[str], rows: Iterable[Sequence[str]], *, most: int = 60) -> str:
    """Return an HTML table of at most so many rows, and how many more there are; no cell is cut."""
    every = iter(rows)
    shown = [f"<tr>{''.join(f'<td>{html_text(cell)}</td>' for cell in row)}</tr>" for row in islice(every, most)]
    rest = sum(1 for _ in every)
    head = "".join(f"<th>{html_text(name)}</th>" for name in names)
    more = f"<p>and {rest:,} more rows</p>" if rest else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(shown)}</tbody></table>{more}"
