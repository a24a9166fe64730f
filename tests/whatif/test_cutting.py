"""The fewest pairs without which one end no longer reaches another, and the policies that deny them (what-if 14)."""

from __future__ import annotations

import json
from collections import deque
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters, manifests
from tests.connectivity.test_siblings import owned
from tests.examples import examples
from tests.generate.town import Seen, cluster_of, flows_of, namespace, pod, policy, workload
from workbench.connectivity import Connectivity, evaluate
from workbench.ground import ArgumentError
from workbench.inventory import Cluster, load_manifests
from workbench.whatif import Cut, Uncut, minimal_cut, simulate

Json = dict[str, Any]
NAMES = ("web", "api", "cache", "db")
WEB, API, CACHE, DB = (workload(f"shop/{name}", f"10.0.0.{number}") for number, name in enumerate(NAMES, 1))
SHOP: list[Json | list[Json]] = [namespace("shop"), WEB, API, CACHE, DB]


def admits(name: str, *callers: str) -> Json:
    peers = [{"podSelector": {"matchLabels": {"app": caller}}} for caller in callers]
    return policy(f"shop/{name}", {"app": name}, ingress=[{"from": peers}] if peers else [], policyTypes=["Ingress"])


CHAIN = cluster_of(*SHOP, admits("web"), admits("api", "web"), admits("cache", "web"), admits("db", "api", "cache"))
"""The database is reached over two workloads; nothing but the web calls these."""


def pairs(found: Cut) -> list[tuple[str, str]]:
    return [(_short(one.src), _short(one.dst)) for one in found.pairs]


def _short(name: str) -> str:
    return name.rpartition("/")[2].partition("[")[0] or name


def specs(found: Cut) -> dict[str, Json]:
    return {one["metadata"]["name"]: one["spec"] for one in yaml.safe_load_all(found.to_yaml())}


def reached(allowed: Connectivity, src: str) -> set[str]:
    return {_short(name) for name in allowed.reach(src)["dst"]}


# --- which pairs ----------------------------------------------------------------------------------------


def test_the_fewest_pairs_are_removed_and_nothing_else_changes() -> None:
    found = minimal_cut(CHAIN, "shop/web", "shop/db")
    assert (len(found.pairs), found.fewest, found.is_connected, found.also) == (2, 2, False, ())
    assert reached(found.before, "shop/web") == {"api", "cache", "db"}
    assert "db" not in reached(found.after, "shop/web")
    assert found.notes == ("shop/web no longer reaches shop/db, over any number of hops; nothing else changes.",)


def test_one_pair_that_all_ways_lead_over_is_enough() -> None:
    cluster = cluster_of(*SHOP, admits("web"), admits("api", "web"), admits("cache", "api"), admits("db", "cache"))
    assert len(minimal_cut(cluster, "shop/web", "shop/db").pairs) == 1


def test_a_pair_alone_is_cut_directly() -> None:
    cluster = cluster_of(*SHOP, admits("web"), admits("api", "web"), admits("cache"), admits("db"))
    assert pairs(minimal_cut(cluster, "shop/web", "shop/api")) == [("web", "api")]


def test_what_is_not_reached_needs_no_cut() -> None:
    found = minimal_cut(CHAIN, "shop/db", "shop/web")
    assert (found.pairs, found.policies, found.fewest, found.to_yaml()) == ((), (), 0, "")
    assert found.notes == ("shop/db does not reach shop/web as it is.",)


def test_pairs_that_were_seen_are_spared_where_others_do() -> None:
    cluster = cluster_of(*SHOP, admits("web"), admits("api", "web"), admits("cache", "api"), admits("db", "cache"))
    for kept in (("web", "api"), ("api", "cache"), ("cache", "db")):
        spared = [(f"shop/{kept[0]}", f"shop/{kept[1]}", 80, "TCP")]
        assert kept not in pairs(minimal_cut(cluster, "shop/web", "shop/db", spare=spared))


def test_seen_flows_count_more_than_any_number_of_pairs(tmp_path: Path) -> None:
    cluster = cluster_of(*SHOP, workload("shop/far", "10.0.0.9"), admits("far"), admits("web", "far"), *CHAIN_OF_TWO)
    seen = flows_of(tmp_path, cluster, Seen("shop/far", "shop/web", 80))
    assert pairs(minimal_cut(cluster, "shop/far", "shop/db")) == [("far", "web")]
    found = minimal_cut(cluster, "shop/far", "shop/db", seen)
    assert (len(found.pairs), found.fewest, {one.flows for one in found.pairs}) == (2, 1, {0})
    assert found.notes[1].startswith("1 pair would be enough")
    assert minimal_cut(cluster, "shop/far", "shop/db", seen, spare_seen=True).pairs == found.pairs


CHAIN_OF_TWO = (admits("api", "web"), admits("cache", "web"), admits("db", "api", "cache"))


def test_what_is_to_be_kept_may_leave_no_cut() -> None:
    spared = [("shop/web", "shop/api"), ("shop/api", "shop/db")]
    found = minimal_cut(CHAIN, "shop/web", "shop/db", spare=spared)
    assert (found.pairs, found.fewest, found.policies) == ((), None, ())
    assert "no cut leaves that" in found.notes[0]


def test_ends_may_be_namespaces_and_addresses() -> None:
    outer: list[Json | list[Json]] = [namespace("edge"), workload("edge/gate", "10.0.1.1")]
    cluster = cluster_of(*SHOP, *outer, admits("web"), *CHAIN_OF_TWO, policy("shop/open", {"app": "web"}, ingress=[{}]))
    found = minimal_cut(cluster, "edge", "shop/db")
    assert pairs(found) == [("gate", "web")]
    assert pairs(minimal_cut(cluster, "edge/*", "shop/db")) == pairs(found)
    inwards = minimal_cut(cluster, "203.0.113.0/24", "shop/web", spare=[("edge/gate", "shop/web")])
    assert pairs(inwards) == [("outside", "gate"), ("outside", "web")]
    conn = evaluate(inwards.change.after)
    assert [conn.query(one, "shop/web", 80, "TCP").allowed for one in ("203.0.113.7", "203.0.114.7")] == [False, True]
    outwards = minimal_cut(cluster, "shop/db", "203.0.113.0/24")
    conn = evaluate(outwards.change.after)
    assert [conn.query("shop/db", one, 80, "TCP").allowed for one in ("203.0.113.7", "203.0.114.7")] == [False, True]


def test_ends_that_cannot_be_parted_are_refused() -> None:
    for src, dst in (("shop/web", "shop/web"), ("shop", "shop/db"), ("outside", "10.0.0.0/8"), ("shop/no", "shop/db")):
        with pytest.raises(ArgumentError):
            minimal_cut(CHAIN, src, dst)


# --- by which policies ----------------------------------------------------------------------------------


def test_a_workload_that_nothing_isolates_admits_everyone_but_the_peer() -> None:
    found = minimal_cut(cluster_of(namespace("shop"), API, DB), "shop/api", "shop/db")
    assert specs(found) == {
        "cut-db-ingress": {
            "podSelector": {"matchLabels": {"app": "db"}},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [
                        {
                            "namespaceSelector": {
                                "matchExpressions": [
                                    {"key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["shop"]}
                                ]
                            }
                        },
                        {"podSelector": {"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["api"]}]}},
                        {"ipBlock": {"cidr": "0.0.0.0/0"}},
                        {"ipBlock": {"cidr": "::/0"}},
                    ]
                }
            ],
        }
    }


def test_pods_that_come_later_are_admitted_as_before() -> None:
    found = minimal_cut(cluster_of(namespace("shop"), API, DB), "shop/api", "shop/db")
    later = cluster_of(namespace("shop"), API, DB, CACHE, namespace("new"), workload("new/x", "10.0.3.1"))
    conn = evaluate(later.with_policies(found.policies))
    assert conn.query("shop/cache", "shop/db", 80, "TCP").allowed
    assert conn.query("new/x", "shop/db", 80, "TCP").allowed
    assert not conn.query("shop/api", "shop/db", 80, "TCP").allowed


def test_a_policy_that_admits_the_peer_no_longer_does() -> None:
    cluster = cluster_of(*SHOP, admits("web"), admits("api", "web"), admits("cache", "web"), admits("db", "api"))
    found = minimal_cut(cluster, "shop/api", "shop/db")
    assert [(one.ref, one.rules) for one in found.policies] == [("NetworkPolicy shop/db", ())]
    assert [one.status.value for one in found.change.changed] == ["modified"]


def test_a_policy_of_several_workloads_stays_as_it_is_for_the_others() -> None:
    every = policy(
        "shop/all", ingress=[{"from": [{"podSelector": {}}]}], egress=[{}], policyTypes=["Ingress", "Egress"]
    )
    cluster = cluster_of(*SHOP, every)
    found = minimal_cut(cluster, "shop/api", "shop/db", spare=[("shop/api", "shop/web"), ("shop/api", "shop/cache")])
    assert {("api", "db"), ("web", "db"), ("cache", "db")} == set(pairs(found))
    assert found.also == ()
    assert {one.name for one in found.policies} >= {"all", "all-db"}


def test_addresses_are_excepted_from_blocks() -> None:
    wide = policy("shop/db", {"app": "db"}, ingress=[{"from": [{"ipBlock": {"cidr": "203.0.0.0/8"}}]}])
    found = minimal_cut(cluster_of(namespace("shop"), DB, wide), "203.0.113.0/24", "shop/db")
    assert specs(found)["db"]["ingress"] == [
        {"from": [{"ipBlock": {"cidr": "203.0.0.0/8", "except": ["203.0.113.0/24"]}}]}
    ]


def test_the_change_is_simulated_as_any_other() -> None:
    found = minimal_cut(CHAIN, "shop/web", "shop/db")
    simulated = simulate(CHAIN, found.change)
    closed = {(_short(one.src.name), _short(one.dst.name)) for one in simulated.difference}
    assert closed == set(pairs(found))


def test_pods_in_the_network_of_their_node_are_not_parted() -> None:
    host = workload("shop/agent", "10.0.9.9", hostNetwork=True, nodeName="n1")
    found = minimal_cut(cluster_of(namespace("shop"), host, DB), "shop/agent", "shop/db")
    assert (found.is_connected, found.policies, [one.why for one in found.pairs]) == (True, (), [Uncut.HOST_NETWORK])


def test_pods_that_no_labels_tell_apart_are_cut_elsewhere_or_not_at_all() -> None:
    twins = [pod("shop/a", {"app": "x"}, "10.0.2.1"), pod("shop/b", {"app": "x"}, "10.0.2.2")]
    found = minimal_cut(cluster_of(namespace("shop"), *twins, DB), "shop/a", "shop/db")
    assert found.is_connected
    assert {one.why for one in found.pairs if one.why} == {Uncut.TOO_WIDE}


HALF = (
    manifests.pod("web", labels="app: web"),
    owned("db-1", "db", "app: db, role: main"),
    owned("db-2", "db", "app: db"),
    manifests.policy(
        "podSelector: {matchLabels: {role: main}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]",
        "main",
    ),
)
"""Pods of one workload have different labels, as in the middle of a rollout."""


def test_pods_of_one_workload_that_policies_tell_apart_are_cut_together() -> None:
    found = minimal_cut(load_manifests("".join(HALF)), "web", "db")
    assert not found.is_connected
    assert [one.policies for one in found.pairs] == [(found.policies[0].ref,)] * 2
    assert "default/db" not in {name.partition("[")[0] for name in found.after.reach("web")["dst"]}


def test_a_policy_that_would_part_other_pods_as_well_is_none() -> None:
    found = minimal_cut(load_manifests("".join(HALF)), "web", "default/db[ReplicaSet]{!role}")
    assert (found.is_connected, found.policies) == (True, ())
    assert Uncut.DENIES in {one.why for one in found.pairs}


def test_what_administrators_allow_is_not_denied() -> None:
    allow = {
        "apiVersion": "policy.networking.k8s.io/v1alpha1",
        "kind": "AdminNetworkPolicy",
        "metadata": {"name": "open"},
        "spec": {
            "priority": 1,
            "subject": {"namespaces": {}},
            "ingress": [{"name": "in", "action": "Allow", "from": [{"namespaces": {}}]}],
            "egress": [{"name": "out", "action": "Allow", "to": [{"namespaces": {}}]}],
        },
    }
    found = minimal_cut(cluster_of(namespace("shop"), API, DB, allow), "shop/api", "shop/db")
    assert (found.is_connected, {one.why for one in found.pairs}) == (True, {Uncut.STILL_ALLOWED})


# --- of any cluster -------------------------------------------------------------------------------------


@settings(max_examples=examples(120), deadline=None)
@given(clusters.clusters(), st.data())
def test_the_cut_is_a_cut_it_is_the_smallest_and_policies_do_just_that(
    manifests: list[Json], data: st.DataObject
) -> None:
    for one in manifests:
        if one["kind"] == "Pod" and not data.draw(clusters.one_in_ten):
            one["metadata"]["labels"] = {**(one["metadata"].get("labels") or {}), "own": one["metadata"]["name"]}
            one["spec"].pop("hostNetwork", None)
    cluster = load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n")
    before = evaluate(cluster)
    names = [peer.name for peer in before.workloads_named()]
    if len(names) < 2:
        return
    src, dst = data.draw(
        st.sampled_from([(one, other) for one in (*names, BLOCK) for other in (*names, BLOCK) if one != other])
    )
    edges = allowed_pairs(before, src, dst, names)
    found = minimal_cut(before, src, dst)
    begin, end = (one if one in names else "outside" for one in (src, dst))
    cut = {(one.src, one.dst) for one in found.pairs}
    assert leads(edges, begin, end) == bool(cut)
    assert cut <= edges
    assert not leads(edges - cut, begin, end)
    assert found.fewest == smallest(edges, begin, end, most=found.fewest or 0)
    check_policies(cluster, found, names, cut)


BLOCK = "11.0.0.0/8"
INSIDE, NEAR = "11.0.0.9", "10.1.2.3"
"""An address of the block, and one that is in it not."""


def check_policies(cluster: Cluster, found: Cut, names: list[str], cut: set[tuple[str, str]]) -> None:
    """See that policies deny the pairs, and nothing else, by an evaluation from the beginning."""
    if found.is_connected:
        assert not found.policies
        assert any(one.why is not None for one in found.pairs)
        return
    assert found.also == ()
    before, after = evaluate(cluster), evaluate(cluster.with_policies(found.policies))
    for one in (*names, INSIDE, NEAR):
        for other in (*names, INSIDE, NEAR):
            if {one, other} <= {INSIDE, NEAR}:
                continue
            was, now = before.query(one, other).connection, after.query(one, other).connection
            pair = ("outside" if one == INSIDE else one, "outside" if other == INSIDE else other)
            assert str(now) == ("No Connections" if pair in cut else str(was)), pair


def allowed_pairs(allowed: Connectivity, src: str, dst: str, names: list[str]) -> set[tuple[str, str]]:
    """Return the pairs between which something is allowed, asked one by one; addresses at the ends alone."""
    asked = [(one, other, one, other) for one in names for other in names if one != other]
    asked += [("outside", other, BLOCK, other) for other in names if src == BLOCK]
    asked += [(one, "outside", one, BLOCK) for one in names if dst == BLOCK]
    return {(one, other) for one, other, start, end in asked if allowed.query(start, end).connection}


def leads(edges: set[tuple[str, str]], src: str, dst: str) -> bool:
    """Tell whether a way leads from one end to another, and not over what is outside."""
    found, waiting = {src}, deque([src])
    while waiting:
        here = waiting.popleft()
        for one, other in edges:
            if one == here and other not in found:
                found.add(other)
                if other != "outside":
                    waiting.append(other)
    return dst in found


def smallest(edges: set[tuple[str, str]], src: str, dst: str, most: int) -> int:
    """Return how few edges part two ends, tried one after another; no more than some."""
    for number in range(min(most, 4)):
        if any(not leads(edges - set(some), src, dst) for some in combinations(sorted(edges), number)):
            return number
    return most
