"""What outside the manifests a workload is exposed to, rule by rule (semantics 20-22)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity.manifests import compute, namespace, pod, policy
from tests.examples import examples
from workbench.connectivity import Semantics
from workbench.connectivity.frames import EXPOSURES
from workbench.ground import register_format
from workbench.policy import Direction

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity

WEB = pod("web", "shop", "app: web", "{name: http, containerPort: 8080}")
CLOSED = "podSelector: {}, policyTypes: [Ingress, Egress]"


def ingress(peers: str, ports: str = "", name: str = "in") -> str:
    """Return a policy for all pods of ``shop`` with one ingress rule."""
    rule = f"from: [{peers}]" + (f", ports: [{ports}]" if ports else "")
    return policy(f"podSelector: {{}}, policyTypes: [Ingress], ingress: [{{{rule}}}]", name, "shop")


def egress(peers: str, ports: str = "", name: str = "out") -> str:
    """Return a policy for all pods of ``shop`` with one egress rule."""
    rule = f"to: [{peers}]" + (f", ports: [{ports}]" if ports else "")
    return policy(f"podSelector: {{}}, policyTypes: [Egress], egress: [{{{rule}}}]", name, "shop")


def openings(found: Connectivity, direction: str = "ingress", workload: str = "web") -> list[str]:
    """Return the lines about one workload and direction as ``other : ports``, addresses left out."""
    return [
        f"{line.other.name} : {line.conn}"
        for line in found.exposure().of(Direction(direction))
        if line.workload.workload == workload and line.representative is not None
    ]


# 20: directions that no policy selects, and what rules open to the entire cluster


def test_connectivity_20_what_no_policy_selects_is_open_to_the_entire_cluster() -> None:
    exposure = compute(WEB).exposure()
    assert openings(compute(WEB)) == ["entire-cluster : All Connections"]
    assert [(peer.name, direction.value) for peer, direction in exposure.unprotected] == [
        ("shop/web[Pod]", "egress"),
        ("shop/web[Pod]", "ingress"),
    ]


def test_connectivity_20_a_protected_direction_without_rules_is_open_to_nobody() -> None:
    found = compute(WEB, policy(CLOSED, namespace="shop"))
    assert list(found.exposure()) == []
    assert found.exposure().unprotected == ()


def test_connectivity_20_a_rule_for_everyone_opens_the_entire_cluster() -> None:
    assert openings(compute(WEB, ingress("{namespaceSelector: {}}", "{port: 80}"))) == ["entire-cluster : TCP 80"]


def test_connectivity_20_a_rule_without_peers_opens_the_cluster_and_the_outside() -> None:
    everyone = policy("podSelector: {}, ingress: [{ports: [{port: 80}]}]", namespace="shop")
    lines = compute(WEB, everyone).exposure().of(Direction.INGRESS)
    assert [line.other.name for line in lines] == ["entire-cluster", "outside"]


# 21: representatives


def test_connectivity_21_a_selector_that_no_real_pod_meets_stands_for_pods_to_come() -> None:
    found = compute(WEB, ingress("{podSelector: {matchLabels: {app: new}}}", "{port: 80}"))
    assert openings(found) == ["shop/[pod with {app=new}] : TCP 80"]


def test_connectivity_21_labels_of_namespace_and_pod_that_a_real_pod_has_mean_that_pod() -> None:
    found = compute(WEB, pod("new", "shop", "app: new"), ingress("{podSelector: {matchLabels: {app: new}}}"))
    assert openings(found) == []


@pytest.mark.parametrize(
    "peer,name",
    [
        ("{podSelector: {matchExpressions: [{key: app, operator: In, values: [new]}]}}", "shop/[pod with {app=new}]"),
        ("{podSelector: {}}", "shop/[all pods]"),
        ("{namespaceSelector: {}, podSelector: {matchLabels: {app: new}}}", "[all namespaces]/[pod with {app=new}]"),
        ("{namespaceSelector: {matchLabels: {team: a}}}", "[namespace with {team=a}]/[all pods]"),
    ],
)
def test_connectivity_21_expressions_any_pod_and_any_namespace_stay(peer: str, name: str) -> None:
    team = namespace("shop", "team: a")
    (line,) = openings(compute(team, WEB, pod("new", "shop", "app: new"), ingress(peer, "{port: 80}")))
    assert line.startswith(name)


def test_connectivity_21_what_equals_the_entire_cluster_is_not_repeated() -> None:
    found = compute(
        WEB,
        ingress("{namespaceSelector: {}}", "{port: 80}", "all"),
        ingress("{podSelector: {matchLabels: {app: new}}}", "{port: 80}", "new"),
    )
    assert openings(found) == ["entire-cluster : TCP 80"]


def test_connectivity_21_a_representative_has_the_ports_of_the_entire_cluster_and_its_own() -> None:
    found = compute(
        WEB,
        ingress("{namespaceSelector: {}}", "{port: 80}", "all"),
        ingress("{podSelector: {matchLabels: {app: new}}}", "{port: 90}", "new"),
    )
    assert openings(found) == ["entire-cluster : TCP 80", "shop/[pod with {app=new}] : TCP 80,90"]


def test_connectivity_21_no_connections_are_told_where_others_have_some() -> None:
    admin = """
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: deny-new}
spec:
  priority: 1
  subject: {namespaces: {}}
  ingress: [{name: deny, action: Deny, from: [{pods: {namespaceSelector: {}, podSelector: {matchLabels: {app: new}}}}]}]
---"""
    assert openings(compute(WEB, admin)) == [
        "[all namespaces]/[pod with {app=new}] : No Connections",
        "entire-cluster : All Connections",
    ]


def test_a_selector_that_says_more_has_what_the_one_that_says_less_has() -> None:
    found = compute(
        WEB,
        ingress("{podSelector: {matchLabels: {app: new}}}", "{port: 80}", "less"),
        ingress("{podSelector: {matchLabels: {app: new, tier: x}}}", "{port: 90}", "more"),
    )
    assert openings(found) == ["shop/[pod with {app=new,tier=x}] : TCP 80,90", "shop/[pod with {app=new}] : TCP 80"]


IN_X = "{podSelector: {matchExpressions: [{key: app, operator: In, values: [x]}]}}"
EXISTS = "{podSelector: {matchExpressions: [{key: app, operator: Exists}]}}"


def test_what_one_expression_implies_another_is_heard() -> None:
    found = compute(WEB, ingress(IN_X, "{port: 80}", "x"), ingress(EXISTS, "{port: 90}", "any"))
    assert "shop/[pod with {app=x}] : TCP 80,90" in openings(found)


def test_the_reference_compares_expressions_as_they_are_written() -> None:
    found = compute(
        WEB, ingress(IN_X, "{port: 80}", "x"), ingress(EXISTS, "{port: 90}", "any"), semantics=Semantics.REFERENCE
    )
    assert openings(found)[1].endswith("Operator:In,Values:[x],}}] : TCP 80")


def test_the_labels_of_a_namespace_that_is_there_are_known() -> None:
    team = ingress(
        "{namespaceSelector: {matchLabels: {team: a}}, podSelector: {matchLabels: {app: new}}}", "{port: 80}"
    )
    own = ingress("{podSelector: {matchLabels: {app: new}}}", "{port: 90}", "own")
    found = openings(compute(namespace("shop", "team: a"), WEB, team, own))
    assert "shop/[pod with {app=new}] : TCP 80,90" in found


# 22: names


@pytest.mark.parametrize(
    "selectors,name",
    [
        ("namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}", "other/[all pods]"),
        ("namespaceSelector: {matchLabels: {b: y, a: x}}", "[namespace with {a=x,b=y}]/[all pods]"),
        (
            "namespaceSelector: {matchExpressions: [{key: a, operator: NotIn, values: [y, x]}]}",
            "[namespace with {a notin (x,y)}]/[all pods]",
        ),
        (
            "namespaceSelector: {}, podSelector: {matchLabels: {b: x}, matchExpressions: [{key: a, operator: Exists}]}",
            "[all namespaces]/[pod with {a,b=x}]",
        ),
    ],
)
def test_connectivity_22_representatives_are_named_by_their_selectors(selectors: str, name: str) -> None:
    assert openings(compute(WEB, ingress(f"{{{selectors}}}"))) == [f"{name} : All Connections"]


def test_connectivity_22_named_ports_of_pods_to_come_print_by_their_names() -> None:
    ports = "{port: metrics}, {port: dns, protocol: UDP}, {port: 80}"
    found = compute(WEB, egress("{podSelector: {matchLabels: {app: new}}}", ports))
    assert openings(found, "egress") == ["shop/[pod with {app=new}] : TCP 80,metrics,UDP dns"]


def test_connectivity_22_named_ports_of_the_workload_itself_are_resolved() -> None:
    assert openings(compute(WEB, ingress("{namespaceSelector: {}}", "{port: http}"))) == ["entire-cluster : TCP 8080"]


# focus, reasons, formats


def test_a_focus_keeps_to_workloads_directions_and_ports() -> None:
    found = compute(WEB, pod("db", "shop"), ingress("{namespaceSelector: {}}", "{port: 80}, {port: 90}"))
    lines = found.focus("web", direction="ingress", conn="tcp-80").exposure()
    assert [(line.workload.workload, line.direction.value, line.conn) for line in lines] == [
        ("web", "ingress", "TCP 80")
    ]
    assert lines.render("txt").splitlines()[-3:] == [
        "Exposure Analysis Result On TCP 80:",
        "Ingress Exposure:",
        "shop/web[Pod] \t<= \tentire-cluster",
    ]


def test_every_line_says_which_rule_opens_it() -> None:
    found = compute(WEB, ingress("{podSelector: {matchLabels: {app: new}}}", "{port: 80}"))
    text = found.exposure(explain=True).render("txt")
    assert "\tAllowed TCP 80: NetworkPolicy 'shop/in' allows connections by Ingress rule #1\n" in text
    assert "\tAllowed All Connections: the system default (Allow all)\n" in text


def test_lines_about_addresses_have_their_reasons_too() -> None:
    block = ingress("{ipBlock: {cidr: 10.0.0.0/8}}", "{port: 80}")
    (line,) = compute(WEB, block).exposure().of(Direction.INGRESS)
    assert line.other.name == "10.0.0.0/8"
    assert [reason[2] for reason in line.reasons() if reason[0]] == [
        "NetworkPolicy 'shop/in' allows connections by Ingress rule #1"
    ]


def test_the_frame_has_the_documented_columns_and_the_reasons() -> None:
    frame = compute(WEB, ingress("{podSelector: {matchLabels: {app: new}}}", "{port: 80}")).exposure().to_frame()
    EXPOSURES.checked(frame)
    opened = frame[frame["direction"] == "ingress"].iloc[0]
    assert (opened["peer_kind"], opened["protected"]) == ("Pods", True)
    assert opened["reasons"] == ("TCP 80: NetworkPolicy 'shop/in' allows connections by Ingress rule #1",)
    assert not frame[frame["direction"] == "egress"]["protected"].any()


def test_an_empty_exposure_still_has_the_columns() -> None:
    EXPOSURES.checked(compute(WEB, policy(CLOSED, namespace="shop")).exposure().to_frame())


def test_json_may_bring_the_reasons() -> None:
    found = compute(WEB, ingress("{podSelector: {matchLabels: {app: new}}}", "{port: 80}"))
    plain = json.loads(found.exposure().render("json"))["exposure_results"]["ingress_exposure"]
    assert plain == [{"src": "shop/[pod with {app=new}]", "dst": "shop/web[Pod]", "conn": "TCP 80"}]
    explained = json.loads(found.exposure(explain=True).render("json"))["exposure_results"]["ingress_exposure"]
    reason, *_ = explained[0]["reasons"]
    assert (reason["ports"], reason["ruling"]) == ("TCP 80", "allowed")
    assert (reason["policy"], reason["rule"], reason["rule_index"]) == ("NetworkPolicy shop/in", "spec.ingress[0]", 0)


def test_text_pads_workloads_and_tells_what_is_not_protected() -> None:
    found = compute(WEB, pod("database", "shop"), ingress("{namespaceSelector: {}}", "{port: 80}"))
    lines = found.exposure().render("txt").splitlines()
    assert "shop/web[Pod]      \t<= \tentire-cluster : TCP 80" in lines
    first = lines.index("Workloads not protected by network policies:")
    assert lines[first + 1 :] == [
        "shop/database[Pod] is not protected on Egress",
        "shop/web[Pod] is not protected on Egress",
    ]


def test_pictures_show_who_may_come() -> None:
    found = compute(WEB, ingress("{podSelector: {matchLabels: {app: new}}}", "{port: 80}")).exposure()
    assert '"pod with {app=new}_in_shop" -> "shop/web[Pod]" [label="TCP 80" color="darkorange2"' in found.render("dot")
    assert found.render("svg").startswith("<svg")


def test_a_format_of_ones_own_is_registered_by_a_function() -> None:
    @register_format("exposure", "lines")
    def lines(exposure: object) -> str:
        return str(len(list(exposure)))  # type: ignore[call-overload]

    assert compute(WEB).exposure().render("lines") == "4"


LABELS = st.dictionaries(st.sampled_from(("app", "tier")), st.sampled_from(("x", "y")), min_size=1, max_size=2)
PEERS = st.lists(st.tuples(LABELS, st.sampled_from((80, 90, 100))), min_size=1, max_size=4)


@settings(max_examples=examples(40), deadline=None)
@given(PEERS)
def test_a_pod_that_comes_may_do_what_was_told_of_it(rules: list[tuple[dict[str, str], int]]) -> None:
    """Whoever meets a representative's labels and no others gets exactly the ports of its line."""
    policies = [
        ingress(f"{{podSelector: {{matchLabels: {json.dumps(labels)}}}}}", f"{{port: {port}}}", f"rule-{number}")
        for number, (labels, port) in enumerate(rules)
    ]
    closed = pod("web", "shop", "app: closed")
    for line in compute(closed, *policies).exposure().of(Direction.INGRESS):
        assert line.representative is not None
        labels = {r.key: r.values[0] for r in line.representative.pods.labels}
        newcomer = pod("newcomer", "shop", json.dumps(labels)[1:-1])
        got = compute(closed, newcomer, *policies).query("newcomer", "web")
        assert got.verdicts[-1].ports == line.ports
