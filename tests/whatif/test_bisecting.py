"""Which documents of a change cut an edge (what-if 10)."""

from __future__ import annotations

import json
from itertools import chain, combinations
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.examples import examples
from tests.generate.town import cluster_of, namespace, policy, workload
from workbench.connectivity import evaluate
from workbench.ground import ArgumentError
from workbench.inventory import Cluster, load_manifests
from workbench.whatif import Bisection, bisect, simulate
from workbench.whatif.edges import Edge
from workbench.whatif.ordering import EXACT

Json = dict[str, Any]
WEB, DB, CACHE = (workload(f"shop/{name}", f"10.0.0.{number}") for number, name in enumerate(("web", "db", "cache"), 1))
SHOP = cluster_of(namespace("shop"), namespace("bank"), WEB, DB, CACHE, workload("bank/vault"))
TO_DB: Edge = ("shop/web", "shop/db", 5432, "TCP")


def admitting(name: str, caller: str) -> Json:
    peer = {"podSelector": {"matchLabels": {"app": caller}}}
    return policy(f"shop/{name}", {"app": "db"}, ingress=[{"from": [peer], "ports": [{"port": 5432}]}])


def found(cluster: Cluster, *documents: Json, edge: Edge = TO_DB, remove: tuple[str, ...] = ()) -> Bisection:
    return bisect(simulate(cluster, yaml.safe_dump_all(documents) if documents else (), remove=remove), edge)


def names(sets: tuple[tuple[str, ...], ...]) -> list[list[str]]:
    return [[one.rpartition("/")[2] for one in documents] for documents in sets]


def test_the_one_document_that_denies_is_found_among_others() -> None:
    one = found(SHOP, policy("shop/deny"), policy("bank/deny"), policy("shop/cache", {"app": "cache"}))
    assert (names(one.cutting), names(one.keeping)) == ([["deny"]], [["deny"]])
    assert one.concerned == ("NetworkPolicy shop/deny",)


def test_where_either_of_two_is_enough_both_must_go() -> None:
    one = found(SHOP, admitting("a", "cache"), admitting("b", "cache"))
    assert (names(one.cutting), names(one.keeping)) == ([["a"], ["b"]], [["a", "b"]])


def test_what_admits_takes_part_in_no_set() -> None:
    old = cluster_of(namespace("shop"), WEB, DB, CACHE, admitting("old", "web"))
    one = found(old, admitting("new", "cache"), remove=("NetworkPolicy shop/old",))
    assert names(one.cutting) == [["new", "old"]]
    assert names(one.keeping) == [["new"], ["old"]]


def test_the_rows_say_where_documents_stand() -> None:
    rows = found(SHOP, policy("shop/deny")).to_frame().to_dict("records")
    assert [(row["effect"], row["policies"]) for row in rows] == [
        ("cuts", ("NetworkPolicy shop/deny",)),
        ("keeps", ("NetworkPolicy shop/deny",)),
    ]


def test_of_many_documents_one_set_of_each_kind_is_found_and_that_is_said() -> None:
    documents = [admitting(f"n{number:02}", "cache") for number in range(EXACT + 1)]
    one = found(SHOP, *documents)
    assert (one.is_exact, [len(each) for each in one.cutting], [len(each) for each in one.keeping]) == (
        False,
        [1],
        [EXACT + 1],
    )
    assert "there may be others" in one.notes[0]


@pytest.mark.parametrize("edge", [("shop/cache", "shop/web", 80, "TCP"), ("nowhere", "shop/db", 5432, "TCP")])
def test_what_is_not_cut_cannot_be_asked_about(edge: Edge) -> None:
    with pytest.raises(ArgumentError, match="does not cut"):
        found(SHOP, policy("shop/deny", {"app": "db"}), edge=edge)


def test_of_other_workloads_it_cannot_be_told() -> None:
    with pytest.raises(ArgumentError, match="workloads differ"):
        bisect(simulate(SHOP, cluster_of(namespace("shop"), WEB)), TO_DB)


@settings(max_examples=examples(40), deadline=None)
@given(clusters.clusters(), st.data())
def test_the_sets_are_those_that_clusters_evaluated_anew_give(manifests: list[Json], data: st.DataObject) -> None:
    cluster = load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n")
    policies = list(cluster.objects.policies)[:4]
    first = cluster.with_policies(remove=[one.ref for one in cluster.objects.policies])
    simulation = simulate(first, policies)
    peers = [peer.name for peer in simulation.before.workloads_named()]
    edges = [
        (src, dst, port, "TCP") for src in [*peers, "11.0.0.9"] for dst in peers if src != dst for port in (80, 81)
    ]
    sides = zip(edges, simulation.before.verdicts(edges), simulation.after.verdicts(edges), strict=True)
    cut = [edge for edge, was, now in sides if was.verdict == "allowed" and now.verdict in {"denied", "partly"}]
    if not cut:
        return
    edge = data.draw(st.sampled_from(cut))
    refs = {one.ref: one for one in policies}
    subsets = [frozenset(one) for one in chain.from_iterable(combinations(refs, size) for size in range(len(refs) + 1))]
    cuts = {
        one: evaluate(first.with_policies([refs[ref] for ref in one])).verdicts([edge])[0].verdict != "allowed"
        for one in subsets
    }
    cutting = {one for one in subsets if cuts[one] and not any(cuts[less] for less in subsets if less < one)}
    keeps = {one: not cuts[frozenset(refs) - one] for one in subsets}
    keeping = {one for one in subsets if keeps[one] and not any(keeps[less] for less in subsets if less < one)}
    one = bisect(simulation, edge)
    assert {frozenset(each) for each in one.cutting} == cutting
    assert {frozenset(each) for each in one.keeping} == keeping
