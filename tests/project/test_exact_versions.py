"""What `make` installs is exact, and what pyproject.toml asks for."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

EXTRAS_OF = {"core": (), "lab": ("lab",), "test": ("test",)}
"""The files of exact versions, and the extras that each is made for."""


def asked(project: Path, extras: tuple[str, ...]) -> list[Requirement]:
    """Return what the project asks for, with extras and those that they bring along."""
    declared = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    found: list[Requirement] = []
    lines = list(declared["dependencies"])
    waiting = list(extras)
    while waiting:
        lines += declared["optional-dependencies"][waiting.pop()]
        found = [Requirement(line) for line in lines]
        own = [one for one in found if one.name == declared["name"]]
        lines = [line for line in lines if Requirement(line).name != declared["name"]]
        waiting += [extra for one in own for extra in one.extras]
    return [Requirement(line) for line in lines]


def pins(project: Path, name: str) -> dict[str, Requirement]:
    """Return the exact version of each package, with its hashes cut off."""
    text = (project / "requirements" / f"{name}.txt").read_text().replace("\\\n", " ")
    pinned = [Requirement(line.partition("--hash")[0].strip()) for line in text.splitlines() if line.strip()]
    return {canonicalize_name(one.name): one for one in pinned}


@pytest.mark.parametrize("name", EXTRAS_OF)
def test_every_package_that_is_asked_for_has_one_version_within_its_range(project: Path, name: str) -> None:
    pinned = pins(project, name)
    for wanted in asked(project, EXTRAS_OF[name]):
        (exact,) = pinned[canonicalize_name(wanted.name)].specifier
        assert (exact.operator, wanted.specifier.contains(exact.version, prereleases=True)) == ("==", True), wanted


@pytest.mark.parametrize("name", [*EXTRAS_OF, "build"])
def test_every_file_that_is_installed_is_held_to_its_hash(project: Path, name: str) -> None:
    lines = (project / "requirements" / f"{name}.txt").read_text().splitlines()
    packages = [line for line in lines if not line.startswith(" ")]
    assert packages
    assert all(line.endswith(" \\") for line in packages)
    assert all(line.strip().startswith("--hash=sha256:") for line in lines if line not in packages)


@pytest.mark.parametrize("name", ["core", "lab"])
def test_the_smaller_installs_have_the_versions_that_are_tested(project: Path, name: str) -> None:
    tested = pins(project, "test")
    assert all(tested[package].specifier == one.specifier for package, one in pins(project, name).items())
