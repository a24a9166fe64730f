"""Whatever stands in an object's fields, loading it ends without an exception, and strict raises the first error."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.inventory.every_kind import EVERY_KIND, UNLIKE, Json
from tests.inventory.spoiling import HUGE, OF_EVERY_TYPE, paths, replaced, spoilt
from workbench.ground import ProblemError, Severity
from workbench.inventory import Cluster, load_manifests


def title(example: Json) -> str:
    return f"{example['apiVersion']}-{example['kind']}"


def written(*objects: object) -> str:
    return "".join(f"{json.dumps(one, indent=1)}\n" for one in objects)


def read_of(cluster: Cluster) -> int:
    """Return how many objects were understood."""
    objects = cluster.objects
    typed = (objects.workloads, objects.services, objects.policies, objects.ingresses, objects.multi_policies)
    declared = [one for one in objects.namespaces if one.declared]
    return sum(map(len, (*typed, objects.networks, objects.nodes, declared)))


@pytest.mark.parametrize("example", EVERY_KIND, ids=title)
def test_the_examples_are_good_and_understood(example: Json) -> None:
    cluster = load_manifests(written(example))
    assert [problem for problem in cluster.problems_found if problem.severity is Severity.ERROR] == []
    known_by_itself = example["kind"] not in {"ConfigMap", "ReferenceGrant"} and "Primary" not in written(example)
    assert read_of(cluster) == known_by_itself


@pytest.mark.parametrize("example", UNLIKE, ids=title)
def test_no_type_in_any_field_is_lost_in_silence(example: Json) -> None:
    for path in paths(example):
        for value in OF_EVERY_TYPE:
            told(written(replaced(example, path, value)))
        shown(told(written(replaced(example, path, HUGE))))


@given(st.data())
@settings(max_examples=examples(200))
def test_any_value_in_any_field_is_survived_and_nothing_is_lost_in_silence(data: st.DataObject) -> None:
    example = data.draw(st.sampled_from(EVERY_KIND))
    text = written(data.draw(spoilt(example)))
    shown(told(text))
    errors = [problem for problem in load_manifests(text).problems_found if problem.severity is Severity.ERROR]
    if errors:
        with pytest.raises(ProblemError) as caught:
            load_manifests(text, strict=True)
        assert caught.value.problem == errors[0]
    else:
        load_manifests(text, strict=True)


def told(text: str) -> Cluster:
    """Return what `text` holds, and see that it is understood, or that a problem says why not."""
    cluster = load_manifests(text)
    for problem in cluster.problems_found:
        assert problem.file == "<text>" or problem.code == "nothing-found"
        assert problem.line is None or 1 <= problem.line <= text.count("\n")
        assert problem.message
        assert str(problem)
    assert read_of(cluster) or cluster.problems_found or not of_a_kind_that_is_read(cluster)
    return cluster


def shown(cluster: Cluster) -> None:
    assert len(cluster.workloads) >= len(cluster.objects.workloads)
    assert len(cluster.services) == len(cluster.objects.services)
    assert len(cluster.policies) == len(cluster.objects.policies) + len(cluster.objects.multi_policies)
    assert len(cluster.problems) == len(cluster.problems_found)


OWNERS = [one for one in EVERY_KIND if one["kind"] not in {"Pod", "PodList"}]


def of_a_kind_that_is_read(cluster: Cluster) -> bool:
    known = {(one["apiVersion"].rpartition("/")[0], one["kind"]) for one in EVERY_KIND} - {("", "ConfigMap")}
    return any((one.group, one.kind) in known for one in cluster.objects.manifests if one.kind != "ReferenceGrant")


@given(st.lists(st.sampled_from(OWNERS), min_size=1, max_size=5), st.data())
@settings(max_examples=examples(100))
def test_every_pod_is_in_one_workload(objects: list[Json], data: st.DataObject) -> None:
    kinds = st.sampled_from(["ReplicaSet", "Deployment", "Job", "CronJob", "Node", "", "Pod", "VirtualMachineInstance"])
    names = st.sampled_from(["a", "b", "c"])
    pods = []
    for number in range(data.draw(st.integers(1, 5))):
        owner = {"kind": data.draw(kinds), "name": data.draw(names), "controller": data.draw(st.booleans())}
        metadata = {"name": f"p{number}", "ownerReferences": [owner]}
        pods.append({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [{"name": "c"}]}})
    renamed = [one | {"metadata": {"name": data.draw(names), "labels": {"app": "web"}}} for one in objects]
    cluster = load_manifests(written(*renamed, *pods))
    seen = [pod for w in cluster.objects.workloads if w.namespace == "default" for s in w.shapes for pod in s.pods]
    assert sorted(seen) == sorted(f"p{number}" for number in range(len(pods)))
    keys = [(workload.namespace, workload.kind, workload.name) for workload in cluster.objects.workloads]
    assert len(keys) == len(set(keys))
