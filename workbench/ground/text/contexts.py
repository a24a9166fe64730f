"""How one text is written into a cell, a label or a string of each kind of output."""

from __future__ import annotations

import json
import re
from html import escape
from typing import Any, Final

from workbench.ground.text.visible import INVISIBLE, visible

__all__ = ["csv_cell", "dot_id", "dot_label", "html_text", "json_text", "markdown_cell"]

_FORMULA: Final = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001  (spreadsheets take the wide ones, too)
_MARKDOWN: Final = re.compile(
    r"""
    [\\`*~|<&$]                      # code, emphasis, cells, tags, entities, formulas
    | (?<![^\W_])_ | _(?![^\W_])     # emphasis: an underscore within a word is none
    | (?<=!)\[ | \](?=[\[(:])        # links and pictures
    | :(?=//) | (?<=www)\.           # addresses that are made links by themselves
    """,
    re.VERBOSE | re.IGNORECASE,
)
_BEYOND_ASCII: Final = re.compile(r"[^\n -~]")
_BEFORE_ESCAPABLE: Final = re.compile(r"""\\(?=[\\"]|$)""")
_DOUBLED: Final = r"\\\\"
_QUOTE: Final = '"'
_ESCAPED_QUOTE: Final = r"\""
_INVISIBLE: Final = re.compile(f"[{INVISIBLE}]")


def csv_cell(text: str) -> str:
    """Return what to write into a cell: a text that a spreadsheet would take for a formula begins with an apostrophe.

    It is for texts: a number that is negative is not a formula.
    """
    shown = visible(text)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def json_text(value: Any) -> str:  # noqa: ANN401  (whatever JSON can hold)
    r"""Return `value` as JSON, indented by two; what is not seen as itself is written as ``\uXXXX``.

    A reader gets each text exactly as it was.
    """
    return _BEYOND_ASCII.sub(_as_escape, json.dumps(value, indent=2, ensure_ascii=False, default=str)) + "\n"


def _as_escape(found: re.Match[str]) -> str:
    char = found[0]
    if char.isprintable() and not _INVISIBLE.match(char):
        return char
    code = ord(char)
    if code > 0xFFFF:  # noqa: PLR2004  (beyond it, JSON writes two surrogates)
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"


def markdown_cell(text: str) -> str:
    r"""Return `text` for a cell of a Markdown table, where it is shown as it is: nothing in it is markup.

    Examples
    --------
    >>> print(markdown_cell("shop/web[Deployment]"), markdown_cell("[a](javascript:b)|<i>"))
    shop/web[Deployment] [a\](javascript:b)\|\<i>
    """
    return _MARKDOWN.sub(r"\\\g<0>", visible(text))


def html_text(text: str) -> str:
    """Return `text` for an element or an attribute of HTML or SVG."""
    return escape(visible(text))


def dot_id(text: str) -> str:
    r"""Return `text` in quotes as the name of a node, of a cluster, of a graph, in DOT.

    HTML entities in it would be read. A backslash stays one: it is doubled only where it would
    otherwise take the next character, or the closing quote, with it.
    """
    return f'"{_BEFORE_ESCAPABLE.sub(_DOUBLED, _without_entities(text)).replace(_QUOTE, _ESCAPED_QUOTE)}"'


def dot_label(*lines: str, left: bool = False) -> str:
    r"""Return lines in quotes as a label in DOT, in which backslashes have a meaning (``\N``).

    ``\l`` ends lines that are set to the left.

    Parameters
    ----------
    *lines : str
    left : bool, optional
    """
    end = r"\l" if left else r"\n"
    text = end.join(
        _without_entities(line).replace("\\", "\\\\").replace(_QUOTE, _ESCAPED_QUOTE) for line in lines if line
    )
    return f'"{text}{end}"' if left else f'"{text}"'


def _without_entities(text: str) -> str:
    return visible(text).replace("&", "&amp;")
