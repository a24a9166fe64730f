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


@pytest.mark.parametrize(
    "before",
    ["", "import workbench.connectivity", "import workbench.panels", "import workbench.connectivity.result"],
)
def test_connectivity_is_the_function_whatever_was_imported_before(project: Path, before: str) -> None:
    code = f"{before}\nfrom workbench import connectivity\nprint(type(connectivity).__name__)"
    assert python(project, code) == "function"


def test_the_room_of_the_same_name_can_still_be_imported_from(project: Path) -> None:
    code = (
        "from workbench import connectivity\n"
        "from workbench.connectivity import connectivity as same\n"
        "print(connectivity is same)"
    )
    assert python(project, code) == "True"


@pytest.mark.parametrize("name", workbench.__all__)
def test_every_name_at_the_door_leads_somewhere(name: str) -> None:
    assert getattr(workbench, name).__module__.startswith("workbench.")


def test_a_name_that_does_not_exist_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="load_manifest"):
        workbench.load_manifest  # noqa: B018  (asking is the test)


def test_names_are_listed_before_they_are_imported(project: Path) -> None:
    assert python(project, "import workbench; print('load_manifests' in dir(workbench))") == "True"
