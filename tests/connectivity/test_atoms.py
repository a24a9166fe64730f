"""Partitions, axes, masks and selector indices stand for exactly the sets that they were made from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from workbench.connectivity import Semantics
from workbench.connectivity.engine import alike, bit_store, range_store
from workbench.connectivity.engine import partition as partition_module
from workbench.connectivity.engine.classes import classify
from workbench.connectivity.engine.compile import compile_engine
from workbench.connectivity.engine.masks import ALL, NONE, PortMasks
from workbench.connectivity.engine.partition import Axis, Partition
from workbench.connectivity.engine.selector_index import SelectorIndex
from workbench.ground import ALL_PORTS, NO_PORTS, PROTOCOLS, PortSet, no_progress
from workbench.ground.intervals import intersection, normalise
from workbench.inventory import Namespace, Objects, PodVariant, Workload
from workbench.policy import Direction, Operator, Pods, Policy, Requirement, Rule, Selector, Tier

# A fixture that is set once for all examples is what these tests want.
HOLDING = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples(30))

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


@pytest.fixture(params=["merged", "as they are"])
def merging(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Atoms as small families have them, and as very large ones do."""
    if request.param != "merged":
        monkeypatch.setattr(partition_module, "MERGED", 0)
    return str(request.param)


@HOLDING
@pytest.mark.usefixtures("merging")
@given(st.lists(intervals, max_size=5), st.integers(1, 200))
def test_every_interval_set_is_the_union_of_its_atoms(sets: list[tuple[tuple[int, int], ...]], spacing: int) -> None:
    universe = ((0, 20 * spacing), (22 * spacing, 40 * spacing))
    # With many cuts, the bits of an axis take more than two words.
    cuts = [((number, number),) for number in range(spacing, 20 * spacing, 2)]
    within = [intersection(tuple((a * spacing, b * spacing) for a, b in pairs), universe) for pairs in sets]
    axis = Axis(universe, [*within, *cuts])
    bits = axis.bits([*within, *cuts, universe])
    assert [axis.intervals(words) for words in bits] == [*within, *cuts, universe]
    for pairs, words in zip(within, bits, strict=False):
        of_bits = np.unpackbits(words.astype("<u8").view(np.uint8), bitorder="little")
        assert axis.atoms(pairs).tolist() == np.flatnonzero(of_bits).tolist()


@HOLDING
@given(st.lists(intervals, max_size=5))
def test_no_set_tells_the_numbers_of_an_atom_apart(merging: str, sets: list[tuple[tuple[int, int], ...]]) -> None:
    axis = Axis(((0, 40),), sets)
    signatures: dict[int, set[tuple[bool, ...]]] = {}
    for number in range(41):
        signature = tuple(any(first <= number <= last for first, last in pairs) for pairs in sets)
        signatures.setdefault(axis.atom_at(number), set()).add(signature)
    assert all(len(found) == 1 for found in signatures.values())
    if merging == "merged":
        assert len(signatures) == len({signature for found in signatures.values() for signature in found})


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


@pytest.fixture(params=["by their sums", "by what they hold", "in small parts"])
def telling_apart(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows and runs are compared by sums; where two of them have one sum by chance, by what they hold."""
    if request.param == "by what they hold":
        monkeypatch.setattr(alike, "_mixed", np.zeros_like)
    elif request.param == "in small parts":
        monkeypatch.setattr(bit_store, "_WORDS_AT_ONCE", 1)
        monkeypatch.setattr(range_store, "_BITS_AT_ONCE", 1)


@HOLDING
@pytest.mark.usefixtures("telling_apart", "merging")
@given(st.lists(port_sets, min_size=1, max_size=80), st.data())
def test_runs_of_masks_are_united_each_by_itself(sets: list[PortSet], data: st.DataObject) -> None:
    masks = PortMasks(sets)
    runs = data.draw(st.lists(st.lists(st.sampled_from(sets), min_size=1, max_size=3), min_size=1, max_size=6))
    ids = np.array([masks.id_of(ports) for run in runs for ports in run], dtype=np.int32)
    lengths = np.array([len(run) for run in runs])
    found = masks.union_runs(ids, np.cumsum(lengths) - lengths)
    assert [masks.ports(number) for number in found.tolist()] == [PortSet.union_of(run) for run in runs]
    assert [masks.id_of(PortSet.union_of(run)) for run in runs] == found.tolist()


@pytest.mark.usefixtures("telling_apart")
@pytest.mark.parametrize("count", [3, 100])  # masks of one word, and of several
def test_masks_and_runs_of_one_sum_stay_apart(count: int) -> None:
    sets = [PortSet.of("TCP", 2 * number + 1) for number in range(count)]
    masks = PortMasks(sets)
    ids = np.array([masks.id_of(ports) for ports in sets], dtype=np.int32)
    assert [masks.ports(number) for number in ids.tolist()] == sets
    assert masks.union_runs(ids, np.arange(count)).tolist() == ids.tolist()
    assert masks.union_runs(ids, np.array([0, 1])).tolist() == [ids[0], masks.id_of(PortSet.union_of(sets[1:]))]


@HOLDING
@pytest.mark.usefixtures("merging")
@given(st.lists(port_sets, min_size=1, max_size=5), st.lists(port_sets, max_size=5))
def test_finer_masks_keep_the_ids_of_what_was_there(sets: list[PortSet], more: list[PortSet]) -> None:
    masks = PortMasks(sets)
    both = int(masks.union_runs(np.arange(len(masks), dtype=np.int32)[2:], np.array([0]))[0])
    finer = masks.refined(more)
    assert [finer.ports(number) for number in range(len(masks))] == [
        masks.ports(number) for number in range(len(masks))
    ]
    assert finer.id_of(masks.ports(both)) == both
    assert all(finer.ports(finer.id_of(ports)) == ports for ports in more)


@HOLDING
@pytest.mark.usefixtures("telling_apart", "merging")
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
    rest = masks.intern(~masks.words(ids) & masks.words(np.array(ALL)))
    assert [masks.ports(number) for number in rest.tolist()] == [ALL_PORTS - ports for ports in sets]
    assert masks.intern(masks.words(ids)).tolist() == ids.tolist()


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
def test_selected_classes_are_every_pod_that_the_selectors_match(
    pods: list[tuple[str, dict[str, str]]], space_labels: dict[str, str], chosen: list[Pods]
) -> None:
    spaces = {"m": Namespace("m", space_labels), "n": Namespace("n", {"a": "x"})}
    workloads = tuple(
        Workload(space, f"w{number}", "Pod", (PodVariant(own),)) for number, (space, own) in enumerate(pods)
    )
    rules = tuple(Rule(Direction.INGRESS, number, (peer,)) for number, peer in enumerate(chosen))
    policy = Policy("NetworkPolicy", "m", "p", Tier.NETWORK_POLICY, Pods("m"), frozenset(), rules)
    objects = Objects(workloads, tuple(spaces.values()), (), (policy,))
    classes = classify(objects, isolate_host_network=True)
    index = SelectorIndex(classes)
    for peer in chosen:
        numbers = index.classes(peer)
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


@pytest.mark.parametrize("direction", Direction)
def test_pods_that_no_policy_tells_apart_are_one_bloc(direction: Direction) -> None:
    workloads = tuple(Workload("m", f"w{number}", "Pod", (PodVariant({"n": str(number)}),)) for number in range(5))
    subject = Pods("m", Selector.of({"n": "3"}))
    policy = Policy("NetworkPolicy", "m", "p", Tier.NETWORK_POLICY, subject, frozenset({direction}))
    engine = compile_engine(Objects(workloads, (Namespace("m"),), (), (policy,)), Semantics(), no_progress)
    assert len(engine.classes) == 5
    assert np.bincount(engine.quotient.bloc_of).tolist() == [4, 1]


def test_pods_with_the_same_labels_are_one_class() -> None:
    workloads = tuple(Workload("m", f"w{number}", "Pod", (PodVariant({"app": "x"}),)) for number in range(5))
    classes = classify(Objects(workloads, (Namespace("m"),)), isolate_host_network=True)
    assert [len(members) for members in classes.members] == [5]
