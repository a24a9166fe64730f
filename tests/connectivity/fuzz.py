"""Compare the engine with the naive evaluator on new random clusters, for as long as is wanted: ``make fuzz``."""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.connectivity.test_engine_against_naive import READINGS, check
from workbench.connectivity import Semantics, sides

Json = dict[str, Any]

ROUND = 200
"""Clusters that are drawn from one seed."""


@dataclass
class Fuzzer:
    """Checks one cluster after another until the deadline.

    Attributes
    ----------
    deadline : float
        On the monotonic clock.
    checked : int
        How many clusters it did.
    failed : bool
        Whether something differs: then time no longer counts, since a smaller cluster is looked for.
    """

    deadline: float
    checked: int = 0
    failed: bool = False

    def run_round(self, number: int) -> None:
        """Check the clusters of the seed `number`, or those that there is time for.

        Raises
        ------
        AssertionError
            If the two disagree; hypothesis has printed the smallest cluster that it found.
        """

        @seed(number)
        @settings(
            max_examples=ROUND,
            deadline=None,
            database=None,
            derandomize=False,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        )
        @given(clusters.clusters(), st.sampled_from(READINGS), st.sampled_from((1, 2, 1000)))
        def agree(manifests: list[Json], semantics: Semantics, min_wide: int) -> None:
            if self.failed or time.monotonic() < self.deadline:
                self._check(manifests, semantics, min_wide)

        agree()

    def _check(self, manifests: list[Json], semantics: Semantics, min_wide: int) -> None:
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(sides, "MIN_WIDE", min_wide)
                patch.setattr(sides, "MIN_SAVING", 0)
                check(manifests, semantics)
        except Exception:
            self.failed = True
            raise
        self.checked += 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until the time is over or something differs; return the exit status."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long to go on (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=None, help="seed of the first round; a new one by default")
    options = parser.parse_args(arguments)
    first = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    fuzzer = Fuzzer(time.monotonic() + options.seconds)
    number = first
    while time.monotonic() < fuzzer.deadline:
        try:
            fuzzer.run_round(number)
        except Exception:
            _say(f"the engine and the naive evaluator differ; to see it again: make fuzz ARGS='--seed {number}'")
            raise
        _say(f"{fuzzer.checked} clusters agree (seeds {first} to {number})")
        number += 1
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
