"""What all findings have in common: each is proven, and its patch removes it."""

from __future__ import annotations

from typing import Any, Final

import yaml
from hypothesis import given, settings

from tests.checks.asking import asked, only, patched, pod, policy
from tests.connectivity.clusters import clusters
from tests.examples import examples
from workbench.checks import CHECKS
from workbench.connectivity import equivalent
from workbench.inventory import load_manifests

HERE: Final = frozenset(f"NP{number:03}" for number in range(20, 41))
"""The checks that these modules are about."""
CHANGES_NOTHING: Final = frozenset({"NP021", "NP022", "NP031", "NP035"})
"""Checks whose patches leave all connections as they are."""


def test_a_policy_that_the_api_server_names_has_no_patch() -> None:
    text = pod("shop/web") + policy(
        "shop/some-", "  podSelector: {}\n  policyTypes: [Ingress]\n  ingress: [{ports: [{port: 80}]}]"
    )
    assert only(asked(text.replace("some-", "some"), "NP021")).patch
    assert not only(asked(text.replace("name: some-", "generateName: some-"), "NP021")).patch


@given(clusters())
@settings(max_examples=examples(100))
def test_a_patch_removes_its_finding(documents: list[dict[str, Any]]) -> None:
    text = yaml.safe_dump_all(documents)
    before = load_manifests(text)
    found = asked(before, *sorted(HERE.intersection(CHECKS.names())))
    for one in found:
        assert one.evidence
        assert one.line is not None
        assert one.remedy
        if one.patch:
            after = load_manifests(patched(text, one))
            left = asked(after, one.check)
            gone = one.fingerprint not in {other.fingerprint for other in left}
            assert gone or len(left) < len(found.of(one.check))  # another rule may have its place now
            assert one.check not in CHANGES_NOTHING or equivalent(before, after)
