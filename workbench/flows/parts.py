"""The files of Parquet that hold imported flows: where they are, and whether they still hold what was written."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

__all__ = ["ANSWERS", "ROWS", "TOTALS", "Part", "Sum", "damage_in", "place_of_part", "sum_of"]

ROWS, TOTALS, ANSWERS = "rows", "totals", "names"
"""What the files of a part are."""
_ENDINGS: Final = {ROWS: "", TOTALS: ".totals", ANSWERS: ".names"}
_MAGIC: Final = b"PAR1"


class Sum(NamedTuple):
    """What a file must hold: its size in bytes, and its SHA-256."""

    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Part:
    """What was imported in one pass.

    Attributes
    ----------
    id : str
        Begins the names of its files.
    files : mapping of str to Sum
        By what they are; without rows there are none.
    """

    id: str = ""
    files: Mapping[str, Sum] = field(default_factory=lambda: MappingProxyType({}))


def place_of_part(folder: Path, part: Part, kind: str) -> Path:
    """Return where a file of a part is."""
    return folder / f"{part.id}{_ENDINGS[kind]}.parquet"


def sum_of(path: Path) -> Sum:
    """Return what a file holds."""
    with path.open("rb") as stream:
        return Sum(path.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest())


def damage_in(path: Path, expected: Sum, *, thoroughly: bool) -> str:
    """Return what is wrong with a file; empty if it is as it was written, as far as was looked.

    Parameters
    ----------
    thoroughly : bool
        Read all of it; else its size and ends.
    """
    try:
        size = path.stat().st_size
        if size != expected.size:
            return f"it is damaged ({size:,} bytes instead of {expected.size:,})"
        if thoroughly:
            return "" if sum_of(path) == expected else "it is damaged (it does not hold what was written)"
        with path.open("rb") as stream:
            begin = stream.read(len(_MAGIC))
            stream.seek(-len(_MAGIC), 2)
            return "" if begin == stream.read() == _MAGIC else "it is damaged (it is no longer a Parquet file)"
    except FileNotFoundError:
        return "it is missing"
    except OSError as error:
        return f"it cannot be read ({error.strerror or error})"
