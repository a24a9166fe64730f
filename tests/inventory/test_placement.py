"""Which pods run on which node: as pods, templates and Nodes tell it."""

from __future__ import annotations

import pytest

from workbench.inventory import Cluster, NodeDirectory, load_manifests


def pod(name: str, spec: str = "", status: str = "") -> str:
    return f"""
apiVersion: v1
kind: Pod
metadata: {{name: {name}, ownerReferences: [{{kind: ReplicaSet, name: web, controller: true}}]}}
spec: {{containers: [{{name: c}}], {spec}}}
status: {{{status}}}
---"""


def node(name: str, *addresses: str) -> str:
    listed = ", ".join(f"{{type: InternalIP, address: '{address}'}}" for address in addresses)
    return f"\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}}}\nstatus: {{addresses: [{listed}]}}\n---"


def nodes_of(cluster: Cluster) -> tuple[str, ...]:
    (workload,) = cluster.objects.workloads
    (shape,) = workload.shapes
    return NodeDirectory.of(cluster.objects).nodes_of(shape)


@pytest.mark.parametrize(
    "documents,nodes",
    [
        (pod("a", "nodeName: one") + pod("b", "nodeName: two"), ("one", "two")),
        (pod("a", "nodeName: one") + pod("b", "nodeName: one"), ("one",)),
        (pod("a", "nodeName: one") + pod("b"), ("", "one")),
        (pod("a"), ("",)),
        (pod("a", status="hostIP: 10.0.0.1") + node("one", "10.0.0.1"), ("one",)),
        (pod("a", status="hostIP: 10.0.0.1"), ("10.0.0.1",)),
        (pod("a", status="hostIP: nonsense"), ("",)),
    ],
)
def test_pods_tell_their_node_by_name_or_by_address(documents: str, nodes: tuple[str, ...]) -> None:
    assert nodes_of(load_manifests(documents)) == nodes


def test_a_template_may_name_the_node_of_all_its_pods() -> None:
    template = "{metadata: {labels: {app: x}}, spec: {nodeName: one, containers: [{name: c}]}}"
    text = f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: x}}\nspec: {{template: {template}}}\n"
    assert nodes_of(load_manifests(text)) == ("one",)
    assert nodes_of(load_manifests(text.replace("nodeName: one, ", ""))) == ("",)


def test_addresses_of_nodes_are_those_of_nodes_and_those_that_their_pods_tell() -> None:
    documents = node("one", "10.0.0.1", "fd00:0::1") + pod("a", "nodeName: two", "hostIP: 10.0.0.2")
    directory = NodeDirectory.of(load_manifests(documents).objects)
    assert directory.names == ("one", "two")
    assert (directory.addresses("one"), directory.addresses("two")) == (("10.0.0.1", "fd00::1"), ("10.0.0.2",))
    assert [directory.at(ip) for ip in ("10.0.0.2", "fd00::1", "10.0.0.3")] == ["two", "one", ""]
