"""``sanity`` tells faults in policies from what is usual: components elsewhere, denials that stand, siblings."""

from __future__ import annotations

import pytest

from tests.connectivity.manifests import compute, namespace, pod, policy
from workbench.connectivity import Connectivity, sanity
from workbench.connectivity.policy_analysis.questions import empty, redundant
from workbench.ground import Severity

WEB = pod("web", labels="app: web")
DB = pod("db", labels="app: db", ports="{name: sql, containerPort: 5432}")
OTHER = pod("other", "team-b", labels="app: other")
TO_DB = "podSelector: {matchLabels: {app: db}}"
DENY = policy("podSelector: {}, policyTypes: [Ingress, Egress]", "deny")


def told(conn: Connectivity) -> list[tuple[str, str, str]]:
    """Return severity, question and message of each finding."""
    return [(finding.severity.value, finding.code, finding.message) for finding in sanity(conn)]


def egress(peer: str) -> str:
    return policy(f"podSelector: {{matchLabels: {{app: web}}}}, policyTypes: [Egress], egress: [{{to: [{peer}]}}]")


# What leads out of the manifests

SYSTEM_OR_B = """namespaceSelector:
  {matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [kube-system, team-b]}]}"""
NAMED = "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}"


@pytest.mark.parametrize(
    "peer, place",
    [
        (f"{NAMED}}}", "namespace kube-system"),
        (f"{NAMED}, podSelector: {{matchLabels: {{k8s-app: kube-dns}}}}}}", "namespace kube-system"),
        ("{namespaceSelector: {}, podSelector: {matchLabels: {k8s-app: kube-dns}}}", "other namespaces"),
        ("{namespaceSelector: {matchLabels: {team: monitoring}}}", "namespaces with team=monitoring"),
        ("{namespaceSelector: {matchLabels: {team: declared}}}", "namespaces with team=declared"),
        (f"{{{SYSTEM_OR_B}, podSelector: {{matchLabels: {{k8s-app: kube-dns}}}}}}", "namespace kube-system"),
    ],
)
def test_a_selector_that_leads_out_of_the_manifests_is_an_info(peer: str, place: str) -> None:
    conn = compute(WEB, DB, OTHER, namespace("declared", "team: declared"), egress(peer))
    assert told(conn) == [("info", "elsewhere", f"leads to pods of {place} that are not in these manifests")]
    assert not sanity(conn).faults


@pytest.mark.parametrize("where", ["kube-system", "openshift-dns", "monitoring"])
def test_of_a_namespace_of_the_platform_manifests_may_hold_a_part(where: str) -> None:
    peer = f"{NAMED.replace('kube-system', where)}, podSelector: {{matchLabels: {{k8s-app: dns}}}}}}"
    (finding,) = sanity(compute(WEB, DB, pod("proxy", where), egress(peer)))
    assert (finding.code, finding.severity) == ("elsewhere", Severity.INFO)


@pytest.mark.parametrize(
    "peer, peers",
    [
        ("{podSelector: {matchLabels: {app: typo}}}", "pods with app=typo in namespace default"),
        (
            f"{NAMED.replace('kube-system', 'team-b')}, podSelector: {{matchLabels: {{app: typo}}}}}}",
            "pods with app=typo in namespaces with kubernetes.io/metadata.name=team-b",
        ),
        (
            "{namespaceSelector: {matchLabels: {team: b}}, podSelector: {matchLabels: {app: typo}}}",
            "pods with app=typo in namespaces with team=b",
        ),
    ],
)
def test_a_selector_of_a_known_namespace_that_matches_nothing_is_a_fault(peer: str, peers: str) -> None:
    conn = compute(WEB, DB, namespace("team-b", "team: b"), OTHER, egress(peer))
    assert told(conn) == [("warning", "empty", f"matches no pods: to[0] selects {peers}")]


def test_one_of_several_peers_that_matches_nothing_is_a_fault() -> None:
    peers = f"{{podSelector: {{matchLabels: {{app: db}}}}}}, {{podSelector: {{matchLabels: {{app: typo}}}}}}, {NAMED}}}"
    ((severity, question, message),) = told(compute(WEB, DB, egress(peers)))
    assert (severity, question) == ("warning", "empty")
    assert message == "has peers without pods: to[1] selects pods with app=typo in namespace default"


def test_faults_come_before_infos() -> None:
    rules = f"{{to: [{NAMED}}}]}}, {{to: [{{podSelector: {{matchLabels: {{app: typo}}}}}}]}}"
    conn = compute(WEB, DB, policy(f"podSelector: {{}}, policyTypes: [Egress], egress: [{rules}]"))
    assert [severity for severity, _, _ in told(conn)] == ["warning", "info"]


def test_policies_of_a_namespace_of_which_the_manifests_hold_nothing_are_infos() -> None:
    conn = compute(WEB, policy("podSelector: {matchLabels: {app: x}}, ingress: [{}]", namespace="elsewhere"))
    assert told(conn) == [("info", "elsewhere", "selects pods of namespace elsewhere that are not in these manifests")]


def test_a_rule_that_leads_out_is_not_redundant() -> None:
    conn = compute(WEB, DB, DENY, egress(f"{NAMED}}}"))
    assert not redundant(conn)
    assert [finding.policy.name for finding in redundant(conn, complete=True)] == ["policy"]


# What stands for pods that are yet to come


@pytest.mark.parametrize("spec", ["podSelector: {}", TO_DB, "podSelector: {}, policyTypes: [Ingress, Egress]"])
def test_a_default_deny_is_never_advised_against(spec: str) -> None:
    each = [
        policy(f"podSelector: {{matchLabels: {{app: {name}}}}}, policyTypes: [Ingress, Egress]", name)
        for name in ("web", "db")
    ]
    conn = compute(WEB, DB, policy(spec, "default-deny"), *each)
    assert told(conn) == []
    assert not redundant(conn)


def test_a_denial_that_also_allows_in_the_other_direction_is_one() -> None:
    dns = f"podSelector: {{}}, policyTypes: [Ingress, Egress], egress: [{{to: [{NAMED}}}]}}]"
    conn = compute(WEB, DB, DENY, policy(dns, "deny-but-dns"))
    assert [finding.code for finding in sanity(conn)] == ["elsewhere"]


def test_a_denial_for_pods_yet_to_come_is_an_info() -> None:
    host = pod("agent", spec="hostNetwork: true")
    assert [severity for severity, _, _ in told(compute(host, DENY))] == ["info"]


BASELINE = """
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {name: baseline}
spec: {tier: Baseline, priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}
---"""


def test_a_denial_of_the_baseline_tier_is_not_advised_against_because_policies_isolate_today() -> None:
    assert told(compute(WEB, DB, DENY, BASELINE)) == []


# Host-network pods


def test_a_policy_that_selects_only_pods_of_the_host_network_says_so() -> None:
    host = pod("agent", labels="app: agent", spec="hostNetwork: true")
    (finding,) = sanity(compute(host, policy("podSelector: {matchLabels: {app: agent}}")))
    assert (finding.code, finding.severity) == ("host-network", Severity.WARNING)
    assert "selects only pods of the host's network (default/agent[Pod])" in finding.message


@pytest.mark.parametrize(
    "peers, question, remedy",
    [
        (
            "{podSelector: {matchLabels: {app: agent}}}",
            "host-network",
            "Name the addresses of their nodes in an ipBlock.",
        ),
        (
            "{podSelector: {matchLabels: {app: agent}}}, {podSelector: {matchLabels: {app: gone}}}",
            "empty",
            "Name the addresses of their nodes in an ipBlock.",
        ),
        (
            "{podSelector: {matchLabels: {app: gone}}}",
            "empty",
            "Compare its labels with those of the pods that are meant.",
        ),
    ],
)
@pytest.mark.parametrize("beside", ["", ", {podSelector: {matchLabels: {app: web}}}"])
def test_a_rule_about_pods_of_the_host_network_says_that_no_selector_chooses_them(
    peers: str, question: str, remedy: str, beside: str
) -> None:
    host = pod("agent", labels="app: agent", spec="hostNetwork: true")
    found = sanity(compute(WEB, DB, host, policy(f"{TO_DB}, ingress: [{{from: [{peers}{beside}]}}]")))
    (finding,) = [one for one in found if one.code in {"host-network", "empty"}]
    assert (finding.code, finding.remedy) == (question, remedy)
    told = "selects only pods of the host's network (default/agent[Pod]), which no selector chooses"
    assert (told in finding.message) == ("agent" in peers)


# Ports of Services

SERVICE = """
apiVersion: v1
kind: Service
metadata: {name: db, namespace: default}
spec: {selector: {app: db}, ports: [{port: 80, targetPort: %s}]}
---"""


def allowing(port: str) -> str:
    return policy(f"{TO_DB}, ingress: [{{ports: [{port}]}}]")


@pytest.mark.parametrize("target", ["5432", "sql"])
def test_a_rule_with_the_port_of_the_service_names_both_ports(target: str) -> None:
    (finding,) = sanity(compute(WEB, DB, SERVICE % target, allowing("{port: 80}")))
    assert finding.code == "service-port"
    assert "allows TCP 80, the port of Service default/db, whose pods listen on 5432" in finding.message
    assert finding.remedy == "If these requests are intended, name port 5432."


@pytest.mark.parametrize(
    "port",
    [
        "{port: 5432}",
        "{port: 80}, {port: 5432}",
        "{port: 1, endPort: 65535}",
        "{port: 80, protocol: UDP}",
        "{port: sql}",
    ],
)
def test_a_rule_that_allows_the_port_of_the_pods_is_right(port: str) -> None:
    assert told(compute(WEB, DB, SERVICE % 5432, allowing(port))) == []


def test_a_port_that_the_pods_declare_themselves_is_right() -> None:
    db = pod("db", labels="app: db", ports="{containerPort: 5432}, {containerPort: 80}")
    assert told(compute(WEB, db, SERVICE % 5432, allowing("{port: 80}"))) == []


def test_a_rule_with_the_node_port_of_the_service_names_it_so() -> None:
    node = SERVICE.replace("targetPort: %s", "targetPort: 5432, nodePort: 30080").replace(
        "selector:", "type: NodePort, selector:"
    )
    (finding,) = sanity(compute(WEB, DB, node, allowing("{port: 30080}")))
    assert "allows TCP 30080, the node port of Service default/db, whose pods listen on 5432" in finding.message


def test_egress_to_pods_by_the_port_of_their_service_is_found_and_to_addresses_is_not() -> None:
    ports = "ports: [{port: 80}]"
    to_pods = policy(f"podSelector: {{}}, policyTypes: [Egress], egress: [{{to: [{{podSelector: {{}}}}], {ports}}}]")
    to_all = policy(f"podSelector: {{}}, policyTypes: [Egress], egress: [{{{ports}}}]")
    assert [question for _, question, _ in told(compute(WEB, DB, SERVICE % 5432, to_pods))] == ["service-port"]
    assert told(compute(WEB, DB, SERVICE % 5432, to_all)) == []


# Siblings

REPLICAS = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: store, namespace: default}
spec:
  replicas: 3
  serviceName: store
  selector: {matchLabels: {app: store}}
  template:
    metadata: {labels: {app: store}}
    spec: {containers: [{name: c, image: i, ports: [{containerPort: 7000}]}]}
---"""


def test_a_rule_among_siblings_is_neither_redundant_nor_empty() -> None:
    own = "{from: [{podSelector: {matchLabels: {app: store}}}], ports: [{port: 7000}]}"
    conn = compute(REPLICAS, WEB, policy(f"podSelector: {{matchLabels: {{app: store}}}}, ingress: [{own}]"))
    assert told(conn) == []


def test_what_is_empty_is_told_with_what_to_do() -> None:
    (finding,) = empty(compute(WEB, policy("podSelector: {matchLabels: {app: gone}}")))
    assert (finding.message, finding.remedy) == (
        "selects no pods",
        "Compare its labels with those of the pods that are meant.",
    )
