"""How many there are of something, in words."""

from __future__ import annotations

import re
from collections.abc import Sequence, Sized
from typing import Final

__all__ = ["count_of", "first_of", "is_are", "listed", "plural"]

FEW: Final = 3
"""So many of many names are shown."""
_HISSING: Final = ("s", "x", "ch", "sh")
_CONSONANT_Y: Final = re.compile(r"(?<=[^aeiou])y$")


def count_of(number: int, noun: str) -> str:
    """Return a number with its noun, which is given in the singular.

    Examples
    --------
    >>> print(count_of(1, "workload"), count_of(4210, "workload"), count_of(0, "policy"), sep=", ")
    1 workload, 4,210 workloads, 0 policies
    """
    return f"{number:,} {plural(noun, number)}"


def plural(noun: str, number: int) -> str:
    """Return a noun, which is given in the singular, as it stands after a number."""
    if number == 1:
        return noun
    return f"{noun}es" if noun.endswith(_HISSING) else _CONSONANT_Y.sub("ie", noun) + "s"


def is_are(subjects: Sized | int) -> str:
    """Return the verb for a number of subjects."""
    return "is" if (subjects if isinstance(subjects, int) else len(subjects)) == 1 else "are"


def first_of(names: Sequence[str], most: int = FEW) -> str:
    """Return the first `most` of some names, comma-joined, and how many more there are.

    Examples
    --------
    >>> print(first_of(["a", "b"]), first_of(["a", "b", "c", "d", "e"]), sep="; ")
    a, b; a, b, c and 2 more
    """
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def listed(names: Sequence[str]) -> str:
    """Return names as people list them, the first few of many.

    Examples
    --------
    >>> print(listed(["a"]), listed(["a", "b", "c"]), listed(["a", "b", "c", "d"]), sep="; ")
    a; a, b and c; a, b, c and 1 more
    """
    if 1 < len(names) <= FEW:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return first_of(names)
