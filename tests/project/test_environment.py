"""The two ways to install must give the same: pyproject.toml with pip, environment.yml with conda."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from rattler import MatchSpec

CONDA_NAMES = {"python-kubernetes": "kubernetes", "ibis-duckdb": "ibis-framework", "python-duckdb": "duckdb"}
"""What conda-forge calls otherwise than PyPI does."""
NOT_OURS = {"pip", "python"}


@pytest.fixture(scope="module")
def pyproject(project: Path) -> dict[str, Any]:
    return tomllib.loads((project / "pyproject.toml").read_text())


@pytest.fixture(scope="module")
def environment(project: Path) -> list[Any]:
    dependencies: list[Any] = yaml.safe_load((project / "environment.yml").read_text())["dependencies"]
    return dependencies


def conda_requirements(environment: list[Any]) -> dict[str, SpecifierSet]:
    specs = [MatchSpec(entry) for entry in environment if isinstance(entry, str)]
    return {
        CONDA_NAMES.get(spec.name.normalized, spec.name.normalized): SpecifierSet(str(spec.version or ""))
        for spec in specs
    }


def pip_requirements(environment: list[Any]) -> dict[str, SpecifierSet]:
    lines = [line for entry in environment if isinstance(entry, dict) for line in entry["pip"]]
    return by_name(line for line in lines if not line.startswith("-"))


def by_name(requirements: Iterable[str]) -> dict[str, SpecifierSet]:
    parsed = [Requirement(text) for text in requirements]
    return {canonicalize_name(requirement.name): requirement.specifier for requirement in parsed}


def test_environment_names_what_the_lab_needs_with_the_same_versions(
    pyproject: dict[str, Any], environment: list[Any]
) -> None:
    project = pyproject["project"]
    extras = project["optional-dependencies"]
    (brought,) = (one for one in map(Requirement, extras["lab"]) if one.name == project["name"])
    wanted = by_name(
        line for part in (project["dependencies"], extras["lab"], *map(extras.get, brought.extras)) for line in part
    )
    del wanted[project["name"]]  # the extras that the lab brings along
    conda = conda_requirements(environment)
    given = {**conda, **pip_requirements(environment)}
    assert {name: given[name] for name in given if name not in NOT_OURS} == wanted


def test_nothing_is_asked_of_both_conda_and_pip(environment: list[Any]) -> None:
    assert not conda_requirements(environment).keys() & pip_requirements(environment).keys()


def test_environment_has_the_same_python(pyproject: dict[str, Any], environment: list[Any]) -> None:
    assert conda_requirements(environment)["python"] == SpecifierSet(pyproject["project"]["requires-python"])


def test_environment_installs_the_project_itself(environment: list[Any]) -> None:
    (section,) = (entry["pip"] for entry in environment if isinstance(entry, dict))
    assert "--editable ." in section


def test_conda_forge_is_the_only_channel(project: Path) -> None:
    assert yaml.safe_load((project / "environment.yml").read_text())["channels"] == ["conda-forge"]
