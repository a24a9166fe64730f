"""NetworkPolicy comes into the normal form as Kubernetes means it, or is refused with its field named."""

from __future__ import annotations

from typing import Any

import pytest

from workbench.ground import ALL_PORTS, AddressSet, PortSet, Problem, ProblemLog
from workbench.manifests import Manifest
from workbench.policy import (
    EVERYTHING,
    Anyone,
    Block,
    Direction,
    LeftOut,
    NamedPort,
    Operator,
    Pods,
    Policy,
    Requirement,
    Selector,
    Tier,
    is_policy,
    read_policy,
)
from workbench.policy.rules import Why

Json = dict[str, Any]


def manifest(spec: object, api_version: str = "networking.k8s.io/v1", kind: str = "NetworkPolicy") -> Manifest:
    return Manifest(
        {"apiVersion": api_version, "kind": kind, "metadata": {"name": "p", "namespace": "n"}, "spec": spec}
    )


def read(spec: object) -> tuple[Policy | LeftOut, list[Problem]]:
    log = ProblemLog()
    return read_policy(manifest(spec), log), log.items


def accepted(spec: object) -> Policy:
    policy, problems = read(spec)
    assert isinstance(policy, Policy)
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
    assert isinstance(policy, Policy)
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
        Block(AddressSet.of("10.0.0.0/8", ("10.1.0.0/16",)), "10.0.0.0/8", ("10.1.0.0/16",)),
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
    assert isinstance(policy, LeftOut)
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
        ({"policyTypes": ["Ingress", "Egress", "Ingress"]}, "spec.policyTypes"),
        ({"policyTypes": [None]}, "spec.policyTypes[0]"),
        ({"policyTypes": "Ingress"}, "spec.policyTypes"),
        (port(protocol=""), f"{PORT}.protocol"),
        (port(protocol="tcp"), f"{PORT}.protocol"),
        (port(port=""), f"{PORT}.port"),
        (port(port=1, endPort="2"), f"{PORT}.endPort"),
        ({"ingress": [{"from": [None]}]}, "spec.ingress[0].from[0]"),
        ({"podSelector": {"matchExpressions": [None]}}, "spec.podSelector.matchExpressions[0].key"),
        ({"ingress": {"from": []}}, "spec.ingress"),
        ({"ingress": ["all"]}, "spec.ingress[0]"),
    ],
)
def test_what_the_api_server_rejects_is_a_problem_that_names_the_field(spec: Json, field: str) -> None:
    assert field in {found for _, found in rejected(spec)}


def test_a_spec_that_is_no_mapping_is_rejected() -> None:
    policy, problems = read(["podSelector"])
    assert isinstance(policy, LeftOut)
    assert [problem.field for problem in problems] == ["spec"]


@pytest.mark.parametrize(
    "cidr",
    [
        "10.0.0.0/255.0.0.0",
        "10.0.0.0/0.255.255.255",
        "fe80::1%eth0/64",
        "10.0.0.0",
        "10.0.0.0/",
        " 10.0.0.0/8",
        "10.0.0.0/8\n",
        "10.0.0.0/+8",
        "10.0.0/8",
        "10.0.0.256/8",
        "1::2::3/64",
        "",
    ],
)
def test_a_cidr_is_an_address_a_slash_and_a_length(cidr: str) -> None:
    assert rejected(peer(ipBlock={"cidr": cidr})) == {("invalid-value", f"{PEER}.ipBlock.cidr")}


@pytest.mark.parametrize(
    "cidr, means, codes",
    [
        ("10.0.0.1/8", "10.0.0.0/8", ["host-bits"]),
        ("010.0.0.0/8", "10.0.0.0/8", ["leading-zeros"]),
        ("10.0.0.0/08", "10.0.0.0/8", ["leading-zeros"]),
        ("010.0.0.1/8", "10.0.0.0/8", ["host-bits", "leading-zeros"]),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8", ["mapped-ipv4"]),
        ("::ffff:a00:0/104", "10.0.0.0/8", ["mapped-ipv4"]),
    ],
)
def test_spellings_of_a_cidr_that_newer_servers_refuse_are_read_with_a_warning(
    cidr: str, means: str, codes: list[str]
) -> None:
    policy, problems = read(peer(ipBlock={"cidr": cidr}))
    assert isinstance(policy, Policy)
    assert policy.rules[0].peers == (Block(AddressSet.of(means), cidr),)
    assert [(p.severity, p.code) for p in problems] == [("warning", code) for code in codes]
    assert all(f"is read as {means}" in p.message and p.remedy == f"Write {means}." for p in problems)


# What Go makes of null


@pytest.mark.parametrize("written", [[None], [{}, None]])
def test_a_null_rule_is_an_empty_rule_and_a_warning(written: list[object]) -> None:
    policy, problems = read({"podSelector": {}, "ingress": written})
    assert isinstance(policy, Policy)
    assert [(rule.peers, rule.ports.numbers) for rule in policy.rules] == [((Anyone(),), ALL_PORTS)] * len(written)
    assert [(p.severity, p.code, p.field) for p in problems] == [
        ("warning", "null-rule", f"spec.ingress[{len(written) - 1}]")
    ]


@pytest.mark.parametrize("spec", [{"podSelector": None}, {"podSelector": {}, "ingress": None, "policyTypes": None}])
def test_a_null_field_is_a_missing_one(spec: Json) -> None:
    assert accepted(spec).subject == Pods("n", EVERYTHING)


def test_a_null_port_is_every_port_of_tcp() -> None:
    assert accepted({"podSelector": {}, "ingress": [{"ports": [None]}]}).rules[0].ports.numbers == PortSet.of("TCP")


# Fields that the kind does not have


def pruned(spec: object, **beside: object) -> tuple[Policy, list[Problem]]:
    """Return the policy without its unknown fields, which alone are wrong with it, and the problems."""
    log = ProblemLog()
    left = read_policy(Manifest({**manifest(spec).content, **beside}), log)
    assert isinstance(left, LeftOut)
    assert (left.why, left.prunable) == (Why.REFUSED, True)
    assert {(problem.severity, problem.code) for problem in log} == {("error", "unknown-field")}
    assert [problem.field for problem in left.warnings] == [problem.field for problem in log]
    return left.policy, log.items


def test_an_unknown_field_leaves_the_policy_out_and_both_readings_are_known() -> None:
    policy, problems = pruned({"podSelector": {}, "ingres": [], "ingress": [{"form": []}]})
    assert policy.rules[0].peers == (Anyone(),)
    assert {problem.field for problem in problems} == {"spec.ingres", "spec.ingress[0].form"}


@pytest.mark.parametrize(
    "spec, effect, remedy",
    [
        ({"podSelector": {"matchLables": {"a": "b"}}}, "select all pods of namespace n", "Is matchLabels meant?"),
        ({"podSelectr": {"matchLabels": {"a": "b"}}}, "select all pods of namespace n", "Is podSelector meant?"),
        ({"policyType": ["Egress"]}, "select all pods of namespace n, for ingress", "Is policyTypes meant?"),
        (
            {"ingress": [{"from": [{"podSelector": {"matchlabels": {"a": "b"}}}]}]},
            "allow all pods of namespace n",
            "Is matchLabels meant?",
        ),
        (
            {"ingress": [{"from": [{"namespaceSelector": {"labels": {"a": "b"}}}]}]},
            "allow pods of all namespaces",
            "matchLabels",
        ),
        ({"ingress": [{"from": [{"podSelector": {}}], "port": [{"port": 80}]}]}, "allow all ports", "Is ports meant?"),
        ({"ingress": [{"form": [{"podSelector": {}}]}]}, "allow every source on all ports", "Is from meant?"),
        ({"egress": [{"too": [], "ports": [{"port": 1}]}]}, "allow every destination", "Is to meant?"),
        (
            {"egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8", "exept": ["10.1.0.0/16"]}}]}]},
            "allow all of 10.0.0.0/8",
            "Is except meant?",
        ),
        ({"ingress": [{"ports": [{"prt": 80}]}]}, "reads all TCP ports", "Is port meant?"),
        ({"ingress": [{"ports": [{"prtocol": "UDP", "port": 53}]}]}, "reads TCP 53", "Is protocol meant?"),
    ],
)
def test_an_unknown_field_tells_what_a_client_does_that_drops_it(spec: Json, effect: str, remedy: str) -> None:
    _, (problem,) = pruned(spec)
    assert effect in problem.message
    assert remedy in problem.remedy


@pytest.mark.parametrize(
    "spec, remedy",
    [
        ({"from": []}, "A field of this name stands under ingress."),
        ({"podSelector": {"policyTypes": []}}, "A field of this name stands at another indentation."),
        ({"podSelector": {"app": "web"}}, "the fields here are matchLabels, matchExpressions."),
        ({"ingress": [{"matchLabels": {"a": "b"}}]}, "the fields here are ports, from."),
    ],
)
def test_a_field_in_the_wrong_place_is_told_its_right_one(spec: Json, remedy: str) -> None:
    _, (problem,) = pruned({"podSelector": {}, **spec})
    assert problem.remedy.endswith(remedy)


def test_a_peer_with_labels_beside_the_selector_is_told_where_they_belong() -> None:
    _, (problem,) = read({"podSelector": {}, "egress": [{"to": [{"matchLabels": {"a": "b"}}]}]})
    assert problem.remedy == "A field of this name stands under podSelector or namespaceSelector."
    assert "is left with an empty peer" in problem.message


@pytest.mark.parametrize(
    "beside, field",
    [
        ({"sepc": {}}, "sepc"),
        ({"ingress": []}, "ingress"),
        ({"metadata": {"name": "p", "namespace": "n", "lables": {}}}, "metadata.lables"),
    ],
)
def test_fields_beside_the_spec_are_checked_too(beside: Json, field: str) -> None:
    _, (problem,) = pruned({"podSelector": {}}, **beside)
    assert problem.field == field


def test_a_policy_without_spec_tells_where_its_fields_belong() -> None:
    log = ProblemLog()
    content = {key: value for key, value in manifest({}).content.items() if key != "spec"}
    left = read_policy(Manifest({**content, "podSelector": {"matchLabels": {"a": "b"}}}), log)
    assert isinstance(left, LeftOut)
    (problem,) = log
    assert "makes the policy select all pods of namespace n, for ingress" in problem.message
    assert problem.remedy == "A field of this name stands under spec."


def test_a_wrong_entry_of_a_list_is_named_with_its_list() -> None:
    _, (problem,) = read({"podSelector": {}, "ingress": [{"ports": [80]}]})
    assert problem.message == "ports[0] must be a mapping, not 80"


def test_a_status_that_an_older_server_wrote_is_passed_over() -> None:
    log = ProblemLog()
    assert isinstance(read_policy(Manifest({**manifest({}).content, "status": {}}), log), Policy)
    assert log.items == []


def test_a_peer_by_domain_name_is_refused_for_that_and_not_for_being_empty() -> None:
    left, problems = read({"podSelector": {}, "egress": [{"to": [{"dnsName": "api.example.com"}]}]})
    assert isinstance(left, LeftOut)
    assert not left.prunable
    (problem,) = problems
    assert problem.message.startswith("NetworkPolicy has no field 'dnsName' here")
    assert "has no domain names" in problem.remedy


@pytest.mark.parametrize(
    "metadata, field",
    [
        ({"name": "Web"}, "metadata.name"),
        ({"name": "a_b"}, "metadata.name"),
        ({"name": "a" * 254}, "metadata.name"),
        ({"name": "web."}, "metadata.name"),
        ({}, "metadata.name"),
        ({"name": "p", "namespace": "a.b"}, "metadata.namespace"),
        ({"name": "p", "labels": {"a": "b c"}}, "metadata.labels.a"),
        ({"name": "p", "labels": {"a": 1}}, "metadata.labels.a"),
        ({"name": "p", "annotations": {"a": 1}}, "metadata.annotations.a"),
    ],
)
def test_metadata_that_the_api_server_refuses(metadata: Json, field: str) -> None:
    log = ProblemLog()
    left = read_policy(Manifest({**manifest({}).content, "metadata": metadata}), log)
    assert isinstance(left, LeftOut)
    assert [(problem.severity, problem.field) for problem in log] == [("error", field)]


@pytest.mark.parametrize("metadata", [{"name": "a.b-c"}, {"name": "a" * 253}, {"generateName": "a-"}])
def test_metadata_that_the_api_server_takes(metadata: Json) -> None:
    log = ProblemLog()
    assert isinstance(read_policy(Manifest({**manifest({}).content, "metadata": metadata}), log), Policy)
    assert log.items == []


@pytest.mark.parametrize(
    "spec, remedy",
    [
        (port(port="8888-8890"), "Write port: 8888, endPort: 8890."),
        (port(port="80"), "Write the number without quotes: port: 80."),
        (port(port="80,443"), "Make each port an entry of its own."),
        (port(port=90, endPort=80), "Write port: 80, endPort: 90."),
        (port(protocol="tcp"), "Write TCP."),
        ({"policyTypes": ["ingress"]}, "Write Ingress."),
        (expression(key="a", operator="in", values=["1"]), "Write In."),
    ],
)
def test_a_refusal_says_what_to_write(spec: Json, remedy: str) -> None:
    _, problems = read({"podSelector": {}, **spec})
    assert [problem.remedy for problem in problems] == [remedy]


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
    left = read_policy(found, log)
    assert isinstance(left, LeftOut)
    assert left.why is Why.FOREIGN
    assert [(p.severity, p.code) for p in log] == [("warning", "policy-not-evaluated")]


@pytest.mark.parametrize(
    "api_version, kind, ref",
    [
        ("crd.projectcalico.org/v1", "NetworkPolicy", "NetworkPolicy.crd.projectcalico.org n/p"),
        ("crd.antrea.io/v1beta1", "ClusterNetworkPolicy", "ClusterNetworkPolicy.crd.antrea.io p"),
        ("cilium.io/v2", "CiliumNetworkPolicy", "CiliumNetworkPolicy n/p"),
    ],
)
def test_a_kind_that_is_evaluated_in_another_group_is_named_with_its_group(
    api_version: str, kind: str, ref: str
) -> None:
    log = ProblemLog()
    left = read_policy(manifest({}, api_version, kind), log)
    assert isinstance(left, LeftOut)
    assert [left.ref, *(problem.object for problem in log)] == [ref, ref]


def test_a_policy_whose_name_is_made_up_is_named_by_its_beginning() -> None:
    content = {**manifest({}).content, "metadata": {"generateName": "gen-", "namespace": "n"}}
    assert read_policy(Manifest(content), ProblemLog()).ref == "NetworkPolicy n/gen-"


def test_an_object_that_is_no_policy_is_none() -> None:
    assert not is_policy(manifest({}, "v1", "Pod"))
