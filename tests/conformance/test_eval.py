"""Questions about single pairs are answered as the reference tool answers them."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import pytest

from tests.conformance import suite
from tests.conformance.pods import workload_of
from tests.conformance.table import CASE
from workbench.connectivity import Connectivity, Semantics, evaluate
from workbench.inventory import Cluster, load_manifests

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not suite.folder().is_dir(), reason=f"NETPOL_CONFORMANCE: there is no folder {suite.folder()}"),
]

KIND = "eval"


def _points() -> list[dict[str, Any]]:
    path = suite.folder() / "eval" / "eval_cases.json"
    found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return found


def _pairs() -> list[tuple[Path, dict[str, Any]]]:
    paths = sorted(suite.folder().glob("connlist/*/eval.json"))
    return [(path.parent / "manifests", pair) for path in paths for pair in json.loads(path.read_text("utf-8"))]


POINTS = [
    pytest.param(point, id=f"{point['manifests_path'].split('/')[1]}-{number}")
    for number, point in enumerate(_points())
]
PAIRS = [
    pytest.param(manifests, pair, id=f"{manifests.parent.name}-{number}")
    for number, (manifests, pair) in enumerate(_pairs())
]


@lru_cache(maxsize=4)
def computed(manifests: Path) -> tuple[Cluster, Connectivity]:
    cluster = load_manifests(manifests)
    return cluster, evaluate(cluster, semantics=Semantics.REFERENCE)


@pytest.mark.parametrize("point", POINTS)
def test_one_port_of_a_pair(point: dict[str, Any], record_property: Callable[[str, object], None]) -> None:
    record_property(CASE, (KIND, f"{point['manifests_path']} {point['source']} {point['destination']}"))
    cluster, found = computed(suite.folder() / point["manifests_path"])
    ends = [point[side] for side in ("source", "destination")]
    if not point["names_are_workloads"]:
        ends = [workload_of(cluster, end) for end in ends]
    answer = found.query(ends[0], ends[1], int(point["port"]), point["protocol"].upper())
    assert answer.allowed is point["expected"], str(answer)


@pytest.mark.parametrize("manifests,pair", PAIRS)
def test_all_ports_of_a_pair(
    manifests: Path, pair: dict[str, str], record_property: Callable[[str, object], None]
) -> None:
    record_property(CASE, (KIND, f"{manifests.parent.name} {pair['src']} {pair['dst']}"))
    _, found = computed(manifests)
    answer = found.query(pair["src"], pair["dst"])
    assert str(answer.connection) == pair["expected"], str(answer)


def test_every_question_is_in_the_suite() -> None:
    assert len(POINTS) == 8
    assert len(PAIRS) == 45
