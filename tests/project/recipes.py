"""The recipes of `CONTRIBUTING.md`, as the page has them, and the three ways in which one is carried out."""

from __future__ import annotations

import json
import os
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shutil import copytree
from subprocess import run
from typing import Final, NamedTuple

__all__ = ["PAGE", "Done", "Kind", "Recipe", "carried_out", "kinds_of_answers", "offered", "own_copy", "recipes"]

ROOT: Final = Path(__file__).resolve().parents[2]
PAGE: Final = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
_FENCED: Final = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_DRIVER: Final = """
import json, sys, traceback
from typer.testing import CliRunner
cells, commands = json.load(sys.stdin)
for cell in cells:
    exec(compile(cell, "<cell>", "exec"), globals())
import workbench
from workbench.cli import app
results = [CliRunner().invoke(app, command) for command in commands]
raised = [one.exc_info for one in results if one.exc_info and one.exc_info[0] is not SystemExit]
faults = ["".join(traceback.format_exception(*one)) for one in raised]
json.dump([workbench.__file__, faults, [[one.stdout, one.stderr, one.exit_code] for one in results]], sys.stdout)
"""
"""Runs cells as a notebook does, then commands; the answers are printed as JSON."""


class Recipe(NamedTuple):
    """A recipe: the file that is added, what is in it, and how a package offers it."""

    title: str
    file: Path
    code: str
    group: str
    name: str
    module: str


class Kind(NamedTuple):
    """A kind of answer that has formats, as a row of the page's table."""

    title: str
    answer: str
    given: str
    home: Path
    asked: str

    @property
    def point(self) -> str:
        """The entry point of its format ``loud``."""
        return f"{self.answer}.loud"

    @property
    def cell(self) -> str:
        """A format named ``loud`` that is registered as the page says."""
        return (
            "from workbench.ground import register_format\n\n\n"
            f'@register_format("{self.answer}", "loud")\n'
            f'def loud({self.given}):\n    """Write one word."""\n    return "LOUD"\n'
        )


class Done(NamedTuple):
    """What a command wrote, and its exit status."""

    stdout: str
    stderr: str
    status: int

    @property
    def said(self) -> str:
        """What is on standard error, without frames and line breaks."""
        return re.sub(r"[\s│╭╮╰╯─]+", " ", self.stderr)


def _sections() -> Iterator[tuple[str, str]]:
    for section in PAGE.partition("\n## Recipes\n")[2].split("\n### ")[1:]:
        title, _, text = section.partition("\n")
        yield title, text


def recipes() -> list[Recipe]:
    """Return the recipes that have a code block."""
    found = []
    for title, text in _sections():
        blocks = dict(_FENCED.findall(text))
        if "python" in blocks:
            (file,) = re.findall(r"^The file: `([^`]+)`", text, re.MULTILINE)
            ((group, names),) = tomllib.loads(blocks["toml"])["project"]["entry-points"].items()
            ((name, module),) = names.items()
            found.append(Recipe(title, Path(file), blocks["python"], group, name, module))
    return found


def kinds_of_answers() -> list[Kind]:
    """Return the rows of the table of all kinds of answers that have formats."""
    (section,) = (text for title, text in _sections() if title == "An output format")
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| ") and "`" in line]
    cells = [[cell.strip(" `") for cell in row] for row in rows]
    return [Kind(title, answer, given, Path(home), asked) for title, answer, given, home, asked in cells]


def offered(folder: Path, name: str, modules: Mapping[str, str], points: Sequence[tuple[str, str, str]]) -> Path:
    """Install a package in `folder`, with `modules` and entry points (group, name, module), as pip would."""
    for module, text in modules.items():
        file = folder / f"{module.replace('.', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    metadata = folder / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    groups = {group: [point for point in points if point[0] == group] for group, _, _ in points}
    lines = (f"[{group}]\n" + "".join(f"{one} = {module}\n" for _, one, module in of) for group, of in groups.items())
    (metadata / "entry_points.txt").write_text("".join(lines))
    return folder


def own_copy(folder: Path) -> Path:
    """Return a folder with a copy of the package, which may be changed."""
    copytree(ROOT / "workbench", folder / "workbench")
    return folder


def carried_out(commands: Sequence[Sequence[str]], *paths: Path, cells: Sequence[str] = ()) -> list[Done]:
    """Run commands in a fresh process that finds packages in `paths` first; `cells` are run before.

    Commands may fail, but not by an exception that nothing has expected.
    """
    places = os.pathsep.join(map(str, (*paths, ROOT)))
    done = run(  # noqa: S603  (our own program)
        [sys.executable, "-P", "-c", _DRIVER],
        input=json.dumps([cells, commands]),
        env={**os.environ, "PYTHONPATH": places, "COLUMNS": "200", "TERMINAL_WIDTH": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    file, faults, results = json.loads(done.stdout)
    assert not faults, "\n".join(faults)
    first = next(path for path in (*paths, ROOT) if (path / "workbench").is_dir())
    assert Path(file) == first / "workbench" / "__init__.py"
    return [Done(*result) for result in results]
