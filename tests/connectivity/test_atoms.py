"""Partitions, axes, masks and selections stand for exactly the sets that they were made from."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from workbench.connectivity.classes import classify
from workbench.connectivity.compile import compile_objects
from workbench.connectivity.masks import ALL, NONE, PortMasks
from workbench.connectivity.partition import Axis, Partition
from workbench.connectivity.selection import Selection
from workbench.connectivity.semantics import Semantics
from workbench.inventory.model import Namespace, Objects, PodShape, Workload
from workbench.manifests.progress import silent
from workbench.policy.intervals import intersection, normalise
from workbench.policy.ports import ALL_PORTS, NO_PORTS, PROTOCOLS, PortSet
from workbench.policy.rules import Direction, Pods, Policy, Rule, Tier
from workbench.policy.selectors import Operator, Requirement, Selector

families = st.lists(st.lists(st.integers(0, 19), unique=True), max_size=6)
intervals = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=4).map(normalise)


@given(families)
def test_two_points_share_a_cell_exactly_if_no_set_tells_them_apart(family: list[list[int]]) -> None:
    partition = Partition(20)
    for members in family:
        assert partition.refine(np.array(members, dtype=np.int64))
    signatures = [tuple(point in members for members in family) for point in range(20)]
    for left in range(20):
        for right in range(20):
            same_cell = partition.cell_of[left] == partition.cell_of[right]
            assert same_cell == (signatures[left] == signatures[right])
    assert len(partition) == len(set(signatures))


@given(families, st.integers(1, 4))
def test_a_limit_is_kept_and_leaves_the_partition_as_it_was(family: list[list[int]], limit: int) -> None:
    partition = Partition(20)
    for members in family:
        before = partition.cell_of.copy()
        refined = partition.refine(np.array(members, dtype=np.int64), limit)
        assert len(partition) <= limit
        assert refined or (partition.cell_of == before).all()


@given(st.lists(intervals, max_size=5))
def test_every_interval_set_is_the_union_of_its_atoms(sets: list[tuple[tuple[int, int], ...]]) -> None:
    universe = ((0, 20), (22, 40))
    within = [intersection(pairs, universe) for pairs in sets]
    axis = Axis(universe, within)
    for pairs in within:
        assert axis.intervals(axis.atoms(pairs).tolist()) == pairs
    assert axis.intervals(range(axis.count)) == universe


@given(st.lists(intervals, max_size=5))
def test_stretches_cover_the_universe_and_are_as_long_as_can_be(sets: list[tuple[tuple[int, int], ...]]) -> None:
    axis = Axis(((0, 40),), sets)
    assert normalise(axis.stretches) == ((0, 40),)
    assert all(left != right for left, right in zip(axis.atom_of[:-1], axis.atom_of[1:], strict=True))
    for stretch, atom in zip(axis.stretches, axis.atom_of.tolist(), strict=True):
        assert axis.atom_at(stretch[0]) == axis.atom_at(stretch[1]) == atom


port_sets = st.lists(
    st.tuples(st.sampled_from(PROTOCOLS), st.integers(1, 65535), st.integers(0, 200)), min_size=1, max_size=4
).map(lambda parts: PortSet.union_of(PortSet.of(name, port, port + width) for name, port, width in parts))


@given(st.lists(port_sets, min_size=1, max_size=5))
def test_masks_unite_and_intersect_as_the_port_sets_do(sets: list[PortSet]) -> None:
    masks = PortMasks(sets)
    ids = np.array([masks.id_of(ports) for ports in sets], dtype=np.int32)
    for left, left_id in zip(sets, ids, strict=True):
        found = masks.intersect(np.full(len(ids), left_id, dtype=np.int32), ids)
        assert [masks.ports(number) for number in found.tolist()] == [left & right for right in sets]
    union = masks.union_runs(ids, np.array([0]))
    assert masks.ports(int(union[0])) == PortSet.union_of(sets)
    assert (masks.ports(NONE), masks.ports(ALL)) == (NO_PORTS, ALL_PORTS)


def test_masks_hold_more_atoms_than_a_word_has_bits() -> None:
    sets = [PortSet.of("TCP", port) for port in range(1, 400, 2)]
    masks = PortMasks(sets)
    assert masks.words_per_mask > 3
    ids = np.array([masks.id_of(ports) for ports in sets], dtype=np.int32)
    assert str(masks.ports(int(masks.union_runs(ids[:3], np.array([0]))[0]))) == "TCP 1,3,5"
    assert (masks.intersect(ids, ids[::-1].copy()) == np.where(ids == ids[::-1], ids, NONE)).all()


def test_many_masks_intersect_without_the_table() -> None:
    sets = [PortSet.of("TCP", port) for port in range(1, 2200)]
    masks = PortMasks(sets)
    ids = np.array([masks.id_of(ports) for ports in sets], dtype=np.int32)
    everything = np.full(len(ids), ALL, dtype=np.int32)
    assert (masks.intersect(ids, everything) == ids).all()


labels = st.dictionaries(st.sampled_from("ab"), st.sampled_from("xyz"))
requirements = st.builds(
    lambda key, operator, values: Requirement(key, operator, values if operator in {"In", "NotIn"} else ()),
    st.sampled_from("ab"),
    st.sampled_from(Operator),
    st.lists(st.sampled_from("xyz"), min_size=1, unique=True).map(lambda values: tuple(sorted(values))),
)
selectors = st.lists(requirements, max_size=3).map(lambda found: Selector.of({}, found))
peers = st.builds(Pods, st.one_of(st.sampled_from("mn"), selectors), selectors)


@given(st.lists(st.tuples(st.sampled_from("mn"), labels), min_size=1, max_size=8), labels, st.lists(peers, max_size=5))
def test_a_selection_is_every_pod_that_the_selectors_match(
    pods: list[tuple[str, dict[str, str]]], space_labels: dict[str, str], chosen: list[Pods]
) -> None:
    spaces = {"m": Namespace("m", space_labels), "n": Namespace("n", {"a": "x"})}
    workloads = tuple(
        Workload(space, f"w{number}", "Pod", (PodShape(own),)) for number, (space, own) in enumerate(pods)
    )
    rules = tuple(Rule(Direction.INGRESS, number, (peer,)) for number, peer in enumerate(chosen))
    policy = Policy("NetworkPolicy", "m", "p", Tier.NETWORK_POLICY, Pods("m"), frozenset(), rules)
    objects = Objects(workloads, tuple(spaces.values()), (), (policy,))
    classes = classify(objects, isolate_host_network=True)
    selection = Selection(classes)
    for peer in chosen:
        numbers = selection.classes(peer)
        assert (numbers[1:] > numbers[:-1]).all()
        found = {pod.workload.name for number in numbers.tolist() for pod in classes.members[number]}
        assert found == {
            workload.name
            for workload in workloads
            if peer.pods.matches(workload.shapes[0].labels)
            and (
                peer.namespaces == workload.namespace
                if isinstance(peer.namespaces, str)
                else peer.namespaces.matches(spaces[workload.namespace].labels)
            )
        }


def test_pods_that_no_policy_tells_apart_are_one_bloc() -> None:
    workloads = tuple(Workload("m", f"w{number}", "Pod", (PodShape({"n": str(number)}),)) for number in range(5))
    subject = Pods("m", Selector.of({"n": "3"}))
    policy = Policy("NetworkPolicy", "m", "p", Tier.NETWORK_POLICY, subject, frozenset({Direction.INGRESS}))
    compiled = compile_objects(Objects(workloads, (Namespace("m"),), (), (policy,)), Semantics(), silent)
    assert len(compiled.classes) == 5
    assert np.bincount(compiled.quotient.bloc_of).tolist() == [4, 1]


def test_pods_with_the_same_labels_are_one_class() -> None:
    workloads = tuple(Workload("m", f"w{number}", "Pod", (PodShape({"app": "x"}),)) for number in range(5))
    classes = classify(Objects(workloads, (Namespace("m"),)), isolate_host_network=True)
    assert [len(members) for members in classes.members] == [5]
