"""Reads lists of required connections: ``shop/frontend -> shop/cart : TCP 7070`` (generate 7)."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from workbench.ground import ArgumentError, MissingFileError, PortSet, parse_block, parse_ports

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Groups", "Listed", "connections_in", "group_in", "listed_connections", "numbered_lines", "text_given"]

_ARROW: Final = re.compile(r"\s*(?:->|=>|→)\s*")
_GROUP: Final = re.compile(r"group\s+(?P<name>[\w.-]+)\s*=\s*(?P<members>.+)")
_COMMA: Final = re.compile(r",(?![^\[]*\])")
"""Not one within a selector in brackets."""
Groups: TypeAlias = Mapping[str, "tuple[str, ...]"]
_COLUMNS: Final = ("src", "dst")


class Listed(NamedTuple):
    """A connection as it is listed.

    Attributes
    ----------
    src, dst : str
        As they are written, groups resolved.
    ports : PortSet
    place : str
        File and line; empty where there is none.
    """

    src: str
    dst: str
    ports: PortSet
    place: str


def listed_connections(given: str | Path | pd.DataFrame | Iterable[Any]) -> tuple[Listed, ...]:
    """Return the connections that are listed.

    Parameters
    ----------
    given : str, Path, DataFrame or iterable
        Lines of text, or the path of a file with such lines or with CSV; a frame with columns ``src``, ``dst`` and
        ``ports``, or ``protocol`` and ``port``; or several of these.

        A line is ``source -> destination : ports``. What follows ``#`` is a comment; ``group web = shop/a, shop/b``
        names several, which ``@web`` means in later lines.

    Raises
    ------
    ArgumentError
        If a line cannot be read; the message says which, and what to write.
    MissingFileError
        If there is no such file.
    """
    return tuple(dict.fromkeys(_read(given)))


def _read(given: Any) -> Iterator[Listed]:  # noqa: ANN401  (as of listed_connections)
    if isinstance(given, str | Path):
        yield from _text(*text_given(given))
    elif isinstance(given, Mapping):
        yield from _row(given, "row")
    elif hasattr(given, "to_dict"):
        for number, row in enumerate(given.to_dict("records"), start=1):
            yield from _row(row, f"row {number}")
    else:
        for one in given:
            yield from _read(one)


def _is_path(text: str) -> bool:
    return "\n" not in text and _ARROW.search(text) is None and bool(text.strip())


def _text(text: str, file: str) -> Iterator[Listed]:
    lines = text.splitlines()
    first = next((line for line in lines if line.strip() and not line.lstrip().startswith("#")), "")
    if set(_COLUMNS) <= {cell.strip() for cell in first.split(",")}:
        yield from _csv(lines, file)
        return
    groups: dict[str, tuple[str, ...]] = {}
    for place, line in numbered_lines(text, file):
        if not group_in(line, groups, place):
            yield from connections_in(line, groups, place)


def text_given(given: str | Path) -> tuple[str, str]:
    """Return the text of a list, and the name of its file; the file is empty where the text itself is given.

    Parameters
    ----------
    given : str or Path

    Raises
    ------
    MissingFileError
        If there is no such file.
    """
    if not (isinstance(given, Path) or _is_path(given)):
        return given, ""
    path = Path(given)
    if not path.is_file():
        raise MissingFileError(str(path))
    return path.read_text(encoding="utf-8-sig"), str(given)


def numbered_lines(text: str, file: str = "") -> Iterator[tuple[str, str]]:
    """Yield the lines of a list that say something, each after its place.

    Parameters
    ----------
    text : str
    file : str, optional
    """
    for number, written in enumerate(text.splitlines(), start=1):
        line = written.partition("#")[0].strip()
        if line:
            yield _line(file, number), line


def group_in(line: str, groups: dict[str, tuple[str, ...]], place: str) -> bool:
    """Tell whether a line names a group; it is added to `groups`.

    Parameters
    ----------
    line : str
    groups : dict of str to tuple of str
    place : str
    """
    group = _GROUP.fullmatch(line)
    if group is None:
        return False
    members = (member.strip() for member in _COMMA.split(group["members"]))
    groups[group["name"]] = tuple(end for member in members for end in _ends(member, groups, place))
    return True


def connections_in(line: str, groups: Groups, place: str) -> Iterator[Listed]:
    """Yield the connections of a line, ``source -> destination : ports``.

    Parameters
    ----------
    line : str
    groups : mapping of str to tuple of str
    place : str

    Raises
    ------
    ArgumentError
        If it is none.
    """
    parts = _ARROW.split(line)
    if len(parts) != 2:  # noqa: PLR2004  (a source and a destination)
        raise _wrong(place, f"{line!r:.200} is no connection")
    dst, ports = _last_colon(parts[1])
    yield from _of(parts[0], dst, ports, groups, place)


def _line(file: str, number: int) -> str:
    return f"{file}:{number}" if file else f"line {number}"


def _csv(lines: list[str], file: str) -> Iterator[Listed]:
    kept = [number for number, line in enumerate(lines, start=1) if line.strip() and not line.lstrip().startswith("#")]
    reader = csv.DictReader((lines[number - 1] for number in kept), skipinitialspace=True)
    for row in reader:
        yield from _row(row, _line(file, kept[reader.line_num - 1]))


def _last_colon(text: str) -> tuple[str, str]:
    """Return the name and the ports of an end: IPv6 addresses have colons of their own."""
    name, found, ports = text.rpartition(" :") if " :" in text else text.rpartition(":")
    is_address = parse_block(text.strip()) is not None
    return (name, ports) if found and not is_address else (text, "")


def _of(src: str, dst: str, ports: str, groups: Mapping[str, tuple[str, ...]], place: str) -> Iterator[Listed]:
    try:
        found = parse_ports(ports)
    except ValueError as error:
        raise _wrong(place, str(error)) from error
    for source in _ends(src.strip(), groups, place):
        for destination in _ends(dst.strip(), groups, place):
            yield Listed(source, destination, found, place)


def _ends(text: str, groups: Mapping[str, tuple[str, ...]], place: str) -> tuple[str, ...]:
    if not text:
        raise _wrong(place, "a connection has a source and a destination")
    if not text.startswith("@"):
        return (text,)
    if text[1:] not in groups:
        raise _wrong(place, f"there is no group {text[1:]!r:.80} above")
    return groups[text[1:]]


def _row(row: Mapping[Any, Any], place: str) -> Iterator[Listed]:
    cells = {str(key).strip(): "" if _is_missing(value) else str(value).strip() for key, value in row.items() if key}
    if missing := [name for name in _COLUMNS if not cells.get(name)]:
        raise _wrong(place, f"it has no {missing[0]}")
    ports = cells.get("ports", "")
    if not ports and (cells.get("protocol") or cells.get("port")):
        port = cells.get("port", "").removesuffix(".0")
        ports = f"{cells.get('protocol', '')} {port}".strip()
    yield from _of(cells["src"], cells["dst"], ports, {}, place)


def _is_missing(value: object) -> bool:
    return value is None or value != value  # noqa: PLR0124  (NaN is not equal to itself)


def _wrong(place: str, message: str) -> ArgumentError:
    return ArgumentError(f"{place}: {message}", "write: source -> destination : TCP 8080")
