"""NP016: connections that one end allows and the other denies."""

from __future__ import annotations

from pathlib import Path

from tests.checks.asking import asked, assert_patch_removes, line_of, namespace, only, pod, policy
from tests.checks.rules.test_isolation import admin
from tests.generate.town import Seen, cluster_of, flows_of, workload
from tests.generate.town import namespace as town_namespace
from tests.generate.town import policy as town_policy
from workbench.checks import CheckSeverity
from workbench.connectivity import evaluate
from workbench.inventory import load_manifests

SHOP = namespace("shop") + pod("shop/web") + pod("shop/db") + pod("shop/api")
DENY = policy("shop/deny", "  podSelector: {}\n  policyTypes: [Ingress, Egress]")
DENY_IN = policy("shop/deny", "  podSelector: {}\n  policyTypes: [Ingress]")


def out(target: str = "matchLabels: {app: db}", ports: str = ", ports: [{port: 5432}]", of: str = "web") -> str:
    return policy(
        f"shop/{of}-out",
        f"  podSelector: {{matchLabels: {{app: {of}}}}}\n  policyTypes: [Egress]\n"
        f"  egress:\n  - {{to: [{{podSelector: {{{target}}}}}]{ports}}}",
    )


def into(source: str = "matchLabels: {app: web}", ports: str = ", ports: [{port: 5432}]") -> str:
    return policy(
        "shop/db-in",
        "  podSelector: {matchLabels: {app: db}}\n  policyTypes: [Ingress]\n"
        f"  ingress:\n  - {{from: [{{podSelector: {{{source}}}}}]{ports}}}",
    )


def test_egress_that_ingress_of_the_other_end_denies() -> None:
    text = SHOP + DENY + out()
    one = only(asked(text, "NP016"))
    assert (one.object, one.field, one.severity) == (
        "NetworkPolicy shop/web-out",
        "spec.egress[0].to[0]",
        CheckSeverity.HIGH,
    )
    assert one.line == line_of(text, "  - {to:")
    assert one.message == "allows traffic to shop/db[Pod] on TCP 5432, and ingress of it denies it"
    assert one.evidence[0] == "ingress of shop/db[Pod] is decided by NetworkPolicy shop/deny"
    assert (one.found.src, one.found.dst, one.found.ports) == ("shop/web[Pod]", "shop/db[Pod]", "TCP 5432")
    assert evaluate(load_manifests(text)).query("shop/web", "shop/db", 5432).verdict == "denied"
    assert_patch_removes(text, one)


def test_ingress_that_egress_of_the_other_end_denies() -> None:
    text = SHOP + DENY + into()
    one = only(asked(text, "NP016"))
    assert one.message == "allows traffic from shop/web[Pod] on TCP 5432, and egress of it denies it"
    assert (one.found.src, one.found.dst) == ("shop/web[Pod]", "shop/db[Pod]")
    assert_patch_removes(text, one)


def test_both_ends_together_are_quiet() -> None:
    assert not asked(SHOP + DENY + out() + into(), "NP016")


def test_an_end_that_no_policy_isolates_denies_nothing() -> None:
    assert not asked(SHOP + out(), "NP016")
    assert not asked(SHOP + DENY_IN + into(), "NP016")


def test_the_ports_of_both_ends_must_meet() -> None:
    assert asked(SHOP + DENY + out() + into(ports=", ports: [{port: 3306}]"), "NP016")
    assert not asked(SHOP + DENY + out(ports="") + into(), "NP016")
    assert not asked(SHOP + DENY + out() + into(ports=", ports: [{port: 5000, endPort: 6000}]"), "NP016")


def test_a_broad_peer_names_nobody() -> None:
    assert not asked(SHOP + DENY + out(target=""), "NP016")


def test_an_end_that_lets_some_in_is_only_narrower() -> None:
    both = policy(
        "shop/all-out",
        "  podSelector: {}\n  policyTypes: [Egress]\n  egress:\n"
        "  - {to: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 5432}]}",
    )
    assert not asked(SHOP + DENY + both + into(), "NP016")


def test_where_others_of_the_peer_are_open_it_is_medium() -> None:
    target = "matchExpressions: [{key: app, operator: In, values: [db, api]}]"
    one = only(asked(SHOP + DENY + out(target) + into(), "NP016"))
    assert one.severity is CheckSeverity.MEDIUM
    assert "shop/api[Pod]" in one.message
    assert "shop/db[Pod]" not in one.message


def test_named_ports_are_those_of_the_receiving_end() -> None:
    shop = namespace("shop") + pod("shop/web") + pod("shop/db", ports="{name: sql, containerPort: 5432}")
    assert not asked(shop + DENY + out(ports=", ports: [{port: sql}]") + into(), "NP016")


def test_what_a_cluster_wide_policy_denies_at_the_own_end_is_not_the_others_fault() -> None:
    guard = admin("  egress: [{action: Deny, to: [{namespaces: {}}]}]")
    assert not asked(SHOP + DENY + out() + guard, "NP016")
    closed = admin("  ingress: [{action: Deny, from: [{namespaces: {}}]}]")
    one = only(asked(SHOP + DENY + out() + into() + closed, "NP016").of("NP016"))
    assert not one.patch


def test_a_patch_that_would_isolate_other_pods_is_not_there() -> None:
    target = "matchExpressions: [{key: app, operator: In, values: [db, api]}]"
    db_only = policy("shop/deny-db", "  podSelector: {matchLabels: {app: db}}\n  policyTypes: [Ingress]")
    one = only(asked(SHOP + db_only + out(target), "NP016"))
    assert not one.patch


# What was seen


def test_what_was_seen_to_pass_and_is_denied(tmp_path: Path) -> None:
    web, api, db = (workload(f"shop/{name}", f"10.0.0.{number}") for number, name in enumerate(("web", "api", "db"), 1))
    from_web = [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}]}]
    cluster = cluster_of(town_namespace("shop"), web, api, db, town_policy("shop/db", {"app": "db"}, ingress=from_web))
    seen = [Seen("shop/web", "shop/db", 5432), Seen("shop/api", "shop/db", 5432), Seen("shop/api", "shop/web", 80)]
    one = only(asked(cluster, "NP016", flows=flows_of(tmp_path, cluster, *seen)))
    assert (one.workload, one.severity) == ("shop/db[StatefulSet]", CheckSeverity.HIGH)
    assert one.message == "has 1 connection that passed, and that policies deny"
    assert one.evidence == (
        "shop/api[StatefulSet] => shop/db[StatefulSet] : TCP 5432",
        "denied by NetworkPolicy shop/db",
    )
    assert (one.found.src, one.found.dst, one.found.ports) == (
        "shop/api[StatefulSet]",
        "shop/db[StatefulSet]",
        "TCP 5432",
    )
    (quiet := tmp_path / "quiet").mkdir()
    assert not asked(cluster, "NP016", flows=flows_of(quiet, cluster, seen[0], seen[2]))
    assert not asked(cluster, "NP016")
