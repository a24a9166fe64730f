"""The few pieces of HTML that the tabs are made of; every text in them is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbench.ground import html_text

__all__ = [
    "badge",
    "breakable",
    "code_block",
    "definitions",
    "entry",
    "heading",
    "items",
    "marked_block",
    "note",
    "tip",
]

MOST_ITEMS = 40
"""Items of a list beyond these are counted."""
LONGEST_LINE = 300
"""Letters of a line that is shown among others: JSON may be written in one line."""


def heading(text: str) -> str:
    """Return a heading within a tab.

    Parameters
    ----------
    text : str
    """
    return f'<div class="nw-heading" role="heading" aria-level="4">{html_text(text)}</div>'


def note(text: str) -> str:
    """Return a sentence that stands back.

    Parameters
    ----------
    text : str
    """
    return f'<p class="nw-note">{html_text(text)}</p>'


def badge(text: str, tone: str = "plain") -> str:
    """Return a few words in a frame.

    Parameters
    ----------
    text : str
    tone : {"plain", "good", "bad", "warn"}
        Only a help for the eye: the words say the same.
    """
    return f'<span class="nw-badge nw-badge-{tone}">{html_text(text)}</span>'


def breakable(text: str) -> str:
    """Return a name, escaped, that may be wrapped behind a slash or before a bracket.

    Parameters
    ----------
    text : str
    """
    return html_text(text).replace("/", "/<wbr>").replace("[", "<wbr>[")


def items(entries: Sequence[str], *, most: int = MOST_ITEMS) -> str:
    """Return a list of entries that are HTML already, and how many more there are.

    Parameters
    ----------
    entries : sequence of str
    most : int, optional
        Entries beyond these are counted.
    """
    shown = "".join(f"<li>{entry}</li>" for entry in entries[:most])
    rest = len(entries) - most
    return f'<ul class="nw-items">{shown}</ul>' + (f"<p>and {rest:,} more</p>" if rest > 0 else "")


def definitions(pairs: Iterable[tuple[str, str]]) -> str:
    """Return names with what they stand for, which is HTML already; those that stand for nothing are left out.

    Parameters
    ----------
    pairs : iterable of (str, str)
    """
    rows = "".join(f"<dt>{html_text(name)}</dt><dd>{value}</dd>" for name, value in pairs if value)
    return f'<dl class="nw-definitions">{rows}</dl>' if rows else ""


def entry(title: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return one of several things that are told alike: narrow panels have no room for the columns of a table.

    Parameters
    ----------
    title : str
        HTML already.
    pairs : iterable of (str, str)
        As of `definitions`.
    """
    return f'<div class="nw-entry"><div class="nw-entry-title">{title}</div>{definitions(pairs)}</div>'


def code_block(text: str, label: str) -> str:
    """Return a text as it is written, line by line.

    Parameters
    ----------
    text : str
    label : str
        What it is, for those who do not see it.
    """
    lines = "\n".join(html_text(line.replace("\t", "    ")) for line in text.split("\n"))
    return f'<pre class="nw-code" tabindex="0" role="region" aria-label="{html_text(label)}">{lines}</pre>'


def marked_block(text: str, label: str, marked: int, *, first: int = 1, around: int = 6) -> str:
    """Return the lines of a text around one of them, with their numbers; a sign and a colour mark that one.

    Parameters
    ----------
    text : str
    label : str
        What it is, for those who do not see it.
    marked : int
        Number of the line.
    first : int, optional
        Number of the text's first line.
    around : int, optional
        How many lines before it are shown, and half as many more after it.
    """
    lines = text.expandtabs(4).split("\n")
    start, end = max(0, marked - first - around), min(len(lines), marked - first + around + around // 2 + 1)
    width = len(str(first + end))
    shown = []
    for number, line in enumerate(lines[start:end], first + start):
        cut = line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} …"
        said = html_text(f"{'▸' if number == marked else ' '} {number:>{width}}  {cut}")
        # What is marked is a line of its own, as a block.
        shown.append(f'<mark class="nw-marked">{said}</mark>' if number == marked else f"{said}\n")
    code = "".join(shown)
    return f'<pre class="nw-code" tabindex="0" role="region" aria-label="{html_text(label)}">{code}</pre>'


def tip(lines: Sequence[str]) -> str:
    """Return a small icon that says more at the pointer and at the keyboard's focus; nothing for no lines.

    Parameters
    ----------
    lines : sequence of str
    """
    known = [line for line in lines if line]
    if not known:
        return ""
    said = html_text("; ".join(known))
    shown = "<br>".join(map(html_text, known))
    return (
        f'<span class="nw-tip" tabindex="0" role="img" aria-label="{said}">i'
        f'<span class="nw-tip-text" aria-hidden="true">{shown}</span></span>'
    )
