"""Which network addresses a text holds that is written in a manifest (build-time 2, 3)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from workbench.ground import MAX_PORT, MIN_PORT, is_subdomain

__all__ = ["Address", "addresses_in", "first_address"]

_SCHEME: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_SEPARATORS: Final = re.compile(r"""[\s,;|'"`(){}\[\]<>]+""")
_PART: Final = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?:[^@/\s]*@)?"
    r"(?P<host>[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?)\.?(?::(?P<port>[A-Za-z0-9-]+))?(?:[/?#].*)?"
)
_BEFORE: Final = frozenset(":= ")
"""What stands before an address within a text, such as ``--server=``."""
_LONGEST_PORT_NAME: Final = 15
_PORT_NAME: Final = re.compile(r"(?=.*[a-z])[a-z0-9](?:-?[a-z0-9])*")


class Address(NamedTuple):
    """A network address as it is written.

    Attributes
    ----------
    host : str
    port : str
        A number or a name; empty where none is given.
    """

    host: str
    port: str = ""

    def __str__(self) -> str:
        """Return the host, and the port behind a colon where there is one."""
        return f"{self.host}:{self.port}" if self.port else self.host


def first_address(text: str) -> Address | None:
    """Return the first address of a text, as the reference tool sees it: of the text as a whole, else of its ends.

    An end begins with a letter that follows a colon, an equals sign or a space.

    Parameters
    ----------
    text : str
    """
    # No part of a URL may hold control characters, so only what follows the last of them can be an address.
    last = max((one.end() for one in _CONTROL.finditer(text)), default=0)
    whole = () if last else (text,)
    return next((found for end in (*whole, *_ends(text, last)) if (found := _of_url(end)) is not None), None)


def addresses_in(text: str) -> tuple[Address, ...]:
    """Return all addresses of a text, each once: the first one, and those of each of its parts.

    Where a text has several parts, a part is an address only if it has a scheme, a port or a dot: else, every word
    would be one.

    Parameters
    ----------
    text : str
    """
    first = first_address(text)
    found = {} if first is None else {first: None}
    parts = [part for part in _SEPARATORS.split(text) if part]
    for part in parts:
        for end in (part, *_ends(part)):
            match = _PART.fullmatch(end)
            if match is None:
                continue
            host, port = match["host"], match["port"] or ""
            if len(parts) == 1 or match["scheme"] or port or "." in host:
                found[Address(host, port)] = None
    return tuple(found)


def _ends(text: str, start: int = 0) -> Iterator[str]:
    """Yield what may be an address at the end of a text, the longest first."""
    for place in range(max(2, start), len(text)):
        if text[place - 1] in _BEFORE and text[place].isalpha():
            yield text[place:]


def _of_url(text: str) -> Address | None:
    """Return the address of a text that is a URL, or a host with or without a port; None where it is neither."""
    host, colon, port = _authority(text).partition(":")
    if colon and not _is_port(port):
        return None
    return Address(host, port) if is_subdomain(host) and not host.isdigit() else None


def _authority(text: str) -> str:
    """Return who is called by a URL, with the port; of a text that is no URL, itself; empty where it is nothing."""
    rest = text.partition("#")[0]
    scheme = ""
    if (match := _SCHEME.match(rest)) is not None:
        scheme, rest = match["scheme"].lower(), rest[match.end() :]
    rest = rest.partition("?")[0]
    if rest.startswith("//") and (scheme or not rest.startswith("///")):
        called = rest[2:].partition("/")[0].rpartition("@")[2]
        port = called.partition(":")[2]
        # A URL has no named ports; a host alone may have.
        return "" if port and not port.isdigit() else called
    if scheme:
        return f"{scheme}:{rest}"
    return "" if ":" in rest.partition("/")[0] else rest


def _is_port(text: str) -> bool:
    if text.isascii() and text.isdigit():
        return MIN_PORT <= int(text) <= MAX_PORT
    return len(text) <= _LONGEST_PORT_NAME and _PORT_NAME.fullmatch(text) is not None
