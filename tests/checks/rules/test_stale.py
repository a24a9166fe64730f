"""Rules that nobody used while flows were recorded: NP036."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tests.checks.asking import asked, only
from tests.generate.town import NOW, Seen, cluster_of, flows_of, namespace, policy, workload
from workbench.baseline import Baselines
from workbench.checks import CheckFindings
from workbench.inventory import Cluster

Json = dict[str, Any]
WEB, API, DB = (workload(f"shop/{name}", f"10.0.0.{number}") for number, name in enumerate(("web", "api", "db"), 1))
A_WEEK = 24 * 8


def pods(app: str) -> Json:
    return {"podSelector": {"matchLabels": {"app": app}}}


def to_db(*rules: Json) -> Json:
    return policy("shop/db", {"app": "db"}, ingress=list(rules))


def shop(*objects: Json) -> Cluster:
    return cluster_of(namespace("shop"), WEB, API, DB, *objects)


def said(folder: Path, cluster: Cluster, *seen: Seen, **facts: Any) -> CheckFindings:  # noqa: ANN401  (of many types)
    weeks = (Seen("192.0.2.1", "192.0.2.2", 9, 0), Seen("192.0.2.1", "192.0.2.2", 9, A_WEEK))
    return asked(cluster, "NP036", flows=flows_of(folder, cluster, *seen, *weeks), **facts)


FROM_WEB = Seen("shop/web", "shop/db", 5432)


def test_a_rule_that_nobody_used(tmp_path: Path) -> None:
    cluster = shop(to_db({"from": [pods("web")]}, {"from": [pods("api")]}))
    found = only(said(tmp_path, cluster, FROM_WEB))
    assert (found.object, found.field, found.severity) == ("NetworkPolicy shop/db", "spec.ingress[1]", "low")
    assert found.evidence[0] == "recorded: 2026-11-17 00:00 to 2026-11-25 00:00 UTC, 8.0 days"
    assert (found.found.src, found.found.dst) == ("shop/api[StatefulSet]", "shop/db[StatefulSet]")
    (left,) = yaml.safe_load_all(found.patch.yaml)
    assert left["spec"]["ingress"] == [{"from": [pods("web")]}]


def test_the_patch_removes_it(tmp_path: Path) -> None:
    cluster = shop(to_db({"from": [pods("web"), pods("api")]}))
    found = only(said(tmp_path, cluster, FROM_WEB))
    assert (found.field, found.evidence[0]) == ("spec.ingress[0].from[1]", "unused: namespace shop pods: app=api")
    (left,) = yaml.safe_load_all(found.patch.yaml)
    assert not said(tmp_path, shop(left), FROM_WEB)


def test_what_was_used_at_all_its_peers_is_not_found(tmp_path: Path) -> None:
    cluster = shop(to_db({"from": [pods("web")], "ports": [{"port": 5432, "protocol": "TCP"}]}))
    assert not said(tmp_path, cluster, FROM_WEB)
    assert only(said(tmp_path, cluster, Seen("shop/web", "shop/db", 80, denied=True))).field == "spec.ingress[0]"


def test_addresses_outside_use_the_block_that_has_them(tmp_path: Path) -> None:
    blocks = [{"ipBlock": {"cidr": "203.0.113.0/24"}}, {"ipBlock": {"cidr": "198.51.100.0/24"}}]
    found = only(said(tmp_path, shop(to_db({"from": blocks})), Seen("203.0.113.9", "shop/db", 443)))
    assert (found.field, found.evidence[0]) == ("spec.ingress[0].from[1]", "unused: 198.51.100.0/24")


def test_rules_for_anyone_are_used_by_anyone(tmp_path: Path) -> None:
    assert not said(tmp_path, shop(to_db({})), FROM_WEB)
    assert only(said(tmp_path, shop(to_db({})))).field == "spec.ingress[0]"


def test_egress_is_used_by_the_same_flow(tmp_path: Path) -> None:
    out = policy(
        "shop/web", {"app": "web"}, policyTypes=["Egress"], egress=[{"to": [pods("db")]}, {"to": [pods("api")]}]
    )
    assert only(said(tmp_path, shop(out), FROM_WEB)).field == "spec.egress[1]"


def test_peers_without_pods_and_policies_without_any_are_left_to_other_checks(tmp_path: Path) -> None:
    none = policy("shop/none", {"app": "none"}, ingress=[{"from": [pods("web")]}])
    assert not said(tmp_path, shop(to_db({"from": [pods("web"), pods("none")]}), none), FROM_WEB)


def test_a_short_window_makes_it_an_info(tmp_path: Path) -> None:
    cluster = shop(to_db({"from": [pods("api")]}))
    flows = flows_of(tmp_path, cluster, Seen("shop/web", "shop/api", 80))
    found = only(asked(cluster, "NP036", flows=flows))
    assert found.severity == "info"
    assert found.evidence[0].endswith("0.0 days")


def test_a_generated_policy_says_so(tmp_path: Path) -> None:
    labels = {"app.kubernetes.io/managed-by": "netpol-workbench"}
    cluster = shop(policy("shop/db", {"app": "db"}, labels=labels, ingress=[{"from": [pods("api")]}]))
    assert "the policy was generated" in only(said(tmp_path, cluster, FROM_WEB)).evidence


def test_without_flows_it_is_not_asked() -> None:
    assert [one.check.id for one in asked(shop(), "NP036").not_asked] == ["NP036"]


def test_what_a_baseline_has_as_normal_is_in_use_and_says_how_sure_it_is(tmp_path: Path) -> None:
    cluster = shop(to_db({"from": [pods("web")]}, {"from": [pods("api")]}))
    before = flows_of(tmp_path, cluster, Seen("shop/api", "shop/db", 5432))
    learnt = Baselines().learn(cluster, before, now=NOW)
    assert not said(tmp_path, cluster, FROM_WEB, baselines=learnt)
    found = only(said(tmp_path, cluster, baselines=learnt))
    assert found.field == "spec.ingress[0]"
    assert found.evidence[-1].startswith("the baseline of shop/db[StatefulSet] is ")
