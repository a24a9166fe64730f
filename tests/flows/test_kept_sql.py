"""SQL that an earlier process made is taken again: never that of other code, of another user, or of a damaged file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import ibis
import pytest

from workbench.flows import kept_sql as module
from workbench.flows.duckdb_sql import sql_of
from workbench.flows.importing.clocks import in_order
from workbench.flows.kept_sql import KeptSql, kept_sql, made_into_sql
from workbench.ground.files import NO_CACHE

SCHEMA = ibis.schema(
    {"a": "int64", "b": "map<string, string>", "c": "array<struct<kind: string>>", "d": "timestamp(6)"}
)


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> KeptSql:
    found = KeptSql(tmp_path / "sql")
    monkeypatch.setattr(module, "kept_sql", lambda: found)
    return found


def made(times: list[int]) -> tuple[str, ibis.Schema]:
    """Make SQL, and count how often it had to be made; `in_order` stands for any function of a module."""

    def makes() -> ibis.Table:
        times.append(1)
        return ibis.table(SCHEMA, name="rows").limit(3)

    return made_into_sql(in_order, SCHEMA, makes, sql_of)


def test_what_was_made_is_taken_from_the_next_process_on(kept: KeptSql, monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[int] = []
    first = made(times)
    kept.save()
    monkeypatch.setattr(module, "kept_sql", lambda: KeptSql(kept.folder))
    assert made(times) == first
    assert first[1] == SCHEMA
    assert len(times) == 1


def test_other_code_makes_its_own(kept: KeptSql, monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[int] = []
    made(times)
    kept.save()
    monkeypatch.setattr(module, "_code", lambda: "other")
    monkeypatch.setattr(module, "kept_sql", lambda: KeptSql(kept.folder))
    made(times)
    assert len(times) == 2


@pytest.mark.parametrize("content", ["", "{", "[]", '{"x": 3}', "null"])
def test_a_damaged_file_is_as_good_as_none(kept: KeptSql, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    times: list[int] = []
    made(times)
    kept.save()
    damaged = content if content != '{"x": 3}' else json.dumps(dict.fromkeys(json.loads(kept.path.read_text()), 3))
    kept.path.write_text(damaged)
    monkeypatch.setattr(module, "kept_sql", lambda: KeptSql(kept.folder))
    made(times)
    assert len(times) == 2


def test_what_others_may_write_is_not_read(kept: KeptSql, monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[int] = []
    made(times)
    kept.save()
    kept.path.chmod(0o666)
    monkeypatch.setattr(module, "kept_sql", lambda: KeptSql(kept.folder))
    made(times)
    assert len(times) == 2


def test_functions_within_others_are_not_kept(kept: KeptSql) -> None:
    def local() -> None: ...

    for maker in (local, lambda: None, json.dumps):
        made_into_sql(maker, 1, lambda: ibis.table(SCHEMA, name="rows"), sql_of)
    kept.save()
    assert not kept.folder.exists()


def test_it_is_switched_off_with_the_cache_of_manifests() -> None:
    assert kept_sql() is None, "the tests switch it off"


def test_old_files_go(kept: KeptSql) -> None:
    kept.folder.mkdir(mode=0o700)
    for number in range(9):
        (kept.folder / f"{number}.json").write_text("{}")
    made([])
    kept.save()
    assert len(list(kept.folder.iterdir())) == module.FILES


def test_flows_do_not_wait_for_what_only_a_cluster_needs() -> None:
    unneeded = ("workbench.inventory.cluster", "networkx")
    program = f"import sys, workbench.flows.load; print([name for name in {unneeded} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603  (this Python)
    assert found.stdout == "[]\n"


def test_a_question_whose_sql_is_known_does_not_wait_for_the_dialects_of_all_engines(tmp_path: Path) -> None:
    log = tmp_path / "hubble.jsonl"
    end = {"namespace": "shop", "pod_name": "web-1"}
    ports = {"TCP": {"source_port": 40000, "destination_port": 80, "flags": {"SYN": True}}}
    addresses = {"source": "10.0.0.1", "destination": "10.0.0.2"}
    flow = {"verdict": "FORWARDED", "IP": addresses, "l4": ports, "source": end, "destination": end}
    log.write_text(json.dumps({"flow": flow, "time": "2026-11-21T09:00:00Z"}) + "\n")
    program = (
        "import sys; from workbench.flows import load_flows;"
        f"assert len(load_flows({str(log)!r}).edges()) == 1; print('ibis.backends.sql.compilers' in sys.modules)"
    )
    environment = {name: value for name, value in os.environ.items() if name != NO_CACHE}
    environment["XDG_CACHE_HOME"] = environment["HOME"] = str(tmp_path)
    answers = [
        subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)  # noqa: S603  (this Python)
        for _ in range(2)
    ]
    assert [answer.stdout for answer in answers] == ["True\n", "False\n"]
