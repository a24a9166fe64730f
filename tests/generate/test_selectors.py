"""Labels that choose exactly the pods of a workload, whatever controllers add to them (generate 2)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.generate.town import Json, cluster_of, pod, workload
from workbench.generate import UNSTABLE_KEYS, LabelChoice, WorkloadLabels
from workbench.inventory import GENERATED_KEYS, Cluster, Workload
from workbench.policy import Operator, Selector

STABLE = ("app", "tier", "team")
UNSTABLE = ("version", "pod-template-hash", "helm.sh/chart", "batch.kubernetes.io/job-name")
LABELS = st.dictionaries(st.sampled_from((*STABLE, *UNSTABLE)), st.sampled_from(("x", "y")), max_size=5)
KINDS = st.sampled_from(("Deployment", "StatefulSet", "Job", "DaemonSet"))


@st.composite
def towns(draw: st.DrawFn) -> Cluster:
    """Draw workloads of two namespaces, many of which are alike; some have pods of several kinds."""
    objects: list[Json | list[Json]] = []
    for number in range(draw(st.integers(1, 5))):
        ref = f"{draw(st.sampled_from('ab'))}/w{number}"
        if draw(st.booleans()):
            objects.append(workload(ref, labels=draw(LABELS), kind=draw(KINDS), selector={}))
        else:
            owner = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": f"w{number}", "controller": True}
            for replica in range(draw(st.integers(1, 2))):
                one = pod(f"{ref}-{replica}", draw(LABELS))
                one["metadata"]["ownerReferences"] = [owner]
                objects.append(one)
    return cluster_of(*objects)


def chosen(cluster: Cluster, workload_: Workload, selector: Selector) -> set[tuple[str, int]]:
    """Return the pods of the workload's namespace that a selector chooses, by the labels that are written."""
    return {
        (one.peer, number)
        for one in cluster.objects.workloads
        if one.namespace == workload_.namespace
        for number, shape in enumerate(one.shapes)
        if selector.matches(shape.labels)
    }


def every(cluster: Cluster) -> list[tuple[Workload, LabelChoice]]:
    labels = WorkloadLabels(cluster)
    return [(one, labels.of(one)) for one in cluster.objects.workloads]


@given(towns())
def test_an_exact_choice_chooses_the_pods_of_the_workload_and_no_others(cluster: Cluster) -> None:
    for one, choice in every(cluster):
        mine = {(one.peer, number) for number in range(len(one.shapes))}
        found = chosen(cluster, one, choice.selector)
        assert mine <= found
        if choice.is_labelled:
            assert {peer for peer, _ in found - mine} == set(choice.others)


@given(towns())
def test_no_requirement_can_be_left_out(cluster: Cluster) -> None:
    for one, choice in every(cluster):
        requirements = choice.selector.requirements
        for left in requirements:
            rest = tuple(other for other in requirements if other != left)
            if any(other.operator is Operator.IN for other in rest):
                assert chosen(cluster, one, Selector(rest)) > chosen(cluster, one, choice.selector)


@given(towns())
def test_labels_that_change_with_a_release_or_a_run_are_never_used(cluster: Cluster) -> None:
    for _, choice in every(cluster):
        used = {one.key for one in choice.selector.requirements}
        assert used <= set(STABLE)
        assert not used & (UNSTABLE_KEYS | GENERATED_KEYS)


@given(towns())
def test_there_is_no_choice_only_where_no_lasting_label_is_on_all_pods(cluster: Cluster) -> None:
    for one, choice in every(cluster):
        common = set.intersection(*(set(shape.labels) for shape in one.shapes))
        assert choice.is_labelled is bool(common & set(STABLE))


@given(towns(), st.data())
def test_the_order_of_manifests_does_not_matter(cluster: Cluster, data: st.DataObject) -> None:
    objects = [one.content for one in cluster.objects.manifests]
    shuffled = cluster_of(*data.draw(st.permutations([dict(one) for one in objects])))
    assert {one.peer: choice for one, choice in every(cluster)} == {one.peer: choice for one, choice in every(shuffled)}


def choice_of(name: str, *objects: Json | list[Json]) -> LabelChoice:
    cluster = cluster_of(*objects)
    return next(choice for one, choice in every(cluster) if one.name == name)


def test_the_labels_by_which_the_owner_chooses_its_pods_come_first() -> None:
    labels = {"app": "web", "shop.example/part": "front"}
    found = choice_of("web", workload("a/web", labels=labels, selector={"matchLabels": {"shop.example/part": "front"}}))
    assert str(found.selector) == "shop.example/part=front"


@pytest.mark.parametrize("first", ["app.kubernetes.io/name", "app", "k8s-app", "name"])
def test_then_those_that_people_mostly_use(first: str) -> None:
    found = choice_of("web", workload("a/web", labels={"aaa": "x", first: "web", "zzz": "y"}, selector={}))
    assert str(found.selector) == f"{first}=web"


def test_the_lack_of_a_label_tells_a_workload_from_one_that_has_more() -> None:
    alike = workload("a/web", labels={"app": "web"}), workload("a/canary", labels={"app": "web", "track": "canary"})
    assert [(one.key, one.operator) for one in choice_of("web", *alike).selector.requirements] == [
        ("app", Operator.IN),
        ("track", Operator.DOES_NOT_EXIST),
    ]
    assert choice_of("canary", *alike).is_exact


def test_workloads_of_the_same_labels_cannot_be_told_apart_and_it_says_so() -> None:
    found = choice_of("a", workload("n/a", labels={"app": "x"}), workload("n/b", labels={"app": "x"}))
    assert (found.is_exact, found.others) == (False, ("n/b[StatefulSet]",))


def test_another_namespace_does_not_matter() -> None:
    assert choice_of("a", workload("n/a", labels={"app": "x"}), workload("m/b", labels={"app": "x"})).is_exact


@pytest.mark.parametrize("selector,found", [({"job-name": "j"}, True), ({"job-name": "k"}, False)])
def test_a_selector_may_choose_by_what_controllers_add(selector: dict[str, Any], *, found: bool) -> None:
    labels = WorkloadLabels(
        cluster_of(workload("n/j", labels={}, kind="Job", selector={}), workload("n/a", labels={"a": "b"}))
    )
    assert (labels.chosen_by("n", Selector.of(selector)) == ("n/j[Job]",)) is found


def test_a_selector_by_a_hash_may_choose_any_pods_that_have_one() -> None:
    labels = WorkloadLabels(cluster_of(workload("n/d", labels={"app": "d"}, kind="Deployment")))
    assert labels.chosen_by("n", Selector.of({"pod-template-hash": "5d9"})) == ("n/d[Deployment]",)


def test_virtual_machines_are_told_apart_by_their_names_and_not_by_what_the_next_start_changes() -> None:
    def launcher(name: str) -> Json:
        labels = {"kubevirt.io": "virt-launcher", "kubevirt.io/created-by": f"uid-{name}", "vm.kubevirt.io/name": name}
        owner = {"apiVersion": "kubevirt.io/v1", "kind": "VirtualMachineInstance", "name": name, "controller": True}
        one = pod(f"n/virt-launcher-{name}-x", labels)
        one["metadata"]["ownerReferences"] = [owner]
        return one

    cluster = cluster_of(launcher("one"), launcher("two"))
    keys = {name.key for one, choice in every(cluster) for name in choice.selector.requirements if one.name == "one"}
    assert (keys, all(choice.is_exact for _, choice in every(cluster))) == ({"vm.kubevirt.io/name"}, True)
