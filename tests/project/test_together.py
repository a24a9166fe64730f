"""A run on several workers starts one JupyterLab, and reads the samples of a file of tests once."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

FILES = (
    "tests/browser/test_one.py",
    "tests/browser/test_other.py",
    "tests/flows/test_one.py",
    "tests/flows/test_two.py",
)
TEST = """
import os
from pathlib import Path
import pytest

@pytest.mark.parametrize("number", range(5))
def test_it(number):
    with Path("ran").open("a") as file:
        file.write(f"{os.environ['PYTEST_XDIST_WORKER']} {Path(__file__).relative_to(Path.cwd())}\\n")
"""


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory, project: Path) -> dict[str, set[str]]:
    """Return by which workers each file was run."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "pytest.ini").write_text("[pytest]\n")
    for name in FILES:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(TEST)
    command = [sys.executable, "-m", "pytest", "-q", "-n3", "--import-mode=importlib", "-p", "tests.together"]
    environment = {"PYTHONPATH": str(project), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(  # noqa: S603  (our own)
        [*command, "-p", "xdist"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, set[str]] = {}
    for line in (folder / "ran").read_text().splitlines():
        worker, file = line.split(" ", 1)
        found.setdefault(file, set()).add(worker)
    return found


@pytest.mark.parametrize("file", FILES)
def test_all_tests_of_a_file_run_on_one_worker(workers: dict[str, set[str]], file: str) -> None:
    assert len(workers[file]) == 1


def test_all_that_a_browser_does_runs_on_one_worker(workers: dict[str, set[str]]) -> None:
    assert workers["tests/browser/test_one.py"] == workers["tests/browser/test_other.py"]


def test_the_other_workers_do_the_rest(workers: dict[str, set[str]]) -> None:
    assert len(set.union(*workers.values())) > 1
