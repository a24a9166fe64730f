"""The rules of baselines, one after the other, as docs/baselines.md numbers them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from tests.baseline.seen import API, DB, HOUR, JOB, START, WEB, Seen, flows, policy, shop
from tests.flows.clusters import pod
from workbench.baseline import Baselines, Known, Mode, Side, workload_status
from workbench.baseline.model import PEER_TYPES
from workbench.external import AddressBook
from workbench.flows import Flows
from workbench.ground import ArgumentError, NotFoundError

CALL = Side(WEB, "egress", "workload", API, 80, "TCP")
ANSWER = Side(API, "ingress", "workload", WEB, 80, "TCP")
NEW = Side(WEB, "egress", "workload", DB, 5432, "TCP")


def learnt(folder: Path, *seen: Seen, period: timedelta = HOUR) -> Baselines:
    """Return what is learnt of connections; without any, of one call of the web to the API at the start."""
    cluster = shop()
    return Baselines().learn(cluster, flows(folder, *seen or [Seen("web", "api", 80)], cluster=cluster), period=period)


def states(baselines: Baselines, folder: Path, *seen: Seen) -> list[str]:
    return baselines.status(flows(folder, *seen))["status"].astype(str).tolist()


def test_n1_every_workload_has_a_baseline_with_peers_of_four_kinds_by_direction_port_and_protocol(
    tmp_path: Path,
) -> None:
    found = learnt(tmp_path, Seen("web", "api", 80), Seen("web", "203.0.113.7", 443), Seen("192.168.7.7", "web", 8080))
    assert set(found.heads) == {WEB, API, DB, JOB}
    assert set(found.known) == {
        CALL,
        ANSWER,
        Side(WEB, "egress", "internet", "", 443, "TCP"),
        Side(WEB, "ingress", "internal", "", 8080, "TCP"),
    }
    assert {side.peer_type for side in found.known} < set(PEER_TYPES)


def test_n2_a_workload_is_observed_for_an_hour_from_when_it_was_first_seen_or_else_from_now(tmp_path: Path) -> None:
    found = learnt(tmp_path, Seen("web", "api", 80, 2))
    assert found.heads[WEB].begun == START + 2 * HOUR
    assert found.heads[WEB].period_end - found.heads[WEB].begun == timedelta(hours=1)
    again = Baselines().learn(shop(), flows(tmp_path, Seen("web", "api", 80)), now=START + 9 * HOUR)
    assert again.heads[DB].begun == START + 9 * HOUR


def test_n2_the_length_can_be_another_for_a_workload_or_a_namespace(tmp_path: Path) -> None:
    seen = flows(tmp_path, Seen("web", "api", 80))
    periods = {"shop": 2 * HOUR, "shop/web": 5 * HOUR}
    found = Baselines().learn(shop(), seen, periods=periods)
    assert [found.heads[name].period_end - found.heads[name].begun for name in (WEB, API)] == [5 * HOUR, 2 * HOUR]
    longer = found.learn(shop(), seen, periods={WEB: 7 * HOUR})
    assert longer.heads[WEB].period_end == longer.heads[WEB].begun + 7 * HOUR
    with pytest.raises(ArgumentError, match="not above zero"):
        found.learn(shop(), seen, period=timedelta(0))


@pytest.mark.parametrize("at, is_learnt", [(0.999, True), (1.0, False), (3, False)])
def test_n3_what_begins_before_the_end_of_the_period_is_learnt(tmp_path: Path, at: float, *, is_learnt: bool) -> None:
    found = learnt(tmp_path, Seen("web", "api", 80), Seen("web", "api", 81, at))
    assert (CALL._replace(port=81) in found.known) == is_learnt


def test_n3_one_side_that_is_still_observed_is_enough(tmp_path: Path) -> None:
    found = learnt(tmp_path, Seen("web", "api", 80), Seen("db", "api", 99, 5))
    assert Side(API, "ingress", "workload", DB, 99, "TCP") in found.known


def test_n3_nothing_is_learnt_with_an_end_that_is_locked_or_has_no_baseline(tmp_path: Path) -> None:
    first = learnt(tmp_path).lock(API)
    more = flows(tmp_path, Seen("web", "api", 80), Seen("db", "api", 99), Seen("db", "web", 98))
    found = first.observe(WEB, START).learn(shop(), more)
    assert set(found.known) - set(first.known) == {
        Side(DB, "egress", "workload", WEB, 98, "TCP"),
        Side(WEB, "ingress", "workload", DB, 98, "TCP"),
    }
    without = shop(without=("db",))
    assert set(Baselines().learn(without, flows(tmp_path, Seen("db", "api", 99), cluster=shop())).known) == set()


def test_n3_a_first_load_learns_everything_whenever_it_was(tmp_path: Path) -> None:
    seen = flows(tmp_path, Seen("web", "api", 80), Seen("web", "api", 81, 30))
    assert CALL._replace(port=81) in Baselines().learn(shop(), seen, whole=True).known


def test_n3_a_flow_from_before_and_after_a_period_is_learnt_only_if_it_was_seen_within(tmp_path: Path) -> None:
    outside = [Seen("web", "api", 81), Seen("web", "api", 81, 9)]
    for within, expected in (([], False), ([Seen("web", "api", 81, 5.5)], True)):
        base = Baselines(learnt(tmp_path).heads).observe([WEB, API], START + 5 * HOUR, HOUR)
        found = base.learn(shop(), flows(tmp_path, *outside, *within))
        assert (CALL._replace(port=81) in found.known) == expected


def test_n4_a_flow_is_learnt_on_both_sides_and_what_is_forbidden_never_again(tmp_path: Path) -> None:
    found = learnt(tmp_path)
    assert set(found.known) == {CALL, ANSWER}
    assert found.known[CALL] == Known("baseline", START, START, 1)
    marked = found.mark(CALL)
    assert marked.learn(shop(), flows(tmp_path, Seen("web", "api", 80))) == marked


def test_n5_marking_and_adding_are_mirrored_and_work_on_locked_baselines(tmp_path: Path) -> None:
    found = learnt(tmp_path).lock("shop")
    marked = found.mark(ANSWER)
    assert {marked.known[CALL].status, marked.known[ANSWER].status} == {"anomalous"}
    assert marked.mark([CALL]) == marked
    assert marked.add(CALL) == found
    assert found.add(CALL) == found
    assert set(found.add(NEW).known) == {CALL, ANSWER, NEW, NEW.mirrored}
    assert found.add(NEW).forget(NEW) == found


def test_n5_peers_without_a_baseline_are_refused_all_by_name(tmp_path: Path) -> None:
    strange = [CALL._replace(peer="shop/b[Deployment]"), CALL._replace(peer="shop/a[Deployment]")]
    with pytest.raises(ArgumentError, match=r"shop/a\[Deployment\], shop/b\[Deployment\]"):
        learnt(tmp_path).mark(strange)


def test_n5_rows_of_a_frame_can_be_marked(tmp_path: Path) -> None:
    found = learnt(tmp_path)
    assert found.mark(found.to_frame()) == found.mark([CALL, ANSWER])
    with pytest.raises(ArgumentError, match="lacks the columns direction"):
        found.mark(found.to_frame().drop(columns=["direction"]))


def test_n6_locking_is_idempotent_freezes_learning_and_needs_a_baseline(tmp_path: Path) -> None:
    found = learnt(tmp_path)
    locked = found.lock(WEB)
    assert locked.heads[WEB].locked
    assert locked.lock(WEB) == locked
    assert locked.unlock("shop/web") == found
    assert locked.learn(shop(), flows(tmp_path, Seen("web", "api", 82))).known == locked.known
    with pytest.raises(NotFoundError, match="no baseline is called 'none'"):
        found.lock("none")


def test_n7_a_flow_is_normal_if_peer_direction_port_and_protocol_are_the_same(tmp_path: Path) -> None:
    found = learnt(tmp_path)
    assert states(found, tmp_path, Seen("web", "api", 80, 50)) == ["baseline"]
    assert states(found, tmp_path, Seen("api", "web", 80), Seen("web", "api", 81), Seen("web", "db", 80)) == (
        ["anomalous"] * 3
    )
    assert states(Baselines(), tmp_path, Seen("web", "api", 80)) == ["no-baseline"]
    both = found.status(flows(tmp_path, Seen("203.0.113.9", "web", 80)))
    assert both[["src_status", "dst_status"]].astype(str).to_numpy().tolist() == [["no-baseline", "anomalous"]]


def test_n8_a_row_for_both_ends_if_the_locked_baseline_of_either_lacks_the_flow(tmp_path: Path) -> None:
    found = learnt(tmp_path)
    seen = flows(tmp_path, Seen("web", "db", 5432, 4), Seen("web", "api", 80))
    assert len(found.violations(seen)) == 0
    rows = found.lock(DB).violations(seen).to_frame()
    assert rows["workload"].tolist() == [DB, WEB]
    assert set(rows["severity"]) == {"error"}
    assert set(rows["locked_by"]) == {(DB,)}
    assert set(rows["message"]) == {f"{WEB} connected to {DB}:5432 (TCP), which is in no baseline"}
    assert set(found.lock("shop").violations(seen).to_frame()["locked_by"]) == {(DB, WEB)}


def test_n8_what_was_only_tried_is_a_warning(tmp_path: Path) -> None:
    rows = learnt(tmp_path).lock("shop").violations(flows(tmp_path, Seen("web", "db", 22, denied=True))).to_frame()
    assert set(rows["severity"]) == {"warning"}
    assert "tried to connect" in rows["message"][0]


def test_n9_a_new_or_changed_policy_restarts_the_observation_of_whom_it_selects(tmp_path: Path) -> None:
    found, now = learnt(tmp_path), START + 50 * HOUR
    plain, one, other = shop(), shop(policy("p", "web")), shop(policy("p", "web", port=81))
    for before, after in ((plain, one), (one, other)):
        restarted = found.following(before, after, now)
        assert {name for name, head in restarted.heads.items() if head.period_end == now + HOUR} == {WEB}
    renamed = shop(policy("q", "web"))
    for before, after in ((one, one), (one, plain), (one, renamed)):
        assert found.following(before, after, now) == found


def test_n10_a_workload_that_is_gone_is_gone_from_all_baselines(tmp_path: Path) -> None:
    found = learnt(tmp_path, Seen("web", "api", 80), Seen("web", "db", 5432)).mark(NEW)
    left = found.following(shop(), shop(without=("db",)), START)
    assert DB not in left.heads
    assert set(left.known) == {CALL, ANSWER}


@pytest.mark.parametrize("address, expected", [("203.0.113.99", "baseline"), ("10.7.7.7", "anomalous")])
def test_n11_public_addresses_are_one_peer_and_private_ones_another(
    tmp_path: Path, address: str, expected: str
) -> None:
    found = learnt(tmp_path, Seen("web", "203.0.113.7", 443))
    assert states(found, tmp_path, Seen("web", address, 443)) == [expected]
    assert states(found, tmp_path, Seen("web", "203.0.113.7", 80)) == ["anomalous"]


def test_n12_what_was_learnt_of_outside_can_be_marked_in_both_directions(tmp_path: Path) -> None:
    found = learnt(tmp_path, Seen("203.0.113.7", "web", 443), Seen("web", "203.0.113.7", 443))
    marked = found.mark([side for side in found.known if side.direction == "ingress"])
    seen = flows(tmp_path, Seen("203.0.113.8", "web", 443), Seen("web", "203.0.113.8", 443))
    assert marked.status(seen).set_index("src")["status"].astype(str).to_dict() == {
        "203.0.113.8": "anomalous",
        WEB: "baseline",
    }


def test_s5_a_policy_is_applied_or_recommended_or_runtime_information_is_missing(tmp_path: Path) -> None:
    cluster = shop(policy("p", "web"), policy("q", "db"))
    found = workload_status(cluster, flows(tmp_path, Seen("web", "api", 80), cluster=cluster)).set_index("workload")
    assert found["status"].astype(str).to_dict() == {
        WEB: "applied",
        API: "recommended",
        DB: "applied",
        JOB: "missing-runtime-info",
    }
    assert found.to_dict("index")[DB]["applied"] is True
    assert found.to_dict("index")[DB]["runtime_info"] is False
    assert found["policies"][WEB] == ("NetworkPolicy shop/p",)


def test_modes_follow_from_the_period_and_the_lock(tmp_path: Path) -> None:
    found = learnt(tmp_path)
    head = found.heads[WEB]
    assert (head.mode(START), head.mode(START + HOUR)) == (Mode.DISCOVER, Mode.MONITOR)
    now = START + 5 * HOUR
    for mode in ("discover", "protect", "monitor", "discover", "monitor"):
        found = found.with_mode("shop", mode, now)
        assert set(found.summary(now)["mode"]) == {mode}
    with pytest.raises(ArgumentError, match="unknown mode"):
        found.with_mode("shop", "off", now)


def test_what_was_only_denied_is_never_normal(tmp_path: Path) -> None:
    assert learnt(tmp_path, Seen("web", "api", 80, denied=True)).known == {}


def test_anomalies_say_when_how_often_and_who_else(tmp_path: Path) -> None:
    found = learnt(tmp_path)
    rows = found.anomalies(
        flows(tmp_path, Seen("web", "db", 5432, 2), Seen("web", "db", 5432, 6), Seen("api", "db", 5432, 3))
    ).set_index(["workload", "direction", "peer"])
    mine = rows.to_dict("index")[WEB, "egress", DB]
    assert (mine["flows"], mine["other_workloads"], mine["who_else"]) == (2, 1, (API,))
    assert (mine["first_seen"], mine["last_seen"]) == (
        pd.Timestamp(START + 2 * HOUR),
        pd.Timestamp(START + 6 * HOUR),
    )
    assert len(rows) == 4


def test_s5_a_policy_is_not_applied_to_pods_that_have_finished(tmp_path: Path) -> None:
    """Kubernetes, "Pod Lifecycle": what has finished has no network, and no policy is about it."""
    done = pod("done-0", "10.244.0.99", labels={"app": "done"})
    done["status"]["phase"] = "Succeeded"
    cluster = shop(done, policy("done", "done"))
    found = workload_status(cluster, flows(tmp_path, Seen("web", "api", 80), cluster=cluster)).set_index("workload")
    assert not found.loc["shop/done-0[Pod]", "applied"]


# --- 26: names that are given later


def named_bank(folder: Path, *seen: Seen) -> Flows:
    return (
        AddressBook(default_ranges=False)
        .add("bank", "203.0.113.0/24")
        .add("lan", "10.7.0.0/16")
        .tag(flows(folder, *seen))
    )


BANK = Seen("web", "203.0.113.7", 443)


def test_26_what_was_learnt_without_a_name_is_known_by_it_also_where_it_is_locked(tmp_path: Path) -> None:
    lan = Seen("10.7.0.9", "api", 80)
    found = learnt(tmp_path, BANK, lan).lock("shop")
    named = named_bank(tmp_path, BANK, lan)
    assert len(found.violations(named)) == 2
    after = found.by_names(named)
    assert not len(after.violations(named))
    assert after.known.keys() - found.known.keys() == {
        Side(WEB, "egress", "external", "bank", 443, "TCP"),
        Side(API, "ingress", "external", "lan", 80, "TCP"),
    }
    assert after.by_names(named) == after
    assert after.heads == found.heads
    plain = flows(tmp_path, BANK, lan, Seen("web", "198.51.100.1", 443))
    assert not len(after.violations(plain))


@pytest.mark.parametrize(
    "seen",
    [
        Seen("web", "203.0.113.7", 22),
        Seen("api", "203.0.113.7", 443),
        Seen("web", "10.7.0.9", 443),
        Seen("web", "203.0.113.7", 443, denied=True),
    ],
)
def test_26_what_was_not_normal_without_the_name_is_not_by_it(tmp_path: Path, seen: Seen) -> None:
    found = learnt(tmp_path, BANK)
    assert found.by_names(named_bank(tmp_path, seen)) == found


def test_26_what_was_not_seen_is_not_added_and_what_was_decided_stays(tmp_path: Path) -> None:
    found = learnt(tmp_path, BANK)
    assert found.by_names(named_bank(tmp_path, Seen("web", "198.51.100.1", 443))) == found
    side = Side(WEB, "egress", "external", "bank", 443, "TCP")
    marked = found.mark(side)
    assert marked.by_names(named_bank(tmp_path, BANK)) == marked
    forbidden = found.mark(Side(WEB, "egress", "internet", "", 443, "TCP"))
    assert forbidden.by_names(named_bank(tmp_path, BANK)) == forbidden
