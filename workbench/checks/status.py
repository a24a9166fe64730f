"""Whether somebody answers for a finding."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["FindingStatus"]


class FindingStatus(StrEnum):
    """Whether somebody answers for a finding (checks 4).

    ``NEW``: nobody does. ``ACCEPTED``: it stands in a file of accepted findings. ``IGNORED``: an annotation of the
    object, or of its namespace, says why. ``EXPIRED``: it was accepted until a day that is over. ``KNOWN``: nobody
    does, and it was there before (`CheckFindings.since`).
    """

    NEW = "new"
    ACCEPTED = "accepted"
    IGNORED = "ignored"
    EXPIRED = "expired"
    KNOWN = "known"

    @property
    def is_open(self) -> bool:
        """Whether it counts: a build fails for it."""
        return self in {FindingStatus.NEW, FindingStatus.EXPIRED}
