"""An anonymised cluster allows what the original does, by other names (anonymising 5)."""

from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given, settings

from tests.connectivity.clusters import Json, any_clusters
from tests.examples import examples
from tests.generate.corpus import Set, cluster_in, of_each_set
from tests.inventory.renaming import canonical_map, renamed_map
from workbench.connectivity import Semantics, evaluate, ingress_controller, outside_manifests
from workbench.ground import Anonymiser
from workbench.inventory import Cluster, anonymised, load_manifests, manifest_files

ONE = Anonymiser("the key of these tests")
READINGS = (Semantics(), Semantics.REFERENCE, Semantics(cluster_addresses="all"), Semantics(host_network="pod"))


def check(before: Cluster, semantics: Semantics = Semantics()) -> None:
    after = anonymised(before, ONE)
    found = canonical_map(evaluate(after, semantics=semantics).to_frame())
    assert found == renamed_map(evaluate(before, semantics=semantics).to_frame(), ONE)
    again = load_manifests("---\n".join(manifest_files(after).values()) + "\n", cache=False)
    assert found == canonical_map(evaluate(again, semantics=semantics).to_frame())


@settings(max_examples=examples(60))
@given(any_clusters())
def test_any_cluster_allows_the_same_by_other_names(manifests: list[Json]) -> None:
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}) + "\n"
    for semantics in READINGS:
        check(load_manifests(text, cache=False), semantics)


def test_the_sample_allows_the_same_by_other_names(shop: Path) -> None:
    check(load_manifests(shop, cache=False))


def test_the_sample_with_pods_allows_the_same_by_other_names(project: Path, shop: Path) -> None:
    check(load_manifests([shop, project / "data" / "samples" / "flows" / "cluster.json"], cache=False))


@of_each_set
def test_published_manifests_allow_the_same_by_other_names(paths: Set) -> None:
    check(cluster_in(paths))


def test_exposure_is_the_same_by_other_names(shop: Path) -> None:
    before = load_manifests(shop, cache=False)
    rows = [evaluate(one).exposure().to_frame() for one in (before, anonymised(before, ONE))]
    columns = ["direction", "peer_kind", "ports", "protected"]
    assert sorted(map(tuple, rows[0][columns].to_numpy())) == sorted(map(tuple, rows[1][columns].to_numpy()))


def test_problems_are_the_same_by_other_names(shop: Path) -> None:
    before = load_manifests(shop, cache=False)
    found = [evaluate(one).problems_found for one in (before, anonymised(before, ONE))]
    codes = [sorted((one.code, one.severity) for one in each if one.code != "not-anonymised") for each in found]
    assert codes[0] == codes[1]
    assert not any(one.file for one in found[1])


def test_names_by_which_answers_go_stay() -> None:
    """An ingress controller, or a namespace of the platform, is known by its name: it must stay known."""
    namespaces = {*ingress_controller._NAMESPACES, *outside_manifests._PLATFORM}
    assert {ONE.namespace(name) for name in namespaces} == namespaces
    pairs = set(ingress_controller._LABELS)
    assert {(ONE.label_key(key), ONE.label_value(key, value)) for key, value in pairs} == pairs
    assert {ONE.label_key(key) for key in ingress_controller._KEYS} == set(ingress_controller._KEYS)
    # Values of labels are compared with names of namespaces, too.
    values = set(ingress_controller._NAMESPACES)
    assert {ONE.label_value("kubernetes.io/metadata.name", value) for value in values} == values
