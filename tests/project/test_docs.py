"""The pages of `docs/` name commands, options and functions that there are, and what they show runs."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from workbench.cli import app
from workbench.generate import STRATEGIES, deletion_commands
from workbench.ground import ANSWER_FORMATS

PAGE = "docs/coming-from-roxctl-and-np-guard.md"
SECTIONS = {
    "roxctl netpol connectivity map, netpol-analyzer list": "map",
    "roxctl netpol connectivity diff, netpol-analyzer diff": "diff",
    "netpol-analyzer evaluate": "query",
}


def options(name: str) -> set[str]:
    """Return the options of a command of the group `connectivity`."""
    group = get_command(app).commands["connectivity"]  # type: ignore[attr-defined]
    return {option for parameter in group.commands[name].params for option in parameter.opts}


def sections(text: str) -> dict[str, str]:
    """Return the text below each heading."""
    parts = re.split(r"^## (.*)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def cells(section: str) -> list[list[str]]:
    """Return the rows of the table of a section, without its head."""
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


@pytest.mark.parametrize("heading,command", SECTIONS.items())
def test_every_option_that_the_page_names_exists(project: Path, heading: str, command: str) -> None:
    section = sections((project / PAGE).read_text(encoding="utf-8"))[heading]
    here = [cell for _, cell in cells(section)]
    own = [line for line in section.splitlines() if not line.startswith("|")]
    named = set(re.findall(r"`(--?[a-z][\w-]*)", " ".join(here + own)))
    assert named
    assert named <= options(command)


def test_every_option_of_the_old_tools_has_its_row(project: Path) -> None:
    found = sections((project / PAGE).read_text(encoding="utf-8"))
    old = {heading: " ".join(cell for cell, _ in cells(found[heading])) for heading in SECTIONS}
    common = "--strict --fail --remove --save-to-file -f --output-file -o --output-format"
    focus = "--focus-workload --focusworkload --focusworkload-peer --focus-direction --focus-conn"
    asked = {
        "map": f"{common} {focus} --dirpath --exposure --explain --explain-only",
        "diff": f"{common} --dir1 --dir2",
        "query": "-s --source-pod -n --source-namespace -d --destination-pod --destination-namespace --source-ip "
        "--destination-ip -p --destination-port --protocol --dirpath",
    }
    for heading, command in SECTIONS.items():
        assert [option for option in asked[command].split() if f"`{option}" not in old[heading]] == []


def test_every_command_that_the_page_names_exists(project: Path) -> None:
    lines = (project / PAGE).read_text(encoding="utf-8").splitlines()
    group = get_command(app).commands["connectivity"]  # type: ignore[attr-defined]
    named = {name for line in lines for name in re.findall(r"netpol-workbench connectivity (\w+)", line)}
    assert {"map", "diff", "query"} <= named <= set(group.commands)


def test_links_within_the_project_lead_somewhere(project: Path) -> None:
    for page in ("README.md", "CONTRIBUTING.md", PAGE):
        text = (project / page).read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (project / page).parent.joinpath(link).exists(), link


def code(page: Path) -> list[str]:
    """Return the blocks of Python on a page."""
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)


def imported(block: str) -> Iterator[tuple[str, str]]:
    """Yield what a block imports of this package: each module with a name."""
    for node in ast.walk(ast.parse(block)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "workbench":
            yield from ((node.module or "", alias.name) for alias in node.names)


def test_every_name_that_a_page_imports_exists(project: Path) -> None:
    pages = [project / "README.md", project / "CONTRIBUTING.md", *(project / "docs").glob("*.md")]
    named = {(page.name, *found) for page in pages for block in code(page) for found in imported(block)}
    assert ("generate.md", "workbench.flows", "load_flows") in named
    assert [found for found in sorted(named) if not hasattr(import_module(found[1]), found[2])] == []


def test_what_the_page_about_generation_shows_runs(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)
    names: dict[str, Any] = {"__name__": "page"}
    for block in code(project / "docs" / "generate.md"):
        exec(block, names)  # noqa: S102  (ours)
    assert names["proposal"].drafts


def test_the_page_about_generation_has_every_strategy_every_format_and_the_commands_that_delete(project: Path) -> None:
    text = (project / "docs" / "generate.md").read_text(encoding="utf-8")
    assert "\n".join(deletion_commands()) in text
    assert [one for one in ANSWER_FORMATS.names("proposal") if f"`{one}`" not in text] == []
    ours = [one.name for one in STRATEGIES if one.proposes.__module__.startswith("workbench.")]
    assert [name for name in ours if f"| `{name}` " not in text] == []
