"""NP019: NetworkPolicies that leave out policyTypes."""

from __future__ import annotations

import pytest
import yaml

from tests.checks.asking import asked, assert_patch_removes, line_of, only, patched, pod, policy
from workbench.checks import CheckSeverity, check
from workbench.connectivity import equivalent, evaluate
from workbench.inventory import load_manifests

WEB = pod("shop/web")
EGRESS = "\n  egress:\n  - to: [{podSelector: {}}]"


@pytest.mark.parametrize("rest, types", [("", ["Ingress"]), (EGRESS, ["Ingress", "Egress"])])
def test_types_that_are_left_out(rest: str, types: list[str]) -> None:
    text = WEB + policy("shop/in", f"  podSelector: {{}}{rest}")
    one = only(asked(text, "NP019"))
    assert (one.object, one.field, one.severity) == ("NetworkPolicy shop/in", "spec", CheckSeverity.LOW)
    assert one.line == line_of(text, "spec:\n")
    assert one.message == f"leaves out policyTypes, and isolates for {' and '.join(types).lower()}"
    assert_patch_removes(text, one)
    assert yaml.safe_load(one.patch.yaml)["spec"]["policyTypes"] == types
    assert equivalent(load_manifests(text), load_manifests(patched(text, one)))


def test_an_empty_egress_denies_nothing() -> None:
    one = only(asked(WEB + policy("shop/in", "  podSelector: {}\n  egress: []"), "NP019"))
    assert one.severity is CheckSeverity.MEDIUM
    assert one.message.endswith("its empty egress denies nothing")


@pytest.mark.parametrize("types", ["Ingress", "Egress", "Ingress, Egress"])
def test_types_that_are_written_are_quiet(types: str) -> None:
    assert not asked(WEB + policy("shop/in", f"  podSelector: {{}}\n  policyTypes: [{types}]"), "NP019")


def test_an_empty_list_is_left_out_too() -> None:
    assert asked(WEB + policy("shop/in", "  podSelector: {}\n  policyTypes: []"), "NP019")


def test_a_policy_that_took_the_place_of_one_is_asked_in_its_stead() -> None:
    text = WEB + policy("shop/in", "  podSelector: {}")
    conn = evaluate(load_manifests(text)).with_policies(
        load_manifests(policy("shop/in", "  podSelector: {}\n  policyTypes: [Ingress]"))
    )
    assert not check(conn, only=["NP019"])
