"""Which formats there are for one kind of answer, and which one a name or a file ending means."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Generic, TypeVar

from workbench.ground.plugins import Plugins, UnknownPluginError

__all__ = ["Format", "Formats"]

WriterT = TypeVar("WriterT", bound=Callable[..., str])


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
    home : str, optional
        Our own package or module of writers, which is imported when a format is asked for.
    kind : str
        What they are called in errors.
    """

    def __init__(self, entry_points: str, home: str = "", *, kind: str = "format") -> None:
        self.entry_points = entry_points
        self._plugins: Plugins[Format[WriterT]] = Plugins(kind, group=entry_points, home=home)

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
            self._plugins.register(name, Format(name, suffix or f".{name}", write))
            return write

        return register

    def names(self) -> tuple[str, ...]:
        """Return the names of all formats, sorted; those of other packages are not loaded for it."""
        return self._plugins.names()

    def named(self, name: str) -> Format[WriterT]:
        """Return the format called `name`.

        Raises
        ------
        UnknownPluginError
            If there is none, or if the package that offers it cannot be loaded.
        """
        return self._plugins.named(name)

    def render(self, name: str, *answer: object) -> str:
        """Return an answer as text in the format called `name`.

        Parameters
        ----------
        name : str
            One of `names`.
        *answer : object
            What writers of this kind are given: the answer, and how it is to be written.

        Raises
        ------
        UnknownPluginError
            If there is no such format.
        """
        return self.named(name).write(*answer)

    def of_file(self, path: str) -> Format[WriterT]:
        """Return the format that the ending of `path` stands for.

        Raises
        ------
        UnknownPluginError
            If the ending belongs to no format; the message says which formats could not be loaded, since it may be
            that of one of them.
        """
        suffix = PurePath(path).suffix.lower()
        for known in self._plugins:
            if known.suffix.lower() == suffix:
                return known
        endings = ", ".join(known.suffix for known in self._plugins)
        message = f"no format is written to {suffix or 'files without an ending'!r}; known endings are {endings}"
        raise UnknownPluginError("; ".join([message, *(failed.message for failed in self._plugins.problems)]))
