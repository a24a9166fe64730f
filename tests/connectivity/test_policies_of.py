"""Which policies select a workload, and which of their rules allow a connection."""

from __future__ import annotations

from typing import Any

from hypothesis import given

from tests.connectivity.clusters import clusters
from workbench import evaluate, load_manifests
from workbench.ground import NO_PORTS, PortSet
from workbench.manifests import yaml_text


@given(clusters())
def test_policies_of_each_workload_are_in_the_order_of_evaluation(manifests: list[dict[str, Any]]) -> None:
    connectivity = evaluate(load_manifests(yaml_text(manifests)))
    for peer in connectivity.workloads_named():
        found = connectivity.policies_of(peer.name)
        assert found == sorted(found, key=lambda policy: (policy.tier, policy.priority, policy.name))
        assert len({policy.ref for policy in found}) == len(found)
        # A NetworkPolicy is about pods of its own namespace.
        assert all(policy.namespace in {"", peer.namespace} for policy in found)
    names = [peer.name for peer in connectivity.workloads_named()]
    every = {policy.ref for name in names for policy in connectivity.policies_of(name)}
    assert {policy.ref for policy in connectivity.policies_of(names)} == every


@given(clusters())
def test_rules_that_allow_belong_to_policies_that_allow(manifests: list[dict[str, Any]]) -> None:
    connectivity = evaluate(load_manifests(yaml_text(manifests)))
    connections = connectivity.connections()
    rules = connectivity.rules_allowing(connections)
    for connection, refs, decisions in zip(connections, connectivity.allowing(connections), rules, strict=True):
        assert tuple(dict.fromkeys(decision.ref for decision in decisions)) == refs
        allowed = PortSet.union_of(decision.ports for decision in decisions)
        assert allowed - connection.ports == NO_PORTS
        assert all(decision.ports for decision in decisions)


@given(clusters())
def test_outside_connections_are_those_of_the_map(manifests: list[dict[str, Any]]) -> None:
    connectivity = evaluate(load_manifests(yaml_text(manifests)))
    outside = [one for one in connectivity.connections() if not (one.src.namespace and one.dst.namespace)]
    assert connectivity.outside_connections() == outside


def test_names_that_mean_nothing_select_nothing() -> None:
    connectivity = evaluate(load_manifests("data/samples/shop"))
    assert connectivity.policies_of("nobody") == []
    assert connectivity.policies_of("{ingress-controller}") == []
    assert not connectivity.knows("nobody")
    assert connectivity.knows("payments/db[StatefulSet]")
