"""Records that are kept and that this version does not read: they stay as they are, and a problem says what to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from shlex import quote
from typing import Any, Final, NamedTuple, TypeVar

from workbench.ground.errors import ArgumentError
from workbench.ground.extras import DISTRIBUTION
from workbench.ground.problems import Problem, Severity

__all__ = ["RECORD_NOT_READ", "UnreadRecord", "read_records", "written_alike"]

_Read = TypeVar("_Read")

RECORD_NOT_READ: Final = "record-not-read"
"""The code of their problems."""


class UnreadRecord(NamedTuple):
    """A kept record that this version refuses, such as one that an earlier one took.

    Attributes
    ----------
    kind, key : str
        Which record.
    text : str
        Its value as JSON.
    why : str
        Why it is refused, in words.
    severity : Severity
        An error, where answers may be wrong without it.
    commands : tuple of tuple of str
        The command lines that help, word by word, without the name of the program; at least one removes the record.
    """

    kind: str
    key: str
    text: str
    why: str
    severity: Severity
    commands: tuple[tuple[str, ...], ...]

    @classmethod
    def of(
        cls,
        record: tuple[str, str, Any],
        why: str,
        *commands: tuple[str, ...],
        severity: Severity = Severity.WARNING,
    ) -> UnreadRecord:
        """Return a record that is not read.

        Parameters
        ----------
        record : tuple of str, str and JSON value
            Its kind, key and value.
        why : str
        *commands : tuple of str
            Those that help; where there are none of its kind, the one that removes any record.
        severity : Severity
        """
        kind, key, value = record
        return cls(kind, key, _text(value), why, severity, commands or (("workspace", "remove", kind, key),))

    @property
    def place(self) -> tuple[str, str]:
        """Its kind and key."""
        return self.kind, self.key

    @property
    def value(self) -> Any:  # noqa: ANN401  (JSON)
        """Its value."""
        return json.loads(self.text)

    def problem(self, cluster: str = "") -> Problem:
        """Return what is to be said of it: which record it is, why it is refused, and what to do.

        Parameters
        ----------
        cluster : str, optional
            The cluster that it is kept for.
        """
        of = f" of the cluster {cluster}" if cluster else ""
        message = f"the record {self.kind} {self.key!r}{of} is kept and says nothing here: {self.why}"
        remedy = ", or ".join(f"`{_line(words, cluster)}`" for words in self.commands)
        return Problem(self.severity, RECORD_NOT_READ, message, remedy)


def read_records(
    records: Mapping[tuple[str, str], Any], kind: str, read: Callable[[Any], _Read]
) -> tuple[dict[str, _Read], tuple[UnreadRecord, ...]]:
    """Return what the records of a kind are, by key, and those that are not read.

    Parameters
    ----------
    records : mapping of (kind, key) to JSON value
        Those of other kinds say nothing.
    kind : str
    read : callable
        Returns what a value is, or raises an `ArgumentError` that says why it is not read.
    """
    found: dict[str, _Read] = {}
    unread = []
    for (of, key), value in records.items():
        if of == kind:
            try:
                found[key] = read(value)
            except ArgumentError as error:
                unread.append(UnreadRecord.of((kind, key, value), str(error)))
    return found, tuple(unread)


def written_alike(value: object, other: object) -> bool:
    """Tell whether two values are the same JSON, in which 1 is neither 1.0 nor true.

    Parameters
    ----------
    value, other : JSON value
    """
    return _text(value) == _text(other)


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _line(words: tuple[str, ...], cluster: str) -> str:
    """Return a command line that can be pasted: what begins with a dash is no option of it."""
    group, name, *given = words
    chosen = ["--cluster", cluster] if cluster else []
    ends = ["--"] if any(word.startswith("-") for word in given) else []
    return " ".join([DISTRIBUTION, group, name, *map(quote, chosen), *ends, *map(quote, given)])
