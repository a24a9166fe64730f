"""The cases of the conformance folder, as its index lists them."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["Case", "all_cases", "cases", "folder", "same"]


@dataclass(frozen=True, slots=True)
class Case:
    """A folder of manifests, or two that are compared, and what a reference tool answers.

    `listed` is the case's entry in the index, for what only some kinds have.
    """

    kind: str
    name: str
    path: Path
    manifests: Path
    formats: tuple[str, ...]
    features: frozenset[str]
    options: tuple[str, ...] = ()
    """What the reference tool's command line was given beside the folder."""
    compared_with: Path | None = None
    listed: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def option(self, name: str) -> str | None:
        """Return what an option of the case was given; None where the case lacks it."""
        return dict(zip(self.options, self.options[1:], strict=False)).get(name)

    def expected(self, format_name: str) -> str:
        """Return the text of the expected file; large ones are packed."""
        plain = self.path / f"expected.{format_name}"
        if plain.exists():
            return plain.read_text(encoding="utf-8")
        with gzip.open(f"{plain}.gz", "rt", encoding="utf-8") as packed:
            return packed.read()


def folder() -> Path:
    """Return the folder of the conformance cases, whether or not it exists."""
    root = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("NETPOL_CONFORMANCE", root.parent / "shared" / "conformance"))


def cases(kind: str) -> list[Case]:
    """Return the cases of one kind by name; none where the folder is absent."""
    return [case for case in all_cases() if case.kind == kind]


@cache
def all_cases() -> list[Case]:
    """Return the cases of all kinds by name; none where the folder is absent."""
    index = folder() / "index.json"
    if not index.is_file():
        return []
    found = [
        Case(
            entry["kind"],
            entry["name"],
            folder() / entry["path"],
            folder() / entry.get("manifests_path", entry.get("a_path")),
            tuple(sorted(entry.get("formats", ()))),
            frozenset(entry["features"]),
            _options(entry),
            folder() / entry["b_path"] if "b_path" in entry else None,
            entry,
        )
        for entry in json.loads(index.read_text(encoding="utf-8"))
        if "features" in entry
    ]
    return sorted(found, key=lambda case: case.name)


def _options(entry: dict[str, Any]) -> tuple[str, ...]:
    """Return the options that a case needs, those too that the index tells by its kind or a flag."""
    explain = ("--explain",) if entry["kind"] == "explain" else ()
    several = ("--multiple-networks",) if (entry.get("flags") or {}).get("multipleNetworksEnabled") else ()
    return (*explain, *several, *(entry.get("cli") or ()))


def same(left: str, right: str) -> bool:
    """Compare exactly, but for the last line's end: a text of ours always has one.

    netpol-analyzer's own tests leave all line ends out.
    """
    return left.removesuffix("\n") == right.removesuffix("\n")
