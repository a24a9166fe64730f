"""What does a JSON text say, read as quickly as can be where that is certain to be what the exact reader says."""

from __future__ import annotations

import json
from typing import Any, Final

import orjson

__all__ = ["UNCERTAIN", "decoded", "read_quickly"]

UNCERTAIN: Final = object()
"""Stands for the value of a text that only the exact reader can tell."""

_DIGITS_ALIKE: Final = bytes.maketrans(b"123456789", b"000000000")
_LONG: Final = b"0" * 19
"""So many digits may be a whole number beyond 64 bits, which orjson rounds."""
_COLON: Final = b":"
_HIDDEN_COLONS: Final = (rb"\u003a", rb"\u003A")


def decoded(payload: bytes) -> Any:
    """Return the value of a JSON text, as `json.loads` does, which also reads numbers that orjson refuses or rounds.

    Raises
    ------
    ValueError
        If it is not JSON.
    """
    if not _has_long_number(payload):
        try:
            return orjson.loads(payload)
        except orjson.JSONDecodeError:
            pass  # NaN, for one
    return json.loads(payload)


def read_quickly(text: str) -> Any:
    """Return the value of a JSON text in which no key is given twice; `UNCERTAIN` for any other text.

    Each key has a colon, so a text with more colons than its value has when it is written out gives one twice.
    """
    try:
        written = text.encode()
        if _has_long_number(written) or any(colon in written for colon in _HIDDEN_COLONS):
            return UNCERTAIN
        value = orjson.loads(written)
        again = orjson.dumps(value)
    except (UnicodeEncodeError, orjson.JSONDecodeError, orjson.JSONEncodeError):
        return UNCERTAIN
    return value if written.count(_COLON) == again.count(_COLON) else UNCERTAIN


def _has_long_number(written: bytes) -> bool:
    return _LONG in written.translate(_DIGITS_ALIKE)
