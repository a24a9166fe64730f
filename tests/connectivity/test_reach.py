"""Reachability over hops, against what networkx says of the same graph."""

from __future__ import annotations

import json
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.connectivity.manifests import compute, pod, policy
from tests.examples import examples
from workbench.connectivity import Connectivity, diff, evaluate
from workbench.connectivity.frames import BLAST_RADIUS, BLAST_RADIUS_CHANGES, REACH, STEPS
from workbench.connectivity.reachability.hops import BlocGraph, closure
from workbench.inventory import load_manifests

Json = dict[str, Any]


def only(name: str, peer: str, port: int) -> str:
    """Let `name` be reached by `peer` alone, on one port."""
    return policy(
        f"podSelector: {{matchLabels: {{app: {name}}}}},"
        f"ingress: [{{from: [{{podSelector: {{matchLabels: {{app: {peer}}}}}}}], ports: [{{port: {port}}}]}}]",
        f"{name}-in",
    )


CHAIN = [
    *(pod(name, labels=f"app: {name}") for name in ("a", "b", "c", "d")),
    policy("podSelector: {matchLabels: {app: a}}", "a-in"),
    only("b", "a", 80),
    only("c", "b", 80),
    only("d", "c", 443),
]


def test_a_workload_gets_further_over_others() -> None:
    frame = compute(*CHAIN).reach("a")
    REACH.checked(frame)
    assert list(zip(frame["dst"], frame["hops"], frame["ports"], strict=True)) == [
        ("default/b[Pod]", 1, "TCP 80"),
        ("default/c[Pod]", 2, "TCP 80"),
        ("default/d[Pod]", 3, "TCP 443"),
    ]
    assert frame["path"].iloc[1] == ("default/a[Pod]", "default/b[Pod]", "default/c[Pod]")


def test_hops_and_ports_keep_the_reach_short() -> None:
    found = compute(*CHAIN)
    assert list(found.reach("a", hops=2)["hops"]) == [1, 2]
    assert list(found.reach("a", port=80)["hops"]) == [1, 2]
    assert list(found.reach("a", port=443)["hops"]) == []


def test_an_address_is_a_start_as_well() -> None:
    open_to_all = policy("podSelector: {matchLabels: {app: a}}, ingress: [{ports: [{port: 8443}]}]", "a-open")
    frame = compute(*CHAIN, open_to_all).reach("203.0.113.7")
    assert list(frame["dst"]) == [f"default/{name}[Pod]" for name in "abcd"]
    assert frame["ports"].iloc[0] == "TCP 8443"
    assert len(compute(*CHAIN).reach("203.0.113.7")) == 0


INGRESS = """
apiVersion: v1
kind: Service
metadata: {name: a}
spec: {selector: {app: a}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: front}
spec: {defaultBackend: {service: {name: a, port: {number: 80}}}}
---"""


def test_the_ingress_controller_is_a_start_as_well() -> None:
    web = pod("a", labels="app: a", ports="{containerPort: 8080}")
    found = compute(web, *CHAIN[1:4], *CHAIN[5:], INGRESS)
    frame = found.reach("ingress-controller")
    assert list(zip(frame["dst"], frame["hops"], frame["ports"], strict=True)) == [
        ("default/a[Pod]", 1, "TCP 8080"),
        ("default/b[Pod]", 2, "TCP 80"),
        ("default/c[Pod]", 3, "TCP 80"),
        ("default/d[Pod]", 4, "TCP 443"),
    ]
    assert frame["path"].iloc[1] == ("{ingress-controller}", "default/a[Pod]", "default/b[Pod]")
    assert list(found.reach("ingress-controller", hops=2)["hops"]) == [1, 2]
    assert len(found.reach("ingress-controller", port=443)) == 0


def test_paths_tell_each_step_with_its_ports() -> None:
    frame = compute(*CHAIN).paths("a", ["c", "d"])
    STEPS.checked(frame)
    steps = frame[frame["target"] == "default/d[Pod]"]
    assert list(steps["dst"]) == ["default/b[Pod]", "default/c[Pod]", "default/d[Pod]"]
    assert list(steps["ports"]) == ["TCP 80", "TCP 80", "TCP 443"]
    assert len(compute(*CHAIN).paths("d", "a")) == 0


def test_the_blast_radius_counts_others_only() -> None:
    frame = compute(*CHAIN).blast_radius()
    BLAST_RADIUS.checked(frame)
    assert list(frame["direct"]) == [1, 1, 1, 0]
    assert list(frame["reached"]) == [3, 2, 1, 0]
    assert frame["component"].nunique() == 4


@settings(max_examples=examples(60), deadline=None)
@given(clusters.clusters(), clusters.clusters())
def test_how_the_blast_radius_has_changed_is_what_both_maps_say(before: list[Json], after: list[Json]) -> None:
    one, other = (
        evaluate(load_manifests(json.dumps({"kind": "List", "apiVersion": "v1", "items": each}) + "\n"))
        for each in (before, after)
    )
    counts = [each.blast_radius().set_index("workload")["reached"].to_dict() for each in (one, other)]
    frame = BLAST_RADIUS_CHANGES.checked(diff(one, other).blast_radius())
    expected = {name: tuple(each.get(name) for each in counts) for name in {*counts[0], *counts[1]}}
    shown = (
        frame[["reached_before", "reached_after"]]
        .astype("object")
        .where(frame[["reached_before", "reached_after"]].notna(), None)
    )
    assert dict(zip(frame["workload"], shown.itertuples(index=False, name=None), strict=True)) == {
        name: pair for name, pair in expected.items() if pair[0] != pair[1]
    }
    assert list(frame["reached_change"]) == sorted(frame["reached_change"], reverse=True)


def graph_of(found: Connectivity) -> nx.DiGraph[str]:
    graph = found.to_networkx()
    graph.remove_nodes_from([name for name in graph if graph.nodes[name]["kind"] == "External"])
    return graph


def shortest_cycle(graph: nx.DiGraph[str], name: str) -> int:
    """Return how many steps lead from a node back to it; 0 where none do."""
    ways = (nx.single_source_shortest_path_length(graph, following).get(name) for following in graph.successors(name))
    return min((way + 1 for way in ways if way is not None), default=0)


@settings(max_examples=examples(150), deadline=None)
@given(clusters.clusters(), st.integers(1, 4))
def test_reach_is_what_a_breadth_first_search_of_the_graph_finds(manifests: list[Json], hops: int) -> None:
    found = evaluate(load_manifests(json.dumps({"kind": "List", "apiVersion": "v1", "items": manifests}) + "\n"))
    graph = graph_of(found)
    radius = found.blast_radius().set_index("workload")
    for name in graph:
        lengths = nx.single_source_shortest_path_length(graph, name)
        del lengths[name]
        if graph.nodes[name]["kind"] != "Pod" and (back := shortest_cycle(graph, name)):
            lengths[name] = back
        near = found.reach(name, hops=hops)
        assert dict(zip(near["dst"], near["hops"], strict=True)) == {
            other: length for other, length in lengths.items() if 0 < length <= hops
        }
        assert radius.loc[name, "reached"] == len(lengths)
        assert radius.loc[name, "direct"] == graph.out_degree(name)
        for path in near["path"]:
            assert nx.is_path(graph, path)


@given(st.lists(st.tuples(st.integers(0, 79), st.integers(0, 79)), max_size=160))
def test_the_closure_is_the_transitive_closure(edges: list[tuple[int, int]]) -> None:
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(80))
    graph.add_edges_from(edges)
    counts = np.array([graph.out_degree(node) for node in range(80)])
    targets = [target for node in range(80) for target in sorted(graph.successors(node))]
    found = closure(BlocGraph(np.r_[0, np.cumsum(counts)], np.array(targets, dtype=np.int64)))
    expected = nx.transitive_closure(graph)
    rows = list(found.rows())
    for src in range(80):
        assert set(np.flatnonzero(rows[src]).tolist()) == set(expected.successors(src))
        assert all(found.reaches(src, dst) == expected.has_edge(src, dst) for dst in range(80))
    assert found.counts(np.ones(80, dtype=np.int64)).tolist() == [expected.out_degree(node) for node in range(80)]


def test_an_unknown_start_is_an_error() -> None:
    with pytest.raises(LookupError, match="nobody"):
        compute(*CHAIN).reach("nobody")
