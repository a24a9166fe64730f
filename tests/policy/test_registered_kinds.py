"""A kind that a package offers is read and written like our own; one that cannot be loaded is not passed over."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import EntryPoint
from typing import Final

import pytest
import yaml

from workbench.ground import ArgumentError, ProblemLog
from workbench.manifests import Manifest
from workbench.policy import Direction, Pods, Policy, Rule, Selector, Tier, write_policies, written_selector
from workbench.policy.registry import POLICY_KINDS, is_policy, read_policy, register_policy_kind
from workbench.policy.rules import LeftOut, Why


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


@pytest.fixture
def kinds_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget the kinds that a test registers."""
    POLICY_KINDS.names()
    monkeypatch.setattr(POLICY_KINDS, "_known", dict(POLICY_KINDS._known))


def firewall(read_as: Policy | LeftOut) -> None:
    """Register a kind whose manifests are all read as `read_as`."""
    register_policy_kind(
        "example.org/v1", "Firewall", writes=lambda policy: {"on": written_selector(policy.subject.pods)}
    )(lambda *_: read_as)


@pytest.mark.usefixtures("kinds_as_before")
def test_what_is_read_back_as_the_same_policy_is_written() -> None:
    firewall(OFFICE)
    assert yaml.safe_load(write_policies(OFFICE)) == {
        "apiVersion": "example.org/v1",
        "kind": "Firewall",
        "metadata": {"name": "office", "namespace": "shop"},
        "spec": {"on": {"matchLabels": {"app": "web"}}},
    }


@pytest.mark.usefixtures("kinds_as_before")
def test_what_its_reader_says_in_another_way_is_the_same() -> None:
    by_label = Selector.of({"kubernetes.io/metadata.name": "office"})
    firewall(replace(OFFICE, rules=(Rule(Direction.INGRESS, 0, (Pods("office"),)),)))
    assert write_policies(replace(OFFICE, rules=(Rule(Direction.INGRESS, 0, (Pods(by_label),)),)))


@pytest.mark.usefixtures("kinds_as_before")
@pytest.mark.parametrize(
    "read_as, said",
    [
        (replace(OFFICE, rules=()), "spec.ingress[0]: Firewall cannot say this rule: it would be lost"),
        (
            replace(OFFICE, rules=(*OFFICE.rules, Rule(Direction.EGRESS, 0, (Pods("shop"),)))),
            "spec: a Firewall that says this has a further rule, spec.egress[0]",
        ),
        (
            replace(OFFICE, rules=(Rule(Direction.INGRESS, 0, (Pods("shop"),), name="in"),)),
            "spec.ingress[0]: Firewall cannot say name none; it would mean in",
        ),
        (replace(OFFICE, kind="Wall"), "kind: Firewall cannot say kind Firewall; it would mean Wall"),
        (replace(OFFICE, name="door"), "metadata.name: Firewall cannot say name office; it would mean door"),
        (replace(OFFICE, subject=Pods("shop")), "spec.subject: Firewall cannot say subject "),
        (
            replace(OFFICE, isolates=frozenset()),
            "spec.policyTypes: Firewall cannot say isolates ingress",
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
