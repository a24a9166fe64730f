"""Settings that all tests share."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

# Here, where also the process that xdist prints from finds it.
from tests.conformance.table import pytest_terminal_summary
from tests.examples import THOROUGH, examples
from tests.together import pytest_xdist_make_scheduler
from workbench.ground import ANSWER_FORMATS

__all__ = ["pytest_terminal_summary", "pytest_xdist_make_scheduler"]

ROOT = Path(__file__).resolve().parent.parent

# Examples are the same in every run, so a change is what made a test fail; NETPOL_HYPOTHESIS=search, as in
# `make test-all`, looks for new ones. No deadline: machines differ, and no test here is about time.
settings.register_profile(
    "steady", deadline=None, max_examples=examples(100), derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
# Whether there is an example at all: it is not for reading, so it need not be a small one.
settings.register_profile(
    "unshrunk",
    parent=settings.get_profile("steady"),
    phases=(Phase.explicit, Phase.generate),
)
settings.register_profile("search", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
# Nothing that a test reads is kept for the next one, nor for the person who runs them.
os.environ["NETPOL_NO_CACHE"] = "1"
# Tests start more than a hundred processes, kernels among them: what these import is compiled once, not in each.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

settings.load_profile(os.environ.get("NETPOL_HYPOTHESIS", "search" if THOROUGH else "steady"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only repeats, unless there is time for it."""
    if not THOROUGH:
        repeating = [item for item in items if item.get_closest_marker("repetition")]
        config.hook.pytest_deselected(items=repeating)
        items[:] = [item for item in items if item not in set(repeating)]


@pytest.fixture(autouse=True)
def _formats_of_a_test_are_not_those_of_the_next() -> Iterator[None]:
    plugins = ANSWER_FORMATS.plugins
    before = dict(plugins._known)
    yield
    # Those of our rooms above are registered when they are first asked for, and once.
    ours = {key: each for key, each in plugins._known.items() if each.write.__module__.startswith("workbench.")}
    plugins._known = {**ours, **before}


@pytest.fixture(scope="session")
def project() -> Path:
    """Return the folder that holds pyproject.toml."""
    return ROOT


@pytest.fixture(scope="session")
def shop() -> Path:
    """Return the folder of the sample application."""
    return ROOT / "data" / "samples" / "shop"
