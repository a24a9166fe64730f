"""What baselines know and what was seen, listed together; and lengths of time as people write them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.baseline.seen import API, DB, HOUR, WEB, Seen, flows, shop
from workbench.baseline import Baselines, Side, period_of, period_text
from workbench.baseline.sides import peer_of
from workbench.ground import ArgumentError, NotFoundError

NORMAL = Side(WEB, "egress", "workload", API, 80, "TCP")


def test_each_side_is_listed_once_with_what_its_baseline_says(tmp_path: Path) -> None:
    learnt = Baselines().learn(shop(), flows(tmp_path, Seen("web", "api", 80), Seen("api", "db", 5432)), period=HOUR)
    marked = learnt.mark(Side(API, "egress", "workload", DB, 5432, "TCP"))
    later = flows(tmp_path, Seen("web", "api", 80, at=30), Seen("web", "db", 22, at=31, denied=True))
    rows = marked.listing(later)
    told = {
        (row.workload, row.peer, row.port): (row.status, row.marked, row.seen, row.flows, row.flows_denied)
        for row in rows.itertuples()
    }
    assert told == {
        (WEB, API, 80): ("baseline", False, True, 1, 0),
        (API, WEB, 80): ("baseline", False, True, 1, 0),
        (API, DB, 5432): ("anomalous", True, False, 0, 0),
        (DB, API, 5432): ("anomalous", True, False, 0, 0),
        (WEB, DB, 22): ("anomalous", False, True, 1, 1),
        (DB, WEB, 22): ("anomalous", False, True, 1, 1),
    }


def test_times_are_those_of_learning_and_of_these_flows_together(tmp_path: Path) -> None:
    learnt = Baselines().learn(shop(), flows(tmp_path, Seen("web", "api", 80)), period=HOUR)
    rows = learnt.listing(flows(tmp_path, Seen("web", "api", 80, at=30)))
    row = rows[rows["workload"] == WEB].iloc[0]
    assert row["last_seen"] - row["first_seen"] == 30 * HOUR


def test_anomalies_are_rows_of_the_listing_with_who_else_does_it(tmp_path: Path) -> None:
    learnt = Baselines().learn(shop(), flows(tmp_path, Seen("web", "api", 80)), period=HOUR)
    later = flows(
        tmp_path, Seen("web", "db", 22, at=9), Seen("api", "db", 22, at=9), Seen("web", "203.0.113.9", 443, at=9)
    )
    rows = learnt.listing(later)
    anomalies = learnt.anomalies(later)
    odd = rows[rows["status"] == "anomalous"].reset_index(drop=True)
    assert odd[list(anomalies.columns)].equals(anomalies)


def test_without_edges_what_is_known_is_listed(tmp_path: Path) -> None:
    seen = flows(tmp_path, Seen("web", "api", 80))
    learnt = Baselines().learn(shop(), seen, period=HOUR)
    assert len(learnt.listing(seen.edges().head(0))) == len(learnt.known) == 2
    assert len(Baselines().listing(seen.edges().head(0))) == 0


def test_what_has_no_baseline_is_listed_as_such(tmp_path: Path) -> None:
    rows = Baselines().listing(flows(tmp_path, Seen("web", "api", 80)))
    assert set(rows["status"]) == {"no-baseline"}
    assert len(rows) == 2


@pytest.mark.parametrize(
    "text, hours",
    [("8h", 8), ("2d", 48), ("1 week", 168), ("1h30m", 1.5), (" 1 Day 12 hours ", 36), ("90min", 1.5), ("60s", 1 / 60)],
)
def test_lengths_of_time_are_read(text: str, hours: float) -> None:
    assert period_of(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "h", "8", "8x", "8h and more", "-1h", "0d", "1.5h"])
def test_what_is_no_length_of_time_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ArgumentError, match="write it like 8h, 2d, 1 week or 1h30m"):
        period_of(text)


@given(st.timedeltas(timedelta(seconds=1), timedelta(weeks=99)).map(lambda one: one - one % timedelta(seconds=1)))
def test_lengths_of_time_in_words_are_read_again(period: timedelta) -> None:
    assert period_of(period_text(max(period, timedelta(seconds=1)))) == max(period, timedelta(seconds=1))


@pytest.mark.parametrize(
    "src, dst, side",
    [
        ("shop/web", "shop/api", Side(WEB, "egress", "workload", API, 80, "TCP")),
        (WEB, "internet", Side(WEB, "egress", "internet", "", 80, "TCP")),
        (WEB, "203.0.113.9", Side(WEB, "egress", "internet", "", 80, "TCP")),
        ("10.9.9.9", WEB, Side(WEB, "ingress", "internal", "", 80, "TCP")),
        (WEB, "internal", Side(WEB, "egress", "internal", "", 80, "TCP")),
        ("node-a[Node]", WEB, Side(WEB, "ingress", "node", "node-a[Node]", 80, "TCP")),
        (WEB, "our bank", Side(WEB, "egress", "external", "our bank", 80, "TCP")),
    ],
)
def test_a_flow_is_named_by_its_ends(tmp_path: Path, src: str, dst: str, side: Side) -> None:
    learnt = Baselines().learn(shop(), flows(tmp_path, Seen("web", "api", 80)), period=HOUR)
    assert learnt.side_between(src, dst, 80, "tcp") == side


def test_a_name_of_several_workloads_asks_for_the_kind(tmp_path: Path) -> None:
    learnt = Baselines().learn(shop(), flows(tmp_path, Seen("web", "api", 80)), period=HOUR)
    two = replace(learnt, heads={**learnt.heads, "shop/web[Deployment]": learnt.heads[WEB]})
    with pytest.raises(NotFoundError, match="shop/web means several"):
        two.side_between("shop/web", API, 80)


def test_baselines_of_some_workloads_know_what_these_know(tmp_path: Path) -> None:
    learnt = Baselines().learn(shop(), flows(tmp_path, Seen("web", "api", 80)), period=HOUR)
    some = learnt.of("shop/web")
    assert list(some.heads) == [WEB]
    assert list(some.known) == [NORMAL]


@pytest.mark.parametrize("name, kind", [("External Entities", "internet"), ("Internal Entities", "internal")])
def test_what_sources_call_the_outside_is_the_outside(name: str, kind: str) -> None:
    """Addresses without a name are one peer, whatever they are called (baselines N11)."""
    assert peer_of(name, "External") == (kind, "")
