"""An audit of a small cluster with all that it can be given, made once, and its bundle."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

import pytest

from tests.report.small import Given, given, made
from workbench.report import Audit, write_bundle


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Given:
    """All that the audit is given."""
    return given(tmp_path_factory.mktemp("given"))


@pytest.fixture(scope="session")
def whole(known: Given) -> Audit:
    """The audit with all sections."""
    return made(known, earlier=made(known, accepted=None, sections=["coverage", "findings"], title="Before"))


@pytest.fixture(scope="session")
def written(whole: Audit, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its bundle, which no test changes."""
    folder = tmp_path_factory.mktemp("written") / "bundle"
    write_bundle(whole, folder, with_pdf=False)
    return folder


@pytest.fixture(scope="session")
def short(known: Given, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of little that is soon computed again, which no test changes."""
    folder = tmp_path_factory.mktemp("short") / "bundle"
    write_bundle(made(known, sections=["coverage"], flows=None, baselines=None), folder, with_pdf=False)
    return folder


@pytest.fixture
def bundle(written: Path, tmp_path: Path) -> Path:
    """A copy of the bundle, to be changed."""
    return copytree(written, tmp_path / "bundle")
