"""Policies as Red Hat ACS generates them: each rule of docs/rhacs-generator.md by its number."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.generate.town import (
    NOW,
    START,
    Json,
    Seen,
    cluster_of,
    flows_of,
    namespace,
    policy,
    proposed,
    service,
    specs,
    text_of,
    whys,
    workload,
)
from workbench.baseline import Baselines
from workbench.flows import Flows
from workbench.generate import Proposal
from workbench.ground import ArgumentError
from workbench.inventory import Cluster
from workbench.policy import policy_manifest

GENERATED = "network-policy-generator.stackrox.io/generated"
FROM_BASELINE = "network-policy-generator.stackrox.io/from-baseline"
A, B, C = "10.244.0.1", "10.244.0.2", "10.244.0.3"
OUTSIDE = "203.0.113.7"
SAMPLE = """\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  creationTimestamp: "2026-11-21T09:00:00Z"
  labels:
    network-policy-generator.stackrox.io/generated: "true"
  name: stackrox-generated-dep-b
  namespace: ns1
spec:
  ingress:
  - from:
    - podSelector:
        matchLabels:
          app: dep-a
    - namespaceSelector:
        matchLabels:
          kubernetes.io/metadata.name: ns2
      podSelector:
        matchLabels:
          app: dep-d
    ports:
    - port: 9090
      protocol: TCP
  - ports:
    - port: 8443
      protocol: TCP
  podSelector:
    matchLabels:
      app: dep-b
  policyTypes:
  - Ingress
"""


def two(*more: Json | list[Json]) -> Cluster:
    """Return ns1/a and ns1/b, and more."""
    return cluster_of(workload("ns1/a", A), workload("ns1/b", B), *more)


def rhacs(folder: Path, cluster: Cluster, *seen: Seen, **options: Any) -> Proposal:  # noqa: ANN401
    return proposed(cluster, flows_of(folder, cluster, *seen), strategy="rhacs", **options)


def ingress(proposal: Proposal, name: str) -> Any:  # noqa: ANN401  (JSON)
    return specs(proposal)[name].get("ingress")


# --- G1: what may be asked --------------------------------------------------------------------------------


def test_g1_a_part_of_the_workloads_can_be_asked_about(tmp_path: Path) -> None:
    cluster = two(workload("ns2/c", C))
    assert set(specs(rhacs(tmp_path, cluster, namespaces="ns2"))) == {"ns2/stackrox-generated-c"}
    assert set(specs(rhacs(tmp_path, cluster, workloads="ns1/a[StatefulSet]"))) == {"ns1/stackrox-generated-a"}


def test_g1_without_ports_a_client_may_call_all_of_them(tmp_path: Path) -> None:
    found = rhacs(tmp_path, two(), Seen("ns1/a", "ns1/b", 80), Seen("ns1/a", "ns1/b", 81), include_ports=False)
    assert ingress(found, "ns1/stackrox-generated-b") == [{"from": [{"podSelector": {"matchLabels": {"app": "a"}}}]}]


def test_g1_needs_flows() -> None:
    with pytest.raises(ArgumentError, match="makes policies of flows"):
        proposed(two(), strategy="rhacs")


# --- G2: what is read -------------------------------------------------------------------------------------


def test_g2_only_ingress_is_generated(tmp_path: Path) -> None:
    found = rhacs(tmp_path, two(), Seen("ns1/a", "ns1/b", 80), Seen("ns1/a", OUTSIDE, 443))
    assert {tuple(spec["policyTypes"]) for spec in specs(found).values()} == {("Ingress",)}
    assert not any("egress" in spec for spec in specs(found).values())


def test_g2_only_what_was_seen_since_then_counts(tmp_path: Path) -> None:
    seen = Seen("ns1/a", "ns1/b", 80, at=1), Seen("ns1/a", "ns1/b", 81, at=2)
    since = START.replace(hour=2).isoformat().replace("+00:00", "Z")
    found = rhacs(tmp_path, two(), *seen, since=since)
    assert [rule["ports"] for rule in ingress(found, "ns1/stackrox-generated-b")] == [[{"protocol": "TCP", "port": 81}]]


@pytest.mark.parametrize("since", ["yesterday", "2026-11-19T08:00:00"])
def test_g2_a_time_without_a_zone_is_none(tmp_path: Path, since: str) -> None:
    with pytest.raises(ArgumentError):
        rhacs(tmp_path, two(), Seen("ns1/a", "ns1/b", 80), since=since)


# --- G3: addresses outside --------------------------------------------------------------------------------


def test_g3_an_address_outside_is_anyone(tmp_path: Path) -> None:
    found = rhacs(tmp_path, two(), Seen(OUTSIDE, "ns1/b", 80))
    assert ingress(found, "ns1/stackrox-generated-b") == [{"ports": [{"protocol": "TCP", "port": 80}]}]
    assert OUTSIDE in found.explain("NetworkPolicy ns1/stackrox-generated-b")


# --- G4, G5: for which workloads --------------------------------------------------------------------------


def test_g4_a_workload_that_nobody_called_denies_all(tmp_path: Path) -> None:
    found = rhacs(tmp_path, two(), Seen("ns1/a", "ns1/b", 80))
    assert specs(found)["ns1/stackrox-generated-a"] == {
        "podSelector": {"matchLabels": {"app": "a"}},
        "policyTypes": ["Ingress"],
    }


SKIPPED = {
    "stackrox": True,
    "stackrox-2": False,
    "kube-system": True,
    "kubeflow": True,
    "kubevirt": True,
    "kube": False,
    "my-kube-system": False,
    "openshift": True,
    "openshift-ingress": True,
    "openshift-operators": False,
    "openshift-operators-redhat": True,
    "redhat-ods": True,
    "istio-system": True,
    "istio-system-2": False,
}
"""Names of namespaces, and whether workloads in one of that name are skipped."""


@pytest.fixture(scope="module")
def in_each_namespace(tmp_path_factory: pytest.TempPathFactory) -> Proposal:
    """Return what is proposed for a workload in each of the namespaces."""
    workloads = [workload(f"{name}/w", f"10.244.1.{number}") for number, name in enumerate(SKIPPED)]
    return rhacs(tmp_path_factory.mktemp("namespaces"), cluster_of(*workloads))


@pytest.mark.parametrize("name,skipped", SKIPPED.items())
def test_g5_namespaces_of_the_platform_are_skipped(in_each_namespace: Proposal, name: str, *, skipped: bool) -> None:
    assert (f"{name}/stackrox-generated-w" in specs(in_each_namespace)) is not skipped
    assert (("protected-namespace", f"{name}/w[StatefulSet]") in whys(in_each_namespace)) is skipped


def test_g5_workloads_of_protected_namespaces_are_clients_all_the_same(tmp_path: Path) -> None:
    cluster = cluster_of(workload("ns1/b", B), workload("kube-system/c", C))
    found = rhacs(tmp_path, cluster, Seen("kube-system/c", "ns1/b", 80))
    (rule,) = ingress(found, "ns1/stackrox-generated-b")
    assert rule["from"][0]["namespaceSelector"] == {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}


def test_g5_a_workload_that_a_policy_isolates_for_ingress_is_skipped(tmp_path: Path) -> None:
    found = rhacs(tmp_path, two(policy("ns1/there", {"app": "a"})))
    assert set(specs(found)) == {"ns1/stackrox-generated-b"}
    assert ("has-policy", "ns1/a[StatefulSet]") in whys(found)


@pytest.mark.parametrize(
    "there",
    [
        policy("ns1/there", {"app": "a"}, policyTypes=["Egress"]),
        policy("ns2/there", {"app": "a"}),
        policy("ns1/there", {"app": "other"}),
    ],
    ids=["egress", "elsewhere", "others"],
)
def test_g5_any_other_policy_does_not_matter(tmp_path: Path, there: Json) -> None:
    assert set(specs(rhacs(tmp_path, two(there)))) == {"ns1/stackrox-generated-a", "ns1/stackrox-generated-b"}


# --- G6: names and labels ---------------------------------------------------------------------------------


def test_g6_what_policies_are_called_and_labelled(tmp_path: Path) -> None:
    (one, _) = rhacs(tmp_path, two()).policies
    assert policy_manifest(one)["metadata"] == {
        "name": "stackrox-generated-a",
        "namespace": "ns1",
        "labels": {GENERATED: "true"},
    }


def test_g6_workloads_of_one_name_have_policies_of_different_names(tmp_path: Path) -> None:
    doubled = workload("ns1/a", C, kind="Deployment", labels={"app": "other"})
    assert {one.name for one in rhacs(tmp_path, two(doubled)).policies} == {
        "stackrox-generated-a-statefulset",
        "stackrox-generated-a-deployment",
        "stackrox-generated-b",
    }


# --- G7: which pods ---------------------------------------------------------------------------------------


def test_g7_the_selector_is_that_of_the_owner(tmp_path: Path) -> None:
    cluster = cluster_of(
        workload("ns1/a", A, labels={"app": "a", "tier": "x"}, selector={"matchLabels": {"tier": "x"}})
    )
    assert specs(rhacs(tmp_path, cluster))["ns1/stackrox-generated-a"]["podSelector"] == {"matchLabels": {"tier": "x"}}


def test_g7_without_one_it_is_the_labels_of_the_template(tmp_path: Path) -> None:
    cluster = cluster_of(workload("ns1/a", labels={"app": "a", "tier": "x"}, selector={}))
    assert specs(rhacs(tmp_path, cluster))["ns1/stackrox-generated-a"]["podSelector"] == {
        "matchLabels": {"app": "a", "tier": "x"}
    }


def test_g7_labels_that_controllers_add_are_not_of_the_template(tmp_path: Path) -> None:
    added = {"app": "a", "controller-revision-hash": "a-5", "statefulset.kubernetes.io/pod-name": "a-0"}
    alone = workload("ns1/a", A, labels=added, selector={})[1]
    job = workload(
        "ns1/j", B, labels={"job-name": "j", "app": "j"}, selector={"matchLabels": {"job-name": "j"}}, kind="Job"
    )
    found = specs(rhacs(tmp_path, cluster_of(alone, job)))
    assert found["ns1/stackrox-generated-a"]["podSelector"] == {"matchLabels": {"app": "a"}}
    assert found["ns1/stackrox-generated-j"]["podSelector"] == {"matchLabels": {"app": "j"}}


@pytest.mark.parametrize("labels", [{}, {"controller-revision-hash": "a-5"}])
def test_g7_without_labels_there_is_no_policy_for_the_whole_namespace(tmp_path: Path, labels: dict[str, str]) -> None:
    found = rhacs(tmp_path, cluster_of(workload("ns1/a", A, labels=labels, selector={}), workload("ns1/b", B)))
    assert set(specs(found)) == {"ns1/stackrox-generated-b"}
    assert ("no-labels", "ns1/a[StatefulSet]") in whys(found)


def test_g7_a_selector_that_chooses_others_too_is_refused(tmp_path: Path) -> None:
    found = rhacs(
        tmp_path, cluster_of(workload("ns1/a", A, labels={"app": "x"}), workload("ns1/b", B, labels={"app": "x"}))
    )
    assert found.drafts == ()
    assert {why for why, _ in whys(found)} == {"selects-others"}


# --- G8 to G11: rules -------------------------------------------------------------------------------------


def test_g8_there_is_a_rule_for_each_port_and_protocol(tmp_path: Path) -> None:
    seen = Seen("ns1/a", "ns1/b", 53), Seen("ns1/a", "ns1/b", 53, protocol="UDP"), Seen("ns1/a", "ns1/b", 80)
    assert [rule["ports"] for rule in ingress(rhacs(tmp_path, two(), *seen), "ns1/stackrox-generated-b")] == [
        [{"protocol": "TCP", "port": 53}],
        [{"protocol": "TCP", "port": 80}],
        [{"protocol": "UDP", "port": 53}],
    ]


def test_g8_all_clients_of_a_port_are_in_one_rule(tmp_path: Path) -> None:
    cluster = two(workload("ns1/c", C))
    found = rhacs(tmp_path, cluster, Seen("ns1/a", "ns1/b", 80), Seen("ns1/c", "ns1/b", 80))
    assert [len(rule["from"]) for rule in ingress(found, "ns1/stackrox-generated-b")] == [2]


@pytest.mark.parametrize("kind,is_open", [("NodePort", True), ("LoadBalancer", True), ("ClusterIP", False)])
def test_g9_a_port_that_a_service_exposes_is_for_everyone(tmp_path: Path, kind: str, *, is_open: bool) -> None:
    exposing = service("ns1/b", {"app": "b"}, {"port": 80, "targetPort": 8080}, kind=kind)
    found = rhacs(tmp_path, two(exposing), Seen("ns1/a", "ns1/b", 8080), Seen("ns1/a", "ns1/b", 9090))
    rules = {rule["ports"][0]["port"]: rule.get("from") for rule in ingress(found, "ns1/stackrox-generated-b")}
    a = [{"podSelector": {"matchLabels": {"app": "a"}}}]
    assert rules == {8080: None if is_open else a, 9090: a}


def test_g9_a_route_exposes_a_port(tmp_path: Path) -> None:
    route = {
        "apiVersion": "route.openshift.io/v1",
        "kind": "Route",
        "metadata": {"name": "r", "namespace": "ns1"},
        "spec": {"to": {"kind": "Service", "name": "b"}, "port": {"targetPort": 8080}},
    }
    serving = workload("ns1/b", B, ports=[{"containerPort": 8080}])
    found = rhacs(
        tmp_path, cluster_of(serving, service("ns1/b", {"app": "b"}, {"port": 80, "targetPort": 8080}), route)
    )
    assert ingress(found, "ns1/stackrox-generated-b") == [{"ports": [{"protocol": "TCP", "port": 8080}]}]


def test_g9_a_host_port_exposes_nothing(tmp_path: Path) -> None:
    on_host = workload("ns1/c", C, ports=[{"containerPort": 80, "hostPort": 80}])
    assert ingress(rhacs(tmp_path, cluster_of(on_host)), "ns1/stackrox-generated-c") is None


def test_g9_a_client_outside_swallows_the_others_of_its_port(tmp_path: Path) -> None:
    seen = Seen("ns1/a", "ns1/b", 80), Seen(OUTSIDE, "ns1/b", 80), Seen("ns1/a", "ns1/b", 81)
    rules = ingress(rhacs(tmp_path, two(), *seen), "ns1/stackrox-generated-b")
    assert [("from" in rule, rule["ports"][0]["port"]) for rule in rules] == [(False, 80), (True, 81)]


def test_g9_without_ports_exposure_opens_the_workload(tmp_path: Path) -> None:
    exposing = service("ns1/b", {"app": "b"}, {"port": 80}, kind="NodePort")
    found = rhacs(tmp_path, two(exposing), Seen("ns1/a", "ns1/b", 81), include_ports=False)
    assert ingress(found, "ns1/stackrox-generated-b") == [{}]
    assert "exposes it" in found.explain()


def test_g9_a_client_of_another_namespace_is_one_peer_with_both_selectors(tmp_path: Path) -> None:
    found = rhacs(tmp_path, two(workload("ns2/c", C)), Seen("ns2/c", "ns1/b", 80))
    (rule,) = ingress(found, "ns1/stackrox-generated-b")
    assert rule["from"] == [
        {
            "podSelector": {"matchLabels": {"app": "c"}},
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ns2"}},
        }
    ]


@pytest.mark.parametrize("labels", [{}, {"name": "ns2"}, {"name": "other", "team": "x"}])
def test_g10_a_namespace_is_named_by_the_label_that_every_namespace_has(tmp_path: Path, labels: dict[str, str]) -> None:
    cluster = two(namespace("ns2", labels), workload("ns2/c", C))
    (rule,) = ingress(rhacs(tmp_path, cluster, Seen("ns2/c", "ns1/b", 80)), "ns1/stackrox-generated-b")
    assert rule["from"][0]["namespaceSelector"] == {"matchLabels": {"kubernetes.io/metadata.name": "ns2"}}


def test_g11_a_protocol_that_is_neither_tcp_nor_udp_has_no_ports(tmp_path: Path) -> None:
    found = rhacs(tmp_path, two(), Seen("ns1/a", "ns1/b", 80, protocol="SCTP"), Seen("ns1/a", "ns1/b", 80))
    rules = ingress(found, "ns1/stackrox-generated-b")
    assert sorted(rule.get("ports", []) == [] for rule in rules) == [False, True]


# --- G12, G13: what is refused ----------------------------------------------------------------------------


def test_g12_the_network_of_the_node_has_no_policy(tmp_path: Path) -> None:
    cluster = two(workload("ns1/c", "192.168.0.1", hostNetwork=True))
    found = rhacs(tmp_path, cluster)
    assert "ns1/stackrox-generated-c" not in specs(found)
    assert ("host-network", "ns1/c[StatefulSet]") in whys(found)


@pytest.mark.parametrize("client", ["10.9.9.9", "ns1/c"], ids=["internal address", "without labels"])
def test_g13_a_port_whose_clients_are_all_unknown_has_no_rule(tmp_path: Path, client: str) -> None:
    cluster = two(workload("ns1/c", C, labels={}, selector={}))
    found = rhacs(tmp_path, cluster, Seen(client, "ns1/b", 80), Seen("ns1/a", "ns1/b", 81))
    rules = ingress(found, "ns1/stackrox-generated-b")
    assert [(rule["ports"][0]["port"], len(rule["from"])) for rule in rules] == [(81, 1)]
    assert ("no-peers", "ns1/b[StatefulSet] : TCP 80") in whys(found)


# --- G14: what is removed ---------------------------------------------------------------------------------


def there() -> Cluster:
    return two(
        workload("ns2/c", C),
        policy("ns1/own", {"app": "a"}),
        policy("ns2/earlier", {"app": "c"}, labels={GENERATED: "whatever"}),
        policy("kube-system/system", {"app": "x"}, labels={GENERATED: "true"}),
    )


@pytest.mark.parametrize(
    "which,removed,made",
    [
        ("none", set(), {"b"}),
        ("generated-only", {"NetworkPolicy ns2/earlier"}, {"b"}),
        ("all", {"NetworkPolicy ns1/own", "NetworkPolicy ns2/earlier"}, {"a", "b"}),
    ],
)
def test_g14_what_is_removed_is_of_the_whole_cluster_but_for_protected_namespaces(
    tmp_path: Path, which: str, removed: set[str], made: set[str]
) -> None:
    found = rhacs(tmp_path, there(), delete_existing=which, namespaces="ns1")
    assert set(found.replaces) == removed
    assert {one.name.removeprefix("stackrox-generated-") for one in found.policies} == made


# --- G15, G16 and the sample ------------------------------------------------------------------------------


def sample(folder: Path) -> Proposal:
    cluster = cluster_of(workload("ns1/dep-a", A), workload("ns1/dep-b", B), workload("ns2/dep-d", C))
    seen = [Seen(f"{client}", "ns1/dep-b", 9090) for client in ("ns1/dep-a", "ns2/dep-d")]
    options = {"workloads": "ns1/dep-b[StatefulSet]"}
    return rhacs(folder, cluster, *seen, Seen(OUTSIDE, "ns1/dep-b", 8443), **options)


def test_g15_the_answer_is_the_yaml_and_what_to_delete(tmp_path: Path) -> None:
    answer = json.loads(text_of(sample(tmp_path), "rhacs"))["modification"]
    assert answer["toDelete"] == []
    (made,) = yaml.safe_load_all(answer["applyYaml"])
    wanted = yaml.safe_load(SAMPLE)
    made["spec"]["ingress"].sort(key=str)
    wanted["spec"]["ingress"].sort(key=str)
    assert made == wanted
    deleted = json.loads(text_of(rhacs(tmp_path, there(), delete_existing="generated-only"), "rhacs"))
    assert deleted["modification"]["toDelete"] == [{"namespace": "ns2", "name": "earlier"}]


def test_g15_keys_are_sorted_and_documents_apart(tmp_path: Path) -> None:
    text = json.loads(text_of(rhacs(tmp_path, two()), "rhacs"))["modification"]["applyYaml"]
    documents = text.split("\n---\n")
    assert len(documents) == 2
    for one in documents:
        top = [line.partition(":")[0] for line in one.splitlines() if not line.startswith((" ", "-"))]
        assert top == sorted(top) == ["apiVersion", "kind", "metadata", "spec"]


def test_g16_the_shown_text_has_the_commands_above_the_policies(tmp_path: Path) -> None:
    text = text_of(rhacs(tmp_path, there(), delete_existing="generated-only", namespaces="ns1"), "kubectl")
    head, _, rest = text.partition("\n---\n")
    assert head == "# kubectl -n ns2 delete networkpolicy earlier"
    assert yaml.safe_load(rest)["metadata"]["name"] == "stackrox-generated-b"


def test_g16_nothing_to_do_is_said(tmp_path: Path) -> None:
    found = rhacs(tmp_path, cluster_of(workload("kube-system/a", A)))
    assert text_of(found, "kubectl") == "# No policies need to be created or deleted.\n"
    assert json.loads(text_of(found, "rhacs")) == {"modification": {"applyYaml": "", "toDelete": []}}


# --- baselines --------------------------------------------------------------------------------------------


def learnt(cluster: Cluster, flows: Flows) -> Baselines:
    return Baselines().learn(cluster, flows, whole=True, now=NOW)


def from_baselines(cluster: Cluster, normal: Baselines, **options: Any) -> Proposal:  # noqa: ANN401
    return proposed(cluster, strategy="rhacs-baseline", baselines=normal, **options)


def test_b1_what_policies_are_called_and_labelled(tmp_path: Path) -> None:
    cluster = two()
    (one, _) = from_baselines(
        cluster, learnt(cluster, flows_of(tmp_path, cluster, Seen("ns1/a", "ns1/b", 80)))
    ).policies
    assert (one.name, dict(one.metadata.labels)) == ("stackrox-baseline-generated-a", {FROM_BASELINE: "true"})


def test_b2_what_is_anomalous_and_all_egress_is_ignored(tmp_path: Path) -> None:
    cluster = two()
    normal = learnt(cluster, flows_of(tmp_path, cluster, Seen("ns1/a", "ns1/b", 80), Seen("ns1/a", "ns1/b", 81)))
    marked = normal.mark(next(side for side in sorted(normal.known) if side.port == 81))
    found = from_baselines(cluster, marked)
    assert [rule["ports"][0]["port"] for rule in ingress(found, "ns1/stackrox-baseline-generated-b")] == [80]
    assert "ingress" not in specs(found)["ns1/stackrox-baseline-generated-a"]
    assert "anomalous" in {why for why, _ in whys(found)}


def test_b2_clients_that_are_gone_are_dropped(tmp_path: Path) -> None:
    before = two(workload("ns1/c", C))
    seen = Seen("ns1/a", "ns1/b", 80), Seen("ns1/c", "ns1/b", 80), Seen("ns1/c", "ns1/b", 81)
    normal = learnt(before, flows_of(tmp_path, before, *seen))
    found = from_baselines(two(), normal)
    rules = ingress(found, "ns1/stackrox-baseline-generated-b")
    assert [(rule["ports"][0]["port"], len(rule["from"])) for rule in rules] == [(80, 1)]
    assert {("unresolved", "ns1/c[StatefulSet] => ns1/b[StatefulSet] : TCP 81")} <= whys(found)


def test_b3_neither_policies_nor_exposed_ports_matter(tmp_path: Path) -> None:
    exposing = service("ns1/b", {"app": "b"}, {"port": 8080}, kind="NodePort")
    cluster = two(exposing, policy("ns1/there", {"app": "b"}))
    found = from_baselines(cluster, learnt(cluster, flows_of(tmp_path, cluster, Seen("ns1/a", "ns1/b", 80))))
    assert [rule["ports"][0]["port"] for rule in ingress(found, "ns1/stackrox-baseline-generated-b")] == [80]


def test_b3_a_workload_without_a_baseline_and_a_protected_namespace_are_named(tmp_path: Path) -> None:
    before = two()
    normal = learnt(before, flows_of(tmp_path, before, Seen("ns1/a", "ns1/b", 80)))
    found = from_baselines(two(workload("ns1/c", C), workload("kube-system/d", "10.244.0.9")), normal)
    assert ("nothing-seen", "ns1/c[StatefulSet]") in whys(found)
    assert ("protected-namespace", "kube-system/d[StatefulSet]") in whys(found)
    assert set(specs(found)) == {"ns1/stackrox-baseline-generated-a", "ns1/stackrox-baseline-generated-b"}


def test_b3_needs_baselines() -> None:
    with pytest.raises(ArgumentError, match="makes policies of baselines"):
        proposed(two(), strategy="rhacs-baseline")


def test_b4_each_policy_replaces_itself(tmp_path: Path) -> None:
    cluster = two()
    normal = learnt(cluster, flows_of(tmp_path, cluster, Seen("ns1/a", "ns1/b", 80)))
    once = from_baselines(cluster, normal)
    assert set(once.replaces) == {one.ref for one in once.policies}
    twice = from_baselines(once.changed_cluster, normal)
    assert twice.to_yaml() == once.to_yaml()
    assert len(twice.changed_cluster.objects.policies) == 2
