"""How any text is written into any kind of output: one rule for each, below all rooms.

Names come from manifests, from flows and from DNS: whoever wrote them may have meant to forge a
line, to command a terminal, or to run a formula. `visible` is what all contexts share; the others
add what their syntax asks for. Ordinary names pass all of them unchanged.
"""

from __future__ import annotations

from workbench.ground.text.contexts import csv_cell, dot_id, dot_label, html_text, json_text, markdown_cell
from workbench.ground.text.counts import count_of, first_of, is_are, listed, plural
from workbench.ground.text.natural import natural_order
from workbench.ground.text.tables import csv_table, markdown_table, text_table
from workbench.ground.text.visible import one_line, visible

__all__ = [
    "count_of",
    "csv_cell",
    "csv_table",
    "dot_id",
    "dot_label",
    "first_of",
    "html_text",
    "is_are",
    "json_text",
    "listed",
    "markdown_cell",
    "markdown_table",
    "natural_order",
    "one_line",
    "plural",
    "text_table",
    "visible",
]
