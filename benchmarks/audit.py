"""How long does it take to audit a large cluster with its flows, and to write that down: part of ``make bench``.

The cluster and the flows are made up as in ``notebooks/08_scale.ipynb``: 10,000 workloads with about as many policies,
and 10 million flows (``python -m benchmarks.audit 1000 1000000`` for fewer). What is read and imported beforehand is
told apart. The audit has all sections: the map, exposure, all checks, all edges against policies. Times are seconds of
wall clock; `section` lines are within the audit.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.generate import peak
from workbench.connectivity import evaluate
from workbench.flows import FlowStore, open_flows
from workbench.flows.synthetic import record_synthetic
from workbench.inventory import load_manifests
from workbench.inventory.synthetic import synthetic_manifests
from workbench.report import Audit, audit, html, verify_bundle, write_bundle

__all__ = ["Steps"]

WORKLOADS: Final = 10_000
ROWS: Final = 10_000_000
NOW: Final = datetime(2026, 11, 30, tzinfo=UTC)
LIMIT: Final = "2GB"
"""Memory that DuckDB may take."""


class Steps:
    """What took how long.

    Attributes
    ----------
    seconds : dict of str to float
        By what was done, in its order.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._step, self._begun = "", 0.0

    def tell(self, stage: str, done: int, total: int | None) -> None:  # noqa: ARG002  (as `Progress` is called)
        """Take note that a step of the audit begins; it is a `Progress`."""
        self.end()
        self._step, self._begun = stage, time.perf_counter()

    def end(self) -> None:
        """Take note that the last step of the audit is over."""
        if self._step:
            spent = time.perf_counter() - self._begun
            self.seconds[f"  {self._step}"] = self.seconds.get(f"  {self._step}", 0.0) + spent
        self._step = ""

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Measure what is done within."""
        begun = time.perf_counter()
        self.seconds[name] = 0.0  # before its steps
        yield
        self.end()
        self.seconds[name] = time.perf_counter() - begun


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="?", type=int, default=WORKLOADS)
    parser.add_argument("rows", nargs="?", type=int, default=ROWS)
    parser.add_argument("--verify", action="store_true", help="prove the bundle again, too")
    given = parser.parse_args(arguments)
    steps = Steps()
    with tempfile.TemporaryDirectory(prefix="bench-audit-") as name:
        found, size = measured(Path(name), given.workloads, given.rows, steps, is_verified=given.verify)
    show(found, size, steps, given.workloads, given.rows)


def measured(folder: Path, workloads: int, rows: int, steps: Steps, *, is_verified: bool) -> tuple[Audit, int]:
    """Measure, and return the audit and the size of its page."""
    objects = list(synthetic_manifests(workloads))
    (folder / "cluster.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    with steps.of("manifests are read (not of the audit)"):
        cluster = load_manifests(folder / "cluster.json")
    with steps.of("flows are made up and imported (likewise)"):
        record_synthetic(FlowStore(folder / "flows"), evaluate(cluster), rows, memory_limit=LIMIT)
    flows = open_flows(folder / "flows", cluster=cluster, memory_limit=LIMIT)
    with steps.of("the audit"):
        found = audit(cluster, flows=flows, now=NOW, progress=steps.tell)
    with steps.of("the page"):
        page = html(found)
    with steps.of("the bundle, with page, document and data"):
        write_bundle(found, folder / "bundle")
    if is_verified:
        with steps.of("the bundle is proved again"):
            verify_bundle(folder / "bundle")
    return found, len(page.encode())


def show(found: Audit, size: int, steps: Steps, workloads: int, rows: int) -> None:
    """Print a row for each step."""
    table = Table(title=f"An audit of {workloads:,} workloads and {rows:,} flows")
    table.add_column("")
    table.add_column("s", justify="right")
    for name, seconds in steps.seconds.items():
        if seconds >= 0.05 or not name.startswith(" "):  # noqa: PLR2004  (what can be seen)
            table.add_row(name, f"{seconds:.1f}")
    console = Console(width=120)
    console.print(table)
    rows_of_all = sum(map(len, found.tables.values()))
    console.print(
        f"{rows_of_all:,} rows in {len(found.tables)} tables; a page of {size / 1e6:.1f} MB; {peak():,.0f} MB."
    )


if __name__ == "__main__":
    main()
