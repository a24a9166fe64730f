"""How much is allowed of what could be, and how much of that was used, of all that an audit is about."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Allowance"]


class Allowance(NamedTuple):
    """The sum of permissiveness over namespaces (checks 7).

    Attributes
    ----------
    allowed, possible : int
        Connections that are allowed on some port, of those that there could be.
    used, excess : int or None
        Those that were seen to pass, and those that are allowed and were not seen; None without flows.
    """

    allowed: int
    possible: int
    used: int | None
    excess: int | None

    @classmethod
    def of(cls, rows: pd.DataFrame) -> Allowance:
        """Return the sum of the rows of namespaces.

        Parameters
        ----------
        rows : DataFrame
            Columns as in `checks.PERMISSIVENESS`.
        """
        spaces = rows[rows["scope"] == "namespace"]
        used, excess = (
            int(spaces[name].sum()) if len(spaces) and spaces[name].notna().all() else None
            for name in ("used", "excess")
        )
        return cls(int(spaces["allowed"].sum()), int(spaces["possible"].sum()), used, excess)

    @property
    def share(self) -> float:
        """What is allowed of all that could be, 0 to 1."""
        return self.allowed / self.possible if self.possible else 0.0
