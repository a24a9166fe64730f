"""Edges as commands are given them: ``shop/web -> shop/db : TCP 5432``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import typer

from workbench.ground import ALL_PORTS, ArgumentError, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from workbench.ground import PortSet

__all__ = ["edges_asked", "pairs_asked", "taken"]

_MOST: Final = 1_000
"""So many ports of a range are asked about one by one."""


def edges_asked(texts: Iterable[str], option: str) -> Iterator[tuple[str, str, int, str]]:
    """Yield the edges that texts name, each port apart.

    Raises
    ------
    typer.BadParameter
        If one is no edge, or names no port, or very many.

    """
    for text, src, dst, ports in _listed(texts, option):
        if ports == ALL_PORTS or sum(high - low + 1 for _, low, high in ports.intervals) > _MOST:
            message = f"{visible(text)} names no port, or too many: write 'shop/web -> shop/db : TCP 5432'"
            raise typer.BadParameter(message, param_hint=option)
        yield from (
            (src, dst, port, protocol) for protocol, low, high in ports.intervals for port in range(low, high + 1)
        )


def pairs_asked(texts: Iterable[str], option: str) -> Iterator[tuple[str, str]]:
    """Yield the two ends of each edge that texts name.

    Raises
    ------
    typer.BadParameter
        If one is no edge.

    """
    yield from ((src, dst) for _, src, dst, _ in _listed(texts, option))


def taken(words: list[str], name: str) -> str:
    """Return the first of the words of a command, which are one less then.

    Raises
    ------
    typer.BadParameter
        If there is none.

    """
    if not words:
        message = "it is missing"
        raise typer.BadParameter(message, param_hint=name)
    return words.pop(0)


def _listed(texts: Iterable[str], option: str) -> Iterator[tuple[str, str, str, PortSet]]:
    from workbench.generate import connections_in  # noqa: PLC0415  (brings pandas)

    for text in texts:
        try:
            yield from ((text, one.src, one.dst, one.ports) for one in connections_in(text, {}, visible(text)))
        except ArgumentError as error:
            raise typer.BadParameter(str(error), param_hint=option) from error
