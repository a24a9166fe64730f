"""Try the engine on new random clusters, on as many as are wanted: ``make fuzz``.

Random packets are compared with the naive evaluator, and on some of the clusters all answers with each other.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from tests.connectivity import agreement, clusters
from tests.connectivity.scale import as_large
from tests.connectivity.test_engine_against_naive import POINTS, READINGS, check
from workbench.connectivity import Semantics
from workbench.connectivity.difference import compare
from workbench.connectivity.engine import pair_index, pairs
from workbench.connectivity.policy_analysis import removal_impact

Json = dict[str, Any]

ROUND = 200
"""Clusters that are drawn from one seed."""
AGREEING = 10
"""Of so many clusters, all answers about one are compared with each other."""


@dataclass
class Fuzzer:
    """Checks one cluster after another until there were enough, or the deadline.

    Attributes
    ----------
    wanted : int
        How many clusters are enough, with `POINTS` packets each.
    deadline : float
        On the monotonic clock.
    checked, points : int
        How many clusters and packets it compared.
    agreeing : int
        How many clusters it compared all answers about.
    failed : bool
        Whether something differs: then nothing else counts, since a smaller cluster is looked for.
    """

    wanted: int
    deadline: float
    checked: int = 0
    points: int = 0
    agreeing: int = 0
    failed: bool = False

    @property
    def done(self) -> bool:
        """Whether nothing is left to do."""
        enough = self.checked >= self.wanted and self.points >= self.wanted * POINTS
        return not self.failed and (enough or time.monotonic() >= self.deadline)

    def run_round(self, number: int) -> None:
        """Check the clusters of the seed `number`, or those that are still wanted.

        Raises
        ------
        AssertionError
            If two answers differ; hypothesis has printed the smallest cluster that it found.
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
        @given(st.data(), clusters.any_clusters(), st.sampled_from(READINGS))
        def agree(data: st.DataObject, manifests: list[Json], semantics: Semantics) -> None:
            if not self.done:
                self._check(data, manifests, semantics)

        agree()

    def _check(self, data: st.DataObject, manifests: list[Json], semantics: Semantics) -> None:
        wide, chunk = data.draw(st.sampled_from((1, 2, 1000))), data.draw(st.sampled_from((1, 7, 2_000_000)))
        kept = data.draw(clusters.some_policies(manifests))
        try:
            with pytest.MonkeyPatch.context() as patch:
                as_large(patch, wide)
                patch.setattr(pair_index, "_CHUNK", chunk)
                for module in (pairs, compare, removal_impact):
                    patch.setattr(module, "CHUNK", chunk)
                self.points += check(manifests, semantics)
                if crc32(json.dumps(manifests).encode()) % AGREEING == 0:
                    agreement.check(manifests, kept, semantics=semantics)
                    self.agreeing += 1
        except Exception:
            self.failed = True
            raise
        self.checked += 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until there were enough clusters, the time is over or something differs; return the exit status."""
    parser = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    parser.add_argument("--clusters", type=int, default=3000, help="how many to try (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=3600, help="how long to go on at most (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=None, help="seed of the first round; a new one by default")
    options = parser.parse_args(arguments)
    first = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    fuzzer = Fuzzer(options.clusters, time.monotonic() + options.seconds)
    number = first
    while not fuzzer.done:
        try:
            fuzzer.run_round(number)
        except Exception:
            _say(f"two answers differ; to see it again: make fuzz ARGS='--seed {number}'")
            raise
        _say(
            f"{fuzzer.points:,} points in {fuzzer.checked:,} clusters agree with the naive evaluator, and all answers "
            f"about {fuzzer.agreeing:,} of them with each other (seeds {first} to {number})"
        )
        number += 1
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
