"""How long does it take from manifests to all connections, and how much memory: ``make bench``.

Each size runs in a process of its own, so that its peak memory is its own. Times are wall clock; ratios
are to a named alternative in the same process. What is measured:

- *read*: from YAML text to typed objects; *compile*: from these to what answers questions;
  *all pairs*: the number of pairs of workloads that may talk on some port, everything looked at;
  *engine MB*: how much the peak memory grew by these two.
- *query*: whether one workload reaches another on a port, with the reasons. *explain*: every decision about
  every port of one pair.
- *edges*: the verdicts of as many edges as a busy cluster shows, five of each workload, in one question.
- *what-if*: a map with one policy of another cluster put in place of its namesake, a hundred times;
  *and all pairs*: the same, and its number of pairs.
- *closure*: which others each workload reaches over any number of hops, after the import of scipy.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator

import yaml
from rich.console import Console
from rich.table import Table

from benchmarks.closure import GRAPHS, measure_closure
from benchmarks.pairwise import count_pairs
from benchmarks.synthetic import PORTS, yaml_text
from benchmarks.timing import timed
from workbench.connectivity import evaluate
from workbench.inventory import load_manifests

SIZES = (1_000, 10_000, 50_000)
YARDSTICK_READING = 1_000
YARDSTICK_PAIRS = 200
YARDSTICK_EDGES = 10_000
EDGES_EACH = 5
"""So many edges begin at each workload."""
OUTSIDE = 10
"""One edge in so many leads outside."""
SAMPLE = 1_000
"""So many edges are asked about one by one."""
TABLES = {
    "From manifests to all connections, and MB above what was there before": {
        "workloads": ",",
        "policies": ",",
        "YAML MB": ".1f",
        "read s": ".2f",
        "compile s": ".2f",
        "all pairs s": ".2f",
        "pairs": ",",
        "engine MB": ",.0f",
    },
    "Questions to what is compiled": {
        "workloads": ",",
        "query ms": ".3f",
        "explain ms": ".3f",
        "edges s": ".2f",
        "what-if median ms": ".2f",
        "what-if maximum ms": ".1f",
        "and all pairs ms": ".1f",
        "closure s": ".2f",
    },
}
"""The columns of each table, and how their figures are written."""


def main(arguments: list[str] | None = None) -> None:
    """Run the sizes that the command line names, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=SIZES, help="numbers of workloads")
    parser.add_argument("--one", action="store_true", help="measure one size in this process and print JSON")
    chosen = parser.parse_args(arguments)
    if chosen.one:
        print(json.dumps(measure(chosen.sizes[0])))
        return
    found = []
    for size in chosen.sizes:
        command = [sys.executable, "-m", "benchmarks.connectivity", "--one", str(size)]
        found.append(json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout))  # noqa: S603  (ourselves)
    console = Console(width=110)
    for title, columns in TABLES.items():
        table = Table(title=title)
        for heading in columns:
            table.add_column(heading, justify="right")
        for figures in found:
            table.add_row(*(f"{figures[heading]:{form}}" for heading, form in columns.items()))
        console.print(table)
    yardstick = Table(title="Beside a named alternative, on the same input")
    for heading in ("stage", "alternative", "seconds", "ours", "ratio"):
        yardstick.add_column(heading, justify="right")
    for cells in (reading_yardstick(), pairs_yardstick(), edges_yardstick(), *closure_yardsticks()):
        yardstick.add_row(*cells)
    console.print(yardstick)


def measure(size: int) -> dict[str, float]:
    """Return the figures of one size, by the headings of the tables."""
    text = yaml_text(size)
    read, cluster = timed(lambda: load_manifests(text, cache=False))
    before = peak_mb()
    compiled, answers = timed(lambda: evaluate(cluster))
    all_pairs, pairs = timed(answers.count)
    engine = peak_mb() - before
    answers.query("app-1", "app-2")
    queries = [timed(lambda n=n: answers.query(f"app-{n}", "app-1", 80))[0] for n in range(100)]  # type: ignore[misc]
    reasons = [timed(lambda n=n: answers.explain(f"app-{n}", "app-1"))[0] for n in range(2, 102)]  # type: ignore[misc]
    edges, _ = timed(lambda: evaluate(cluster).verdicts(made_up_edges(size)))
    others = load_manifests(yaml_text(size, seed=2)).objects.policies[:: max(1, size // 100)]
    answers.with_policies(add=others[:1])
    changes = [timed(lambda policy=policy: answers.with_policies(add=[policy]))[0] for policy in others]  # type: ignore[misc]
    counted = [timed(lambda policy=policy: answers.with_policies(add=[policy]).count())[0] for policy in others[:10]]  # type: ignore[misc]
    importlib.import_module("scipy.sparse.csgraph")
    radius, _ = timed(answers.blast_radius)
    return {
        "workloads": size,
        "policies": len(cluster.objects.policies),
        "YAML MB": len(text) / 1e6,
        "read s": read,
        "compile s": compiled,
        "all pairs s": all_pairs,
        "pairs": pairs,
        "engine MB": engine,
        "query ms": statistics.median(queries) * 1000,
        "explain ms": statistics.median(reasons) * 1000,
        "edges s": edges,
        "what-if median ms": statistics.median(changes) * 1000,
        "what-if maximum ms": max(changes) * 1000,
        "and all pairs ms": statistics.median(counted) * 1000,
        "closure s": radius,
    }


def reading_yardstick() -> tuple[str, ...]:
    """Compare reading with PyYAML's own C loader, which reads YAML as YAML 1.1 and not as Kubernetes does."""
    text = yaml_text(YARDSTICK_READING)
    plain, _ = timed(lambda: list(yaml.load_all(text, Loader=yaml.CSafeLoader)))
    ours, _ = timed(lambda: load_manifests(text, cache=False))
    return row(f"read {YARDSTICK_READING:,} workloads", "yaml.CSafeLoader, untyped", plain, ours)


def pairs_yardstick() -> tuple[str, ...]:
    """Compare compiling and all pairs with asking every policy about every pair."""
    cluster = load_manifests(yaml_text(YARDSTICK_PAIRS))
    plain, expected = timed(lambda: count_pairs(cluster))
    ours, found = timed(lambda: evaluate(cluster).count())
    if found != expected:
        message = f"the engine found {found} pairs, the yardstick {expected}"
        raise AssertionError(message)
    return row(f"all pairs of {YARDSTICK_PAIRS} workloads", "pair by pair", plain, ours)


def edges_yardstick() -> tuple[str, ...]:
    """Compare the verdicts of many edges with a query about each, from a sample."""
    cluster = load_manifests(yaml_text(YARDSTICK_EDGES))
    edges = made_up_edges(YARDSTICK_EDGES)
    asked = evaluate(cluster)
    asked.count()
    ours, found = timed(lambda: asked.verdicts(edges))
    step = len(edges) // SAMPLE
    sample = evaluate(cluster)
    sample.query(*edges[0])
    plain, answers = timed(lambda: [sample.query(*edge) for edge in edges[::step]])
    if [answer.verdict for answer in answers] != [one.verdict for one in found[::step]]:
        message = "the verdicts of edges are not those of queries"
        raise AssertionError(message)
    return row(f"verdicts of {len(edges):,} edges", "a query about each, from a sample", plain * step, ours)


def made_up_edges(size: int) -> list[tuple[str, str, int, str]]:
    """Return edges between the workloads of a cluster, and to addresses outside."""
    chance = random.Random(size)  # noqa: S311  (test input, no secret)
    names = [f"app-{number}" for number in range(size - 1)]
    ends = [name if chance.randrange(OUTSIDE) else f"203.0.113.{chance.randrange(256)}" for name in names]
    return [(src, chance.choice(ends), chance.choice(PORTS), "TCP") for src in names for _ in range(EDGES_EACH)]


def closure_yardsticks() -> Iterator[tuple[str, ...]]:
    """Compare the closure of a large graph with following it from each node."""
    for name, acyclic in GRAPHS.items():
        yield row(f"closure, {name}", "networkx, from a sample", *measure_closure(acyclic=acyclic))


def row(stage: str, alternative: str, plain: float, ours: float) -> tuple[str, ...]:
    """Return a row of the table of ratios."""
    return stage, alternative, f"{plain:.2f}", f"{ours:.3f}", f"{plain / ours:.2f} x"


def peak_mb() -> float:
    """Return the largest resident size of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
