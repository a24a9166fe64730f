"""A disk that is full, and a folder that cannot be written: one error, exit status 2, and the old state stays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.examples import tcp_events
from tests.flows.observed import json_lines
from workbench.flows import FlowStore
from workbench.flows.importing.batches import import_file

LIMITED = """
import resource, signal, sys
from workbench.cli.app import app

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)),) * 2)
app()
"""
"""The command, in a process whose files cannot become larger: writing fails as it does on a full disk."""


def limited(size: int, *arguments: object) -> subprocess.CompletedProcess[str]:
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(  # noqa: S603  (this Python, and a program of our own)
        [sys.executable, "-c", LIMITED, str(size), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(root), "COLUMNS": "200"},
    )


@pytest.mark.parametrize("hubble", [True, False], ids=["read by DuckDB", "read one by one"])
def test_on_a_full_disk_an_import_ends_with_an_error_and_the_store_is_as_before(
    tmp_path: Path, *, hubble: bool
) -> None:
    before, large = tmp_path / "before.jsonl", tmp_path / "large.jsonl"
    before.write_text(json_lines(*tcp_events(1, 3)))
    store = FlowStore(tmp_path / "w" / "flows")
    import_file(store, before)
    ends = {"IP": {"source": "10.0.0.1", "destination": "10.0.0.2"}}
    flows = [{"flow": {"uuid": f"{number}", "source": {"pod_name": f"p{number}"}, **ends}} for number in range(9_000)]
    large.write_text(json_lines(*(flows if hubble else tcp_events(1, 9_000))))
    state = json.loads((store.folder / store.MANIFEST).read_text())
    result = limited(8_000, "flows", "import", large, "-w", store.folder.parent)
    assert (result.returncode, "Traceback" in result.stderr) == (2, False), result.stderr
    assert "cannot be used as a flow store" in " ".join(result.stderr.split()).replace("│ ", "")
    assert json.loads((store.folder / store.MANIFEST).read_text()) == state
    assert not list((store.folder / ".incoming").iterdir())


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "flows.jsonl").write_text(json_lines(*tcp_events(1, 3)))
    (tmp_path / "taken").write_text("a file")
    result = limited(1 << 30, "flows", "import", tmp_path / "flows.jsonl", "-w", tmp_path / "taken" / "w")
    assert (result.returncode, "Traceback" in result.stderr) == (2, False)
    assert "cannot be" in result.stderr
