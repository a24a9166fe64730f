"""Any table is imported with a mapping of its columns."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.flows.observed import rows_in
from workbench.flows import FlowStore, FlowTableError, TableMapping, load_flows, read_mapping
from workbench.flows.tables import Times, import_table

COLUMNS = {
    "time_start": "when",
    "source_address": "src",
    "destination_address": "dst",
    "destination_port": "dport",
    "network_transport": "proto",
}
CSV = "when,src,dst,dport,proto\n1763716000,10.1.0.5,10.1.0.6,8080,6\n1763716001,10.1.0.5,1.1.1.1,53,udp\n"


@pytest.fixture
def store(tmp_path: Path) -> FlowStore:
    return FlowStore(tmp_path / "store")


def written(folder: Path, text: str | bytes = CSV) -> Path:
    path = folder / "table.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def ordered(store: FlowStore) -> list[dict[str, Any]]:
    return sorted(rows_in(store), key=lambda row: row["source_line"])


def test_columns_are_read_by_the_mapping(store: FlowStore, tmp_path: Path) -> None:
    import_table(store, written(tmp_path), TableMapping(columns=COLUMNS, times="seconds"))
    first, second = ordered(store)
    assert str(first["time_start"]) == "2025-11-21 09:06:40"
    assert (first["source_address"], first["destination_port"], first["network_transport"]) == ("10.1.0.5", 8080, "tcp")
    assert (second["network_transport"], second["destination_kind"]) == ("udp", "external")
    assert (first["source_format"], first["source_line"], second["source_line"]) == ("table", 2, 3)


def test_columns_with_the_names_of_the_schema_need_no_mapping(store: FlowStore, tmp_path: Path) -> None:
    import_table(store, written(tmp_path, "source_address,destination_port\n10.1.0.5,443\n"))
    (row,) = rows_in(store)
    assert (row["source_address"], row["destination_port"]) == ("10.1.0.5", 443)


def test_a_table_may_have_any_column_that_a_reader_gives(store: FlowStore, tmp_path: Path) -> None:
    import_table(store, written(tmp_path, "source_address,destination_port,repeats\n10.1.0.5,443,\n"))
    assert [row["destination_port"] for row in ordered(store)] == [443]


def test_constants_and_translations(store: FlowStore, tmp_path: Path) -> None:
    text = "source_address,what\n10.1.0.5,ACCEPT\n10.1.0.6,DROP\n"
    translations = {"verdict": {"ACCEPT": "allowed", "DROP": "denied"}}
    mapping = TableMapping(columns={"verdict": "what"}, constants={"cluster": "prod"}, translations=translations)
    import_table(store, written(tmp_path, text), mapping)
    assert [(row["verdict"], row["cluster"]) for row in ordered(store)] == [("allowed", "prod"), ("denied", "prod")]


@pytest.mark.parametrize(
    "times, text",
    [
        ("seconds", "1763716000"),
        ("milliseconds", "1763716000000"),
        ("microseconds", "1763716000000000"),
        ("nanoseconds", "1763716000000000000"),
        ("rfc3339", "2025-11-21T10:06:40+01:00"),
        ("rfc3339", "2025-11-21 09:06:40"),
    ],
)
def test_times_are_read_as_it_is_said(store: FlowStore, tmp_path: Path, times: Times, text: str) -> None:
    """flow-rules N17: nothing is guessed."""
    import_table(store, written(tmp_path, f"time_start\n{text}\n"), TableMapping(times=times))
    (row,) = rows_in(store)
    assert str(row["time_start"]) == "2025-11-21 09:06:40"


@pytest.mark.parametrize("is_client, orientation", [(None, "unknown"), (True, "observed"), (False, "observed")])
def test_who_is_the_client_is_unknown_unless_it_is_said(
    store: FlowStore, tmp_path: Path, *, is_client: bool | None, orientation: str
) -> None:
    text = "source_address,destination_address\n10.1.0.5,10.1.0.6\n"
    import_table(store, written(tmp_path, text), TableMapping(source_is_client=is_client))
    (row,) = rows_in(store)
    assert row["orientation"] == orientation
    assert row["source_address"] == ("10.1.0.6" if is_client is False else "10.1.0.5")


@pytest.mark.parametrize(
    "column, value",
    [
        ("destination_port", "http"),
        ("destination_port", "70000"),
        ("destination_port", "80.5"),
        ("bytes", "-2"),
        ("source_address", "somewhere"),
        ("verdict", "maybe"),
        ("time_start", "yesterday"),
        ("is_reply", "perhaps"),
    ],
)
def test_a_value_that_does_not_fit_is_told_with_its_line(
    store: FlowStore, tmp_path: Path, column: str, value: str
) -> None:
    text = f"cluster,{column}\nprod,\nprod,{value}\n"
    imported = import_table(store, written(tmp_path, text))
    assert imported.batch.rows == 1
    (problem,) = imported.problems
    assert problem.line == 3
    assert column in problem.message
    assert value in problem.message


def test_labels_and_names_are_texts_or_lists(store: FlowStore) -> None:
    frame = pd.DataFrame(
        {
            "source_k8s_pod_labels": ["app=web,tier=front", {"app": "db"}],
            "destination_domain": ["One.Example.,two.example", ["two.example"]],
        }
    )
    import_table(store, frame)
    first, second = ordered(store)
    assert first["source_k8s_pod_labels"] == [("app", "web"), ("tier", "front")]
    assert second["source_k8s_pod_labels"] == [("app", "db")]
    assert first["destination_domain"] == ["one.example", "two.example"]
    assert second["destination_domain"] == ["two.example"]


def test_a_frame_a_csv_file_and_a_parquet_file_give_the_same_rows(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "when": pd.to_datetime([1763716000, 1763716001], unit="s", utc=True),
            "src": ["10.1.0.5", "10.1.0.5"],
            "dst": ["10.1.0.6", "1.1.1.1"],
            "dport": [8080.0, 53.0],
            "proto": [6, 17],
        }
    )
    frame.to_parquet(tmp_path / "table.parquet")
    packed = tmp_path / "packed.csv"
    packed.write_bytes(gzip.compress(CSV.encode()))
    found = []
    sources: tuple[Path | pd.DataFrame, ...] = (frame, tmp_path / "table.parquet", written(tmp_path), packed)
    for number, source in enumerate(sources):
        store = FlowStore(tmp_path / str(number))
        import_table(store, source, TableMapping(columns=COLUMNS, times="seconds"))
        found.append(sorted(row["row_id"] for row in rows_in(store)))
    assert all(ids == found[0] for ids in found)
    assert len(found[0]) == 2


def test_missing_cells_are_missing(store: FlowStore) -> None:
    frame = pd.DataFrame({"source_address": ["10.1.0.5"], "destination_port": [None], "time_start": [pd.NaT]})
    import_table(store, frame)
    (row,) = rows_in(store)
    assert not {"destination_port", "time_start"} & row.keys()


def test_importing_it_again_changes_nothing_and_another_mapping_is_another_import(tmp_path: Path) -> None:
    store, path = FlowStore(tmp_path / "store"), written(tmp_path)
    mapping = TableMapping(columns=COLUMNS, times="seconds")
    other = TableMapping(columns=COLUMNS | {"source_port": "dport"}, times="seconds")
    frame = pd.read_csv(path)
    sources: tuple[Path | pd.DataFrame, ...] = (path, frame)
    for source in sources:
        before = len(store.batches())
        assert import_table(store, source, mapping, name="f").is_new
        assert not import_table(store, source, mapping, name="f").is_new
        assert import_table(store, source, other, name="f").is_new
        assert len(store.batches()) == before + 2


def test_columns_from_which_nothing_is_read_are_told(store: FlowStore, tmp_path: Path) -> None:
    imported = import_table(store, written(tmp_path, "source_address,colour\n10.1.0.5,red\n"))
    (problem,) = imported.problems
    assert (problem.code, problem.message) == ("unread-column", "nothing is read from colour")


@pytest.mark.parametrize(
    "columns, said",
    [
        ({"source_adress": "src"}, "did you mean 'source_address'"),
        ({"source_address": "srcc"}, "did you mean 'src'"),
        ({"source_file": "src"}, "the flow table has no column 'source_file'"),
        ({}, "nothing is read from the table"),
    ],
)
def test_a_mapping_to_columns_that_are_not_there_imports_nothing(
    store: FlowStore, tmp_path: Path, columns: dict[str, str], said: str
) -> None:
    with pytest.raises(FlowTableError, match=said):
        import_table(store, written(tmp_path), TableMapping(columns=columns))
    assert not store.batches()


def test_rows_of_the_wrong_length_and_a_last_line_that_is_cut_off(store: FlowStore, tmp_path: Path) -> None:
    text = "source_address,destination_port\n10.1.0.5,443,x\n10.1.0.6,443\n10.1.0"
    imported = import_table(store, written(tmp_path, text))
    assert [(problem.code, problem.line) for problem in imported.problems] == [
        ("broken-record", 2),
        ("truncated-record", 4),
    ]
    assert imported.batch.rows == 1


@pytest.mark.parametrize("content", [b"PAR1garbage", b"\x1f\x8bgarbage", b"\xff\xfe\x00", b""])
def test_what_is_no_table_is_said_to_be_none(store: FlowStore, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(FlowTableError):
        import_table(store, written(tmp_path, content), TableMapping(columns={"source_address": "src"}))


def mapping_of(folder: Path, text: str) -> TableMapping:
    path = folder / "mapping.yaml"
    path.write_text(text)
    return read_mapping(path)


def test_a_mapping_that_is_written_down_reads_as_one_that_is_said(store: FlowStore, tmp_path: Path) -> None:
    text = "when;src;proto\n1763716000;10.1.0.5;6\n"
    imported = import_table(
        store,
        written(tmp_path, text),
        TableMapping(
            columns={"time_start": "when", "source_address": "src", "network_transport": "proto"},
            translations={"network_transport": {"6": "tcp"}},
            times="seconds",
            delimiter=";",
            constants={"destination_port": 80},
        ),
    )
    yaml = (
        "columns: {time_start: when, source_address: src, network_transport: proto}\n"
        "translations: {network_transport: {6: tcp}}\ntimes: seconds\ndelimiter: ';'\n"
        "constants: {destination_port: 80}\n"
    )
    found = load_flows(tmp_path / "table.csv", mapping=mapping_of(tmp_path, yaml), store=store)
    (again,) = found.imported
    assert (again.is_new, again.batch.id, len(found)) == (False, imported.batch.id, 1)


@pytest.mark.parametrize(
    "text, told",
    [
        ("columns: [a]", "columns: Input should be a valid dictionary"),
        ("columns: {time_start: 1}", "columns.time_start: Input should be a valid string"),
        ("colums: {}", "colums: Extra inputs are not permitted"),
        ("times: hours", "times: Input should be 'seconds', 'milliseconds'"),
        ("- a", "it: Input should be"),
        ("", "it: Input should be"),
        ("a: [", "is not valid YAML: while parsing"),
    ],
)
def test_a_mapping_that_is_none_says_where(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(FlowTableError, match=re.escape(told)):
        mapping_of(tmp_path, text)


def test_a_table_that_lacks_a_column_is_a_problem_and_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "a.csv").write_text("source\n10.1.0.5\n")
    (tmp_path / "tables" / "b.csv").write_text("src\n10.1.0.5\n")
    found = load_flows(tmp_path / "tables", mapping=mapping_of(tmp_path, "columns: {source_address: src}"))
    (problem,) = found.problems_found
    assert (problem.code, problem.file, len(found)) == ("unreadable-table", str(tmp_path / "tables" / "a.csv"), 1)
    assert "the table has no column 'src'; did you mean" in problem.message or "it has source" in problem.message


def test_a_format_and_a_mapping_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not both"):
        load_flows(written(tmp_path), format="hubble", mapping=TableMapping())
