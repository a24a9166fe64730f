"""The tables of a cluster: their columns and dtypes, with rows and without, and whose they are."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pytest

from workbench.ground import ALL_PORTS, NO_PORTS, PROBLEMS, AddressSet, PortSet
from workbench.inventory import Cluster, Objects, frames, load_manifests
from workbench.manifests import Source
from workbench.policy import Anyone, Block, Direction, NamedPort, Pods, Policy, PortMatch, Rule, Selector, Tier

TABLES = {
    "workloads": frames.WORKLOADS,
    "namespaces": frames.NAMESPACES,
    "services": frames.SERVICES,
    "ingresses": frames.INGRESSES,
    "policies": frames.POLICIES,
    "rules": frames.RULES,
    "problems": PROBLEMS,
}
TEXT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  replicas: 3
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: sa
      containers: [{ports: [{name: http, containerPort: 8080}, {containerPort: 53, protocol: UDP}]}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, clusterIP: 10.0.0.1, ports: [{name: a, port: 80, targetPort: http}, {port: 443}]}
---
apiVersion: route.openshift.io/v1
kind: Route
metadata: {name: web, namespace: shop}
spec: {to: {name: web}}
---
apiVersion: apps/v1
kind: Oops
"""


def cluster_with(*policies: Policy) -> Cluster:
    return Cluster(Objects(policies=policies))


def policy(*rules: Rule) -> Policy:
    return Policy(
        "NetworkPolicy",
        "shop",
        "allow",
        Tier.NETWORK_POLICY,
        Pods("shop", Selector.of({"app": "web"})),
        frozenset({Direction.INGRESS}),
        rules,
        source=Source("f.yaml", 4),
    )


@pytest.mark.parametrize("name", TABLES)
def test_columns_and_dtypes_are_as_documented(name: str) -> None:
    rule = Rule(Direction.INGRESS, 0, (Anyone(),))
    loaded = load_manifests(TEXT)
    full = Cluster(
        replace(loaded.objects, policies=(policy(rule),)),
        loaded.problems_found,
    )
    assert len(getattr(full, name)) > 0
    TABLES[name].checked(getattr(full, name))


@pytest.mark.parametrize("name", TABLES)
def test_so_they_are_without_rows(name: str) -> None:
    frame = getattr(Cluster(), name)
    assert len(frame) == 0
    TABLES[name].checked(frame)


def test_a_workload_row() -> None:
    (row,) = load_manifests(TEXT).workloads.to_dict("records")
    assert row == {
        "workload": "shop/web[Deployment]",
        "namespace": "shop",
        "name": "web",
        "kind": "Deployment",
        "labels": {"app": "web"},
        "controller_labels": "pod-template-hash=…",
        "container_ports": ("http:TCP 8080", "UDP 53"),
        "host_network": False,
        "replicas": 3,
        "service_account": "sa",
        "pods": 0,
        "finished": False,
        "file": "<text>",
        "line": 1,
        "shape": 0,
    }


def test_finished_pods_and_sidecars_are_seen_in_their_rows() -> None:
    pod = (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
        "spec: {containers: [{name: c, ports: [{containerPort: 1}]}],"
        " initContainers: [{name: s, restartPolicy: Always, ports: [{name: m, containerPort: 2}]}]}\n"
        "status: {phase: Failed}\n"
    )
    (row,) = load_manifests(pod).workloads.to_dict("records")
    assert (row["finished"], row["container_ports"], row["pods"]) == (True, ("TCP 1", "m:TCP 2 (sidecar)"), 1)


def test_a_service_without_selector_has_endpoints() -> None:
    text = (
        "apiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {ports: [{port: 80}]}\n---\n"
        "apiVersion: v1\nkind: Endpoints\nmetadata: {name: s}\n"
        "subsets: [{addresses: [{ip: 10.0.0.1}, {ip: 10.0.0.2}]}]\n"
    )
    assert list(load_manifests(text).services["endpoints"]) == [("10.0.0.1", "10.0.0.2")]


def test_a_service_row() -> None:
    (row,) = load_manifests(TEXT).services.to_dict("records")
    assert row["service_ports"] == ("a:TCP 80->http", "TCP 443")
    assert (row["selector"], row["cluster_ips"], row["line"]) == ({"app": "web"}, ("10.0.0.1",), 12)


def test_a_namespace_that_nothing_declares_has_no_place() -> None:
    (row,) = load_manifests(TEXT).namespaces.to_dict("records")
    assert (row["name"], row["declared"], row["file"]) == ("shop", False, "")
    assert pd.isna(row["line"])


def test_a_problem_row() -> None:
    (row,) = load_manifests(TEXT).problems.to_dict("records")
    assert (row["severity"], row["code"], row["object"], row["field"]) == ("error", "unknown-kind", "Oops", "kind")


def test_each_shape_has_a_row() -> None:
    pods = "".join(
        f"---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  labels: {{n: {name}}}\n"
        "  ownerReferences: [{kind: ReplicaSet, name: r, controller: true}]\nspec: {containers: [{}]}\n"
        for name in ("a", "b")
    )
    frame = load_manifests(pods).workloads
    assert frame[["name", "shape", "pods"]].to_numpy().tolist() == [["r", 0, 1], ["r", 1, 1]]


class TestRules:
    def test_a_policy_row(self) -> None:
        (row,) = cluster_with(policy(Rule(Direction.EGRESS, 0, ()))).policies.to_dict("records")
        assert (row["tier"], row["subject"]) == ("network-policy", "namespace shop pods: app=web")
        assert (row["isolates_ingress"], row["isolates_egress"]) == (True, False)
        assert (row["ingress_rules"], row["egress_rules"], row["file"], row["line"]) == (0, 1, "f.yaml", 4)

    @pytest.mark.parametrize(
        "rule, peers, ports",
        [
            (Rule(Direction.INGRESS, 0, (Anyone(),)), ("anyone",), "All Connections"),
            (Rule(Direction.INGRESS, 0, ()), (), "All Connections"),
            (
                Rule(
                    Direction.EGRESS,
                    1,
                    (
                        Pods(Selector.of({"team": "a"})),
                        Pods("db", Selector.of({"app": "x"})),
                        Block(AddressSet.of("10.0.0.0/8"), "10.0.0.0/8"),
                    ),
                    PortMatch(PortSet.of("TCP", 80)),
                ),
                ("namespaces: team=a pods: *", "namespace db pods: app=x", "10.0.0.0/8"),
                "TCP 80",
            ),
            (
                Rule(
                    Direction.INGRESS,
                    0,
                    (Anyone(),),
                    PortMatch(NO_PORTS, (NamedPort("web", "TCP"), NamedPort("x", None))),
                ),
                ("anyone",),
                "TCP web,x",
            ),
        ],
    )
    def test_rules_are_told_as_people_write_them(self, rule: Rule, peers: tuple[str, ...], ports: str) -> None:
        (row,) = cluster_with(policy(rule)).rules.to_dict("records")
        assert (row["peers"], row["ports"]) == (peers, ports)
        assert (row["direction"], row["rule_index"], row["action"]) == (rule.direction.value, rule.index, "Allow")
        assert (row["policy"], row["rule"]) == ("NetworkPolicy shop/allow", f"spec.{rule.direction}[{rule.index}]")

    def test_no_ports_are_said_to_be_none(self) -> None:
        assert frames.port_match_text(PortMatch(NO_PORTS)) == "No Connections"
        assert frames.port_match_text(PortMatch(ALL_PORTS)) == "All Connections"


class TestOwnership:
    def test_a_caller_cannot_spoil_the_next_caller_s_table(self) -> None:
        cluster = load_manifests(TEXT)
        frame = cluster.workloads
        frame.loc[0, "name"] = "spoilt"
        frame["labels"].iloc[0]["app"] = "spoilt"
        frame["new"] = 1
        frames.WORKLOADS.checked(cluster.workloads)
        assert cluster.workloads.loc[0, "name"] == "web"
        assert cluster.workloads.loc[0, "labels"] == {"app": "web"}
        assert cluster.objects.workloads[0].shapes[0].labels == {"app": "web"}


def test_loading_and_walking_objects_needs_no_pandas() -> None:
    code = (
        "import sys; from workbench.inventory import load_manifests\n"
        "load_manifests('kind: Pod\\napiVersion: v1\\nmetadata: {name: p}\\nspec: {containers: [{}]}\\n').objects\n"
        "sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603  (our own interpreter)
