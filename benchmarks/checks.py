"""How long do all checks take: part of ``make bench``.

Clusters are made up: namespaces of twenty workloads in tiers, with a policy for each workload, and mistakes here and
there. All checks that need nothing but manifests are asked. Beside it stands what has to be done before any of them
can be: reading the manifests, and the map of all connections. ``times`` is how many times as long as reading it took.
Then each check is asked by itself, the slowest first; what several need is counted with the first that asks for it.

Each size runs in a process of its own, so that its peak memory is its own. Times are seconds of wall clock;
``python -m benchmarks.checks 20000`` is for one size.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from typing import Final, TypedDict

from rich.console import Console
from rich.table import Table

from benchmarks.generate import peak
from benchmarks.timing import timed
from workbench.checks import CHECKS, CheckContext, check
from workbench.connectivity import evaluate
from workbench.inventory import load_manifests, synthetic_manifests

SIZES: Final = (1_000, 10_000)
SHOWN: Final = 6


class Figures(TypedDict):
    """What one size took: seconds, counts and megabytes."""

    read: float
    mapped: float
    checked: float
    framed: float
    findings: int
    each: dict[str, float]
    mb: float


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="?", type=int, help="one size in place of several")
    parser.add_argument("--one", type=int, metavar="WORKLOADS", help="measure in this process, as JSON")
    given = parser.parse_args(arguments)
    if given.one:
        print(json.dumps(measured(given.one)))
        return
    sizes = (given.workloads,) if given.workloads else SIZES
    table = Table(title="all checks")
    for heading in ("workloads", "read s", "map s", "checks s", "times", "table s", "findings", "MB"):
        table.add_column(heading, justify="right")
    slowest: dict[int, dict[str, float]] = {}
    for size in sizes:
        one = in_own_process(size)
        slowest[size] = one["each"]
        seconds = f"{one['checked']:.2f}", f"{one['checked'] / one['read']:.2f}", f"{one['framed']:.2f}"
        counts = f"{one['findings']:,}", f"{one['mb']:,.0f}"
        table.add_row(f"{size:,}", f"{one['read']:.2f}", f"{one['mapped']:.2f}", *seconds, *counts)
    console = Console(width=130)
    console.print(table)
    for size, each in slowest.items():
        first = sorted(each.items(), key=lambda pair: -pair[1])[:SHOWN]
        console.print(f"{size:,}: " + ", ".join(f"{name} {seconds:.2f} s" for name, seconds in first))


def in_own_process(size: int) -> Figures:
    """Return the figures of one size."""
    command = [sys.executable, "-m", "benchmarks.checks", "--one", str(size)]
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603  (ourselves)
    found: Figures = json.loads(run.stdout)
    return found


def measured(size: int) -> Figures:
    """Return what reading, mapping and checking a made-up cluster takes."""
    items = list(synthetic_manifests(size))
    text = json.dumps({"apiVersion": "v1", "kind": "List", "items": items}) + "\n"
    read, cluster = timed(lambda: load_manifests(text))
    mapped, conn = timed(lambda: evaluate(cluster))
    checked, found = timed(lambda: check(conn))
    memory = peak()
    framed, _ = timed(found.to_frame)
    context = CheckContext(evaluate(cluster))
    each = {
        one.id: timed(lambda asked=one: list(asked.finds(context)))[0]  # type: ignore[misc]  # bound for each
        for one in CHECKS
        if one.needs <= context.facts
    }
    return Figures(read=read, mapped=mapped, checked=checked, framed=framed, findings=len(found), each=each, mb=memory)


if __name__ == "__main__":
    main()
