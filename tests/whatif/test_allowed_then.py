"""What the clusters of a history allow is what each of them allows by itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.examples import examples
from workbench.connectivity import Connectivity, Semantics, diff, evaluate
from workbench.inventory import Cluster, load_manifests
from workbench.whatif import allowed_then
from workbench.whatif.allowed_then import AllowedThen

Json = dict[str, Any]


def read(manifests: list[Json]) -> Cluster:
    return load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n")


@settings(max_examples=examples(60), deadline=None)
@given(clusters.clusters(), clusters.clusters(), st.data())
def test_each_map_is_that_of_its_cluster(manifests: list[Json], others: list[Json], data: st.DataObject) -> None:
    kinds = [read(manifests), read(others)]
    then = AllowedThen(Semantics())
    for _ in range(4):
        cluster = data.draw(st.sampled_from(kinds))
        policies = [one.ref for one in cluster.objects.policies]
        cluster = cluster.with_policies(remove=data.draw(st.sets(st.sampled_from(policies))) if policies else ())
        found = then.of(cluster)
        assert not diff(found, evaluate(cluster))
        assert [one.ref for one in found.cluster.objects.policies] == [one.ref for one in cluster.objects.policies]


def test_where_only_policies_changed_nothing_is_compiled_again(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster, asked = load_manifests(shop), list[Cluster]()

    def counted(one: Cluster, *, semantics: Semantics) -> Connectivity:
        asked.append(one)
        return evaluate(one, semantics=semantics)

    monkeypatch.setattr(allowed_then, "evaluate", counted)
    then = AllowedThen(Semantics())
    for number in range(3):
        then.of(cluster.with_policies(remove=[one.ref for one in cluster.objects.policies[:number]]))
    assert len(asked) == 1
