"""Old flows are deleted, all of them or none, and nothing else is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pandas as pd
import pytest

from tests.cli.test_flows import line
from workbench.flows import FlowStore, FlowStoreError, import_flows, open_flows
from workbench.ground import ProblemLog, sample_path

NINE = datetime(2026, 11, 21, 9, tzinfo=UTC)


def at(moment: datetime, port: int) -> str:
    return line("web", "db", port).replace("2026-11-21T09:00:00Z", moment.isoformat())


@pytest.fixture
def store(tmp_path: Path) -> FlowStore:
    """Three files: two that were imported together, of one hour each, and a day later one that holds both hours."""
    found = FlowStore(tmp_path / "flows")
    for name, lines in {
        "a.log": [at(NINE, 1), at(NINE + timedelta(minutes=30), 2)],
        "b.log": [at(NINE + timedelta(hours=1), 3)],
    }.items():
        (tmp_path / name).write_text("".join(lines))
    imported(found, tmp_path / "a.log", tmp_path / "b.log")
    (tmp_path / "c.log").write_text(at(NINE, 4) + at(NINE + timedelta(hours=2), 5))
    imported(found, tmp_path / "c.log")
    return found


def imported(store: FlowStore, *paths: Path) -> list[bool]:
    log = ProblemLog()
    found = [one.is_new for one in import_flows(store, list(paths), log)]
    assert not log.items
    return found


def ports(store: FlowStore) -> list[int]:
    return sorted(open_flows(store).edges()["port"])


@pytest.mark.parametrize(
    "moment,gone,left",
    [
        (NINE, 0, [1, 2, 3, 4, 5]),
        (NINE + timedelta(seconds=1), 2, [2, 3, 5]),
        (NINE + timedelta(hours=1), 3, [3, 5]),
        ((NINE + timedelta(hours=1)).replace(tzinfo=None), 3, [3, 5]),
        (datetime(2026, 11, 21, 12, tzinfo=timezone(timedelta(hours=2))), 3, [3, 5]),
        (NINE + timedelta(days=1), 5, []),
    ],
)
def test_what_began_before_goes_and_what_began_then_or_later_stays(
    store: FlowStore, moment: datetime, gone: int, left: list[int]
) -> None:
    assert store.remove_before(moment) == gone
    assert ports(store) == left
    assert store.problems() == []


def test_what_is_known_of_each_file_is_what_is_left_of_it(store: FlowStore) -> None:
    store.remove_before(NINE + timedelta(minutes=30))
    found = {Path(batch.file).name: (batch.rows, batch.first[11:16]) for batch in store.batches()}
    assert found == {"a.log": (1, "09:30"), "b.log": (1, "10:00"), "c.log": (1, "11:00")}


def test_a_file_whose_flows_went_is_not_imported_again(store: FlowStore, tmp_path: Path) -> None:
    store.remove_before(NINE + timedelta(days=1))
    assert imported(store, tmp_path / "a.log", tmp_path / "c.log") == [False, False]
    assert ports(store) == []


def test_the_disk_gets_its_place_back(store: FlowStore) -> None:
    before, files = store.size(), len(list(store.folder.rglob("*.parquet")))
    store.remove_before(NINE + timedelta(days=1))
    assert store.size() < before
    assert files
    assert not list(store.folder.rglob("*.parquet"))


def test_answers_of_name_servers_go_when_their_lifetime_has_ended(tmp_path: Path) -> None:
    store = FlowStore(tmp_path / "flows")
    imported(store, sample_path("flows/morning.hubble.jsonl"))
    names = open_flows(store).dns()
    ends = names["last_seen"] + pd.to_timedelta(names["ttl"], "s")
    middle = ends.sort_values().iloc[len(names) // 2].to_pydatetime()
    store.remove_before(middle)
    assert set(open_flows(store).dns()["name"]) == set(names["name"][ends >= middle])
    assert 0 < (ends >= middle).sum() < len(names)
    store.remove_before(datetime(2030, 1, 1, tzinfo=UTC))
    assert open_flows(store).dns().empty


def test_flows_without_a_time_stay(tmp_path: Path) -> None:
    store = FlowStore(tmp_path / "flows")
    record = json.loads(line("web", "db", 80))
    del record["timestamp"]
    (tmp_path / "untimed.log").write_text(json.dumps(record) + "\n")
    imported(store, tmp_path / "untimed.log")
    assert store.remove_before(datetime(2030, 1, 1, tzinfo=UTC)) == 0
    assert ports(store) == [80]


def test_of_a_store_with_a_damaged_file_nothing_goes(store: FlowStore) -> None:
    path = store.file_of(store.batches()[-1])
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(content)
    manifest = (store.folder / FlowStore.MANIFEST).read_bytes()
    with pytest.raises(FlowStoreError, match=r"is damaged.*import .*c\.log again"):
        store.remove_before(NINE + timedelta(days=1))
    assert (store.folder / FlowStore.MANIFEST).read_bytes() == manifest


def test_of_nothing_nothing_goes_and_nothing_is_made(tmp_path: Path) -> None:
    assert FlowStore(tmp_path / "flows").remove_before(NINE) == 0
    assert not (tmp_path / "flows").exists()
