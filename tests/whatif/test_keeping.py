"""What is kept of a simulation, and the change taken up again (what-if 15)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.examples import examples
from tests.generate.town import cluster_of, namespace, policy, workload
from workbench.ground import ArgumentError
from workbench.inventory import Cluster, load_manifests
from workbench.manifests import Source
from workbench.whatif import Simulation, simulate, simulation_record, unread_simulations
from workbench.whatif.keeping import SIMULATION_KIND, KeptSimulation, kept_simulation, kept_simulations

Json = dict[str, Any]
NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
SHOP = cluster_of(
    namespace("shop"), workload("shop/web", "10.0.0.1"), workload("shop/db", "10.0.0.2"), policy("shop/old")
)
DENY = f"# nothing passes\n{yaml.safe_dump(policy('shop/deny'))}"


def kept(found: Simulation, note: str = "") -> KeptSimulation:
    """Return a simulation as it is read from the JSON that is kept of it."""
    return kept_simulation(json.loads(json.dumps(simulation_record(found, made_at=NOW, who="ana", note=note))))


def meant(cluster: Cluster) -> list[object]:
    return [replace(one, source=Source()) for one in cluster.objects.policies]


def test_what_was_asked_and_what_came_of_it_is_kept() -> None:
    found = simulate(SHOP, DENY, remove="NetworkPolicy shop/old")
    one = kept(found, "for november")
    assert (one.made_at, one.who, one.note, one.verdict) == (NOW, "ana", "for november", found.verdict)
    assert (one.text, one.removed, one.missing) == (DENY, ("NetworkPolicy shop/old",), ())
    assert one.counts["closings"] == found.difference.closed_count


def test_the_change_is_taken_up_again() -> None:
    found = simulate(SHOP, DENY, remove="NetworkPolicy shop/old")
    again = simulate(SHOP, kept(found).change(SHOP))
    assert (again.verdict, meant(again.after.cluster)) == (found.verdict, meant(found.after.cluster))


def test_what_it_deletes_and_is_not_there_any_more_is_passed_over() -> None:
    found = simulate(SHOP, DENY, remove="NetworkPolicy shop/old")
    later = SHOP.with_policies(remove="NetworkPolicy shop/old")
    assert [one.ref for one in kept(found).change(later).changed] == ["NetworkPolicy shop/deny"]
    only = simulate(SHOP, remove="NetworkPolicy shop/old")
    assert kept(only).change(later).changed == ()


def test_policies_as_values_are_kept_as_text() -> None:
    found = simulate(SHOP, SHOP.with_policies([policy("shop/new")]).objects.policies)
    assert [one["metadata"]["name"] for one in yaml.safe_load_all(kept(found).text)] == ["new"]


def test_a_namespace_that_was_given_beside_the_text_is_kept_with_it() -> None:
    plain = policy("shop/deny")
    del plain["metadata"]["namespace"]
    found = simulate(SHOP, yaml.safe_dump(plain), namespace="shop")
    assert [one.ref for one in kept(found).change(SHOP).changed] == ["NetworkPolicy shop/deny"]


def test_of_a_whole_cluster_the_policies_are_kept() -> None:
    found = simulate(SHOP, SHOP.with_policies([policy("shop/new")], remove="NetworkPolicy shop/old"))
    assert [one.ref for one in kept(found).change(SHOP).changed] == ["NetworkPolicy shop/new", "NetworkPolicy shop/old"]


def test_the_latest_comes_first_and_what_is_damaged_is_told() -> None:
    found = simulate(SHOP, DENY)
    first, last = (simulation_record(found, made_at=NOW.replace(hour=hour), who="ana") for hour in (8, 9))
    damaged: tuple[Any, ...] = (
        {},
        [],
        "text",
        None,
        {**first, "version": 2},
        {**first, "made_at": "today"},
        {**first, "text": 1},
    )
    records = {(SIMULATION_KIND, "a"): first, (SIMULATION_KIND, "b"): last, ("view", "c"): {}}
    records |= {(SIMULATION_KIND, f"damaged {number}"): value for number, value in enumerate(damaged)}
    assert list(kept_simulations(records)) == ["b", "a"]
    assert len(unread_simulations(records)) == len(damaged)
    with pytest.raises(ArgumentError, match="another version"):
        kept_simulation(damaged[4])


@settings(max_examples=examples(60), deadline=None)
@given(clusters.clusters(), st.data())
def test_any_change_is_the_same_when_it_is_taken_up_again(manifests: list[Json], data: st.DataObject) -> None:
    cluster = load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n")
    policies = list(cluster.objects.policies)
    there = [one for one in policies if data.draw(st.booleans())]
    first = cluster.with_policies(remove=[one.ref for one in policies if one not in there])
    removed = [one.ref for one in there if data.draw(st.booleans())]
    found = simulate(first, [one for one in policies if one not in there], remove=removed)
    one = kept(found)
    assert meant(one.change(first).after) == meant(found.change.after)
    assert simulate(first, one.change(first)).verdict == one.verdict
