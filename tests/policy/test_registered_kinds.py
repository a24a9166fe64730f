"""A kind that a package offers is read and written like our own; one that cannot be loaded, or fails, is reported."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Final

import pytest
import yaml

from tests.cli.command import command
from workbench.ground import ArgumentError, ProblemError, ProblemLog, Severity
from workbench.inventory import load_manifests
from workbench.manifests import Manifest
from workbench.policy import (
    EVERYTHING,
    NOT_EVALUATED,
    Direction,
    LeftOut,
    Pods,
    Policy,
    Rule,
    Selector,
    Tier,
    is_policy,
    policy_manifest,
    read_policy,
    register_policy_kind,
    write_policies,
    written_selector,
)
from workbench.policy.registry import POLICY_KINDS, PolicyReader
from workbench.policy.rules import Why

SHOP = """
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: shop}, spec: {containers: [{name: c, image: i}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: db, namespace: shop}, spec: {containers: [{name: c, image: i}]}}
---
{apiVersion: example.org/v1, kind: Firewall, metadata: {name: office, namespace: shop}}
"""


def manifest() -> Manifest:
    metadata = {"name": "office", "namespace": "shop"}
    return Manifest({"apiVersion": "example.org/v1", "kind": "Firewall", "metadata": metadata})


def test_a_kind_that_cannot_be_loaded_is_a_policy_that_is_not_evaluated_and_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not is_policy(manifest())
    point = EntryPoint("Firewall.example.org", "firewall_of_nowhere", POLICY_KINDS.group)
    monkeypatch.setitem(POLICY_KINDS.__dict__, "_offered", {point.name: (point,)})
    monkeypatch.setattr(POLICY_KINDS, "_failed", {})
    log = ProblemLog()
    assert is_policy(manifest())
    assert isinstance(read_policy(manifest(), log), LeftOut)
    (problem,) = log
    assert "No module named 'firewall_of_nowhere'" in problem.message
    assert problem.object == "Firewall shop/office"


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what a test registers to it."""
    POLICY_KINDS.names()
    monkeypatch.setattr(POLICY_KINDS, "_known", dict(POLICY_KINDS._known))


def breaks(given: Manifest, _log: ProblemLog) -> Policy:
    return Policy("Firewall", "shop", "p", Tier.NETWORK_POLICY, Pods("shop"), priority=given.content["spec"]["rank"])


def leaves_early(_given: Manifest, _log: ProblemLog) -> Policy:
    message = "a rank is missing"
    raise ArgumentError(message)


def returns_nothing(_given: Manifest, _log: ProblemLog) -> Policy:
    return None  # type: ignore[return-value]


@pytest.mark.usefixtures("kinds")
@pytest.mark.parametrize(
    "reads, why",
    [
        (breaks, "its reader raised KeyError: 'spec'"),
        (leaves_early, "its reader raised ArgumentError: a rank is missing"),
        (returns_nothing, "its reader returned NoneType, not Policy or LeftOut"),
    ],
)
def test_a_policy_whose_reader_fails_is_left_out_with_an_error_and_its_pods_are_uncertain(
    reads: PolicyReader, why: str
) -> None:
    register_policy_kind("example.org/v1", "Firewall", writes=None)(reads)
    log = ProblemLog()
    left = read_policy(manifest(), log)
    assert isinstance(left, LeftOut)
    assert (left.in_force, left.policy.subject) == (True, Pods("shop"))
    (problem,) = log
    assert (problem.severity, problem.code, problem.object) == ("error", NOT_EVALUATED, "Firewall shop/office")
    assert problem.message == f"Firewall (example.org/v1) is not evaluated: {why}"
    assert "Firewall.example.org" in problem.remedy


@pytest.mark.usefixtures("kinds")
def test_without_a_namespace_it_may_be_about_all_pods() -> None:
    register_policy_kind("example.org/v1", "Firewall", writes=None)(breaks)
    left = read_policy(Manifest({**manifest().content, "metadata": {"name": "all"}}), ProblemLog())
    assert isinstance(left, LeftOut)
    assert (left.ref, left.policy.subject) == ("Firewall all", Pods(EVERYTHING))


@pytest.mark.usefixtures("kinds")
def test_other_policies_of_a_kind_are_read_where_its_reader_fails_on_one() -> None:
    register_policy_kind("example.org/v1", "Firewall", writes=None)(breaks)
    ranked = Manifest({**manifest().content, "spec": {"rank": 3}})
    found = [read_policy(one, ProblemLog()) for one in (manifest(), ranked)]
    assert [type(one) for one in found] == [LeftOut, Policy]


@pytest.mark.usefixtures("kinds")
def test_what_a_reader_finds_wrong_with_a_strict_log_is_raised_as_it_is() -> None:
    def reads(given: Manifest, log: ProblemLog) -> Policy:
        log.add(given.problem(Severity.ERROR, "missing-field", "rank is missing"))
        return breaks(given, log)

    register_policy_kind("example.org/v1", "Firewall", writes=None)(reads)
    with pytest.raises(ProblemError, match="rank is missing"):
        read_policy(manifest(), ProblemLog(strict=True))
    with pytest.raises(ProblemError, match="rank is missing"):
        load_manifests(SHOP, strict=True)


@pytest.mark.usefixtures("kinds")
def test_what_is_written_is_refused_where_its_reader_fails() -> None:
    register_policy_kind("example.org/v1", "Firewall", writes=lambda _policy: {})(breaks)
    policy = Policy("Firewall", "shop", "office", Tier.NETWORK_POLICY, Pods("shop"))
    with pytest.raises(ArgumentError, match="its reader raised KeyError: 'rank'"):
        policy_manifest(policy)


@pytest.mark.usefixtures("kinds")
def test_a_reader_that_fails_ends_no_command(tmp_path: Path) -> None:
    register_policy_kind("example.org/v1", "Firewall", writes=None)(breaks)
    (tmp_path / "shop.yaml").write_text(SHOP, encoding="utf-8")
    found = command("connectivity", "map", tmp_path)
    said = " ".join(found.stderr.split())
    assert found.exit_code == 1  # as with any policy that cannot be read
    assert "shop/db[Pod] => shop/web[Pod] : All Connections\n" in found.stdout
    assert "Firewall (example.org/v1) is not evaluated: its reader raised KeyError: 'spec'" in said
    assert "answers about shop/db and shop/web may differ from what the cluster does" in said


# --- written back -----------------------------------------------------------------------------------------


OFFICE: Final = Policy(
    "Firewall",
    "shop",
    "office",
    Tier.NETWORK_POLICY,
    Pods("shop", Selector.of({"app": "web"})),
    frozenset({Direction.INGRESS}),
    (Rule(Direction.INGRESS, 0, (Pods("shop"),)),),
)


def firewall(read_as: Policy | LeftOut) -> None:
    """Register a kind whose manifests are all read as `read_as`."""
    register_policy_kind(
        "example.org/v1", "Firewall", writes=lambda policy: {"on": written_selector(policy.subject.pods)}
    )(lambda *_: read_as)


@pytest.mark.usefixtures("kinds")
def test_what_is_read_back_as_the_same_policy_is_written() -> None:
    firewall(OFFICE)
    assert yaml.safe_load(write_policies(OFFICE)) == {
        "apiVersion": "example.org/v1",
        "kind": "Firewall",
        "metadata": {"name": "office", "namespace": "shop"},
        "spec": {"on": {"matchLabels": {"app": "web"}}},
    }


@pytest.mark.usefixtures("kinds")
def test_what_its_reader_says_in_another_way_is_the_same() -> None:
    by_label = Selector.of({"kubernetes.io/metadata.name": "office"})
    firewall(replace(OFFICE, rules=(Rule(Direction.INGRESS, 0, (Pods("office"),)),)))
    assert write_policies(replace(OFFICE, rules=(Rule(Direction.INGRESS, 0, (Pods(by_label),)),)))


@pytest.mark.usefixtures("kinds")
@pytest.mark.parametrize(
    "read_as, said",
    [
        (replace(OFFICE, rules=()), "spec.ingress[0]: Firewall cannot express this rule: it would be lost"),
        (
            replace(OFFICE, rules=(*OFFICE.rules, Rule(Direction.EGRESS, 0, (Pods("shop"),)))),
            "spec: a Firewall that says this has a further rule, spec.egress[0]",
        ),
        (
            replace(OFFICE, rules=(Rule(Direction.INGRESS, 0, (Pods("shop"),), name="in"),)),
            "spec.ingress[0]: Firewall cannot express name none; it would be read as in",
        ),
        (replace(OFFICE, kind="Wall"), "kind: Firewall cannot express kind Firewall; it would be read as Wall"),
        (replace(OFFICE, name="door"), "metadata.name: Firewall cannot express name office; it would be read as door"),
        (replace(OFFICE, subject=Pods("shop")), "spec.subject: Firewall cannot express subject "),
        (
            replace(OFFICE, isolates=frozenset()),
            "spec.policyTypes: Firewall cannot express isolates ingress",
        ),
        (LeftOut(OFFICE, Why.FOREIGN), "spec: a Firewall that says this takes no part in answers"),
    ],
)
def test_what_is_read_back_as_another_policy_is_refused_and_says_where(read_as: Policy | LeftOut, said: str) -> None:
    firewall(read_as)
    with pytest.raises(ArgumentError) as raised:
        write_policies(OFFICE)
    assert str(raised.value).startswith(f"Firewall shop/office cannot be written: {said}")


def test_every_kind_of_ours_is_read_and_written_by_one_module() -> None:
    """Kinds that were in an older API group are written in the newer one."""
    ours = [kind for kind in POLICY_KINDS if kind.reads.__module__.startswith("workbench.")]
    written = {kind.kind for kind in ours if kind.writes is not None}
    assert len(written) > 1
    assert {kind.kind for kind in ours} == written
