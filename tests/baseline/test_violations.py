"""Violations: suppressed, streamed, and written for other tools."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
import sarif_pydantic

from tests.baseline.seen import API, DB, HOUR, START, WEB, Seen, flows, shop
from workbench.baseline import Baselines, Side, stream_of
from workbench.ground import ArgumentError

NEW = Side(WEB, "egress", "workload", DB, 5432, "TCP")


@pytest.fixture
def locked(tmp_path: Path) -> Baselines:
    cluster = shop()
    seen = flows(tmp_path, Seen("web", "api", 80), cluster=cluster)
    return Baselines().learn(cluster, seen).lock("shop")


def test_a_suppression_has_a_reason_and_an_end(locked: Baselines, tmp_path: Path) -> None:
    seen = flows(tmp_path, Seen("web", "db", 5432, 4))
    until = START + 5 * HOUR
    quiet = locked.suppress(NEW, reason="migration", until=until)
    assert set(quiet.violations(seen).to_frame()["suppressed"]) == {"migration"}
    assert quiet.violations(seen).raised.empty
    assert len(quiet.violations(seen, now=until).raised) == 2
    with pytest.raises(ArgumentError, match="without a reason"):
        locked.suppress(NEW, reason=" ", until=until)


def test_an_import_brings_only_what_earlier_ones_did_not(locked: Baselines, tmp_path: Path) -> None:
    first, second = Seen("web", "db", 5432, 4), Seen("api", "db", 5432, 5)
    imports = [flows(tmp_path, first), flows(tmp_path, first, second), flows(tmp_path, first)]
    found = [set(one.to_frame()["src"]) for one in stream_of(locked, imports)]
    assert found == [{WEB}, {API}, set()]


def test_an_import_without_violations_has_an_answer_too_in_every_format(locked: Baselines, tmp_path: Path) -> None:
    (found,) = stream_of(locked, [flows(tmp_path, Seen("web", "api", 80, 4))])
    assert found.to_frame().equals(locked.violations(flows(tmp_path, Seen("web", "api", 80, 4))).to_frame())
    assert found.raised.empty
    assert found.render("jsonl") == ""
    assert json.loads(found.render("webhook"))["violations"] == []


def test_formats_hold_every_violation(locked: Baselines, tmp_path: Path) -> None:
    quiet = locked.suppress(NEW, reason="migration", until=START + 99 * HOUR)
    found = quiet.violations(flows(tmp_path, Seen("web", "db", 5432, 4), Seen("203.0.113.7", "api", 22, 5)))
    assert len(found) == 3
    lines = [json.loads(line) for line in found.render("jsonl").splitlines()]
    assert [line["workload"] for line in lines] == found.to_frame()["workload"].tolist()
    assert lines[-1]["first_seen"] == "2026-11-17T05:00:00Z"
    assert len({line["fingerprint"] for line in lines}) == 3
    rows = list(csv.DictReader(io.StringIO(str(found.render("csv")))))
    assert [row["locked_by"] for row in rows] == [f"{DB}, {WEB}"] * 2 + [API]
    sent = json.loads(found.render("webhook"))
    assert (sent["text"], sent["suppressed"]) == ("1 violation of locked network baselines", 2)
    document = json.loads(found.render("sarif"))
    results = document["runs"][0]["results"]
    assert sarif_pydantic.Sarif.model_validate(document).version == "2.1.0"
    assert [len(result.get("suppressions", ())) for result in results] == [1, 1, 0]
    assert results[2]["level"] == "error"
    assert "22" in str(found.render("txt"))


@pytest.mark.parametrize("name", ["txt", "csv", "jsonl", "webhook", "sarif"])
def test_formats_of_no_violation(name: str, locked: Baselines, tmp_path: Path) -> None:
    assert isinstance(locked.violations(flows(tmp_path, Seen("web", "api", 80))).render(name), str)
