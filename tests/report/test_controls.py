"""What an audit says of controls: the answer follows from the facts, and what cannot be judged is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.project.controls_page import controls_page
from tests.report.small import MANIFESTS, NOW, Given, made
from workbench.checks import DeclaredFacts
from workbench.inventory import Cluster, load_manifests
from workbench.report import CONTROLS, Audit, audit
from workbench.report.control_facts import FACTS, MET, NOT_MET, PARTLY, UNKNOWN, ControlFact, answer_of

DENIED = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: deny, namespace: %s}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""


def answers(found: Audit) -> dict[str, str]:
    frame = found.frame("controls")
    return dict(zip(frame["control"], frame["answer"], strict=True))


@pytest.mark.parametrize(
    "facts, answer",
    [
        ([], UNKNOWN),
        ([UNKNOWN], UNKNOWN),
        ([MET, MET], MET),
        ([MET, UNKNOWN], PARTLY),
        ([NOT_MET, UNKNOWN], NOT_MET),
        ([NOT_MET, MET], PARTLY),
        ([PARTLY], PARTLY),
    ],
)
def test_an_answer_is_met_only_where_all_facts_are_known_and_met(facts: list[str], answer: str) -> None:
    assert answer_of([ControlFact(one, "") for one in facts]) == answer


def test_every_control_asks_for_facts_that_there_are_and_says_what_lies_beyond() -> None:
    assert {name for one in CONTROLS for name in one.facts} <= set(FACTS)
    assert all(one.facts and one.beyond and one.title for one in CONTROLS)
    assert len({(one.framework, one.control) for one in CONTROLS}) == len(CONTROLS)
    assert set(FACTS) == {name for one in CONTROLS for name in one.facts}


def test_every_framework_that_is_promised_has_controls() -> None:
    words = {one.framework.split()[0] for one in CONTROLS}
    assert words == {"CIS", "NSA/CISA", "PCI", "NIST", "ISO/IEC", "NIS2"}


def test_every_control_has_its_facts_with_figures(whole: Audit) -> None:
    frame = whole.frame("controls")
    assert len(frame) == len(CONTROLS)
    for one, facts in zip(CONTROLS, frame["facts"], strict=True):
        assert len(facts) == len(one.facts)


def test_a_cluster_that_denies_everything_and_is_enforced_meets_what_asks_for_isolation() -> None:
    closed = load_manifests(MANIFESTS).with_policies(
        load_manifests(DENIED % "shop" + "---" + DENIED % "pay").objects.policies
    )
    before = answers(audit(load_manifests(MANIFESTS), now=NOW, sections=["controls"]))
    after = answers(audit(closed, now=NOW, sections=["controls"], declared=DeclaredFacts(cni="cilium")))
    assert (before["5.3.2"], after["5.3.1"]) == (PARTLY, PARTLY)  # whether policies hold was not observed
    only_denying = closed.with_policies(remove=[f"NetworkPolicy {one}" for one in ("shop/db", "shop/web", "pay/api")])
    assert answers(audit(only_denying, now=NOW, sections=["controls"]))["1.4.2"] == MET


def test_without_policies_nothing_is_isolated() -> None:
    bare = load_manifests(MANIFESTS).with_policies(remove=load_manifests(MANIFESTS).objects.policies)
    found = answers(audit(bare, now=NOW, sections=["controls"]))
    assert found["5.3.2"] == NOT_MET
    assert found["1.3.1"] == NOT_MET


@pytest.mark.parametrize("days, answer", [(10, MET), (200, PARTLY)])
def test_a_review_is_as_old_as_the_audit_before(known: Given, days: int, answer: str) -> None:
    before = replace(made(known, sections=["coverage"]), now=NOW - timedelta(days=days))
    found = made(known, earlier=before, sections=["controls"]).frame("controls").set_index("control")
    assert f"The audit before this one is {days} days older." in found["facts"]["Art. 21(2)(f)"]
    assert found["answer"]["Art. 21(2)(f)"] == answer  # nothing passed against policies, and a review is due or not


def test_no_cluster_can_be_judged() -> None:
    assert len(audit(Cluster(), now=NOW, sections=["controls"]).frame("controls")) == len(CONTROLS)


def test_the_page_of_controls_is_that_of_the_code(project: Path) -> None:
    page = (project / "docs" / "audit-controls.md").read_text(encoding="utf-8")
    assert page == controls_page(), "python -m tests.project.controls_page > docs/audit-controls.md"
