"""Checks of one's own: what may be registered, and what of it is asked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.checks.samples import SHOP, WEB
from workbench.checks import CHECKS, CheckContext, CheckSeverity, Fact, Found, check, register_check
from workbench.ground import ArgumentError, UnknownPluginError
from workbench.inventory import load_manifests

SHOP_CLUSTER = load_manifests(SHOP)


@pytest.fixture
def named() -> Iterator[None]:
    """Forget what a test registers."""
    before = dict(CHECKS._known)
    yield
    CHECKS._known.clear()
    CHECKS._known.update(before)


@pytest.mark.usefixtures("named")
def test_a_check_is_registered_by_a_decorator_and_found_by_its_id() -> None:
    @register_check("TEAM1", title="Web", severity="low", reason="It is.", remedy="Rename it.")
    def webs(context: CheckContext) -> Iterator[Found]:
        yield from (Found.of_workload(one, "is called web") for one in context.workloads if one.name == "web")

    (finding,) = check(SHOP_CLUSTER, only=["TEAM1"])
    assert (finding.check, finding.object, finding.workload) == ("TEAM1", "Pod shop/web", "shop/web[Pod]")
    assert (finding.severity, finding.remedy) == (CheckSeverity.LOW, "Rename it.")
    assert check(SHOP_CLUSTER, skip=["TEAM1"]).of("TEAM1").items == ()


@pytest.mark.usefixtures("named")
def test_a_check_that_lacks_a_fact_is_not_asked_and_that_is_said() -> None:
    @register_check("TEAM2", title="Seen", severity="low", reason="It is.", remedy="No.", needs=[Fact.FLOWS])
    def seen(context: CheckContext) -> Iterator[Found]:
        assert context.flows is not None
        yield from ()

    found = check(SHOP_CLUSTER, only=["TEAM2"])
    assert [one.check.id for one in found.not_asked] == ["TEAM2"]
    assert found.notes == ("not asked, since no flows were given: TEAM2",)
    assert found.checks == ()


@pytest.mark.parametrize(
    "called, changed, message",
    [
        ("", {}, "is no id of a check"),
        ("a b", {}, "is no id of a check"),
        ("T", {"severity": "worst"}, "'worst' is none of critical, high"),
        ("T", {"needs": ["luck"]}, "'luck' is none of flows"),
        ("T", {"reason": " "}, "has no reason"),
        ("T", {"remedy": ""}, "has no remedy"),
    ],
)
def test_what_is_no_check_is_refused(called: str, changed: dict[str, object], message: str) -> None:
    given: dict[str, object] = {"title": "T", "severity": "low", "reason": "R", "remedy": "R"}
    with pytest.raises(ArgumentError, match=message):
        register_check(called, **(given | changed))  # type: ignore[arg-type]


def test_an_unknown_check_is_an_error_that_lists_the_known_ones() -> None:
    with pytest.raises(UnknownPluginError, match="unknown check 'NP999'; there are NP"):
        check(SHOP_CLUSTER, only=["NP999"])
    with pytest.raises(UnknownPluginError, match="NP999"):
        check(SHOP_CLUSTER, skip=["NP999"])


@pytest.mark.usefixtures("named")
def test_severities_order_findings_and_one_finding_may_have_its_own() -> None:
    @register_check("TEAM3", title="T", severity="low", reason="R", remedy="R")
    def both(context: CheckContext) -> Iterator[Found]:
        (one,) = context.workloads
        yield Found.of_workload(one, "first", key="1")
        yield Found.of_workload(one, "second", key="2", severity=CheckSeverity.CRITICAL)
        yield Found.of_workload(one, "second again", key="2")

    found = check(load_manifests(WEB + "---\n"), only=["TEAM3"])
    assert [(one.severity.value, one.message) for one in found] == [("critical", "second"), ("low", "first")]
    assert (found.count("critical"), found.count("low"), len(found.failing("high"))) == (1, 1, 1)
    assert found.headline == "2 findings: 1 critical, 1 low"
    assert found.failing("info").items == found.items


def test_findings_can_be_kept_to_namespaces() -> None:
    assert len(check(SHOP_CLUSTER, only=["NP010"], namespaces=["shop"])) == 1
    assert len(check(SHOP_CLUSTER, only=["NP010"], namespaces=["other"])) == 0
