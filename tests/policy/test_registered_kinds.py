"""A kind of policy that a package offers is read like our own; one that cannot be loaded is not passed over."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from workbench.ground import ProblemLog
from workbench.manifests import Manifest
from workbench.policy.registry import POLICY_KINDS, is_policy, read_policy
from workbench.policy.rules import LeftOut


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
