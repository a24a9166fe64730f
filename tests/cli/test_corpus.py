"""The command line copes with every folder of manifests that people have published."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

import pytest

from tests.cli.command import command

CORPUS = Path(os.environ.get("NETPOL_CORPUS", Path(__file__).resolve().parents[2].parent / "shared" / "corpus"))
FOLDERS = sorted(path for path in CORPUS.glob("*") if path.is_dir())

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"NETPOL_CORPUS: there is no folder {CORPUS}")


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_published_application_is_mapped(folder: Path) -> None:
    text = command("connectivity", "map", folder, "-v")
    table = command("connectivity", "map", folder, "-o", "csv", "-q")
    assert text.exit_code in {0, 1}
    assert table.exit_code == text.exit_code
    rows = list(csv.reader(io.StringIO(table.stdout)))
    assert rows[0] == ["src", "dst", "conn"]
    lines = [line for line in text.stdout.splitlines() if " => " in line]
    assert [f"{src} => {dst} : {conn}" for src, dst, conn in rows[1:]] == lines
    assert (": error: " in text.stderr) == bool(text.exit_code)
    assert "Traceback" not in text.stderr


def test_the_corpus_is_there() -> None:
    assert len(FOLDERS) >= 5
