"""Where netpol-analyzer's lines have a form of their own: under `Semantics.REFERENCE` they are its own."""

from __future__ import annotations

import json

import pytest

from tests.connectivity.manifests import compute, namespace, pod, policy
from workbench.connectivity import Connectivity, Semantics, connectivity_by_network, diff
from workbench.connectivity.diff_formats import DIFFS
from workbench.connectivity.focus import Focus
from workbench.inventory import load_manifests

WEB = pod("web", "shop", "app: web", "{containerPort: 80, name: http}")


def reference(*documents: str) -> Connectivity:
    return compute(*documents, semantics=Semantics.REFERENCE)


def opened(peer: str, ports: str = "{port: 80}", name: str = "opened") -> str:
    return policy(f"podSelector: {{}}, ingress: [{{from: [{peer}], ports: [{ports}]}}]", name, "shop")


def selector(operator: str, values: str) -> str:
    return f"{{namespaceSelector: {{matchExpressions: [{{key: env, operator: {operator}, values: [{values}]}}]}}}}"


def test_values_of_an_expression_stand_in_the_order_in_which_they_were_written() -> None:
    text = reference(WEB, opened(selector("In", "prod, dev, dev"))).exposure().to_text()
    assert "[namespace with {{Key:env,Operator:In,Values:[prod dev dev],}}]/[all pods] : TCP 80" in text
    ours = compute(WEB, opened(selector("In", "prod, dev, dev"))).exposure().to_text()
    assert "[namespace with {env in (dev,prod)}]/[all pods] : TCP 80" in ours


def test_expressions_are_sorted_as_texts() -> None:
    both = "{key: b, operator: In, values: [y, x]}, {key: a, operator: Exists}"
    text = reference(WEB, opened(f"{{namespaceSelector: {{matchExpressions: [{both}]}}}}")).exposure().to_text()
    assert "{{Key:a,Operator:Exists,Values:[],},{Key:b,Operator:In,Values:[y x],}}" in text


def test_an_exposure_on_one_connection_lists_no_unprotected_workloads() -> None:
    assert "Workloads not protected" in reference(WEB).exposure().to_text()
    focussed = reference(WEB).focus(conn="tcp-80").exposure().to_text()
    assert "Workloads not protected" not in focussed
    assert "Workloads not protected" in compute(WEB).focus(conn="tcp-80").exposure().to_text()


def test_an_exposure_on_one_connection_leaves_out_what_is_open_to_the_entire_cluster() -> None:
    found = reference(WEB, opened(""), opened(selector("In", "prod"), "{port: 80}, {port: 90}", "more"))
    assert "env" in found.exposure().to_text()
    assert "env" not in found.focus(conn="tcp-80").exposure().to_text()


def test_a_direction_without_lines_is_null_and_an_empty_list_where_one_connection_is_in_focus() -> None:
    closed = policy("podSelector: {}, policyTypes: [Ingress]", "closed", "shop")
    whole = json.loads(reference(WEB, closed).exposure().to_json())
    assert whole["exposure_results"]["ingress_exposure"] is None
    focussed = json.loads(reference(WEB, closed).focus(conn="tcp-80").exposure().to_json())
    assert focussed["exposure_conn_focus_results"]["ingress_exposure"] == []


def test_a_named_port_of_an_admin_policy_towards_the_cluster_prints_its_name() -> None:
    admin = """
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: allow}
spec:
  priority: 1
  subject: {namespaces: {}}
  egress: [{action: Allow, to: [{namespaces: {}}], ports: [{namedPort: local-port}]}]
---"""
    closed = policy("podSelector: {}, policyTypes: [Egress]", "closed", "shop")
    assert "=> \tentire-cluster :  local-port\n" in reference(WEB, admin, closed).exposure().to_text()
    assert "=> \tentire-cluster : named local-port\n" in compute(WEB, admin, closed).exposure().to_text()


def test_several_routes_to_a_workload_are_a_list() -> None:
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n"
    service += "spec: {selector: {app: web}, ports: [{port: 80, targetPort: 80}]}\n---\n"
    route = "apiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {name: NAME, namespace: shop}\n"
    route += "spec: {to: {kind: Service, name: web}, port: {targetPort: 80}}\n---\n"
    text = reference(WEB, service, *(route.replace("NAME", name) for name in ("b", "a"))).explain().to_text()
    lines = [line for line in text.splitlines() if "oute" in line][:3]
    assert lines == [
        "\t\t\tRoute list:",
        "\t\t\t\t- Route 'shop/a' allows ingress connections through service web",
        "\t\t\t\t- Route 'shop/b' allows ingress connections through service web",
    ]


@pytest.mark.parametrize("name", [name for name in DIFFS.names() if name in {"csv", "md", "dot"}])
def test_tables_and_graphs_of_a_diff_have_their_headings_also_where_nothing_differs(name: str) -> None:
    every = "".join(f"{{protocol: {one}, port: 1, endPort: 65535}}," for one in ("TCP", "UDP", "SCTP"))
    same = diff(reference(WEB, opened("", every)), reference(WEB, opened("", "")))
    assert list(same) == []
    text = DIFFS.named(name).write(same, ("ref1", "ref2"))
    assert text.startswith({"csv": "diff-type,source,", "md": "| diff-type |", "dot": "digraph {"}[name])


def test_a_network_on_which_nothing_is_allowed_has_no_section_where_one_connection_is_in_focus() -> None:
    network = """
apiVersion: k8s.ovn.org/v1
kind: UserDefinedNetwork
metadata: {name: green, namespace: green}
spec: {topology: Layer2, layer2: {role: Primary}}
---"""
    closed = policy("podSelector: {}, policyTypes: [Ingress, Egress]", "closed", "shop")
    label = 'k8s.ovn.org/primary-user-defined-network: ""'
    documents = "\n".join((network, namespace("green", label), WEB, closed, pod("a", "green"), pod("b", "green"), ""))
    found = connectivity_by_network(load_manifests(documents), semantics=Semantics.REFERENCE)
    assert "analyzed in Pod network:" in found.to_text()
    focussed = found.focus(Focus.of(conn="tcp-80")).to_text()
    assert "Pod network" not in focussed
    assert "analyzed in primary UDN green:" in focussed
