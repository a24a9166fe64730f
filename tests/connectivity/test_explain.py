"""Why a pair may talk or may not: every decision, in words, as a frame and as JSON (formats 4)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity.clusters import clusters
from tests.connectivity.manifests import compute, pod, policy
from tests.examples import examples
from workbench.connectivity import Semantics, evaluate
from workbench.connectivity.formats.explanation_txt import explained_ports
from workbench.connectivity.frames import EXPLANATIONS
from workbench.connectivity.inputs import engine_of
from workbench.connectivity.trace.evaluator import Evaluator
from workbench.ground import ALL_PORTS, ANSWER_FORMATS, NO_PORTS, PortSet, register_format
from workbench.inventory import load_manifests
from workbench.policy import Direction

if TYPE_CHECKING:
    from tests.connectivity.clusters import Json
    from workbench.connectivity import Connectivity

WEB = pod("web", "shop", "app: web")
DB = pod("db", "shop", "app: db", "{name: pg, containerPort: 5432}")
DENY = policy("podSelector: {}, policyTypes: [Ingress, Egress]", "deny-all", "shop")
OUT = policy("podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 5432}]}]", "out", "shop")
IN = policy(
    "podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {}}], ports: [{port: 5432}]}]",
    "db-in",
    "shop",
)
OTHER_PORTS = (
    "\t\t\tNetworkPolicy 'shop/db-in' selects shop/db[Pod], and Ingress rule #1 selects shop/web[Pod],"
    " but the protocols and ports do not match"
)


def words(found: Connectivity, src: str = "web", dst: str = "db") -> list[str]:
    """Return what is said about one pair, without the heading and the separators."""
    return found.explain(src, dst).render("txt").splitlines()[5:]


def test_what_is_allowed_and_what_is_denied_is_told_with_policy_and_rule() -> None:
    assert words(compute(WEB, DB, IN)) == [
        "Connections between shop/web[Pod] => shop/db[Pod]:",
        "",
        "Allowed connections:",
        "\tAllowed TCP:[5432] due to the following policies and rules:",
        "\t\tEgress (Allowed) due to the system default (Allow all)",
        "\t\tIngress (Allowed)",
        "\t\t\tNetworkPolicy 'shop/db-in' allows connections by Ingress rule #1",
        "",
        "Denied connections:",
        "\tDenied TCP:[1-5431,5433-65535], UDP, SCTP due to the following policies and rules:",
        "\t\tEgress (Allowed) due to the system default (Allow all)",
        "\t\tIngress (Denied)",
        OTHER_PORTS,
        "",
    ]


def test_the_text_opens_with_a_heading_and_a_line_of_160_dashes() -> None:
    lines = compute(WEB, DB, IN).explain("web", "db").render("txt").splitlines()
    assert lines[:5] == ["", "#" * 42, "# Specific connections and their reasons #", "#" * 42, "-" * 160]


def test_a_policy_none_of_whose_rules_selects_the_other_end_is_named() -> None:
    other = policy(
        "podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: x}}}]}]",
        "x-only",
        "shop",
    )
    assert (
        "\t\t\tNetworkPolicy 'shop/x-only' selects shop/db[Pod], but shop/web[Pod] is not allowed by any Ingress rule"
        in words(compute(WEB, DB, other))
    )


def test_a_policy_without_rules_is_said_to_have_none() -> None:
    assert (
        "\t\t\tNetworkPolicy 'shop/deny-all' selects shop/db[Pod],"
        " but shop/web[Pod] is not allowed by any Ingress rule (no rules defined)"
    ) in words(compute(WEB, DB, DENY))


def test_several_network_policies_are_a_list_in_the_order_of_their_text() -> None:
    lines = words(compute(WEB, DB, IN, DENY))
    first = lines.index("\t\t\tNetworkPolicy list:")
    assert [line.split(" selects")[0] for line in lines[first : first + 3]] == [
        "\t\t\tNetworkPolicy list:",
        "\t\t\t\t- NetworkPolicy 'shop/db-in'",
        "\t\t\t\t- NetworkPolicy 'shop/deny-all'",
    ]
    assert not lines[first + 3]


def test_policies_that_do_not_allow_are_not_named_where_others_do() -> None:
    text = compute(WEB, DB, IN, DENY, OUT).explain("web", "db", only="allow").render("txt")
    assert "Egress rule #1" in text
    assert "deny-all" not in text


def test_of_several_rules_of_a_policy_that_allow_the_text_names_the_first() -> None:
    both = policy(
        "podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {}}]}, {ports: [{port: 80}]}]",
        "both",
        "shop",
    )
    found = compute(WEB, DB, both).explain("web", "db")
    assert "Allowed TCP, UDP, SCTP due to" in found.render("txt")
    assert "rule #2" not in found.render("txt")


def test_the_frame_names_every_rule_that_allows() -> None:
    both = policy(
        "podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {}}]}, {ports: [{port: 80}]}]",
        "both",
        "shop",
    )
    frame = compute(WEB, DB, both).explain("web", "db").to_frame()
    on_80 = frame[(frame["ports"] == "TCP 80") & (frame["direction"] == "ingress")]
    assert list(on_80["rule_index"]) == [0, 1]


def test_pairs_that_only_the_default_allows_come_last_under_their_own_heading() -> None:
    text = compute(WEB, DB, IN).explain().render("txt")
    title = "# All Connections due to the system default (Allow all) #"
    lines = text.splitlines()
    assert lines[lines.index(title) - 1] == "#" * len(title)
    assert lines[lines.index(title) + 2 :] == [
        "outside => shop/web[Pod]",
        "shop/db[Pod] => outside",
        "shop/db[Pod] => shop/web[Pod]",
        "shop/web[Pod] => outside",
    ]


def test_pairs_with_addresses_are_explained_also_where_nothing_is_allowed() -> None:
    pairs = {(pair.src.name, pair.dst.name) for pair in compute(WEB, DENY).explain()}
    outside = "outside"
    assert pairs == {(outside, "shop/web[Pod]"), ("shop/web[Pod]", outside)}


def test_one_block_of_addresses_can_be_asked_about() -> None:
    to_block = policy("podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}]}]", "block", "shop")
    (pair,) = compute(WEB, to_block).explain("web", "10.1.2.3")
    assert pair.dst.name == "10.0.0.0/8"
    assert [part.allowed for part in pair.parts] == [True]


def test_ranges_that_touch_and_are_decided_alike_are_one_unless_split() -> None:
    blocks = policy(
        "podSelector: {}, policyTypes: [Egress],"
        "egress: [{to: [{ipBlock: {cidr: 10.0.0.0/9}}, {ipBlock: {cidr: 10.128.0.0/9}}]}]",
        "blocks",
        "shop",
    )
    halves = policy(
        "podSelector: {matchLabels: {app: none}}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/9}}]}]", "half", "shop"
    )
    found = compute(WEB, blocks, halves)
    assert len(found.explain("web").pairs) == 3
    assert len(found.explain("web", ip_ranges="split").pairs) == 4


def test_both_ends_outside_are_refused() -> None:
    with pytest.raises(ValueError, match="both outside the cluster"):
        compute(WEB).explain("1.1.1.1", "2.2.2.2")


def test_deny_alone_leaves_out_what_is_allowed_and_the_default() -> None:
    found = compute(WEB, DB, IN).explain(only="deny")
    assert "Allowed connections" not in found.render("txt")
    assert "All Connections" not in found.render("txt")
    assert all(not part.allowed for pair in found for part in pair.parts)


def test_allow_alone_leaves_out_what_is_denied() -> None:
    text = compute(WEB, DB, IN).explain(only="allow").render("txt")
    assert "Denied connections" not in text
    assert "All Connections due to the system default (Allow all)" in text


def test_a_named_port_that_the_destination_does_not_declare_is_other_ports() -> None:
    named = policy(
        "podSelector: {matchLabels: {app: web}}, policyTypes: [Egress],"
        "egress: [{to: [{podSelector: {}}], ports: [{port: pg}]}]",
        "named",
        "shop",
    )
    other = pod("other", "shop", "app: other")
    found = compute(WEB, DB, other, named)
    assert [str(part.ports) for part in found.explain("web", "db").pairs[0].parts if part.allowed] == ["TCP 5432"]
    assert "and Egress rule #1 selects shop/other[Pod], but the protocols and ports do not match" in str(
        found.explain("web", "other")
    )


def test_a_pod_of_the_hosts_network_is_said_to_be_beyond_policies() -> None:
    host = pod("agent", "shop", "app: agent", spec="hostNetwork: true")
    text = compute(WEB, host, DENY).explain("agent", "web").render("txt")
    assert "\t\t\tthe host's network, where policies do not apply\n" in text


def test_a_workload_is_explained_in_both_directions_by_focussing_on_it() -> None:
    found = compute(WEB, DB, IN).focus("db").explain()
    assert {(pair.src.workload, pair.dst.workload) for pair in found if pair.src.kind == pair.dst.kind} == {
        ("web", "db"),
        ("db", "web"),
    }


def test_the_frame_has_the_documented_columns_with_file_and_line() -> None:
    frame = compute(WEB, DB, IN, DENY).explain("web", "db").to_frame()
    EXPLANATIONS.checked(frame)
    allowing = frame[frame["effect"] == "allows"]
    assert list(allowing["policy"]) == ["NetworkPolicy shop/db-in"]
    assert list(allowing["rule"]) == ["spec.ingress[0]"]
    assert allowing["line"].notna().all()
    assert set(frame["effect"]) == {"allows", "no-rule", "other-ports"}


def test_an_empty_explanation_still_has_the_columns() -> None:
    found = compute(WEB).explain("web", "web")
    EXPLANATIONS.checked(found.to_frame())
    assert found.render("txt") == ""


def test_json_lists_what_is_allowed_and_denied_with_intervals_and_rules() -> None:
    (pair,) = json.loads(compute(WEB, DB, IN).explain("web", "db").render("json"))
    assert (pair["src"], pair["dst"]) == ("shop/web[Pod]", "shop/db[Pod]")
    (allowed,) = pair["allowed"]
    assert (allowed["ports"], allowed["intervals"]) == ("TCP 5432", [["TCP", 5432, 5432]])
    assert allowed["egress"]["ruling"] == "allowed"
    assert [decision["effect"] for decision in allowed["egress"]["decisions"]] == ["default"]
    (decision,) = allowed["ingress"]["decisions"]
    assert (decision["policy"], decision["rule"]) == ("NetworkPolicy shop/db-in", "spec.ingress[0]")
    assert [part["ports"] for part in pair["denied"]] == ["SCTP 1-65535,TCP 1-5431,5433-65535,UDP 1-65535"]


def test_json_has_the_names_and_cells_of_the_frame() -> None:
    found = compute(WEB, DB, DENY, OUT, IN).explain()
    frame = json.loads(found.to_frame().to_json(orient="records"))
    written = [
        {
            "src": pair["src"],
            "dst": pair["dst"],
            "ports": part["ports"],
            "intervals": part["intervals"],
            "verdict": verdict,
            "direction": direction,
            "ruling": part[direction]["ruling"],
            **decision,
        }
        for pair in json.loads(found.render("json"))
        for verdict in ("allowed", "denied")
        for part in pair[verdict]
        for direction in ("egress", "ingress")
        for decision in part[direction]["decisions"]
    ]
    assert written == [{key: cell for key, cell in row.items() if key != "network"} for row in frame]


def test_csv_is_the_frame() -> None:
    text = compute(WEB, DB, IN).explain("web", "db").render("csv")
    assert text.startswith("src,dst,ports,verdict,direction,ruling,effect,policy,rule,")


def test_a_format_of_ones_own_is_registered_by_a_function() -> None:
    @register_format("explanation", "count")
    def count(explanation: object) -> str:
        return str(len(list(explanation)))  # type: ignore[call-overload]

    assert "count" in ANSWER_FORMATS.names("explanation")
    assert compute(WEB, DB).explain("web", "db").render("count") == "1"


@pytest.mark.parametrize(
    "ports,text",
    [
        (ALL_PORTS, "TCP, UDP, SCTP"),
        (PortSet.of("UDP") - PortSet.of("UDP", 53), "UDP:[1-52,54-65535]"),
        (PortSet.of("SCTP") | PortSet.of("TCP", 80), "TCP:[80], SCTP"),
        (NO_PORTS, ""),
    ],
)
def test_ports_are_written_protocol_by_protocol(ports: PortSet, text: str) -> None:
    assert explained_ports(ports) == text


@settings(max_examples=examples(60), deadline=None)
@given(clusters(), st.sampled_from([Semantics(), Semantics.REFERENCE]))
def test_what_the_decisions_allow_is_what_the_engine_computed(manifests: list[Json], semantics: Semantics) -> None:
    found = evaluate(load_manifests(yaml.safe_dump_all(manifests)), semantics=semantics)
    engine = engine_of(found)
    evaluator = Evaluator(engine)
    for direction in Direction:
        for row in range(len(engine.classes)):
            for column in range(engine.matrices[direction].columns):
                parts = evaluator.parts(direction, row, column)
                allowed = PortSet.union_of(part.ports for part in parts if part.ruling.allowed)
                assert allowed == engine.masks.ports(engine.matrices[direction].mask(row, column))
                assert PortSet.union_of(part.ports for part in parts) == ALL_PORTS
                assert sum(len(part.ports.axis) > 0 for part in parts) == len(parts)


@settings(max_examples=examples(30), deadline=None)
@given(clusters())
def test_the_explained_pairs_allow_what_the_map_lists(manifests: list[Json]) -> None:
    found = evaluate(load_manifests(yaml.safe_dump_all(manifests)))
    listed = {(c.src.name, c.dst.name): c.ports for c in found.connections("split")}
    explained = {
        (pair.src.name, pair.dst.name): ports
        for pair in found.explain(ip_ranges="split")
        if (ports := PortSet.union_of(part.ports for part in pair.parts if part.allowed))
    }
    assert explained == listed
