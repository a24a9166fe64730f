"""What a decision is, and what may be decided: plain values that know nothing of a database."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

from workbench.ground import ArgumentError, Shown, WorkbenchError, count_of

__all__ = [
    "LONGEST_CLUSTER",
    "LONGEST_KEY",
    "LONGEST_KIND",
    "Change",
    "ConflictError",
    "KeptDecision",
    "Key",
    "WorkspaceError",
    "as_json",
    "checked_changes",
    "checked_cluster",
    "checked_name",
    "checked_text",
    "utc_now",
]

Key: TypeAlias = tuple[str, str]
"""Kind and key of a record."""

LONGEST_CLUSTER: Final = 200
LONGEST_KIND: Final = 100
LONGEST_KEY: Final = 2_000
"""In bytes: an index of PostgreSQL takes 2,704 for all three together, and SQLite any number."""


class WorkspaceError(WorkbenchError, RuntimeError):
    """A workspace cannot be used now, or not by this version."""


class ConflictError(WorkbenchError, RuntimeError):
    """A value is no longer what it was when a person decided about it (workspace 3)."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a decision changed about one record.

    Attributes
    ----------
    kind, key : str
        Which record.
    before, after : str or None
        Its values as JSON; None where there was no record before, or is none since.
    """

    kind: str
    key: str
    before: str | None
    after: str | None

    @property
    def reverse(self) -> Change:
        """The change that takes this one back."""
        return Change(self.kind, self.key, self.after, self.before)


@dataclass(frozen=True, slots=True, repr=False)
class KeptDecision(Shown):
    """What a person decided, all of it or nothing (workspace 2).

    Attributes
    ----------
    id : int
        Its number, from 1 without gaps; 0 where all was so already, and nothing was kept.
    cluster, who, why : str
    decided_at : datetime
        In UTC.
    changes : tuple of Change
        Ordered by kind and key.
    undoes : int or None
        The decision that this one takes back.
    """

    id: int
    cluster: str
    who: str
    why: str
    decided_at: datetime
    changes: tuple[Change, ...]
    undoes: int | None = None

    @property
    def title(self) -> str:
        """Which decision it is, in words."""
        why = f" ({self.why})" if self.why else ""
        return f"decision {self.id} by {self.who}, {self.decided_at:%Y-%m-%d %H:%M} UTC{why}"

    def _facts(self) -> Iterator[str]:
        yield f"#{self.id}"
        yield f"{self.who}, {self.decided_at:%Y-%m-%d %H:%M:%S} UTC"
        yield count_of(len(self.changes), "change")
        if self.undoes is not None:
            yield f"undoes #{self.undoes}"
        if self.why:
            yield self.why


def as_json(value: object) -> str:
    """Return a value as JSON; the same text for equal values.

    Raises
    ------
    ArgumentError
        If JSON has no such value.
    """
    try:
        text = json.dumps(value, sort_keys=True, allow_nan=False, separators=(",", ":"))
        same = bool(json.loads(text) == value)
    except (TypeError, ValueError, RecursionError) as error:
        message = f"a decision is kept as JSON, and this value is none: {error}"
        raise ArgumentError(message) from error
    if not same:
        message = f"a decision is kept as JSON, which does not give {value!r:.80} back as it is"
        raise ArgumentError(message, "use lists, mappings with texts as keys, texts, numbers and booleans")
    return text


def checked_text(text: object, what: str, longest: int | None = None) -> str:
    """Return a text that every database keeps as it is.

    Parameters
    ----------
    text : object
    what : str
        It is called in an error.
    longest : int, optional
        How many bytes of UTF-8 it may have.

    Raises
    ------
    ArgumentError
        If it is no text, is too long, or holds what PostgreSQL or UTF-8 cannot.
    """
    if not isinstance(text, str):
        message = f"{what} is a text, not {text!r:.80}"
        raise ArgumentError(message)
    if "\0" in text or (not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text)):
        message = f"{what} holds a character that cannot be kept: {text!r:.80}"
        raise ArgumentError(message)
    if longest is not None and len(text.encode()) > longest:
        message = f"{what} is longer than {longest:,} bytes: {text!r:.80}"
        raise ArgumentError(message)
    return text


def checked_name(name: str, what: str) -> str:
    """Return the name of something without spaces around it.

    Parameters
    ----------
    name : str
    what : str
        It is called in an error, such as ``a view``.

    Raises
    ------
    ArgumentError
        If nothing is left, or as of `checked_text`.
    """
    plain = checked_text(name, f"the name of {what}").strip()
    if not plain:
        message = f"{what} has a name"
        raise ArgumentError(message)
    return plain


def checked_cluster(name: object) -> str:
    """Return the name of a cluster that every database keeps as it is.

    Raises
    ------
    ArgumentError
        As of `checked_text`.
    """
    return checked_text(name, "the name of a cluster", LONGEST_CLUSTER)


def checked_changes(changes: Mapping[Any, Any]) -> dict[Key, str | None]:
    """Return what is wanted as JSON by kind and key; None for what is to be removed.

    Raises
    ------
    ArgumentError
        If a key is no kind and key, or a value cannot be kept.
    """
    found: dict[Key, str | None] = {}
    for named, value in changes.items():
        if not isinstance(named, tuple) or len(named) != 2 or not all(named):  # noqa: PLR2004  (kind and key)
            message = f"a record is named by its kind and its key, not by {named!r:.80}"
            raise ArgumentError(message)
        kind, key = named
        place = checked_text(kind, "a kind", LONGEST_KIND), checked_text(key, "a key", LONGEST_KEY)
        found[place] = None if value is None else as_json(value)
    return found


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)
