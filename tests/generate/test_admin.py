"""Cluster-wide guardrails from a short table (guardrails 1-3)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.connectivity.manifests import namespace, pod, policy
from workbench.connectivity import evaluate
from workbench.external import AddressBook
from workbench.generate import Proposal, WhyLeftOut, propose
from workbench.ground import ArgumentError, MissingFileError
from workbench.inventory import Cluster, load_manifests
from workbench.policy import Tier

PODS = (
    namespace("platform"),
    namespace("shop", "team: shop"),
    pod("vault", "platform", "app: vault"),
    pod("prometheus", "platform", "app: prometheus"),
    pod("web", "shop", "app: web"),
    pod("db", "shop", "app: db"),
)
OPEN = "podSelector: {}, ingress: [{}], egress: [{}]"
CLOSED = "podSelector: {}, policyTypes: [Ingress, Egress]"
METADATA_SERVER = "169.254.169.254"


def cluster(*documents: str) -> Cluster:
    return load_manifests("\n".join(["", *PODS, *documents, ""]))


def guard(rules: str | list[str], *documents: str, **options: Any) -> Proposal:  # noqa: ANN401  (of the strategy)
    return propose(cluster(*documents), strategy="admin", rules=rules, **options)


def allowed(found: Proposal, src: str, dst: str, port: int) -> bool:
    answer = evaluate(found.changed_cluster).query(src, dst, port)
    return bool(answer.allowed)


WEB, DB, VAULT, PROMETHEUS = "shop/web[Pod]", "shop/db[Pod]", "platform/vault[Pod]", "platform/prometheus[Pod]"
APIS = pytest.mark.parametrize("api", ["ClusterNetworkPolicy", "AdminNetworkPolicy"])
SURROUNDINGS = pytest.mark.parametrize("around", [(), tuple(policy(OPEN, name, name) for name in ("shop", "platform"))])


# --- never -----------------------------------------------------------------------------------------


@APIS
@SURROUNDINGS
def test_what_may_never_be_is_denied_whatever_other_policies_allow(api: str, around: tuple[str, ...]) -> None:
    found = guard("never: * -> platform/vault : TCP 8200", *around, api=api)
    assert not allowed(found, WEB, VAULT, 8200)
    assert not allowed(found, PROMETHEUS, VAULT, 8200)
    assert allowed(found, WEB, VAULT, 8201)
    assert allowed(found, WEB, PROMETHEUS, 8200)
    assert allowed(found, VAULT, WEB, 8200)


@APIS
@SURROUNDINGS
def test_so_are_addresses_outside(api: str, around: tuple[str, ...]) -> None:
    found = guard(f"never: * -> {METADATA_SERVER}/32", *around, api=api)
    assert not allowed(found, WEB, METADATA_SERVER, 80)
    assert allowed(found, WEB, "169.254.169.253", 80)
    assert [one.cidr for one in found.policies[0].rules[0].peers] == [f"{METADATA_SERVER}/32"]  # type: ignore[union-attr]


# --- always ----------------------------------------------------------------------------------------


@APIS
def test_what_may_always_be_is_allowed_at_both_ends_although_other_policies_deny_it(api: str) -> None:
    closed = tuple(policy(CLOSED, name, name) for name in ("shop", "platform"))
    found = guard("always: platform/prometheus -> * : TCP 9090", *closed, api=api)
    assert allowed(found, PROMETHEUS, WEB, 9090)
    assert not allowed(found, PROMETHEUS, WEB, 9091)
    assert not allowed(found, WEB, PROMETHEUS, 9090)
    assert not allowed(found, WEB, DB, 9090)
    assert {rule.direction.value for one in found.policies for rule in one.rules} == {"ingress", "egress"}


def test_without_other_policies_it_closes_nothing() -> None:
    found = guard("always: platform/prometheus -> * : TCP 9090")
    assert all(allowed(found, *pair, 80) for pair in ((WEB, DB), (PROMETHEUS, WEB), (VAULT, WEB)))


def test_hosts_outside_may_always_be_called_by_name_with_cluster_network_policy() -> None:
    rules = "always: shop/web -> api.example.com : TCP 443"
    found = guard(rules)
    assert "domainNames" in found.to_yaml()
    older = guard(rules, api="AdminNetworkPolicy")
    assert (older.policies, [one.why for one in older.left_out]) == ((), [WhyLeftOut.NOT_WRITABLE])
    denied = guard("never: shop/web -> *.example.com")
    assert (denied.policies, [one.why for one in denied.left_out]) == ((), [WhyLeftOut.NOT_WRITABLE])


# --- the order of lines ----------------------------------------------------------------------------


@APIS
@pytest.mark.parametrize("first", ["never", "always"])
def test_the_first_line_about_a_connection_decides(api: str, first: str) -> None:
    lines = {"never": "never: * -> platform/vault", "always": "always: platform/prometheus -> *"}
    rules = "\n".join([lines.pop(first), *lines.values()])
    found = guard(rules, api=api)
    assert allowed(found, PROMETHEUS, VAULT, 80) is (first == "always")
    assert not allowed(found, WEB, VAULT, 80)


def test_priorities_are_free_and_in_the_order_of_lines() -> None:
    there = """
{apiVersion: policy.networking.k8s.io/v1alpha2, kind: ClusterNetworkPolicy, metadata: {name: mine},
 spec: {tier: Admin, priority: 11, subject: {namespaces: {}}, ingress: [{action: Pass, from: [{namespaces: {}}]}]}}
---"""
    rules = "never: shop -> platform/vault\nnever: * -> platform/prometheus : TCP 1\nnever: shop/web -> shop/db"
    found = guard(rules, there, priority=10)
    assert [one.priority for one in found.policies] == [10, 12, 13]
    assert all(one.tier is Tier.ADMIN for one in found.policies)
    with pytest.raises(ArgumentError, match="3 policies need as many priorities"):
        guard(rules, priority=999)


def test_lines_about_the_same_pods_that_follow_each_other_share_a_policy_up_to_its_limit() -> None:
    found = guard("\n".join(f"never: shop -> platform/vault : TCP {number}" for number in range(1, 28)))
    assert [len(one.rules) for one in found.policies] == [25, 2]
    assert found.policies[0].rules[0].name == "never, line 1"


# --- ends ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "src,denied",
    [
        ("shop", {WEB, DB}),
        ("shop/*", {WEB, DB}),
        ("shop/web", {WEB}),
        ("shop/web[Pod]", {WEB}),
        ("[team=shop]", {WEB, DB}),
        ("[team in (shop, other)]/[app=web]", {WEB}),
        ("*/[app in (web, prometheus)]", {WEB, PROMETHEUS}),
        ("*", {WEB, DB, PROMETHEUS}),
        ("@clients", {WEB, PROMETHEUS}),
    ],
)
def test_ends_are_named_by_name_or_by_labels(src: str, denied: set[str]) -> None:
    found = guard(f"group clients = */[app in (web, prometheus)]\nnever: {src} -> platform/vault")
    assert {one for one in (WEB, DB, PROMETHEUS) if not allowed(found, one, VAULT, 80)} == denied


def test_named_blocks_of_the_address_book_and_the_internet_are_ends() -> None:
    book = AddressBook(default_ranges=False).add("partner", "198.51.100.0/24")
    found = propose(cluster(), strategy="admin", rules="never: shop -> partner", book=book)
    assert not allowed(found, WEB, "198.51.100.7", 80)
    outside = guard("never: shop -> internet")
    assert not allowed(outside, WEB, "203.0.113.7", 80)
    assert allowed(outside, WEB, "10.1.2.3", 80)


def test_what_cannot_be_said_or_found_is_left_out_and_said() -> None:
    found = guard("never: 203.0.113.0/24 -> shop\nnever: shop/ghost -> platform/vault\nnever: nowhere -> shop")
    assert [(one.why, one.detail) for one in found.left_out] == [
        (WhyLeftOut.NOT_WRITABLE, "cluster-wide policies know sources by their labels only"),
        (WhyLeftOut.UNRESOLVED, "there is no workload shop/ghost"),
    ]
    assert [one.code for one in found.problems_found] == ["guardrail-without-pods"]


# --- the table -------------------------------------------------------------------------------------


def test_a_table_may_be_a_file_with_comments(tmp_path: Path) -> None:
    file = tmp_path / "guardrails.txt"
    file.write_text("# who may never\n\nnever: shop -> platform/vault  # keys\n")
    (one,) = guard(str(file)).drafts
    assert [need.said_by for needs in one.reasons.values() for need in needs] == [f"{file}:3: never"]
    assert guard(["never: shop -> platform/vault"]).policies[0].rules[0].peers == one.policy.rules[0].peers
    with pytest.raises(MissingFileError):
        guard(str(tmp_path / "other.txt"))


@pytest.mark.parametrize(
    "rules,message",
    [
        ("never: a -> b\nshop -> platform", "line 2: 'shop -> platform' begins with neither"),
        ("often: a -> b", "begins with neither"),
        ("never: shop", "line 1: .*is no connection"),
        ("never: shop -> ", "line 1: .*a source and a destination"),
        ("never: shop -> platform : TCP http", "line 1"),
        ("never: [team -> platform", "line 1"),
        ("never: [a==b==c]/x -> platform", "line 1"),
        ("never: @none -> platform", "line 1: there is no group"),
        ("# nothing\n", "no guardrail"),
    ],
)
def test_errors_name_the_line(rules: str, message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        guard(rules)
