"""What is taken away, to see what it is good for."""

from __future__ import annotations

from typing import NamedTuple

from workbench.connectivity.engine import Clause

__all__ = ["Removal"]


class Removal(NamedTuple):
    """What is taken away: a policy, or one of its rules.

    Attributes
    ----------
    policy : int
        Number of the policy.
    rule : int or None
        Index within ``policy.rules``; None for the whole policy.
    """

    policy: int
    rule: int | None = None

    def covers(self, clause: Clause) -> bool:
        """Tell whether `clause` goes, too."""
        return clause.policy == self.policy and self.rule in {None, clause.rule}
