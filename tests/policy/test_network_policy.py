"""NetworkPolicy comes into the normal form as Kubernetes means it, or is refused with its field named."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.manifests.manifest import Manifest
from workbench.manifests.problems import Problem, ProblemLog
from workbench.policy.addresses import AddressSet
from workbench.policy.ports import ALL_PORTS, PortSet
from workbench.policy.readers import is_policy, read_policy
from workbench.policy.rules import Anyone, Block, Direction, NamedPort, Pods, Policy, Tier
from workbench.policy.selectors import EVERYTHING, Operator, Requirement, Selector

Json = dict[str, Any]


def manifest(spec: object, api_version: str = "networking.k8s.io/v1", kind: str = "NetworkPolicy") -> Manifest:
    return Manifest(
        {"apiVersion": api_version, "kind": kind, "metadata": {"name": "p", "namespace": "n"}, "spec": spec}
    )


def read(spec: object) -> tuple[Policy | None, list[Problem]]:
    log = ProblemLog()
    return read_policy(manifest(spec), log), log.items


def accepted(spec: object) -> Policy:
    policy, problems = read(spec)
    assert policy is not None
    assert problems == []
    return policy


def test_a_policy_is_about_the_pods_of_its_own_namespace() -> None:
    policy = accepted({"podSelector": {"matchLabels": {"app": "web"}}})
    assert policy.subject == Pods("n", Selector.of({"app": "web"}))
    assert policy.tier is Tier.NETWORK_POLICY
    assert policy.ref == "NetworkPolicy n/p"


@pytest.mark.parametrize(
    "spec, isolates",
    [
        ({}, {"ingress"}),
        ({"egress": []}, {"ingress"}),
        ({"egress": [{}]}, {"ingress", "egress"}),
        ({"policyTypes": ["Egress"]}, {"egress"}),
        ({"policyTypes": ["Ingress"]}, {"ingress"}),
        ({"policyTypes": ["Ingress", "Egress"]}, {"ingress", "egress"}),
        ({"policyTypes": [], "egress": [{}]}, {"ingress", "egress"}),
    ],
)
def test_connectivity_13_policy_types(spec: Json, isolates: set[str]) -> None:
    assert accepted({"podSelector": {}, **spec}).isolates == isolates


def test_rules_of_a_direction_that_policy_types_leaves_out_have_no_effect_and_a_warning() -> None:
    policy, problems = read({"podSelector": {}, "policyTypes": ["Ingress"], "egress": [{}]})
    assert policy is not None
    assert policy.rules == ()
    assert [(p.code, p.field) for p in problems] == [("rules-without-type", "spec.egress")]


@pytest.mark.parametrize("peers", [{}, {"from": []}, {"from": None}])
def test_connectivity_13_missing_or_empty_from_is_anyone(peers: Json) -> None:
    policy = accepted({"podSelector": {}, "ingress": [peers]})
    assert policy.rules[0].peers == (Anyone(),)


def test_connectivity_13_pod_selector_alone_means_the_own_namespace() -> None:
    policy = accepted({"podSelector": {}, "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "a"}}}]}]})
    assert policy.rules[0].peers == (Pods("n", Selector.of({"app": "a"})),)


def test_connectivity_13_namespace_selector_alone_means_all_their_pods() -> None:
    policy = accepted({"podSelector": {}, "ingress": [{"from": [{"namespaceSelector": {}}]}]})
    assert policy.rules[0].peers == (Pods(EVERYTHING, EVERYTHING),)


def test_both_selectors_of_one_peer_must_hold() -> None:
    peer = {"namespaceSelector": {"matchLabels": {"team": "t"}}, "podSelector": {"matchLabels": {"app": "a"}}}
    policy = accepted({"podSelector": {}, "egress": [{"to": [peer]}]})
    assert policy.rules[0].peers == (Pods(Selector.of({"team": "t"}), Selector.of({"app": "a"})),)


def test_match_expressions_with_all_four_operators() -> None:
    expressions = [
        {"key": "a", "operator": "In", "values": ["2", "1"]},
        {"key": "b", "operator": "NotIn", "values": ["1"]},
        {"key": "c", "operator": "Exists"},
        {"key": "d", "operator": "DoesNotExist"},
    ]
    policy = accepted({"podSelector": {"matchExpressions": expressions}})
    assert policy.subject.pods.requirements == (
        Requirement("a", Operator.IN, ("1", "2")),
        Requirement("b", Operator.NOT_IN, ("1",)),
        Requirement("c", Operator.EXISTS),
        Requirement("d", Operator.DOES_NOT_EXIST),
    )


def test_ip_block_with_exceptions_and_ipv6() -> None:
    blocks = [
        {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
        {"ipBlock": {"cidr": "2001:db8::/32"}},
    ]
    policy = accepted({"podSelector": {}, "egress": [{"to": blocks}]})
    assert policy.rules[0].peers == (
        Block(AddressSet.of("10.0.0.0/8", ("10.1.0.0/16",)), "10.0.0.0/8 except 10.1.0.0/16"),
        Block(AddressSet.of("2001:db8::/32"), "2001:db8::/32"),
    )


@pytest.mark.parametrize(
    "ports, expected",
    [
        (None, ALL_PORTS),
        ([], ALL_PORTS),
        ([{}], PortSet.of("TCP")),
        ([{"port": 80}], PortSet.of("TCP", 80)),
        ([{"protocol": "UDP"}], PortSet.of("UDP")),
        ([{"protocol": "SCTP", "port": 7}], PortSet.of("SCTP", 7)),
        ([{"port": 80, "endPort": 80}], PortSet.of("TCP", 80)),
        (
            [{"port": 80, "endPort": 90}, {"port": 53, "protocol": "UDP"}],
            PortSet.of("TCP", 80, 90) | PortSet.of("UDP", 53),
        ),
        ([{"port": 80.0}], PortSet.of("TCP", 80)),
    ],
)
def test_connectivity_11_ports(ports: list[Json] | None, expected: PortSet) -> None:
    rule = accepted({"podSelector": {}, "ingress": [{"ports": ports}]}).rules[0]
    assert rule.ports.numbers == expected
    assert rule.ports.named == ()


def test_connectivity_12_named_ports_keep_their_protocol() -> None:
    rule = accepted({"podSelector": {}, "ingress": [{"ports": [{"port": "dns", "protocol": "UDP"}, {"port": "http"}]}]})
    assert rule.rules[0].ports.named == (NamedPort("dns", "UDP"), NamedPort("http", "TCP"))
    assert not rule.rules[0].ports.numbers


def rejected(spec: Json) -> set[tuple[str, str]]:
    policy, problems = read({"podSelector": {}, **spec})
    assert policy is None
    assert {problem.severity for problem in problems} == {"error"}
    assert all(problem.object == "NetworkPolicy n/p" and problem.message for problem in problems)
    return {(problem.code, problem.field) for problem in problems}


def port(**fields: object) -> Json:
    return {"ingress": [{}, {"ports": [{"port": 1}, fields]}]}


def peer(**fields: object) -> Json:
    return {"egress": [{"to": [fields]}]}


def expression(**fields: object) -> Json:
    return {"ingress": [{"from": [{"podSelector": {"matchExpressions": [fields]}}]}]}


PORT = "spec.ingress[1].ports[1]"
PEER = "spec.egress[0].to[0]"
EXPRESSION = "spec.ingress[0].from[0].podSelector.matchExpressions[0]"


@pytest.mark.parametrize(
    "spec, field",
    [
        (port(port=90, endPort=80), f"{PORT}.endPort"),
        (port(port="http", endPort=80), f"{PORT}.endPort"),
        (port(endPort=80), f"{PORT}.endPort"),
        (port(port=0), f"{PORT}.port"),
        (port(port=65536), f"{PORT}.port"),
        (port(port=80, endPort=70000), f"{PORT}.endPort"),
        (port(port="80"), f"{PORT}.port"),
        (port(port="Http"), f"{PORT}.port"),
        (port(port="name-longer-than-15"), f"{PORT}.port"),
        (port(protocol="ICMP"), f"{PORT}.protocol"),
        (port(port=True), f"{PORT}.port"),
        (port(port=80.5), f"{PORT}.port"),
        (peer(), PEER),
        (peer(ipBlock={"cidr": "10.0.0.0/8"}, podSelector={}), PEER),
        (peer(ipBlock={"cidr": "10.0.0.0"}), f"{PEER}.ipBlock.cidr"),
        (peer(ipBlock={"cidr": "10.0.0.0/40"}), f"{PEER}.ipBlock.cidr"),
        (peer(ipBlock={}), f"{PEER}.ipBlock.cidr"),
        (peer(ipBlock={"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}), f"{PEER}.ipBlock.except[0]"),
        (peer(ipBlock={"cidr": "10.0.0.0/8", "except": ["10.0.0.0/8"]}), f"{PEER}.ipBlock.except[0]"),
        (peer(ipBlock={"cidr": "10.0.0.0/8", "except": ["2001:db8::/32"]}), f"{PEER}.ipBlock.except[0]"),
        (expression(key="a", operator="in", values=["1"]), f"{EXPRESSION}.operator"),
        (expression(key="a", operator="In"), f"{EXPRESSION}.values"),
        (expression(key="a", operator="Exists", values=["1"]), f"{EXPRESSION}.values"),
        (expression(key="a b", operator="Exists"), f"{EXPRESSION}.key"),
        (expression(key="UPPER.example/a", operator="Exists"), f"{EXPRESSION}.key"),
        (expression(operator="Exists"), f"{EXPRESSION}.key"),
        (expression(key="a", operator="In", values=["-x"]), f"{EXPRESSION}.values[0]"),
        ({"podSelector": {"matchLabels": {"a": "b c"}}}, "spec.podSelector.matchLabels.a"),
        ({"podSelector": {"matchLabels": {"a": 1}}}, "spec.podSelector.matchLabels.a"),
        ({"policyTypes": ["ingress"]}, "spec.policyTypes[0]"),
        ({"ingress": {"from": []}}, "spec.ingress"),
        ({"ingress": ["all"]}, "spec.ingress[0]"),
    ],
)
def test_what_the_api_server_rejects_is_a_problem_that_names_the_field(spec: Json, field: str) -> None:
    assert field in {found for _, found in rejected(spec)}


def test_a_spec_that_is_no_mapping_is_rejected() -> None:
    policy, problems = read(["podSelector"])
    assert policy is None
    assert [problem.field for problem in problems] == ["spec"]


def test_an_unknown_field_is_ignored_with_a_warning() -> None:
    policy, problems = read({"podSelector": {}, "ingres": [], "ingress": [{"form": []}]})
    assert policy is not None
    assert policy.rules[0].peers == (Anyone(),)
    assert {(p.severity, p.field) for p in problems} == {
        ("warning", "spec.ingres"),
        ("warning", "spec.ingress[0].form"),
    }


def test_host_bits_in_a_cidr_are_a_warning() -> None:
    policy, problems = read(peer(ipBlock={"cidr": "10.0.0.1/8"}))
    assert policy is not None
    assert [(p.severity, p.code) for p in problems] == [("warning", "host-bits")]


def test_a_missing_spec_isolates_every_pod_of_the_namespace_for_ingress() -> None:
    policy = accepted(None)
    assert policy.subject == Pods("n", EVERYTHING)
    assert policy.isolates == {Direction.INGRESS}


@pytest.mark.parametrize(
    "api_version, kind",
    [("cilium.io/v2", "CiliumNetworkPolicy"), ("projectcalico.org/v3", "GlobalNetworkPolicy")],
)
def test_a_policy_kind_that_nothing_evaluates_is_a_warning(api_version: str, kind: str) -> None:
    log = ProblemLog()
    found = manifest({}, api_version, kind)
    assert is_policy(found)
    assert read_policy(found, log) is None
    assert [(p.severity, p.code) for p in log] == [("warning", "policy-not-evaluated")]


def test_an_object_that_is_no_policy_is_none() -> None:
    assert not is_policy(manifest({}, "v1", "Pod"))
