"""The import of a file reports its progress: in bytes that only grow, up to the file's size."""

from __future__ import annotations

import gzip
import itertools
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import pandas as pd
import pytest

from tests.flows.examples import EXAMPLES
from workbench.flows import FlowStore
from workbench.flows.engine import connected
from workbench.flows.importing import query_progress
from workbench.flows.importing.batches import import_file
from workbench.flows.importing.query_progress import reported_progress
from workbench.flows.records import TOLD_EVERY
from workbench.flows.tables import import_table

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

ENOUGH = 3 * TOLD_EVERY
"""Enough records for reports between the first and the last."""


class Told(list[tuple[str, int, int | None]]):
    """What was reported, and of one stage alone."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        self.append((stage, done, total))

    def of(self, stage: str) -> list[int]:
        return [done for name, done, _ in self if name == stage]


def check_growing(told: Told, stage: str, size: int) -> None:
    """Check that a stage begins at nothing, grows, and ends at the whole."""
    done = told.of(stage)
    assert done[0] == 0
    assert done[-1] == size
    assert len(set(done)) > 2
    assert all(before <= after for before, after in itertools.pairwise(done))
    assert {total for name, _, total in told if name == stage} == {size}


@pytest.fixture
def told() -> Told:
    return Told()


def lines(name: str) -> bytes:
    return f"{EXAMPLES[name]}\n".encode() * ENOUGH


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_of_a_file_of_lines_the_bytes_that_were_read_are_reported(tmp_path: Path, told: Told, *, packed: bool) -> None:
    path = tmp_path / "flows.log"
    content = lines("antrea")
    path.write_bytes(gzip.compress(content) if packed else content)
    import_file(FlowStore(tmp_path / "store"), path, progress=told)
    check_growing(told, "reading flows.log", path.stat().st_size)


def test_of_a_file_that_duckdb_reads_it_is_told_while_it_reads(
    tmp_path: Path, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_progress, "SECONDS", 0.001)
    path = tmp_path / "flows.jsonl"
    line = '{"flow":{"time":"2026-11-21T09:00:00Z","verdict":"FORWARDED","IP":{"source":"10.0.0.1","destination":"'
    query = f"SELECT '{line}10.0.' || (i // 250) % 250 || '.' || i % 250 || '\"}}}}}}' FROM range(400000) t(i)"  # noqa: S608  (ours)
    duckdb.connect().execute(f"COPY ({query}) TO '{path}' (FORMAT csv, HEADER false, QUOTE '', ESCAPE '')")
    import_file(FlowStore(tmp_path / "store"), path, progress=told)
    check_growing(told, "reading flows.jsonl", path.stat().st_size)
    recording = told.of("recording flows.jsonl")
    assert recording
    assert recording == sorted(recording)
    assert recording[-1] <= path.stat().st_size


@pytest.mark.parametrize("kind", ["csv", "csv.gz", "parquet", "frame"])
def test_of_a_table_it_is_reported_how_much_was_read(tmp_path: Path, told: Told, kind: str) -> None:
    frame = pd.DataFrame({"source_address": ["10.0.0.1"] * ENOUGH, "destination_port": range(ENOUGH)})
    path = tmp_path / f"table.{kind}"
    if kind == "parquet":
        frame.to_parquet(path)
    elif kind != "frame":
        frame.to_csv(path, index=False)
    source = frame if kind == "frame" else path
    import_table(FlowStore(tmp_path / "store"), source, progress=told, name=path.name)
    check_growing(told, f"reading {path.name}", ENOUGH if kind == "frame" else path.stat().st_size)


@pytest.fixture
def backend(monkeypatch: pytest.MonkeyPatch) -> Backend:
    """Return an engine with a table that it takes a second to look through."""
    monkeypatch.setattr(query_progress, "SECONDS", 0.001)
    engine = connected()
    engine.raw_sql("CREATE TABLE numbers AS FROM range(4000000) numbers(i)")
    return engine


LONG = "SELECT max(md5(i::VARCHAR)) FROM numbers"


def test_what_is_told_of_several_questions_never_goes_back(backend: Backend) -> None:
    shares: list[float] = []
    with reported_progress(backend, shares.append):
        for _ in range(2):
            backend.raw_sql(LONG)
    assert shares
    assert shares == sorted(set(shares))
    assert all(0 < share <= 1 for share in shares)


def test_what_a_callback_raises_is_raised_when_the_question_is_answered(backend: Backend) -> None:
    def fails(done: float) -> None:
        raise LookupError(done)

    with pytest.raises(LookupError), reported_progress(backend, fails):
        backend.raw_sql(LONG)
