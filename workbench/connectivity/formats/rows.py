"""What every textual format prints: the connections as three texts each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from workbench.ground import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.connectivity.edges import ConnectivityLike
    from workbench.connectivity.engine import IpRanges
    from workbench.connectivity.focus import Focus
    from workbench.ground import PortSet

__all__ = ["PortTexts", "Row", "columns", "focus_title", "rows", "with_notes"]


class Row(NamedTuple):
    """One connection as text."""

    src: str
    dst: str
    conn: str


class PortTexts(dict["PortSet", str]):
    """Port sets as text, each made once: a large map has few different ones."""

    def __missing__(self, ports: PortSet) -> str:
        return self.setdefault(ports, str(ports))


def focus_title(connectivity: ConnectivityLike) -> str:
    """Return the ports that the whole map is about, such as ``TCP 80``; empty where it is about all.

    Where it is not, the columns and labels that would repeat them fall away (formats 1).
    """
    scope: Focus | None = getattr(connectivity, "scope", None)
    return str(scope.ports) if scope is not None and scope.one_connection else ""


def with_notes(text: str, connectivity: object) -> str:
    """Return a map's text, and below it what none of its lines says."""
    notes: tuple[str, ...] = getattr(connectivity, "notes", ())
    blank = "\n" if text and notes else ""
    return "".join((text, blank, *(f"Note: {visible(note)}\n" for note in notes)))


def columns(connectivity: ConnectivityLike) -> tuple[str, ...]:
    """Return the columns of a table of the map: those of `Row`, without ``conn`` where `focus_title` says it."""
    return Row._fields[:2] if focus_title(connectivity) else Row._fields


def rows(connectivity: ConnectivityLike, ip_ranges: IpRanges) -> Iterator[Row]:
    """Yield the connections as texts, in the order of the map; names as they were read."""
    texts = PortTexts()
    for src, dst, ports in connectivity.connections(ip_ranges):
        yield Row(src.name, dst.name, texts[ports])
