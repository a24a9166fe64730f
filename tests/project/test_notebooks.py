"""The notebooks: stored without outputs, and running from top to bottom."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb"))


def executed(path: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Any:  # noqa: ANN401  (nbformat has no types)
    monkeypatch.setenv("PYTHONPATH", str(project))
    notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    folder = {"metadata": {"path": str(path.parent)}}
    return NotebookClient(notebook, timeout=240, kernel_name="python3", resources=folder).execute()


def outputs(notebook: Any) -> list[Any]:  # noqa: ANN401  (nbformat has no types)
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def test_there_are_notebooks() -> None:
    assert [path.name for path in NOTEBOOKS] == ["00_tour.ipynb"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    check = subprocess.run(  # noqa: S603  (our own file)
        [sys.executable, "-m", "nbstripout", "--verify", str(path)], capture_output=True, text=True, check=False
    )
    assert check.returncode == 0, f"{check.stdout}\nclear it: nbstripout {path.name}"


def test_the_tour_runs_and_answers_its_question(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tour = executed(project / "notebooks" / "00_tour.ipynb", project, monkeypatch)
    said = outputs(tour)
    assert [each for each in said if each.output_type == "error"] == []
    printed = "".join(each.text for each in said if each.output_type == "stream")
    assert "platform/gateway[Deployment] may reach payments/db[StatefulSet] on TCP 5432." in printed
    assert "storefront/web[Deployment] may not reach payments/db[StatefulSet] on TCP 5432." in printed
    shown = [each for each in said if "application/vnd.jupyter.widget-view+json" in each.get("data", {})]
    assert len(shown) == 2
