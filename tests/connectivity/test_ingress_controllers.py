"""What comes in through the ingress controller: targets, ports, policies, and how it is written (semantics 18)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from tests.connectivity import clusters
from tests.connectivity.manifests import compute, lines, namespace, pod, policy
from tests.connectivity.naive import NaiveEvaluator, Packet
from tests.examples import examples
from workbench.connectivity import Connectivity
from workbench.connectivity.frames import REASONS
from workbench.inventory import load_manifests

CONTROLLER = "{ingress-controller}"


def service(ports: str, name: str = "web", selector: str = "selector: {app: web}", namespace: str = "default") -> str:
    return f"""
apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{{selector}, ports: [{ports}]}}
---"""


def ingress(port: str = "number: 80", to: str = "web", name: str = "way", namespace: str = "default") -> str:
    return f"""
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{defaultBackend: {{service: {{name: {to}, port: {{{port}}}}}}}}}
---"""


def route(port: str = "", to: str = "web") -> str:
    return f"""
apiVersion: route.openshift.io/v1
kind: Route
metadata: {{name: {to}, namespace: default}}
spec: {{to: {{name: {to}}}{f", port: {{targetPort: {port}}}" if port else ""}}}
---"""


WEB = pod("web", labels="app: web", ports="{containerPort: 8080, name: http}")
UDP_WEB = pod("web", labels="app: web", ports="{containerPort: 80, protocol: UDP}")
TO_WEB = service("{port: 80, targetPort: 8080}")
NOT_DEFAULT = "{matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [default]}]}"
DENY = policy("podSelector: {}, policyTypes: [Ingress]", "deny")


def entering(*documents: str) -> list[str]:
    """Return the lines from the ingress controller, without their common beginning."""
    start = f"{CONTROLLER} => "
    return [line.removeprefix(start) for line in lines(*documents) if line.startswith(start)]


def codes(found: Connectivity) -> list[str]:
    return [problem.code for problem in found.problems_found]


def test_a_backend_leads_through_its_service_to_the_pods_of_the_selector() -> None:
    other = pod("other", labels="app: other", ports="{containerPort: 8080}")
    elsewhere = pod("web", "elsewhere", labels="app: web", ports="{containerPort: 8080}")
    assert entering(WEB, other, elsewhere, TO_WEB, ingress()) == ["default/web[Pod] : TCP 8080"]


@pytest.mark.parametrize("port", ["number: 80", "name: plain", "number: 8080", "name: http"])
def test_a_service_port_is_meant_by_number_name_or_target(port: str) -> None:
    ports = "{port: 443, targetPort: 9090, name: tls}, {port: 80, targetPort: %s, name: plain}"
    target = "http" if port == "name: http" else "8080"
    web = pod("web", labels="app: web", ports="{containerPort: 8080, name: http}, {containerPort: 9090}")
    assert entering(web, service(ports % target), ingress(port)) == ["default/web[Pod] : TCP 8080"]


CROSSED = "{name: a, port: 80, targetPort: 8080}, {name: b, port: 8080, targetPort: 9090}"
BOTH = pod("web", labels="app: web", ports="{containerPort: 8080}, {containerPort: 9090}")


def test_an_ingress_means_the_ports_number_rather_than_its_target() -> None:
    assert entering(BOTH, service(CROSSED), ingress("number: 8080")) == ["default/web[Pod] : TCP 9090"]


def test_a_route_means_the_target_rather_than_the_ports_number() -> None:
    assert entering(BOTH, service(CROSSED), route("8080")) == ["default/web[Pod] : TCP 8080"]


def test_a_route_without_a_port_uses_all() -> None:
    assert entering(BOTH, service(CROSSED), route()) == ["default/web[Pod] : TCP 8080,9090"]


def test_a_service_port_without_a_target_leads_to_its_own_number() -> None:
    assert entering(BOTH, service("{port: 8080}"), route()) == ["default/web[Pod] : TCP 8080"]


def test_a_named_target_is_resolved_by_each_pod() -> None:
    old = pod("old", labels="app: web", ports="{containerPort: 7070, name: http}")
    found = entering(WEB, old, service("{port: 80, targetPort: http}"), ingress())
    assert found == ["default/old[Pod] : TCP 7070", "default/web[Pod] : TCP 8080"]


def test_a_named_target_is_the_first_port_of_the_name() -> None:
    two = pod("two", labels="app: web", ports="{containerPort: 7070, name: http}, {containerPort: 9090, name: http}")
    assert entering(two, service("{port: 80, targetPort: http}"), ingress()) == ["default/two[Pod] : TCP 7070"]


def test_ways_in_add_up() -> None:
    found = entering(BOTH, service(CROSSED), ingress("name: a"), ingress("name: b", name="other"))
    assert found == ["default/web[Pod] : TCP 8080,9090"]


def test_a_virtual_machine_that_lists_no_ports_forwards_all() -> None:
    machine = """
apiVersion: kubevirt.io/v1
kind: VirtualMachine
metadata: {name: vm}
spec: {template: {metadata: {labels: {app: web}}, spec: {}}}
---"""
    assert entering(machine, TO_WEB, ingress()) == ["default/vm[VirtualMachine] : TCP 8080"]


@pytest.mark.parametrize(
    "documents,code",
    [
        ((WEB, ingress()), "backend-not-found"),
        ((WEB, service("{port: 80}", namespace="elsewhere"), ingress()), "backend-not-found"),
        ((WEB, service("{port: 80}", selector="type: ClusterIP"), ingress()), "backend-without-selector"),
        ((WEB, service("{port: 81}"), ingress()), "backend-port-not-found"),
        ((WEB, service("{port: 80, protocol: UDP}"), ingress()), "backend-port-not-found"),
        ((WEB, service("{port: 80}", selector="selector: {app: gone}"), ingress()), "backend-without-pods"),
        ((WEB, service("{port: 80}"), ingress()), "backend-port-closed"),
        ((WEB, service("{port: 80, targetPort: grpc}"), ingress()), "backend-port-closed"),
        ((UDP_WEB, service("{port: 80}"), ingress()), "backend-port-closed"),
    ],
)
def test_a_backend_that_leads_nowhere_is_a_warning(documents: tuple[str, ...], code: str) -> None:
    found = compute(*documents)
    assert codes(found) == [code]
    assert found.problems_found[0].severity == "warning"
    assert found.problems_found[0].object == "Ingress default/way"
    assert found.problems_found[0].field == "spec.defaultBackend"
    assert found.problems_found[0].remedy
    assert CONTROLLER not in found.render("txt")


@pytest.mark.parametrize(
    "peer,enters",
    [
        ("", True),
        ("from: [{namespaceSelector: {}}]", True),
        ("from: [{namespaceSelector: {}, podSelector: {}}]", True),
        ("from: [{namespaceSelector: {matchExpressions: [{key: team, operator: DoesNotExist}]}}]", True),
        (
            "from: [{namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: Exists}]}}]",
            True,
        ),
        (f"from: [{{namespaceSelector: {NOT_DEFAULT}}}]", True),
        ("from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ingress-nginx}}}]", False),
        ("from: [{namespaceSelector: {matchLabels: {team: a}}}]", False),
        ("from: [{namespaceSelector: {}, podSelector: {matchLabels: {app: nginx}}}]", False),
        ("from: [{podSelector: {}}]", False),
        ("from: [{ipBlock: {cidr: 0.0.0.0/0}}]", False),
    ],
)
def test_policies_see_a_pod_without_labels_in_an_unknown_namespace(peer: str, enters: bool) -> None:  # noqa: FBT001
    rule = policy(f"podSelector: {{}}, ingress: [{{{peer}}}]")
    found = compute(namespace("default"), WEB, TO_WEB, ingress(), DENY, rule)
    assert (CONTROLLER in found.render("txt")) is enters
    assert len(codes(found)) == (0 if enters else 1)
    assert {"ingress-blocked", "ingress-allowed-from"}.issuperset(codes(found))


def test_the_ports_are_those_that_both_the_ways_in_and_the_policies_have() -> None:
    some = policy("podSelector: {}, ingress: [{ports: [{port: 9090}, {port: 7070}]}]")
    assert entering(BOTH, service(CROSSED), route(), some) == ["default/web[Pod] : TCP 9090"]


def test_policies_do_not_hold_back_what_the_controller_sends() -> None:
    out = policy("podSelector: {}, policyTypes: [Egress]", "out")
    assert entering(WEB, TO_WEB, ingress(), out) == ["default/web[Pod] : TCP 8080"]


def test_a_blocked_way_in_is_told_with_the_workload() -> None:
    other = pod("open", labels="app: web, open: '1'", ports="{containerPort: 8080}")
    deny = policy("podSelector: {matchExpressions: [{key: open, operator: DoesNotExist}]}", "deny")
    blocked = compute(WEB, other, TO_WEB, ingress(), deny)
    (problem,) = blocked.problems_found
    assert problem.object == "Ingress default/way"
    assert "default/web[Pod] on TCP 8080" in problem.message
    assert "{ingress-controller} => default/open[Pod] : TCP 8080" in blocked.render("txt")


def test_a_way_in_to_one_of_two_pod_shapes_is_one_to_the_workload() -> None:
    owner = "ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: rs, controller: true, uid: u}]"
    twins = [
        f"""
apiVersion: v1
kind: Pod
metadata: {{name: {name}, labels: {{app: {app}}}, {owner}}}
spec: {{containers: [{{name: c, image: i, ports: [{{containerPort: 8080}}]}}]}}
---"""
        for name, app in (("a", "web"), ("b", "old"))
    ]
    assert entering(*twins, TO_WEB, ingress()) == ["default/rs[ReplicaSet] : TCP 8080"]


def test_a_changed_policy_changes_what_comes_in() -> None:
    found = compute(WEB, TO_WEB, ingress())
    (deny,) = load_manifests(DENY).objects.policies
    denied = found.with_policies(add=[deny])
    assert CONTROLLER not in denied.render("txt")
    assert codes(denied) == ["ingress-blocked"]
    assert denied.with_policies(remove=[deny.ref]).render("txt") == found.render("txt")


def test_nothing_is_listed_where_nothing_leads_in() -> None:
    assert CONTROLLER not in compute(WEB, TO_WEB).render("txt")
    assert [peer.kind for peer in compute(WEB, TO_WEB).peers()] == ["Pod", "External"]


def test_the_controller_is_a_peer_outside_all_namespaces() -> None:
    found = compute(WEB, TO_WEB, ingress())
    assert found.peers()[-1][:4] == (CONTROLLER, "", "ingress-controller", "IngressController")
    graph = found.to_networkx()
    assert graph.nodes[CONTROLLER]["kind"] == "IngressController"
    assert graph.edges[CONTROLLER, "default/web[Pod]"]["label"] == "TCP 8080"
    assert graph.in_degree(CONTROLLER) == 0


def test_the_frame_has_its_rows_and_keeps_to_them() -> None:
    found = compute(WEB, TO_WEB, ingress())
    own = found.to_frame(src=CONTROLLER)
    assert own[["src", "dst", "src_kind", "src_namespace", "protocol", "ports"]].to_dict("records") == [
        {
            "src": CONTROLLER,
            "dst": "default/web[Pod]",
            "src_kind": "IngressController",
            "src_namespace": "",
            "protocol": "TCP",
            "ports": "8080",
        }
    ]
    assert CONTROLLER in set(found.to_frame(dst="web")["src"])
    assert CONTROLLER not in set(found.to_frame(src="web")["src"])
    assert set(found.to_frame(src=(name for name in ("web", "ingress-controller")))["src"]) == {
        CONTROLLER, "default/web[Pod]",
    }  # fmt: skip


def test_the_controller_is_no_pair_of_workloads() -> None:
    assert compute(WEB, TO_WEB, ingress()).count() == 0


@pytest.mark.parametrize("name", [CONTROLLER, "ingress-controller"])
def test_a_query_names_the_ingress_and_the_rule(name: str) -> None:
    allow = policy("podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]", "allow")
    answer = compute(WEB, TO_WEB, ingress(), allow).query(name, "web", 8080)
    assert str(answer).splitlines() == [
        "allowed: {ingress-controller} may reach default/web[Pod] on TCP 8080.",
        "  Egress of {ingress-controller}: allowed",
        "    - Ingress default/way sends TCP 8080 through Service web by spec.defaultBackend",
        "  Ingress of default/web[Pod]: allowed",
        "    - NetworkPolicy default/allow allows TCP 8080 by spec.ingress[0]",
        "  All that is allowed between the two: TCP 8080",
    ]
    frame = answer.to_frame()
    REASONS.checked(frame)
    assert list(frame["policy"]) == ["Ingress default/way", "NetworkPolicy default/allow"]
    assert frame["line"].notna().all()


def test_a_query_tells_which_end_is_closed() -> None:
    found = compute(WEB, TO_WEB, ingress(), DENY)
    assert [str(verdict.ports) for verdict in found.query(CONTROLLER, "web", 8080).verdicts] == [
        "TCP 8080", "No Connections",
    ]  # fmt: skip
    other = str(compute(WEB, TO_WEB, ingress()).query(CONTROLLER, "web", 22))
    assert "may not reach default/web[Pod] on TCP 22" in other
    assert "no Ingress, Route, HTTPRoute or GRPCRoute leads there" in other


def test_a_query_about_all_ports_tells_what_leads_in_and_what_does_not() -> None:
    answer = compute(WEB, TO_WEB, ingress()).query(CONTROLLER, "web")
    assert str(answer).startswith("partly: {ingress-controller} may reach default/web[Pod], but only on TCP 8080.")
    assert "no Ingress, Route, HTTPRoute or GRPCRoute leads to other ports of it" in str(answer)


def test_a_query_without_any_way_in_says_so() -> None:
    answer = compute(WEB, TO_WEB).query(CONTROLLER, "web")
    assert not answer.allowed
    assert "no Ingress, Route, HTTPRoute or GRPCRoute leads to it" in str(answer)


def test_nothing_is_sent_to_the_controller() -> None:
    found = compute(WEB, TO_WEB, ingress())
    with pytest.raises(ValueError, match="is only ever a source"):
        found.query("web", CONTROLLER)
    with pytest.raises(ValueError, match="both outside the cluster"):
        found.query(CONTROLLER, "1.1.1.1")
    assert found.to_frame(dst=CONTROLLER).empty


def test_no_way_over_several_hops_leads_over_the_controller() -> None:
    away = pod("away", "elsewhere")
    shut = policy("podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}}]}]", "shut")
    not_away = "{matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [elsewhere]}]}"
    admitted = policy(
        f"podSelector: {{matchLabels: {{app: web}}}}, ingress: [{{from: [{{namespaceSelector: {not_away}}}]}}]", "in"
    )
    found = compute(WEB, away, TO_WEB, ingress(), shut, admitted)
    assert CONTROLLER in found.render("txt")
    assert list(found.reach("elsewhere/away")["dst"]) == []
    assert list(found.blast_radius()["reached"]) == [1, 0]
    assert list(found.reach(CONTROLLER)["hops"])[:1] == [1]


def test_a_workload_of_the_same_name_must_be_told_from_it() -> None:
    namesake = pod("ingress-controller")
    found = compute(WEB, TO_WEB, ingress(), namesake)
    with pytest.raises(LookupError, match=r"may mean 2 .*default/ingress-controller\[Pod\], \{ingress-controller\}"):
        found.query("ingress-controller", "web")
    assert found.query(CONTROLLER, "web", 8080).allowed


def test_the_dot_graph_and_the_picture_show_it() -> None:
    found = compute(WEB, TO_WEB, ingress())
    assert '\t"{ingress-controller}" [label="{ingress-controller}" color="blue" fontcolor="blue"]\n' in found.render(
        "dot"
    )
    assert "{ingress&#45;controller}" in found.render("svg")


def ways_in(target: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a Route to all TCP ports of one Pod, and its Service; they mark the Pod with a label."""
    place = target["metadata"]
    place["labels"]["id"] = place["name"]
    declared = {one["containerPort"] for one in target["spec"]["containers"][0]["ports"] if one["protocol"] == "TCP"}
    ports = [{"name": f"p{number}", "port": number} for number in declared]
    metadata = {key: place[key] for key in ("name", "namespace")}
    return [
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": metadata,
            "spec": {"selector": {"id": place["name"]}, "ports": ports},
        },
        {
            "apiVersion": "route.openshift.io/v1",
            "kind": "Route",
            "metadata": metadata,
            "spec": {"to": {"name": place["name"]}},
        },
    ]


@settings(max_examples=examples(150), deadline=None)
@given(clusters.clusters())
def test_on_the_ports_led_to_policies_are_heard_as_for_a_pod_without_labels(manifests: list[dict[str, Any]]) -> None:
    pods = [manifest for manifest in manifests if manifest["kind"] == "Pod"]
    somewhere = {"kind": "Namespace", "metadata": {"name": "somewhere"}}
    stranger = {"kind": "Pod", "metadata": {"name": "stranger", "namespace": "somewhere"}, "spec": {}}
    evaluator = NaiveEvaluator([*manifests, somewhere])
    expected = {
        clusters.peer_name(target): sorted(
            {
                port["containerPort"]
                for port in target["spec"]["containers"][0]["ports"]
                if port["protocol"] == "TCP"
                and evaluator.enters(Packet(stranger, target, "TCP", port["containerPort"]))
            }
        )
        for target in pods
    }
    items = [*manifests, *(one for target in pods for one in ways_in(target))]
    found = compute(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
    entered = {
        connection.dst.name: [
            port for first, last in connection.ports.by_protocol()["TCP"] for port in range(first, last + 1)
        ]
        for connection in found.connections()
        if connection.src.kind == "IngressController"
    }
    assert entered == {name: ports for name, ports in expected.items() if ports}


# Where a controller must run


ANY_POD = "podSelector: {}"


def from_peer(peer: str, ports: str = "") -> str:
    return policy(f"podSelector: {{}}, ingress: [{{from: [{{{peer}}}]{ports}}}]")


def named(name: str) -> str:
    return f"namespaceSelector: {{matchLabels: {{kubernetes.io/metadata.name: {name}}}}}"


@pytest.mark.parametrize(
    "peer, severity, place",
    [
        (named("ingress-nginx"), "info", "runs in namespace ingress-nginx (as ingress-nginx usually does)"),
        (named("traefik"), "info", "runs in namespace traefik (as Traefik usually does)"),
        (named("istio-system"), "info", "runs in namespace istio-system (as Istio usually does)"),
        (named("projectcontour"), "info", "runs in namespace projectcontour (as Contour usually does)"),
        (
            "namespaceSelector: {matchLabels: {network.openshift.io/policy-group: ingress}}",
            "info",
            "runs in a namespace with network.openshift.io/policy-group=ingress (as the OpenShift router usually does)",
        ),
        (
            "namespaceSelector: {matchLabels: {policy-group.network.openshift.io/ingress: ''}}",
            "info",
            "(as the OpenShift router usually does)",
        ),
        (
            "namespaceSelector: {}, podSelector: {matchLabels: {app.kubernetes.io/name: haproxy-ingress}}",
            "info",
            "runs in any namespace with labels app.kubernetes.io/name=haproxy-ingress (as HAProxy usually does)",
        ),
        (
            f"{named('kube-system')}, podSelector: {{matchLabels: {{app.kubernetes.io/name: traefik}}}}",
            "info",
            "runs in namespace kube-system with labels app.kubernetes.io/name=traefik (as Traefik usually does)",
        ),
        ("podSelector: {matchLabels: {app: nginx-ingress}}", "info", "runs in namespace default with labels"),
        (
            "namespaceSelector: {}, podSelector: {matchLabels: {gateway.envoyproxy.io/owning-gateway-name: eg}}",
            "info",
            "(as Envoy Gateway usually does)",
        ),
        (named("edge"), "warning", "runs in namespace edge"),
        ("namespaceSelector: {matchLabels: {team: a}}", "warning", "runs in a namespace with team=a"),
        ("ipBlock: {cidr: 10.0.0.0/8}", "warning", "has an address in 10.0.0.0/8"),
    ],
)
def test_where_policies_name_the_place_of_a_controller_it_is_said(peer: str, severity: str, place: str) -> None:
    (problem,) = compute(namespace("default"), WEB, TO_WEB, ingress(), from_peer(peer)).problems_found
    assert (problem.severity, problem.code) == (severity, "ingress-allowed-from")
    start = "leads to default/web[Pod] on TCP 8080, which policies allow only if the controller "
    assert problem.message.startswith(start)
    assert place in problem.message
    assert (problem.object, problem.field) == ("Ingress default/way", "spec.defaultBackend")


@pytest.mark.parametrize(
    "rule",
    [
        from_peer(ANY_POD),
        from_peer("podSelector: {matchLabels: {app: gone}}"),
        from_peer(named("ingress-nginx"), ", ports: [{port: 9}]"),
        policy("podSelector: {}, ingress: []"),
    ],
)
def test_where_no_policy_allows_it_from_anywhere_else_nothing_comes_in(rule: str) -> None:
    (problem,) = compute(WEB, TO_WEB, ingress(), rule).problems_found
    assert (problem.severity, problem.code) == ("warning", "ingress-blocked")
    assert problem.message.endswith("but no policy allows that from {ingress-controller}")
    assert problem.remedy


@pytest.mark.parametrize(
    "where, labels",
    [
        ("ingress-nginx", "app: any"),
        ("edge", "app.kubernetes.io/name: ingress-nginx"),
        ("edge", "istio: ingressgateway"),
    ],
)
def test_a_controller_in_the_manifests_has_its_row_and_no_warning(where: str, labels: str) -> None:
    found = compute(WEB, TO_WEB, ingress(), pod("controller", where, labels), from_peer(named(where)))
    assert found.problems_found == ()
    assert f"{where}/controller[Pod] => default/web[Pod] : All Connections" in found.render("txt")


def test_pods_in_the_manifests_that_are_no_controller_do_not_let_anything_in() -> None:
    found = compute(WEB, TO_WEB, ingress(), pod("app", "edge", "app: other"), from_peer(named("edge")))
    assert codes(found) == ["ingress-blocked"]


@pytest.mark.parametrize(
    "peer, ports, verdict",
    [
        (named("ingress-nginx"), "", "partly"),
        (named("ingress-nginx"), ", ports: [{port: 8080}]", "partly"),
        (named("ingress-nginx"), ", ports: [{port: 9}]", "denied"),  # not where the Ingress leads
        (named("edge"), "", "denied"),  # no controller usually runs there, but one may
        (ANY_POD, "", "denied"),
    ],
)
def test_a_query_says_where_a_controller_must_run(peer: str, ports: str, verdict: str) -> None:
    found = compute(namespace("default"), WEB, TO_WEB, ingress(), from_peer(peer, ports))
    answer = found.query(CONTROLLER, "web", 8080)
    assert answer.verdict == verdict
    (problem,) = found.problems_found
    asked = problem.code == "ingress-allowed-from"
    place = problem.message.partition("only if ")[2]
    assert answer.notes == ((f"Policies allow TCP 8080 only if {place}.",) if asked else ())


def test_a_query_names_the_controller_of_the_manifests_that_is_let_through() -> None:
    own = pod("controller", "ingress-nginx", "app: any")
    answer = compute(WEB, TO_WEB, ingress(), own, from_peer(named("ingress-nginx"))).query(CONTROLLER, "web")
    assert answer.verdict == "partly"
    assert "Policies allow TCP 8080 from ingress-nginx/controller[Pod]" in answer.notes[0]


def test_a_port_that_the_service_does_not_have_is_named_with_those_that_it_has() -> None:
    (problem,) = compute(WEB, TO_WEB, ingress("number: 9999")).problems_found
    assert problem.message == "leads to port 9999, which is not a TCP port of Service default/web"
    assert problem.remedy == "Its TCP ports are 80."


def test_pods_of_one_owner_that_networks_tell_apart_are_led_to_each() -> None:
    owner = "ownerReferences: [{kind: ReplicaSet, name: web, controller: true}], labels: {"
    pods = [
        pod(f"web-{n}", labels="app: web", ports="{containerPort: 80}")
        .replace("labels: {", owner)
        .replace("spec:", f"{status}\nspec:", 1)
        for n, status in enumerate(("status: {podIP: 10.0.0.1}", "status: {podIP: 10.1.0.1}"))
    ]
    apart = """
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: apart}
spec: {tier: Admin, priority: 1, subject: {namespaces: {}}, egress: [{action: Deny, to: [{networks: [10.0.0.0/16]}]}]}
---"""
    for policies, ends in (((apart,), 2), ((), 1)):
        found = compute(*pods, service("{port: 80}"), ingress(), *policies).render("txt").splitlines()
        assert len([line for line in found if line.startswith("{ingress-controller}")]) == ends
