"""Corporate rules that a cluster does not keep: NP034."""

from __future__ import annotations

from io import StringIO
from itertools import product
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.checks.asking import asked, namespace, only, pod, policy
from tests.connectivity.clusters import clusters
from tests.examples import examples
from workbench.checks import CorporateEnd, CorporateRule, check, read_corporate_rules
from workbench.connectivity import evaluate
from workbench.ground import ALL_PORTS, PortSet
from workbench.inventory import Cluster, load_manifests
from workbench.policy import EVERYTHING, Selector

SHOP = pod("shop/web", "app: web") + pod("shop/api", "app: api") + pod("shop/db", "app: db")
DENY = policy("shop/deny", "  podSelector: {}\n  policyTypes: [Ingress]")
TO_DB = policy(
    "shop/db",
    "  podSelector: {matchLabels: {app: db}}\n"
    "  ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 5432, protocol: TCP}]}]",
)


def told(text: str, rule: str) -> list[tuple[str, str, str]]:
    found = asked(text, "NP034", corporate=read_corporate_rules(f"- {{name: r, {rule}}}\n"))
    return [(one.found.src, one.found.dst, one.found.ports) for one in found]


def test_what_a_rule_denies_and_policies_allow() -> None:
    rules = read_corporate_rules("- {name: a}\n\n- name: no-web\n  from: app=web\n  to: app=db\n  action: deny\n")
    found = only(asked(SHOP + DENY + TO_DB, "NP034", corporate=rules.listed[1:]))
    assert (found.object, found.severity, found.place) == ("CorporateRule no-web", "high", "<text>:3")
    assert found.message == "denies what is allowed: 1 connection"
    assert (found.found.src, found.found.dst, found.found.ports) == ("shop/web[Pod]", "shop/db[Pod]", "TCP 5432")
    assert "allowed by NetworkPolicy shop/db spec.ingress[0]" in found.evidence


def test_what_a_rule_demands_and_policies_deny() -> None:
    assert told(SHOP + DENY + TO_DB, "from: app=api, to: app=db, protocol: TCP, port_min: 5432, port_max: 5432") == [
        ("shop/api[Pod]", "shop/db[Pod]", "TCP 5432")
    ]


@pytest.mark.parametrize(
    "rule, kept",
    [
        ("from: app=web, to: app=db, protocol: TCP, port_min: 5432, port_max: 5432", True),
        ("from: app=web, to: app=db, protocol: TCP, port_min: 5432, port_max: 5433", False),
        ("from: app=api, to: app=db, action: deny", True),
        ("from: app=web, to: app=db, protocol: UDP, action: deny", True),
        ("from: app=none, to: app=db", True),
        ("from: app=web, from_ns: team=far, to: app=db, action: deny", True),
        ("from: app=web, from_ns: kubernetes.io/metadata.name=shop, to: app=db, action: deny", False),
        ("to: 8.8.8.0/24, from: app=web, protocol: TCP", True),
        ("from: 8.8.8.0/24, to: app=db", False),
        ("from: 8.8.8.0/24, to: app=db, action: deny", True),
        ("to: app=db, protocol: TCP, port_min: 5432, port_max: 5432", False),
    ],
)
def test_rules_that_are_kept_and_broken(rule: str, kept: bool) -> None:  # noqa: FBT001  (one of two answers)
    assert (told(SHOP + DENY + TO_DB, rule) == []) is kept


def test_everyone_is_addresses_too() -> None:
    public = policy(
        "shop/web", "  podSelector: {matchLabels: {app: web}}\n  ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]"
    )
    assert told(SHOP + DENY + public, "to: app=web, action: deny, protocol: TCP, port_min: 21, port_max: 21") == [
        ("outside", "shop/web[Pod]", "TCP 21")
    ]


def test_a_block_must_be_allowed_as_a_whole() -> None:
    half = policy(
        "shop/web", "  podSelector: {matchLabels: {app: web}}\n  ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/9}}]}]"
    )
    assert told(SHOP + DENY + half, "from: 10.0.0.0/8, to: app=web") == [
        ("10.128.0.0/9", "shop/web[Pod]", "All Connections")
    ]
    assert told(SHOP + DENY + half, "from: 10.0.0.0/10, to: app=web") == []


def test_a_lone_pod_need_not_reach_itself() -> None:
    assert told(pod("shop/web") + DENY, "from: app=web, to: app=web") == []


def test_without_rules_it_is_not_asked_and_what_was_wrong_with_them_is_said() -> None:
    assert [one.check.id for one in asked(SHOP, "NP034").not_asked] == ["NP034"]
    found = check(load_manifests(SHOP), only=["NP034"], corporate=read_corporate_rules("- {name: a, action: no}\n"))
    assert [one.code for one in found.said] == ["invalid-corporate-rule"]


_ENDS = st.builds(
    CorporateEnd,
    pods=st.sampled_from([EVERYTHING, Selector.of({"app": "x"}), Selector.of({"tier": "y"})]),
    namespaces=st.sampled_from([Selector.of({"kubernetes.io/metadata.name": "a"}), Selector.of({"app": "x"})]),
)
_PORTS = st.sampled_from([ALL_PORTS, PortSet.of("TCP", 80), PortSet.of("UDP", 53, 90)])
_RULES = st.builds(
    CorporateRule, name=st.just("r"), action=st.sampled_from(["allow", "deny"]), src=_ENDS, dst=_ENDS, ports=_PORTS
)


@given(clusters(), st.lists(_RULES, min_size=1, max_size=3))
@settings(max_examples=examples(60))
def test_it_says_what_asking_about_each_pair_says(documents: list[dict[str, Any]], rules: list[CorporateRule]) -> None:
    cluster = load_manifests(StringIO(yaml.safe_dump_all(documents)))
    for rule in rules:
        found = check(cluster, only=["NP034"], corporate=[rule])
        assert bool(found) == bool(_broken(cluster, rule))
        for one in found:
            assert (one.found.src.partition("{")[0], one.found.dst.partition("{")[0]) in _broken(cluster, rule)


def _broken(cluster: Cluster, rule: CorporateRule) -> set[tuple[str, str]]:
    """Return the pairs of workloads that break a rule, each asked about by itself."""
    connectivity = evaluate(cluster)
    spaces = {one.name: one.labels for one in cluster.objects.namespaces}

    def ends(end: CorporateEnd) -> list[Any]:
        return [
            one
            for one in connectivity.standings()
            if end.namespaces.matches(spaces[one.workload.namespace])
            and any(end.pods.matches(shape.labels) for shape in one.workload.shapes if not shape.finished)
        ]

    broken = set()
    for src, dst in product(ends(rule.src), ends(rule.dst)):
        if src.peer == dst.peer and not src.workload.has_siblings:
            continue
        allowed = next(
            (ports for one, other, ports in connectivity.connections() if (one, other) == (src.peer, dst.peer)),
            PortSet(),
        )
        if (allowed & rule.ports) if rule.action == "deny" else (rule.ports - allowed):
            broken.add((src.workload.peer, dst.workload.peer))
    return broken


def test_namespaces_are_told_by_their_labels() -> None:
    text = namespace("shop", "team: shop") + namespace("far", "team: far") + SHOP + pod("far/web", "app: web")
    rule = "from_ns: team=far, to_ns: team=shop, action: deny"
    assert told(text, rule) == [("far/web[Pod]", "shop/api[Pod]", "All Connections")]
    assert told(text + DENY, rule) == []
