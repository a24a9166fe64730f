"""What no policy that is proposed may do, whichever strategy proposes it (generate 3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from tests.generate.town import Json, cluster_of, policy, proposed, specs, whys, workload
from workbench.generate import MANAGED_BY, Context, Draft, Drafts, Proposal, strategy
from workbench.generate.naming import policy_name
from workbench.ground import AddressSet, PortSet, is_subdomain
from workbench.inventory import Cluster
from workbench.policy import (
    EVERYTHING,
    Anyone,
    Block,
    Direction,
    Pods,
    Policy,
    PortMatch,
    Rule,
    RulePeer,
    Selector,
    Tier,
)

A = "n/a[StatefulSet]"
PODS = Selector.of({"app": "a"})
PEER = (Pods("n", Selector.of({"app": "b"})),)
SHOP = (workload("n/a"), workload("n/b"))


def made(*peers: tuple[RulePeer, ...], name: str = "made", pods: Selector = PODS, where: str = "n") -> Policy:
    """Return a policy with an ingress rule for each group of peers."""
    rules = (
        Rule(Direction.INGRESS, place, group, PortMatch(PortSet.of("TCP", 80 + place)))
        for place, group in enumerate(peers)
    )
    ways = frozenset({Direction.INGRESS})
    subject = Pods(where, pods)
    return Policy("NetworkPolicy", where, name, Tier.NETWORK_POLICY, subject, ways, tuple(rules), metadata=MANAGED_BY)


def proposing(*drafts: Draft | Policy | Json, cluster: Cluster | None = None, **more: Any) -> Proposal:  # noqa: ANN401
    """Return what becomes of what a strategy returns."""

    @strategy("malicious")
    def malicious(context: Context) -> Drafts | Iterable[Draft | Policy | Json]:
        """Return what it is asked to."""
        assert isinstance(context, Context)
        return drafts

    return proposed(cluster or cluster_of(*SHOP), strategy="malicious", **more)


def test_a_rule_without_peers_is_left_out_and_the_others_stay() -> None:
    found = proposing(made((), PEER))
    assert whys(found) == {("no-peers", "NetworkPolicy n/made spec.ingress[0]")}
    assert [rule["ports"][0]["port"] for rule in specs(found)["n/made"]["ingress"]] == [81]


def test_a_rule_for_everyone_needs_a_reason() -> None:
    open_to_all = made((Anyone(),))
    assert specs(proposing(open_to_all))["n/made"].get("ingress") is None
    with_reason = Draft(open_to_all, anywhere={(Direction.INGRESS, 0): "it is the front door"})
    found = proposing(with_reason)
    assert specs(found)["n/made"]["ingress"] == [{"ports": [{"protocol": "TCP", "port": 80}]}]
    assert "it is the front door" in found.explain()


def test_reasons_follow_their_rules_where_one_before_them_is_left_out() -> None:
    given = Draft(made((), (Anyone(),)), anywhere={(Direction.INGRESS, 1): "on purpose"})
    assert "on purpose" in proposing(given).explain()


def test_a_manifest_without_from_is_for_everyone_and_needs_a_reason_too() -> None:
    written = policy("n/made", {"app": "a"}, ingress=[{"ports": [{"port": 80}]}])
    assert {why for why, _ in whys(proposing(written))} == {"no-peers"}


def test_a_policy_that_chooses_more_than_is_meant_is_refused() -> None:
    wide = Draft(made(PEER, pods=EVERYTHING), frozenset({A}))
    assert whys(proposing(wide)) == {("selects-others", "NetworkPolicy n/made")}
    assert proposing(replace(wide, workloads=None)).left_out == ()
    assert proposing(replace(wide, workloads=frozenset({A, "n/b[StatefulSet]"}))).left_out == ()


@pytest.mark.parametrize(
    "labels,refused",
    [
        ({"job-name": "j"}, True),
        ({"batch.kubernetes.io/job-name": "j"}, True),
        ({"controller-uid": "8d1b4b5e-0000-0000-0000-000000000000"}, True),
        ({"job-name": "other"}, False),
    ],
)
def test_so_is_one_that_would_by_labels_that_controllers_add(labels: dict[str, str], *, refused: bool) -> None:
    cluster = cluster_of(*SHOP, workload("n/j", labels={}, kind="Job", selector={}))
    found = proposing(Draft(made(PEER, pods=Selector.of(labels)), frozenset({A})), cluster=cluster)
    assert bool(found.left_out) is refused


@pytest.mark.parametrize(
    "cidr",
    ["2001:db8::7/32", "10.1.2.3/16", "10.0.0.0/33", "10.0.0.1", "nonsense", "010.0.0.0/8"],
)
def test_a_block_with_host_bits_or_none_at_all_is_refused(cidr: str) -> None:
    block = Block(AddressSet.of("10.0.0.0/8"), cidr, ())
    assert whys(proposing(made((block,)))) == {("not-writable", "NetworkPolicy n/made")}


def test_so_is_an_exception_with_host_bits() -> None:
    block = Block(AddressSet.of("10.0.0.0/8"), "10.0.0.0/8", ("10.1.2.3/16",))
    assert {why for why, _ in whys(proposing(made((block,))))} == {"not-writable"}


@pytest.mark.parametrize("name", ["", "Upper", "under_score", "a" * 254, "-a", "a/b"])
def test_a_name_that_the_api_server_refuses_is_refused(name: str) -> None:
    assert {why for why, _ in whys(proposing(made(PEER, name=name)))} == {"not-writable"}


@pytest.mark.parametrize("name", ["a", "a" * 253, "a.b-c"])
def test_any_other_is_not(name: str) -> None:
    assert proposing(made(PEER, name=name)).left_out == ()


def test_two_policies_of_one_name_are_not_both_proposed() -> None:
    found = proposing(made(PEER), made(PEER, PEER))
    assert [len(one.rules) for one in found.policies] == [1]
    assert whys(found) == {("name-taken", "NetworkPolicy n/made")}


@pytest.mark.parametrize("where", ["kube-system", "openshift-dns"])
def test_a_protected_namespace_is_skipped_with_a_word(where: str) -> None:
    found = proposing(made(PEER, where=where), cluster=cluster_of(*SHOP, workload(f"{where}/c")))
    assert ("protected-namespace", f"NetworkPolicy {where}/made") in whys(found)
    assert found.policies == ()


def test_which_namespaces_are_protected_can_be_said() -> None:
    assert proposing(made(PEER), protected=["n*"]).policies == ()
    assert len(proposing(made(PEER, where="kube-system"), protected=()).policies) == 1


def test_a_policy_of_someone_else_is_not_overwritten() -> None:
    cluster = cluster_of(*SHOP, policy("n/made", {"app": "b"}))
    assert whys(proposing(made(PEER), cluster=cluster)) == {("name-taken", "NetworkPolicy n/made")}


def test_unless_the_strategy_replaces_it() -> None:
    @strategy("replacing")
    def replacing(context: Context) -> Drafts:
        """Replace a policy."""
        assert context.cluster.objects.policies
        return Drafts((Draft(made(PEER)),), replaces=("NetworkPolicy n/made",))

    found = proposed(cluster_of(*SHOP, policy("n/made", {"app": "b"})), strategy="replacing")
    assert len(found.policies) == 1


def test_one_that_was_generated_before_is_renewed() -> None:
    earlier = policy("n/made", {"app": "b"}, labels={"app.kubernetes.io/managed-by": "netpol-workbench"})
    found = proposing(made(PEER), cluster=cluster_of(*SHOP, earlier))
    assert [one.change for one in found.diff().policies] == ["changed"]


def test_a_second_run_proposes_the_same() -> None:
    once = proposing(made(PEER))
    again = proposing(made(PEER), cluster=once.changed_cluster)
    assert again.to_yaml() == once.to_yaml()
    assert [one.change for one in again.diff().policies] == ["unchanged"]


def test_what_allows_is_applied_before_what_denies_all() -> None:
    deny = made(name="a-deny", pods=EVERYTHING)
    assert [one.name for one in proposing(deny, made(PEER, name="z-allow")).policies] == ["z-allow", "a-deny"]


@pytest.mark.parametrize("wanted", ["Web_1", "a" * 300, "ü", "", "..", "a..b", "-", "a.-b"])
def test_names_that_are_made_are_valid_and_different(wanted: str) -> None:
    assert is_subdomain(policy_name(wanted))
    assert policy_name(wanted) != policy_name(f"{wanted}x")


def test_a_valid_name_stays_as_it_is() -> None:
    assert policy_name("web-deployment") == "web-deployment"
