"""In a cluster that holds the proposal, what it claims is allowed between workloads, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings

from tests.examples import examples
from tests.generate.build_time.claims import allowed_between_workloads, claimed
from tests.generate.build_time.clusters import declaring_clusters
from tests.generate.build_time.objects import Json, cluster_of
from workbench import load_manifests
from workbench.generate import propose

CORPUS = Path(os.environ.get("NETPOL_CORPUS", Path(__file__).resolve().parents[4] / "shared" / "corpus"))


@given(declaring_clusters())
@settings(max_examples=examples(200))
def test_what_is_required_is_allowed_and_all_else_between_workloads_denied(objects: list[Json]) -> None:
    found = propose(cluster_of(*objects), strategy="build-time")
    assert allowed_between_workloads(found) == claimed(found)


@given(declaring_clusters())
@settings(max_examples=examples(50))
def test_two_runs_give_the_same_bytes(objects: list[Json]) -> None:
    first, second = (propose(cluster_of(*objects), strategy="build-time") for _ in range(2))
    assert first.to_yaml() == second.to_yaml()
    assert first.explain() == second.explain()


@given(declaring_clusters())
@settings(max_examples=examples(50))
def test_each_rule_has_a_reason_and_what_is_left_out_one_too(objects: list[Json]) -> None:
    found = propose(cluster_of(*objects), strategy="build-time")
    assert all(draft.reasons[rule.direction, rule.index] for draft in found.drafts for rule in draft.policy.rules)
    assert not [one for one in found.left_out if one.why.value == "no-peers"]


def sets() -> Iterator[tuple[str, list[Path]]]:
    """Yield the sets of manifests that people have published, each of which is deployed as a whole."""
    yield "online-boutique", [CORPUS / "online-boutique" / "release__kubernetes-manifests.yaml"]
    for whole in ("robot-shop", "k8s-examples", "network-policy-recipes"):
        yield whole, [CORPUS / whole]
    for variant in sorted((CORPUS / "bookinfo").glob("*.yaml")):
        yield variant.stem, [variant]
    for variant in sorted((CORPUS / "argo-cd").glob("*install.yaml")):
        yield variant.stem, [variant]
    guestbook = CORPUS / "guestbook"
    yield "guestbook", sorted(guestbook.glob("web__guestbook__[fr]*.yaml"))
    yield "guestbook-legacy", [*guestbook.glob("*__legacy__*.yaml"), *guestbook.glob("web__guestbook__*-service.yaml")]
    yield "guestbook-go", sorted(guestbook.glob("web__guestbook-go__*.yaml"))
    for variant in sorted(guestbook.glob("*all-in-one__*.yaml")):
        yield variant.stem, [variant]


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"NETPOL_CORPUS: there is no folder {CORPUS}")
@pytest.mark.parametrize("name,paths", [pytest.param(*one, id=one[0]) for one in sets()])
def test_policies_for_published_applications_say_what_they_claim(name: str, paths: list[Path]) -> None:
    found = propose(load_manifests(paths), strategy="build-time")
    assert allowed_between_workloads(found) == claimed(found)
    if found.policies:
        again = load_manifests(found.to_yaml())
        assert again.problems_found == (), name
        assert {one.ref for one in again.objects.policies} == {one.ref for one in found.policies}
