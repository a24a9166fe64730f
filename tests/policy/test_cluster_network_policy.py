"""ClusterNetworkPolicy comes into the normal form, or is refused with its field named."""

from __future__ import annotations

import pytest

from tests.policy import admin
from tests.policy.admin import Json
from workbench.ground import ALL_PORTS, NO_PORTS, AddressSet, PortSet
from workbench.policy import (
    EVERYTHING,
    Action,
    Anyone,
    Block,
    Direction,
    DomainNames,
    LeftOut,
    NamedPort,
    Nodes,
    Pods,
    Policy,
    PortMatch,
    Rule,
    RulePeer,
    Selector,
    Tier,
)

KIND = "ClusterNetworkPolicy"
ALL: Json = {"namespaces": {}}
SPEC: Json = {"tier": "Admin", "priority": 10, "subject": ALL}
RULE: Json = {"action": "Deny", "from": [ALL]}


def egress(**rule: object) -> Json:
    return {**SPEC, "egress": [{"action": "Accept", "to": [ALL], **rule}]}


def protocols(*entries: object) -> Json:
    return egress(protocols=list(entries))


def to(**peer: object) -> Json:
    return egress(to=[peer])


def tcp(**destination: object) -> Json:
    return protocols({"tcp": {"destinationPort": destination}})


def accepted(spec: object) -> Policy:
    return admin.accepted(KIND, spec)


def only_rule(spec: object) -> Rule:
    (rule,) = accepted(spec).rules
    return rule


@pytest.mark.parametrize("written, tier", [("Admin", Tier.ADMIN), ("Baseline", Tier.BASELINE)])
def test_connectivity_16_tier_and_priority(written: str, tier: Tier) -> None:
    policy = accepted({**SPEC, "tier": written})
    assert (policy.tier, policy.priority, policy.ref) == (tier, 10, "ClusterNetworkPolicy default")


@pytest.mark.parametrize("written, action", [("Accept", Action.ALLOW), ("Deny", Action.DENY), ("Pass", Action.PASS)])
@pytest.mark.parametrize("tier", ["Admin", "Baseline"])
def test_connectivity_16_actions_of_both_tiers(written: str, action: Action, tier: str) -> None:
    rule = only_rule({**SPEC, "tier": tier, "ingress": [{**RULE, "action": written, "name": "r"}]})
    assert rule == Rule(Direction.INGRESS, 0, (Pods(EVERYTHING),), action=action, name="r")


@pytest.mark.parametrize(
    "written, meant",
    [
        ({"namespaces": {"matchLabels": {"team": "t"}}}, Pods(Selector.of({"team": "t"}))),
        (
            {"pods": {"namespaceSelector": {}, "podSelector": {"matchLabels": {"a": "b"}}}},
            Pods(EVERYTHING, Selector.of({"a": "b"})),
        ),
    ],
)
def test_connectivity_16_subjects_and_pod_peers(written: Json, meant: Pods) -> None:
    assert accepted({**SPEC, "subject": written}).subject == meant
    assert only_rule({**SPEC, "ingress": [{"action": "Deny", "from": [written]}]}).peers == (meant,)
    assert only_rule(egress(to=[written])).peers == (meant,)


def test_connectivity_16_egress_peers_are_also_nodes_and_networks_of_both_families() -> None:
    rule = only_rule(egress(to=[{"nodes": {}}, {"networks": ["0.0.0.0/0", "::/0"]}]))
    assert rule.peers == (
        Nodes(EVERYTHING),
        Block(AddressSet.of("0.0.0.0/0"), "0.0.0.0/0"),
        Block(AddressSet.of("::/0"), "::/0"),
    )


def test_connectivity_16_domain_names_are_kept_and_said_to_be_unresolved() -> None:
    policy, problems = admin.read(KIND, to(domainNames=["*.example.com", "kubernetes.io."]))
    assert isinstance(policy, Policy)
    assert policy.rules[0].peers == (DomainNames(("*.example.com", "kubernetes.io.")),)
    (problem,) = problems
    assert (problem.severity, problem.code) == ("warning", "unresolved-domain-names")
    assert problem.field == "spec.egress[0].to[0].domainNames"
    assert "*.example.com, kubernetes.io." in problem.message


@pytest.mark.parametrize(
    "written, meant",
    [
        (egress(), PortMatch(ALL_PORTS)),
        (tcp(number=80), PortMatch(PortSet.of("TCP", 80))),
        (tcp(range={"start": 1, "end": 9}), PortMatch(PortSet.of("TCP", 1, 9))),
        (protocols({"udp": {"destinationPort": {"number": 53}}}), PortMatch(PortSet.of("UDP", 53))),
        (protocols({"sctp": {"destinationPort": {"number": 9}}}), PortMatch(PortSet.of("SCTP", 9))),
        (
            protocols({"tcp": {"destinationPort": {"number": 1}}}, {"udp": {"destinationPort": {"number": 2}}}),
            PortMatch(PortSet.of("TCP", 1) | PortSet.of("UDP", 2)),
        ),
        (protocols({"destinationNamedPort": "web"}), PortMatch(NO_PORTS, (NamedPort("web", None),))),
    ],
)
def test_connectivity_16_protocols(written: Json, meant: PortMatch) -> None:
    assert only_rule(written).ports == meant


# What the API server refuses

PATH = "spec.egress[0]"


@pytest.mark.parametrize(
    "spec, code, field",
    [
        ({**SPEC, "tier": None}, "missing-field", "spec.tier"),
        ({**SPEC, "tier": "NetworkPolicy"}, "invalid-value", "spec.tier"),
        ({**SPEC, "priority": None}, "missing-field", "spec.priority"),
        ({**SPEC, "priority": 1001}, "invalid-value", "spec.priority"),
        ({**SPEC, "priority": -1}, "invalid-value", "spec.priority"),
        ({**SPEC, "subject": {}}, "exactly-one-of", "spec.subject"),
        ({**SPEC, "subject": None}, "exactly-one-of", "spec.subject"),
        ({**SPEC, "ingress": [RULE] * 26}, "too-many-entries", "spec.ingress"),
        ({**SPEC, "ingress": [{**RULE, "from": []}]}, "missing-field", "spec.ingress[0].from"),
        ({**SPEC, "ingress": [{**RULE, "from": [ALL] * 26}]}, "too-many-entries", "spec.ingress[0].from"),
        ({**SPEC, "ingress": [{**RULE, "from": [{}]}]}, "exactly-one-of", "spec.ingress[0].from[0]"),
        ({**SPEC, "ingress": [{**RULE, "action": "Allow"}]}, "invalid-value", "spec.ingress[0].action"),
        ({**SPEC, "ingress": [{"from": [ALL]}]}, "missing-field", "spec.ingress[0].action"),
        (egress(to=None), "missing-field", f"{PATH}.to"),
        (egress(name="n" * 101), "invalid-value", f"{PATH}.name"),
        (egress(to=[{**ALL, "nodes": {}}]), "exactly-one-of", f"{PATH}.to[0]"),
        (to(networks=["10.0.0.0/33"]), "invalid-value", f"{PATH}.to[0].networks[0]"),
        (to(networks=[]), "missing-field", f"{PATH}.to[0].networks"),
        (to(networks=[f"10.{i}.0.0/16" for i in range(26)]), "too-many-entries", f"{PATH}.to[0].networks"),
        (to(domainNames=[]), "missing-field", f"{PATH}.to[0].domainNames"),
        (to(domainNames=[f"a{i}.example" for i in range(26)]), "too-many-entries", f"{PATH}.to[0].domainNames"),
        (to(domainNames=["*"]), "invalid-value", f"{PATH}.to[0].domainNames[0]"),
        (to(domainNames=["localhost"]), "invalid-value", f"{PATH}.to[0].domainNames[0]"),
        (to(domainNames=["a.*.example"]), "invalid-value", f"{PATH}.to[0].domainNames[0]"),
        (to(domainNames=["a.example"], nodes={}), "exactly-one-of", f"{PATH}.to[0]"),
        (to(networks=["10.0.0.0/8", "::/0", "10.0.0.0/8"]), "given-twice", f"{PATH}.to[0].networks[2]"),
        (to(domainNames=["a.example", "a.example"]), "given-twice", f"{PATH}.to[0].domainNames[1]"),
        (to(networks=["010.0.0.0/8"]), "invalid-value", f"{PATH}.to[0].networks[0]"),
        (to(networks=["::ffff:a00:0/104"]), "invalid-value", f"{PATH}.to[0].networks[0]"),
        (to(pods={"namespaceSelector": {}}), "missing-field", f"{PATH}.to[0].pods.podSelector"),
        (to(services={}), "unknown-field", f"{PATH}.to[0].services"),
        (egress(to=[{**ALL, "services": {}}]), "unknown-field", f"{PATH}.to[0].services"),
        ({**SPEC, "subject": {"pods": {}}}, "missing-field", "spec.subject.pods.podSelector"),
        ({**SPEC, "ingres": []}, "unknown-field", "spec.ingres"),
        (protocols(), "missing-field", f"{PATH}.protocols"),
        (protocols(*[{"destinationNamedPort": "a"}] * 26), "too-many-entries", f"{PATH}.protocols"),
        (protocols({}), "exactly-one-of", f"{PATH}.protocols[0]"),
        (
            protocols({"destinationNamedPort": "a", "tcp": {"destinationPort": {"number": 1}}}),
            "exactly-one-of",
            f"{PATH}.protocols[0]",
        ),
        (protocols({"tcp": {}}), "missing-field", f"{PATH}.protocols[0].tcp.destinationPort"),
        (tcp(), "exactly-one-of", f"{PATH}.protocols[0].tcp.destinationPort"),
        (tcp(number=1, range={"start": 1, "end": 2}), "exactly-one-of", f"{PATH}.protocols[0].tcp.destinationPort"),
        (tcp(number=0), "invalid-value", f"{PATH}.protocols[0].tcp.destinationPort.number"),
        (tcp(number=65536), "invalid-value", f"{PATH}.protocols[0].tcp.destinationPort.number"),
        (tcp(range={"start": 2, "end": 1}), "invalid-value", f"{PATH}.protocols[0].tcp.destinationPort.range.end"),
        (tcp(range={"start": 2, "end": 2}), "invalid-value", f"{PATH}.protocols[0].tcp.destinationPort.range.end"),
    ],
)
def test_connectivity_16_what_the_api_server_rejects_is_one_problem_that_names_the_field(
    spec: Json, code: str, field: str
) -> None:
    assert admin.rejected(KIND, spec) == [(code, field)]


@pytest.mark.parametrize("peer", [{"networks": ["10.0.0.0/8"]}, {"nodes": {}}, {"domainNames": ["a.example"]}])
def test_connectivity_16_only_pods_have_named_ports(peer: Json) -> None:
    spec = egress(to=[ALL, peer], protocols=[{"destinationNamedPort": "web"}])
    assert admin.rejected(KIND, spec) == [("invalid-value", f"{PATH}.protocols[0].destinationNamedPort")]


def test_connectivity_16_25_rules_of_a_direction_are_allowed() -> None:
    assert len(accepted({**SPEC, "ingress": [RULE] * 25}).rules) == 25


# What the API server stores, and nothing defines


@pytest.mark.parametrize(
    "selector, field",
    [
        ({"matchExpressions": [{"key": "a", "operator": "In"}]}, "matchExpressions[0].values"),
        ({"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["b"]}]}, "matchExpressions[0].values"),
        ({"matchExpressions": [{"key": "a", "operator": "in", "values": ["b"]}]}, "matchExpressions[0].operator"),
        ({"matchLabels": {"a": "b c"}}, "matchLabels.a"),
        ({"matchLabels": {"a b": "c"}}, "matchLabels.a b"),
    ],
)
def test_a_selector_that_means_nothing_is_stored_without_a_meaning(selector: Json, field: str) -> None:
    assert admin.undefined(KIND, {**SPEC, "subject": {"namespaces": selector}}) == [f"spec.subject.namespaces.{field}"]


@pytest.mark.parametrize("action", ["Deny", "Pass"])
def test_domain_names_in_a_rule_that_does_not_accept_are_stored_without_a_meaning(action: str) -> None:
    spec = egress(action=action, to=[{"domainNames": ["a.example"]}])
    assert admin.undefined(KIND, spec) == [f"{PATH}.to[0].domainNames"]


@pytest.mark.parametrize("action, peers", [("Accept", ()), ("Deny", (Anyone(),)), ("Pass", (Anyone(),))])
def test_a_peer_without_its_unknown_field_fails_closed(action: str, peers: tuple[RulePeer, ...]) -> None:
    left, problems = admin.read(KIND, egress(action=action, to=[{"services": {}}]))
    assert isinstance(left, LeftOut)
    assert left.prunable
    assert left.policy.rules[0].peers == peers
    assert [problem.severity for problem in left.warnings] == ["warning"]
    assert "matches nothing in a rule that accepts" in problems[0].message


def test_pods_of_all_namespaces_need_no_namespace_selector() -> None:
    rule = only_rule(to(pods={"podSelector": {"matchLabels": {"a": "b"}}}))
    assert rule.peers == (Pods(EVERYTHING, Selector.of({"a": "b"})),)


def test_a_rule_may_have_a_name_of_100_characters() -> None:
    assert only_rule(egress(name="n" * 100)).name == "n" * 100
