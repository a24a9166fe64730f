"""The issue templates are as GitHub wants them, and name commands that there are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from workbench.cli import app

TEMPLATES = ("wrong-answer", "flow-format", "feature")
KINDS = {"markdown", "textarea", "input", "dropdown", "checkboxes"}


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_has_what_a_form_needs(project: Path, name: str) -> None:
    text = (project / ".github" / "ISSUE_TEMPLATE" / f"{name}.yml").read_text(encoding="utf-8")
    form = yaml.safe_load(text)
    assert form.keys() >= {"name", "description", "body"}
    fields = [field for field in form["body"] if field["type"] != "markdown"]
    assert {field["type"] for field in form["body"]} <= KINDS
    assert any(field.get("validations", {}).get("required") for field in fields)
    assert len({field["id"] for field in fields}) == len(fields)
    assert all(field["attributes"]["label"] for field in fields)


def test_commands_that_a_template_names_are_there(project: Path) -> None:
    groups = get_command(app).commands  # type: ignore[attr-defined]
    for file in (project / ".github" / "ISSUE_TEMPLATE").glob("*.yml"):
        for first, second in re.findall(r"`netpol-workbench (\w+)(?: ([a-z]+))?", file.read_text(encoding="utf-8")):
            assert first in groups
            assert not second or second in groups[first].commands
