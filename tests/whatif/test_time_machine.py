"""Flows are judged by the labels, addresses, namespaces and policies of their moment (what-if 4)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.whatif.month import difference


@pytest.mark.parametrize("seed", range(2))
def test_a_month_is_judged_as_a_second_opinion_judges_it_flow_by_flow(seed: int, tmp_path: Path) -> None:
    found, expected = difference(seed, changes=14, count=10_000, folder=tmp_path)
    assert found == expected
    assert {row[4] for row in expected} >= {"cut", "kept", "still-denied", "uncertain"}
