"""The pages of `docs/` name commands and options that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_command

from workbench.cli import app

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
    assert {"map", "diff", "query", "sanity"} <= named <= set(group.commands)


def test_links_within_the_project_lead_somewhere(project: Path) -> None:
    for page in ("README.md", "CONTRIBUTING.md", PAGE):
        text = (project / page).read_text(encoding="utf-8")
        for link in re.findall(r"\]\(([^)#:]+)\)", text):
            assert (project / page).parent.joinpath(link).exists(), link
