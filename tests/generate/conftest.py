"""Strategies of a test are not those of the next; all that is written is held against the schema of its API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.generate.schema import watching
from workbench.generate import STRATEGIES


@pytest.fixture(autouse=True)
def _strategies_of_a_test_are_not_those_of_the_next() -> Iterator[None]:
    ours = set(STRATEGIES.names())
    before = {name: STRATEGIES.named(name) for name in ours}
    yield
    STRATEGIES._known = before


@pytest.fixture(autouse=True)
def written(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return each policy that is written in a test, after it was held against the schema."""
    return watching(monkeypatch)
