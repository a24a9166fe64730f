"""What holds of every import: nothing raises, nothing counts twice, and it is whole or it did not happen."""

from __future__ import annotations

import copy
import gzip
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.flows.examples import EXAMPLES, dns_events, tcp_events
from tests.flows.observed import json_lines, rows_in
from workbench.flows import FORMATS, FlowStore
from workbench.flows.engine import connected
from workbench.flows.importing.batches import import_file
from workbench.flows.importing.observations import observation_batches
from workbench.flows.log import ImportLog
from workbench.flows.readers.registry import TableSource
from workbench.flows.records import records_of

NAMES = FORMATS.names()
BY_RECORD = [name for name in NAMES if FORMATS.named(name).reads_record is not None]
BY_TABLE = [name for name in NAMES if FORMATS.named(name).reads_table is not None]

texts = st.text(max_size=20)
numbers = st.integers(-(2**70), 2**70) | st.floats()
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
lines = st.lists(st.binary(max_size=60) | json_values.map(lambda value: json.dumps(value).encode()), max_size=4).map(
    b"\n".join
)


def read(folder: Path, name: str, content: bytes) -> tuple[int, ImportLog]:
    """Read a file in a format that is forced; return how many rows it gave, and what was met."""
    path = folder / "garbage"
    path.write_bytes(content)
    found, log = FORMATS.named(name), ImportLog(str(path), name)
    answers: list[Any] = []
    if found.reads_table is not None:
        backend = connected(folder=folder)
        try:
            tables = found.reads_table(backend, [TableSource(path, log)], folder)
            if tables.answers is not None:
                backend.to_pyarrow(tables.answers)
            return backend.to_pyarrow(tables.observations).num_rows, log
        finally:
            backend.disconnect()
    batches = observation_batches(records_of(path, found.records, log), found, log, answers.append)
    return sum(batch.num_rows for batch in batches), log


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401  (JSON)
    """Yield the way to every value within a value, and to itself."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in inner:
        yield from places(member, (*path, key))


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:  # noqa: ANN401  (JSON)
    """Return a copy in which one value is another."""
    if not path:
        return new
    outer = copy.deepcopy(value)
    within = outer
    for key in path[:-1]:
        within = within[key]
    within[path[-1]] = new
    return outer


def ids(store: FlowStore) -> list[int]:
    return sorted(row["row_id"] for row in rows_in(store, ["row_id"]))


@pytest.mark.parametrize("name", BY_RECORD)
@settings(max_examples=examples(40), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=lines)
def test_garbage_never_raises(tmp_path: Path, name: str, content: bytes) -> None:
    read(tmp_path, name, content)


@pytest.mark.parametrize("name", BY_TABLE)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=lines)
def test_garbage_never_raises_where_a_whole_file_is_read(tmp_path: Path, name: str, content: bytes) -> None:
    read(tmp_path, name, content)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.data())
def test_a_good_record_in_which_one_value_is_wrong_never_raises(
    tmp_path: Path, name: str, chosen: st.DataObject
) -> None:
    example = EXAMPLES[name]
    if isinstance(example, str):
        cells = example.split(",")
        cells[chosen.draw(st.sampled_from(range(len(cells))))] = chosen.draw(texts)
        content = ",".join(cells)
    else:
        where = chosen.draw(st.sampled_from(list(places(example))))
        content = json.dumps(changed(example, where, chosen.draw(json_values)))
    read(tmp_path, name, content.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_a_good_record_is_read_and_its_format_is_found(tmp_path: Path, name: str) -> None:
    """What is broken above would otherwise be read."""
    path = tmp_path / "flows"
    example = EXAMPLES[name]
    path.write_text(example if isinstance(example, str) else json.dumps(example))
    batch = import_file(FlowStore(tmp_path / "store"), path).batch
    assert (batch.format, batch.rows, batch.broken) == (name, 1, 0)


@pytest.mark.parametrize("name", NAMES)
def test_garbage_among_good_records_is_imported_without_raising(tmp_path: Path, name: str) -> None:
    path = tmp_path / "flows"
    garbage = b'\xff\xfe\n{"a": "\\ud800"}\n[]\n{}\nnull\n"\\u0000"\n' + b"[" * 5000 + b"\n" + b"9" * 5000 + b"\n{"
    example = EXAMPLES.get(name)
    good = example if isinstance(example, str) else json.dumps(example)
    path.write_bytes(f"{good}\n".encode() + garbage)
    store = FlowStore(tmp_path / "store")
    import_file(store, path, name)
    assert len(store.batches()) == 1


def test_importing_a_file_twice_changes_nothing(tmp_path: Path) -> None:
    path, store = tmp_path / "flows", FlowStore(tmp_path / "store")
    path.write_text(json_lines(*dns_events(1, 20)))
    first = import_file(store, path)
    before = {file: file.read_bytes() for file in store.folder.rglob("*") if file.is_file()}
    path.rename(tmp_path / "renamed")
    again = import_file(store, tmp_path / "renamed")
    assert (again.is_new, again.batch) == (False, first.batch)
    assert {file: file.read_bytes() for file in store.folder.rglob("*") if file.is_file()} == before


def test_the_order_of_imports_does_not_matter(tmp_path: Path) -> None:
    """Exports overlap: a row that is in two files is one row, whichever comes first."""
    spans = {"a": (1, 10), "b": (5, 15), "c": (12, 20)}
    for name, span in spans.items():
        (tmp_path / name).write_text(json_lines(*tcp_events(*span)))
    found = []
    for order in list(permutations(spans))[::2]:
        store = FlowStore(tmp_path / "".join(order))
        for name in order:
            import_file(store, tmp_path / name)
        found.append(ids(store))
    assert len(found[0]) == len(set(found[0])) == 19
    assert all(one == found[0] for one in found)


@pytest.mark.parametrize("cut", [1, 40, 300])
def test_a_last_line_that_is_cut_off_is_told_and_the_others_are_kept(tmp_path: Path, cut: int) -> None:
    path, store = tmp_path / "flows", FlowStore(tmp_path / "store")
    path.write_text(json_lines(*tcp_events(1, 5))[: -cut - 1])
    imported = import_file(store, path)
    (problem,) = imported.problems
    assert (problem.code, problem.line) == ("truncated-record", 4)
    assert imported.batch.rows == 3


def test_a_last_line_without_a_line_break_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "flows"
    path.write_text(json_lines(*tcp_events(1, 5))[:-1])
    imported = import_file(FlowStore(tmp_path / "store"), path)
    assert (imported.batch.rows, imported.problems) == (4, ())


def test_a_compressed_file_gives_the_same_rows(tmp_path: Path) -> None:
    text = json_lines(*tcp_events(1, 50)).encode()
    found = []
    for name, content in (("plain", text), ("packed", gzip.compress(text))):
        (tmp_path / name).write_bytes(content)
        store = FlowStore(tmp_path / f"store-{name}")
        import_file(store, tmp_path / name)
        found.append(ids(store))
    assert found[0] == found[1]
    assert len(found[0]) == 49


def test_of_a_compressed_file_that_is_cut_off_the_beginning_is_kept(tmp_path: Path) -> None:
    path, store = tmp_path / "flows", FlowStore(tmp_path / "store")
    path.write_bytes(gzip.compress(json_lines(*tcp_events(1, 5_000)).encode())[:-2000])
    imported = import_file(store, path)
    assert 0 < imported.batch.rows < 4_999
    assert {problem.code for problem in imported.problems} <= {"truncated-record", "broken-record"}
    assert imported.problems


CHILD = """
import os, signal, sys
from workbench.flows.importing.batches import import_file
from workbench.flows.store import FlowStore

store, path, deadly = FlowStore(sys.argv[1]), sys.argv[2], int(sys.argv[3])
written = os.fsync
calls = 0

def deadly_fsync(descriptor):
    global calls
    calls += 1
    if calls == deadly:
        os.kill(os.getpid(), signal.SIGKILL)
    written(descriptor)

os.fsync = deadly_fsync
print("ready", flush=True)
import_file(store, path)
print("done", calls, flush=True)
"""


def started(store: Path, path: Path, deadly: int = 0) -> subprocess.Popen[str]:
    """Begin an import in a process of its own; it kills itself when it has flushed to disk so many times."""
    root = Path(__file__).resolve().parents[3]
    process = subprocess.Popen(  # noqa: S603  (this Python, and a program of our own)
        [sys.executable, "-c", CHILD, str(store), str(path), str(deadly)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def ended(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate(timeout=120)
    return output


def check_whole(folder: Path, path: Path, other: list[int], whole: list[int]) -> bool:
    """Check that a store holds what it held before, or also the import that was killed; tell which."""
    store = FlowStore(folder)
    found = ids(store)
    assert found in (other, whole)
    for batch in store.batches():
        assert store.file_of(batch).exists()
        assert store.totals_of(batch).exists()
        assert store.answers_of(batch).exists() or not batch.answers
    assert import_file(store, path).is_new == (found == other)
    assert ids(store) == whole
    files = {file.name for file in (folder / "batches").iterdir()}
    assert len(files) == sum(2 + bool(batch.answers) for batch in store.batches())
    assert not list((folder / ".incoming").glob("*"))
    assert not list(folder.glob("manifest.json.*"))
    return found == whole


@pytest.fixture
def recordings(tmp_path: Path) -> tuple[Path, Path]:
    """Return a file that is imported before, and one whose import is killed."""
    before, killed = tmp_path / "before", tmp_path / "killed"
    before.write_text(json_lines(*tcp_events(1, 5)))
    killed.write_text(json_lines(*dns_events(1, 4_000)))
    return before, killed


class Expected(NamedTuple):
    """A store before an import, and the rows of it before and after."""

    before: Path
    other: list[int]
    whole: list[int]

    def copied(self, folder: Path) -> Path:
        return Path(shutil.copytree(self.before, folder))


def expected(folder: Path, before: Path, killed: Path) -> Expected:
    store = FlowStore(folder / "before")
    import_file(store, before)
    after = FlowStore(shutil.copytree(folder / "before", folder / "after"))
    import_file(after, killed)
    return Expected(folder / "before", ids(store), ids(after))


@pytest.mark.slow
def test_an_import_that_is_killed_at_any_flush_leaves_the_old_state_or_the_new(
    tmp_path: Path, recordings: tuple[Path, Path]
) -> None:
    killed = recordings[1]
    of = expected(tmp_path / "expected", *recordings)
    outcomes = []
    for deadly in range(1, 100):
        folder = of.copied(tmp_path / f"store-{deadly}")
        output = ended(process := started(folder, killed, deadly))
        if process.returncode != -signal.SIGKILL:
            assert output.startswith("done")
            break
        outcomes.append(check_whole(folder, killed, of.other, of.whole))
    # Nothing counts until the manifest is replaced, and everything does from then on.
    assert outcomes == sorted(outcomes)
    assert set(outcomes) == {False, True}


@pytest.mark.repetition
def test_an_import_that_is_killed_at_any_time_leaves_the_old_state_or_the_new(
    tmp_path: Path, recordings: tuple[Path, Path]
) -> None:
    killed = recordings[1]
    of = expected(tmp_path / "expected", *recordings)
    process = started(tmp_path / "measured", killed)
    begin = time.monotonic()
    ended(process)
    duration = time.monotonic() - begin
    chance = random.Random(4)  # noqa: S311  (moments to kill at, no secrets)
    for number in range(4):
        folder = of.copied(tmp_path / f"store-{number}")
        process = started(folder, killed)
        time.sleep(chance.uniform(0, duration))
        process.kill()
        ended(process)
        check_whole(folder, killed, of.other, of.whole)
