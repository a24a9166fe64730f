"""To which secondary networks pods and virtual machines are attached, and with which addresses (semantics 17)."""

from __future__ import annotations

import json

import pytest

from workbench.inventory import Cluster, load_manifests
from workbench.inventory.model import Attachment

NETWORKS = "k8s.v1.cni.cncf.io/networks"
STATUS = "k8s.v1.cni.cncf.io/network-status"
DEFINED = "\n".join(
    "---\napiVersion: k8s.cni.cncf.io/v1\nkind: NetworkAttachmentDefinition\n"
    f"metadata: {{name: {name}, namespace: {namespace}}}\nspec: {{config: '{{}}'}}"
    for namespace, name in (("shop", "blue"), ("nets", "red"))
)


def pod(**annotations: str) -> Cluster:
    written = {name.replace("_", "-"): text for name, text in annotations.items()}
    full = {f"k8s.v1.cni.cncf.io/{name}": text for name, text in written.items()}
    manifest = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web", "namespace": "shop", "annotations": full},
        "spec": {"containers": [{"name": "c"}]},
    }
    return load_manifests(f"{json.dumps(manifest)}\n{DEFINED}\n")


def attachments(cluster: Cluster) -> tuple[Attachment, ...]:
    (workload,) = cluster.objects.workloads
    (shape,) = workload.shapes
    return shape.attachments


@pytest.mark.parametrize(
    "text",
    [
        "blue,nets/red",
        " blue@net1 , nets/red@net2 ",
        '[{"name": "blue"}, {"name": "red", "namespace": "nets"}]',
        '[{"name": "red", "namespace": "nets"}, {"name": "blue", "interface": "a"}, {"name": "blue"}]',
    ],
)
def test_an_annotation_names_networks_in_several_ways(text: str) -> None:
    cluster = pod(networks=text)
    assert attachments(cluster) == (Attachment("nets", "red"), Attachment("shop", "blue"))
    assert cluster.problems_found == ()


def test_addresses_are_those_asked_for_and_those_given() -> None:
    status = json.dumps([{"name": "shop/blue", "ips": ["10.0.0.9"]}, {"name": "ovn", "ips": ["10.1.1.1"]}])
    found = attachments(pod(networks='[{"name": "blue", "ips": ["10.0.0.7/24"]}]', network_status=status))
    assert found == (Attachment("shop", "blue", ("10.0.0.7", "10.0.0.9")),)


def test_an_address_that_is_none_is_a_warning_and_left_out() -> None:
    cluster = pod(networks='[{"name": "blue", "ips": ["10.0.0.7/24", "10.0.0.300"]}]')
    assert attachments(cluster) == (Attachment("shop", "blue", ("10.0.0.7",)),)
    (problem,) = cluster.problems_found
    assert (problem.code, problem.field) == ("invalid-address", f"metadata.annotations.{NETWORKS}")
    assert "'10.0.0.300'" in problem.message


@pytest.mark.parametrize("text", ["[1]", "[{}]", "[", '{"name": 1}', "shop/", "blue,@eth1"])
def test_an_annotation_that_is_neither_is_an_error(text: str) -> None:
    cluster = pod(networks=text)
    assert [problem.code for problem in cluster.problems_found] == ["network-annotation"]
    assert cluster.problems_found[0].field == f"metadata.annotations.{NETWORKS}"
    assert attachments(cluster) == ()


def test_a_status_that_is_no_json_is_passed_over() -> None:
    assert attachments(pod(networks="blue", network_status="[")) == (Attachment("shop", "blue"),)


def test_an_annotation_that_is_no_text_does_not_cost_the_pod() -> None:
    text = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, annotations: {x: 1}}\nspec: {containers: [{name: c}]}\n"
    assert len(load_manifests(text).objects.workloads) == 1


def test_a_template_attaches_too() -> None:
    text = f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop}}
spec: {{template: {{metadata: {{annotations: {{{NETWORKS}: blue}}}}, spec: {{containers: [{{name: c}}]}}}}}}
{DEFINED}
"""
    assert attachments(load_manifests(text)) == (Attachment("shop", "blue"),)


def test_a_machine_names_its_networks_and_sets_its_addresses() -> None:
    text = f"""
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: vm, namespace: shop}}
spec:
  template:
    spec:
      networks: [{{name: default, pod: {{}}}}, {{name: a, multus: {{networkName: nets/red}}}}]
      volumes:
      - cloudInitNoCloud:
          networkData: |
            version: 2
            ethernets: {{eth1: {{addresses: [10.0.0.1/24, fd00::1/64]}}, eth2: {{}}}}
      - containerDisk: {{image: i}}
{DEFINED}
"""
    assert attachments(load_manifests(text)) == (Attachment("nets", "red", ("10.0.0.1", "fd00::1")),)


@pytest.mark.parametrize("network_data", ["[", "a: [1", "ethernets: 1", "ethernets: {a: {addresses: 1}}"])
def test_cloud_init_that_is_something_else_gives_no_address(network_data: str) -> None:
    volumes = json.dumps([{"cloudInitNoCloud": {"networkData": network_data}}])
    text = f"""
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {{name: vm, namespace: shop}}
spec: {{template: {{spec: {{networks: [{{multus: {{networkName: blue}}}}], volumes: {volumes}}}}}}}
{DEFINED}
"""
    assert attachments(load_manifests(text)) == (Attachment("shop", "blue"),)


def test_a_network_that_nothing_declares_is_a_warning() -> None:
    (problem,) = pod(networks="nets/blue").problems_found
    assert (problem.severity, problem.code, problem.object) == ("warning", "network-not-found", "Pod shop/web")
    assert "nets/blue" in problem.message


def test_pods_of_one_owner_may_be_attached_differently() -> None:
    owner = "ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: rs, controller: true, uid: u}]"
    pods = "---".join(
        f"\napiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: shop, {owner}, annotations: {{{text}}}}}\n"
        "spec: {containers: [{name: c}]}\n"
        for name, text in (("a", f"{NETWORKS}: blue"), ("b", ""))
    )
    (workload,) = load_manifests(f"{pods}{DEFINED}\n").objects.workloads
    assert [len(shape.attachments) for shape in workload.shapes] == [1, 0]
