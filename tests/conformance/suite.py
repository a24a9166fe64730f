"""The cases of the conformance folder, as its index lists them (connectivity.md 13)."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["NOT_YET", "Case", "cases", "folder", "same"]

NOT_YET = {
    "AdminNetworkPolicy",
    "BaselineAdminNetworkPolicy",
    "ClusterNetworkPolicy",
    "MultiNetworkPolicy",
    "NetworkAttachmentDefinition",
    "UserDefinedNetwork",
}
"""Features that the workbench does not model yet. Cases that have one may differ: delete its name
here once it is built, and they must agree."""


@dataclass(frozen=True, slots=True)
class Case:
    """A folder of manifests, or two that are compared, and what a reference tool answers."""

    kind: str
    name: str
    path: Path
    manifests: Path
    formats: tuple[str, ...]
    features: frozenset[str]
    compared_with: Path | None = None

    @property
    def not_yet(self) -> str:
        """The features of the case that are not modelled yet, comma-joined."""
        return ", ".join(sorted(self.features & NOT_YET))

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
    index = folder() / "index.json"
    if not index.is_file():
        return []
    listed = [entry for entry in json.loads(index.read_text(encoding="utf-8")) if entry["kind"] == kind]
    found = [
        Case(
            kind,
            entry["name"],
            folder() / entry["path"],
            folder() / entry.get("manifests_path", entry.get("a_path", entry["path"])),
            tuple(sorted(entry.get("formats", ()))),
            frozenset(entry.get("features", ())),
            folder() / entry["b_path"] if "b_path" in entry else None,
        )
        for entry in listed
    ]
    return sorted(found, key=lambda case: case.name)


def same(left: str, right: str) -> bool:
    """Compare as netpol-analyzer's own tests do: without line ends, otherwise exactly."""
    return _one_line(left) == _one_line(right)


def _one_line(text: str) -> str:
    return text.replace("\r", "").replace("\n", "")
