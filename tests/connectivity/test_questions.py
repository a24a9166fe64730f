"""What is true of policies: two clusters compared, and policies and rules that are good for nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.connectivity.manifests import compute, namespace, pod, policy
from tests.examples import examples
from workbench.connectivity import Connectivity, Semantics, diff, evaluate, frames, sanity
from workbench.connectivity.inputs import engine_of
from workbench.connectivity.policy_analysis.findings import Finding
from workbench.connectivity.policy_analysis.questions import (
    conflicting,
    contained,
    empty,
    equivalent,
    forbids,
    interferes,
    needed,
    overlapping,
    permits,
    redundant,
    shadowed,
    unprotected,
    vacuous,
)
from workbench.connectivity.policy_analysis.removal_impact import is_open_ended
from workbench.connectivity.policy_analysis.statements import Statement, Witness
from workbench.ground import ALL_PORTS, NO_PORTS, AddressSet, PortSet
from workbench.inventory import load_manifests
from workbench.policy import (
    EVERYTHING,
    Action,
    Anyone,
    Block,
    Direction,
    DomainNames,
    Pods,
    Policy,
    PortMatch,
    Rule,
    Tier,
)

Json = dict[str, Any]

WEB, DB = pod("web", labels="app: web"), pod("db", labels="app: db", ports="{name: sql, containerPort: 5432}")
TO_DB = "podSelector: {matchLabels: {app: db}}"
FROM_WEB = "{from: [{podSelector: {matchLabels: {app: web}}}]}"
FROM_WEB_80 = "{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 80}]}"
DENY = policy("podSelector: {}, policyTypes: [Ingress]", "deny")


def found(findings: Iterable[Finding]) -> list[str]:
    """Return what was found as ``policy``, or ``policy direction[index]``."""
    return [
        finding.policy.name + (f" {finding.rule.direction}[{finding.rule.index}]" if finding.rule else "")
        for finding in findings
    ]


def only(statement: Statement) -> Witness:
    (witness,) = statement.witnesses
    return witness


# --- equivalent ------------------------------------------------------------------------------------


def test_clusters_that_allow_the_same_are_equivalent_however_it_is_written() -> None:
    one = policy(f"{TO_DB}, ingress: [{{from: [{{podSelector: {{matchLabels: {{app: web}}}}}}]}}]")
    others = "{from: [{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [db]}]}}]}"
    other = policy(f"{TO_DB}, ingress: [{others}]")
    assert equivalent(compute(WEB, DB, one), compute(WEB, DB, other))


def test_a_connection_that_only_one_allows_is_the_witness() -> None:
    before = compute(WEB, DB, policy(f"{TO_DB}, ingress: [{FROM_WEB}]"))
    after = compute(WEB, DB, policy(f"{TO_DB}, ingress: [{FROM_WEB_80}]"))
    witness = only(equivalent(before, after))
    assert (witness.src, witness.dst) == ("default/web[Pod]", "default/db[Pod]")
    assert str(witness.first) == "All Connections"
    assert str(witness.second) == "TCP 80"
    assert witness.port == ("SCTP", 1)


def test_a_workload_that_only_one_has_is_a_difference_even_without_connections() -> None:
    closed = policy("podSelector: {}, policyTypes: [Ingress, Egress]")
    statement = equivalent(compute(WEB, closed), compute(WEB, DB, closed))
    assert not statement.holds
    assert only(statement).src == "default/db[Pod]"


DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: cache}
spec: {template: {metadata: {labels: {app: cache}}, spec: {containers: [{name: main, image: none}]}}}
---"""


def test_pods_of_one_workload_among_themselves_count() -> None:
    one = policy("podSelector: {}, policyTypes: [Ingress]")
    other = policy("podSelector: {}, ingress: [{from: [{podSelector: {}}]}]")
    assert len(diff(compute(DEPLOYMENT, one), compute(DEPLOYMENT, other))) == 1
    witness = only(equivalent(compute(DEPLOYMENT, one), compute(DEPLOYMENT, other)))
    assert witness.src == witness.dst == "default/cache[Deployment]"


def test_one_pod_does_not_talk_to_itself() -> None:
    one = policy("podSelector: {}, policyTypes: [Ingress]")
    other = policy("podSelector: {}, ingress: [{from: [{podSelector: {}}]}]")
    assert equivalent(compute(WEB, one), compute(WEB, other))


def test_so_many_witnesses_are_kept_and_all_are_counted() -> None:
    pods = [pod(f"pod-{number}") for number in range(5)]
    statement = equivalent(compute(*pods), compute(*pods, DENY), limit=3)
    assert statement.count == 5 * 4 + 5
    assert [(w.src, w.dst) for w in statement.witnesses] == sorted(
        (w.src, w.dst) for w in equivalent(compute(*pods), compute(*pods, DENY)).witnesses
    )[:3]


# --- contained ---------------------------------------------------------------------------------------


def test_less_is_contained_in_more_and_not_the_other_way() -> None:
    less = compute(WEB, DB, policy(f"{TO_DB}, ingress: [{FROM_WEB_80}]"))
    more = compute(WEB, DB, policy(f"{TO_DB}, ingress: [{FROM_WEB}]"))
    assert contained(less, more)
    witness = only(contained(more, less))
    assert str(witness.ports) == "SCTP 1-65535,TCP 1-79,81-65535,UDP 1-65535"


def test_what_lacks_a_workload_contains_nothing_that_has_it() -> None:
    assert not contained(compute(WEB, DB, DENY), compute(WEB))
    assert contained(compute(WEB, DENY), compute(WEB, DB))


# --- permits, forbids, interferes -------------------------------------------------------------------


def test_what_a_specification_allows_by_name_must_be_permitted() -> None:
    wanted = compute(WEB, DB, policy(f"{TO_DB}, ingress: [{FROM_WEB_80}]"))
    assert permits(compute(WEB, DB), wanted)
    assert not permits(compute(WEB, DB, DENY), wanted)
    assert str(only(permits(compute(WEB, DB, DENY), wanted))).startswith("default/web[Pod] => default/db[Pod] : TCP 80")


def test_what_a_specification_is_not_about_need_not_be_permitted() -> None:
    wanted = compute(WEB, DB, policy(f"{TO_DB}, ingress: [{FROM_WEB_80}]"))
    cluster = compute(WEB, DB, policy(f"{TO_DB}, ingress: [{FROM_WEB_80}]"), policy("podSelector: {}", "deny"))
    assert permits(cluster, wanted)
    assert not contained(wanted, cluster)


def test_what_a_specification_allows_by_name_can_be_forbidden() -> None:
    unwanted = compute(WEB, DB, policy(f"{TO_DB}, ingress: [{FROM_WEB_80}]"))
    assert forbids(compute(WEB, DB, DENY), unwanted)
    cluster = compute(WEB, DB, policy(f"{TO_DB}, ingress: [{{ports: [{{port: 1, endPort: 100}}]}}]"))
    assert str(only(forbids(cluster, unwanted)).ports) == "TCP 80"


def test_a_specification_of_egress_is_about_addresses_outside_too() -> None:
    wanted = compute(
        WEB, policy("podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}], policyTypes: [Egress]")
    )
    closed = compute(WEB, policy("podSelector: {}, policyTypes: [Egress]"))
    assert only(permits(closed, wanted)).dst == "10.0.0.0/8"
    assert permits(compute(WEB), wanted)


def test_policies_interfere_with_others_that_keep_closed_what_they_open() -> None:
    opening = compute(WEB, DB, policy(f"{TO_DB}, ingress: [{FROM_WEB}]"))
    closing = compute(WEB, DB, policy(f"{TO_DB}, ingress: [{FROM_WEB_80}]"))
    assert interferes(opening, closing)
    assert only(interferes(opening, closing)).dst == "default/db[Pod]"
    assert not interferes(closing, opening)


# --- vacuous -----------------------------------------------------------------------------------------


def test_policies_that_allow_everything_are_vacuous() -> None:
    assert vacuous(compute(WEB, DB, policy("podSelector: {}, ingress: [{}]")))
    assert vacuous(compute(WEB))


def test_a_policy_that_denies_something_is_not_vacuous() -> None:
    statement = vacuous(compute(WEB, DB, policy(f"{TO_DB}, ingress: [{FROM_WEB}]")))
    assert [(w.src, w.dst) for w in statement.witnesses] == [("outside", "default/db[Pod]")]


# --- redundant, needed -------------------------------------------------------------------------------


def test_a_policy_that_others_cover_is_redundant_and_they_are_named() -> None:
    wide, narrow = (
        policy(f"{TO_DB}, ingress: [{FROM_WEB}]", "wide"),
        policy(f"{TO_DB}, ingress: [{FROM_WEB_80}]", "narrow"),
    )
    findings = redundant(compute(WEB, DB, wide, narrow))
    assert found(findings) == ["narrow"]
    assert [finding.others for finding in findings] == [("NetworkPolicy default/wide spec.ingress[0]",)]


def test_a_denial_is_redundant_where_another_policy_isolates_the_same_pods() -> None:
    findings = redundant(compute(WEB, DB, DENY, policy(TO_DB, "again")), complete=True)
    assert found(findings) == ["again"]
    assert [finding.others for finding in findings] == [("NetworkPolicy default/deny",)]


def test_of_two_policies_that_say_the_same_both_are_redundant() -> None:
    spec = f"{TO_DB}, ingress: [{FROM_WEB}]"
    assert found(redundant(compute(WEB, DB, policy(spec, "one"), policy(spec, "two")))) == ["one", "two"]


def test_a_rule_within_another_is_redundant_and_its_policy_is_not() -> None:
    both = policy(f"{TO_DB}, ingress: [{FROM_WEB}, {FROM_WEB_80}]")
    findings = redundant(compute(WEB, DB, both))
    assert found(findings) == ["policy ingress[1]"]
    assert [finding.others for finding in findings] == [("NetworkPolicy default/policy spec.ingress[0]",)]


def test_a_rule_that_several_others_cover_together_is_redundant() -> None:
    parts = "{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 80}, {port: 81}]}"
    one, other = FROM_WEB_80, FROM_WEB_80.replace("80", "81")
    assert found(redundant(compute(WEB, DB, policy(f"{TO_DB}, ingress: [{one}, {other}, {parts}]")))) == [
        "policy ingress[0]",
        "policy ingress[1]",
        "policy ingress[2]",
    ]
    assert found(redundant(compute(WEB, DB, policy(f"{TO_DB}, ingress: [{one}, {other}]")))) == []


def test_what_the_other_end_denies_anyway_is_redundant() -> None:
    closed = policy("podSelector: {}, policyTypes: [Ingress, Egress]", "closed")
    allow = policy(f"{TO_DB}, ingress: [{FROM_WEB}]", "allow")
    assert found(redundant(compute(WEB, DB, closed, allow))) == ["allow"]


def test_both_ends_of_a_pair_may_be_selected_by_what_is_taken_away() -> None:
    both = policy("podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [{podSelector: {}}]}]", "both")
    statement = needed(compute(WEB, DB, both), "NetworkPolicy default/both")
    assert statement.holds
    witness = only(statement)
    assert witness.first != witness.second


def test_what_only_pods_of_one_workload_need_is_not_redundant() -> None:
    inside = policy(
        "podSelector: {matchLabels: {app: cache}}, ingress: [{from: [{podSelector: {matchLabels: {app: cache}}}]}]",
        "inside",
    )
    cluster = compute(DEPLOYMENT, WEB, DENY, inside)
    assert found(redundant(cluster)) == []
    witness = only(needed(cluster, "NetworkPolicy default/inside"))
    assert witness.src == witness.dst == "default/cache[Deployment]"


INGRESS = """
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
---"""


def test_what_lets_the_ingress_controller_in_is_needed() -> None:
    web = pod("web", labels="app: web", ports="{containerPort: 8080}")
    everyone = policy("podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]", "everyone")
    witness = only(needed(compute(web, INGRESS, DENY, everyone), "NetworkPolicy default/everyone"))
    assert (witness.src, witness.dst) == ("{ingress-controller}", "default/web[Pod]")
    assert witness.port == ("TCP", 8080)


def test_a_rule_can_be_asked_about_on_its_own() -> None:
    cluster = compute(WEB, DB, policy(f"{TO_DB}, ingress: [{FROM_WEB}, {FROM_WEB_80}]"))
    assert needed(cluster, "NetworkPolicy default/policy", (Direction.INGRESS, 0))
    assert not needed(cluster, "NetworkPolicy default/policy", (Direction.INGRESS, 1))


def test_an_unknown_policy_or_rule_is_an_error() -> None:
    with pytest.raises(LookupError, match="there is no policy NetworkPolicy default/nothing"):
        needed(compute(WEB), "NetworkPolicy default/nothing")
    with pytest.raises(LookupError, match=r"has no rule spec\.egress\[0\]"):
        needed(compute(WEB, DENY), "NetworkPolicy default/deny", (Direction.EGRESS, 0))


# --- empty -------------------------------------------------------------------------------------------


def test_a_policy_that_selects_no_pods_is_empty() -> None:
    assert found(empty(compute(WEB, policy("podSelector: {matchLabels: {app: nobody}}, ingress: [{}]")))) == ["policy"]


@pytest.mark.parametrize(
    "peer",
    [
        "{podSelector: {matchLabels: {app: nobody}}}",
        "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}}",
    ],
)
def test_a_rule_whose_peers_are_nobody_is_empty(peer: str) -> None:
    cluster = compute(WEB, namespace("other"), policy(f"podSelector: {{}}, ingress: [{{from: [{peer}]}}, {{}}]"))
    assert found(empty(cluster)) == ["policy ingress[0]"]


def test_a_rule_is_not_empty_if_one_of_its_peers_is_somebody() -> None:
    peers = "{podSelector: {matchLabels: {app: nobody}}}, {ipBlock: {cidr: 10.0.0.0/8}}"
    assert found(empty(compute(WEB, policy(f"podSelector: {{}}, ingress: [{{from: [{peers}]}}]")))) == []


def test_a_rule_for_a_port_that_nobody_declares_is_empty() -> None:
    cluster = compute(WEB, DB, policy(f"{TO_DB}, ingress: [{{ports: [{{port: sql}}]}}, {{ports: [{{port: http}}]}}]"))
    assert found(empty(cluster)) == ["policy ingress[1]"]


# --- shadowed ----------------------------------------------------------------------------------------


def admin(name: str, rules: list[Rule], priority: int = 0, tier: Tier = Tier.ADMIN) -> Policy:
    return Policy("AdminNetworkPolicy", "", name, tier, Pods(EVERYTHING), rules=tuple(rules), priority=priority)


def ingress(index: int, action: Action, *ports: PortSet) -> Rule:
    return Rule(Direction.INGRESS, index, (Pods(EVERYTHING),), PortMatch(PortSet.union_of(ports) or ALL_PORTS), action)


TCP_80, TCP_90, LOW = PortSet.of("TCP", 80), PortSet.of("TCP", 90), PortSet.of("TCP", 1, 100)


def with_admin(*policies: Policy, manifests: tuple[str, ...] = ()) -> Connectivity:
    return compute(WEB, DB, *manifests).with_policies(add=policies)


def test_a_rule_behind_one_that_claims_all_it_matches_is_shadowed() -> None:
    policies = admin("first", [ingress(0, Action.ALLOW, LOW), ingress(1, Action.ALLOW, TCP_80)])
    findings = shadowed(with_admin(policies))
    assert found(findings) == ["first ingress[1]"]
    (finding,) = findings
    assert finding.others == ("AdminNetworkPolicy first spec.ingress[0]",)
    assert "differently" not in finding.message


def test_a_rule_behind_one_with_another_action_says_so() -> None:
    (finding,) = shadowed(
        with_admin(
            admin("first", [ingress(0, Action.DENY, LOW)], priority=1),
            admin("second", [ingress(0, Action.ALLOW, TCP_80)], priority=2),
        )
    )
    assert finding.policy.name == "second"
    assert "differently" in finding.message


def test_a_rule_that_two_earlier_ones_claim_together_is_shadowed() -> None:
    rules = [ingress(0, Action.ALLOW, TCP_80), ingress(1, Action.PASS, TCP_90), ingress(2, Action.DENY, TCP_80, TCP_90)]
    (finding,) = shadowed(with_admin(admin("first", rules)))
    assert finding.others == ("AdminNetworkPolicy first spec.ingress[0]", "AdminNetworkPolicy first spec.ingress[1]")


def test_a_rule_with_something_left_is_not_shadowed() -> None:
    assert not shadowed(with_admin(admin("first", [ingress(0, Action.ALLOW, TCP_80), ingress(1, Action.DENY, LOW)])))


def test_a_network_policy_rule_is_shadowed_where_the_admin_tier_decides() -> None:
    rule = policy("podSelector: {}, ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}]", "rule")
    (finding,) = shadowed(with_admin(admin("first", [ingress(0, Action.DENY, LOW)]), manifests=(rule,)))
    assert finding.policy.name == "rule"
    assert "differently" in finding.message


def test_what_the_admin_tier_passes_is_heard_below() -> None:
    rule = policy("podSelector: {}, ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}]", "rule")
    assert not shadowed(with_admin(admin("first", [ingress(0, Action.PASS, LOW)]), manifests=(rule,)))


def test_a_baseline_rule_is_shadowed_where_network_policies_isolate() -> None:
    baseline = admin("default", [ingress(0, Action.DENY, LOW)], tier=Tier.BASELINE)
    (finding,) = shadowed(with_admin(baseline, manifests=(DENY,)))
    assert finding.others == ("NetworkPolicy default/deny",)
    assert not shadowed(with_admin(baseline, manifests=(policy(TO_DB, "some"),)))


def test_what_matches_nobody_is_not_shadowed() -> None:
    nobody = Rule(Direction.EGRESS, 1, (Block(AddressSet(), "nothing"),))
    first = Rule(Direction.EGRESS, 0, (Anyone(),))
    assert not shadowed(with_admin(admin("first", [first, nobody])))


def test_shadowed_rules_are_redundant_too() -> None:
    cluster = with_admin(admin("first", [ingress(0, Action.DENY, LOW), ingress(1, Action.ALLOW, TCP_80)]))
    assert found(redundant(cluster)) == ["first ingress[1]"]


# --- conflicting -------------------------------------------------------------------------------------


def test_policies_of_one_priority_that_contradict_each_other_conflict() -> None:
    cluster = with_admin(
        admin("allow", [ingress(0, Action.ALLOW, TCP_80)], priority=5),
        admin("deny", [ingress(0, Action.DENY, LOW)], priority=5),
    )
    (finding,) = conflicting(cluster)
    assert found([finding]) == ["deny ingress[0]"]
    assert finding.others == ("AdminNetworkPolicy allow spec.ingress[0]",)
    assert finding.witness is not None
    assert (finding.witness.first, finding.witness.second) == (TCP_80, NO_PORTS)
    assert {finding.witness.src, finding.witness.dst} == {"default/db[Pod]", "default/web[Pod]"}
    assert [f.code for f in sanity(cluster)] == ["conflicting"]


def test_policies_of_different_priorities_do_not_conflict() -> None:
    cluster = with_admin(
        admin("allow", [ingress(0, Action.ALLOW, TCP_80)], priority=5),
        admin("deny", [ingress(0, Action.DENY, LOW)], priority=6),
    )
    assert not conflicting(cluster)


# --- what manifests do not tell -------------------------------------------------------------------------


def test_a_rule_about_domain_names_is_neither_empty_nor_redundant() -> None:
    names = Rule(Direction.EGRESS, 0, (DomainNames(("example.com",)),))
    cluster = with_admin(admin("names", [names]))
    assert not empty(cluster)
    assert not redundant(cluster)
    statement = needed(cluster, "AdminNetworkPolicy names")
    assert statement.holds
    assert statement.witnesses == ()


def test_a_network_is_no_policy() -> None:
    network = """
apiVersion: k8s.ovn.org/v1
kind: UserDefinedNetwork
metadata: {name: blue, namespace: shop}
spec: {topology: Layer2, layer2: {role: Primary, subnets: [10.0.0.0/24]}}
---"""
    cluster = compute(namespace("shop", "k8s.ovn.org/primary-user-defined-network: ''"), pod("a", "shop"), WEB, network)
    assert str(cluster.query("a", "web").connection) == "No Connections"
    assert not redundant(cluster)
    assert vacuous(cluster)
    assert len(unprotected(cluster)) == 4


# --- unprotected, sanity ------------------------------------------------------------------------------


def test_workloads_that_no_policy_selects_are_unprotected_in_each_direction() -> None:
    frame = unprotected(compute(WEB, DB, policy(f"{TO_DB}, egress: [{{}}]")))
    assert frame.to_dict("records") == [
        {"workload": "default/web[Pod]", "kind": "Pod", "namespace": "default", "direction": direction}
        for direction in ("ingress", "egress")
    ]


def test_an_egress_rule_captures_egress_only_if_the_policy_is_of_that_type() -> None:
    frame = unprotected(compute(WEB, policy("podSelector: {}, policyTypes: [Ingress], egress: [{}]")))
    assert list(frame["direction"]) == ["egress"]


def test_sanity_names_each_thing_once() -> None:
    cluster = with_admin(
        admin("first", [ingress(0, Action.DENY, LOW), ingress(1, Action.ALLOW, TCP_80)]),
        manifests=(
            policy("podSelector: {matchLabels: {app: nobody}}", "nobody"),
            DENY,
            policy(f"{TO_DB}, ingress: [{FROM_WEB}]", "again"),
            policy(f"{TO_DB}, ingress: [{FROM_WEB}]", "one"),
        ),
    )
    assert [(finding.code, *found([finding])) for finding in sanity(cluster)] == [
        ("redundant", "again"),
        ("empty", "nobody"),
        ("redundant", "one"),
        ("shadowed", "first ingress[1]"),
    ]


# --- frames ------------------------------------------------------------------------------------------


def test_frames_have_the_documented_columns_and_dtypes() -> None:
    full, nothing = compute(WEB, DB, DENY, policy("podSelector: {matchLabels: {app: gone}}", "gone")), compute(WEB)
    for findings in (empty(full), empty(nothing)):
        frames.FINDINGS.checked(findings.to_frame())
    for statement in (equivalent(full, nothing), equivalent(nothing, nothing)):
        frames.WITNESSES.checked(statement.to_frame())
    for cluster in (full, nothing):
        frames.UNPROTECTED.checked(unprotected(cluster))
    assert len(empty(full).to_frame()) == 1
    assert len(equivalent(full, nothing).to_frame()) == equivalent(full, nothing).count


def test_a_finding_tells_the_line_of_its_rule() -> None:
    both = policy(f"{TO_DB}, ingress: [{FROM_WEB}, {FROM_WEB_80}]")
    (row,) = redundant(compute(WEB, DB, both)).to_frame().to_dict("records")
    assert row["rule"] == "spec.ingress[1]"
    assert isinstance(row["line"], int)


def test_questions_take_clusters_as_well() -> None:
    cluster = load_manifests(f"{WEB}{DB}{DENY}\n")
    assert equivalent(cluster, evaluate(cluster))
    assert len(redundant(cluster)) == 0


# --- on any cluster ----------------------------------------------------------------------------------


def read(manifests: list[Json]) -> Connectivity:
    cluster = load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n")
    return evaluate(cluster, semantics=Semantics(ip_families="both"))


def everything(conn: Connectivity) -> list[str]:
    return [f"{c.src.name} {c.dst.name} {c.ports}" for c in conn.connections("split")]


@settings(max_examples=examples(40), deadline=None)
@given(clusters.clusters())
def test_what_is_redundant_can_be_taken_away_and_what_is_not_changes_what_its_witness_shows(
    manifests: list[Json],
) -> None:
    conn = read(manifests)
    spare = {finding.policy.ref for finding in redundant(conn, complete=True) if finding.rule is None}
    engine = engine_of(conn)
    for ref, number in engine.numbers.items():
        without = conn.with_policies(remove=[ref])
        statement = needed(conn, ref, complete=True)
        assert statement.holds is (ref not in spare)
        assert bool(statement.count) is (everything(conn) != everything(without))
        if not statement.count:
            assert statement.holds is any(is_open_ended(engine, rule) for rule in engine.policies[number].rules)
        else:
            witness = only(statement)
            for known, ports in ((conn, witness.first), (without, witness.second)):
                assert known.query(witness.src, witness.dst).connection == ports


@settings(max_examples=examples(25), deadline=None)
@given(clusters.clusters())
def test_a_redundant_rule_can_be_taken_away_and_no_other_rule_can(manifests: list[Json]) -> None:
    conn = read(manifests)
    engine = engine_of(conn)
    for ref, number in engine.numbers.items():
        whole = engine.policies[number]
        for place, rule in enumerate(whole.rules):
            shorter = replace(whole, rules=(*whole.rules[:place], *whole.rules[place + 1 :]))
            changes = everything(conn) != everything(conn.with_policies(add=[shorter]))
            statement = needed(conn, ref, (rule.direction, rule.index), complete=True)
            assert statement.holds is (changes or is_open_ended(engine, rule))


@settings(max_examples=examples(25), deadline=None)
@given(clusters.clusters(), st.data())
def test_equivalence_is_symmetric_and_is_containment_both_ways(manifests: list[Json], data: st.DataObject) -> None:
    one = read(manifests)
    refs = sorted(engine_of(one).numbers)
    gone = data.draw(st.sets(st.sampled_from(refs))) if refs else set()
    other = one.with_policies(remove=gone)
    statement = equivalent(one, other)
    assert statement.holds is (everything(one) == everything(other))
    assert statement.holds is equivalent(other, one).holds
    assert statement.holds is (contained(one, other).holds and contained(other, one).holds)
    mirrored = equivalent(other, one).witnesses
    assert [(w.src, w.dst, w.second, w.first) for w in mirrored] == [
        (w.src, w.dst, w.first, w.second) for w in statement.witnesses
    ]


@settings(max_examples=examples(25), deadline=None)
@given(clusters.clusters())
def test_a_cluster_permits_what_its_own_policies_allow_by_name(manifests: list[Json]) -> None:
    conn = read(manifests)
    assert permits(conn, conn)
    assert not interferes(conn, conn)
    statement = forbids(conn, conn)
    for witness in statement.witnesses:
        assert witness.ports == witness.first
        assert not witness.ports - witness.second
    assert NO_PORTS not in [witness.ports for witness in statement.witnesses]


# overlapping


def test_two_policies_that_select_a_workload_in_common_overlap() -> None:
    to_db, to_web = policy(TO_DB, "db"), policy("podSelector: {matchLabels: {app: web}}", "web")
    conn = compute(WEB, DB, to_db, to_web, DENY)
    assert [str(finding) for finding in overlapping(conn)] == [
        "overlapping: NetworkPolicy default/deny selects default/db[Pod], as does: NetworkPolicy default/db",
        "overlapping: NetworkPolicy default/web selects default/web[Pod], as does: NetworkPolicy default/deny",
    ]
    assert not list(overlapping(compute(WEB, DB, to_db, to_web)))
