"""The engine and the packet-at-a-time evaluator give the same answer to every question."""

from __future__ import annotations

import json
import random
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.connectivity.naive import NaiveEvaluator, Packet, Reading, Sort
from tests.connectivity.scale import as_large
from tests.examples import examples
from workbench.connectivity import Connectivity, Semantics, evaluate
from workbench.connectivity.engine.controller_shapes import OTHER
from workbench.connectivity.inputs import engine_of
from workbench.ground import NO_PORTS, PROTOCOLS, PortSet
from workbench.inventory import load_manifests

Json = dict[str, Any]

PROBED = (1, 2, 53, 79, 80, 81, 82, 90, 91, 65535)
POINTS = 100
"""So many packets are tried in a cluster."""
READINGS = (
    Semantics(),
    Semantics(),
    Semantics.REFERENCE,
    Semantics(cluster_addresses="all"),
    Semantics(host_network="pod"),
)


def compute(manifests: list[Json], semantics: Semantics) -> Connectivity:
    """Return the engine's answer for plain manifests."""
    cluster = load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n")
    assert [problem for problem in cluster.problems_found if problem.severity == "error"] == []
    return evaluate(cluster, semantics=semantics)


class Point(NamedTuple):
    """A packet, and the ends that it goes between: sorts of pods, or addresses."""

    src: Sort | str
    dst: Sort | str
    protocol: str
    port: int


class Trial:
    """One cluster, read by the engine and by the naive evaluator.

    Parameters
    ----------
    manifests : list of Json
    semantics : Semantics
    """

    def __init__(self, manifests: list[Json], semantics: Semantics) -> None:
        reading = Reading(
            host_network=semantics.host_network,
            cluster_addresses=semantics.cluster_addresses,
            finished_pods=semantics.finished_pods,
            sidecar_ports=semantics.sidecar_ports,
            controller_labels=semantics.controller_labels,
        )
        self._manifests = manifests
        self.semantics = semantics
        self.naive = NaiveEvaluator(manifests, reading)
        self.found = compute(manifests, semantics)
        self.known = engine_of(self.found).workloads
        self.listed = {(c.src.name, c.dst.name): c.ports for c in self.found.connections("split")}
        self.peer_of = [self._peer(sort) for sort in self.naive.sorts]
        self.named = any("domainNames" in json.dumps(manifest) for manifest in manifests)
        assert {*self.peer_of} == {*range(len(self.known.peers))}

    def _peer(self, sort: Sort) -> int:
        """Return the index of the engine's peer for a sort of pods."""
        classes = engine_of(self.found).classes
        labels = sort.pod["metadata"]["labels"]
        found: dict[int, int] = {}
        for number, pods in enumerate(classes.members):
            values = [(labels.get(key), value) for key, value in classes.labels[number].items()]
            if all(value in {own, OTHER} for own, value in values):
                unsaid = sum(value == OTHER for _, value in values)
                for pod in pods:
                    if pod.workload.peer == sort.owner:
                        found[self.known.index(pod.workload, number)] = unsaid
        return min(found, key=lambda peer: found[peer])

    def points(self, count: int) -> list[Point]:
        """Return random points, the same for the same manifests, each of which begins or ends at a pod."""
        chance = random.Random(json.dumps(self._manifests))  # noqa: S311  (nothing secret)
        sorts = self.naive.sorts
        ends: list[Sort | str] = [*sorts, *sorts, *chance.sample(clusters.ADDRESSES, 5)]
        return [
            Point(*chance.choice([(one, other), (other, one)]), chance.choice(PROTOCOLS), chance.choice(PROBED))
            for one, other in ((chance.choice(sorts), chance.choice(ends)) for _ in range(count if sorts else 0))
        ]

    def check(self, point: Point) -> None:
        """Compare both answers about a point: what the map lists, and the verdict of a query."""
        names = [end if isinstance(end, str) else self.known.peers[self._index(end)].name for end in point[:2]]
        src, dst = (end if isinstance(end, str) else end.pod for end in point[:2])
        itself = names[0] == names[1]
        alone = itself and bool(self.known.alone[self._index(point.src)])
        if point.src is point.dst and isinstance(point.dst, Sort) and not alone:
            dst = point.dst.twin
        packet = Packet(src, dst, point.protocol, point.port)
        ports = PortSet.of(point.protocol, point.port)
        allowed = self.naive.allowed(packet)
        if not isinstance(src, str) and not isinstance(dst, str) and (not itself or self.semantics.siblings):
            listed = self.listed.get((names[0], names[1]), NO_PORTS)
            assert bool(listed & ports) is (allowed and not alone), (names, point.protocol, point.port)
        answer = self.found.query(names[0], names[1], point.port, point.protocol)
        reached = self.naive.reaches(packet) if self.semantics.node_traffic or src is dst else allowed
        expected = {True: {"allowed"}, False: {"denied"}, None: {"partly"}}[reached]
        if self.naive.is_uncertain(packet) or (self.named and isinstance(dst, str)):
            expected |= {"partly"}
        assert answer.verdict in expected, (names, point.protocol, point.port, str(answer))

    def _index(self, end: Sort | str) -> int:
        return self.peer_of[next(n for n, sort in enumerate(self.naive.sorts) if sort is end)]


def check(manifests: list[Json], semantics: Semantics) -> int:
    """Compare the answers about random points; return how many were compared."""
    trial = Trial(manifests, semantics)
    found = trial.points(POINTS)
    for point in found:
        trial.check(point)
    return len(found)


readings = st.sampled_from(READINGS)


@settings(max_examples=examples(120), deadline=None)
@given(clusters.any_clusters(), readings)
def test_engine_agrees_with_the_naive_evaluator_on_small_clusters(manifests: list[Json], semantics: Semantics) -> None:
    check(manifests, semantics)


@settings(max_examples=examples(80), deadline=None)
@given(clusters.any_clusters(), readings, st.sampled_from((1, 2, 4, 1000)))
def test_engine_agrees_whichever_peer_sets_make_column_groups(
    manifests: list[Json], semantics: Semantics, min_wide: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        as_large(patch, min_wide)
        check(manifests, semantics)
