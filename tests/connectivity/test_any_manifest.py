"""Whatever stands in a manifest, what could be read is answered, and what could not is a problem."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.inventory.every_kind import EVERY_KIND, UNLIKE, Json
from tests.inventory.spoiling import UNWRITTEN, paths, replaced, spoilt
from workbench.connectivity import connectivity_by_network, evaluate
from workbench.inventory import load_manifests

if TYPE_CHECKING:
    from workbench.inventory import Cluster

TABLES = ("workloads", "namespaces", "services", "ingresses", "policies", "rules", "problems")


def rest_of(number: int) -> list[Json]:
    """Return the other objects than that with `number`, but for those that are like others."""
    return [one for one in UNLIKE if one is not EVERY_KIND[number]]


def written(objects: list[Any]) -> str:
    return "".join(f"{json.dumps(one, indent=1)}\n---\n" for one in objects)


def asked_everything(cluster: Cluster) -> None:
    """Ask for every answer as text, and see that each can be written to a file."""
    found = evaluate(cluster)
    networks = connectivity_by_network(cluster)
    texts = [
        found.render("txt"),
        found.render("csv"),
        found.render("json"),
        found.render("md"),
        found.render("dot"),
        found.exposure().render("txt"),
        found.explain().render("txt"),
        networks.render("txt"),
        networks.render("dot"),
        networks.explain().render("csv"),
    ]
    assert all(text.encode() is not None for text in texts)
    assert found.count() <= len(cluster.objects.workloads) ** 2
    connections = [line for line in found.render("txt").split("\n") if " => " in line]
    assert len(found.connections()) == len(connections) == len(json.loads(found.render("json")))
    assert all(len(getattr(cluster, name).columns) for name in TABLES)


@given(st.data())
@settings(max_examples=examples(60))
def test_any_value_in_any_field_of_any_kind_is_survived(data: st.DataObject) -> None:
    number = data.draw(st.integers(0, len(EVERY_KIND) - 1))
    text = written([data.draw(spoilt(EVERY_KIND[number])), *rest_of(number)])
    cluster = load_manifests(text)
    lines = text.count("\n")
    for problem in cluster.problems_found:
        assert problem.file == "<text>"
        assert problem.line is None or 1 <= problem.line <= lines
        assert problem.message
    asked_everything(cluster)


@pytest.mark.parametrize("value", UNWRITTEN.values(), ids=UNWRITTEN)
def test_what_no_program_writes_is_survived(value: str) -> None:
    spoilt_objects = [replaced(one, where, "HERE") for one in EVERY_KIND for where in paths(one)[1::13]]
    text = f"{written(EVERY_KIND)}{written(spoilt_objects)}".replace('"HERE"', value)
    asked_everything(load_manifests(text))
