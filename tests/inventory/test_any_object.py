"""Whatever stands in an object's fields, loading it ends without an exception, and strict raises the first error."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.inventory import load_manifests
from workbench.manifests import ProblemError, Severity

CONTAINER = {"name": "c", "ports": [{"name": "http", "containerPort": 80, "protocol": "TCP"}]}
POD_SPEC = {"containers": [CONTAINER], "hostNetwork": False, "serviceAccountName": "sa"}
TEMPLATE = {"metadata": {"labels": {"app": "x"}}, "spec": POD_SPEC}
OWNER = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "x", "controller": True}
METADATA = {"name": "x", "namespace": "shop", "labels": {"app": "x"}, "ownerReferences": [OWNER]}


def thing(version: str, kind: str, spec: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": METADATA, "spec": spec, **more}


MACHINE = {"domain": {"devices": {"interfaces": [{"ports": [{"name": "a", "port": 1, "protocol": "TCP"}]}]}}}
SERVICE = {
    "type": "ClusterIP",
    "selector": {"a": "b"},
    "clusterIP": "10.0.0.1",
    "clusterIPs": ["10.0.0.1"],
    "externalIPs": ["1.2.3.4"],
    "externalName": "x",
    "ports": [{"name": "a", "port": 80, "targetPort": "http", "nodePort": 30000, "protocol": "TCP"}],
}
OBJECTS = [
    thing("v1", "Pod", POD_SPEC, status={"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}]}),
    *(
        thing("apps/v1", kind, {"replicas": 2, "template": TEMPLATE})
        for kind in ("Deployment", "ReplicaSet", "StatefulSet", "DaemonSet")
    ),
    thing("v1", "ReplicationController", {"replicas": 2, "template": TEMPLATE}),
    thing("apps.openshift.io/v1", "DeploymentConfig", {"replicas": 2, "template": TEMPLATE}),
    thing("batch/v1", "Job", {"parallelism": 2, "template": TEMPLATE}),
    thing("batch/v1", "CronJob", {"jobTemplate": {"spec": {"parallelism": 2, "template": TEMPLATE}}}),
    thing("kubevirt.io/v1", "VirtualMachine", {"template": {"metadata": {"labels": {"a": "b"}}, "spec": MACHINE}}),
    thing("kubevirt.io/v1", "VirtualMachineInstance", MACHINE),
    thing("v1", "Service", SERVICE, status={"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}),
    thing("v1", "Namespace", {}),
    {"apiVersion": "v1", "kind": "PodList", "items": [{"metadata": METADATA, "spec": POD_SPEC}]},
]
STRANGE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def paths(value: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """Return the path of every field in `value`."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return (
        [path, *(inner for key, child in children for inner in paths(child, (*path, key)))]
        if path or children
        else [path]
    )


def replaced(value: Any, path: tuple[str | int, ...], new: object) -> Any:  # noqa: ANN401  (a JSON value)
    if not path:
        return new
    changed = copy.copy(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], new)
    return changed


def test_the_examples_are_good() -> None:
    for example in OBJECTS:
        errors = [
            p for p in load_manifests(json.dumps(example, indent=1)).problems_found if p.severity is Severity.ERROR
        ]
        assert errors == []


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_any_value_in_any_field_is_survived(data: st.DataObject) -> None:
    example = data.draw(st.sampled_from(OBJECTS))
    for _ in range(data.draw(st.integers(1, 2))):
        example = replaced(example, data.draw(st.sampled_from(paths(example))), data.draw(STRANGE))
    text = json.dumps(example, indent=1) + "\n"
    cluster = load_manifests(text)
    assert all(problem.line is None or 1 <= problem.line <= text.count("\n") for problem in cluster.problems_found)
    assert len(cluster.workloads) >= len(cluster.objects.workloads)
    assert len(cluster.problems) == len(cluster.problems_found)
    errors = [problem for problem in cluster.problems_found if problem.severity is Severity.ERROR]
    if errors:
        with pytest.raises(ProblemError) as caught:
            load_manifests(text, strict=True)
        assert caught.value.problem == errors[0]
    else:
        load_manifests(text, strict=True)


@given(st.lists(st.sampled_from(OBJECTS), min_size=1, max_size=5), st.data())
@settings(max_examples=100, deadline=None)
def test_every_pod_is_in_one_workload(objects: list[dict[str, Any]], data: st.DataObject) -> None:
    kinds = st.sampled_from(["ReplicaSet", "Deployment", "Job", "CronJob", "Node", "", "Pod", "VirtualMachineInstance"])
    names = st.sampled_from(["a", "b", "c"])
    pods = []
    for number in range(data.draw(st.integers(1, 5))):
        owner = {"kind": data.draw(kinds), "name": data.draw(names), "controller": data.draw(st.booleans())}
        pods.append(thing("v1", "Pod", POD_SPEC) | {"metadata": {"name": f"p{number}", "ownerReferences": [owner]}})
    renamed = [one | {"metadata": {**METADATA, "name": data.draw(names)}} for one in objects if "metadata" in one]
    cluster = load_manifests("\n".join(json.dumps(one) for one in [*renamed, *pods]) + "\n")
    seen = [pod for w in cluster.objects.workloads if w.namespace == "default" for s in w.shapes for pod in s.pods]
    assert sorted(seen) == sorted(f"p{number}" for number in range(len(pods)))
    keys = [(workload.namespace, workload.kind, workload.name) for workload in cluster.objects.workloads]
    assert len(keys) == len(set(keys))
