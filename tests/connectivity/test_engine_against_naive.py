"""The engine and the packet-at-a-time evaluator give the same answer to every question."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.connectivity.naive import NaiveEvaluator, Packet
from workbench.connectivity import Connectivity, Semantics, connectivity, sides
from workbench.inventory import load_manifests
from workbench.policy.ports import PROTOCOLS, PortSet

Json = dict[str, Any]

PROBED = (1, 2, 53, 79, 80, 81, 82, 90, 91, 65535)


READINGS = (
    Semantics(),
    Semantics.REFERENCE,
    Semantics(cluster_addresses="all"),
    Semantics(host_network="pod"),
)


def compute(manifests: list[Json], semantics: Semantics) -> Connectivity:
    """Return the engine's answer for plain manifests."""
    cluster = load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n")
    assert [problem for problem in cluster.problems_found if problem.severity == "error"] == []
    return connectivity(cluster, semantics=semantics)


def naive_ports(evaluator: NaiveEvaluator, src: Json | str, dst: Json | str) -> list[tuple[str, int]]:
    """Return the probed ports on which a packet passes."""
    return [
        (protocol, port)
        for protocol in PROTOCOLS
        for port in PROBED
        if evaluator.allowed(Packet(src, dst, protocol, port))
    ]


def probed(ports: PortSet) -> list[tuple[str, int]]:
    """Return the probed ports that are in `ports`."""
    intervals = ports.by_protocol()
    return [
        (protocol, port)
        for protocol in PROTOCOLS
        for port in PROBED
        if any(first <= port <= last for first, last in intervals.get(protocol, ()))
    ]


def check(manifests: list[Json], semantics: Semantics, addresses: tuple[str, ...] = clusters.ADDRESSES) -> None:
    """Compare the answers for all pairs of pods, and for all pods and addresses."""
    evaluator = NaiveEvaluator(
        manifests,
        host_network=semantics.host_network,
        cluster_addresses=semantics.cluster_addresses,
    )
    found = compute(manifests, semantics)
    pods = {clusters.peer_name(m): m for m in manifests if m["kind"] == "Pod"}
    mapped = {(c.src.name, c.dst.name): c.ports for c in found.connections("split")}
    for src_name, src in pods.items():
        for dst_name, dst in pods.items():
            if src_name != dst_name or (semantics.siblings and not src_name.endswith("[Pod]")):
                expected = naive_ports(evaluator, src, dst)
                assert probed(mapped.get((src_name, dst_name), PortSet())) == expected, (src_name, dst_name)
                answer = found.query(src_name, dst_name)
                assert answer.connection == mapped.get((src_name, dst_name), PortSet())
                assert answer.allowed == (str(answer.connection) == "All Connections")
        for address in addresses:
            assert probed(found.query(src_name, address).connection) == naive_ports(evaluator, src, address), address
            assert probed(found.query(address, src_name).connection) == naive_ports(evaluator, address, src), address


readings = st.sampled_from(READINGS)
halves = st.sampled_from((clusters.ADDRESSES[::2], clusters.ADDRESSES[1::2]))


@settings(max_examples=700, deadline=None)
@given(clusters.clusters(), readings, halves)
def test_engine_agrees_with_the_naive_evaluator_on_small_clusters(
    manifests: list[Json], semantics: Semantics, addresses: tuple[str, ...]
) -> None:
    check(manifests, semantics, addresses)


@settings(max_examples=300, deadline=None)
@given(clusters.clusters(), readings, halves, st.integers(1, 4))
def test_engine_agrees_whichever_peer_sets_make_zones(
    manifests: list[Json], semantics: Semantics, addresses: tuple[str, ...], min_wide: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sides, "MIN_WIDE", min_wide)
        patch.setattr(sides, "MIN_SAVING", 0)
        check(manifests, semantics, addresses)
