"""Strategies of a test are not those of the next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from workbench.generate import STRATEGIES


@pytest.fixture(autouse=True)
def _strategies_of_a_test_are_not_those_of_the_next() -> Iterator[None]:
    ours = set(STRATEGIES.names())
    before = {name: STRATEGIES.named(name) for name in ours}
    yield
    STRATEGIES._known = before
