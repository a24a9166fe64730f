"""What a plain YAML scalar means to Kubernetes: text, a number, a boolean or nothing.

Kubernetes reads YAML with go-yaml v2 and turns it into JSON. PyYAML follows YAML 1.1 more closely, which
differs where it hurts: ``22:22``, ``1e3`` and dates (reading 3).
"""

from __future__ import annotations

import re
import struct
from functools import lru_cache
from math import isinf
from typing import TypeAlias

__all__ = ["AMBIGUOUS", "SPECIAL_FIRST", "Scalar", "float_key", "plain_scalar"]

Scalar: TypeAlias = str | int | float | bool | None

SPECIAL_FIRST = frozenset("0123456789+-.yYnNtTfFoO~")
"""First characters of the plain scalars that may be something else than text."""

_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
AMBIGUOUS = frozenset("yYnN")
"""Letters that are booleans to Kubernetes and text to nearly everybody else.

Kubernetes refuses a namespace or a label ``y`` without quotes, and no boolean is ever spelled so. They are
read as the text that was meant, and a warning is given (``ambiguous-boolean``).
"""
_WHOLE = re.compile(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_BASES = (16, 2, 8, 10)
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_MAX_INT64, _MAX_UINT64 = 2**63 - 1, 2**64 - 1
_LONGEST_WHOLE = 400
"""No 64-bit number is written with more digits than this, short of a silly run of zeros."""


@lru_cache(maxsize=8192)
def plain_scalar(text: str) -> Scalar:
    """Return what a plain (unquoted, untagged) scalar means.

    Returns
    -------
    str, int, float, bool or None
        Infinities and NaN are returned as such, though JSON cannot hold them: the caller reports them.

    Notes
    -----
    Underscores in numbers are dropped; whole numbers follow Go's ``ParseInt`` with base 0 (``0644`` is
    420) within 64 bits; there are no base-60 numbers and no timestamps; a decimal number that overflows
    is text.
    """
    if text and text[0] not in SPECIAL_FIRST:
        return text
    if text in _WORDS:
        return _WORDS[text]
    number = text if text.startswith(".") else text.replace("_", "")
    whole = _whole_number(number)
    if whole is not None:
        return whole
    if _DECIMAL.fullmatch(number):
        decimal = float(number)
        if not isinf(decimal):
            return decimal
    return text


def _whole_number(text: str) -> int | None:
    match = _WHOLE.fullmatch(text) if len(text) <= _LONGEST_WHOLE else None
    if match is None:
        return None
    sign, *digits = match.groups()
    value = next(int(part, base) for part, base in zip(digits, _BASES, strict=True) if part is not None)
    if sign == "-":
        return -value if value <= _MAX_INT64 + 1 else None
    return value if value <= (_MAX_INT64 if sign else _MAX_UINT64) else None


def float_key(number: float) -> str:
    """Return the text of a mapping key that is a float: Go's shortest ``%g`` in single precision."""
    digits, exponent = _shortest_single(number)
    sign = "-" if number < 0 else ""
    if -5 < exponent < 6:  # noqa: PLR2004  (Go's limits for %g)
        if exponent < 0:
            return f"{sign}0.{'0' * (-exponent - 1)}{digits}"
        padded = digits.ljust(exponent + 1, "0")
        tail = padded[exponent + 1 :]
        return f"{sign}{padded[: exponent + 1]}{'.' + tail if tail else ''}"
    mantissa = digits[0] + ("." + digits[1:] if len(digits) > 1 else "")
    return f"{sign}{mantissa}e{exponent:+03d}"


def _shortest_single(number: float) -> tuple[str, int]:
    """Return the fewest digits, and the exponent, that still give `number` in single precision."""
    wanted = _single(number)
    texts = (f"{abs(number):.{places}e}" for places in range(9))
    text = next((text for text in texts if _single(float(text)) == abs(wanted)), f"{abs(number):.8e}")
    mantissa, _, exponent = text.partition("e")
    return mantissa.replace(".", "").rstrip("0") or "0", int(exponent)


def _single(number: float) -> float:
    try:
        return float(struct.unpack("f", struct.pack("f", number))[0])
    except OverflowError:
        return number
