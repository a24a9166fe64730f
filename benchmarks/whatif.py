"""How long does it take to try a change, and to judge a long recording by it: part of ``make bench``.

Of 10,000 workloads each calls 100 others, so that a million edges were seen, and each has a policy. What was before is
worked out once; then one policy after another is deleted, put back in other words, or joined by one that denies all of
a namespace, and each time the verdict and the risks are asked for. Beside it stands what a tool would do that keeps
nothing: all edges are asked about again.

Then 100 million rows, of workloads that call ten others each, are judged by one change, in one go and by a history of
ten moments. The floor is one join of plain DuckDB: the rows of the same files with the workloads of both addresses,
counted by workloads and port. What the cluster allows before the change is worked out beforehand: it has nothing to do
with the rows.

The panel's state does the same as a person does: a second draft and those after it are tried, and of each the verdict,
the first page of risks, that of the flows that are kept, and the why of one of them are asked for, as the page shows
them: what is not in sight is not made.

Each runs in a process of its own, so that its peak memory is its own. Times are seconds of wall clock;
``python -m benchmarks.whatif 1000 1000000`` is for fewer workloads and rows.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Final

import duckdb
from rich.console import Console
from rich.table import Table

from benchmarks.baseline import GIVEN, MICROSECONDS, PER_NAMESPACE, START
from benchmarks.generate import peak
from benchmarks.timing import timed
from workbench.connectivity import evaluate
from workbench.flows import FlowStore, open_flows
from workbench.flows.synthetic import record_made_up
from workbench.ground import no_progress
from workbench.inventory import Cluster, load_manifests
from workbench.inventory.synthetic import Json, deployment, namespace, policy
from workbench.panels.frame import Scope
from workbench.panels.whatif import WhatIfState, flow_html
from workbench.whatif import EdgeJudge, FlowVerdict, History, Simulation, Simulator

WORKLOADS: Final = 10_000
ROWS: Final = 100_000_000
CALLED, CALLED_OFTEN = 100, 10
"""How many others each workload calls: where changes are tried, and where many rows are judged."""
TRIED: Final = 30
MOMENTS: Final = 10
LIMIT, LIMIT_OFTEN = "1GB", "600MB"
"""What DuckDB may use where there are a million edges, and where there are many rows of fewer."""
PAGE: Final = 15
"""Rows that the page shows at a time."""
TRYING, ALL_AGAIN = "one change after another", "asking about all edges again"
PANEL = "the same in the panel"
AT_ONCE, BY_HISTORY, FLOOR = "all rows at once", "by a history of ten moments", "one join of plain DuckDB"
ROW: Final = """
SELECT i, c, s, make_timestamp({start} + i * {day} // {rows}) AS time_start FROM (
    SELECT i, i * 7919 % {workloads} AS c,
           (i * 7919 % {workloads} * 7 + i // {workloads} % {called} * 13 + 1) % {workloads} AS s
    FROM range({rows}) numbers(i))
"""
"""Which workload calls which, and when."""
JOIN: Final = """
SELECT src.workload, dst.workload, destination_port, count(*) AS flows, min(time_start), max(time_start)
FROM read_parquet(FILES)
JOIN pods src ON src.address = source_address JOIN pods dst ON dst.address = destination_address
GROUP BY ALL
"""


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workloads", nargs="?", type=int, default=WORKLOADS)
    parser.add_argument("rows", nargs="?", type=int, default=ROWS)
    parser.add_argument("--one", nargs=2, metavar=("WHAT", "FOLDER"), help="measure one in this process, as JSON")
    chosen = parser.parse_args(arguments)
    if chosen.one:
        print(json.dumps(MEASURED[chosen.one[0]](Path(chosen.one[1]))))
        return
    with tempfile.TemporaryDirectory(prefix="bench-whatif-") as name:
        folder = Path(name)
        prepare(folder, chosen.workloads, chosen.rows)
        figures = {what: in_own_process(what, folder) for what in MEASURED}
    show(figures, chosen.workloads, chosen.rows)


def show(figures: dict[str, dict[str, float]], workloads: int, rows: int) -> None:
    """Print a row for each measurement, with how many times as long as its floor it took."""
    table = Table(title=f"{workloads:,} workloads, {workloads * CALLED:,} edges; {rows:,} rows")
    for heading in ("", "first s", "then, median s", "times", "MB"):
        table.add_column(heading, justify="right")
    for what, floor in (
        (TRYING, ALL_AGAIN),
        (PANEL, ALL_AGAIN),
        (ALL_AGAIN, ALL_AGAIN),
        *((one, FLOOR) for one in (AT_ONCE, BY_HISTORY, FLOOR)),
    ):
        one = figures[what]
        times = f"{one['median'] / figures[floor]['median']:.3f}"
        table.add_row(what, f"{one['first']:.1f}", f"{one['median']:.3f}", times, f"{one['mb']:,.0f}")
    Console(width=130).print(table)


def in_own_process(what: str, folder: Path) -> dict[str, float]:
    """Return the figures of one."""
    command = [sys.executable, "-m", "benchmarks.whatif", "--one", what, str(folder)]
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603  (ourselves)
    found: dict[str, float] = json.loads(run.stdout)
    return found


def prepare(folder: Path, workloads: int, rows: int) -> None:
    """Write the workloads and their policies as manifests, and import the flows."""
    names = [(f"ns-{number // PER_NAMESPACE}", f"app-{number}") for number in range(workloads)]
    objects = [namespace(name) for name in dict.fromkeys(name for name, _ in names)]
    for number, (where, name) in enumerate(names):
        objects.append(deployment(where, name, {"app": name}, 8000 + number % 10))
        objects.append(pod(where, name, number))
        objects.append(policy(where, name, spec(number, len(names) // PER_NAMESPACE)))
    (folder / "cluster.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))
    for store, count, called in (("edges", workloads * CALLED, CALLED), ("rows", rows, CALLED_OFTEN)):
        query = ROW.format(start=START, day=MICROSECONDS, rows=count, workloads=workloads, called=called)
        seconds, _ = timed(partial(record_made_up, FlowStore(folder / store), query, GIVEN, memory_limit=LIMIT))
        print(f"{count:,} rows imported in {seconds:.0f} s", flush=True)


def pod(where: str, name: str, number: int) -> Json:
    """Return the pod of a workload, at the address by which flows know it."""
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": f"{name}-5d9c7", "controller": True}
    metadata = {"name": f"{name}-5d9c7-x", "namespace": where, "labels": {"app": name}, "ownerReferences": [owner]}
    status = {"podIP": f"10.1.{number // 250}.{number % 250 + 1}"}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": metadata,
        "spec": {"containers": [{"name": "c"}]},
        "status": status,
    }


def spec(number: int, namespaces: int) -> Json:
    """Return the spec of a policy that admits its own namespace and a few others."""
    admitted = {number // PER_NAMESPACE, *((number * 7 + place * 31) % max(1, namespaces) for place in range(3))}
    peers = [
        {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": f"ns-{one}"}}} for one in sorted(admitted)
    ]
    return {
        "podSelector": {"matchLabels": {"app": f"app-{number}"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"from": peers}],
    }


def cluster_in(folder: Path) -> Cluster:
    """Return the workloads and their policies."""
    return load_manifests(folder / "cluster.json")


def told(found: Simulation) -> object:
    """Ask what a person sees of a change: the verdict, and the risks."""
    return found.verdict, found.to_frame()


def tried(folder: Path) -> dict[str, float]:
    """Try one change after another."""
    cluster = cluster_in(folder)
    flows = open_flows(folder / "edges", cluster=cluster, memory_limit=LIMIT)
    simulator = Simulator(cluster, flows)
    first, _ = timed(lambda: told(simulator.simulate(remove=cluster.objects.policies[0].ref)))
    policies = cluster.objects.policies
    seconds = []
    for number in range(1, TRIED):
        one = policies[number * len(policies) // TRIED]
        added: list[str] = [DENY.format(one.namespace)] if number % 10 == 0 else []
        change = partial(simulator.simulate, *added, remove=() if added else one.ref)
        seconds.append(timed(partial(_asked, change))[0])
    return {"first": first, "median": median(seconds), "mb": peak()}


def _asked(change: Callable[[], Simulation]) -> object:
    return told(change())


DENY: Final = """
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{name: all, namespace: {}}}
spec: {{podSelector: {{}}, policyTypes: [Ingress, Egress]}}
"""


def shown(folder: Path) -> dict[str, float]:
    """Try one draft after another in the panel's state, and ask for what its page shows."""
    cluster = cluster_in(folder)
    flows = open_flows(folder / "edges", cluster=cluster, memory_limit=LIMIT)
    state = WhatIfState(Scope(cluster, flows))
    policies = cluster.objects.policies
    state.delete(policies[0].ref)
    first, _ = timed(partial(_drawn, state))
    seconds = []
    for number in range(1, TRIED):
        one = policies[number * len(policies) // TRIED]
        state.begin(f"draft {number}")
        if number % 10:
            state.delete(one.ref)
        else:
            state.write(DENY.format(one.namespace))
        seconds.append(timed(partial(_drawn, state))[0])
        state.drop()
    return {"first": first, "median": median(seconds), "mb": peak()}


def _drawn(state: WhatIfState) -> object:
    """Try the draft, and ask for what the page shows of it then: its documents, the answer, and one of its views."""
    state.put(state.trying()(no_progress))
    state.verdict = FlowVerdict.KEPT.value  # the most of all
    rows = state.flow_rows(0, PAGE)
    state.select_flow(rows.iloc[0])
    return (
        state.documents(),
        state.lost,
        state.risks().head(PAGE),
        state.counts(),
        rows,
        flow_html(state.flow, state.judged),
    )


def asked_again(folder: Path) -> dict[str, float]:
    """Ask about all edges after a change."""
    cluster = cluster_in(folder)
    flows = open_flows(folder / "edges", cluster=cluster, memory_limit=LIMIT)
    edges = flows.located_edges()
    seconds = []
    for one in cluster.objects.policies[:2]:
        after = evaluate(cluster.with_policies(remove=one.ref))
        seconds.append(timed(partial(EdgeJudge, after, edges, cluster))[0])
    return {"first": seconds[0], "median": seconds[-1], "mb": peak()}


def judged(folder: Path, moments: int = 0) -> dict[str, float]:
    """Judge all rows by a change."""
    cluster = cluster_in(folder)
    flows = open_flows(folder / "rows", cluster=cluster, memory_limit=LIMIT_OFTEN)
    began, ended = flows.period
    history = None
    if moments and began is not None and ended is not None:
        step = (ended - began) / moments
        refs = [one.ref for one in cluster.objects.policies[:moments]]
        history = History.of(
            (began + number * step - timedelta(seconds=1), cluster.with_policies(remove=refs[:number]))
            for number in range(moments)
        )
    simulator = Simulator(cluster, flows, history=history)
    simulator.before  # noqa: B018  (worked out once)
    seconds, _ = timed(partial(_counted, simulator))
    return {"first": seconds, "median": seconds, "mb": peak()}


def _counted(simulator: Simulator) -> object:
    found = simulator.simulate(DENY.format("ns-1"))
    return [found.count(verdict) for verdict in FlowVerdict]


def joined(folder: Path) -> dict[str, float]:
    """Join the rows with the workloads of their addresses."""
    files = [str(path) for path in FlowStore(folder / "rows").files()]
    cluster = cluster_in(folder)
    rows = [(ip, one.peer) for one in cluster.objects.workloads for shape in one.shapes for ip in shape.ips]

    def work() -> object:
        engine = duckdb.connect()
        engine.execute(f"SET memory_limit = '{LIMIT}'")
        engine.execute("CREATE TABLE pods (address VARCHAR, workload VARCHAR)")
        engine.executemany("INSERT INTO pods VALUES (?, ?)", rows[:1])
        engine.execute(
            "INSERT INTO pods SELECT unnest($1), unnest($2)", [[a for a, _ in rows[1:]], [w for _, w in rows[1:]]]
        )
        return engine.execute(JOIN.replace("FILES", str(files))).to_arrow_table().to_pandas()

    seconds, _ = timed(work)
    return {"first": seconds, "median": seconds, "mb": peak()}


MEASURED: Final[dict[str, Callable[[Path], dict[str, float]]]] = {
    TRYING: tried,
    PANEL: shown,
    ALL_AGAIN: asked_again,
    AT_ONCE: judged,
    BY_HISTORY: partial(judged, moments=MOMENTS),
    FLOOR: joined,
}

if __name__ == "__main__":
    main()
