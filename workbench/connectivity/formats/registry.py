"""Which output formats there are, and which one a name or a file ending means."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import PurePath
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from workbench.ground import ArgumentError, offered

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.metadata import EntryPoint

    from workbench.connectivity.formats.rows import ConnectivityLike
    from workbench.connectivity.result import IpRanges

__all__ = [
    "MAPS",
    "Format",
    "Formats",
    "UnknownFormatError",
    "Writer",
    "format_named",
    "format_names",
    "format_of_file",
    "register_format",
    "render",
]

Writer: TypeAlias = "Callable[[ConnectivityLike, IpRanges], str]"
WriterT = TypeVar("WriterT", bound="Callable[..., str]")


class UnknownFormatError(ArgumentError):
    """No format has the name or the file ending that was asked for."""


@dataclass(frozen=True, slots=True)
class Format(Generic[WriterT]):
    """A way to write an answer down.

    Attributes
    ----------
    name : str
        As it is given to ``-o`` and to ``render``.
    suffix : str
        Ending of its files, with the dot.
    write : callable
        Returns the whole text; of a map, ``write(connectivity, ip_ranges)``.
    """

    name: str
    suffix: str
    write: WriterT

    @property
    def docs(self) -> str:
        """What the format looks like: the docstring of its writer."""
        return inspect.getdoc(self.write) or ""

    @property
    def description(self) -> str:
        """The first line of `docs`."""
        return self.docs.partition("\n")[0]


class Formats(Generic[WriterT]):
    """The formats of one kind of answer.

    Parameters
    ----------
    entry_points : str
        Entry point group by which other packages offer formats.
    """

    def __init__(self, entry_points: str) -> None:
        self.entry_points = entry_points
        self._registered: dict[str, Format[WriterT]] = {}

    def register(self, name: str, *, suffix: str = "") -> Callable[[WriterT], WriterT]:
        """Make the decorated writer known under `name`.

        Parameters
        ----------
        name : str
            Replaces the format of that name if there is one, so that a notebook's cell can run twice.
        suffix : str, optional
            Ending of its files; ``.name`` if not given.

        Returns
        -------
        callable
            A decorator that returns the writer unchanged.
        """

        def register(write: WriterT) -> WriterT:
            self._registered[name] = Format(name, suffix or f".{name}", write)
            return write

        return register

    def names(self) -> list[str]:
        """Return the names of all formats, sorted; those of entry points are not loaded for it."""
        return sorted({*self._registered, *self._offered()})

    def named(self, name: str) -> Format[WriterT]:
        """Return the format called `name`.

        Raises
        ------
        UnknownFormatError
            If there is none, or if the package that offers it cannot be loaded.
        """
        if name not in self._registered and name in (offered := self._offered()):
            self._load(offered[name])
        if name not in self._registered:
            message = f"unknown format {name!r}; there are {', '.join(self.names())}"
            raise UnknownFormatError(message)
        return self._registered[name]

    def of_file(self, path: str) -> Format[WriterT]:
        """Return the format that the ending of `path` stands for.

        Raises
        ------
        UnknownFormatError
            If the ending belongs to no format.
        """
        suffix = PurePath(path).suffix.lower()
        for name in self.names():
            if (found := self.named(name)).suffix.lower() == suffix:
                return found
        endings = ", ".join(self.named(name).suffix for name in self.names())
        message = f"no format is written to {suffix or 'files without an ending'!r}; known endings are {endings}"
        raise UnknownFormatError(message)

    def _offered(self) -> dict[str, EntryPoint]:
        found = (*offered(self.entry_points), *entry_points(group=self.entry_points))
        return {point.name: point for point in found}

    def _load(self, point: EntryPoint) -> None:
        try:
            point.load()
        except Exception as error:  # another package's import may fail in any way
            message = f"format {point.name!r} cannot be loaded from {point.value}: {error}"
            raise UnknownFormatError(message) from error
        if point.name not in self._registered:
            message = f"{point.value} registers no format called {point.name!r}"
            raise UnknownFormatError(message)


MAPS: Formats[Writer] = Formats("netpol_workbench.formats")
"""The formats of connectivity maps."""

register_format = MAPS.register
format_names = MAPS.names
format_named = MAPS.named
format_of_file = MAPS.of_file


def render(connectivity: ConnectivityLike, name: str, ip_ranges: IpRanges = "merged") -> str:
    """Return a connectivity map as text in the format called `name`.

    Parameters
    ----------
    connectivity : ConnectivityLike
        The map: whatever has ``peers`` and ``connections``.
    name : str
        One of `format_names`.
    ip_ranges : {"merged", "split"}
        Join address ranges that touch and have equal connections, or keep the reference tool's
        cluster-wide split (semantics 8).

    Raises
    ------
    UnknownFormatError
        If there is no such format.
    """
    return format_named(name).write(connectivity, ip_ranges)
