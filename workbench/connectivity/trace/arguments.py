"""What people pass to questions, made plain: names, ports and protocols; what is neither says what to write."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeAlias

from workbench.ground import ALL_PORTS, MAX_PORT, MIN_PORT, PROTOCOLS, ArgumentError, PortSet

if TYPE_CHECKING:
    from workbench.connectivity.engine import Peer
    from workbench.inventory import Workload

__all__ = [
    "EndName",
    "EndNames",
    "choice_asked",
    "count_asked",
    "name_asked",
    "names_asked",
    "port_asked",
    "ports_asked",
    "protocol_asked",
]

EndName: TypeAlias = "str | Peer | Workload"
"""An end of connections: its name, or a peer or workload as other answers give it."""
EndNames: TypeAlias = "EndName | Iterable[EndName]"


def name_asked(name: object) -> str:
    """Return the name of an end: a text, or a peer or workload as other answers give it.

    Raises
    ------
    TypeError
        If it is nothing of the kind.
    """
    found = _name_of(name)
    if found is None:
        message = f"{name!r} is not a name: write namespace/name, such as 'shop/web', or an address"
        raise TypeError(message)
    return found


def names_asked(names: object) -> list[str]:
    """Return names as a list; a text, a peer or a workload is one name.

    Parameters
    ----------
    names : EndNames

    Raises
    ------
    TypeError
        If they are nothing of the kind.
    """
    if _name_of(names) is None and isinstance(names, Iterable) and not isinstance(names, bytes):
        return [name_asked(name) for name in names]
    return [name_asked(names)]


def _name_of(name: object) -> str | None:
    # Known by their fields: the command line asks before numpy and the inventory are imported.
    found = name if isinstance(name, str) else getattr(name, "peer", None) or getattr(name, "name", None)
    return found if isinstance(found, str) else None


def choice_asked(value: str, choices: Iterable[str], name: str) -> str:
    """Return one of a few words, in lower case.

    Raises
    ------
    ArgumentError
        If `value` is none of `choices`; `name` is what the parameter is called.
    """
    found, names = str(value).lower(), [str(choice) for choice in choices]
    if found not in names:
        message = f"{name}={value!r} is not known: write {' or '.join(map(repr, names))}"
        raise ArgumentError(message)
    return found


def count_asked(value: int | str, name: str) -> int:
    """Return a number of at least 1.

    Raises
    ------
    ArgumentError
        If it is none; `name` is what the parameter is called.
    """
    text = str(value).strip()
    if not (text.isascii() and text.isdecimal()) or int(text) < 1:
        message = f"{name}={value!r} is not a number of at least 1"
        raise ArgumentError(message)
    return int(text)


def ports_asked(port: int | str | None, protocol: str = "TCP") -> PortSet:
    """Return the ports that are meant: one of a protocol, or all where none is named.

    Parameters
    ----------
    port : int, str or None
        Also as text, such as ``"5432"``.
    protocol : str
        In upper or lower case.

    Raises
    ------
    ArgumentError
        If port or protocol are none.
    TypeError
        If `port` is nothing of the kind.
    """
    if port is None:
        return ALL_PORTS
    return PortSet.of(protocol_asked(protocol), port_asked(port))


def port_asked(port: int | str) -> int:
    """Return a port as a number.

    Raises
    ------
    ValueError, TypeError
        As `ports_asked` raises them.
    """
    if isinstance(port, bool) or not isinstance(port, (int, str)):
        message = f"port is {port!r}: write a number, such as port=5432, or leave it out for all ports"
        raise TypeError(message)
    text = str(port).strip()
    if not (text.isascii() and text.isdecimal()) or not MIN_PORT <= int(text) <= MAX_PORT:
        hint = "; a named port is known to its container alone: write its number" if text.isidentifier() else ""
        message = f"{port!r} is not a port: ports are {MIN_PORT} to {MAX_PORT}{hint}"
        raise ArgumentError(message)
    return int(text)


def protocol_asked(protocol: str) -> str:
    """Return a protocol as Kubernetes writes it.

    Raises
    ------
    ArgumentError
        If there is none of that name.
    """
    found = str(protocol).upper()
    if found not in PROTOCOLS:
        message = f"{protocol!r} is not a protocol: write one of {', '.join(PROTOCOLS)}"
        raise ArgumentError(message)
    return found
