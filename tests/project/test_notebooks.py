"""The notebooks: stored without outputs, and running from top to bottom; what they claim, their own cells assert."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from workbench.checks import DeclaredFacts
from workbench.ground import shipped_notebooks
from workbench.ground.files import NO_CACHE
from workbench.report import read_bundle, verify_bundle
from workbench.workspace import Workspace

NOTEBOOKS = sorted(shipped_notebooks().glob("*.ipynb"))
LONGEST = 600
"""Seconds that a cell may take on a machine that is busy."""
PANELS = {
    "00_tour": 3,
    "01_flows": 2,
    "02_baselines": 2,
    "03_external_entities": 2,
    "04_generate_policies": 1,
    "05_what_if": 1,
    "06_audit_report": 1,
    "07_custom_generation_rules": 0,
    "08_scale": 1,
}
"""How many panels each shows."""
WIDGET = "application/vnd.jupyter.widget-view+json"
SMALL = {"NETPOL_SCALE_WORKLOADS": "1000", "NETPOL_SCALE_FLOWS": "200000"}
"""How large the made-up cluster of a notebook is here; `make bench` runs it as it is."""

Ran = Callable[[str], list[Any]]


@pytest.fixture(scope="module")
def ran(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """Return a function that runs a notebook, from another folder than its own, and returns its outputs."""
    temporary = tmp_path_factory.mktemp("temporary")
    environment = {
        # As a person's: what one kernel made of questions is taken by the next.
        **{name: value for name, value in os.environ.items() if name != NO_CACHE},
        **SMALL,
        "XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache")),
        "PYTHONPATH": str(project),
        "TMPDIR": str(temporary),
    }
    folder = {"metadata": {"path": str(tmp_path_factory.mktemp("folder"))}}

    @cache
    def outputs(name: str) -> list[Any]:
        notebook = nbformat.read(project / "notebooks" / f"{name}.ipynb", as_version=4)  # type: ignore[no-untyped-call]
        NotebookClient(notebook, timeout=LONGEST, kernel_name="python3", resources=folder).execute(env=environment)
        assert [*temporary.iterdir()] == [], "something is left in the folder for temporary files"
        return [output for cell in notebook.cells for output in cell.get("outputs", [])]

    return outputs


@pytest.fixture
def papermill(project: Path, tmp_path: Path) -> Callable[..., Any]:
    """Return a function that runs a notebook with other parameters, as a person does, and returns it."""

    def run(name: str, **parameters: str) -> Any:  # noqa: ANN401  (nbformat's)
        given = [word for key, value in parameters.items() for word in ("-r", key, value)]
        words = [str(project / "notebooks" / f"{name}.ipynb"), "out.ipynb", "--kernel", "python3", *given]
        environment = {**os.environ, "PYTHONPATH": str(project)}
        done = subprocess.run(  # noqa: S603  (our own file)
            [sys.executable, "-m", "papermill", *words, "--no-progress-bar"],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        return nbformat.read(tmp_path / "out.ipynb", as_version=4)  # type: ignore[no-untyped-call]

    return run


def texts(outputs: list[Any]) -> list[str]:
    return [each.get("text") or each.get("data", {}).get("text/plain", "") for each in outputs]


def test_there_are_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == [*PANELS]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_stored_without_outputs(path: Path) -> None:
    check = subprocess.run(  # noqa: S603  (our own file)
        [sys.executable, "-m", "nbstripout", "--verify", str(path)], capture_output=True, text=True, check=False
    )
    assert check.returncode == 0, f"{check.stdout}\nclear it: nbstripout {path.name}"


@pytest.mark.timeout(2 * LONGEST)
@pytest.mark.parametrize("name", PANELS)
def test_a_notebook_runs_without_errors_and_shows_its_panels(ran: Ran, name: str) -> None:
    outputs = ran(name)
    # An error of a widget's callback fails no cell, but leaves an output.
    assert [each for each in outputs if each.output_type == "error" or each.get("name") == "stderr"] == []
    assert len([each for each in outputs if WIDGET in each.get("data", {})]) == PANELS[name]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_opens_with_a_question(path: Path) -> None:
    first = nbformat.read(path, as_version=4).cells[0]  # type: ignore[no-untyped-call]
    title = first.source.splitlines()[0]
    assert (title.startswith("# "), title.endswith("?")) == (True, True)


@pytest.mark.timeout(2 * LONGEST)
def test_the_tour_answers_its_question(ran: Ran) -> None:
    said = texts(ran("00_tour"))
    assert any(
        "allowed: platform/gateway[Deployment] may reach payments/db[StatefulSet] on TCP 5432." in each for each in said
    )
    assert any(
        "denied: storefront/web[Deployment] may not reach payments/db[StatefulSet] on TCP 5432." in each
        for each in said
    )


@pytest.mark.timeout(2 * LONGEST)
def test_the_notebook_of_flows_finds_the_moment_and_the_pod(ran: Ran) -> None:
    said = texts(ran("01_flows"))
    assert any("2026-11-18 14:03" in each and "denied" in each for each in said)
    assert any("gateway-kqvpxpsl4w-z6bq8" in each and "db-0" in each for each in said)


@pytest.mark.timeout(2 * LONGEST)
def test_the_notebook_of_external_entities_finds_the_stranger(ran: Ran) -> None:
    said = texts(ran("03_external_entities"))
    assert any("platform/mailer[Deployment]" in each and "198.51.100.99" in each and "4444" in each for each in said)


@pytest.mark.timeout(2 * LONGEST)
def test_the_notebook_of_a_large_cluster_says_what_each_step_took_and_who_tried_doors(ran: Ran) -> None:
    said = texts(ran("08_scale"))
    assert any("open the workbench: " in each for each in said)
    assert any("was denied by 119 workloads on Wednesday from 14:00 on." in each for each in said)


POD = """\
apiVersion: v1
kind: Pod
metadata: {name: NAME, namespace: front}
spec: {containers: [{name: web}]}
"""


@pytest.mark.timeout(2 * LONGEST)
def test_papermill_makes_an_audit_of_other_manifests_and_one_that_is_compared_with_it(
    papermill: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "web.yaml").write_text(POD.replace("NAME", "web"))
    asked = {"manifests": "deploy", "workspace": "workspace", "author": "Ana", "now": "2026-11-01T08:00"}
    with Workspace(tmp_path / "workspace") as workspace:
        workspace.keep_declared(DeclaredFacts(cni="calico"))
    papermill("06_audit_report", **asked, output="first", title="Before")
    first = read_bundle(tmp_path / "first")
    assert (first.title, first.author, f"{first.now:%Y-%m-%d %H:%M}") == ("Before", "Ana", "2026-11-01 08:00")
    assert list(first.frame("coverage")["workload"]) == ["front/web[Pod]"]
    assert verify_bundle(tmp_path / "first").ok
    # The workspace says which network plugin there is, so that this is asked.
    assert not [note for note in first.notes if "NP033" in note]

    (tmp_path / "deploy" / "more.yaml").write_text(POD.replace("NAME", "api"))
    notebook = papermill("06_audit_report", **asked, output="second", title="After", earlier="first")
    assert verify_bundle(tmp_path / "second").ok
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    assert any("front/api[Pod]" in each for each in texts(outputs))
    assert sorted(one.name for one in tmp_path.iterdir()) == ["deploy", "first", "out.ipynb", "second", "workspace"]
