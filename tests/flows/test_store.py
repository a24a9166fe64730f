"""A store of flows: what counts is what the manifest says, and nothing else."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from workbench.flows import FlowStore, FlowStoreError, load_flows, open_flows
from workbench.flows.importing.batches import import_file
from workbench.ground import NotFoundError

GKE = (
    '{"connection":{"src_ip":"10.0.0.1","dest_ip":"10.0.0.2","src_port":40000,"dest_port":%d,"protocol":"tcp",'
    '"direction":"ingress"},"disposition":"allow","src":{"pod_name":"web","pod_namespace":"shop"},'
    '"dest":{"pod_name":"db","pod_namespace":"shop"},"timestamp":"2026-11-21T09:00:00Z"}\n'
)
NOW = datetime(2026, 11, 21, 10, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.log"
    path.write_text(GKE % 80 + GKE % 443)
    return path


@pytest.fixture
def store(tmp_path: Path) -> FlowStore:
    return FlowStore(tmp_path / "store")


def test_nothing_is_in_a_folder_that_does_not_exist(store: FlowStore) -> None:
    assert (store.batches(), store.files()) == ((), [])
    assert len(open_flows(store)) == 0
    assert open_flows(store).edges().empty
    assert not store.folder.exists()


def test_a_batch_says_what_became_of_its_file(store: FlowStore, file: Path) -> None:
    found = import_file(store, file, now=lambda: NOW)
    assert found.is_new
    assert store.batches() == (found.batch,)
    assert (found.batch.file, found.batch.format, found.batch.rows) == (str(file), "gke", 2)
    assert found.batch.imported_at == "2026-11-21T10:00:00+00:00"
    assert found.batch.first.startswith("2026-11-21T09:00:00")


def test_a_file_that_was_imported_before_changes_nothing_whatever_its_name(store: FlowStore, file: Path) -> None:
    import_file(store, file)
    before = store.batches()
    copy = file.with_name("copy.log")
    copy.write_bytes(file.read_bytes())
    assert not import_file(store, copy).is_new
    assert store.batches() == before


def test_rows_that_two_files_share_count_once(store: FlowStore, file: Path) -> None:
    import_file(store, file)
    longer = file.with_name("longer.log")
    longer.write_text(file.read_text() + GKE % 8080)
    found = import_file(store, longer)
    assert (found.batch.rows, found.batch.duplicates) == (1, 2)
    assert len(open_flows(store)) == 3


def test_what_no_manifest_names_does_not_count_and_goes_with_the_next_import(store: FlowStore, file: Path) -> None:
    import_file(store, file)
    stray = store.folder / "batches" / "stray.parquet"
    stray.write_bytes(b"half a file")
    assert len(open_flows(store)) == 2
    other = file.with_name("other.log")
    other.write_text(GKE % 22)
    import_file(store, other)
    assert not stray.exists()
    assert len(open_flows(store)) == 3


def test_a_batch_can_be_forgotten(store: FlowStore, file: Path) -> None:
    batch = import_file(store, file).batch
    store.remove(batch.id)
    assert store.batches() == ()
    assert import_file(store, file).is_new
    with pytest.raises(NotFoundError, match="no batch has the id 'no such batch'"):
        store.remove("no such batch")


def test_a_manifest_of_something_else_is_told(store: FlowStore) -> None:
    store.folder.mkdir()
    (store.folder / "manifest.json").write_text('{"version": 99, "batches": []}')
    with pytest.raises(FlowStoreError, match="another version"):
        store.batches()
    (store.folder / "manifest.json").write_text("{}")
    with pytest.raises(FlowStoreError, match="not a valid manifest of a flow store"):
        store.batches()


def test_a_folder_that_cannot_be_one_is_told(tmp_path: Path, file: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(FlowStoreError, match="cannot be used"):
        import_file(FlowStore(tmp_path / "taken"), file)


@pytest.mark.usefixtures("file")
def test_a_file_in_no_known_format_is_a_problem_and_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("buy milk\n")
    found = load_flows(sorted(tmp_path.iterdir()))
    assert len(found) == 2
    (problem,) = found.problems_found
    assert problem.code == "unknown-flow-format"
    assert "gke" in problem.remedy


def test_a_path_that_does_not_exist_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        load_flows(tmp_path / "nowhere")
