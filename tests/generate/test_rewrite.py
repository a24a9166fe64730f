"""Fewer policies of the same meaning (minimal-rewrite 1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.connectivity.manifests import namespace, pod, policy
from tests.examples import examples
from workbench.connectivity.policy_analysis.questions import equivalent
from workbench.generate import NotProvenError, Proposal, rewritten, size_of
from workbench.generate.rewriting.covering import port_units, without_unit
from workbench.generate.rewriting.proof import check_same_meaning
from workbench.ground import ArgumentError
from workbench.inventory import Cluster, load_manifests, synthetic_manifests
from workbench.policy import Policy, Rule, write_policies

Json = dict[str, Any]
WEB = "podSelector: {matchLabels: {app: web}}"
ALL, BLOCK = "{podSelector: {}}", "{ipBlock: {cidr: 10.0.0.0/8}}"
HALF = "{ipBlock: {cidr: 0.0.0.0/1}}"
SMALLER = "{from: [{ipBlock: {cidr: 10.1.0.0/16}}], ports: [{port: 80, endPort: 81}]}"
NONE = "{podSelector: {matchLabels: {app: a}, matchExpressions: [{key: app, operator: DoesNotExist}]}}"
A, B = "{podSelector: {matchLabels: {app: a}}}", "{podSelector: {matchLabels: {app: b}}}"


def read(*documents: str) -> Cluster:
    return load_manifests("\n".join(["", namespace("default"), pod("web", labels="app: web"), *documents, ""]))


def specs(proposal: Proposal) -> list[str]:
    """Return the subject, the directions and the rules of each policy, a line each."""
    return [
        " ".join([one.name, *(f"| {rule.direction.value}: {_peers(rule)} {rule.ports.numbers}" for rule in one.rules)])
        for one in proposal.policies
    ]


def _peers(rule: Rule) -> str:
    return "; ".join(str(getattr(peer, "pods", getattr(peer, "text", "anyone"))) for peer in rule.peers)


# --- put together ----------------------------------------------------------------------------------


def test_policies_about_the_same_pods_become_one() -> None:
    found = rewritten(
        read(
            policy(f"{WEB}, ingress: [{{from: [{A}], ports: [{{port: 80}}]}}]", "one"),
            policy(f"{WEB}, ingress: [{{from: [{B}], ports: [{{port: 81}}]}}]", "two"),
        )
    )
    assert specs(found) == ["web | ingress: app=a TCP 80 | ingress: app=b TCP 81"]
    assert found.replaces == ("NetworkPolicy default/one", "NetworkPolicy default/two")


def test_policies_that_say_the_same_of_other_pods_become_one() -> None:
    rule = f"ingress: [{{from: [{A}]}}]"
    found = rewritten(
        read(
            policy(f"{WEB}, {rule}", "one"),
            policy(f"podSelector: {{matchLabels: {{app: db}}}}, {rule}", "two"),
            policy(f"podSelector: {{matchLabels: {{tier: x}}}}, {rule}", "other"),
        )
    )
    assert [str(one.subject.pods) for one in found.policies] == ["app in (db,web)", "tier=x"]


@pytest.mark.parametrize(
    "rules,expected",
    [
        # rules with the same ports, and with the same peers
        (f"{{from: [{A}], ports: [{{port: 80}}]}}, {{from: [{BLOCK}], ports: [{{port: 80}}]}}",
         "app=a; 10.0.0.0/8 TCP 80"),
        (f"{{from: [{A}], ports: [{{port: 80}}]}}, {{from: [{A}], ports: [{{port: 81}}]}}", "app=a TCP 80-81"),
        # peers that differ in the values of one label
        (f"{{from: [{A}, {B}]}}", "app in (a,b) All Connections"),
        # blocks that are one, that one holds, and that fill an exception
        ("{from: [{ipBlock: {cidr: 10.0.0.0/9}}, {ipBlock: {cidr: 10.128.0.0/9}}]}", "10.0.0.0/8 All Connections"),
        ("{from: [{ipBlock: {cidr: 10.0.0.0/8}}, {ipBlock: {cidr: 10.1.0.0/16}}]}", "10.0.0.0/8 All Connections"),
        ("{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}}, {ipBlock: {cidr: 10.1.0.0/16}}]}",
         "10.0.0.0/8 All Connections"),
        ("{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/9]}}]}", "10.128.0.0/9 All Connections"),
        ("{from: [{ipBlock: {cidr: '2001:db8::/33'}}, {ipBlock: {cidr: '2001:db8:8000::/33'}}]}",
         "2001:db8::/32 All Connections"),
        # blocks that would be longer as one
        ("{from: [{ipBlock: {cidr: 10.0.0.0/24}}, {ipBlock: {cidr: 10.0.3.0/24}}]}",
         "10.0.0.0/24; 10.0.3.0/24 All Connections"),
    ],
)  # fmt: skip
def test_what_one_entry_can_say_is_one_entry(rules: str, expected: str) -> None:
    assert specs(rewritten(read(policy(f"{WEB}, ingress: [{rules}]")))) in (
        [f"policy | ingress: {expected}"],
        [f"web | ingress: {expected}"],
    )


# --- left out --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rules,expected",
    [
        # a peer, a port and a rule that others hold
        (f"{{from: [{A}, {{podSelector: {{}}}}]}}", "* All Connections"),
        (f"{{from: [{ALL}], ports: [{{port: 80}}]}}, {{from: [{A}], ports: [{{port: 80}}, {{port: 90}}]}}",
         "* TCP 80 | ingress: app=a TCP 90"),
        (f"{{from: [{A}], ports: [{{port: 80}}]}}, {{from: [{A}], ports: [{{protocol: TCP}}]}}", "app=a TCP 1-65535"),
        (f"{{}}, {{from: [{A}]}}", "anyone All Connections"),
        # a name is any port of its protocol, and no number is known to be it
        (f"{{from: [{A}], ports: [{{port: http}}, {{protocol: TCP}}]}}", "app=a TCP 1-65535"),
        # what several hold together
        (f"{{from: [{BLOCK}], ports: [{{port: 80}}]}}, {{from: [{HALF}], ports: [{{port: 81}}]}}, {SMALLER}",
         "0.0.0.0/1 TCP 81 | ingress: 10.0.0.0/8 TCP 80"),
        # what nothing meets
        (f"{{from: [{NONE}, {ALL}], ports: [{{port: 80}}]}}", "* TCP 80"),
    ],
)  # fmt: skip
def test_what_others_say_goes(rules: str, expected: str) -> None:
    assert specs(rewritten(read(policy(f"{WEB}, ingress: [{rules}]")))) == [f"web | ingress: {expected}"]


def test_a_rule_goes_that_a_policy_about_more_pods_has() -> None:
    found = rewritten(
        read(
            policy(f"{WEB}, ingress: [{{from: [{A}], ports: [{{port: 80}}]}}]", "narrow"),
            policy(f"podSelector: {{}}, ingress: [{{from: [{A}]}}]", "wide"),
        )
    )
    assert specs(found) == ["wide | ingress: app=a All Connections"]


def test_a_policy_that_isolates_goes_where_another_isolates_more_pods() -> None:
    found = rewritten(read(policy(WEB, "narrow"), policy("podSelector: {}, policyTypes: [Ingress, Egress]", "all")))
    assert [one.name for one in found.policies] == ["all"]


def test_a_default_deny_stays_although_each_pod_is_isolated_by_another() -> None:
    cluster = read(policy(WEB, "one"), policy(f"podSelector: {{}}, ingress: [{{from: [{A}]}}]", "all"))
    alone = rewritten(read(policy("podSelector: {}", "deny"), policy(f"{WEB}, ingress: [{{from: [{A}]}}]", "web")))
    assert {one.name for one in alone.policies} == {"deny", "web"}
    assert [one.name for one in rewritten(cluster).policies] == ["all"]


def test_a_rule_for_pods_that_may_come_stays() -> None:
    """A real pod has both labels, and others may have one of them."""
    both = pod("client", labels="app: a, tier: x")
    tier = "{podSelector: {matchLabels: {tier: x}}}"
    found = rewritten(read(both, policy(f"{WEB}, ingress: [{{from: [{A}, {tier}]}}]")))
    assert specs(found) == ["policy | ingress: app=a; tier=x All Connections"]


def test_labels_of_namespaces_that_are_there_are_known() -> None:
    peers = (
        "{namespaceSelector: {matchLabels: {team: red}}}, "
        "{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}}"
    )
    one = policy(f"{WEB}, ingress: [{{from: [{peers}]}}]")
    known = rewritten(read(namespace("other", "team: red"), one))
    assert size_of(known.policies).peers == 1
    assert size_of(rewritten(read(namespace("other", "team: blue"), one)).policies).peers == 2
    assert size_of(rewritten(read(one)).policies).peers == 2


# --- what is proposed ------------------------------------------------------------------------------


def test_policies_that_need_no_change_stay_as_they_are() -> None:
    cluster = read(policy(f"{WEB}, ingress: [{{from: [{B}, {{podSelector: {{matchLabels: {{tier: x}}}}}}]}}]", "mine"))
    found = rewritten(cluster)
    assert (found.policies, found.replaces) == (cluster.objects.policies, ())
    assert found.drafts[0].because == "as it was"


def test_what_is_changed_has_a_new_name_so_that_it_can_be_applied_first() -> None:
    twice = [policy(f"{WEB}, ingress: [{{from: [{one}]}}]", name) for one, name in ((A, "web"), (B, "web-2"))]
    found = rewritten(read(*twice))
    assert [one.name for one in found.policies] == ["web-3"]
    both = found.cluster.with_policies(found.policies)
    assert equivalent(found.cluster, both)
    assert equivalent(both, found.changed_cluster)


def test_the_size_is_said_before_and_after() -> None:
    found = rewritten(read(policy(f"{WEB}, ingress: [{{from: [{A}]}}, {{from: [{B}], ports: [{{port: 1}}]}}]", "one"),
                           policy(f"{WEB}, ingress: [{{from: [{A}, {B}]}}]", "two")))  # fmt: skip
    assert found.notes == (
        "before: 2 policies, 3 rules, 4 peers, 1 port",
        "after: 1 policy, 1 rule, 1 peer, 0 ports",
    )


def test_only_the_policies_that_are_named_are_rewritten_and_the_others_count() -> None:
    cluster = read(
        policy(f"{WEB}, ingress: [{{from: [{A}]}}]", "one"),
        policy(f"{WEB}, ingress: [{{from: [{A}, {B}]}}]", "two"),
        policy(f"{WEB}, ingress: [{{from: [{B}]}}]", "three"),
    )
    found = rewritten(cluster, ["NetworkPolicy default/one"])
    assert (found.policies, found.replaces) == ((), ("NetworkPolicy default/one",))
    with pytest.raises(ArgumentError, match="no NetworkPolicy"):
        rewritten(cluster, ["NetworkPolicy default/four"])


def test_protected_namespaces_are_left_alone() -> None:
    system = [policy(WEB, name, "kube-system") for name in ("one", "two")]
    assert rewritten(read(*system)).policies == ()
    assert len(rewritten(read(*system), protected=()).policies) == 1


def test_what_does_not_mean_the_same_is_refused() -> None:
    one = read(policy(f"{WEB}, ingress: [{{from: [{A}]}}]"))
    for other in (
        f"{WEB}, ingress: [{{from: [{B}]}}]",
        "podSelector: {matchLabels: {app: db}}",
        f"{WEB}, ingress: [{{}}]",
    ):
        with pytest.raises(NotProvenError, match="would not mean the same"):
            check_same_meaning(one, read(policy(other)))
    # All is allowed either way, but a policy of the baseline tier decides about pods that are not isolated.
    with pytest.raises(NotProvenError, match="isolated"):
        check_same_meaning(read(policy(f"{WEB}, ingress: [{{}}]")), read())


def test_what_one_end_allows_stays_though_the_other_end_denies_it() -> None:
    silent = policy("podSelector: {matchLabels: {app: a}}, policyTypes: [Egress]", "silent")
    admitting, closed = (policy(f"{WEB}, ingress: [{rule}]", "web") for rule in (f"{{from: [{A}]}}", ""))
    with pytest.raises(NotProvenError, match="would not mean the same in ingress"):
        check_same_meaning(read(silent, admitting), read(silent, closed))


def test_hundreds_of_policies_become_fewer() -> None:
    """A team wrote one policy for each caller of each workload."""
    items = list(synthetic_manifests(301))
    split: list[Json] = []
    for one in items:
        rules = one["spec"].get("ingress", []) if one["kind"] == "NetworkPolicy" else []
        if not rules:
            split.append(one)
            continue
        for number, rule in enumerate(rules):
            for place, peer in enumerate(rule["from"]):
                alone = {**one["spec"], "ingress": [{**rule, "from": [peer]}]}
                metadata = {**one["metadata"], "name": f"{one['metadata']['name']}-{number}-{place}"}
                split.append({**one, "metadata": metadata, "spec": alone})
    cluster = load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": split}) + "\n")
    found = rewritten(cluster)
    before, after = size_of(cluster.objects.policies), size_of(found.policies)
    assert before.policies > 300
    assert after.policies <= sum(one["kind"] == "NetworkPolicy" for one in items)
    assert after.rules * 2 < before.rules


# --- any cluster -----------------------------------------------------------------------------------


def smaller(policy: Policy) -> Iterator[Policy]:
    """Yield a policy with one rule, peer or port less."""
    for place, rule in enumerate(policy.rules):
        rest = [*policy.rules[:place], *policy.rules[place + 1 :]]
        yield replace(policy, rules=tuple(rest))
        if len(rule.peers) > 1:
            for peer in rule.peers:
                fewer = replace(rule, peers=tuple(one for one in rule.peers if one != peer))
                yield replace(policy, rules=(*rest, fewer))
        units = port_units(rule.ports)
        if len(units) > 1:
            for unit in units:
                yield replace(policy, rules=(*rest, replace(rule, ports=without_unit(rule.ports, unit))))


@settings(max_examples=examples(120), deadline=None, phases=(Phase.generate,))
@given(manifests=clusters.clusters(), data=st.data())
def test_a_rewrite_means_the_same_and_is_not_larger_and_nothing_can_go(
    manifests: list[Json], data: st.DataObject
) -> None:
    more = [data.draw(clusters.network_policies(f"more-{number}")) for number in range(4)]
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": [*manifests, *more]}) + "\n"
    cluster = load_manifests(text)
    before = [one for one in cluster.objects.policies if one.kind == "NetworkPolicy"]
    found = rewritten(cluster)
    after = [one for one in found.changed_cluster.objects.policies if one.kind == "NetworkPolicy"]
    assert all(now <= then for now, then in zip(size_of(after), size_of(before), strict=True))
    assert equivalent(cluster, found.changed_cluster)
    again = rewritten(found.changed_cluster)
    assert (again.replaces, set(again.policies)) == ((), set(found.policies))
    assert write_policies(rewritten(load_manifests(text)).policies) == found.to_yaml()
    fewer = [less for one in after for less in smaller(one)]
    if fewer:
        with pytest.raises(NotProvenError):
            check_same_meaning(
                found.changed_cluster, found.changed_cluster.with_policies(data.draw(st.sampled_from(fewer)))
            )
