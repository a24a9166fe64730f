"""Which formats a difference is written in, and what every textual one of them prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from workbench.connectivity.formats.registry import Formats
from workbench.connectivity.formats.rows import PortTexts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench.connectivity.difference.answer import ConnectivityDiff

__all__ = [
    "DIFFS",
    "HEADINGS",
    "DiffRow",
    "DiffWriter",
    "Headings",
    "diff_rows",
    "is_silent",
    "register_diff_format",
    "render_diff",
]

Headings: TypeAlias = tuple[str, str]
"""What the two inputs are called."""
HEADINGS: Headings = ("before", "after")
DiffWriter: TypeAlias = "Callable[[ConnectivityDiff, Headings], str]"

DIFFS: Formats[DiffWriter] = Formats("netpol_workbench.diff_formats")
"""The formats of differences."""

register_diff_format = DIFFS.register


def render_diff(diff: ConnectivityDiff, name: str, headings: Headings = HEADINGS) -> str:
    """Return a difference as text in the format called `name`.

    Parameters
    ----------
    diff : ConnectivityDiff
    name : str
        One of ``DIFFS.names()``.
    headings : (str, str)
        What the two inputs are called: ``ref1, ref2`` in the reference tool's library, ``dir1,
        dir2`` on its command line (formats 2).

    Raises
    ------
    UnknownFormatError
        If there is no such format.
    """
    return DIFFS.named(name).write(diff, headings)


def is_silent(diff: ConnectivityDiff) -> bool:
    """Tell whether a format writes nothing at all, as netpol-analyzer in every format where nothing differs."""
    return not len(diff) and diff.wording == "reference"


class DiffRow(NamedTuple):
    """One change as text."""

    kind: str
    src: str
    dst: str
    before: str
    after: str
    workloads: str


def diff_rows(diff: ConnectivityDiff) -> Iterator[DiffRow]:
    """Yield the changes as texts, in the order in which they are listed; names as they were read."""
    texts = PortTexts()
    for change in diff:
        yield DiffRow(
            change.kind.value,
            change.src.name,
            change.dst.name,
            texts[change.before],
            texts[change.after],
            change.workloads_text,
        )
