"""How the names of pods, ReplicaSets and Jobs follow those of their workloads, so that stand-ins do so, too.

What Kubernetes adds to a name is told by its form alone (flow-rules N6): so one name has one stand-in, wherever it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import takewhile
from typing import Final

from workbench.ground.anonymising.digests import SAFE, exchanged
from workbench.ground.anonymising.well_known import STATIC_PODS

__all__ = ["hash_of", "owned_name"]

_HASH: Final = f"[{SAFE}]{{8,10}}"
_END: Final = f"[{SAFE}]{{5}}"
_ORDINAL: Final = "[0-9]{1,3}"
_GENERATED: Final = re.compile(rf"(.+)-({_HASH}|{_END}|\*|{_ORDINAL}|[0-9]{{5,10}})", re.DOTALL)
"""The hash of a template, what tells pods apart, all pods of a template, an ordinal, or the minute of a run."""
_ONLY_GENERATED: Final = re.compile(rf"({_HASH}-)?{_END}|{_HASH}|{_ORDINAL}|\*")
_STATIC: Final = re.compile(rf"({'|'.join(map(re.escape, STATIC_PODS))})-(.+)", re.DOTALL)
_KEPT: Final = re.compile(rf"{_ORDINAL}|\*")
_NUMBER: Final = re.compile(_ORDINAL)
_OCTETS, _ADDRESSES = 4, 256
_HASHED: Final = re.compile(rf"{_HASH}|{_END}|[0-9]{{5,10}}")
_FEW_DIGITS: Final = "013"
"""Those that no hash has."""
_DIGITS: Final = ("".join(letter for letter in SAFE if letter.isdecimal()), _FEW_DIGITS)


def owned_name(key: bytes, name: str, plain: Callable[[str], str], node: Callable[[str], str]) -> str:
    """Return what stands in for the name of a workload, or of what belongs to one.

    Parameters
    ----------
    key : bytes
    name : str
    plain : callable
        Returns what stands in for a name that nothing was added to.
    node : callable
        Returns what stands in for that of a node.
    """
    endings: list[str] = []
    while True:
        if name.endswith("-") and len(name) > 1:  # the beginning of a generated name
            name, ending = name[:-1], ""
        elif _ends_on_address(name):
            return "-".join([plain(name), *reversed(endings)])
        elif (static := _STATIC.fullmatch(name)) and not _ONLY_GENERATED.fullmatch(static[2]):
            return "-".join([static[1], node(static[2]), *reversed(endings)])
        elif found := _GENERATED.fullmatch(name):
            name, ending = found[1], hash_of(key, found[2]) or ""
        else:
            return "-".join([plain(name), *reversed(endings)])
        endings.append(ending)


def _ends_on_address(name: str) -> bool:
    """Return whether the last four parts of a name are an IPv4 address, which is no ordinal of an ordinal."""
    numbers = list(takewhile(_NUMBER.fullmatch, reversed(name.rsplit("-", _OCTETS + 1))))
    return len(numbers) == _OCTETS and all(int(number) < _ADDRESSES for number in numbers)


def hash_of(key: bytes, text: str) -> str | None:
    """Return what stands in for what Kubernetes adds to a name, which looks alike; None for what looks otherwise.

    Ordinals stay.
    """
    if _KEPT.fullmatch(text):
        return text
    if not _HASHED.fullmatch(text):
        return None
    return exchanged(key, "hash", text, _DIGITS if text.isdecimal() else (SAFE,))
