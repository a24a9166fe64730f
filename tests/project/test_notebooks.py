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
    assert [path.name for path in NOTEBOOKS] == ["00_tour.ipynb", "01_flows.ipynb"]


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
    assert "allowed: platform/gateway[Deployment] may reach payments/db[StatefulSet] on TCP 5432." in printed
    assert "denied: storefront/web[Deployment] may not reach payments/db[StatefulSet] on TCP 5432." in printed
    shown = [each for each in said if "application/vnd.jupyter.widget-view+json" in each.get("data", {})]
    assert len(shown) == 2


def test_the_notebook_of_flows_finds_the_moment_the_pod_and_the_rule(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = outputs(executed(project / "notebooks" / "01_flows.ipynb", project, monkeypatch))
    assert [each for each in said if each.output_type == "error"] == []
    shown = [each["data"]["text/plain"] for each in said if "data" in each]
    assert any(text.startswith("LoadedFlows(4,081 rows, ") for text in shown)
    hour, minute = (
        next(text for text in shown if start in text).splitlines()[1] for start in ("verdict  flows", "time  flows")
    )
    assert ("2026-11-18 14:00" in hour, "2026-11-18 14:03" in minute) == (True, True)
    assert any("gateway-kqvpxpsl4w-z6bq8" in text and "db-0" in text for text in shown)
    assert "NetworkPolicy payments/db allows TCP 5432" in "".join(e.text for e in said if e.output_type == "stream")
