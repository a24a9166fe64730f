"""Whoever adds something adds one file: the recipes of `CONTRIBUTING.md` are carried out as they stand there."""

from __future__ import annotations

import re
import sys
from importlib import import_module
from itertools import chain
from pathlib import Path
from pkgutil import walk_packages
from subprocess import run
from typing import Final, NamedTuple

import pytest
from typer.main import get_command

import workbench
from tests.project.recipes import PAGE, Done, Recipe, carried_out, kinds_of_answers, offered, own_copy, recipes
from workbench.cli import app
from workbench.ground import Formats, Plugins
from workbench.ground import offered as offered_by_us

RECIPES: Final = recipes()
KINDS: Final = kinds_of_answers()
PODS: Final = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: till, namespace: office}
spec: {containers: [{name: till}]}
"""
LOCKDOWN: Final = """\
---
apiVersion: example.org/v1
kind: Lockdown
metadata: {name: web, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}}
"""
TO_WEB: Final = "office/till[Pod] => shop/web[Pod] : All Connections\n"
"""What a Lockdown forbids, and nothing else."""
ASKED_OF: Final = {
    "connectivity diff": ("DIR", "DIR"),
    "connectivity map --flows": ("SEEN", "DIR"),
    "connectivity query": ("shop/web", "office/till", "DIR"),
    "flows edges": ("SEEN",),
}
"""What a question is asked of; manifests, where it is not here."""
REASON: Final = "cannot be loaded from your_package.broken: ZeroDivisionError: division by zero"


class Inputs(NamedTuple):
    """Files that commands are about."""

    pairs: Path
    manifests: Path
    locked: Path
    seen: Path

    def filled(self, command: str, *further: str) -> list[str]:
        """Return a command of the page with our files in place of its FILE and DIR."""
        words = command.removeprefix("netpol-workbench ").split()
        given = {
            "FILE": self.pairs,
            "DIR": self.locked,
            "SEEN": self.seen,
            "map.arrows": self.pairs.with_name("map.arrows"),
        }
        return [str(given.get(word, word)) for word in (*words, *further)]

    def asks(self, question: str, *further: str) -> list[str]:
        """Return a question as a command."""
        return self.filled(question, *ASKED_OF.get(question, ("DIR",)), *further)


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory, project: Path) -> Inputs:
    folder = tmp_path_factory.mktemp("inputs")
    found = Inputs(
        folder / "seen.pairs",
        folder / "open.yaml",
        folder / "locked.yaml",
        project / "data" / "samples" / "flows" / "morning.hubble.jsonl",
    )
    found.pairs.write_text("192.0.2.7 -> 198.51.100.9\n")
    found.manifests.write_text(PODS)
    found.locked.write_text(PODS + LOCKDOWN)
    return found


def commands_of_the_page() -> list[str]:
    """Return the commands of all recipes."""
    return re.findall(r"^netpol-workbench .*$", PAGE.partition("\n## Recipes\n")[2], re.MULTILINE)


def commands(inputs: Inputs) -> list[list[str]]:
    """Return the commands of the page; then each kind of answer in a format of ours."""
    return [
        *(inputs.filled(command) for command in commands_of_the_page()),
        *(inputs.asks(kind.asked, "-o", "loud") for kind in KINDS),
    ]


def check(found: list[Done], inputs: Inputs) -> None:
    """Check that all commands know what the recipes add."""
    assert [done.stderr for done in found if done.status] == []
    by_command = dict(zip((*commands_of_the_page(), *(kind.asked for kind in KINDS)), found, strict=True))
    assert "pairs" in by_command["netpol-workbench flows summary FILE"].stdout
    assert "198.51.100.9" in by_command["netpol-workbench flows edges FILE --format pairs"].stdout
    arrows = by_command["netpol-workbench connectivity map DIR -o arrows"].stdout
    assert "shop/web[Pod] -> office/till[Pod]\n" in arrows
    assert "office/till[Pod] -> shop/web[Pod]" not in arrows
    assert inputs.pairs.with_name("map.arrows").read_text() == arrows
    assert TO_WEB not in by_command["netpol-workbench connectivity map DIR"].stdout
    assert {kind.answer: by_command[kind.asked].stdout for kind in KINDS} == {kind.answer: "LOUD" for kind in KINDS}


def test_nothing_of_it_is_known_otherwise(inputs: Inputs) -> None:
    found = carried_out([*commands(inputs), ["connectivity", "map", str(inputs.locked)]])
    unknown = [done for done, command in zip(found, commands(inputs), strict=False) if "-o" in command]
    assert {done.status for done in unknown} == {2}
    assert all("unknown format" in done.stderr for done in unknown)
    assert TO_WEB in found[-1].stdout


def test_a_cell_of_a_notebook_is_enough(inputs: Inputs) -> None:
    cells = [recipe.code for recipe in RECIPES] + [kind.cell for kind in KINDS]
    check(carried_out(commands(inputs), cells=cells), inputs)


def test_a_package_is_enough(inputs: Inputs, tmp_path: Path) -> None:
    modules = {recipe.module: recipe.code for recipe in RECIPES} | {
        f"your_package.loud_{number}": kind.cell for number, kind in enumerate(KINDS)
    }
    points = [(recipe.group, recipe.name, recipe.module) for recipe in RECIPES]
    points += [(kind.group, "loud", f"your_package.loud_{number}") for number, kind in enumerate(KINDS)]
    check(carried_out(commands(inputs), offered(tmp_path, "your-package", modules, points)), inputs)


def test_one_file_is_enough(inputs: Inputs, tmp_path: Path) -> None:
    copy = own_copy(tmp_path)
    for recipe in RECIPES:
        assert not (copy / recipe.file).exists()
        (copy / recipe.file).write_text(recipe.code, encoding="utf-8")
    for kind in KINDS:
        home = copy / kind.home
        before = home.read_text(encoding="utf-8") if home.is_file() else ""
        (home / "loud.py" if home.is_dir() else home).write_text(f"{before}\n\n{kind.cell}", encoding="utf-8")
    check(carried_out(commands(inputs), copy), inputs)


# --- a package that cannot be loaded ------------------------------------------------------------------


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a package that offers something of each kind, and cannot be imported."""
    points = [(recipe.group, recipe.name, "your_package.broken") for recipe in RECIPES]
    points += [(kind.group, "loud", "your_package.broken") for kind in KINDS]
    return offered(tmp_path_factory.mktemp("broken"), "your-package", {"your_package.broken": "1 / 0\n"}, points)


def test_a_format_that_cannot_be_loaded_says_why_and_stops_no_other(inputs: Inputs, broken: Path) -> None:
    asked = [inputs.asks(kind.asked, "-o", name) for kind in KINDS for name in ("json", "txt", "loud")]
    found = carried_out(asked, broken)
    working = [done for done, command in zip(found, asked, strict=True) if command[-1] != "loud"]
    assert [done.stderr for done in working if done.status or not done.stdout] == []
    failed = [done for done in found if done not in working]
    assert [(done.stdout, done.status, REASON in done.stderr) for done in failed] == [("", 2, True)] * len(KINDS)


def test_the_ending_of_a_format_that_cannot_be_loaded_says_why(inputs: Inputs, broken: Path) -> None:
    (done,) = carried_out([inputs.filled("connectivity map DIR -f map.arrows")], broken)
    assert done.status == 2
    assert "no format is written to '.arrows'" in done.stderr
    assert REASON in done.stderr


def test_a_flow_format_that_cannot_be_loaded_is_a_problem_and_stops_no_other(inputs: Inputs, broken: Path) -> None:
    asked = ["flows summary SEEN", "flows summary FILE", "flows summary FILE --format pairs", "flows formats"]
    seen, unknown, named, listed = carried_out([inputs.filled(command) for command in asked], broken)
    assert "hubble" in seen.stdout
    assert (seen.status, REASON in seen.stderr) == (0, True)
    assert unknown.status
    assert REASON in unknown.stderr
    assert (named.status, REASON in named.stderr) == (2, True)
    assert "hubble" in listed.stdout
    assert (listed.status, REASON in listed.stderr) == (0, True)


def test_a_policy_kind_that_cannot_be_loaded_is_a_problem_of_its_policies_only(inputs: Inputs, broken: Path) -> None:
    asked = [["connectivity", "map", str(path)] for path in (inputs.locked, inputs.manifests)]
    locked, other = carried_out(asked, broken)
    assert "Lockdown (example.org/v1) is not evaluated" in locked.stderr
    assert REASON in locked.stderr
    assert (locked.status, locked.stdout.partition("\nNote")[0]) == (0, other.stdout.partition("\nNote")[0])
    assert (other.status, other.stderr) == (0, "")


def test_the_doctor_lists_what_packages_add_and_what_cannot_be_loaded(broken: Path) -> None:
    (done,) = carried_out([["doctor"]], broken)
    assert done.status == 0
    lines = [line for line in done.stdout.splitlines() if "your-package 1.0 is installed, but cannot be loaded" in line]
    assert len(lines) == len(RECIPES) + len(KINDS)
    assert all(line.startswith("missing  ") for line in lines)


# --- the page itself --------------------------------------------------------------------------------------


def test_every_registry_has_its_recipe() -> None:
    modules = [import_module(module.name) for module in walk_packages(workbench.__path__, "workbench.")]
    values = list(chain.from_iterable(vars(module).values() for module in modules))
    formats = {value.entry_points for value in values if isinstance(value, Formats)}
    assert formats == {kind.group for kind in KINDS}
    others = {value.group for value in values if isinstance(value, Plugins)}
    assert others | formats == {recipe.group for recipe in RECIPES} | formats


def test_every_picture_of_ours_is_offered_by_the_front_of_the_house(project: Path) -> None:
    modules = {
        f"workbench.drawing.answers.{file.stem}" for file in (project / "workbench/drawing/answers").glob("*.py")
    }
    for module in modules:
        import_module(module.removesuffix(".__init__"))
    for kind in KINDS:
        module, _, name = kind.registry.rpartition(".")
        registry = getattr(import_module(module), name)
        drawn = {one for one in registry.names() if registry.named(one).write.__module__ in modules}
        missing = drawn - {point.name for point in offered_by_us(kind.group)}
        assert not missing, f"offer {', '.join(missing)} of {kind.group} in workbench/__init__.py"


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_the_code_of_a_recipe_is_in_the_style_of_the_house(project: Path, recipe: Recipe) -> None:
    ruff = [sys.executable, "-m", "ruff"]
    name = ["--stdin-filename", str(recipe.file), "-"]
    for command in ([*ruff, "check", "--quiet", *name], [*ruff, "format", "--check", *name]):
        done = run(command, input=recipe.code, cwd=project, capture_output=True, text=True, check=False)  # noqa: S603  (a command of ours)
        assert done.returncode == 0, done.stdout + done.stderr


def test_files_that_the_page_names_are_there(project: Path) -> None:
    named = set(re.findall(r"`((?:workbench|tests|data)/[\w./]+)`", PAGE)) | set(re.findall(r"\]\(([^)#:]+)\)", PAGE))
    added = {str(recipe.file) for recipe in RECIPES}
    assert added < named
    assert [path for path in sorted(named - added) if not (project / path).exists()] == []


def test_commands_that_the_page_names_are_there(project: Path) -> None:
    groups = get_command(app).commands  # type: ignore[attr-defined]
    for first, second in re.findall(r"(?<=netpol-workbench )(\w+)(?: ([a-z]+))?", PAGE.partition("## Recipes")[2]):
        assert first in groups
        assert first == "doctor" or second in groups[first].commands
    targets = re.findall(r"^([a-z-]+):", (project / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"^make ([a-z]+)", PAGE, re.MULTILINE)) <= set(targets)
