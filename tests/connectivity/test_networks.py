"""Several networks: the connectivity on each of them, and how it is written (semantics 17)."""

from __future__ import annotations

import csv
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.connectivity.manifests import compute, pod, policy
from tests.examples import examples
from tests.inventory.test_networks import definition, namespace, udn
from workbench.connectivity import Networks, Semantics, connectivity_by_network, evaluate
from workbench.connectivity.frames import NETWORK_CONNECTIONS
from workbench.ground import ANSWER_FORMATS, NotFoundError, UnknownPluginError
from workbench.inventory import load_manifests

GREEN = namespace("green") + udn("any", "green")
POD_NETWORK = "pod-network"


def by_network(*documents: str) -> Networks:
    return connectivity_by_network(load_manifests("\n---\n".join(documents) + "\n"), semantics=Semantics())


def attached(name: str, where: str, networks: str = "lan", labels: str = "") -> str:
    """Return a Pod that is attached to secondary networks."""
    text = pod(name, where, labels)
    return text.replace("labels:", f"annotations: {{k8s.v1.cni.cncf.io/networks: '{networks}'}}, labels:", 1)


def multi_policy(spec: str, networks: str = "lan", where: str = "a") -> str:
    return f"""
apiVersion: k8s.cni.cncf.io/v1beta1
kind: MultiNetworkPolicy
metadata: {{name: multi, namespace: {where}, annotations: {{k8s.v1.cni.cncf.io/policy-for: '{networks}'}}}}
spec: {{{spec}}}"""


def pairs(found: Networks, name: str) -> set[tuple[str, str]]:
    """Return the workloads that may talk on a network."""
    return {(c.src.workload, c.dst.workload) for c in found[name].connections() if c.src.namespace and c.dst.namespace}


def test_pods_of_different_primary_networks_cannot_talk() -> None:
    found = by_network(GREEN, pod("a", "green"), pod("b", "green"), pod("c", "blue"), pod("d", "red"))
    assert pairs(found, "green") == {("a", "b"), ("b", "a")}
    assert pairs(found, POD_NETWORK) == {("c", "d"), ("d", "c")}


def test_a_primary_network_has_its_ways_out_and_its_policies() -> None:
    deny = policy("podSelector: {}, policyTypes: [Ingress]", namespace="green")
    found = by_network(GREEN, pod("a", "green"), pod("b", "green"), deny)
    assert pairs(found, "green") == set()
    assert [(c.src.workload, c.dst.kind) for c in found["green"].connections()] == [
        ("a", "External"), ("a", "External"), ("b", "External"), ("b", "External"),
    ][::2]  # fmt: skip


LAN = definition("lan", "a") + definition("lan", "b")


def test_a_secondary_network_joins_what_is_attached_to_it_and_leads_nowhere_else() -> None:
    found = by_network(LAN, attached("x", "a"), attached("y", "b"), pod("z", "a"))
    assert pairs(found, "lan") == {("x", "y"), ("y", "x")}
    assert {c.src.kind for c in found["lan"].connections()} == {"Pod"}


def test_it_joins_pods_of_different_primary_networks() -> None:
    found = by_network(GREEN, definition("lan", "green") + definition("lan", "a"),
                       attached("x", "a"), attached("y", "green"))  # fmt: skip
    assert pairs(found, "lan") == {("x", "y"), ("y", "x")}
    assert pairs(found, POD_NETWORK) == set()


def test_network_policies_say_nothing_about_it() -> None:
    deny = policy("podSelector: {}, policyTypes: [Ingress, Egress]", namespace="a")
    found = by_network(LAN, attached("x", "a"), attached("y", "a"), deny)
    assert pairs(found, POD_NETWORK) == set()
    assert len(pairs(found, "lan")) == 2


def test_multi_network_policies_say_all_and_only_about_it() -> None:
    from_x = "{from: [{podSelector: {matchLabels: {app: x}}}], ports: [{port: 80}]}"
    only_x = multi_policy(f"podSelector: {{matchLabels: {{app: y}}}}, ingress: [{from_x}]")
    found = by_network(LAN, attached("x", "a", labels="app: x"), attached("y", "a", labels="app: y"),
                       attached("z", "b", labels="app: x"), only_x)  # fmt: skip
    lines = {
        f"{c.src.workload} {c.dst.workload} {c.ports}" for c in found["lan"].connections() if c.dst.workload == "y"
    }
    assert lines == {"x y TCP 80"}
    assert ("z", "y") in pairs(found, POD_NETWORK)


def test_a_multi_network_policy_is_for_the_networks_that_it_names() -> None:
    deny = multi_policy("podSelector: {}", "b/lan,a/dmz")
    found = by_network(definition("lan", "a"), definition("dmz", "a"), attached("x", "a", "lan,dmz"),
                       attached("y", "a", "lan,dmz"), deny)  # fmt: skip
    assert len(pairs(found, "lan")) == 2
    assert pairs(found, "dmz") == set()


@pytest.mark.parametrize(
    "cidr,enters", [("10.0.0.0/30", {"x"}), ("10.0.0.0/24", {"x", "y"}), ("0.0.0.0/0", {"x", "y"})]
)
def test_an_ip_block_means_pods_by_their_addresses_there(cidr: str, enters: set[str]) -> None:
    block = multi_policy(
        f"podSelector: {{matchLabels: {{app: t}}}}, ingress: [{{from: [{{ipBlock: {{cidr: {cidr}}}}}]}}]"
    )
    found = by_network(
        LAN,
        attached("x", "a", json.dumps([{"name": "lan", "ips": ["10.0.0.1/24"]}]).replace("'", '"')),
        attached("y", "a", json.dumps([{"name": "lan", "ips": ["10.0.0.9/24"]}])),
        attached("unknown", "a"),
        attached("t", "a", labels="app: t"),
        block,
    )
    assert {src for src, dst in pairs(found, "lan") if dst == "t"} == enters


def test_each_workload_knows_its_networks() -> None:
    found = by_network(GREEN, definition("lan", "green"), attached("x", "green"), pod("y", "blue"))
    assert {name: [one.name for one in networks] for name, networks in found.networks_of().items()} == {
        "blue/y[Pod]": [POD_NETWORK],
        "green/x[Pod]": ["green", "lan"],
    }


def test_networks_that_nothing_is_attached_to_have_no_map() -> None:
    found = by_network(LAN, pod("x", "a"))
    assert [network.name for network, _ in found] == [POD_NETWORK]
    with pytest.raises(NotFoundError, match="no network 'lan'; there are pod-network"):
        found["lan"]


def test_one_map_of_all_primary_networks_keeps_them_apart() -> None:
    found = compute(GREEN, pod("a", "green"), pod("b", "green"), pod("c", "blue"), pod("d", "red"))
    talking = {(c.src.workload, c.dst.workload) for c in found.connections() if c.src.namespace and c.dst.namespace}
    assert talking == {("a", "b"), ("b", "a"), ("c", "d"), ("d", "c")}
    assert {c.dst.workload for c in found.connections() if c.src.kind == "External"} == {"a", "b", "c", "d"}
    assert found.problems_found == ()


def test_no_policy_joins_what_is_on_different_networks() -> None:
    allow = policy("podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]", namespace="green")
    answer = compute(GREEN, pod("a", "green"), pod("c", "blue"), allow).query("blue/c", "green/a", 80)
    assert not answer.allowed
    assert "UserDefinedNetwork green/any denies TCP 80 by spec (pods of other networks)" in str(answer)
    assert answer.to_frame()["line"].notna().any()


def test_the_ingress_controller_is_on_no_network() -> None:
    way_in = """
apiVersion: v1
kind: Service
metadata: {name: web, namespace: green}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: route.openshift.io/v1
kind: Route
metadata: {name: web, namespace: green}
spec: {to: {name: web}}
---"""
    found = compute(GREEN, pod("a", "green", "app: web", "{containerPort: 80}"), way_in)
    assert "{ingress-controller} => green/a[Pod] : TCP 80" in found.render("txt")


def test_one_map_alone_warns_of_the_secondary_networks_that_it_passes_over() -> None:
    (problem,) = compute(LAN, attached("x", "a"), attached("z", "b")).problems_found
    assert (problem.severity, problem.code) == ("warning", "networks-not-evaluated")
    assert by_network(LAN, attached("x", "a"), attached("z", "b")).problems_found == ()


@settings(max_examples=examples(60), deadline=None)
@given(clusters.clusters(), st.lists(st.sampled_from(clusters.NAMESPACES), min_size=1, unique=True))
def test_the_one_map_is_the_maps_of_the_primary_networks_together(
    manifests: list[dict[str, Any]], own: list[str]
) -> None:
    for manifest in manifests:
        if manifest["kind"] == "Namespace":
            manifest["metadata"]["labels"]["k8s.ovn.org/primary-user-defined-network"] = ""
    networks = [
        {
            "apiVersion": "k8s.ovn.org/v1",
            "kind": "UserDefinedNetwork",
            "metadata": {"name": "own", "namespace": name},
            "spec": {"topology": "Layer2", "layer2": {"role": "Primary"}},
        }
        for name in own
    ]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [*manifests, *networks]}) + "\n"
    whole = evaluate(load_manifests(text), semantics=Semantics.REFERENCE).connections("split")
    apart = connectivity_by_network(load_manifests(text), semantics=Semantics.REFERENCE).connections("split")
    assert set(whole) == {connection for found in apart.values() for connection in found}


def test_a_named_port_must_be_met_on_one_of_the_networks_only() -> None:
    named = policy("podSelector: {}, ingress: [{ports: [{port: http}]}]", namespace="green")
    http = pod("a", "green", ports="{containerPort: 80, name: http}")
    assert by_network(GREEN, http, pod("b", "blue"), named).problems_found == ()
    missing = by_network(GREEN, pod("a", "green"), pod("b", "blue"), named).problems_found
    assert [problem.code for problem in missing] == ["unresolved-named-port"]


def test_the_frame_has_the_network_beside_each_connection() -> None:
    frame = by_network(LAN, attached("x", "a"), attached("y", "b")).to_frame()
    NETWORK_CONNECTIONS.checked(frame)
    assert set(frame["network"]) == {POD_NETWORK, "lan"}
    assert set(frame[frame["network"] == "lan"]["src_kind"]) == {"Pod"}


MIXED = (GREEN, definition("lan", "blue"), definition("lan", "green"), pod("a", "green"),
         attached("b", "green"), attached("c", "blue"),
         policy("podSelector: {}, policyTypes: [Ingress, Egress]", namespace="blue"))  # fmt: skip


def test_the_text_has_a_section_for_each_network_and_the_networks_of_each_workload() -> None:
    text = by_network(*MIXED).render("txt")
    assert text.splitlines()[:4] == [
        "Permitted connectivity analyzed in Pod network:",
        "All connections are not allowed for the workloads in the pod-network",
        "",
        "Permitted connectivity analyzed in primary UDN green:",
    ]
    assert "green[udn]/a[Pod] => green[udn]/b[Pod] : All Connections\n" in text
    assert "\n\nPermitted connectivity analyzed in secondary NAD lan:\nblue/c[Pod] => green/b[Pod] : All" in text
    assert "green/b[Pod]: \n\tPrimary Network: green[UDN]\n\tSecondary Networks: lan[NAD]\n" in text


def test_one_network_needs_no_sections() -> None:
    text = by_network(pod("a", "blue")).render("txt")
    assert "analyzed" not in text
    assert text.endswith("Workload-to-Networks Mapping:\nblue/a[Pod]: \n\tPrimary Network: pod-network\n")


def test_where_all_pods_are_elsewhere_the_text_says_so() -> None:
    assert "all input workloads are configured with (C)UDN" in by_network(GREEN, pod("a", "green")).render("txt")


def test_tables_have_a_column_for_the_network() -> None:
    found = by_network(*MIXED)
    rows = list(csv.DictReader(found.render("csv").splitlines()))
    assert {"src": "blue/c[Pod]", "dst": "green/b[Pod]", "conn": "All Connections", "network": "lan"} in rows
    assert rows == sorted(rows, key=lambda row: (row["src"], row["dst"], row["network"]))
    assert "| blue/c[Pod] | green/b[Pod] | All Connections | lan | \n" in found.render("md")
    assert len(json.loads(found.render("json"))) == len(rows)


def test_the_graph_has_a_box_for_each_network() -> None:
    dot = by_network(*MIXED).render("dot")
    for line in ('subgraph "cluster_pod_network" {', 'subgraph "cluster_green[udn]" {', 'subgraph "cluster_lan" {',
                 '"blue/c[Pod]lan" -> "green/b[Pod]lan"'):  # fmt: skip
        assert line in dot
    assert by_network(*MIXED).render("svg").startswith("<svg")


def test_other_formats_are_refused_by_name() -> None:
    with pytest.raises(UnknownPluginError, match=", ".join(ANSWER_FORMATS.names("networks"))):
        by_network(*MIXED).render("arrows")
