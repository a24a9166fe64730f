"""What the findings of NP001 to NP019 have in common, whatever the cluster: a place, a proof, a patch that works."""

from __future__ import annotations

from typing import Any, Final

import yaml
from hypothesis import given, settings

from tests.checks.asking import asked, patched
from tests.connectivity.clusters import clusters
from tests.examples import examples
from workbench.checks import DeclaredFacts
from workbench.connectivity import equivalent
from workbench.inventory import load_manifests

HERE: Final = tuple(f"NP{number:03}" for number in range(1, 20))
CHANGES_NOTHING: Final = frozenset({"NP011", "NP013", "NP019"})
"""Checks whose patches leave all connections as they are."""
DECLARED: Final = DeclaredFacts(pod_cidrs=("10.0.0.0/16",))


@given(clusters())
@settings(max_examples=examples(60))
def test_each_has_a_place_a_proof_and_a_patch_that_removes_it(documents: list[dict[str, Any]]) -> None:
    text = yaml.safe_dump_all(documents)
    before = load_manifests(text)
    found = asked(before, *HERE, declared=DECLARED)
    for one in found:
        assert one.line is not None
        assert one.evidence
        assert all(one.evidence)
        assert one.message[0].islower()
        assert one.object not in one.message
        if one.patch:
            after = load_manifests(patched(text, one))
            left = asked(after, one.check, declared=DECLARED)
            gone = one.fingerprint not in {other.fingerprint for other in left}
            assert gone or len(left) < len(found.of(one.check)), str(one)  # another rule may have its place now
            assert one.check not in CHANGES_NOTHING or equivalent(before, after)
