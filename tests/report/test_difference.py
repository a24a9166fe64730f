"""What changed from one audit to another: what came, what went, and what is not comparable."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import html5lib
import pytest

from tests.report.small import MANIFESTS, NOW, Given, made
from workbench.inventory import Cluster, load_manifests
from workbench.report import Audit, AuditDiff, ProseKind, audit, diff_audits, read_bundle
from workbench.report.frames import AUDIT_CHANGES
from workbench.report.html import diff_html

LATER = (
    MANIFESTS.replace("cidr: 203.0.113.0/24", "cidr: 203.0.113.0/25")
    + """\
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: pay}
spec: {podSelector: {}, policyTypes: [Ingress]}
"""
)


@pytest.fixture(scope="module")
def before() -> Audit:
    return audit(load_manifests(MANIFESTS), now=NOW)


@pytest.fixture(scope="module")
def after() -> Audit:
    return audit(load_manifests(LATER), now=NOW + timedelta(days=90), title="Later")


@pytest.fixture(scope="module")
def found(before: Audit, after: Audit) -> AuditDiff:
    return diff_audits(before, after)


def rows(found: AuditDiff, about: str) -> set[tuple[str, ...]]:
    frame = found.of(about)[["change", "subject", "column", "before", "after"]]
    return set(frame.itertuples(index=False, name=None))


def test_an_audit_does_not_differ_from_itself(before: Audit, written: Path, whole: Audit) -> None:
    assert len(diff_audits(before, before)) == 0
    assert len(diff_audits(read_bundle(written), whole)) == 0
    assert diff_audits(before, before).to_frame().empty


def test_differences_are_those_of_the_facts(found: AuditDiff) -> None:
    assert rows(found, "coverage") == {
        ("changed", "pay/api[Pod]", "ingress", "open", "isolated"),
        ("changed", "pay/batch[Pod]", "ingress", "open", "isolated"),
    }
    assert ("changed", "pay/api[Pod] egress TCP 443", "peers", "203.0.113.0/24", "203.0.113.0/25") in rows(
        found, "exposure"
    )
    assert {(one[0], one[1]) for one in rows(found, "policies")} == {
        ("added", "NetworkPolicy pay/deny"),
        ("changed", "NetworkPolicy pay/api"),
        ("changed", "NetworkPolicy pay/deny"),
    } - {("changed", "NetworkPolicy pay/deny")}
    gone = {one[1] for one in rows(found, "connections") if one[0] == "removed"}
    assert "shop/web[Pod] pay/batch[Pod]" in gone


def test_findings_are_new_or_gone(found: AuditDiff) -> None:
    gone = {one[1] for one in rows(found, "findings") if one[0] == "removed"}
    assert "NP001 Namespace pay" in gone


def test_there_and_back_are_the_same_differences(before: Audit, after: Audit, found: AuditDiff) -> None:
    back = diff_audits(after, before)
    turned = {"added": "removed", "removed": "added", "changed": "changed"}
    there = {(one.about, turned[str(one.change)], one.subject, one.column) for one in found.to_frame().itertuples()}
    assert there == {(one.about, one.change, one.subject, one.column) for one in back.to_frame().itertuples()}


def test_what_one_of_the_two_does_not_have_is_not_compared(before: Audit) -> None:
    less = audit(load_manifests(LATER), now=NOW, sections=["coverage"])
    found = diff_audits(before, less)
    assert set(found.to_frame()["about"]) == {"coverage"}
    for name in ("findings", "connections", "published", "policies", "rules"):
        assert any(f"The table {name} is in one of the two audits only" in one for one in found.notes)


def test_no_findings_are_compared_with_some() -> None:
    none = audit(Cluster(), now=NOW, sections=["findings"])
    some = audit(load_manifests(MANIFESTS), now=NOW, sections=["findings"])
    found = diff_audits(none, some)
    assert {one[0] for one in rows(found, "findings")} == {"added"}
    assert found.notes == ()


def test_checks_that_were_not_asked_in_both_are_left_out_by_name(known: Given) -> None:
    asked, not_asked = (made(known, corporate=one, sections=["findings"]) for one in (known.corporate, None))
    found = diff_audits(asked, not_asked)
    assert len(found) == 0
    assert any("NP034" in one for one in found.notes)


def test_other_scopes_are_told_of(known: Given) -> None:
    found = diff_audits(made(known, sections=["coverage"]), made(known, sections=["coverage"], namespaces=["pay"]))
    assert any("about all namespaces, the later one about pay" in one for one in found.notes)
    assert {one[0] for one in rows(found, "coverage")} == {"removed"}


def test_the_section_of_changes_says_the_same(known: Given) -> None:
    earlier = made(known, cluster=load_manifests(LATER))
    later = made(known, earlier=earlier)
    assert later.frame("changes").equals(diff_audits(earlier, later).to_frame())
    missing = [one.text for one in later.section("changes").prose if one.kind is ProseKind.MISSING]
    assert missing == []


@pytest.mark.parametrize("format", ["txt", "md", "csv", "json", "html"])
def test_every_format_says_what_changed(found: AuditDiff, format: str) -> None:  # noqa: A002  (as it is called)
    text = str(found.render(format)).replace("<wbr>", "")
    assert "203.0.113.0/25" in text
    assert "NP001" in text
    if format == "json":
        assert len(json.loads(text)["differences"]) == len(found)
    if format == "html":
        html5lib.HTMLParser(strict=True).parse(text)


def test_a_frame_of_differences_is_what_its_table_promises(found: AuditDiff) -> None:
    AUDIT_CHANGES.checked(found.to_frame())


def test_a_page_has_a_template_of_its_own(found: AuditDiff, tmp_path: Path) -> None:
    (tmp_path / "diff.html.j2").write_text("{{ page.title }}")
    assert diff_html(found, tmp_path) == "Changes: Later\n"


def test_the_later_time_is_told(before: Audit) -> None:
    later = replace(before, now=NOW + timedelta(days=91))
    assert str(diff_audits(before, later)).startswith("From Network policy audit, 2026-11-30 10:00 UTC")
