"""Whoever adds something adds one file: the recipes of `CONTRIBUTING.md` are carried out as they stand there."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from subprocess import run
from typing import Final, NamedTuple

import pytest
import yaml
from typer.main import get_command

from tests.project.recipes import PAGE, Done, Kind, Recipe, carried_out, kinds_of_answers, offered, own_copy, recipes
from workbench.baseline import Baselines, Head
from workbench.cli import app
from workbench.ground import ANSWER_FORMATS, Plugins
from workbench.ground import offered as offered_by_us
from workbench.inventory import load_manifests
from workbench.report import audit, write_bundle
from workbench.workspace import Workspace

RECIPES: Final = recipes()
KINDS: Final = kinds_of_answers()
GROUP: Final = ANSWER_FORMATS.plugins.group
PODS: Final = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {containers: [{name: web}]}
---
apiVersion: v1
kind: Pod
metadata: {name: till, namespace: office, labels: {app: till}}
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
    "baseline violations": ("SEEN", "-w", "WORKSPACE"),
    "connectivity diff": ("DIR", "DIR"),
    "report diff": ("BUNDLE", "BUNDLE"),
    "report verify": ("BUNDLE",),
    "connectivity map --flows": ("SEEN", "DIR"),
    "connectivity query": ("shop/web", "office/till", "DIR"),
    "cut": ("office/till", "shop/web", "DIR"),
    "repair": ("DIR", "--to", "DIR", "--edge", "EDGE"),
    "simulate": ("DIR", "--to", "DIR"),
    "simulate --then": ("DIR", "DIR", "--to", "DIR"),
    "test": ("DIR", "-e", "EXPECTED"),
}
"""What a question is asked of; manifests, where it is not here."""
SLOW: Final = "connectivity map --flows"
"""Its formats are like the others, and it is asked in one of the ways only."""
REASON: Final = "cannot be loaded from your_package.broken: ZeroDivisionError: division by zero"


class Inputs(NamedTuple):
    """Files that commands are about."""

    pairs: Path
    manifests: Path
    locked: Path
    seen: Path
    written: Path
    shown: Path
    ranges: Path
    named: Path
    workspace: Path

    @property
    def expected(self) -> Path:
        """What is expected of the manifests."""
        return self.pairs.with_name("open.netpol-test.yaml")

    @property
    def bundle(self) -> Path:
        """A bundle of an audit of the manifests."""
        return self.pairs.with_name("bundle")

    def filled(self, command: str, *further: str) -> list[str]:
        """Return a command of the page with our files in place of its FILE and DIR."""
        words = command.removeprefix("netpol-workbench ").split()
        given = {
            "FILE": self.pairs,
            "DIR": self.locked,
            "SEEN": self.seen,
            "WORKSPACE": self.workspace,
            "EXPECTED": self.expected,
            "BUNDLE": self.bundle,
            "EDGE": "shop/web -> office/till : TCP 80",
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
        folder / "seen.jsonl",
        folder / "written.yaml",
        folder / "shown.html",
        folder / "ours.json",
        folder / "named.txt",
        folder / "workspace",
    )
    begun = datetime(2026, 11, 17, tzinfo=UTC)
    with Workspace(found.workspace) as workspace:
        workspace.keep_baselines(Baselines({"shop/web[Pod]": Head(begun, begun)}), Baselines())
    morning = (project / "data" / "samples" / "flows" / "morning.hubble.jsonl").read_text(encoding="utf-8")
    found.seen.write_text("".join(morning.splitlines(keepends=True)[:3]), encoding="utf-8")
    found.pairs.write_text("192.0.2.7 -> 198.51.100.9\n")
    found.manifests.write_text(PODS)
    found.expected.write_text("- allow: shop/web -> office/till : TCP 80\n")
    found.ranges.write_text('{"ours": {"berlin": ["198.18.0.0/15"]}}')
    found.locked.write_text(PODS + LOCKDOWN)
    write_bundle(audit(load_manifests(found.manifests), now=begun, sections=["coverage"]), found.bundle, with_pdf=False)
    return found


def writing_back(inputs: Inputs) -> str:
    """Return a cell that writes the policies of our manifests down, each as its kind does."""
    return (
        "from pathlib import Path\n"
        "from workbench.inventory import load_manifests\n"
        "from workbench.policy import write_policies\n"
        f"policies = load_manifests({str(inputs.locked)!r}).objects.policies\n"
        f"Path({str(inputs.written)!r}).write_text(write_policies(policies))\n"
    )


def showing_tabs(inputs: Inputs) -> str:
    """Return a cell that writes down what the tabs of recipes show without widgets."""
    return (
        "from pathlib import Path\n"
        "from workbench.inventory import load_manifests\n"
        "from workbench.panels import PANELS, DetailsPanel, Scope\n"
        f"scope = Scope(load_manifests({str(inputs.manifests)!r}))\n"
        "panel = PANELS.named('senders').make(scope)\n"
        "beside = DetailsPanel(scope, tab='callers')\n"
        "scope.selection.select_workload('office/till[Pod]')\n"
        f"Path({str(inputs.shown)!r}).write_text(panel.static_html() + beside.static_html())\n"
    )


def naming_addresses(inputs: Inputs) -> str:
    """Return a cell that writes down what an address of a file of ranges is called."""
    return (
        "from pathlib import Path\n"
        "from workbench.external import AddressBook, read_external\n"
        f"book = AddressBook(default_ranges=False).with_imported(read_external({str(inputs.ranges)!r}))\n"
        f"Path({str(inputs.named)!r}).write_text(book.lookup(['198.18.0.1'])['name'][0])\n"
    )


def commands_of_the_page() -> list[str]:
    """Return the commands of all recipes."""
    return re.findall(r"^netpol-workbench .*$", PAGE.partition("\n## Recipes\n")[2], re.MULTILINE)


def check(inputs: Inputs, *paths: Path, cells: Sequence[str] = (), kinds: Sequence[Kind] = KINDS) -> None:
    """Check that all commands know what the recipes add, and a format of each kind of answer."""
    asked = {command: inputs.filled(command) for command in commands_of_the_page()}
    asked |= {kind.asked: inputs.asks(kind.asked, "-o", "loud") for kind in kinds}
    for file in (inputs.written, inputs.shown, inputs.named):
        file.unlink(missing_ok=True)
    cells = [*cells, writing_back(inputs), showing_tabs(inputs), naming_addresses(inputs)]
    found = dict(zip(asked, carried_out(list(asked.values()), *paths, cells=cells), strict=True))
    assert [done.said for done in found.values() if done.status] == []
    assert "pairs" in found["netpol-workbench flows summary FILE"].stdout
    assert "pairs" in found["netpol-workbench flows summary FILE --format pairs"].stdout
    arrows = found["netpol-workbench connectivity map DIR -o arrows"].stdout
    assert "shop/web[Pod] -> office/till[Pod]: All Connections\n" in arrows
    assert "office/till[Pod] -> shop/web[Pod]" not in arrows
    assert inputs.pairs.with_name("map.arrows").read_text() == arrows
    assert TO_WEB not in found["netpol-workbench connectivity map DIR"].stdout
    assert "has no label owner" in found["netpol-workbench check DIR --only TEAM1"].stdout
    assert "Nobody owns: 1 policy." in found["netpol-workbench report audit DIR --sections owners"].stdout
    assert "name: web-pod" in found["netpol-workbench generate DIR --strategy neighbours"].stdout
    assert ">office/till[Pod]</td>" in inputs.shown.read_text()
    assert "office/till[Pod]: 0 callers" in inputs.shown.read_text()
    assert inputs.named.read_text() == "Ours/berlin"
    assert yaml.safe_load(inputs.written.read_text()) == yaml.safe_load(LOCKDOWN)
    assert {kind.answer: found[kind.asked].stdout for kind in kinds} == {kind.answer: "LOUD" for kind in kinds}


def test_nothing_of_it_is_known_otherwise(inputs: Inputs) -> None:
    asked = [inputs.asks(kind.asked, "-o", "loud") for kind in KINDS]
    *unknown, allowed = carried_out([*asked, inputs.asks("connectivity map")])
    assert [(done.status, "unknown format" in done.said) for done in unknown] == [(2, True)] * len(KINDS)
    assert TO_WEB in allowed.stdout


def test_a_cell_of_a_notebook_is_enough(inputs: Inputs) -> None:
    kinds = [kind for kind in KINDS if kind.asked != SLOW]
    check(inputs, cells=[recipe.code for recipe in RECIPES] + [kind.cell for kind in kinds], kinds=kinds)


def test_a_package_is_enough(inputs: Inputs, tmp_path: Path) -> None:
    kinds = [kind for kind in KINDS if kind.asked != SLOW]
    modules = {recipe.module: recipe.code for recipe in RECIPES}
    modules |= {f"your_package.loud_{number}": kind.cell for number, kind in enumerate(kinds)}
    points = [(recipe.group, recipe.name, recipe.module) for recipe in RECIPES]
    points += [(GROUP, kind.point, f"your_package.loud_{number}") for number, kind in enumerate(kinds)]
    check(inputs, offered(tmp_path, "your-package", modules, points), kinds=kinds)


def test_one_file_is_enough(inputs: Inputs, tmp_path: Path) -> None:
    copy = own_copy(tmp_path)
    for recipe in RECIPES:
        assert not (copy / recipe.file).exists()
        (copy / recipe.file).write_text(recipe.code, encoding="utf-8")
    for kind in KINDS:
        home = copy / kind.home
        before = home.read_text(encoding="utf-8") if home.is_file() else ""
        (home / f"loud_{kind.answer}.py" if home.is_dir() else home).write_text(
            f"{before}\n\n{kind.cell}", encoding="utf-8"
        )
    check(inputs, copy)


# --- a package that cannot be loaded ------------------------------------------------------------------


BROKEN_FORMATS: Final = {
    f"{kind.asked} -o {name}": (kind.asked, "-o", name) for kind in KINDS for name in ("loud", "txt")
}
FLOWS: Final = ("flows summary SEEN", "flows summary FILE", "flows summary FILE --format pairs", "flows formats")


@pytest.fixture(scope="module")
def answers(inputs: Inputs, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    """Return what commands write where a package offers something of each kind, and cannot be imported."""
    points = [(recipe.group, recipe.name, "your_package.broken") for recipe in RECIPES]
    points += [(GROUP, kind.point, "your_package.broken") for kind in KINDS]
    folder = offered(tmp_path_factory.mktemp("broken"), "your-package", {"your_package.broken": "1 / 0\n"}, points)
    asked = {
        **{name: inputs.asks(*question) for name, question in BROKEN_FORMATS.items() if name != f"{SLOW} -o txt"},
        **{command: inputs.filled(command) for command in FLOWS},
        "map.arrows": inputs.filled("connectivity map DIR -f map.arrows"),
        "open": ["connectivity", "map", str(inputs.manifests)],
        "doctor": ["doctor"],
    }
    return dict(zip(asked, carried_out(list(asked.values()), folder), strict=True))


def test_a_format_that_cannot_be_loaded_says_why(answers: dict[str, Done]) -> None:
    failed = [answers[f"{kind.asked} -o loud"] for kind in KINDS]
    assert [(done.stdout, done.status, REASON in done.said) for done in failed] == [("", 2, True)] * len(KINDS)


def test_a_format_that_cannot_be_loaded_stops_no_other(answers: dict[str, Done]) -> None:
    working = [done for name, done in answers.items() if name.endswith("-o txt")]
    assert len(working) == len(KINDS) - 1
    assert [done.said for done in working if done.status] == []


def test_the_file_ending_of_a_format_that_cannot_be_loaded_says_why(answers: dict[str, Done]) -> None:
    done = answers["map.arrows"]
    assert done.status == 2
    assert "no format is written to '.arrows'" in done.said
    assert REASON in done.said


def test_a_flow_format_that_cannot_be_loaded_is_a_problem_and_stops_no_other(answers: dict[str, Done]) -> None:
    seen, unknown, named, listed = (answers[command] for command in FLOWS)
    assert "hubble" in seen.stdout
    assert (seen.status, REASON in seen.said) == (0, True)
    assert (unknown.status, REASON in unknown.said) == (2, True)
    assert (named.status, REASON in named.said) == (2, True)
    assert "hubble" in listed.stdout
    assert (listed.status, REASON in listed.said) == (0, True)


def test_a_policy_kind_that_cannot_be_loaded_is_a_problem_of_its_policies_only(answers: dict[str, Done]) -> None:
    locked, other = answers["connectivity map -o txt"], answers["open"]
    assert "Lockdown (example.org/v1) is not evaluated" in locked.said
    assert REASON in locked.said
    assert (locked.status, TO_WEB in locked.stdout) == (0, True)
    assert (other.status, other.stderr, TO_WEB in other.stdout) == (0, "", True)


def test_the_doctor_lists_what_packages_add_and_what_cannot_be_loaded(answers: dict[str, Done]) -> None:
    done = answers["doctor"]
    lines = [line for line in done.stdout.splitlines() if "your-package 1.0 is installed, but cannot be loaded" in line]
    assert len(lines) == len(RECIPES) + len(KINDS)
    assert {line.partition(" ")[0] for line in lines} == {"missing"}
    assert done.status == 0


# --- the page itself --------------------------------------------------------------------------------------


def test_every_registry_has_its_recipe(project: Path) -> None:
    makes_one = re.compile(r"^\w+(?:: .+)? = \w*(?:Formats|Plugins)\(", re.MULTILINE)
    files = [
        file for file in (project / "workbench").rglob("*.py") if makes_one.search(file.read_text(encoding="utf-8"))
    ]
    modules = [import_module(".".join(file.relative_to(project).with_suffix("").parts)) for file in files]
    values = [value for module in modules for value in vars(module).values()]
    groups = {value.group for value in values if isinstance(value, Plugins)}
    assert {*groups, GROUP} == {recipe.group for recipe in RECIPES}


def test_every_kind_of_answer_that_has_formats_is_in_the_table() -> None:
    assert sorted(kind.answer for kind in KINDS) == list(ANSWER_FORMATS.answers())


def test_every_picture_of_ours_is_offered_by_the_front_of_the_house(project: Path) -> None:
    modules = {
        f"workbench.drawing.answers.{file.stem}" for file in (project / "workbench/drawing/answers").glob("*.py")
    }
    for module in modules:
        import_module(module.removesuffix(".__init__"))
    plugins = ANSWER_FORMATS.plugins
    drawn = {key for key in plugins.names() if plugins.named(key).write.__module__ in modules}
    missing = drawn - {point.name for point in offered_by_us(GROUP)}
    assert not missing, f"offer {', '.join(missing)} in workbench/__init__.py"


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
    ignored = {line.strip("/") for line in (project / ".gitignore").read_text(encoding="utf-8").splitlines()}
    made = {path for path in named if path.strip("/") in ignored}  # by a run of the tests
    assert [path for path in sorted(named - added - made) if not (project / path).exists()] == []


def test_commands_that_the_page_names_are_there(project: Path) -> None:
    groups = get_command(app).commands  # type: ignore[attr-defined]
    for first, second in re.findall(r"(?<=netpol-workbench )(\w+)(?: ([a-z]+))?", PAGE.partition("## Recipes")[2]):
        assert first in groups
        assert first in {"check", "doctor", "generate"} or second in groups[first].commands
    targets = re.findall(r"^([a-z-]+):", (project / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert set(re.findall(r"^make ([a-z]+)", PAGE, re.MULTILINE)) <= set(targets)
