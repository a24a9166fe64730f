"""What every textual format of a difference prints: the changes as texts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from workbench.connectivity.formats.rows import PortTexts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.connectivity.difference.answer import ConnectivityDiff

__all__ = [
    "DiffRow",
    "diff_rows",
    "is_silent",
]


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
