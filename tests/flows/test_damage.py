"""A damaged store says what is damaged, answers from the rest, and is healed when the file is imported again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.command import command
from workbench.flows import Flows, FlowStore, FlowStoreError, import_flows, load_flows, open_flows
from workbench.ground import ProblemLog


def line(port: int) -> str:
    connection = {"src_ip": "10.0.0.1", "dest_ip": "10.0.0.2", "src_port": 40000, "dest_port": port, "protocol": "tcp"}
    record = {"connection": {**connection, "direction": "egress"}, "disposition": "allow"}
    return json.dumps({**record, "timestamp": "2026-11-21T09:00:00Z"}) + "\n"


def imported(store: FlowStore, *paths: Path) -> None:
    list(import_flows(store, paths, ProblemLog(strict=True)))


def ports(store: FlowStore) -> list[int]:
    return open_flows(store).edges().port.tolist()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("damage")


@pytest.fixture(scope="module")
def files(folder: Path) -> list[Path]:
    paths = [folder / f"{port}.log" for port in (80, 443)]
    for path in paths:
        path.write_text(line(int(path.stem)))
    return paths


@pytest.fixture(scope="module")
def whole(folder: Path, files: list[Path]) -> FlowStore:
    """Return a store of two files that were imported one after another."""
    found = FlowStore(folder / "whole")
    for path in files:
        imported(found, path)
    return found


@pytest.fixture
def store(tmp_path: Path, whole: FlowStore) -> FlowStore:
    """Return the same store in a folder whose name is also a pattern, to be damaged."""
    return FlowStore(shutil.copytree(whole.folder, tmp_path / "a[b]*?" / "flows"))


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(content)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a flipped byte": lambda path: flip(path, 40),
    "a flipped byte at the end": lambda path: flip(path, -1),
    "cut off": cut,
    "empty": lambda path: path.write_bytes(b""),
    "missing": Path.unlink,
}


@pytest.mark.parametrize("how", DAMAGE)
def test_rows_that_are_damaged_are_left_out_and_the_file_is_named(
    store: FlowStore, files: list[Path], how: str
) -> None:
    batch = store.batches()[0]
    DAMAGE[how](store.file_of(batch))
    flows = open_flows(store)
    assert flows.edges().port.tolist() == [443]
    assert len(flows) == 1
    (problem,) = flows.problems_found
    assert (problem.code, problem.file) == ("damaged-batch", str(store.file_of(batch)))
    assert str(files[0]) in problem.message
    assert problem.remedy == f"import {files[0]} again"
    imported(store, files[0])
    assert ports(store) == [80, 443]
    assert open_flows(store).problems_found == ()


@pytest.mark.parametrize("how", ["a flipped byte", "missing"])
def test_totals_that_are_damaged_are_counted_anew(store: FlowStore, how: str) -> None:
    DAMAGE[how](store.totals_of(store.batches()[0]))
    flows = open_flows(store)
    assert flows.edges().port.tolist() == [80, 443]
    assert [problem.code for problem in flows.problems_found] == ["damaged-batch"]


@pytest.mark.parametrize("how", DAMAGE)
def test_to_import_a_file_again_heals_its_totals_and_loses_no_row(
    store: FlowStore, files: list[Path], how: str
) -> None:
    DAMAGE[how](store.totals_of(store.batches()[0]))
    imported(store, files[0])
    assert ports(store) == [80, 443]
    assert store.problems() == []


def test_all_may_be_damaged(store: FlowStore) -> None:
    for batch in store.batches():
        store.file_of(batch).unlink()
    assert len(open_flows(store)) == 0
    assert open_flows(store).edges().empty
    assert len(store.problems()) == 2


def test_a_file_that_shares_rows_with_a_damaged_one_is_imported(
    store: FlowStore, files: list[Path], tmp_path: Path
) -> None:
    flip(store.file_of(store.batches()[0]), 40)
    both = tmp_path / "both.log"
    both.write_text(files[0].read_text() + line(8080))
    imported(store, both)
    assert sorted(ports(store)) == [80, 443, 8080]


def test_verify_tells_what_is_damaged(store: FlowStore, files: list[Path]) -> None:
    whole = command("flows", "verify", "-w", store.folder.parent)
    assert (whole.exit_code, "all 2 rows of 2 files can be read" in whole.stdout) == (0, True)
    flip(store.file_of(store.batches()[1]), 40)
    damaged = command("flows", "verify", "-w", store.folder.parent)
    assert damaged.exit_code == 1
    assert f"import {files[1]} again" in damaged.stderr
    asked = command("flows", "edges", "-w", store.folder.parent, "--output", "csv")
    assert (asked.exit_code, asked.stdout.count("\n"), "damaged" in asked.stderr) == (1, 2, True)


def test_of_no_workspace_verify_says_so(tmp_path: Path) -> None:
    result = command("flows", "verify", "-w", tmp_path / "nowhere")
    assert (result.exit_code, "there is no workspace" in result.stderr) == (2, True)


@pytest.mark.parametrize("name", ["../../elsewhere", "*", "0123", "/etc/passwd", "A" * 32])
def test_an_id_that_could_name_another_file_is_refused(store: FlowStore, name: str) -> None:
    path = store.folder / FlowStore.MANIFEST
    content = json.loads(path.read_text())
    content["parts"] = {name: next(iter(content["parts"].values()))}
    for batch in content["batches"]:
        batch["part"] = name
    path.write_text(json.dumps(content))
    with pytest.raises(FlowStoreError, match="not the id of a batch"):
        open_flows(store)


def test_the_engine_reads_nothing_outside_of_the_store_and_fetches_nothing(store: FlowStore, files: list[Path]) -> None:
    flows = open_flows(store)
    backend = flows.table.get_backend()
    for query in (f"FROM read_json('{files[0]}')", "INSTALL httpfs", "LOAD httpfs"):
        with pytest.raises(Exception, match="disabled"):
            backend.raw_sql(query)
    listed = "autoinstall_known_extensions", "autoload_known_extensions", "allow_community_extensions"
    found = backend.raw_sql(f"SELECT value FROM duckdb_settings() WHERE name IN {listed}").fetchall()  # noqa: S608  (ours)
    assert found == [("false",)] * 3


_ASKED: tuple[Callable[[Flows], object], ...] = (
    lambda flows: flows.where(source_k8s_pod_name="a\0b"),
    lambda flows: flows.where(source_k8s_pod_name=["a", "\0"]),
    lambda flows: flows.where(lambda flow: flow.source_k8s_pod_name == "\0"),
)


def test_a_text_with_a_zero_byte_is_refused(store: FlowStore) -> None:
    flows = open_flows(store)
    for asked in _ASKED:
        with pytest.raises(ValueError, match="has a zero byte"):
            asked(flows)


# Files that were imported in one pass


@pytest.fixture(scope="module")
def once(folder: Path, files: list[Path]) -> FlowStore:
    found = FlowStore(folder / "together")
    imported(found, *files)
    return found


@pytest.fixture
def together(tmp_path: Path, once: FlowStore) -> FlowStore:
    return FlowStore(shutil.copytree(once.folder, tmp_path / "together"))


def test_small_files_of_one_format_share_their_files_and_have_a_batch_each(
    together: FlowStore, files: list[Path]
) -> None:
    batches = together.batches()
    assert [(batch.file, batch.rows) for batch in batches] == [(str(path), 1) for path in files]
    assert len(together.files()) == 1
    assert ports(together) == [80, 443]


def test_one_of_them_can_be_forgotten_and_imported_again(together: FlowStore, files: list[Path]) -> None:
    together.remove(together.batches()[0].id)
    assert ports(together) == [443]
    assert [batch.file for batch in together.batches()] == [str(files[1])]
    imported(together, files[0])
    assert ports(together) == [80, 443]


def test_one_of_them_alone_heals_its_own_rows(together: FlowStore, files: list[Path]) -> None:
    flip(together.files()[0], 40)
    assert ports(together) == []
    imported(together, files[1])
    assert ports(together) == [443]
    imported(together, *files)
    assert ports(together) == [80, 443]
    assert together.problems() == []


def test_their_totals_are_healed_by_all_of_them_together_and_no_row_is_lost(
    together: FlowStore, files: list[Path]
) -> None:
    cut(together.totals_of(together.batches()[0]))
    imported(together, files[0])
    imported(together, files[1])
    assert ports(together) == [80, 443]
    assert [problem.code for problem in together.problems()] == ["damaged-batch"]
    imported(together, *files)
    assert ports(together) == [80, 443]
    assert together.problems() == []


def test_problems_and_what_is_no_flow_are_told_of_each_file(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_text(line(80) + "garbage\n")
    (tmp_path / "b.log").write_text(line(443) + line(443).replace("10.0.0.2", "127.0.0.1") + line(443))
    flows = load_flows([tmp_path / "a.log", tmp_path / "b.log"])
    assert [(problem.file, problem.line) for problem in flows.problems_found] == [(str(tmp_path / "a.log"), 2)]
    batches = [found.batch for found in flows.imported]
    assert [(batch.rows, batch.broken, batch.duplicates) for batch in batches] == [(1, 1, 0), (1, 0, 1)]
    assert [dict(batch.skipped) for batch in batches] == [{}, {"loopback addresses": 1}]


def test_a_map_with_flows_of_a_damaged_store_names_the_damage_and_is_of_the_rest(
    store: FlowStore, tmp_path: Path
) -> None:
    pods = "".join(
        f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec: {{containers: [{{name: c}}]}}\n"
        f"status: {{podIP: {ip}}}\n"
        for name, ip in (("a", "10.0.0.1"), ("b", "10.0.0.2"))
    )
    (tmp_path / "pods.yaml").write_text(pods)
    words = ("connectivity", "map", tmp_path / "pods.yaml", "-w", store.folder.parent)
    seen = "default/a[Pod] => default/b[Pod] : All Connections (active: TCP {})"
    assert seen.format("80,443") in command(*words).stdout
    broken, lost = store.file_of(store.batches()[0]), store.batches()[0].file
    flip(broken, 4)
    result = command(*words)
    assert result.exit_code == 1
    assert seen.format({"80": 443, "443": 80}[Path(lost).stem]) in result.stdout
    assert "is damaged" in result.stderr
    assert Path(lost).name in result.stderr
    refused = command(*words, "--fail")
    assert (refused.stdout, refused.exit_code) == ("", 1)
