"""How much a workspace takes, and how flows go that are no longer needed (workspace 11)."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from workbench.flows import import_flows
from workbench.ground import ArgumentError, ProblemLog, sample_path
from workbench.workspace import Workspace


@pytest.fixture
def kept(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path / "w")
    list(import_flows(workspace.flows, sample_path("flows/morning.hubble.jsonl"), ProblemLog()))
    return workspace


def test_nothing_takes_nothing(tmp_path: Path, url: str) -> None:
    with Workspace(tmp_path / "w", url) as workspace:
        assert workspace.size().total == 0
    assert not (tmp_path / "w").exists()


def test_the_size_is_that_of_the_parts(tmp_path: Path, url: str) -> None:
    with Workspace(tmp_path / "w", url) as workspace:
        workspace.decide({("block", "a"): 1})
        small = workspace.size()
        workspace.decide({("block", f"{number}"): "x" * 500 for number in range(500)})
        large = workspace.size()
    assert (small.flows, small.ranges) == (0, 0)
    assert 0 < small.decisions < large.decisions == large.total


def test_old_flows_are_deleted_and_counted(kept: Workspace) -> None:
    before = len(kept.open_flows())
    size = kept.size().flows
    assert kept.delete_flows("2026-11-17") == 0
    assert kept.delete_flows("2 days ago", now=lambda: datetime(2026, 12, 1, tzinfo=UTC)) == before
    assert kept.size().flows < size


def test_a_time_that_is_none_is_told(kept: Workspace) -> None:
    with pytest.raises(ArgumentError, match="'soon' is not a valid time"):
        kept.delete_flows("soon")
