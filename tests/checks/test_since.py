"""Findings beside those of an earlier snapshot: what is known, what is new, and what is gone."""

from __future__ import annotations

import json

import pytest

from tests.checks.samples import SHOP, WEB
from workbench.checks import CheckFindings, FindingStatus, check, read_accepted
from workbench.inventory import load_manifests

ONE_MORE = SHOP.replace("nobody", "nothing").partition("---")[2]
ACCEPTED = """\
accepted:
- {check: NP010, object: "*", owner: ana, reason: in spring}
"""


def found(text: str, **facts: object) -> CheckFindings:
    return check(load_manifests(text), only=["NP010"], **facts)  # type: ignore[arg-type]  # facts are of many types


def test_what_was_there_is_known_and_what_was_not_is_new() -> None:
    now = found(f"{SHOP}---{ONE_MORE}").since(found(SHOP))
    assert {one.object: one.status for one in now} == {
        "NetworkPolicy shop/nobody": FindingStatus.KNOWN,
        "NetworkPolicy shop/nothing": FindingStatus.NEW,
    }
    assert [one.object for one in now.failing("info")] == ["NetworkPolicy shop/nothing"]
    assert now.headline == "1 finding: 1 medium; 1 known from before"


def test_where_lines_have_moved_it_is_the_same() -> None:
    moved = found(f"{WEB.replace('web', 'till')}---\n{SHOP}").since(found(SHOP))
    assert [one.status for one in moved] == [FindingStatus.KNOWN]


def test_what_is_found_no_more_is_gone() -> None:
    now = found(WEB).since(found(SHOP))
    assert [one.object for one in now.gone] == ["NetworkPolicy shop/nobody"]
    assert now.headline == "0 findings; 1 gone since"
    assert "gone: medium: NP010: NetworkPolicy shop/nobody" in now.render("txt")
    assert '"gone": [' in now.render("json")


def test_what_matters_more_than_it_did_is_not_known() -> None:
    opened = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: dns, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{ports: [{port: %s}]}]}
"""
    before = check(load_manifests(WEB + opened % 8053), only=["NP021"])
    after = check(load_manifests(WEB + opened % 53), only=["NP021"])
    assert [one.severity for one in before] == ["low"]
    assert [(one.severity, one.status) for one in after.since(before)] == [("medium", FindingStatus.NEW)]
    assert [one.status for one in before.since(after)] == [FindingStatus.KNOWN]


def test_what_somebody_answers_for_stays_answered_for_and_is_not_gone() -> None:
    answered = found(SHOP, accepted=read_accepted(ACCEPTED))
    assert [one.status for one in answered.since(found(SHOP))] == [FindingStatus.ACCEPTED]
    assert found(WEB).since(answered).gone == ()


def test_what_one_side_was_not_asked_about_is_neither_known_nor_gone() -> None:
    nothing = check(load_manifests(SHOP), only=["NP021"])
    assert [one.status for one in found(SHOP).since(nothing)] == [FindingStatus.NEW]
    assert nothing.since(found(SHOP)).gone == ()


@pytest.mark.parametrize("earlier, suppressed", [(WEB, False), (SHOP, True)])
def test_in_pipelines_what_is_known_is_suppressed(earlier: str, suppressed: bool) -> None:  # noqa: FBT001  (a parameter)
    now = found(SHOP).since(found(earlier))
    (result,) = json.loads(now.render("sarif"))["runs"][0]["results"]
    assert bool(result.get("suppressions")) is suppressed
    assert ("<skipped" in now.render("junit")) is suppressed
    assert ("::warning" in now.render("github")) is not suppressed
