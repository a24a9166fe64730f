"""How long does a whole command take beside network-config-analyzer's: part of ``make bench``.

The tool is on PyPI and lives in an environment of its own, since it pins what it needs. Both read the same folder
and write a map of it as CSV, three times in turn; the medians of their CPU seconds, children's included, and the
ratio are given. Deployments have one policy each; the other tool's map is of their pods.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.synthetic import manifests

SIZES = (25, 50, 100, 200)
RUNS = 3


def main(program: Path) -> None:
    """Measure every size, and print the table; `program` is the other tool's command."""
    table = Table(title="Whole commands, median CPU seconds of three runs")
    for heading in ("deployments", "network-config-analyzer", "ours", "ratio"):
        table.add_column(heading, justify="right")
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder:
            items = list(manifests(size))
            (Path(folder) / "all.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": items}))
            theirs = [str(program), "--connectivity", folder, "-r", folder, "--output_format", "csv", "--return_0"]
            code = "from workbench.cli import main; main()"
            ours = [sys.executable, "-c", code, "connectivity", "map", folder, "-o", "csv", "-q"]
            pairs = [(cpu_seconds(theirs), cpu_seconds(ours)) for _ in range(RUNS)]
        other, own = (statistics.median(times) for times in zip(*pairs, strict=True))
        table.add_row(f"{size:,}", f"{other:.2f}", f"{own:.2f}", f"{other / own:.1f} x")
    Console(width=100).print(table)


def cpu_seconds(command: list[str]) -> float:
    """Return the CPU seconds that a command takes, as the operating system counts them."""
    before = os.times()
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603  (named by us)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", type=Path, help="the other tool's command")
    main(parser.parse_args().program)
