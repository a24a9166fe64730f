"""Crowds: what is allowed between workloads that policies treat alike, counted and not listed."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.connectivity.manifests import compute, pod, policy
from workbench.connectivity import Connection, Connectivity, Crowds, evaluate
from workbench.ground import PortSet
from workbench.inventory import load_manifests
from workbench.policy import Direction


def counted(connections: list[Connection], number_of: dict[str, int]) -> Counter[tuple[int, int, PortSet]]:
    inside = (one for one in connections if one.src.namespace and one.dst.namespace)
    return Counter((number_of[one.src.name], number_of[one.dst.name], one.ports) for one in inside)


def agree(found: Connectivity, crowds: Crowds) -> bool:
    number_of = {peer.name: number for number, members in enumerate(crowds.members) for peer in members}
    assert number_of.keys() == {peer.name for peer in found.peers() if peer.namespace}
    listed = counted(found.connections(), number_of)
    return listed == Counter({(one.src, one.dst, one.ports): one.number for one in crowds.connections})


@given(clusters.any_clusters(), st.sets(st.sampled_from("abc")))
def test_crowds_stand_for_exactly_the_connections_of_the_map(manifests: list[dict[str, Any]], apart: set[str]) -> None:
    found = evaluate(load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n"))
    peers = [peer for peer in found.peers() if peer.namespace]
    crowds = found.crowds({peer: peer.name for peer in peers if peer.namespace in apart})
    assert agree(found, crowds)
    assert sum(one.number for one in crowds.connections) == found.count()
    assert all(len(members) == 1 for members in crowds.members if members[0].namespace in apart)


def test_outside_connections_are_those_of_the_map_that_are_not_between_workloads() -> None:
    found = compute(pod("a"), pod("b"), policy("podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 192.0.2.0/24}}]}]"))
    listed = [one for one in found.connections() if not (one.src.namespace and one.dst.namespace)]
    assert found.outside_connections() == listed


def test_without_policies_a_namespace_is_one_crowd() -> None:
    crowds = compute(pod("a"), pod("b"), pod("c", namespace="other")).crowds()
    assert sorted(map(len, crowds.members)) == [1, 2]
    assert sum(one.number for one in crowds.connections) == 6


def test_a_standing_says_where_policies_have_a_say() -> None:
    found = compute(pod("a"), pod("b", labels="app: b"), policy("podSelector: {matchLabels: {app: b}}, ingress: []"))
    said = {one.peer.workload: (dict(one.labels), set(one.protected)) for one in found.standings()}
    assert said["b"] == ({"app": "b"}, {Direction.INGRESS})
    assert said["a"][1] == set()
