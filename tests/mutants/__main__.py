"""Does the suite notice the seeded mistakes: ``make mutants``, or some of them: ``make mutants ARGS='siblings'``.

Each mistake is made in a copy of the package. The test file that it names runs first, and the other tests
of its room after that. A mistake that they do not notice is an error of the suite; the exit status says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib.util import cache_from_source
from pathlib import Path

from tests.mutants.seeded import MUTANTS, ROOT, Mutant

COPIED = ("workbench", "tests", "benchmarks", "data", "docs")
FAILED = 1
"""What pytest returns if tests failed, and not for any other reason."""


def main(words: Sequence[str]) -> int:
    """Return 0 if every mistake that has one of `words` in its name is noticed, else 1; no words mean all."""
    chosen = [mutant for mutant in MUTANTS if not words or any(word in mutant.name for word in words)]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in COPIED:
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        for file in (one for one in ROOT.iterdir() if one.is_file()):  # some tests read these, too
            shutil.copy(file, copy)
        before = run(copy, sorted({f"tests/{mutant.test}" for mutant in chosen}))
        if before.returncode:
            print(f"tests fail without any mistake: {last_line(before)}")
            return 1
        missed = [mutant.name for mutant in chosen if not is_noticed(mutant, copy)]
    print(f"{len(chosen) - len(missed)} of {len(chosen)} mistakes were noticed")
    for name in missed:
        print(f"not noticed: {name}")
    return 1 if missed else 0


def is_noticed(mutant: Mutant, copy: Path) -> bool:
    """Tell whether some test fails on the mutant, which is made in `copy` and taken back."""
    source = mutant.source(copy)
    right = source.read_text(encoding="utf-8")
    replace(source, mutant.mistaken(right))
    try:
        found = run(copy, [f"tests/{mutant.test}"])
        where = "noticed"
        if found.returncode != FAILED:
            found = run(copy, [f"tests/{Path(mutant.test).parts[0]}"])
            where = f"noticed, but not by {mutant.test}"
    finally:
        replace(source, right)
    noticed = found.returncode == FAILED
    print(f"{where if noticed else 'NOT NOTICED'}: {mutant.name} ({last_line(found)})", flush=True)
    return noticed


def replace(source: Path, text: str) -> None:
    """Write a module anew; what was compiled of it goes, since its size and second may be the same."""
    source.write_text(text, encoding="utf-8")
    Path(cache_from_source(str(source))).unlink(missing_ok=True)


def run(copy: Path, tests: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run tests of `copy` up to the first that fails."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "NETPOL_HYPOTHESIS": "unshrunk"}
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", *tests]
    return subprocess.run(command, cwd=copy, env=environment, capture_output=True, text=True, check=False)  # noqa: S603  (ourselves)


def last_line(found: subprocess.CompletedProcess[str]) -> str:
    """Return how pytest ended."""
    return (found.stdout.strip().splitlines() or [found.stderr.strip()[-200:]])[-1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
