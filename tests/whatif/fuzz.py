"""Judge the flows of new random months, as many as are wanted, beside a second opinion: part of ``make fuzz``."""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.whatif.month import difference

FLOWS = 50_000
"""Those of a month."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Judge one month after another, until there were enough flows or some differ; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flows", type=int, default=1_000_000, help="how many to judge (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=None, help="seed of the first month; a new one by default")
    options = parser.parse_args(arguments)
    first = random.SystemRandom().randrange(2**32) if options.seed is None else options.seed
    judged, number = 0, first
    while judged < options.flows:
        count = min(FLOWS, options.flows - judged)
        with tempfile.TemporaryDirectory() as folder:
            found, expected = difference(number, random.Random(number).randint(2, 40), count, Path(folder))  # noqa: S311
        if found != expected:
            _say(f"these are judged differently: {sorted((found - expected) | (expected - found))[:20]}")
            _say(f"to see it again: python -m tests.whatif.fuzz --seed {number} --flows {count}")
            return 1
        judged += count
        _say(f"{judged:,} flows of months {first} to {number} are judged as the second opinion judges them")
        number += 1
    return 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
