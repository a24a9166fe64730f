"""Which texts and numbers a secret key makes of others: always the same, and without the key never back again."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Final

__all__ = ["SAFE", "digest", "exchanged", "stretched", "token"]

SAFE: Final = "bcdfghjklmnpqrstvwxz2456789"
"""What Kubernetes makes generated names of."""
_FIRST: Final = "aeiouy"
"""What tokens begin with, so that none looks like a part of a name that Kubernetes generates, nor like a number."""
_DIGITS: Final = 11
_REMEMBERED: Final = 1 << 16


@lru_cache(maxsize=16)
def stretched(key: bytes) -> bytes:
    """Return the key that is worked with: of a short one it takes long to try them all."""
    return hashlib.pbkdf2_hmac("sha256", key, b"netpol-workbench anonymising 1", 200_000)


def digest(key: bytes, kind: str, content: bytes, size: int) -> bytes:
    """Return bytes that depend on all that is given, and say nothing of it."""
    return hashlib.blake2b(content, digest_size=size, key=key, person=kind.encode()).digest()


@lru_cache(maxsize=_REMEMBERED)
def token(key: bytes, kind: str, text: str) -> str:
    """Return what stands in for a text of a kind: a vowel, and hexadecimal digits, 46 bits in all."""
    found = digest(key, kind, text.encode("utf-8", "surrogatepass"), 8)
    return _FIRST[found[0] % len(_FIRST)] + found.hex()[2 : 2 + _DIGITS]


@lru_cache(maxsize=_REMEMBERED)
def exchanged(key: bytes, kind: str, text: str, alphabets: tuple[str, ...]) -> str:
    """Return a text of the same length, with a letter of the same alphabet for each; different ones of different texts.

    What stands in for a letter depends on those before it.
    """
    return "".join(
        _order(key, kind, text[:place], letters)[letters.index(letter)]
        for place, letter in enumerate(text)
        for letters in alphabets
        if letter in letters
    )


@lru_cache(maxsize=4096)
def _order(key: bytes, kind: str, before: str, letters: str) -> str:
    content = digest(key, kind, before.encode(), 64)
    drawn = int.from_bytes(content)
    left, order = list(letters), []
    while left:
        drawn, place = divmod(drawn, len(left))
        order.append(left.pop(place))
    return "".join(order)
