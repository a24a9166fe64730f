"""What is built holds all that an installed workbench needs: also the sample and the notebooks."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from subprocess import run
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
ASKED: Final = """\
import workbench
from workbench import evaluate, load_manifests, sample_path
from workbench.ground import sample_names, shipped_notebooks
print(workbench.__file__)
print(len(evaluate(load_manifests(sample_path("shop"))).to_frame()))
print(",".join(sample_names()))
print(",".join(sorted(each.name for each in shipped_notebooks().glob("*.ipynb"))))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder beside the checkout into which the built package was installed."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input"]
    built = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder / "built"), str(ROOT)]
    run(built, check=True, cwd=folder)  # noqa: S603
    (wheel,) = (folder / "built").glob("*.whl")
    run([*pip, "install", "--no-deps", "--target", str(folder / "installed"), str(wheel)], check=True, cwd=folder)  # noqa: S603
    return folder / "installed"


def _outcome(installed: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    done = run(  # noqa: S603
        [sys.executable, *arguments], check=False, cwd=installed.parent, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_sample_and_the_notebooks_travel_with_the_package(installed: Path) -> None:
    place, rows, samples, notebooks = _outcome(installed, "-c", ASKED).splitlines()
    assert Path(place).is_relative_to(installed)
    assert int(rows) > 0
    assert {"shop", "flows/hubble.jsonl.gz"} <= set(samples.split(","))
    assert notebooks.split(",") == sorted(each.name for each in (ROOT / "notebooks").glob("*.ipynb"))


def test_the_demo_answers_from_the_installed_sample(installed: Path) -> None:
    said = _outcome(installed, "-c", "from workbench.cli import main; main()", "demo")
    assert "platform/gateway[Deployment] may reach payments/db[StatefulSet] on TCP 5432" in said
    assert str(installed) in said


def test_an_installed_notebook_opens_the_sample(installed: Path) -> None:
    code = (
        "from pathlib import Path\n"
        "from workbench.panels import write_notebook\n"
        "write_notebook(Path('own.ipynb'))\n"
        "import nbformat\n"
        "from nbclient import NotebookClient\n"
        "notebook = nbformat.read('own.ipynb', as_version=4)\n"
        "NotebookClient(notebook, kernel_name='python3').execute()\n"
        "print([output.output_type for output in notebook.cells[-1].outputs])\n"
    )
    assert "display_data" in _outcome(installed, "-c", code)


def test_the_tour_runs_as_it_was_installed(installed: Path) -> None:
    code = (
        "import nbformat\n"
        "from nbclient import NotebookClient\n"
        "from workbench.ground import shipped_notebooks\n"
        "notebook = nbformat.read(shipped_notebooks() / '00_tour.ipynb', as_version=4)\n"
        "notebook.cells.append(nbformat.v4.new_code_cell('print(sample_path(\"shop\"))'))\n"
        "NotebookClient(notebook, timeout=240, kernel_name='python3').execute()\n"
        "outputs = [output for cell in notebook.cells for output in cell.get('outputs', [])]\n"
        "print([output for output in outputs if output.output_type == 'error'], outputs[-1].text)\n"
    )
    errors, _, place = _outcome(installed, "-c", code).strip().partition(" ")
    assert errors == "[]"
    assert Path(place).is_relative_to(installed)


def test_a_workspace_can_be_made_where_the_package_was_installed(installed: Path) -> None:
    code = (
        "import workbench\n"
        "from workbench.workspace import Workspace\n"
        "with Workspace('kept') as workspace:\n"
        "    workspace.decide({('block', '203.0.113.0/24'): 1})\n"
        "    print(workbench.__file__)\n"
        "    print(workspace.records())\n"
    )
    place, records = _outcome(installed, "-c", code).splitlines()
    assert Path(place).is_relative_to(installed)
    assert records == "{('block', '203.0.113.0/24'): 1}"
