"""For applications that people have published, each strategy that needs no traffic says what it claims, and no more."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from tests.corpus import CORPUS, Set, cluster_in, of_each_set, sets
from tests.generate.build_time.claims import Ports, allowed_between_workloads, claimed
from workbench.connectivity import equivalent
from workbench.generate import Proposal, propose, rewritten, size_of
from workbench.generate.strategies.recipe import Name
from workbench.ground import ALL_PORTS
from workbench.inventory import Cluster, load_manifests


def read_back(found: Proposal) -> Cluster:
    """Return what is read of a proposal, in which nothing is wrong and nothing is missing."""
    again = load_manifests(found.to_yaml()) if found.policies else Cluster()
    assert again.problems_found == ()
    assert {one.ref for one in again.objects.policies} == {one.ref for one in found.policies}
    return again


def held(found: Proposal) -> Cluster:
    """Return the cluster with what is proposed, and no other policies."""
    return found.cluster.with_policies(found.policies, remove=found.cluster.objects.policies)


def listed(claims: Ports) -> list[str]:
    return [f"{src} -> {dst} : {ports}" for (src, dst), ports in claims.items()]


@of_each_set
def test_what_manifests_declare_is_what_is_allowed(paths: Set) -> None:
    found = propose(cluster_in(paths), strategy="build-time")
    assert allowed_between_workloads(found) == claimed(found)
    read_back(found)


@of_each_set
def test_so_it_is_where_it_is_given_as_a_list(paths: Set) -> None:
    cluster = cluster_in(paths)
    claims = claimed(propose(cluster, strategy="build-time"))
    if not claims:
        return
    found = propose(cluster, strategy="required-connections", connections=listed(claims), dns=False)
    assert allowed_between_workloads(found) == claims
    assert found.left_out == ()
    read_back(found)


@of_each_set
def test_a_rewrite_of_it_means_the_same_and_is_not_larger(paths: Set) -> None:
    before = held(propose(cluster_in(paths), strategy="build-time"))
    found = rewritten(before)
    assert equivalent(before, found.changed_cluster)
    sizes = [size_of(one.objects.policies) for one in (before, found.changed_cluster)]
    assert all(now <= then for then, now in zip(*sizes, strict=True))
    read_back(found)


@of_each_set
def test_so_is_a_rewrite_of_the_policies_that_it_has(paths: Set) -> None:
    cluster = cluster_in(paths)
    found = rewritten(cluster)
    assert equivalent(cluster, found.changed_cluster)
    sizes = [size_of(one.objects.policies) for one in (cluster, found.changed_cluster)]
    assert all(now <= then for then, now in zip(*sizes, strict=True))
    read_back(found)


@of_each_set
def test_recipes_are_read_back_and_say_what_their_names_say(paths: Set) -> None:
    cluster = cluster_in(paths)
    workloads = sorted(one.peer for one in cluster.objects.workloads)
    if not workloads:
        return
    alike = {src: {dst for dst in workloads if dst.partition("/")[0] == src.partition("/")[0]} for src in workloads}
    needed: dict[str, dict[str, Any]] = {
        "hub-and-spoke": {"hub": workloads[0]},
        "allow-from-namespaces": {"peers": tuple(sorted({one.partition("/")[0] for one in workloads}))},
    }
    for name in get_args(Name):
        found = propose(cluster, strategy="recipe", name=name, **needed.get(name, {}))
        read_back(found)
        allowed = allowed_between_workloads(found)
        if name == "default-deny":
            assert allowed == {}
        if name == "allow-same-namespace":
            assert {pair for pair, ports in allowed.items() if ports == ALL_PORTS} == set(allowed)
            assert {src: {dst for one, dst in allowed if one == src} | {src} for src in workloads} == alike


@pytest.mark.skipif(not CORPUS.is_dir(), reason=f"NETPOL_CORPUS: there is no folder {CORPUS}")
def test_every_folder_is_in_a_set() -> None:
    within = {path.relative_to(CORPUS).parts[0] for _, paths in sets() for path in paths}
    assert within == {one.name for one in CORPUS.iterdir() if one.is_dir()}
