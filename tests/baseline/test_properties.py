"""What holds of any baselines and of any decisions: shown with made-up ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.baseline.seen import Seen, flows, shop
from workbench.baseline import Baselines, Head, Known, Side, Suppression
from workbench.baseline.learning import heads_of
from workbench.baseline.model import EXTERNAL, INTERNAL, INTERNET, NODE, WORKLOAD
from workbench.flows.frames import EDGES
from workbench.ground import ArgumentError

NAMES = [f"n{number % 2}/w{number}[Deployment]" for number in range(4)]
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
SIDES = st.builds(
    Side,
    st.sampled_from(NAMES),
    st.sampled_from(["egress", "ingress"]),
    st.just(WORKLOAD),
    st.sampled_from(NAMES),
    st.sampled_from([0, 53, 80, 65535]),
    st.sampled_from(["TCP", "UDP", "ICMP"]),
) | st.builds(
    lambda mine, way, where, port: Side(mine, way, where[0], where[1], port, "TCP"),
    st.sampled_from(NAMES),
    st.sampled_from(["egress", "ingress"]),
    st.sampled_from([(INTERNET, ""), (INTERNAL, ""), (EXTERNAL, 'Büro "1", [a]'), (NODE, "k1[Node]")]),
    st.sampled_from([1, 443]),
)
KNOWN = st.builds(
    Known, st.sampled_from(["baseline", "anomalous"]), st.none() | MOMENTS, st.none() | MOMENTS, st.integers(0, 9)
)
DAY = timedelta(days=1)
SEEN = st.builds(
    Seen,
    st.sampled_from(["web", "api", "db", "job", "203.0.113.9"]),
    st.sampled_from(["web", "api", "db", "job"]),
    st.sampled_from([22, 80, 5432]),
    st.floats(0, 60),
).filter(lambda one: one.src != one.dst)
HEADS = st.builds(Head, MOMENTS, MOMENTS, st.booleans(), st.text(max_size=5))


@st.composite
def baselines(draw: st.DrawFn) -> Baselines:
    """Draw baselines, in which both ends of a flow know it alike."""
    known = {}
    for side, one in draw(st.dictionaries(SIDES, KNOWN, max_size=8)).items():
        known[side] = one
        if side.mirrored is not None:
            known[side.mirrored] = one
    suppressions = draw(st.dictionaries(SIDES, st.builds(Suppression, st.text(min_size=1), MOMENTS), max_size=2))
    heads = {name: draw(HEADS) for name in NAMES}
    return Baselines(heads, known, suppressions, draw(st.timedeltas(timedelta(seconds=1), timedelta(days=99))))


@given(baselines())
def test_records_give_the_same_baselines_also_through_json(found: Baselines) -> None:
    records = found.to_records()
    listed = json.loads(json.dumps([[*key, value] for key, value in records.items()]))
    again = Baselines.from_records({(kind, key): value for kind, key, value in listed})
    assert again == found
    assert again.to_records() == records


@given(baselines(), st.data())
def test_marking_and_adding_undo_each_other(found: Baselines, data: st.DataObject) -> None:
    for side in data.draw(st.lists(st.sampled_from(sorted(found.known)), max_size=3)) if found.known else ():
        there_and_back = (
            found.mark(side).add(side) if found.known[side].status == "baseline" else found.add(side).mark(side)
        )
        assert there_and_back == found


@given(baselines(), SIDES, st.sampled_from(["mark", "add"]))
def test_both_ends_always_agree(found: Baselines, side: Side, action: str) -> None:
    decided = getattr(found, action)(side)
    assert all(
        decided.known[one.mirrored].status == known.status
        for one, known in decided.known.items()
        if one.mirrored is not None
    )


@given(baselines(), st.sets(st.sampled_from(NAMES)))
def test_nothing_is_left_of_workloads_that_are_gone(found: Baselines, gone: set[str]) -> None:
    text = json.dumps([list(key) for key in found.without(gone).to_records()])
    assert not any(name in text for name in gone)
    assert found.without(()) == found


@given(baselines())
def test_what_is_asked_of_edges_is_what_is_known_of_sides(found: Baselines) -> None:
    sides = [side for side in found.known if side.peer_type == WORKLOAD and side.direction == "egress"]
    edges = edges_between([(side.workload, side.peer, side.port, side.protocol) for side in sides])
    statuses = found.status(edges)
    assert statuses["src_status"].astype(str).tolist() == [found.known[side].status for side in sides]
    assert statuses["dst_status"].tolist() == statuses["src_status"].tolist()


def edges_between(pairs: list[tuple[str, str, int, str]]) -> pd.DataFrame:
    """Return edges between workloads."""
    rows = [(src, dst, protocol, port or None) for src, dst, port, protocol in pairs]
    frame = pd.DataFrame(rows, columns=["src", "dst", "protocol", "port"]).astype({"port": "UInt16"})
    moment = pd.Timestamp("2026-11-17", tz="UTC").as_unit("us")
    cells = {name: frame[name] for name in frame.columns}
    for one in EDGES.columns:
        if one.name not in cells:
            value = {"object": (), "int64": 1, "float32": 1.0}.get(
                one.dtype, moment if one.dtype.startswith("date") else "Deployment"
            )
            value = pd.NA if one.dtype == "UInt64" else "flagged" if one.name == "orientation" else value
            cells[one.name] = pd.Series([value] * len(rows), dtype=one.dtype)
    return EDGES.from_columns(cells).assign(flows_denied=0)


def test_a_workload_that_was_never_seen_needs_to_know_the_time() -> None:
    from workbench.baseline.learning import Periods  # noqa: PLC0415

    with pytest.raises(ArgumentError, match="give `now`"):
        heads_of({}, ["a/b[Deployment]"], edges_between([]), Periods(timedelta(hours=1)), None)


@pytest.mark.parametrize(
    "record",
    [
        {("baseline", "a/b[Deployment]"): {"begun": "yesterday"}},
        {("baseline", "a/b[Deployment]"): None},
        {("baseline-flow", "not json"): {"status": "baseline", "first_seen": None, "last_seen": None, "flows": 0}},
        {
            ("baseline-flow", '["a","up","workload","b",1,"TCP"]'): {
                "status": "baseline",
                "first_seen": None,
                "last_seen": None,
                "flows": 0,
            }
        },
        {("suppression", '["a","egress","workload","b",1,"TCP"]'): {"reason": "r", "until": "2026-01-01T00:00"}},
        {("setting", "baseline-period"): "long"},
    ],
)
def test_a_record_that_is_damaged_is_kept_and_named(record: dict[tuple[str, str], object]) -> None:
    ((kind, key),) = record
    found = Baselines.from_records(record)
    assert found.to_records() == record
    (problem,) = (one.problem() for one in found.unread)
    assert f"the record {kind} {key!r} is kept and says nothing here: it is not as a baseline's is" in problem.message


@given(
    locked=st.sets(st.sampled_from(["web", "api", "db", "job"])),
    seen=st.lists(SEEN, max_size=8),
    whole=st.booleans(),
)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_locked_baseline_never_changes_by_learning(
    tmp_path: Path, locked: set[str], seen: list[Seen], *, whole: bool
) -> None:
    before = Baselines().learn(shop(), flows(tmp_path, Seen("web", "api", 80), Seen("api", "db", 5432)), period=DAY)
    names = [f"shop/{name}" for name in sorted(locked)]
    before = before.lock(names) if names else before
    after = before.learn(shop(), flows(tmp_path, Seen("job", "db", 1), *seen), whole=whole)
    for name, head in before.heads.items():
        if head.locked:
            assert after.heads[name] == head
            assert after.of(name).known == before.of(name).known


@given(baselines(), baselines(), st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
def test_imported_baselines_take_the_place_of_those_of_their_workloads(
    here: Baselines, all_of_them: Baselines, names: list[str]
) -> None:
    other = all_of_them.of(names)
    found = here.replaced_by(other)
    assert found.heads == {**here.heads, **other.heads}
    assert {side for side in found.known if side.workload in names} == set(other.known)
    for side, one in found.known.items():
        if side.mirrored is not None and side.mirrored.workload not in names:
            assert found.known[side.mirrored].status == one.status
    assert {side: one for side, one in found.known.items() if not {side.workload, side.peer} & set(names)} == {
        side: one for side, one in here.known.items() if not {side.workload, side.peer} & set(names)
    }
    assert found.replaced_by(other) == found
    assert here.replaced_by(Baselines(period=here.period)) == here
