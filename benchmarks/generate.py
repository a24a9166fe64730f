"""How long do policies take for a large cluster, beside what counts the same flows alone: part of ``make bench``.

10,000 workloads call 20 others each, in a day of 10 million flows (``python -m benchmarks.generate 1000 1000000`` for
fewer). Measured is the way from flows in a store and manifests to a proposal, its YAML included: by the default
strategy, by what was seen alone, and by the algorithm of Red Hat ACS. The floor is plain DuckDB, which counts clients,
servers and ports in the same files and makes nothing of them.

Each runs in a process of its own, so that its peak memory is its own. Times are seconds of wall clock, of one run.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from typing import Final

import duckdb
from rich.console import Console
from rich.table import Table

from benchmarks.baseline import GIVEN, LIMIT, MICROSECONDS, PER_NAMESPACE, PLAIN_EDGES, START
from benchmarks.timing import timed
from workbench.flows import FlowStore, open_flows
from workbench.flows.synthetic import record_made_up
from workbench.generate import propose
from workbench.inventory import load_manifests
from workbench.inventory.synthetic import deployment, namespace

WORKLOADS: Final = 10_000
ROWS: Final = 10_000_000
CALLED: Final = 20
"""How many others each workload calls."""
STRATEGIES: Final = ("least-privilege", "observed", "rhacs")
FLOOR: Final = "plain DuckDB"
ROW: Final = """
SELECT i, c, s, make_timestamp({start} + i * {day} // {rows}) AS time_start FROM (
    SELECT i, i * 7919 % {workloads} AS c,
           (i * 7919 % {workloads} * 7 + i // {workloads} % {called} * 13 + 1) % {workloads} AS s
    FROM range({rows}) numbers(i))
"""
"""Which workload calls which, and when."""


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workloads", nargs="?", type=int, default=WORKLOADS)
    parser.add_argument("flows", nargs="?", type=int, default=ROWS)
    parser.add_argument("--one", nargs=2, metavar=("WHO", "FOLDER"), help="measure one in this process, as JSON")
    chosen = parser.parse_args(arguments)
    if chosen.one:
        who, name = chosen.one
        print(json.dumps(counted(Path(name)) if who == FLOOR else proposed(Path(name), who)))
        return
    with tempfile.TemporaryDirectory(prefix="bench-generate-") as name:
        folder = Path(name)
        prepare(folder, chosen.workloads, chosen.flows)
        figures = {who: in_own_process(who, folder) for who in (FLOOR, *STRATEGIES)}
    show(figures, chosen.workloads, chosen.flows)


def show(figures: dict[str, dict[str, float]], workloads: int, flows: int) -> None:
    """Print a row for each strategy, and how many times as long as counting alone it took."""
    table = Table(
        title=f"policies for {workloads:,} workloads from {flows:,} flows: seconds, and peak MB of the process"
    )
    for heading in ("", "policies", "rules", "s", "times the floor", "MB"):
        table.add_column(heading, justify="right")
    for who, one in figures.items():
        ratio = f"{one['seconds'] / figures[FLOOR]['seconds']:.1f}"
        made = [f"{one[key]:,.0f}" if key in one else "" for key in ("policies", "rules")]
        table.add_row(who, *made, f"{one['seconds']:.1f}", ratio, f"{one['mb']:,.0f}")
    Console(width=130).print(table)


def in_own_process(who: str, folder: Path) -> dict[str, float]:
    """Return the figures of one."""
    command = [sys.executable, "-m", "benchmarks.generate", "--one", who, str(folder)]
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603  (ourselves)
    found: dict[str, float] = json.loads(run.stdout)
    return found


def prepare(folder: Path, workloads: int, rows: int) -> None:
    """Write the workloads as manifests, and import the flows."""
    names = [(f"ns-{number // PER_NAMESPACE}", f"app-{number}") for number in range(workloads)]
    objects = [namespace(name) for name in dict.fromkeys(name for name, _ in names)]
    objects += [deployment(of, name, {"app": name}, 8000 + place % 10) for place, (of, name) in enumerate(names)]
    (folder / "cluster.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    query = ROW.format(start=START, day=MICROSECONDS, rows=rows, workloads=workloads, called=CALLED)
    seconds, _ = timed(partial(record_made_up, FlowStore(folder / "flows"), query, GIVEN, memory_limit=LIMIT))
    print(f"{rows:,} rows imported in {seconds:.0f} s", flush=True)


def proposed(folder: Path, strategy: str) -> dict[str, float]:
    """Propose policies, and write them."""

    def work() -> tuple[int, int]:
        cluster = load_manifests(folder / "cluster.json")
        flows = open_flows(folder / "flows", cluster=cluster, memory_limit=LIMIT)
        found = propose(cluster, flows, strategy=strategy)
        found.to_yaml()
        return len(found.drafts), sum(len(one.policy.rules) for one in found.drafts)

    seconds, (policies, rules) = timed(work)
    return {"seconds": seconds, "mb": peak(), "policies": policies, "rules": rules}


def counted(folder: Path) -> dict[str, float]:
    """Count clients, servers and ports."""
    files = [str(path) for path in FlowStore(folder / "flows").files()]

    def work() -> object:
        engine = duckdb.connect()
        engine.execute(f"SET memory_limit = '{LIMIT}'")
        return engine.execute(PLAIN_EDGES.replace("FILES", str(files))).to_arrow_table().to_pandas()

    seconds, _ = timed(work)
    return {"seconds": seconds, "mb": peak()}


def peak() -> float:
    """Return the peak memory of this process, in MB."""
    # What getrusage tells has the memory of the parent in it, from before this program began.
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024


if __name__ == "__main__":
    main()
