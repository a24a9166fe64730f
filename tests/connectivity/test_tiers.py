"""The admin and baseline tiers (semantics 12, 14-16), rule by rule, on manifests small enough to check by eye."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.connectivity.manifests import compute, lines, pod, policy, ports
from workbench.connectivity import Semantics
from workbench.ground import Problem
from workbench.inventory import load_manifests

WEB = pod("web", labels="app: web", ports="{name: http, containerPort: 8080}")
DB = pod(
    "db", labels="app: db", ports="{name: sql, containerPort: 5432}, {name: dns, containerPort: 53, protocol: UDP}"
)
ALL = "namespaces: {}"
TO_DB = "to: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: db}}}}]"
FROM_WEB = "from: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: web}}}}]"
NO_PODS = policy("podSelector: {}")


def cluster_policy(rules: str, tier: str = "Admin", priority: int = 10, name: str = "cnp", subject: str = ALL) -> str:
    """Return a ClusterNetworkPolicy; `rules` and `subject` are YAML flow content."""
    return f"""
apiVersion: policy.networking.k8s.io/v1alpha2
kind: ClusterNetworkPolicy
metadata: {{name: {name}}}
spec: {{tier: {tier}, priority: {priority}, subject: {{{subject}}}, {rules}}}
---"""


def admin_policy(rules: str, priority: int = 10, name: str = "anp", subject: str = ALL) -> str:
    """Return an AdminNetworkPolicy."""
    return f"""
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {{name: {name}}}
spec: {{priority: {priority}, subject: {{{subject}}}, {rules}}}
---"""


def baseline(rules: str, subject: str = ALL) -> str:
    """Return the BaselineAdminNetworkPolicy."""
    return f"""
apiVersion: policy.networking.k8s.io/v1alpha1
kind: BaselineAdminNetworkPolicy
metadata: {{name: default}}
spec: {{subject: {{{subject}}}, {rules}}}
---"""


def node(name: str, address: str, labels: str = "") -> str:
    """Return a Node with one address."""
    return f"""
apiVersion: v1
kind: Node
metadata: {{name: {name}, labels: {{{labels}}}}}
status: {{addresses: [{{type: InternalIP, address: "{address}"}}, {{type: Hostname, address: {name}}}]}}
---"""


def at(name: str, *addresses: str, spec: str = "") -> str:
    """Return a Pod that was read with its addresses."""
    found = ", ".join(f'{{ip: "{address}"}}' for address in addresses)
    status = f'status: {{podIP: "{addresses[0]}", podIPs: [{found}]}}\n---'
    return pod(name, labels=f"app: {name}", spec=spec).rstrip("-") + status


def ingress(*rules: str) -> str:
    return "ingress: [" + ", ".join(f"{{{rule}}}" for rule in rules) + "]"


def egress(*rules: str) -> str:
    return "egress: [" + ", ".join(f"{{{rule}}}" for rule in rules) + "]"


def coded(problems: tuple[Problem, ...], code: str) -> list[Problem]:
    return [problem for problem in problems if problem.code == code]


def web_to_db(*documents: str) -> str:
    return ports(compute(WEB, DB, *documents), "web", "db")


# 14: who is evaluated first


def test_connectivity_14_what_an_admin_policy_denies_no_network_policy_allows() -> None:
    everyone = policy("podSelector: {}, ingress: [{}]")
    deny = admin_policy(ingress(f"action: Deny, {FROM_WEB}, ports: [{{portNumber: {{port: 80}}}}]"))
    assert web_to_db(everyone, deny) == "SCTP 1-65535,TCP 1-79,81-65535,UDP 1-65535"


def test_connectivity_14_what_an_admin_policy_allows_no_network_policy_denies() -> None:
    allow = admin_policy(ingress(f"action: Allow, {FROM_WEB}, ports: [{{portNumber: {{port: 80}}}}]"))
    assert web_to_db(NO_PODS) == "No Connections"
    assert web_to_db(NO_PODS, allow) == "TCP 80"


def test_connectivity_14_both_ends_must_allow_in_the_admin_tier_too() -> None:
    allow = admin_policy(ingress(f"action: Allow, {FROM_WEB}"))
    no_egress = policy("podSelector: {}, policyTypes: [Egress]")
    assert web_to_db(NO_PODS, allow, no_egress) == "No Connections"


def test_connectivity_14_the_first_rule_to_match_decides() -> None:
    allow, deny = f"action: Allow, {FROM_WEB}, ports: [{{portNumber: {{port: 80}}}}]", f"action: Deny, {FROM_WEB}"
    assert web_to_db(admin_policy(ingress(allow, deny))) == "TCP 80"
    assert web_to_db(admin_policy(ingress(deny, allow))) == "No Connections"


@pytest.mark.parametrize("allowing,expected", [(5, "All Connections"), (15, "No Connections")])
def test_connectivity_14_the_lower_priority_number_is_heard_first(allowing: int, expected: str) -> None:
    allow = admin_policy(ingress(f"action: Allow, {FROM_WEB}"), allowing, "z-allow")
    deny = admin_policy(ingress(f"action: Deny, {FROM_WEB}"), 10, "a-deny")
    assert web_to_db(allow, deny) == expected


def test_connectivity_14_pass_skips_the_rest_of_the_tier() -> None:
    rules = ingress(f"action: Pass, {FROM_WEB}, ports: [{{portNumber: {{port: 80}}}}]", f"action: Deny, {FROM_WEB}")
    assert web_to_db(admin_policy(rules)) == "TCP 80"
    assert web_to_db(admin_policy(rules), NO_PODS) == "No Connections"
    assert web_to_db(admin_policy(rules), policy("podSelector: {}, ingress: [{}]")) == "TCP 80"


def test_connectivity_14_pass_leads_on_to_the_baseline_where_no_network_policy_selects_the_pod() -> None:
    passing = admin_policy(ingress(f"action: Pass, {FROM_WEB}"))
    deny = baseline(ingress(f"action: Deny, {FROM_WEB}, ports: [{{portNumber: {{port: 80}}}}]"))
    assert web_to_db(passing, deny) == "SCTP 1-65535,TCP 1-79,81-65535,UDP 1-65535"


def test_connectivity_14_the_baseline_is_not_heard_about_a_pod_that_a_network_policy_selects() -> None:
    deny = baseline(ingress(f"action: Deny, {FROM_WEB}"))
    assert web_to_db(deny) == "No Connections"
    assert web_to_db(deny, policy("podSelector: {}, ingress: [{}]")) == "All Connections"
    allow = baseline(ingress(f"action: Allow, {FROM_WEB}"))
    assert web_to_db(allow, NO_PODS) == "No Connections"


def test_connectivity_14_a_network_policy_of_one_direction_leaves_the_other_to_the_baseline() -> None:
    deny = baseline(egress(f"action: Deny, {TO_DB}"))
    assert web_to_db(deny, policy("podSelector: {}, policyTypes: [Ingress], ingress: [{}]")) == "No Connections"


def test_connectivity_14_what_the_baseline_allows_first_it_does_not_deny_later() -> None:
    allow, deny = f"action: Allow, {FROM_WEB}, ports: [{{portNumber: {{port: 80}}}}]", f"action: Deny, {FROM_WEB}"
    assert web_to_db(baseline(ingress(allow, deny))) == "TCP 80"


def test_connectivity_14_what_no_tier_decides_is_allowed() -> None:
    other = admin_policy(ingress("action: Deny, from: [{namespaces: {matchLabels: {no: body}}}]"))
    assert web_to_db(other, baseline("ingress: []")) == "All Connections"


def test_connectivity_14_pass_in_the_baseline_leads_to_the_default() -> None:
    rules = ingress(f"action: Pass, {FROM_WEB}", f"action: Deny, {FROM_WEB}")
    assert web_to_db(cluster_policy(rules, "Baseline")) == "All Connections"


def test_connectivity_14_an_answer_names_every_tier_that_was_heard() -> None:
    passing = admin_policy(ingress(f"name: leave-it, action: Pass, {FROM_WEB}"))
    deny = baseline(ingress(f"action: Deny, {FROM_WEB}"))
    text = str(compute(WEB, DB, passing, deny).query("web", "db", 80))
    assert "AdminNetworkPolicy anp passes TCP 80 by spec.ingress[0] (leave-it)" in text
    assert "BaselineAdminNetworkPolicy default denies TCP 80 by spec.ingress[0]" in text


# 12: named ports


def test_connectivity_12_a_named_port_takes_the_protocol_of_the_container() -> None:
    deny = admin_policy(ingress(f"action: Deny, {FROM_WEB}, ports: [{{namedPort: dns}}]"))
    assert web_to_db(deny) == "SCTP 1-65535,TCP 1-65535,UDP 1-52,54-65535"


def test_connectivity_12_a_named_port_is_the_destinations_in_egress_rules() -> None:
    allow = admin_policy(
        egress("action: Allow, to: [{namespaces: {}}], ports: [{namedPort: sql}]", f"action: Deny, to: [{{{ALL}}}]")
    )
    found = compute(WEB, DB, allow)
    assert ports(found, "web", "db") == "TCP 5432"
    assert ports(found, "db", "web") == "No Connections"


def test_connectivity_12_a_named_port_opens_nothing_towards_addresses() -> None:
    rules = egress(
        "action: Allow, to: [{networks: [10.0.0.0/8]}], ports: [{namedPort: sql}, {portNumber: {port: 443}}]",
        "action: Deny, to: [{networks: [0.0.0.0/0]}]",
    )
    assert ports(compute(WEB, admin_policy(rules)), "web", "10.1.1.1") == "TCP 443"


# 15, 16: addresses of pods and nodes

DENY_V4 = cluster_policy(egress("action: Deny, to: [{networks: [0.0.0.0/0]}]"))


def test_connectivity_16_all_of_ipv4_holds_traffic_within_the_cluster() -> None:
    assert lines(WEB, DB, DENY_V4) == [
        "outside => " + f"default/{name}[Pod] : All Connections" for name in ("db", "web")
    ]


def test_connectivity_16_pods_are_spared_by_a_pass_before_it() -> None:
    rules = egress("action: Pass, to: [{namespaces: {}}]", "action: Deny, to: [{networks: [0.0.0.0/0]}]")
    found = compute(WEB, DB, cluster_policy(rules))
    assert ports(found, "web", "db") == "All Connections"
    assert ports(found, "web", "1.1.1.1") == "No Connections"


def test_connectivity_16_halves_of_ipv4_in_one_rule_are_all_of_it() -> None:
    assert web_to_db(cluster_policy(egress("action: Deny, to: [{networks: [0.0.0.0/1, 128.0.0.0/1]}]"))) == (
        "No Connections"
    )


def test_connectivity_16_networks_of_admin_network_policies_hold_pods_too() -> None:
    assert web_to_db(admin_policy(egress("action: Deny, to: [{networks: [0.0.0.0/0]}]"))) == "No Connections"


def test_connectivity_15_in_the_reference_networks_are_of_the_outside() -> None:
    deny = admin_policy(egress("action: Deny, to: [{networks: [0.0.0.0/0]}]"))
    assert ports(compute(WEB, DB, deny, semantics=Semantics.REFERENCE), "web", "db") == "All Connections"


@pytest.mark.parametrize("block,expected", [("10.1.0.0/16", "No Connections"), ("10.2.0.0/16", "All Connections")])
def test_connectivity_16_a_pod_is_where_its_address_is(block: str, expected: str) -> None:
    deny = cluster_policy(egress(f"action: Deny, to: [{{networks: [{block}]}}]"))
    found = compute(at("web", "10.3.1.1"), at("db", "10.1.2.3"), deny)
    assert ports(found, "web", "db") == expected
    assert found.problems_found == ()


def test_connectivity_16_a_pod_of_unknown_address_is_outside_of_narrower_blocks_and_a_problem_says_so() -> None:
    found = compute(WEB, DB, cluster_policy(egress("action: Deny, to: [{networks: [10.0.0.0/8]}]")))
    assert ports(found, "web", "db") == "All Connections"
    (problem,) = found.problems_found
    assert (problem.severity, problem.code, problem.field) == ("info", "unknown-pod-addresses", "spec.egress[0]")


def test_blocks_where_no_cluster_has_pods_are_no_guess() -> None:
    assert compute(WEB, DB, cluster_policy(egress("action: Deny, to: [{networks: [8.8.8.8/32]}]"))).problems_found == ()


def test_connectivity_16_pods_are_of_the_family_that_was_read() -> None:
    deny = cluster_policy(egress("action: Deny, to: [{networks: ['::/0']}]"))
    assert web_to_db(deny) == "All Connections"
    assert ports(compute(WEB, DB, at("other", "fd00::1"), deny), "web", "db") == "No Connections"


def test_of_two_addresses_the_first_counts_and_a_problem_says_so() -> None:
    found = compute(WEB, at("db", "fd00::1", "10.1.1.1"), DENY_V4)
    assert ports(found, "web", "db") == "All Connections"
    assert [(p.severity, p.field) for p in coded(found.problems_found, "one-family-of-two")] == [
        ("warning", "spec.egress[0]")
    ]
    both = cluster_policy(egress("action: Deny, to: [{networks: [0.0.0.0/0, '::/0']}]"))
    assert compute(WEB, at("db", "fd00::1", "10.1.1.1"), both).problems_found == ()


def test_pods_of_one_owner_on_both_sides_of_a_block_are_peers_of_their_own() -> None:
    owned = "metadata: {ownerReferences: [{kind: ReplicaSet, name: rs, controller: true}], "
    pair = [at(name, ip).replace("metadata: {", owned, 1) for name, ip in (("a", "10.1.1.1"), ("b", "10.2.2.2"))]
    same = [text.replace("{app: a}", "{app: x}").replace("{app: b}", "{app: x}") for text in pair]
    found = compute(WEB, *same, cluster_policy(egress("action: Deny, to: [{networks: [10.1.0.0/16]}]")))
    assert [peer.name for peer in found.peers() if peer.workload == "rs"] == [
        "default/rs[ReplicaSet]{10.1.1.1}",
        "default/rs[ReplicaSet]{10.2.2.2}",
    ]
    assert ports(found, "web", "10.1.1.1") == "No Connections"
    assert ports(found, "web", "10.2.2.2") == "All Connections"


def test_a_policy_that_is_added_may_bring_networks_that_part_pods() -> None:
    deny = load_manifests(cluster_policy(egress("action: Deny, to: [{networks: [10.1.0.0/16]}]"))).objects.policies
    before = compute(WEB, at("db", "10.1.1.1"), at("other", "10.2.2.2").replace("app: other", "app: db"))
    after = before.with_policies(add=deny)
    assert ports(after, "web", "db") == "No Connections"
    assert ports(after, "web", "other") == "All Connections"
    assert ports(after.with_policies(remove=["ClusterNetworkPolicy cnp"]), "web", "db") == "All Connections"


def test_connectivity_9_ip_blocks_match_pods_by_address_where_asked_for() -> None:
    block = policy("podSelector: {matchLabels: {app: db}}, ingress: [{from: [{ipBlock: {cidr: 10.1.0.0/16}}]}]")
    pods = (at("web", "10.1.2.3"), DB, block)
    assert ports(compute(*pods), "web", "db") == "No Connections"
    assert ports(compute(*pods, semantics=Semantics(cluster_addresses="all")), "web", "db") == "All Connections"


def test_an_address_that_is_none_is_unknown() -> None:
    found = compute(WEB, at("db", "somewhere"), DENY_V4)
    assert ports(found, "web", "db") == "No Connections"


NODES = (node("one", "192.168.1.1", "disk: ssd"), node("two", "192.168.1.2"))


def test_connectivity_15_nodes_are_the_addresses_of_the_nodes_with_the_labels() -> None:
    deny = admin_policy(egress("action: Deny, to: [{nodes: {matchLabels: {disk: ssd}}}]"))
    found = compute(WEB, *NODES, deny)
    assert ports(found, "web", "192.168.1.1") == "No Connections"
    assert ports(found, "web", "192.168.1.2") == "All Connections"


def test_connectivity_15_without_nodes_a_warning() -> None:
    found = compute(WEB, admin_policy(egress("action: Deny, to: [{nodes: {}}]")))
    assert [(p.severity, p.code, p.field) for p in found.problems_found] == [
        ("warning", "unknown-nodes", "spec.egress[0]")
    ]
    assert ports(found, "web", "192.168.1.1") == "All Connections"


def test_connectivity_15_nodes_that_no_selector_finds_are_a_warning() -> None:
    found = compute(WEB, *NODES, admin_policy(egress("action: Deny, to: [{nodes: {matchLabels: {disk: hdd}}}]")))
    assert [p.code for p in found.problems_found] == ["unknown-nodes"]


def test_connectivity_15_the_reference_leaves_nodes_out() -> None:
    found = compute(WEB, *NODES, admin_policy(egress("action: Deny, to: [{nodes: {}}]")), semantics=Semantics.REFERENCE)
    assert ports(found, "web", "192.168.1.1") == "All Connections"
    assert [p.code for p in found.problems_found] == ["unknown-nodes"]


# 16: pods of the host's network

HOST = pod("agent", labels="app: agent", spec="hostNetwork: true")


@pytest.mark.parametrize("kind", [admin_policy, cluster_policy])
def test_connectivity_16_pods_of_the_hosts_network_are_in_no_subject(kind: Callable[[str], str]) -> None:
    found = compute(WEB, HOST, kind(ingress(f"action: Deny, from: [{{{ALL}}}]")))
    assert ports(found, "web", "agent") == "All Connections"


@pytest.mark.parametrize("kind", [admin_policy, cluster_policy])
def test_connectivity_16_pods_of_the_hosts_network_are_in_no_pod_peer(kind: Callable[[str], str]) -> None:
    found = compute(WEB, DB, HOST, kind(egress(f"action: Deny, to: [{{{ALL}}}]")))
    assert ports(found, "web", "agent") == "All Connections"
    assert ports(found, "web", "db") == "No Connections"
    pods = "{pods: {namespaceSelector: {}, podSelector: {}}}"
    assert ports(compute(WEB, HOST, kind(egress(f"action: Deny, to: [{pods}]"))), "web", "agent") == "All Connections"


def test_connectivity_16_the_reference_knows_no_pods_of_the_hosts_network() -> None:
    deny = admin_policy(egress(f"action: Deny, to: [{{{ALL}}}]"))
    assert ports(compute(WEB, HOST, deny, semantics=Semantics.REFERENCE), "web", "agent") == "No Connections"


def test_connectivity_16_pods_of_the_hosts_network_are_on_nodes() -> None:
    every = cluster_policy(egress("action: Deny, to: [{nodes: {}}]"))
    some = cluster_policy(egress("action: Deny, to: [{nodes: {matchLabels: {disk: ssd}}}]"))
    on_one = at("agent", "192.168.1.1", spec="hostNetwork: true")
    assert ports(compute(WEB, HOST, *NODES, every), "web", "agent") == "No Connections"
    assert ports(compute(WEB, HOST, *NODES, some), "web", "agent") == "All Connections"
    assert ports(compute(WEB, on_one, *NODES, some), "web", "agent") == "No Connections"


def test_connectivity_16_all_of_ipv4_holds_pods_of_the_hosts_network() -> None:
    assert ports(compute(WEB, HOST, DENY_V4), "web", "agent") == "No Connections"


# 16: domain names


def test_connectivity_16_domain_names_accept_nothing_on_the_map_and_an_answer_says_what_they_may() -> None:
    rules = egress(
        "action: Accept, to: [{domainNames: ['*.example.com']}], protocols: [{tcp: {destinationPort: {number: 443}}}]",
        "action: Deny, to: [{networks: [0.0.0.0/0]}]",
    )
    found = compute(WEB, cluster_policy(rules))
    assert [line for line in lines(WEB, cluster_policy(rules)) if line.startswith("default/web")] == []
    answer = found.query("web", "1.1.1.1", 443)
    assert (answer.verdict, str(answer.connection)) == ("partly", "No Connections")
    assert "may allow TCP 443 by spec.egress[0]: if it is an address of *.example.com" in str(answer)


def test_connectivity_16_domain_names_stand_in_the_table_of_rules() -> None:
    cluster = load_manifests(cluster_policy(egress("action: Accept, to: [{domainNames: [a.example, b.example]}]")))
    assert cluster.rules["peers"].tolist() == [("domains: a.example,b.example",)]
    assert cluster.problems["code"].tolist() == ["unresolved-domain-names"]


# 15, 16: who is evaluated first among equals


def test_connectivity_15_equal_priorities_of_admin_network_policies_are_an_error() -> None:
    cluster = load_manifests(admin_policy("ingress: []", 5, "a") + admin_policy("ingress: []", 5, "b"))
    (problem,) = cluster.problems_found
    assert (problem.severity, problem.code, problem.field) == ("error", "equal-priority", "spec.priority")
    assert problem.object == "AdminNetworkPolicy b"
    assert "AdminNetworkPolicy a" in problem.message
    assert len(cluster.objects.policies) == 2


def test_connectivity_15_equal_names_are_an_error_in_whatever_namespace_they_are_written() -> None:
    twice = admin_policy("ingress: []", 5, "a")
    cluster = load_manifests(
        twice + twice.replace("priority: 5", "priority: 6").replace("{name: a", "{namespace: x, name: a")
    )
    assert [(p.severity, p.code) for p in cluster.problems_found] == [("error", "duplicate-policy")]
    assert [p.priority for p in cluster.objects.policies] == [6]


def test_connectivity_15_there_is_one_baseline_policy() -> None:
    cluster = load_manifests(baseline("ingress: []") + baseline("ingress: []").replace("default", "second"))
    assert [(p.code, p.object) for p in cluster.problems_found] == [
        ("invalid-value", "BaselineAdminNetworkPolicy second")
    ]
    assert [p.name for p in cluster.objects.policies] == ["default"]


@pytest.mark.parametrize(
    "one,other,kinds",
    [
        (admin_policy("ingress: []"), cluster_policy("ingress: []", priority=3), "AdminNetworkPolicy anp"),
        (baseline("ingress: []"), cluster_policy("ingress: []", "Baseline"), "BaselineAdminNetworkPolicy default"),
    ],
)
def test_policies_of_both_versions_in_one_tier_are_a_warning(one: str, other: str, kinds: str) -> None:
    (problem,) = load_manifests(one + other).problems_found
    assert (problem.severity, problem.code) == ("warning", "mixed-admin-versions")
    assert kinds in problem.message


def overlaps(*documents: str) -> list[Problem]:
    return coded(compute(WEB, DB, *documents).problems_found, "equal-priority-overlap")


PORT_80 = "protocols: [{tcp: {destinationPort: {number: 80}}}]"
ACCEPT = cluster_policy(ingress(f"action: Accept, {FROM_WEB}, {PORT_80}"), name="accept")
DENY = cluster_policy(ingress(f"action: Deny, from: [{{{ALL}}}]"), name="deny")


def test_connectivity_16_policies_of_one_priority_that_contradict_each_other_are_named() -> None:
    (problem,) = overlaps(ACCEPT, DENY)
    assert (problem.severity, problem.object, problem.field) == (
        "warning",
        "ClusterNetworkPolicy deny",
        "spec.ingress[0]",
    )
    assert "ClusterNetworkPolicy accept" in problem.message
    assert "default/web[Pod] => default/db[Pod] : TCP 80 is Allow there" in problem.message


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(DENY.replace("priority: 10", "priority: 11"), id="another priority"),
        pytest.param(DENY.replace("tier: Admin", "tier: Baseline"), id="another tier"),
        pytest.param(DENY.replace("Deny", "Accept"), id="the same action"),
        pytest.param(
            DENY.replace("subject: {namespaces: {}}", "subject: {namespaces: {matchLabels: {a: b}}}"), id="others"
        ),
        pytest.param(
            DENY.replace("from: [{namespaces: {}}]", f"from: [{{{ALL}}}], {PORT_80}").replace("80", "81"),
            id="other ports",
        ),
        pytest.param(cluster_policy(egress(f"action: Deny, to: [{{{ALL}}}]"), name="deny"), id="the other direction"),
    ],
)
def test_connectivity_16_policies_that_leave_nothing_open_are_not_reported(other: str) -> None:
    assert overlaps(ACCEPT, other) == []


def test_connectivity_16_what_an_earlier_policy_has_decided_is_not_open() -> None:
    earlier = cluster_policy(ingress(f"action: Deny, from: [{{{ALL}}}]"), priority=1, name="earlier")
    assert overlaps(ACCEPT, DENY, earlier) == []
    partly = cluster_policy(ingress(f"action: Deny, from: [{{{ALL}}}], {PORT_80}"), priority=1, name="earlier")
    assert overlaps(ACCEPT, DENY, partly) == []


def test_connectivity_16_a_rule_that_is_never_reached_contradicts_nobody() -> None:
    deny_later = ingress(f"action: Accept, from: [{{{ALL}}}]", f"action: Deny, from: [{{{ALL}}}]")
    assert overlaps(ACCEPT, cluster_policy(deny_later, name="deny")) == []


def test_connectivity_16_pass_contradicts_deny() -> None:
    passing = cluster_policy(egress(f"action: Pass, {TO_DB}"), name="pass")
    (problem,) = overlaps(passing, cluster_policy(egress("action: Deny, to: [{networks: [0.0.0.0/0]}]"), name="x"))
    assert "default/web[Pod] => default/db[Pod] : All Connections is Pass there" in problem.message


def test_connectivity_16_contradictions_about_addresses_outside_are_found() -> None:
    rule = "action: {}, to: [{{networks: [8.8.8.0/24]}}]"
    (problem,) = overlaps(
        *(cluster_policy(egress(rule.format(word)), name=word.lower()) for word in ("Accept", "Deny"))
    )
    assert "=> 8.8.8.0/24 : All Connections is Allow there" in problem.message


def test_connectivity_16_each_pair_is_named_once() -> None:
    third = DENY.replace("{name: deny}", "{name: deny-too}")
    assert [problem.object for problem in overlaps(ACCEPT, DENY, third)] == [
        "ClusterNetworkPolicy deny",
        "ClusterNetworkPolicy deny-too",
    ]


def test_equal_priorities_are_heard_by_name() -> None:
    assert web_to_db(ACCEPT, DENY) == "TCP 80"
    assert web_to_db(ACCEPT.replace("name: accept", "name: x"), DENY) == "No Connections"


def test_connectivity_16_both_tiers_are_read_from_one_kind() -> None:
    deny = cluster_policy(ingress(f"action: Deny, {FROM_WEB}"), "Baseline", name="base")
    assert web_to_db(ACCEPT, deny) == "TCP 80"
