"""What looser proposals would open besides, and what they save (generate 11)."""

from __future__ import annotations

import pytest

from tests.generate.town import cluster_of, policy, proposed, specs, workload
from workbench.connectivity import diff, evaluate
from workbench.generate import Level, Need, Proposal, levels, loosened
from workbench.generate.admitting import rules_of
from workbench.ground import ArgumentError, PortSet
from workbench.policy import Anyone, Direction, Pods, Selector

LIST = """\
n/a -> n/b : TCP 80
n/a -> n/c : TCP 81
m/d -> n/b : TCP 82
n/a -> 203.0.113.7 : TCP 443
"""


@pytest.fixture(scope="module")
def exact() -> Proposal:
    cluster = cluster_of(*(workload(name) for name in ("n/a", "n/b", "n/c", "m/d")))
    return proposed(cluster, strategy="required-connections", connections=LIST, dns=False)


def test_as_it_is(exact: Proposal) -> None:
    assert loosened(exact, "exact") is exact


def test_without_ports_the_same_workloads_may_call_at_any(exact: Proposal) -> None:
    found = loosened(exact, "any-port")
    assert set(specs(found)) == set(specs(exact))
    assert all("ports" not in rule for spec in specs(found).values() for rule in spec.get("ingress", []))
    conn = evaluate(found.changed_cluster)
    assert conn.query("n/a", "n/b", 9999).allowed
    assert not conn.query("n/a", "m/d", 80).allowed


def test_by_namespace_all_its_pods_are_alike(exact: Proposal) -> None:
    found = loosened(exact, "namespace")
    assert len(found.drafts) < len(exact.drafts)
    conn = evaluate(found.changed_cluster)
    assert conn.query("n/c", "n/b", 9999).allowed
    assert conn.query("m/d", "n/c", 1).allowed
    assert not conn.query("n/a", "m/d", 1).allowed


@pytest.mark.parametrize("level", ["any-port", "namespace"])
def test_a_looser_level_allows_all_that_the_exact_one_does(exact: Proposal, level: Level) -> None:
    changes = set(diff(exact.changed_cluster, loosened(exact, level).changed_cluster).to_frame()["change"])
    assert changes <= {"added", "changed"}
    after = evaluate(loosened(exact, level).changed_cluster)
    for need in exact.needs:
        ((protocol, port, _),) = need.ports.intervals
        assert after.query(need.src, need.dst, port, protocol).allowed


@pytest.mark.parametrize("level", ["any-port", "namespace"])
def test_reasons_stay(exact: Proposal, level: Level) -> None:
    found = loosened(exact, level)
    assert all(draft.reasons[rule.direction, rule.index] for draft in found.drafts for rule in draft.policy.rules)


def test_policies_that_only_deny_stay(exact: Proposal) -> None:
    denying = proposed(exact.cluster, strategy="recipe", name="default-deny")
    for level in ("any-port", "namespace"):
        assert specs(loosened(denying, level)) == specs(denying)


def test_what_is_for_everyone_on_purpose_stays_so_and_says_why() -> None:
    cluster = cluster_of(workload("n/a"), workload("n/b"))
    front = proposed(cluster, strategy="recipe", name="allow-all-ingress", ports="TCP 80")
    for level in ("any-port", "namespace"):
        assert "on purpose" in loosened(front, level).explain()
        assert evaluate(loosened(front, level).changed_cluster).query("203.0.113.7", "n/a", 81).allowed


def test_who_is_admitted_beside_everyone_is_no_peer_of_its_own() -> None:
    client = Pods("n", Selector.of({"app": "a"}))
    needs = [Need("n/a", "n/b", PortSet.of("TCP", port)) for port in (80, 81)]
    whole, other = rules_of(Direction.INGRESS, [(client, needs[0]), (client, needs[1]), (Anyone(), needs[0])])
    assert [(rule.peers, str(rule.ports.numbers)) for rule, _ in (whole, other)] == [
        ((client,), "TCP 80-81"),
        ((Anyone(),), "TCP 80"),
    ]
    (alone,) = rules_of(Direction.INGRESS, [(client, needs[1]), (Anyone(), needs[1]), (Anyone(), needs[0])])
    assert (alone[0].peers, alone[1]) == ((Anyone(),), tuple(needs))


def test_the_frame_counts_what_each_level_opens_and_saves(exact: Proposal) -> None:
    frame = levels(exact)
    assert frame["level"].tolist() == ["exact", "any-port", "namespace"]
    opened, rules = frame["pairs_opened"].tolist(), frame["rules"].tolist()
    assert opened[0] == 0
    assert opened == sorted(opened)
    assert rules == sorted(rules, reverse=True)


def test_what_is_opened_is_counted_pair_by_pair() -> None:
    cluster = cluster_of(workload("n/a"), workload("n/b"), workload("n/c"))
    found = proposed(cluster, strategy="required-connections", connections="n/a -> n/b : TCP 80", dns=False)
    # At any port one pair has more; within the namespace all nine, pods of one workload among themselves included.
    assert levels(found)["pairs_opened"].tolist() == [0, 1, 9]


def test_there_are_no_other_levels(exact: Proposal) -> None:
    with pytest.raises(ArgumentError, match="'open' is not a level"):
        loosened(exact, "open")  # type: ignore[arg-type]


def test_a_policy_of_someone_else_is_not_overwritten_by_that_of_a_namespace() -> None:
    cluster = cluster_of(workload("n/a"), workload("n/b"), policy("n/namespace-n"), policy("n/namespace-n-2"))
    exact = proposed(cluster, strategy="required-connections", connections="n/a -> n/b : TCP 80")
    found = loosened(exact, "namespace")
    assert [one.ref for one in found.drafts] == ["NetworkPolicy n/namespace-n-3"]
    assert len(found.changed_cluster.objects.policies) == 3
    again = proposed(found.changed_cluster, strategy="required-connections", connections="n/a -> n/b : TCP 80")
    assert [one.ref for one in loosened(again, "namespace").drafts] == ["NetworkPolicy n/namespace-n-3"]
