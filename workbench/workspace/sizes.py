"""How much a workspace takes on the disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["WorkspaceSize", "bytes_in"]


@dataclass(frozen=True, slots=True)
class WorkspaceSize:
    """How much a workspace takes, in bytes.

    Attributes
    ----------
    flows, decisions, ranges : int
        Of the flows, of the decisions with their history, and of the blocks of providers.
    """

    flows: int
    decisions: int
    ranges: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.flows + self.decisions + self.ranges


def bytes_in(folder: Path) -> int:
    """Return how many bytes the files in a folder have."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
