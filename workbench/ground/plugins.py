"""What others can add: a registry for each thing that can be extended, filled in three ways that work alike.

A module of our own package registers itself when it is imported; a notebook's cell uses the same decorator; another
package names a module in an entry point, whose name is the plug-in's and which registers it when it is loaded. The
front of the house says where our own are: at home in a package whose modules are all imported, or, where that takes
long, by the name of each, as other packages do.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, cached_property
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from pkgutil import iter_modules
from typing import Any, Generic, TypeVar

from workbench.ground.errors import ArgumentError
from workbench.ground.problems import Problem, Severity

__all__ = ["Plugins", "UnknownPluginError", "installed_plugins", "offer", "offer_home", "offered"]

PluginT = TypeVar("PluginT")
GROUPS = "netpol_workbench."
"""How the entry point groups of all kinds begin."""
_OURS: dict[tuple[str, str], EntryPoint] = {}
_HOMES: dict[str, tuple[str, ...]] = {}


def offer(group: str, name: str, module: str) -> None:
    """Offer a plug-in of ours, as other packages do by an entry point: `module` is imported when it is asked for.

    Parameters
    ----------
    group : str
    name : str
    module : str
    """
    _OURS[group, name] = EntryPoint(name, module, group)


def offer_home(group: str, home: str) -> None:
    """Say where plug-ins of ours are: a package, or one module, all imported when any plug-in is asked for.

    Parameters
    ----------
    group : str
        The entry point group of their kind.
    home : str
        The package or module; each plug-in there registers itself.
    """
    _HOMES[group] = (*_HOMES.get(group, ()), home)


def offered(group: str) -> tuple[EntryPoint, ...]:
    """Return what rooms of ours offer for `group`."""
    return tuple(point for point in _OURS.values() if point.group == group)


@cache
def all_entry_points() -> Any:  # noqa: ANN401  (its type is another one in Python 3.11)
    """Return what all installed packages offer: to look for it takes longer than to answer a small question."""
    return entry_points()


def installed_plugins() -> tuple[EntryPoint, ...]:
    """Return what other packages offer for all kinds of plug-ins, by kind and name."""
    points = all_entry_points()
    ours = (group for group in points.groups if group.startswith(GROUPS))
    found = (point for group in ours for point in points.select(group=group))
    return tuple(sorted(found, key=lambda point: (point.group, point.name)))


class UnknownPluginError(ArgumentError):
    """No plug-in has the name that was asked for, or the one that has it cannot be loaded."""


class Plugins(Generic[PluginT]):
    """The plug-ins of one kind, by name.

    Parameters
    ----------
    kind : str
        What they are, as in "unknown flow format".
    group : str
        Entry point group through which other packages offer theirs.

    Notes
    -----
    A plug-in of another package that cannot be loaded is a `Problem` (code ``plugin-not-loaded``) in `problems`, and
    an error for who asks for it by name; all others work on.
    """

    def __init__(self, kind: str, *, group: str) -> None:
        self.kind, self.group = kind, group
        self._imports_homes = True
        self._known: dict[str, PluginT] = {}
        self._failed: dict[str, Problem] = {}

    def register(self, name: str, plugin: PluginT) -> None:
        """Make `plugin` known under `name`; it replaces an earlier one, so that a notebook's cell can run twice."""
        self._known[name] = plugin
        self._failed.pop(name, None)

    def names(self) -> tuple[str, ...]:
        """Return the names of all plug-ins, sorted; those of other packages are not loaded for it."""
        self._import_own()
        return tuple(sorted({*self._known, *self._offered}))

    def named(self, name: str) -> PluginT:
        """Return the plug-in called `name`.

        Raises
        ------
        UnknownPluginError
            If there is none, or if the package that offers it cannot be loaded.
        """
        if (found := self.get(name)) is not None:
            return found
        if (failed := self.failure(name)) is not None:
            raise UnknownPluginError(failed.message, failed.remedy)
        message = f"unknown {self.kind} {name!r}; there are {', '.join(self.names())}"
        raise UnknownPluginError(message)

    def get(self, name: str) -> PluginT | None:
        """Return the plug-in called `name`; None where there is none, or none that can be loaded."""
        self._import_own()
        if name not in self._known and name not in self._failed:
            for point in self._offered.get(name, ()):
                self._load(point)
        return self._known.get(name)

    def __iter__(self) -> Iterator[PluginT]:
        """Walk the plug-ins by name, without those that cannot be loaded."""
        return (found for name in self.names() if (found := self.get(name)) is not None)

    def __contains__(self, name: object) -> bool:
        """Tell whether a plug-in has this name, whether or not it can be loaded."""
        self._import_own()
        return name in self._known or name in self._offered

    def failure(self, name: str) -> Problem | None:
        """Return why the plug-in called `name` could not be loaded; None where it could be, or was not yet."""
        return self._failed.get(name)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Plug-ins of other packages that could not be loaded so far, one Problem each."""
        return tuple(self._failed.values())

    @cached_property
    def _offered(self) -> dict[str, tuple[EntryPoint, ...]]:
        """What other packages offer."""
        found: dict[str, tuple[EntryPoint, ...]] = {}
        for point in (*offered(self.group), *all_entry_points().select(group=self.group)):
            found[point.name] = (*found.get(point.name, ()), point)
        return found

    def _import_own(self) -> None:
        if self._imports_homes:
            self._imports_homes = False  # their modules may ask for what is registered so far
            for home in _HOMES.get(self.group, ()):
                for module in iter_modules(getattr(import_module(home), "__path__", ())):
                    import_module(f"{home}.{module.name}")

    def _load(self, point: EntryPoint) -> None:
        try:
            point.load()
        except Exception as error:  # noqa: BLE001  (another package's import may fail in any way)
            self._fail(point, f"cannot be loaded from {point.value}: {type(error).__name__}: {error}")
        else:
            if point.name not in self._known:
                self._fail(point, f"is not registered by {point.value}")

    def _fail(self, point: EntryPoint, why: str) -> None:
        package = "" if point.dist is None else f" {point.dist.name}"
        self._failed[point.name] = Problem(
            Severity.WARNING,
            "plugin-not-loaded",
            f"the {self.kind} {point.name!r} {why}",
            remedy=f"update or remove the package{package} that offers it",
            object=f"{self.group} {point.name}",
        )
