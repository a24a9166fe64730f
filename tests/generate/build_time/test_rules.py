"""Policies of what manifests declare, rule by rule (build-time)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.generate.build_time.objects import (
    Json,
    cluster_of,
    config_map,
    connections,
    pod_spec,
    proposal,
    rules,
    service,
    workload,
)
from workbench import load_manifests
from workbench.generate import Proposal, WhyLeftOut, propose
from workbench.generate.build_time.reference import reference_connections, reference_policies
from workbench.ground import ArgumentError
from workbench.policy import policy_manifest

CART = (workload("cart"), service("cart", 80))
CALL = "web -> cart TCP 80"


def left_out(found: Proposal) -> set[tuple[WhyLeftOut, str]]:
    return {(one.why, one.subject) for one in found.left_out}


def route(**spec: Json) -> Json:
    metadata = {"name": "in", "namespace": "shop"}
    to = {"kind": "Service", "name": "web"}
    return {"apiVersion": "route.openshift.io/v1", "kind": "Route", "metadata": metadata, "spec": {"to": to, **spec}}


def ingress(*rules: Json) -> Json:
    metadata = {"name": "in", "namespace": "shop"}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": metadata, "spec": {"rules": rules}}


def path_to(name: str, /, **port: Json) -> Json:
    backend = {"service": {"name": name, "port": port}}
    return {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}


# What is read


@pytest.mark.parametrize(
    "given",
    [
        {"env": [{"name": "CART", "value": "http://cart"}]},
        {"args": ["--cart", "cart:80"]},
        {"command": ["serve", "--cart=cart:80"]},
        {"env": [{"name": "CART", "valueFrom": {"configMapKeyRef": {"name": "cfg", "key": "cart"}}}]},
        {"envFrom": [{"configMapRef": {"name": "cfg"}}]},
        {"volumes": [{"name": "v", "configMap": {"name": "cfg"}}]},
        {"volumes": [{"name": "v", "projected": {"sources": [{"configMap": {"name": "cfg"}}]}}]},
        {"initContainers": [{"name": "wait", "image": "none", "args": ["cart:80"]}]},
    ],
    ids=["env", "args", "command", "key", "envFrom", "volume", "projected", "init"],
)
def test_1_addresses_are_read_wherever_containers_are_told_of_them(given: Json) -> None:
    found = proposal(workload("web", **given), config_map("cfg", cart="cart:80"), *CART)
    assert connections(found) == {CALL}


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"])
def test_1_every_kind_of_workload_is_read(kind: str) -> None:
    assert connections(proposal(workload("web", calls="cart", kind=kind), *CART)) == {CALL}


def test_1_pods_are_read_also_where_their_owner_was_not() -> None:
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-1", "uid": "u", "controller": True}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "web-1-a", "namespace": "shop", "labels": {"app": "web"}, "ownerReferences": [owner]},
        "spec": {"containers": [{"name": "main", "image": "none", "args": ["cart"]}]},
    }
    assert connections(proposal(pod, *CART)) == {"web-1 -> cart TCP 80"}


def test_1_only_the_keys_that_a_container_gets_count() -> None:
    config = config_map("cfg", cart="cart:80", cache="cache:80")
    keys: Json = {"volumes": [{"name": "v", "configMap": {"name": "cfg", "items": [{"key": "cart", "path": "c"}]}}]}
    found = proposal(workload("web", **keys), config, *CART, workload("cache"), service("cache"))
    assert connections(found) == {CALL}


def test_1_config_maps_are_those_of_the_own_namespace() -> None:
    found = proposal(
        workload("web", envFrom=[{"configMapRef": {"name": "cfg"}}]),
        config_map("cfg", namespace="other", cart="cart:80"),
        *CART,
    )
    assert connections(found) == set()
    assert [one.code for one in found.problems_found] == ["config-map-not-found"]


def test_1_what_may_be_missing_is_no_problem() -> None:
    optional = {"configMapRef": {"name": "cfg", "optional": True}}
    assert proposal(workload("web", envFrom=[optional]), *CART).problems_found == ()


def test_1_a_key_that_is_not_there_is_a_problem() -> None:
    key = {"configMapKeyRef": {"name": "cfg", "key": "none"}}
    found = proposal(workload("web", env=[{"name": "A", "valueFrom": key}]), config_map("cfg", cart="cart"), *CART)
    assert [one.code for one in found.problems_found] == ["config-map-key-not-found"]


def test_1_secrets_are_never_read() -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": "shop"},
        "stringData": {"cart": "cart:80"},
    }
    given: Json = {
        "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "cart"}}}],
        "envFrom": [{"secretRef": {"name": "s"}}],
        "volumes": [{"name": "v", "secret": {"secretName": "s"}}],
    }
    assert connections(proposal(workload("web", **given), secret, *CART)) == set()


# Whom an address means


@pytest.mark.parametrize("host", ["cart", "cart.shop", "cart.shop.svc", "cart.shop.svc.cluster.local"])
def test_4_a_service_is_meant_by_its_name_alone_or_with_its_namespace(host: str) -> None:
    assert connections(proposal(workload("web", calls=f"http://{host}:80/"), *CART)) == {CALL}


def test_4_a_bare_name_is_a_service_of_the_own_namespace() -> None:
    other = workload("web", calls="cart", namespace="other")
    assert connections(proposal(other, *CART)) == set()
    named = workload("web", calls="cart.shop", namespace="other")
    assert connections(proposal(named, *CART)) == {"other/web -> cart TCP 80"}


def test_4_objects_without_a_namespace_are_in_default() -> None:
    found = proposal(
        workload("web", calls="cart.default", namespace=""),
        workload("cart", namespace=""),
        service("cart", namespace=""),
    )
    assert connections(found) == {"default/web -> default/cart TCP 80"}


def test_4_the_workloads_behind_a_service_are_those_that_its_selector_chooses() -> None:
    both = {"tier": "back"}
    found = proposal(
        workload("web", calls="back"),
        workload("cart", labels={"app": "cart", **both}),
        workload("cache", labels={"app": "cache", **both}),
        workload("far", namespace="other", labels={"app": "far", **both}),
        service("back", selector=both),
    )
    assert connections(found) == {CALL, "web -> cache TCP 80"}


def test_4_a_service_may_choose_a_pod_of_a_stateful_set_by_its_name() -> None:
    found = proposal(
        workload("web", calls="db-0"),
        workload("db", kind="StatefulSet"),
        service("db-0", 80, selector={"statefulset.kubernetes.io/pod-name": "db-0"}),
    )
    assert connections(found) == {"web -> db TCP 80"}


def test_4_a_service_without_selector_leads_to_no_workload() -> None:
    found = proposal(workload("web", calls="cart"), workload("cart"), service("cart", 80, selector={}))
    assert connections(found) == set()
    assert left_out(found) == {(WhyLeftOut.UNRESOLVED, "shop/web[Deployment] => cart")}


def test_4_another_name_of_a_service_is_followed() -> None:
    alias = service("basket", 80, selector={}, type="ExternalName", externalName="cart.shop.svc.cluster.local")
    assert connections(proposal(workload("web", calls="basket:80"), alias, *CART)) == {CALL}


def test_4_names_that_lead_back_to_themselves_lead_nowhere() -> None:
    alias = service("basket", 80, selector={}, type="ExternalName", externalName="basket.shop.svc.cluster.local")
    assert connections(proposal(workload("web", calls="basket:80"), alias)) == set()


def test_4_a_workload_is_told_by_namespace_kind_and_name() -> None:
    found = proposal(
        workload("api", calls="cart.shop", namespace="one"), workload("api", calls="nothing", namespace="two"), *CART
    )
    assert connections(found) == {"one/api -> cart TCP 80"}
    assert [one.ref for one in found.policies if one.rules] == [
        "NetworkPolicy one/api-netpol",
        "NetworkPolicy shop/cart-netpol",
    ]
    assert rules(found, "cart-netpol") == ["ingress namespace one pods: app=api TCP 80"]


def test_4_workloads_of_one_name_and_namespace_have_a_policy_each() -> None:
    found = proposal(
        workload("api", calls="cart"), workload("api", kind="Job", calls="cart", labels={"app": "job"}), *CART
    )
    assert {one.name for one in found.policies} == {
        "api-deployment-netpol",
        "api-job-netpol",
        "cart-netpol",
        "default-deny-in-namespace-shop",
    }


def test_4_the_pods_of_a_workload_may_call_each_other_where_they_name_their_own_service() -> None:
    assert connections(proposal(workload("cart", calls="cart:80", kind="StatefulSet"), service("cart", 80))) == {
        "cart -> cart TCP 80"
    }


# Ports


def test_5_the_port_of_the_address_is_followed_to_that_of_the_pods() -> None:
    two = service("cart", {"port": 80, "targetPort": 8080, "name": "a"}, {"port": 90, "targetPort": 9090, "name": "b"})
    assert connections(proposal(workload("web", calls="cart:90"), workload("cart"), two)) == {"web -> cart TCP 9090"}


def test_5_without_a_port_all_ports_of_the_service_are_meant() -> None:
    two = service("cart", {"port": 80, "name": "a"}, {"port": 53, "protocol": "UDP", "name": "b"})
    found = proposal(workload("web", calls="cart"), workload("cart"), two)
    assert connections(found) == {"web -> cart TCP 80,UDP 53"}


def test_5_the_ports_that_are_named_count_where_one_address_names_some() -> None:
    two = service("cart", {"port": 80, "name": "a"}, {"port": 90, "name": "b"})
    given = [{"name": "HOST", "value": "cart"}, {"name": "URL", "value": "http://cart:90"}]
    assert connections(proposal(workload("web", env=given), workload("cart"), two)) == {"web -> cart TCP 90"}


def test_5_a_named_target_is_that_of_the_containers() -> None:
    named = service("cart", {"port": 80, "targetPort": "http"})
    declared = workload("cart", ports=[{"name": "http", "containerPort": 8080}])
    assert connections(proposal(workload("web", calls="cart"), declared, named)) == {"web -> cart TCP 8080"}


def test_5_a_named_target_that_no_container_has_leads_nowhere() -> None:
    named = service("cart", {"port": 80, "targetPort": "http"})
    found = proposal(workload("web", calls="cart"), workload("cart"), named)
    assert connections(found) == set()
    assert left_out(found) == {(WhyLeftOut.UNRESOLVED, "shop/web[Deployment] => shop/cart[Deployment]")}


def test_5_a_port_that_the_service_does_not_have_is_no_connection() -> None:
    found = proposal(workload("web", calls="cart:81"), *CART)
    assert connections(found) == set()
    assert left_out(found) == {(WhyLeftOut.UNRESOLVED, "shop/web[Deployment] => cart:81")}


def test_5_a_headless_service_changes_no_port() -> None:
    headless = service("cart", {"port": 80, "targetPort": 8080}, clusterIP="None")
    found = proposal(workload("web", calls="cart:80"), workload("cart"), headless)
    assert connections(found) == {"web -> cart TCP 80,8080"}
    found = proposal(workload("web", calls="cart:99"), workload("cart"), headless)
    assert connections(found) == {"web -> cart TCP 99"}


# Policies


def test_6_each_workload_of_a_connection_has_a_policy_in_both_directions() -> None:
    found = proposal(workload("web", calls="cart"), *CART, workload("idle"))
    assert [one.name for one in found.policies] == ["cart-netpol", "web-netpol", "default-deny-in-namespace-shop"]
    assert all(len(one.isolates) == 2 for one in found.policies)


def test_6_a_workload_behind_a_service_that_is_not_named_has_a_policy_without_rules() -> None:
    found = proposal(*CART)
    assert rules(found, "cart-netpol") == []
    assert policy_manifest(found.policies[0])["spec"]["policyTypes"] == ["Ingress", "Egress"]


@pytest.mark.parametrize("kind", ["LoadBalancer", "NodePort"])
def test_7_a_service_that_is_open_to_everyone_is_so_at_all_its_ports(kind: str) -> None:
    found = proposal(workload("web"), service("web", 80, 90, type=kind))
    assert rules(found, "web-netpol") == ["ingress anyone TCP 80,90"]
    assert "open to everyone" in found.explain()
    assert kind in found.explain()


def test_7_whoever_names_an_open_service_is_admitted_as_everyone() -> None:
    found = proposal(workload("web", calls="cart:80"), workload("cart"), service("cart", 80, type="NodePort"))
    assert rules(found, "cart-netpol") == ["ingress anyone TCP 80"]
    assert connections(found) == {CALL, "anyone -> cart TCP 80"}


@pytest.mark.parametrize(
    "entry,port",
    [
        (ingress(path_to("web", number=80)), "TCP 8080"),
        (ingress(path_to("web", name="admin")), "TCP 9090"),
        (route(port={"targetPort": "http"}), "TCP 8080"),
        (route(port={"targetPort": 9090}), "TCP 9090"),
        (route(), "TCP 8080,9090"),
    ],
    ids=["number", "name", "route-name", "route-number", "route-without-port"],
)
def test_8_what_an_ingress_leads_to_is_open_to_the_cluster(entry: Json, port: str) -> None:
    two = service(
        "web", {"port": 80, "targetPort": 8080, "name": "http"}, {"port": 90, "targetPort": 9090, "name": "admin"}
    )
    found = proposal(workload("web"), two, entry)
    assert rules(found, "web-netpol") == [f"ingress namespaces: * pods: * {port}"]


@pytest.mark.parametrize("kind", ["HTTPRoute", "GRPCRoute"])
def test_8_so_is_what_a_route_of_a_gateway_leads_to(kind: str) -> None:
    entry = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": "in", "namespace": "shop"},
        "spec": {"rules": [{"backendRefs": [{"name": "web", "port": 80}]}]},
    }
    assert rules(proposal(workload("web"), service("web", 80), entry), "web-netpol") == [
        "ingress namespaces: * pods: * TCP 80"
    ]


def test_8_an_ingress_rule_without_http_leads_nowhere() -> None:
    entry = ingress({"host": "shop.example"}, path_to("web", number=80))
    assert rules(proposal(workload("web"), service("web", 80), entry), "web-netpol") == [
        "ingress namespaces: * pods: * TCP 80"
    ]


@pytest.mark.parametrize(
    "annotations,open_ports",
    [
        ({"prometheus.io/scrape": "true", "prometheus.io/port": "90"}, ["TCP 90"]),
        ({"prometheus.io/scrape": "true", "prometheus.io/port": "metrics"}, ["TCP 90"]),
        ({"prometheus.io/scrape": "true"}, []),
        ({"prometheus.io/scrape": "false", "prometheus.io/port": "90"}, []),
        ({"prometheus.io/port": "90"}, []),
    ],
)
def test_8_a_port_that_prometheus_scrapes_is_open_to_the_cluster(annotations: Json, open_ports: list[str]) -> None:
    two = service("web", {"port": 80, "name": "http"}, {"port": 90, "name": "metrics"}, annotations=annotations)
    assert rules(proposal(workload("web"), two), "web-netpol") == [
        f"ingress namespaces: * pods: * {port}" for port in open_ports
    ]


def test_8_the_usual_port_of_prometheus_is_9090() -> None:
    scraped = service("web", 9090, annotations={"prometheus.io/scrape": "true"})
    assert rules(proposal(workload("web"), scraped), "web-netpol") == ["ingress namespaces: * pods: * TCP 9090"]


def test_9_pods_are_chosen_by_all_their_labels_but_those_of_controllers() -> None:
    labels = {"app": "cart", "tier": "back", "pod-template-hash": "abc"}
    found = proposal(workload("cart", labels=labels), service("cart"))
    assert str(found.policies[0].subject.pods) == "app=cart,tier=back"


def test_9_another_namespace_is_chosen_by_its_name() -> None:
    found = proposal(workload("web", calls="cart.shop", namespace="other"), *CART)
    peer = policy_manifest(found.draft("NetworkPolicy shop/cart-netpol").policy)["spec"]["ingress"][0]["from"][0]
    assert peer == {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "other"}},
        "podSelector": {"matchLabels": {"app": "web"}},
    }


def test_9_a_workload_is_told_from_one_that_has_its_labels_and_more() -> None:
    found = proposal(
        workload("web", calls="cart"),
        *CART,
        workload("canary", labels={"app": "web", "track": "canary"}),
        service("web"),
    )
    assert str(found.draft("NetworkPolicy shop/web-netpol").policy.subject.pods) == "app=web,!track"


def test_9_a_workload_without_labels_is_left_out_and_said_to_be_denied() -> None:
    found = proposal(workload("web", calls="cart", labels={}), *CART)
    assert [one.name for one in found.policies] == ["cart-netpol", "default-deny-in-namespace-shop"]
    assert (WhyLeftOut.NO_LABELS, "shop/web[Deployment]") in left_out(found)
    assert [one.code for one in found.problems_found] == ["denied-without-policy"]
    assert rules(found, "cart-netpol") == []


def test_9_workloads_that_no_labels_tell_apart_are_left_out() -> None:
    same = {"app": "web"}
    found = proposal(workload("web", calls="cart", labels=same), workload("twin", labels=same), *CART)
    assert (WhyLeftOut.TOO_WIDE, "shop/web[Deployment]") in left_out(found)
    assert "web-netpol" not in {one.name for one in found.policies}


def test_9_pods_in_the_network_of_their_node_have_no_policy() -> None:
    found = proposal(workload("web", calls="cart", hostNetwork=True), *CART)
    assert (WhyLeftOut.HOST_NETWORK, "shop/web[Deployment]") in left_out(found)
    assert [one.name for one in found.policies] == ["cart-netpol", "default-deny-in-namespace-shop"]


def test_10_every_namespace_with_workloads_denies_the_rest() -> None:
    found = proposal(workload("web", namespace="one"), workload("web", namespace="two"))
    assert [one.ref for one in found.policies] == [
        "NetworkPolicy one/default-deny-in-namespace-one",
        "NetworkPolicy two/default-deny-in-namespace-two",
    ]


def test_10_where_manifests_name_no_namespace_its_name_is_left_out() -> None:
    assert [one.ref for one in proposal(workload("web", namespace="")).policies] == [
        "NetworkPolicy default/default-deny-in-namespace"
    ]


def test_10_a_namespace_of_which_not_all_workloads_are_asked_about_is_not_denied() -> None:
    found = proposal(workload("web", calls="cart"), *CART, workloads="shop/cart[Deployment]")
    assert [one.name for one in found.policies] == ["cart-netpol"]


def test_10_policies_of_an_earlier_run_are_renewed_or_removed() -> None:
    earlier = propose(cluster_of(workload("web", calls="cart"), *CART), strategy="build-time")
    now = [workload("web"), *CART, *(policy_manifest(one) for one in earlier.policies)]
    found = proposal(*now)
    assert [one.name for one in found.policies] == ["cart-netpol", "default-deny-in-namespace-shop"]
    assert found.replaces == ("NetworkPolicy shop/web-netpol",)
    assert {one.name for one in found.changed_cluster.objects.policies} == {one.name for one in found.policies}


@pytest.mark.parametrize("labelled", [True, False])
def test_10_policies_are_labelled_as_roxctl_does_or_not(labelled: bool) -> None:  # noqa: FBT001
    found = proposal(workload("web", calls="cart"), *CART, labelled=labelled)
    label = ("network-policy-buildtime-generator.stackrox.io/generated", "true")
    assert [label in one.metadata.labels for one in found.policies] == [labelled] * 3
    made = reference_policies(found.cluster, labelled=labelled)
    assert [one["metadata"].get("labels") for one in made] == [dict([label]) if labelled else None] * 3


@pytest.mark.parametrize("port,written", [(53, "UDP 53"), ("5353", "UDP 5353"), ("dns", "UDP dns")])
def test_11_whoever_calls_others_may_look_their_names_up(port: int | str, written: str) -> None:
    found = proposal(workload("web", calls="cart"), *CART, dns_port=port)
    assert rules(found, "web-netpol")[-1] == f"egress namespaces: * pods: * {written}"
    assert not [one for one in rules(found, "cart-netpol") if "egress" in one]


@pytest.mark.parametrize("port", [0, 65536, "", "DNS", "-dns", "a--b", True, "a-name-of-16-char"])
def test_11_what_is_no_port_is_refused(port: int | str) -> None:
    with pytest.raises(ArgumentError, match="is no port"):
        proposal(*CART, dns_port=port)


# As the reference tool


def test_12_the_reference_tool_makes_a_policy_of_all_pods_for_want_of_labels() -> None:
    cluster = cluster_of(workload("web", calls="cart", labels={}), *CART)
    made = {one["metadata"]["name"]: one["spec"] for one in reference_policies(cluster)}
    assert made["web-netpol"]["podSelector"] == {}
    assert made["cart-netpol"]["ingress"][0]["from"] == [{"podSelector": {}}]


def test_12_the_reference_tool_leaves_out_init_containers_and_calls_within_a_workload() -> None:
    waiting = workload("web", initContainers=[{"name": "wait", "image": "none", "args": ["cart:80"]}])
    again = workload("cart", calls="cart:80", kind="StatefulSet")
    cluster = cluster_of(waiting, again, service("cart", 80))
    assert reference_connections(cluster) == []
    assert connections(propose(cluster, strategy="build-time")) == {CALL, "cart -> cart TCP 80"}


def test_12_the_reference_tool_leaves_the_names_of_ports_to_the_cluster() -> None:
    declared = workload("cart", ports=[{"name": "http", "containerPort": 8080}])
    cluster = cluster_of(workload("web", calls="cart"), declared, service("cart", {"port": 80, "targetPort": "http"}))
    made = {one["metadata"]["name"]: one["spec"] for one in reference_policies(cluster)}
    assert made["cart-netpol"]["ingress"][0]["ports"] == [{"protocol": "TCP", "port": "http"}]


def test_12_equal_names_in_two_namespaces_stay_apart_in_its_form_too() -> None:
    cluster = cluster_of(
        workload("api", calls="cart.shop", namespace="one"), workload("api", calls="cart.shop", namespace="two"), *CART
    )
    made = [(one["metadata"]["namespace"], one["metadata"]["name"]) for one in reference_policies(cluster)]
    assert made[:3] == [("one", "api-netpol"), ("two", "api-netpol"), ("shop", "cart-netpol")]


def test_13_connections_are_written_with_all_that_the_manifests_say() -> None:
    served = service("cart", {"port": 80, "targetPort": 8080, "protocol": "TCP"}, type="ClusterIP")
    made = reference_connections(cluster_of(workload("web", calls="http://cart:80"), workload("cart"), served))
    assert [list(one) for one in made] == [["source", "target", "link"]]
    port = {"port": 80, "target_port": 8080, "protocol": "TCP"}
    assert made[0]["source"]["resource"]["NetworkAddrs"] == ["cart:80"]
    assert made[0]["source"]["resource"]["UsedPorts"] == [port]
    assert made[0]["target"]["resource"]["UsedPorts"] is None
    assert made[0]["link"]["resource"]["network"] == [port]
    assert made[0]["link"]["resource"]["selectors"] == ["app:cart"]


# Why each rule is there


def test_14_the_reason_of_a_rule_is_the_line_that_says_it(tmp_path: Path) -> None:
    file = tmp_path / "shop.yaml"
    file.write_text(
        """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: main
        image: none
        env:
        - name: OTHER
          value: "1"
        - name: CART
          value: http://cart
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: cart, namespace: shop}
spec:
  selector: {matchLabels: {app: cart}}
  template:
    metadata: {labels: {app: cart}}
    spec: {containers: [{name: main, image: none}]}
---
apiVersion: v1
kind: Service
metadata: {name: cart, namespace: shop}
spec: {selector: {app: cart}, ports: [{port: 80}]}
""",
        encoding="utf-8",
    )
    found = propose(load_manifests(file), strategy="build-time")
    assert {one.said_by for one in found.needs} == {f"{file}:15 Deployment shop/web container main env CART"}
    reasons = found.reasons()
    assert set(reasons["basis"]) == {"declared", "allowance"}
    assert all(draft.reasons[rule.direction, rule.index] for draft in found.drafts for rule in draft.policy.rules)


def test_14_a_connection_that_was_taken_out_by_hand_has_no_rule() -> None:
    cluster = cluster_of(workload("web", calls="cart"), *CART)
    need = propose(cluster, strategy="build-time").needs[0]
    found = propose(cluster, strategy="build-time", without=[need.key])
    assert found.needs == ()
    assert rules(found, "cart-netpol") == rules(found, "web-netpol") == []
    assert {one.why for one in found.left_out} == {WhyLeftOut.BY_HAND}


def test_14_strange_fields_are_passed_over() -> None:
    strange = workload("web", calls="cart")
    pod_spec(strange)["volumes"] = [{"name": "v", "configMap": {"name": "none", "optional": True}}, {"name": "w"}]
    pod_spec(strange)["containers"][0] |= {"envFrom": [{"prefix": "A"}], "args": []}
    assert connections(proposal(strange, *CART)) == {CALL}
