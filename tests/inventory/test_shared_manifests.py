"""Real manifests, read from folders beside the project where they are there: nothing crashes, little is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from workbench.ground import Severity
from workbench.inventory import load_manifests

SHARED = Path(__file__).resolve().parents[3] / "shared"
CORPUS = Path(os.environ.get("NETPOL_CORPUS", SHARED / "corpus"))
CONFORMANCE = Path(os.environ.get("NETPOL_CONFORMANCE", SHARED / "conformance"))


def folders(root: Path, pattern: str) -> list[object]:
    found = sorted(path for path in root.glob(pattern) if path.is_dir())
    if not found:
        return [pytest.param(root, marks=pytest.mark.skip(reason=f"{root.name} is not there"))]
    return [pytest.param(path, id=str(path.relative_to(root))) for path in found]


@pytest.mark.parametrize("folder", folders(CORPUS, "*"))
def test_the_corpus_is_read_without_errors(folder: Path) -> None:
    cluster = load_manifests(folder)
    assert [problem for problem in cluster.problems_found if problem.severity is Severity.ERROR] == []
    assert cluster.objects.manifests


@pytest.mark.parametrize("kind", folders(CONFORMANCE, "*"))
def test_every_conformance_case_is_read(kind: Path) -> None:
    for folder in sorted(kind.glob("*/manifests")):
        cluster = load_manifests(folder)
        unread = [p for p in cluster.problems_found if p.code in {"yaml-syntax", "json-syntax", "unreadable-file"}]
        assert cluster.objects.manifests or unread or "error" in str(folder), folder
        assert len(cluster.workloads) >= len(cluster.objects.workloads)
