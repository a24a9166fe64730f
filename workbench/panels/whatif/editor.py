"""A field for YAML with the numbers of its lines, and what is wrong at which of them."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.resources import files
from typing import TYPE_CHECKING

import anywidget
from traitlets import Int, List, Unicode

if TYPE_CHECKING:
    from workbench.panels.whatif.reading import Fault

__all__ = ["TextEditor"]


class TextEditor(anywidget.AnyWidget):
    """A text with line numbers. What is typed arrives when the person rests, or leaves the field.

    Tab leaves the field, as it leaves others. Problems are listed below it; each leads to its line.

    Attributes
    ----------
    value : str
    label : str
        What the field is called.
    hint : str
        What it says while it is empty.
    rows : int
        How many lines are in sight.
    problems : list of dict
        With ``line`` (0 where none is meant), ``severity`` and ``text``.
    """

    _esm = files("workbench.panels.whatif") / "editor.js"
    value = Unicode().tag(sync=True)
    label = Unicode().tag(sync=True)
    hint = Unicode().tag(sync=True)
    rows = Int(14).tag(sync=True)
    problems: List[dict[str, object]] = List().tag(sync=True)

    def tell(self, faults: Iterable[Fault]) -> None:
        """Show what is wrong with the text.

        Parameters
        ----------
        faults : iterable of Fault
        """
        self.problems = [{"line": one.line, "severity": one.severity, "text": one.message} for one in faults]
