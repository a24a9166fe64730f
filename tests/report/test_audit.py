"""What an audit says: each section from the facts, and what is missing where something was not given."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from tests.report.small import MANIFESTS, NOW, Given, made
from workbench.checks import check, permissiveness
from workbench.connectivity import evaluate
from workbench.ground import ArgumentError, UnknownPluginError, sample_path
from workbench.inventory import Cluster, load_manifests
from workbench.report import SECTIONS, Audit, AuditContext, Prose, ProseKind, audit, chosen_sections, register_section

BARE = load_manifests(MANIFESTS)
WRONG = """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: odd, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, egress: [{ports: [{port: 99999}]}]}
"""


def told(found: Audit, section: str, kind: ProseKind) -> str:
    return "\n".join(one.text for one in found.section(section).prose if one.kind is kind)


def bare(**other: Any) -> Audit:  # noqa: ANN401  (whatever `audit` takes)
    return audit(BARE, **{"now": NOW, **other})


def test_sections_come_in_the_order_of_reports(whole: Audit) -> None:
    assert [one.id for one in whole.sections] == [one.id for one in chosen_sections()]
    assert [one.id for one in whole.sections][:3] == ["summary", "scope", "coverage"]
    assert [one.id for one in bare(sections=["policies", "coverage"]).sections] == ["coverage", "policies"]


@pytest.mark.parametrize(
    "section, words",
    [
        ("summary", "No flows were given"),
        ("scope", "No flows were given"),
        ("scope", "No baselines were given"),
        ("scope", "No address book was given"),
        ("scope", "Nobody declared whether the network plugin enforces"),
        ("scope", "No earlier audit was given"),
        ("external", "No flows were given"),
        ("baselines", "No baselines were given"),
        ("findings", "Not asked, since no flows were given"),
        ("findings", "Not asked, since no corporate rules were given"),
        ("use", "No flows were given"),
        ("changes", "No earlier audit was given"),
    ],
)
def test_a_section_says_what_was_not_given(section: str, words: str) -> None:
    assert words in told(bare(), section, ProseKind.MISSING)


def test_nothing_is_said_to_be_missing_where_all_is_given(whole: Audit) -> None:
    missing = [one.text for section in whole.sections for one in section.prose if one.kind is ProseKind.MISSING]
    assert [one for one in missing if "given" in one or "declared" in one] == []


def test_an_audit_of_no_cluster_has_all_sections() -> None:
    found = audit(Cluster(), now=NOW)
    assert len(found.sections) == len(chosen_sections())
    assert found.frame("coverage").empty


def test_what_was_wrong_with_the_input_is_in_the_report_and_in_the_answer(whole: Audit) -> None:
    assert "unresolved-named-port" in set(whole.frame("problems")["code"])
    assert any(one.code == "unresolved-named-port" for one in whole.problems_found)


def test_coverage_says_which_policies_isolate(whole: Audit) -> None:
    rows = whole.frame("coverage").set_index("workload")
    assert list(rows.loc["shop/db[Pod]", ["ingress", "egress"]]) == ["isolated", "isolated"]
    assert list(rows.loc["pay/batch[Pod]", ["ingress", "egress"]]) == ["open", "open"]
    assert rows.loc["shop/web[Pod]", "ingress_policies"] == ("NetworkPolicy shop/web",)
    assert whole.frame("coverage")["workload"].iloc[0] == "pay/batch[Pod]"  # what is open comes first


def test_exposure_says_from_where_and_to_where(whole: Audit) -> None:
    rows = {(row.workload, row.direction): row for row in whole.frame("exposure").itertuples()}
    assert (rows["shop/web[Pod]", "ingress"].extent, rows["shop/web[Pod]", "ingress"].ports) == ("anywhere", "TCP 80")
    assert rows["pay/api[Pod]", "egress"].peers == ("203.0.113.0/24",)
    assert ("shop/db[Pod]", "ingress") not in rows
    assert whole.frame("published")["way"].tolist() == ["LoadBalancer"]


def test_addresses_outside_have_the_names_of_the_book(whole: Audit) -> None:
    assert set(whole.frame("external")["name"]) == {"office", "acquirer"}


def test_connections_are_those_of_the_map_with_what_was_used(whole: Audit) -> None:
    rows = {(row.src, row.dst): row for row in whole.frame("connections").itertuples()}
    assert {(one.src.name, one.dst.name) for one in evaluate(BARE).connections()} == set(rows)
    assert rows["shop/web[Pod]", "shop/db[Pod]"].ports_used == "TCP 5432"
    assert rows["pay/batch[Pod]", "shop/web[Pod]"].ports_used == ""


def test_what_was_denied_and_what_passed_against_policies_is_listed(known: Given) -> None:
    changed = MANIFESTS.replace("ports: [{port: 5432}]", "ports: [{port: 1}]")
    found = made(known, cluster=load_manifests(changed), sections=["use"])
    rows = {(row.status, row.src, row.dst) for row in found.frame("unexpected").itertuples()}
    assert ("not-allowed", "shop/web[Pod]", "shop/db[Pod]") in rows
    assert ("denied", "pay/batch[Pod]", "shop/db[Pod]") in rows
    assert "passed though these policies deny it" in told(found, "use", ProseKind.WARNING)


def test_how_much_is_allowed_is_what_permissiveness_says(whole: Audit, known: Given) -> None:
    wanted = permissiveness(known.cluster, known.flows).to_frame()
    keyed = whole.frame("permissiveness").set_index(["scope", "name"]).sort_index()
    assert keyed.equals(wanted.set_index(["scope", "name"]).sort_index())
    figures = whole.to_frame().set_index("figure")
    (total,) = wanted[wanted["scope"] == "cluster"].itertuples()
    assert list(figures.loc["connections-allowed", ["number", "out_of"]]) == [total.allowed, total.possible]
    assert figures["number"]["connections-unused"] == total.excess


def test_findings_are_those_of_the_checks_with_remedy_and_patch(whole: Audit, known: Given) -> None:
    wanted = check(
        known.cluster,
        known.flows,
        known.baselines,
        known.accepted,
        declared=known.declared,
        corporate=known.corporate,
        now=NOW,
    ).to_frame()
    found = whole.frame("findings")
    assert found.equals(wanted)
    assert (found["remedy"] != "").all()
    ready = whole.frame("changes-ready")
    is_open = found["status"].isin(["new", "expired"])
    assert set(ready["patch"]) == set(found.loc[is_open & (found["patch"] != ""), "patch"])
    assert int(ready["findings"].sum()) == int((is_open & ((found["patch"] != "") | found["delete"].map(bool))).sum())


def test_evidence_is_of_every_finding(whole: Audit) -> None:
    assert set(whole.frame("evidence")["fingerprint"]) == set(whole.frame("findings")["fingerprint"])


def test_a_scope_keeps_to_what_is_about_its_namespaces(known: Given) -> None:
    found = made(known, namespaces=["pay"])
    assert set(found.frame("coverage")["namespace"]) == {"pay"}
    assert set(found.frame("policies")["namespace"]) == {"pay"}
    assert set(found.frame("permissiveness")["namespace"]) == {"pay"}
    assert set(found.frame("exposure")["namespace"]) == {"pay"}
    ends = found.frame("connections")[["src_namespace", "dst_namespace"]]
    assert (ends == "pay").any(axis=1).all()
    everything = made(known).frame("connections")
    assert len(found.frame("connections")) == int(
        (everything[["src_namespace", "dst_namespace"]] == "pay").any(axis=1).sum()
    )


def test_a_namespace_that_is_not_there_is_refused() -> None:
    with pytest.raises(ArgumentError, match="there is no namespace nowhere"):
        bare(namespaces=["nowhere"])


def test_what_is_no_section_is_refused() -> None:
    with pytest.raises(UnknownPluginError, match="nonsense"):
        bare(sections=["nonsense"])


def test_a_policy_that_takes_no_part_is_listed_and_told_of() -> None:
    found = audit(load_manifests(MANIFESTS + WRONG), now=NOW, sections=["policies"])
    rows = found.frame("policies").set_index("policy")
    assert list(rows.loc["NetworkPolicy shop/odd", ["tier", "rule_count"]]) == ["left-out", 0]
    assert "take" in told(found, "policies", ProseKind.WARNING)


def test_the_digest_of_a_policy_changes_with_what_it_says_alone() -> None:
    def digests(manifests: str) -> dict[str, str]:
        frame = audit(load_manifests(manifests), now=NOW, sections=["policies"]).frame("policies")
        return dict(zip(frame["policy"], frame["digest"], strict=True))

    moved = digests("# a line\n" + MANIFESTS)
    assert moved == digests(MANIFESTS)
    changed = digests(MANIFESTS.replace("cidr: 203.0.113.0/24", "cidr: 203.0.113.0/25"))
    assert {one for one in moved if moved[one] != changed[one]} == {"NetworkPolicy pay/api"}


def test_times_of_any_zone_are_told_in_utc() -> None:
    east = datetime(2026, 11, 30, 12, tzinfo=timezone(timedelta(hours=2)))
    assert bare(now=east, sections=["scope"]).now == NOW
    assert bare(now=datetime(2026, 11, 30, 10), sections=["scope"]).now.tzinfo is UTC  # noqa: DTZ001  (what is tried)


def test_a_section_of_ones_own_joins_the_others() -> None:
    @register_section("owners", title="Owners", order=310)
    def owners(context: AuditContext) -> Iterator[Prose | str]:
        yield f"{len(context.policies)} policies."
        yield Prose.missing("Nobody says who they belong to.")

    try:
        found = bare(sections=["coverage", "owners", "exposure"])
    finally:
        SECTIONS._known.pop("owners")
    assert [one.id for one in found.sections] == ["coverage", "owners", "exposure"]
    assert [one.text for one in found.section("owners").prose][:1] == ["3 policies."]


@pytest.mark.parametrize("id, title", [("Upper", "x"), ("", "x"), ("fine", " ")])
def test_a_section_without_a_name_is_refused(id: str, title: str) -> None:  # noqa: A002  (as it is called)
    with pytest.raises(ArgumentError):
        register_section(id, title=title)


def test_figures_of_the_sample_are_what_is_answered_elsewhere() -> None:
    cluster = load_manifests(sample_path("shop"))
    found = audit(cluster, now=NOW, sections=["summary", "exposure"])
    figures = found.to_frame().set_index("figure")["number"]
    conn = evaluate(cluster)
    assert figures["workloads"] == len(conn.standings())
    assert figures["connections-allowed"] == permissiveness(conn).to_frame()["allowed"].iloc[-1]
    assert sum(figures[f"findings-{one}"] for one in ("critical", "high", "medium", "low", "info")) == len(
        check(cluster, now=NOW).open
    )
