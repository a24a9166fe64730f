"""No two answers about a cluster contradict each other: maps, queries, reasons, differences, what-if, formats."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import agreement, clusters
from tests.connectivity.test_engine_against_naive import READINGS
from workbench.connectivity import Semantics

Json = dict[str, Any]


@settings(max_examples=10, deadline=None)
@given(clusters.any_clusters(), st.sampled_from(READINGS), st.data())
def test_all_answers_about_a_cluster_agree(manifests: list[Json], semantics: Semantics, data: st.DataObject) -> None:
    agreement.check(manifests, data.draw(clusters.some_policies(manifests)), semantics=semantics)
