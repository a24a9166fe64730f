"""What a notebook shows of a value, in one look for all rooms: its name, counts, notes, first rows and problems.

It stands by itself: a notebook that was exported, mailed or opened without a network shows the same.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

from workbench.ground.problems import Problem, Severity
from workbench.ground.text import count_of, html_text, one_line

__all__ = ["FEW_ROWS", "STYLE", "Cell", "FirstRows", "Shown", "View"]

FEW_ROWS: Final = 10
"""So many rows are shown of a table."""
Cell: TypeAlias = "str | tuple[str, ...]"
"""A text; or several, each on a line of its own."""
_SHORT: Final = 32
"""A text of so many characters is not broken into lines."""
_LINES: Final = 8
"""So many texts of one cell are shown."""

STYLE: Final = """
.netpol-view.netpol-view {
  color: var(--jp-content-font-color1, inherit);
  font-family: var(--jp-content-font-family, system-ui, sans-serif);
  font-size: var(--jp-content-font-size1, 14px);
  line-height: 1.45;
  text-align: left;
}
.netpol-view.netpol-view p { margin: 0 0 .4em; max-width: 60em; }
.netpol-view.netpol-view .netpol-fact::before { content: " · "; }
.netpol-view.netpol-view .netpol-rows { margin: 0 0 .5em; overflow-x: auto; }
.netpol-view.netpol-view table {
  border: 0; border-collapse: collapse; color: inherit; font-size: inherit; margin: 0; table-layout: auto; width: auto;
}
.netpol-view.netpol-view caption {
  caption-side: top; color: var(--jp-content-font-color2, inherit); padding: 0 0 .2em; text-align: left;
}
.netpol-view.netpol-view tr,
.netpol-view.netpol-view tbody tr:nth-child(odd),
.netpol-view.netpol-view tbody tr:nth-child(even) { background: transparent; }
.netpol-view.netpol-view th,
.netpol-view.netpol-view td {
  border: 0; border-bottom: 1px solid var(--jp-border-color2, rgba(128, 128, 128, .4));
  max-width: 30em; overflow-wrap: break-word; padding: .25em 1.2em .25em 0; text-align: left; vertical-align: top;
  white-space: normal;
}
.netpol-view.netpol-view th { font-weight: 600; white-space: nowrap; }
.netpol-view.netpol-view .netpol-number { font-variant-numeric: tabular-nums; text-align: right; }
.netpol-view.netpol-view .netpol-short { white-space: nowrap; }
.netpol-view.netpol-view ul { margin: 0 0 .5em; padding: 0 0 0 1.4em; }
.netpol-view.netpol-view li { margin: 0 0 .35em; max-width: 60em; overflow-wrap: break-word; }
.netpol-view.netpol-view summary { cursor: pointer; padding: .1em 0 .3em; }
"""
"""The look of all views: colours and fonts are JupyterLab's, light or dark, and the page's elsewhere."""


class FirstRows(NamedTuple):
    """The first rows of a table, as texts.

    Attributes
    ----------
    names : tuple of str
        Of the columns.
    rows : tuple of tuple
        A text, or several, for each column.
    shown : int
        How many there are here.
    total : int or None
        How many there are in all; None where counting them would take long.
    noun : str
        What is counted, in the singular.
    numbers : frozenset of str
        The columns that hold numbers.
    remark : str
        What else is true of the rows.
    """

    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    shown: int
    total: int | None
    noun: str = "row"
    numbers: frozenset[str] = frozenset()
    remark: str = ""

    @property
    def caption(self) -> str:
        """How many of how many are shown."""
        if self.total is None:
            return f"the first {count_of(self.shown, self.noun)}; {self.remark}"
        counted = count_of(self.total, self.noun)
        said = counted if self.shown >= self.total else f"showing {self.shown:,} of {counted}"
        return f"{said}; {self.remark}" if self.remark else said


@dataclass(frozen=True, slots=True)
class View:
    """What a notebook shows of a value.

    Attributes
    ----------
    title : str
        What it is; empty for a table alone.
    facts : tuple of str
        Counts, a few words each.
    notes : tuple of str
        What else is to be known, a sentence each.
    rows : FirstRows or None
    problems : tuple of Problem
        What was wrong with the input.
    """

    title: str = ""
    facts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rows: FirstRows | None = None
    problems: tuple[Problem, ...] = ()

    def to_html(self) -> str:
        """Return the view as a part of a page, in which every name is text."""
        facts = "".join(f'<span class="netpol-fact">{html_text(fact)}</span>' for fact in self.facts)
        notes = "".join(f"<p>{html_text(note)}</p>" for note in self.notes)
        title = f"<p><b>{html_text(self.title)}</b>{facts}</p>" if self.title else ""
        rows = "" if self.rows is None else _table(self.rows)
        problems = _problems(self.problems) if self.problems else ""
        return f'<div class="netpol-view"><style>{STYLE}</style>{title}{notes}{rows}{problems}</div>'


class Shown(ABC):
    """A value that says in a line, and in a notebook, what it holds."""

    __slots__ = ()

    @abstractmethod
    def _facts(self) -> Iterable[str]:
        """Return the counts that tell one such value from another, a few words each; this must be cheap."""

    def _view(self) -> View:
        """Return what a notebook shows."""
        return View(type(self).__name__, tuple(self._facts()))

    def __repr__(self) -> str:
        """Return what it is and how much it holds, in one line."""
        return one_line(f"{type(self).__name__}({', '.join(self._facts())})")

    def _repr_html_(self) -> str:
        return self._view().to_html()


def _table(found: FirstRows) -> str:
    if not found.rows:
        return ""
    kinds = [' class="netpol-number"' if name in found.numbers else "" for name in found.names]
    head = "".join(
        f'<th scope="col"{kind}>{html_text(name)}</th>' for name, kind in zip(found.names, kinds, strict=True)
    )
    body = "".join(
        f"<tr>{''.join(_cell(cell, kind) for cell, kind in zip(row, kinds, strict=True))}</tr>" for row in found.rows
    )
    caption = f"<caption>{html_text(found.caption)}</caption>"
    table = f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<div class="netpol-rows">{table}</div>'


def _cell(cell: Cell, kind: str) -> str:
    lines = (cell,) if isinstance(cell, str) else cell
    more = (f"and {len(lines) - _LINES:,} more",) if len(lines) > _LINES else ()
    listed = (*lines[:_LINES], *more)
    short = ' class="netpol-short"' if all(len(line) <= _SHORT for line in listed) else ""
    return f"<td{kind or short}>{'<br>'.join(map(html_text, listed))}</td>"


def _problems(problems: Sequence[Problem]) -> str:
    """Return how many problems there are, which open to the first of the worst."""
    order = tuple(Severity)
    counts = Counter(problem.severity for problem in problems)
    kinds = ", ".join(count_of(counts[severity], str(severity)) for severity in order if counts[severity])
    worst = sorted(problems, key=lambda problem: order.index(problem.severity))[:FEW_ROWS]
    more = f"<p>and {len(problems) - len(worst):,} more</p>" if len(problems) > len(worst) else ""
    summary = html_text(f"{count_of(len(problems), 'problem')}: {kinds}")
    return f"<details><summary>{summary}</summary><ul>{''.join(map(_item, worst))}</ul>{more}</details>"


def _item(problem: Problem) -> str:
    subject = " ".join(filter(None, (problem.object, problem.field)))
    heads = (str(problem.severity), _place(problem), subject)
    lines = (" · ".join(filter(None, heads)), problem.message, problem.remedy)
    return f"<li>{'<br>'.join(html_text(line) for line in lines if line)}</li>"


def _place(problem: Problem) -> str:
    return f"{problem.file}:{problem.line}" if problem.file and problem.line is not None else problem.file
