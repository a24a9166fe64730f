"""How much a finding matters."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

__all__ = ["ORDER", "CheckSeverity"]


class CheckSeverity(StrEnum):
    """How much a finding matters, the worst first (checks 2).

    ``CRITICAL``: an attacker would use it as it is. ``HIGH``: traffic passes, or is cut, that its author did not mean.
    ``MEDIUM``: it hardly says what its author meant, or admits more than is needed. ``LOW``: it could be tighter or
    clearer. ``INFO``: worth knowing, nothing to fix.
    """

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Its place, the worst being 0."""
        return ORDER.index(self)

    def reaches(self, least: CheckSeverity) -> bool:
        """Tell whether it is as bad as another, or worse.

        Parameters
        ----------
        least : CheckSeverity
        """
        return self.rank <= least.rank


ORDER: Final = tuple(CheckSeverity)
"""The severities, the worst first."""
