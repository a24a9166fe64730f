"""Which characters would not be seen, or would do something: they are written as escapes."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["INVISIBLE", "one_line", "visible"]

LONGEST: Final = 300
"""Characters beyond which the middle of a `repr` is left out."""

INVISIBLE: Final = (
    "\u034f"  # joins graphemes and shows nothing
    "\u115f\u1160\u3164\uffa0"  # Hangul fillers: letters without ink
    "\u17b4\u17b5"  # Khmer vowels without ink
    "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"  # variation selectors
    "\u2800"  # the Braille pattern without dots
)
"""Characters that Python calls printable and that leave no ink, as a part of a regular expression's set."""
_WITHOUT_INK: Final = re.compile(f"[{INVISIBLE}]")


def visible(text: str) -> str:
    r"""Return `text` with all characters escaped that are not seen as themselves: ``\n``, ``\x1b``, ``\u202e``.

    Control characters of both sets, tabs and line ends, characters that turn the direction of
    writing, zero-width ones and other spaces than the usual one, lone surrogates.

    Examples
    --------
    >>> print(visible("a\nb\u202ec"), visible("shop/web[Deployment]"))
    a\nb\u202ec shop/web[Deployment]
    """
    if text.isprintable() and (text.isascii() or not _WITHOUT_INK.search(text)):
        return text
    return text.translate({ord(char): _seen(char) for char in set(text)})


def _seen(char: str) -> str:
    if char.isprintable() and not _WITHOUT_INK.match(char):
        return char
    return char.encode("unicode_escape").decode()


def one_line(text: str) -> str:
    """Return a `repr` as one line that is not long: the middle of a long one is left out."""
    seen = visible(text)
    if len(seen) <= LONGEST:
        return seen
    half = LONGEST // 2
    return f"{seen[:half]} … {seen[-half:]}"
