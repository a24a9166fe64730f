"""How policies are read (semantics 1-16), rule by rule, on manifests small enough to check by eye."""

from __future__ import annotations

import pytest

from tests.connectivity.manifests import compute, lines, namespace, pod, policy, ports
from workbench.connectivity import Semantics

WEB = pod("web", labels="app: web", ports="{name: http, containerPort: 8080}")
DB = pod(
    "db", labels="app: db", ports="{name: sql, containerPort: 5432}, {name: dns, containerPort: 53, protocol: UDP}"
)
TOOL = pod("tool", "tools", "app: tool")
ANYWHERE = "outside"


def only(pairs: list[str]) -> list[str]:
    """Keep the lines between workloads."""
    return [line for line in pairs if "outside" not in line]


# Section 1: peers


def test_connectivity_6_self_pairs_and_pairs_of_addresses_are_never_listed() -> None:
    found = lines(WEB, policy("podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]"), split=True)
    assert found == [
        "10.0.0.0/8 => default/web[Pod] : All Connections",
        f"default/web[Pod] => {ANYWHERE} : All Connections",
    ]


def test_connectivity_5_pods_of_one_owner_that_policies_tell_apart_are_peers_of_their_own() -> None:
    owner = (
        "metadata: {ownerReferences: [{kind: ReplicaSet, name: rs, controller: true}], name: %s, labels: {role: %s}}"
    )
    pods = [
        pod(name).replace(f"metadata: {{name: {name}, namespace: default, labels: {{}}}}", owner % (name, name))
        for name in "ab"
    ]
    deny_a = policy("podSelector: {matchLabels: {role: a}}")
    assert {peer.name for peer in compute(*pods, deny_a).peers() if peer.kind != "External"} == {
        "default/rs[ReplicaSet]{role=a}",
        "default/rs[ReplicaSet]{role=b}",
    }
    assert [peer.name for peer in compute(*pods).peers() if peer.kind != "External"] == ["default/rs[ReplicaSet]"]


HOST = pod("agent", labels="app: agent", spec="hostNetwork: true")
DENY = policy("podSelector: {}")


def test_connectivity_7_pods_of_the_hosts_network_cannot_be_isolated() -> None:
    found = compute(WEB, HOST, DENY)
    assert ports(found, "web", "agent") == "All Connections"
    assert ports(found, "agent", "web") == "No Connections"
    assert "host's network" in str(found.query("web", "agent"))


def test_connectivity_7_the_reference_isolates_pods_of_the_hosts_network() -> None:
    assert ports(compute(WEB, HOST, DENY, semantics=Semantics.REFERENCE), "web", "agent") == "No Connections"


def test_connectivity_7_pods_never_match_an_ip_block() -> None:
    everyone = policy("podSelector: {matchLabels: {app: db}}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]")
    found = compute(WEB, DB, everyone)
    assert ports(found, "web", "db") == "No Connections"
    assert ports(found, "10.1.1.1", "db") == "All Connections"


# Section 2: addresses

BLOCKS = policy(
    "podSelector: {}, policyTypes: [Ingress, Egress],"
    "ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}]}],"
    "egress: [{to: [{ipBlock: {cidr: 10.0.0.0/9}}, {ipBlock: {cidr: 10.128.0.0/9}}]}]"
)


def test_connectivity_8_sources_are_split_by_ingress_blocks_and_destinations_by_egress_blocks() -> None:
    assert lines(WEB, BLOCKS, split=True) == [
        "10.0.0.0/16 => default/web[Pod] : All Connections",
        "10.2.0.0-10.255.255.255 => default/web[Pod] : All Connections",
        "default/web[Pod] => 10.0.0.0/9 : All Connections",
        "default/web[Pod] => 10.128.0.0/9 : All Connections",
    ]


def test_connectivity_8_people_see_touching_ranges_with_equal_connections_as_one() -> None:
    assert lines(WEB, BLOCKS)[2:] == ["default/web[Pod] => 10.0.0.0/8 : All Connections"]


def test_connectivity_8_the_split_is_cluster_wide() -> None:
    found = lines(WEB, TOOL, BLOCKS, split=True)
    assert "0.0.0.0-9.255.255.255 => tools/tool[Pod] : All Connections" in found
    assert "10.0.0.0/16 => tools/tool[Pod] : All Connections" in found


IPV6 = policy("podSelector: {}, ingress: [{from: [{ipBlock: {cidr: '2001:db8::/32', except: ['2001:db8:1::/48']}}]}]")


def test_connectivity_8_ipv6_blocks_are_answered_like_ipv4() -> None:
    found = lines(WEB, IPV6)
    assert "2001:db8::/48 => default/web[Pod] : All Connections" in found
    assert "2001:db8:2::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff => default/web[Pod] : All Connections" in found
    query = compute(WEB, IPV6).query
    assert query("2001:db8::1", "web").allowed
    assert not query("2001:db8:1::1", "web").allowed
    assert not query("10.0.0.1", "web").allowed


@pytest.mark.parametrize(
    "semantics,families",
    [
        (Semantics(ip_families="4"), ["0.0.0.0/0"]),
        (Semantics(ip_families="6"), ["::/0"]),
        (Semantics(ip_families="both"), ["0.0.0.0/0", "::/0"]),
        (Semantics(), ["0.0.0.0/0"]),
    ],
)
def test_connectivity_8_ipv6_is_listed_where_it_is_asked_for(semantics: Semantics, families: list[str]) -> None:
    found = compute(WEB, semantics=semantics)
    assert [peer.name for peer in found.peers() if peer.kind == "External"] == ["outside"]
    assert found.query("web", "outside").connection == found.query("web", families[-1]).connection
    assert {4 if ":" not in name else 6 for name in families} == {
        family for family, one in ((4, "0.0.0.0/0"), (6, "::/0")) if found.explain("web", one).pairs
    }


def test_connectivity_8_both_families_are_one_line_where_the_same_is_allowed() -> None:
    both = Semantics(ip_families="both")
    assert lines(WEB, semantics=both) == lines(WEB)
    only_six = policy("podSelector: {}, egress: [{to: [{ipBlock: {cidr: '::/0'}}]}]")
    assert [line for line in lines(WEB, only_six) if line.startswith("default/web")] == [
        "default/web[Pod] => ::/0 : All Connections"
    ]
    block = policy("podSelector: {}, egress: [{to: [{ipBlock: {cidr: '::/0'}}, {ipBlock: {cidr: 10.0.0.0/8}}]}]")
    assert [line for line in lines(WEB, block) if line.startswith("default/web")] == [
        "default/web[Pod] => 10.0.0.0/8 : All Connections",
        "default/web[Pod] => ::/0 : All Connections",
    ]


@pytest.mark.parametrize(
    "name", ["outside", "0.0.0.0/0", "0.0.0.0-255.255.255.255", "0.0.0.0-255.255.255.255[External]"]
)
def test_questions_take_everywhere_outside_by_each_of_its_names(name: str) -> None:
    found = compute(
        WEB, policy("podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 80}]}]")
    )
    assert str(found.query(name, "web").connection) == "TCP 80"
    assert [pair.src.name for pair in found.explain(name, "web")] == ["outside"]
    assert list(found.reach(name)["path"]) == [(name, "default/web[Pod]")]


def test_connectivity_8_ipv6_is_listed_where_it_is_mentioned() -> None:
    assert compute(WEB, IPV6).explain("web", "::/0").pairs
    assert not compute(WEB).explain("web", "::/0").pairs


# Section 3: ports


def test_connectivity_11_end_port_is_inclusive() -> None:
    found = compute(WEB, policy("podSelector: {}, ingress: [{ports: [{port: 80, endPort: 82}]}]"))
    assert [found.query("1.1.1.1", "web", port).allowed for port in (79, 80, 82, 83)] == [False, True, True, False]


def test_connectivity_11_protocol_defaults_to_tcp() -> None:
    found = compute(WEB, DB, policy("podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: 53}]}]"))
    assert ports(found, "web", "db") == "TCP 53"


def test_connectivity_12_a_named_port_resolves_on_the_destination() -> None:
    ingress = policy("podSelector: {}, ingress: [{ports: [{port: http}, {port: sql}]}]")
    found = compute(WEB, DB, ingress)
    assert ports(found, "web", "db") == "TCP 5432"
    assert ports(found, "db", "web") == "TCP 8080"
    egress = policy("podSelector: {}, egress: [{to: [{podSelector: {}}], ports: [{port: sql}, {port: 99}]}]")
    found = compute(WEB, DB, egress, policy("podSelector: {}, ingress: [{}]", "open"))
    assert ports(found, "web", "db") == "TCP 99,5432"
    assert ports(found, "db", "web") == "TCP 99"


def test_connectivity_12_the_protocol_of_a_named_port_must_match() -> None:
    found = compute(
        WEB, DB, policy("podSelector: {}, ingress: [{ports: [{port: dns, protocol: UDP}, {port: sql, protocol: UDP}]}]")
    )
    assert ports(found, "web", "db") == "UDP 53"


def test_connectivity_12_a_named_port_that_nothing_declares_opens_nothing_and_is_a_warning() -> None:
    found = compute(WEB, DB, policy("podSelector: {}, ingress: [{ports: [{port: metrics}]}]"))
    assert ports(found, "web", "db") == "No Connections"
    assert [(p.code, p.object, p.field) for p in found.problems_found] == [
        ("unresolved-named-port", "NetworkPolicy default/policy", "spec.ingress[0]")
    ]


def test_connectivity_12_a_named_port_towards_addresses_opens_nothing() -> None:
    found = compute(
        WEB, policy("podSelector: {}, egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: http}]}]")
    )
    assert ports(found, "web", "1.1.1.1") == "No Connections"
    assert [p.code for p in found.problems_found] == ["unresolved-named-port"]


# Section 4: policy logic


def test_without_policies_everything_is_allowed() -> None:
    assert lines(WEB, DB) == [
        "default/db[Pod] => default/web[Pod] : All Connections",
        "default/db[Pod] => outside : All Connections",
        "default/web[Pod] => default/db[Pod] : All Connections",
        "default/web[Pod] => outside : All Connections",
        "outside => default/db[Pod] : All Connections",
        "outside => default/web[Pod] : All Connections",
    ]


def test_connectivity_13_both_ends_must_allow() -> None:
    out = policy(
        "podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{ports: [{port: 1, endPort: 100}]}]",
        "out",
    )
    into = policy("podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: 90, endPort: 200}]}]", "into")
    assert ports(compute(WEB, DB, out, into), "web", "db") == "TCP 90-100"


def test_connectivity_13_allowed_is_the_union_over_policies_and_rules() -> None:
    first = policy("podSelector: {}, ingress: [{ports: [{port: 1}]}, {ports: [{port: 2}]}]", "first")
    second = policy("podSelector: {matchLabels: {app: db}}, ingress: [{ports: [{port: 3}]}]", "second")
    assert ports(compute(WEB, DB, first, second), "web", "db") == "TCP 1-3"


def test_connectivity_13_a_policy_without_rules_isolates() -> None:
    found = compute(WEB, DB, policy("podSelector: {matchLabels: {app: db}}"))
    assert ports(found, "web", "db") == "No Connections"
    assert ports(found, "db", "web") == "All Connections"


def test_connectivity_13_empty_from_is_anyone_inside_and_outside() -> None:
    found = compute(WEB, TOOL, policy("podSelector: {matchLabels: {app: web}}, ingress: [{from: []}]"))
    assert ports(found, "tools/tool", "web") == "All Connections"
    assert ports(found, "1.2.3.4", "web") == "All Connections"


def test_connectivity_13_an_empty_namespace_selector_is_every_pod_and_no_address() -> None:
    found = compute(
        WEB, TOOL, policy("podSelector: {matchLabels: {app: web}}, ingress: [{from: [{namespaceSelector: {}}]}]")
    )
    assert ports(found, "tools/tool", "web") == "All Connections"
    assert ports(found, "1.2.3.4", "web") == "No Connections"


def test_connectivity_13_pod_selector_alone_is_the_policys_own_namespace() -> None:
    other = pod("other", labels="app: tool")
    rule = policy(
        "podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {matchLabels: {app: tool}}}]}]"
    )
    found = compute(WEB, TOOL, other, rule)
    assert ports(found, "default/other", "web") == "All Connections"
    assert ports(found, "tools/tool", "web") == "No Connections"


@pytest.mark.parametrize(
    "expression, reachable",
    [
        ("{key: team, operator: In, values: [red]}", ["red"]),
        ("{key: team, operator: NotIn, values: [red]}", ["blue", "bare"]),
        ("{key: team, operator: Exists}", ["blue", "red"]),
        ("{key: team, operator: DoesNotExist}", ["bare"]),
    ],
)
def test_connectivity_13_operators_and_objects_that_lack_the_key(expression: str, reachable: list[str]) -> None:
    spaces = [namespace("red", "team: red"), namespace("blue", "team: blue"), namespace("bare")]
    pods = [pod("p", name) for name in ("red", "blue", "bare")]
    rule = policy(
        f"podSelector: {{}}, ingress: [{{from: [{{namespaceSelector: {{matchExpressions: [{expression}]}}}}]}}]"
    )
    found = compute(WEB, *spaces, *pods, rule)
    assert sorted(name for name in ("red", "blue", "bare") if found.query(f"{name}/p", "web").allowed) == sorted(
        reachable
    )


def test_connectivity_2_namespaces_are_chosen_by_their_name_label() -> None:
    selector = "namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: tools}}"
    found = compute(
        WEB, DB, TOOL, policy(f"podSelector: {{matchLabels: {{app: web}}}}, ingress: [{{from: [{{{selector}}}]}}]")
    )
    assert ports(found, "tools/tool", "web") == "All Connections"
    assert ports(found, "db", "web") == "No Connections"


def test_connectivity_11_equal_names_in_two_namespaces_are_two_workloads() -> None:
    twin = pod("web", "tools", "app: web")
    found = compute(WEB, twin, DB, policy("podSelector: {matchLabels: {app: web}}"))
    assert ports(found, "db", "default/web") == "No Connections"
    assert ports(found, "db", "tools/web") == "All Connections"
