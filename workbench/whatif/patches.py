"""A file and what it is with a change, as git writes the difference."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff
from typing import Final, Literal, NamedTuple, TypeAlias

__all__ = ["ChangedFile"]

_NOWHERE: Final = "/dev/null"
_USUAL_MODE: Final = 0o100644
_ESCAPED: Final = {0x22: '\\"', 0x5C: "\\\\"}
_PLAIN: Final = range(0x20, 0x7F)

_Done: TypeAlias = Literal["added", "modified", "deleted"]


class ChangedFile(NamedTuple):
    """A file, and what it is with a change.

    Attributes
    ----------
    path : str
        From the root, with ``/``.
    before, after : str or None
        Its whole text; None where there is no such file.
    policies : tuple of str
        Those that are changed in it.
    mode : int
        As git has it.
    """

    path: str
    before: str | None
    after: str | None
    policies: tuple[str, ...]
    mode: int = _USUAL_MODE

    @property
    def change(self) -> _Done:
        """What becomes of the file."""
        if self.before is None:
            return "added"
        return "deleted" if self.after is None else "modified"

    def to_patch(self) -> str:
        """Return the difference as git writes and applies it."""
        before, after = _quoted(f"a/{self.path}"), _quoted(f"b/{self.path}")
        lines = [f"diff --git {before} {after}\n"]
        if self.change != "modified":
            lines.append(f"{'new' if self.before is None else 'deleted'} file mode {self.mode:o}\n")
        hunks = list(_hunks(self.before or "", self.after or ""))
        if hunks:
            lines.append(f"--- {_NOWHERE if self.before is None else _ended(before)}\n")
            lines.append(f"+++ {_NOWHERE if self.after is None else _ended(after)}\n")
        return "".join((*lines, *hunks))


def _hunks(before: str, after: str) -> Iterator[str]:
    for number, line in enumerate(unified_diff(_lines(before), _lines(after))):
        if number > 1:  # the names of the files come first
            yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _lines(text: str) -> list[str]:
    """Return lines as git has them: nothing but a line feed ends one."""
    found = text.split("\n")
    last = found.pop()
    return [*(f"{line}\n" for line in found), *([last] if last else [])]


def _quoted(name: str) -> str:
    """Return a name as git reads it: in quotes where it has letters that are not plain ASCII."""
    raw = name.encode("utf-8", "surrogateescape")
    if all(byte in _PLAIN and byte not in _ESCAPED for byte in raw):
        return name
    return '"' + "".join(_ESCAPED.get(byte) or (chr(byte) if byte in _PLAIN else f"\\{byte:03o}") for byte in raw) + '"'


def _ended(name: str) -> str:
    """Return a name with an end that git sees where it has spaces."""
    return f"{name}\t" if " " in name and not name.startswith('"') else name
