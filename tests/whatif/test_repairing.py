"""Which rules keep the flows that a change would cut, and nothing else (what-if 9)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.examples import examples
from tests.generate.town import Seen, cluster_of, flows_of, namespace, policy, workload
from workbench.connectivity import diff, evaluate
from workbench.ground import PortSet
from workbench.inventory import Cluster, load_manifests
from workbench.policy import Policy, PortMatch, Rule, policy_manifest
from workbench.whatif import ClusterChange, Repair, Unrepaired, repair, simulate
from workbench.whatif.edges import Edge

Json = dict[str, Any]
WEB, DB, CACHE = (workload(f"shop/{name}", f"10.0.0.{number}") for number, name in enumerate(("web", "db", "cache"), 1))
SHOP = cluster_of(namespace("shop"), WEB, DB, CACHE)
DENY = policy("shop/deny")
DENY_BOTH = policy("shop/deny", policyTypes=["Ingress", "Egress"])
TO_DB: Edge = ("shop/web", "shop/db", 5432, "TCP")
FROM_CACHE: Edge = ("shop/cache", "shop/db", 5432, "TCP")
FROM_OUTSIDE: Edge = ("192.0.2.7", "shop/web", 443, "TCP")


def admin(action: str, name: str = "guard", priority: int = 5) -> Json:
    """Return a policy of administrators about all that is sent to the shop."""
    peers: list[Json] = [{"namespaces": {}}]
    return {
        "apiVersion": "policy.networking.k8s.io/v1alpha1",
        "kind": "AdminNetworkPolicy",
        "metadata": {"name": name},
        "spec": {
            "priority": priority,
            "subject": {"namespaces": {}},
            "ingress": [{"name": "one", "action": action, "from": peers}],
        },
    }


def baseline_deny() -> Json:
    made = admin("Deny", "default")
    made["kind"] = "BaselineAdminNetworkPolicy"
    del made["spec"]["priority"]
    return made


def repaired(cluster: Cluster, change: Json | list[Json], *edges: Edge) -> Repair:
    documents = change if isinstance(change, list) else [change]
    return repair(simulate(cluster, yaml.safe_dump_all(documents)), edges)


def specs(found: Repair) -> dict[str, Json]:
    return {one.name: policy_manifest(one)["spec"] for one in found.policies}


def why(found: Repair) -> list[Unrepaired | None]:
    return [one.why for one in found.edges]


def test_the_destination_admits_the_source_by_its_labels_at_the_port() -> None:
    found = repaired(SHOP, DENY, TO_DB)
    assert specs(found) == {
        "keep-db-statefulset": {
            "podSelector": {"matchLabels": {"app": "db"}},
            "policyTypes": ["Ingress"],
            "ingress": [
                {
                    "from": [{"podSelector": {"matchLabels": {"app": "web"}}}],
                    "ports": [{"protocol": "TCP", "port": 5432}],
                }
            ],
        }
    }
    assert found.repaired == (TO_DB,)


def test_both_ends_have_a_rule_where_both_deny() -> None:
    found = repaired(SHOP, DENY_BOTH, TO_DB)
    assert {name: sorted(spec["policyTypes"]) for name, spec in specs(found).items()} == {
        "keep-db-statefulset": ["Ingress"],
        "keep-web-statefulset": ["Egress"],
    }
    assert found.edges[0].policies == (
        "NetworkPolicy shop/keep-web-statefulset",
        "NetworkPolicy shop/keep-db-statefulset",
    )


def test_several_sources_at_one_port_are_one_rule() -> None:
    (spec,) = specs(repaired(SHOP, DENY, TO_DB, FROM_CACHE)).values()
    assert [len(rule["from"]) for rule in spec["ingress"]] == [2]


def test_an_address_outside_is_admitted_by_its_block() -> None:
    (spec,) = specs(repaired(SHOP, DENY, FROM_OUTSIDE)).values()
    assert spec["ingress"][0]["from"] == [{"ipBlock": {"cidr": "192.0.2.7/32"}}]


def test_a_block_within_another_has_no_rule_of_its_own() -> None:
    wide: Edge = ("192.0.2.0/24", "shop/web", 443, "TCP")
    again: Edge = ("192.0.2.7", "shop/web", 80, "TCP")
    (spec,) = specs(repaired(SHOP, DENY, FROM_OUTSIDE, wide, again)).values()
    rules = [
        ([peer["ipBlock"]["cidr"] for peer in one["from"]], [port["port"] for port in one["ports"]])
        for one in spec["ingress"]
    ]
    assert sorted(rules) == [(["192.0.2.0/24"], [443]), (["192.0.2.7/32"], [80])]


def test_flows_that_are_cut_are_kept_by_default(tmp_path: Path) -> None:
    flows = flows_of(tmp_path, SHOP, Seen("shop/web", "shop/db", 5432), Seen("192.0.2.7", "shop/web", 443))
    simulation = simulate(SHOP, yaml.safe_dump(DENY), flows)
    assert simulation.verdict.count("cut") == 1
    found = repair(simulation)
    assert len(found.repaired) == 2
    again = simulate(SHOP, found.change, flows)
    assert again.flows("cut").empty


def test_so_is_what_platforms_need_though_they_were_not_read() -> None:
    simulation = simulate(SHOP, yaml.safe_dump(DENY_BOTH))
    assert simulation.losses_found
    found = repair(simulation)
    assert {(port, protocol) for (_, _, port, protocol) in found.repaired} >= {(53, "UDP"), (53, "TCP")}
    assert not found.unrepaired
    assert not simulate(SHOP, found.change).losses_found
    (peer,) = {json.dumps(peer) for spec in specs(found).values() for rule in spec["egress"] for peer in rule["to"]}
    assert json.loads(peer)["podSelector"] == {"matchLabels": {"k8s-app": "kube-dns"}}


def test_the_repair_is_part_of_the_change_it_gives() -> None:
    found = repaired(SHOP, DENY, TO_DB)
    assert {one.ref for one in found.change.changed} == {
        "NetworkPolicy shop/deny",
        "NetworkPolicy shop/keep-db-statefulset",
    }
    assert evaluate(found.change.after).query(*TO_DB).allowed
    read = load_manifests(found.to_yaml(), cache=False)
    assert [one.ref for one in read.objects.policies] == [one.ref for one in found.policies]


def test_a_whole_cluster_is_repaired_as_well() -> None:
    changed = SHOP.with_policies(load_manifests(yaml.safe_dump(DENY)))
    found = repair(simulate(SHOP, changed), [TO_DB])
    assert not found.change.is_of_policies
    assert evaluate(found.change.after).query(*TO_DB).allowed


def test_a_policy_of_the_cluster_keeps_its_name() -> None:
    there = policy("shop/keep-db-statefulset", {"app": "cache"})
    found = repaired(cluster_of(namespace("shop"), WEB, DB, CACHE, there), DENY, TO_DB)
    assert [one.name for one in found.policies] == ["keep-db-statefulset-2"]


def test_what_a_policy_of_administrators_denies_is_not_repaired() -> None:
    found = repaired(SHOP, admin("Deny"), TO_DB)
    assert (found.policies, why(found), found.edges[0].detail) == ((), [Unrepaired.ADMIN], "AdminNetworkPolicy guard")
    assert found.notes == ("1 edge cannot be kept: " + Unrepaired.ADMIN.meaning + ".",)


def test_a_baseline_policy_is_not_answered_by_one_that_isolates_the_pods() -> None:
    assert why(repaired(SHOP, baseline_deny(), TO_DB)) == [Unrepaired.BASELINE]


def test_pods_that_no_labels_tell_apart_are_not_repaired() -> None:
    twin, other = (workload(f"shop/{name}", labels={"app": "twin"}) for name in ("one", "two"))
    bare = workload("shop/bare", labels={})
    cluster = cluster_of(namespace("shop"), WEB, twin, other, bare)
    edges: list[Edge] = [("shop/web", "shop/one", 80, "TCP"), ("shop/web", "shop/bare", 80, "TCP")]
    assert why(repaired(cluster, DENY, *edges)) == [Unrepaired.TOO_WIDE, Unrepaired.NO_LABELS]


def test_pods_in_the_network_of_their_node_are_admitted_by_its_address_if_that_is_known() -> None:
    known = workload("shop/agent", "10.9.0.1", hostNetwork=True)
    unknown = workload("shop/spare", hostNetwork=True)
    cluster = cluster_of(namespace("shop"), WEB, known, unknown)
    found = repaired(cluster, DENY, ("shop/spare", "shop/web", 80, "TCP"))
    assert why(found) == [Unrepaired.HOST_NETWORK]
    assert found.policies == ()


def test_what_is_not_cut_or_was_denied_before_needs_no_rule() -> None:
    cluster = cluster_of(namespace("shop"), WEB, DB, CACHE, policy("shop/old", {"app": "web"}))
    edges: list[Edge] = [FROM_OUTSIDE, TO_DB, ("shop/web", "nowhere", 1, "TCP")]
    found = repaired(cluster, policy("shop/new", {"app": "cache"}), *edges)
    assert why(found) == [Unrepaired.NOT_BEFORE, Unrepaired.NOT_CUT, Unrepaired.UNRESOLVED]
    assert (found.policies, found.to_yaml()) == ((), "")


def two_kinds_of_pods() -> list[Json]:
    """Return two pods of one owner with different labels."""
    owner = {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "db", "controller": True}
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "name": f"db-{number}",
                "namespace": "shop",
                "labels": {"app": "db", "role": role},
                "ownerReferences": [owner],
            },
            "spec": {"containers": [{"name": "c", "image": "i"}]},
            "status": {"podIP": f"10.0.1.{number}"},
        }
        for number, role in enumerate(("first", "second"))
    ]


def test_other_pods_of_a_workload_are_not_isolated_by_its_repair() -> None:
    """The change isolates one of two pods."""
    cluster = cluster_of(namespace("shop"), WEB, CACHE, two_kinds_of_pods())
    found = repaired(cluster, policy("shop/first", {"role": "first"}), TO_DB)
    after = evaluate(found.change.after)
    assert not [one for one in diff(found.simulation.after, after) if one.closed]
    assert (found.policies, why(found)) == ((), [Unrepaired.ISOLATES])


def test_nothing_is_opened_for_other_pods_of_a_workload() -> None:
    """Before the change, one of two pods may call; labels that tell the workload would admit both."""
    first = [{"podSelector": {"matchLabels": {"role": "first"}}}]
    old = policy("shop/old", {"app": "web"}, ingress=[{"from": first}])
    cluster = cluster_of(namespace("shop"), WEB, CACHE, two_kinds_of_pods(), old)
    found = repaired(cluster, policy("shop/old", {"app": "web"}), ("10.0.1.0", "shop/web", 80, "TCP"))
    assert (found.policies, why(found)) == ((), [Unrepaired.OPENS])


def smaller(policy: Policy) -> list[Policy]:
    """Return a policy without each of its rules, each peer of a rule, and each port of one."""
    found = []
    for rule in policy.rules:
        others = [one for one in policy.rules if one is not rule]
        found.append(replace(policy, rules=tuple(others)))
        fewer: list[Rule] = []
        if len(rule.peers) > 1:
            fewer += [replace(rule, peers=tuple(one for one in rule.peers if one is not peer)) for peer in rule.peers]
        for protocol, low, high in rule.ports.numbers.intervals:
            if left := rule.ports.numbers - PortSet.of(protocol, low, high):
                fewer.append(replace(rule, ports=PortMatch(left)))
        found += [
            replace(policy, rules=tuple(one if one is not rule else less for one in policy.rules)) for less in fewer
        ]
    return found


@settings(max_examples=examples(60), deadline=None)
@given(clusters.clusters(), st.data())
def test_a_repair_keeps_what_it_says_opens_nothing_and_has_nothing_to_spare(
    manifests: list[Json], data: st.DataObject
) -> None:
    cluster = load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n")
    policies = list(cluster.objects.policies)
    there = data.draw(st.sets(st.sampled_from(policies), max_size=2)) if policies else set()
    first = cluster.with_policies(remove=[one.ref for one in policies if one not in there])
    simulation = simulate(first, [one for one in policies if one not in there])
    before, after = simulation.before, simulation.after
    names = [*(peer.name for peer in before.workloads_named()), "11.0.0.9", "10.1.0.0/16", "10.1.2.3"]
    edges = [(src, dst, port, "TCP") for src in names for dst in names if src != dst for port in (80, 81)]
    sides = zip(edges, before.verdicts(edges), after.verdicts(edges), strict=True)
    cut = [edge for edge, was, now in sides if was.verdict == "allowed" and now.verdict in {"denied", "partly"}]
    found = repair(simulation, cut)
    kept = found.repaired
    assert {one.edge for one in found.edges} == set(cut)
    anew = evaluate(found.change.after)
    assert [one.verdict for one in anew.verdicts(kept)] == ["allowed"] * len(kept)
    assert not [one for one in diff(after, anew) if one.closed]
    three = zip(before.verdicts(edges), after.verdicts(edges), anew.verdicts(edges), strict=True)
    for edge, (was, then, now) in zip(edges, three, strict=True):
        assert was.verdict == "allowed" or now.verdict == then.verdict, edge
    for one in found.policies:
        for less in smaller(one):
            lacking = found.after.with_policies(less)
            assert any(each.verdict != "allowed" for each in lacking.verdicts(kept)), (one, less)


def test_a_change_without_flows_and_edges_needs_no_repair() -> None:
    found = repair(simulate(SHOP, ClusterChange.of(SHOP, yaml.safe_dump(DENY))))
    assert (found.policies, found.edges, found.to_yaml()) == ((), (), "")
