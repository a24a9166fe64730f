"""How rows of texts are written as a table: aligned, as CSV, as Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Sequence

from workbench.ground.text.contexts import csv_cell, markdown_cell
from workbench.ground.text.visible import visible

__all__ = ["csv_table", "markdown_table", "text_table"]

_GAP = "  "


class _Texts(dict[str, str]):
    """Texts as they are written, each made once: large tables repeat few of them."""

    def __init__(self, written: Callable[[str], str]) -> None:
        super().__init__()
        self._written = written

    def __missing__(self, text: str) -> str:
        return self.setdefault(text, self._written(text))


def csv_table(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV, quoted only where a cell has a comma or a quote; the names of columns are the first row."""
    text, cells = io.StringIO(), _Texts(csv_cell)
    csv.writer(text, lineterminator="\n").writerows(
        [cells[cell] if isinstance(cell, str) else cell for cell in row] for row in rows
    )
    return text.getvalue()


def text_table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return columns below their names, for people at a terminal; no cell is cut.

    Parameters
    ----------
    names : sequence of str
    rows : iterable of sequence of str
    """
    table = [list(names), *([visible(cell) for cell in row] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    padded = (_GAP.join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)) for row in table)
    return "".join(f"{line.rstrip()}\n" for line in padded)


def markdown_table(names: Sequence[str], rows: Iterable[Sequence[str]], rules: Sequence[str] = ()) -> str:
    """Return a Markdown table.

    Parameters
    ----------
    names : sequence of str
    rows : iterable of sequence of str
    rules : sequence of str, optional
        What stands below each name; by default dashes, two more than the name has letters.
    """
    titles = [markdown_cell(name) for name in names]
    below = rules or ["-" * (len(title) + 2) for title in titles]
    lines = [f"| {' | '.join(titles)} |", f"|{'|'.join(below)}|"]
    cells = _Texts(markdown_cell)
    lines.extend(f"| {' | '.join([cells[cell] for cell in row])} |" for row in rows)
    return "".join(f"{line}\n" for line in lines)
