"""All pairs by lists and cells, where the same answer can be had pair by pair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.connectivity.manifests import compute, pod, policy
from tests.connectivity.scale import as_large
from tests.connectivity.test_engine_against_naive import Json
from tests.connectivity.test_engine_against_naive import compute as compute_plain
from tests.examples import examples
from workbench.connectivity import Semantics
from workbench.connectivity.engine import pair_index, pairs
from workbench.connectivity.engine.masks import NONE
from workbench.connectivity.inputs import engine_of
from workbench.policy import Direction


@settings(max_examples=examples(60), deadline=None)
@given(clusters.clusters(), st.sampled_from((1, 2, 100)))
def test_some_sources_and_destinations_meet_as_their_sides_say(manifests: list[Json], min_wide: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        as_large(patch, min_wide)
        engine = engine_of(compute_plain(manifests, Semantics()))
    everyone = np.arange(len(engine.classes))
    src, dst = everyone[::2], everyone[1:]
    parts = list(engine.pair_index(src, dst).connections())
    found = {
        (source, destination): mask
        for part in parts
        for source, destination, mask in zip(part.src.tolist(), part.dst.tolist(), part.masks.tolist(), strict=True)
    }
    egress, ingress = (engine.matrices[direction] for direction in (Direction.EGRESS, Direction.INGRESS))
    expected = {
        (source, destination): mask
        for source in src.tolist()
        for destination in dst.tolist()
        for mask in engine.masks.intersect(
            egress.masks(np.array([source]), np.array([destination])),
            ingress.masks(np.array([destination]), np.array([source])),
        ).tolist()
        if mask != NONE
    }
    assert found == expected
    assert sum(len(part.src) for part in parts) == len(expected)


def test_a_wide_rule_is_heard_where_a_narrow_one_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    as_large(monkeypatch, 2)
    narrow = "{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 81}]}"
    rules = policy(f"podSelector: {{matchLabels: {{app: db}}}}, ingress: [{{ports: [{{port: 80}}]}}, {narrow}]")
    found = compute(pod("db", labels="app: db"), pod("web", labels="app: web"), pod("other"), rules)
    assert str(found.query("web", "db").connection) == "TCP 80-81"
    assert str(found.query("other", "db").connection) == "TCP 80"


def test_pairs_are_the_same_however_few_are_spread_out_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    pods = [pod(f"p{number}", labels=f"app: p{number}") for number in range(9)]
    found = compute(*pods, policy("podSelector: {matchLabels: {app: p3}}, ingress: [{ports: [{port: 80}]}]"))
    together = found.render("txt")
    monkeypatch.setattr(pair_index, "_CHUNK", 5)
    assert found.render("txt") == together
    assert found.count() == 9 * 8


def test_ranges_are_the_same_however_few_rows_are_read_in_one_go(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = [
        policy(
            f"podSelector: {{matchLabels: {{app: p{number}}}}}, policyTypes: [Ingress, Egress],"
            f"ingress: [{{from: [{{ipBlock: {{cidr: 10.{number}.0.0/16}}}}]}}],"
            f"egress: [{{to: [{{ipBlock: {{cidr: 2001:db8:{number}::/48}}}}], ports: [{{port: {number + 1}}}]}}]",
            f"block-{number}",
        )
        for number in range(5)
    ]
    found = compute(*(pod(f"p{number}", labels=f"app: p{number}") for number in range(6)), *blocks)
    together = [found.render("txt", ranges) for ranges in ("merged", "split")]
    assert "10.3.0.0/16 => default/p3[Pod] : All Connections\n" in together[0]
    for chunk in (1, 25):
        monkeypatch.setattr(pairs, "CHUNK", chunk)
        assert [found.render("txt", ranges) for ranges in ("merged", "split")] == together


def test_a_default_that_allows_all_is_counted_without_being_spread_out() -> None:
    pods = [pod(f"p{number}", labels=f"app: p{number}") for number in range(60)]
    engine = engine_of(compute(*pods))
    everyone = np.arange(60)
    met = engine.pair_index(everyone, everyone)
    assert len(met.meeting.src) == 1
    assert met.total(np.ones(60, dtype=np.int64), np.ones(60, dtype=np.int64)) == 60 * 60
