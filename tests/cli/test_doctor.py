from __future__ import annotations

import os
import sys
from subprocess import run

import pytest

from tests.cli.command import ARGV, command


def lines_of(output: str) -> dict[str, str]:
    """Return what is said of each subject, with its state in front."""
    return {line[9:].split("  ")[0].strip(): line for line in output.splitlines()}


def test_it_names_versions_extras_and_programs() -> None:
    result = command("doctor")
    lines = lines_of(result.stdout)
    assert result.exit_code == 0
    assert lines["Python"].startswith("ok ")
    assert sys.executable in lines["Python"]
    assert {"pandas", "extra lab", "extra flows", "SQLite", "DuckDB", "Graphviz", "Chromium", "Java"} <= lines.keys()


def test_of_what_is_missing_it_says_what_needs_it() -> None:
    found = run([*ARGV, "doctor"], capture_output=True, text=True, check=False, env={**os.environ, "PATH": ""})  # noqa: S603  (our own program)
    java = lines_of(found.stdout)["Java"]
    assert found.returncode == 0
    assert java.startswith("missing")
    assert java.endswith("only for flows on Spark; java is not on the PATH")


def test_of_an_extra_that_is_missing_it_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.cli.doctor.installed_extras", lambda: {"drawing": ("wasmtime",)})
    line = lines_of(command("doctor").stdout)["extra drawing"]
    assert line.startswith("missing")
    assert line.endswith("pip install 'netpol-workbench[drawing]' brings wasmtime")
