"""How what is allowed stands to what was seen: identifiers, and words for people."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

__all__ = ["Status"]


class Status(StrEnum):
    """What a connection is, by whether it is allowed and whether it was seen; `meaning` says it in words."""

    ACTIVE = "active"
    UNUSED = "unused"
    NOT_ALLOWED = "not-allowed"
    DENIED = "denied"
    DENIED_THOUGH_ALLOWED = "denied-though-allowed"
    UNKNOWN = "unknown"

    @property
    def meaning(self) -> str:
        """The same in words."""
        return _MEANINGS[self]


_MEANINGS: Final[Mapping[Status, str]] = MappingProxyType(
    {
        Status.ACTIVE: "allowed, in use",
        Status.UNUSED: "allowed, never used",
        Status.NOT_ALLOWED: "seen to pass, not allowed",
        Status.DENIED: "seen to be denied, not allowed",
        Status.DENIED_THOUGH_ALLOWED: "seen to be denied, though allowed",
        Status.UNKNOWN: "not certain whether it is allowed",
    }
)
