"""Both admin kinds of v1alpha1 come into the normal form, or are refused with their field named."""

from __future__ import annotations

import pytest

from tests.policy import admin
from tests.policy.admin import Json
from workbench.ground import ALL_PORTS, NO_PORTS, AddressSet, PortSet
from workbench.policy import (
    EVERYTHING,
    Action,
    Block,
    Direction,
    LeftOut,
    NamedPort,
    Nodes,
    Pods,
    Policy,
    PortMatch,
    Rule,
    Selector,
    Tier,
)

ADMIN, BASELINE = "AdminNetworkPolicy", "BaselineAdminNetworkPolicy"
ALL: Json = {"namespaces": {}}
SPEC: Json = {"priority": 10, "subject": ALL}
RULE: Json = {"action": "Deny", "from": [ALL]}


def egress(**rule: object) -> Json:
    return {**SPEC, "egress": [{"action": "Deny", "to": [ALL], **rule}]}


def ports(*entries: object) -> Json:
    return egress(ports=list(entries))


def only_rule(policy: Policy) -> Rule:
    (rule,) = policy.rules
    return rule


def test_connectivity_14_an_admin_policy_is_of_the_admin_tier_with_its_priority() -> None:
    policy = admin.accepted(ADMIN, SPEC, "first")
    assert (policy.tier, policy.priority, policy.ref) == (Tier.ADMIN, 10, "AdminNetworkPolicy first")
    assert policy.isolates == frozenset()


def test_connectivity_14_the_baseline_policy_is_of_the_baseline_tier() -> None:
    policy = admin.accepted(BASELINE, {"subject": ALL, "ingress": [RULE]})
    assert (policy.tier, policy.priority, policy.ref) == (Tier.BASELINE, 0, "BaselineAdminNetworkPolicy default")
    assert only_rule(policy) == Rule(Direction.INGRESS, 0, (Pods(EVERYTHING),), action=Action.DENY)


@pytest.mark.parametrize(
    "written, meant",
    [
        ({"namespaces": {}}, Pods(EVERYTHING)),
        ({"namespaces": {"matchLabels": {"team": "t"}}}, Pods(Selector.of({"team": "t"}))),
        (
            {"pods": {"namespaceSelector": {"matchLabels": {"team": "t"}}, "podSelector": {"matchLabels": {"a": "b"}}}},
            Pods(Selector.of({"team": "t"}), Selector.of({"a": "b"})),
        ),
    ],
)
def test_connectivity_15_namespaces_and_pods_are_subjects_and_peers(written: Json, meant: Pods) -> None:
    assert admin.accepted(ADMIN, {**SPEC, "subject": written}).subject == meant
    assert only_rule(admin.accepted(ADMIN, egress(to=[written]))).peers == (meant,)
    assert only_rule(admin.accepted(ADMIN, {**SPEC, "ingress": [{"action": "Allow", "from": [written]}]})).peers == (
        meant,
    )


def test_connectivity_15_nodes_and_networks_are_peers_of_egress() -> None:
    rule = only_rule(
        admin.accepted(
            ADMIN, egress(to=[{"nodes": {"matchLabels": {"role": "db"}}}, {"networks": ["10.0.0.0/8", "fd00::/8"]}])
        )
    )
    assert rule.peers == (
        Nodes(Selector.of({"role": "db"})),
        Block(AddressSet.of("10.0.0.0/8"), "10.0.0.0/8"),
        Block(AddressSet.of("fd00::/8"), "fd00::/8"),
    )


@pytest.mark.parametrize("action", ["Allow", "Deny", "Pass"])
def test_rules_keep_their_order_their_name_and_their_action(action: str) -> None:
    rules = [{**RULE, "name": "one"}, {**RULE, "name": "two", "action": action}]
    first, second = admin.accepted(ADMIN, {**SPEC, "ingress": rules}).rules
    assert (first.index, first.name, first.action) == (0, "one", Action.DENY)
    assert (second.index, second.name, second.action) == (1, "two", Action(action))


@pytest.mark.parametrize(
    "written, meant",
    [
        (egress(), PortMatch(ALL_PORTS)),
        (ports(), PortMatch(ALL_PORTS)),
        (ports({"portNumber": {"protocol": "UDP", "port": 53}}), PortMatch(PortSet.of("UDP", 53))),
        (ports({"portNumber": {"port": 53}}), PortMatch(PortSet.of("TCP", 53))),
        (ports({"portRange": {"protocol": "SCTP", "start": 1, "end": 9}}), PortMatch(PortSet.of("SCTP", 1, 9))),
        (ports({"portRange": {"start": 7, "end": 7}}), PortMatch(PortSet.of("TCP", 7))),
        (
            ports({"portNumber": {"port": 1}}, {"portNumber": {"port": 3}}),
            PortMatch(PortSet.of("TCP", 1) | PortSet.of("TCP", 3)),
        ),
    ],
)
def test_connectivity_15_ports_are_numbers_and_ranges(written: Json, meant: PortMatch) -> None:
    assert only_rule(admin.accepted(ADMIN, written)).ports == meant


def test_connectivity_12_a_named_port_takes_the_containers_protocol() -> None:
    rule = only_rule(admin.accepted(ADMIN, ports({"namedPort": "web"})))
    assert rule.ports == PortMatch(NO_PORTS, (NamedPort("web", None),))


@pytest.mark.parametrize("peer", [{"networks": ["10.0.0.0/8"]}, {"nodes": {}}])
def test_connectivity_12_a_named_port_towards_addresses_is_skipped_with_a_warning(peer: Json) -> None:
    policy, problems = admin.read(ADMIN, egress(to=[ALL, peer], ports=[{"namedPort": "web"}]))
    assert isinstance(policy, Policy)
    assert [(p.severity, p.code, p.field) for p in problems] == [
        ("warning", "named-port-to-addresses", "spec.egress[0].ports[0].namedPort")
    ]


# What the API server refuses


@pytest.mark.parametrize("priority", [-1, 1001])
def test_connectivity_15_priorities_are_0_to_1000(priority: int) -> None:
    assert admin.rejected(ADMIN, {**SPEC, "priority": priority}) == [("invalid-value", "spec.priority")]


@pytest.mark.parametrize("priority", [0, 1000])
def test_connectivity_15_the_ends_of_the_range_are_priorities(priority: int) -> None:
    assert admin.accepted(ADMIN, {**SPEC, "priority": priority}).priority == priority


def test_an_admin_policy_needs_a_priority() -> None:
    assert admin.rejected(ADMIN, {"subject": ALL}) == [("missing-field", "spec.priority")]


def test_connectivity_15_the_baseline_policy_is_called_default() -> None:
    assert admin.rejected(BASELINE, {"subject": ALL}, "other") == [("invalid-value", "metadata.name")]


BOTH: Json = {"namespaces": {}, "pods": {"namespaceSelector": {}, "podSelector": {}}}


@pytest.mark.parametrize("kind", [ADMIN, BASELINE])
@pytest.mark.parametrize("subject", [None, {}, BOTH])
def test_connectivity_15_a_subject_has_exactly_one_field(kind: str, subject: Json | None) -> None:
    spec = {"subject": subject} | ({"priority": 1} if kind == ADMIN else {})
    assert admin.rejected(kind, spec) == [("exactly-one-of", "spec.subject")]


@pytest.mark.parametrize("peer", [{}, BOTH, {"namespaces": {}, "networks": ["10.0.0.0/8"]}])
def test_connectivity_15_a_peer_has_exactly_one_field(peer: Json) -> None:
    assert admin.rejected(ADMIN, egress(to=[ALL, peer])) == [("exactly-one-of", "spec.egress[0].to[1]")]


@pytest.mark.parametrize("port", [{}, {"namedPort": "web", "portNumber": {"port": 80}}])
def test_connectivity_15_a_port_has_exactly_one_field(port: Json) -> None:
    assert admin.rejected(ADMIN, ports(port)) == [("exactly-one-of", "spec.egress[0].ports[0]")]


@pytest.mark.parametrize("peers", [{}, {"from": None}, {"from": []}])
def test_connectivity_15_from_and_to_are_never_empty(peers: Json) -> None:
    spec = {**SPEC, "ingress": [{"action": "Deny", **peers}]}
    assert admin.rejected(ADMIN, spec) == [("missing-field", "spec.ingress[0].from")]
    assert admin.rejected(ADMIN, egress(to=peers.get("from"))) == [("missing-field", "spec.egress[0].to")]


@pytest.mark.parametrize(
    "kind, action", [(ADMIN, "Accept"), (ADMIN, "deny"), (BASELINE, "Pass"), (BASELINE, "Accept"), (ADMIN, "")]
)
def test_connectivity_15_actions_are_those_of_the_kind(kind: str, action: str) -> None:
    spec = {"subject": ALL, "ingress": [{**RULE, "action": action}]} | ({"priority": 1} if kind == ADMIN else {})
    assert admin.rejected(kind, spec) == [("invalid-value", "spec.ingress[0].action")]


def test_a_rule_needs_an_action() -> None:
    assert admin.rejected(ADMIN, {**SPEC, "ingress": [{"from": [ALL]}]}) == [
        ("missing-field", "spec.ingress[0].action")
    ]


@pytest.mark.parametrize(
    "spec, error",
    [
        (ports({"portNumber": {"port": 0}}), ("invalid-value", "spec.egress[0].ports[0].portNumber.port")),
        (ports({"portNumber": {"port": 65536}}), ("invalid-value", "spec.egress[0].ports[0].portNumber.port")),
        (
            ports({"portNumber": {"port": 1, "protocol": "ICMP"}}),
            ("invalid-value", "spec.egress[0].ports[0].portNumber.protocol"),
        ),
        (ports({"portRange": {"start": 9, "end": 1}}), ("invalid-value", "spec.egress[0].ports[0].portRange.end")),
        (ports({"portRange": {"start": 0, "end": 1}}), ("invalid-value", "spec.egress[0].ports[0].portRange.start")),
        (ports({"portRange": {"start": 1}}), ("invalid-object", "spec.egress[0].ports[0].portRange.end")),
        (ports({"portNumber": {"port": "80"}}), ("invalid-object", "spec.egress[0].ports[0].portNumber.port")),
        (egress(to=[{"networks": ["10.0.0.0"]}]), ("invalid-value", "spec.egress[0].to[0].networks[0]")),
        (egress(to=[{"networks": ["::ffff:10.0.0.0/104"]}]), ("invalid-value", "spec.egress[0].to[0].networks[0]")),
        (egress(to=[{"networks": []}]), ("missing-field", "spec.egress[0].to[0].networks")),
        (egress(to=[{"networks": ["10.0.0.0/8"] * 26}]), ("too-many-entries", "spec.egress[0].to[0].networks")),
        (egress(to=[ALL] * 101), ("too-many-entries", "spec.egress[0].to")),
        (ports(*[{"namedPort": "a"}] * 101), ("too-many-entries", "spec.egress[0].ports")),
        (egress(name="n" * 101), ("invalid-value", "spec.egress[0].name")),
        ({**SPEC, "ingress": [RULE] * 101}, ("too-many-entries", "spec.ingress")),
        ({**SPEC, "ingress": [{**RULE, "from": ["all"]}]}, ("invalid-object", "spec.ingress[0].from[0]")),
        (None, ("missing-field", "spec.priority")),
    ],
)
def test_what_the_api_server_rejects_is_a_problem_that_names_the_field(spec: object, error: tuple[str, str]) -> None:
    assert error in admin.rejected(ADMIN, spec)


def test_nodes_and_networks_are_no_sources() -> None:
    policy, problems = admin.read(ADMIN, {**SPEC, "ingress": [{"action": "Deny", "from": [{"networks": ["::/0"]}]}]})
    assert isinstance(policy, LeftOut)
    (problem,) = problems
    assert (problem.severity, problem.code) == ("error", "unknown-field")
    assert problem.field == "spec.ingress[0].from[0].networks"


def test_a_selector_that_means_nothing_is_stored_without_a_meaning() -> None:
    spec = {**SPEC, "subject": {"namespaces": {"matchLabels": {"a b": "c"}}}}
    assert admin.undefined(ADMIN, spec) == ["spec.subject.namespaces.matchLabels.a b"]


def test_a_missing_selector_of_pods_means_everything_and_is_a_warning() -> None:
    policy, problems = admin.read(ADMIN, {**SPEC, "subject": {"pods": {"podSelector": {"matchLabels": {"a": "b"}}}}})
    assert isinstance(policy, Policy)
    assert policy.subject == Pods(EVERYTHING, Selector.of({"a": "b"}))
    assert [(p.severity, p.code, p.field) for p in problems] == [
        ("warning", "missing-field", "spec.subject.pods.namespaceSelector")
    ]


# The shape of network-policy-api 0.1

OLDER: Json = {"namespaces": {"namespaceSelector": {"matchLabels": {"team": "t"}}}}
OLDER_PODS: Json = {"pods": {**OLDER, "podSelector": {"matchLabels": {"a": "b"}}}}


@pytest.mark.parametrize(
    "peer, meant",
    [
        (OLDER, Pods(Selector.of({"team": "t"}))),
        (OLDER_PODS, Pods(Selector.of({"team": "t"}), Selector.of({"a": "b"}))),
        ({"namespaces": {"namespaceSelector": {}}}, Pods(EVERYTHING)),
    ],
)
@pytest.mark.parametrize("kind", [ADMIN, BASELINE])
@pytest.mark.parametrize("direction, side", [("ingress", "from"), ("egress", "to")])
def test_peers_of_the_older_shape_are_read_as_they_were_meant(
    kind: str, direction: str, side: str, peer: Json, meant: Pods
) -> None:
    spec = {"subject": ALL, direction: [{"action": "Deny", side: [ALL, peer]}]}
    policy, problems = admin.read(kind, {"priority": 1, **spec} if kind == ADMIN else spec)
    assert isinstance(policy, Policy)
    assert only_rule(policy).peers == (Pods(EVERYTHING), meant)
    assert [(problem.severity, problem.code) for problem in problems] == [("warning", "older-shape")]
    assert problems[0].field.startswith(f"spec.{direction}[0].{side}[1].")


def test_a_client_that_drops_unknown_fields_takes_the_older_shape_for_everybody() -> None:
    policy, _ = admin.read(ADMIN, {**SPEC, "ingress": [{"action": "Allow", "from": [OLDER]}]})
    assert isinstance(policy, Policy)
    assert policy.pruned is not None
    assert only_rule(policy.pruned).peers == (Pods(EVERYTHING),)


@pytest.mark.parametrize(
    "peer",
    [
        {"namespaces": {"sameLabels": ["team"]}},
        {"namespaces": {"notSameLabels": ["team"]}},
        {"namespaces": {"namespaceSelector": {}, "sameLabels": ["team"]}},
        {"namespaces": {"namespaceSelector": {}, "matchLabels": {"a": "b"}}},
    ],
)
def test_what_the_older_shape_had_and_today_nothing_means_is_refused(peer: Json) -> None:
    found = admin.rejected(ADMIN, {**SPEC, "ingress": [{"action": "Allow", "from": [peer]}]})
    assert {code for code, _ in found} == {"unknown-field"}


def test_a_subject_of_an_older_name_leaves_no_subject() -> None:
    policy, problems = admin.read(ADMIN, {"priority": 1, "subject": {"namespaceSelector": {}}})
    assert isinstance(policy, LeftOut)
    assert not policy.prunable
    (problem,) = problems
    assert "is left without a subject" in problem.message
