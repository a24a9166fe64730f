"""One end of many has the rows that it has in the comparison of all; and its flows are those of its edges."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

import pandas as pd
import pytest

from tests.flows.clusters import cluster_of, deployment, pod
from workbench import Connectivity, evaluate, load_manifests
from workbench.flows import Flows, compare, load_flows, traffic_of

SHOP = ["data/samples/shop", "data/samples/flows/cluster.json"]
DB = "payments/db[StatefulSet]"
ACQUIRER = "198.51.100.10"


@cache
def shop() -> tuple[Connectivity, Flows]:
    cluster = load_manifests(SHOP)
    return evaluate(cluster), load_flows("data/samples/flows/hubble.jsonl.gz", cluster=cluster)


@cache
def everything() -> pd.DataFrame:
    return compare(*shop()).to_frame()


def of(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    return frame[(frame["src"] == name) | (frame["dst"] == name)].reset_index(drop=True)


def workloads() -> list[str]:
    return [peer.name for peer in shop()[0].workloads_named()]


@pytest.mark.parametrize("name", workloads())
def test_a_workload_has_its_rows_of_the_comparison(name: str) -> None:
    found = traffic_of(*shop(), name)
    wanted = of(everything(), name)
    pd.testing.assert_frame_equal(found[list(wanted.columns)].astype("object"), wanted.astype("object"))


@pytest.mark.parametrize("name", ["payments/db", "payments/db-0"])
def test_a_workload_may_be_named_in_short_or_by_a_pod(name: str) -> None:
    pd.testing.assert_frame_equal(traffic_of(*shop(), name), traffic_of(*shop(), DB))


def test_several_ends_have_the_rows_of_each_once() -> None:
    names = workloads()
    wanted = everything()
    wanted = wanted[wanted["src"].isin(names) | wanted["dst"].isin(names)].reset_index(drop=True)
    found = traffic_of(*shop(), names)
    pd.testing.assert_frame_equal(found[list(wanted.columns)].astype("object"), wanted.astype("object"))


def test_a_pair_has_what_is_between_the_two_in_both_directions() -> None:
    found = traffic_of(*shop(), "payments/api[Deployment]", DB)
    assert set(zip(found["src"], found["dst"], strict=True)) == {("payments/api[Deployment]", DB)}
    again = traffic_of(*shop(), DB, "payments/api[Deployment]")
    pd.testing.assert_frame_equal(found, again)


def test_what_leaves_and_what_arrives_are_all_there_is() -> None:
    prometheus = "platform/prometheus[Deployment]"
    leaving = traffic_of(*shop(), prometheus, direction="egress")
    arriving = traffic_of(*shop(), prometheus, direction="ingress")
    assert set(leaving["src"]) == {prometheus}
    assert set(arriving["dst"]) == {prometheus}
    both = {(one.src, one.dst, one.ports) for one in (*leaving.itertuples(), *arriving.itertuples())}
    whole = traffic_of(*shop(), prometheus)
    assert both == set(zip(whole["src"], whole["dst"], whole["ports"], strict=True))
    assert traffic_of(*shop(), "payments/api[Deployment]", DB, direction="ingress").empty


def test_edges_keep_what_flows_say_of_them() -> None:
    connectivity, flows = shop()
    found = traffic_of(connectivity, flows, "payments/api[Deployment]", ACQUIRER)
    seen = found[found["status"] == "active"]
    assert seen["dst_domains"].tolist() == [("acquirer.example",)]
    assert seen[["protocol", "port"]].to_numpy().tolist() == [["TCP", 443]]
    assert seen["connections"].tolist() == [18]


def test_an_address_has_those_who_may_reach_the_range_that_holds_it() -> None:
    found = traffic_of(*shop(), ACQUIRER)
    pairs = set(zip(found["src"], found["dst"], found["status"], strict=True))
    assert ("payments/api[Deployment]", ACQUIRER, "active") in pairs
    assert ("orders/cart[Deployment]", "outside", "unused") in pairs


def test_a_block_has_the_edges_of_its_addresses() -> None:
    found = traffic_of(*shop(), "198.51.100.0/24")
    assert {ACQUIRER, "198.51.100.200"} <= {*found["src"], *found["dst"]}


def test_without_flows_all_that_is_allowed_was_not_seen() -> None:
    connectivity, _ = shop()
    found = traffic_of(connectivity, None, DB)
    allowed = connectivity.focus(DB).connections()
    assert set(found["status"]) == {"unused"}
    assert list(zip(found["src"], found["dst"], found["ports"], strict=True)) == sorted(
        (src.name, dst.name, str(ports)) for src, dst, ports in allowed
    )


@pytest.mark.parametrize("name", ["nobody/nothing[Deployment]", "", "a,b", "<b>", ()])
def test_what_means_nothing_has_no_rows(name: str | tuple[()]) -> None:
    assert traffic_of(*shop(), name).empty


def test_flows_of_all_edges_are_all_flows() -> None:
    _, flows = shop()
    assert len(flows.of_edges(flows.edges())) == len(flows)
    assert len(flows.of_edges(flows.edges().head(0))) == 0


def test_flows_of_an_edge_make_up_that_edge() -> None:
    _, flows = shop()
    edges = flows.edges()
    for number in range(0, len(edges), 7):
        one = edges.iloc[[number]].reset_index(drop=True)
        pd.testing.assert_frame_equal(flows.of_edges(one).edges(), one, check_categorical=False)


def test_flows_of_an_edge_are_in_the_time_that_is_asked_about() -> None:
    _, flows = shop()
    day = flows.between("2026-11-18", "2026-11-19")
    edges = day.edges()
    found = day.of_edges(edges[edges["dst"] == DB]).timeline("1d")
    assert found["time"].unique().tolist() == [pd.Timestamp("2026-11-18", tz="UTC")]


def test_each_edge_is_looked_for_in_a_span_of_its_own() -> None:
    _, flows = shop()
    edges = flows.edges().sample(40, random_state=1)
    first, last = flows.period
    assert first is not None
    assert last is not None
    chance = Random(1)  # noqa: S311  (when to look, no secret)
    begun = [first + chance.random() * (last - first) for _ in range(len(edges))]
    ends = [one + chance.random() * (last - first) / 20 for one in begun]
    found = flows.seen_within(edges.assign(begun=begun, ends=ends))
    assert found.index.equals(edges.index)
    assert found.tolist() == [
        len(flows.of_edges(edges.loc[[name]]).between(*span)) > 0
        for name, *span in zip(edges.index, begun, ends, strict=True)
    ]
    assert 0 < found.sum() < len(found)


def test_the_end_of_a_span_is_not_in_it() -> None:
    _, flows = shop()
    edges = flows.edges()
    alone = edges[edges["first_seen"] == edges["last_seen"]].head(1)
    assert len(alone)
    moment, tick = alone["first_seen"].iloc[0], pd.Timedelta("1us")
    spans = pd.concat([alone] * 3).assign(
        begun=[moment - tick, moment, moment + tick], ends=[moment, moment + tick, moment + 2 * tick]
    )
    assert flows.seen_within(spans).tolist() == [False, True, False]
    assert flows.seen_within(spans.head(0)).empty


def test_an_address_that_two_pods_had_belongs_to_each_in_its_time(tmp_path: Path) -> None:
    from tests.flows.test_comparison import seen  # noqa: PLC0415  (its lines alone)

    lines = [seen("web", "203.0.113.9", 443), seen("web", "203.0.113.9", 8443)]
    (tmp_path / "flows.log").write_text("\n".join(lines) + "\n")
    cluster = cluster_of(deployment("web", {"app": "web"}), pod("other", "10.0.1.9"))
    times = pd.Timestamp("2026-11-21T09:00:00Z")
    lifetimes = pd.DataFrame(
        {
            "namespace": ["shop", "shop"],
            "pod": ["early", "late"],
            "ip": ["203.0.113.9", "203.0.113.9"],
            "start": [times - pd.Timedelta("1h"), times + pd.Timedelta("1h")],
            "end": [times + pd.Timedelta("30min"), times + pd.Timedelta("2h")],
        }
    )
    flows = load_flows(tmp_path / "flows.log").attributed(cluster, lifetimes)
    edges = flows.edges()
    assert set(edges["dst"]) == {"shop/early[Pod]"}
    assert len(flows.of_edges(edges.head(1))) == 1
    assert len(flows.of_edges(edges)) == 2
