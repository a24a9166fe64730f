"""The front door: light to open, and the same names whichever way one came in."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import workbench

HEAVY = ("pandas", "numpy", "networkx", "ipywidgets", "kubernetes")


def python(project: Path, code: str) -> str:
    """Run `code` in a fresh interpreter and return what it prints."""
    run = subprocess.run(  # noqa: S603  (our own code)
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=project
    )
    return run.stdout.strip()


@pytest.mark.parametrize("door", ["workbench", "workbench.cli"])
def test_opening_the_door_imports_nothing_heavy(project: Path, door: str) -> None:
    code = f"import sys, {door}; print([name for name in {HEAVY} if name in sys.modules])"
    assert python(project, code) == "[]"


def test_a_room_is_the_module_and_what_evaluates_is_a_verb(project: Path) -> None:
    code = "import workbench.connectivity as room\nfrom workbench import evaluate\nprint(room.evaluate is evaluate)"
    assert python(project, code) == "True"


@pytest.mark.parametrize("name", dir(workbench))
def test_every_name_at_the_door_leads_somewhere(name: str) -> None:
    assert getattr(workbench, name).__module__.startswith("workbench.")


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="load_manifest"):
        workbench.load_manifest  # type: ignore[attr-defined]  # noqa: B018  (asking is the test)


def test_names_are_listed_before_they_are_imported(project: Path) -> None:
    assert python(project, "import workbench; print('load_manifests' in dir(workbench))") == "True"
