"""Which files of ranges can be read: each is recognised by what it holds, whatever its name is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

from workbench.external.ranges import PublishedBlock
from workbench.ground import Plugins

__all__ = ["RANGE_FORMATS", "RangeFormat", "RangePart", "Reader", "register_range_format"]


class RangePart(NamedTuple):
    """What a file says of one provider.

    Attributes
    ----------
    provider : str
    blocks : list of PublishedBlock
        As they are written; what is no CIDR is left out later, and reported.
    part : str
        Which part of the provider's ranges the file is about; empty for all.
    published : date or None
    least : int
        Fewer blocks than this were never published: the file is cut off.
    """

    provider: str
    blocks: list[PublishedBlock]
    part: str = ""
    published: date | None = None
    least: int = 1


Reader: TypeAlias = Callable[[Any], Iterable[RangePart]]
ReaderT = TypeVar("ReaderT", bound=Reader)


@dataclass(frozen=True, slots=True)
class RangeFormat:
    """A kind of file of ranges.

    Attributes
    ----------
    title : str
    detects : callable
        Given the JSON value of a file, or the list of its lines where it is no JSON, tells whether it is of this kind;
        an error is a no.
    read : callable
        Given the same, returns or yields a `RangePart` for each provider.
    """

    title: str
    detects: Callable[[Any], bool]
    read: Reader


RANGE_FORMATS: Final[Plugins[RangeFormat]] = Plugins("format of ranges", group="netpol_workbench.range_formats")


def register_range_format(name: str, *, title: str, detects: Callable[[Any], bool]) -> Callable[[ReaderT], ReaderT]:
    """Register the reader of a kind of file of ranges.

    Parameters
    ----------
    name : str
    title : str
        What people call it.
    detects : callable
        As of `RangeFormat`.

    Returns
    -------
    callable
        The decorator.
    """

    def register(reader: ReaderT) -> ReaderT:
        RANGE_FORMATS.register(name, RangeFormat(title, detects, reader))
        return reader

    return register


def day_of(text: object, *, seconds: object = None) -> date | None:
    """Return the day that a text begins with, ``2026-10-26T…`` or ``2026-10-26-21-12-07``; None where it does not.

    Parameters
    ----------
    text : JSON value
    seconds : JSON value, optional
        The same since 1970, asked where the text says no day.
    """
    try:
        return date.fromisoformat(str(text)[:10])
    except ValueError:
        pass
    try:
        return datetime.fromtimestamp(int(str(seconds)), UTC).date()
    except (ValueError, OverflowError, OSError):
        return None
