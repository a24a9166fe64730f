"""How fast are flows judged and learnt from, beside plain DuckDB and pandas on the same rows: part of ``make bench``.

10,000 workloads call 20 others each. A day is 10 million flows, imported in one go; from the second day on, one flow in
a thousand goes where none went before. The status of such a day is asked, against 10,000 baselines learnt
from it; and that of 10 million edges that all differ. Then baselines are learnt from ten days, 100 million
flows (``python -m benchmarks.baseline 2`` for two days): of the first day; and of an hour that begins at another time
for each workload, as where policies changed one after the other.

Plain DuckDB reads the same files, pandas as well where it can hold them. Both know which workload a row is of, and so
need not attribute them. Each runs in a process of its own, so that its peak memory is its own. Times are seconds of
wall clock, the best of two.
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
from typing import TypeAlias

import duckdb
import pandas as pd
from rich.console import Console
from rich.table import Table

from benchmarks.timing import timed
from workbench.baseline import Baselines, Head
from workbench.flows import Flows, FlowStore, open_flows
from workbench.flows.synthetic import record_made_up
from workbench.inventory import Cluster, load_manifests
from workbench.inventory.synthetic import deployment, namespace

WORKLOADS = 10_000
PER_NAMESPACE = 50
ROWS = 10_000_000
"""Of a day."""
DAYS = 10
DAY_STORE, STORE = "day", "days"
"""Of the first day alone, and of all."""
LIMIT = "450MB"
"""Memory that DuckDB may take: what is larger goes to the disk."""
PANDAS_ROWS = 2 * ROWS
"""Beyond so many rows, pandas is not tried: it holds all of them in memory."""
DAY = timedelta(days=1)
MICROSECONDS = 86_400_000_000
START = 1_793_059_200_000_000
"""Midnight in UTC, in microseconds since 1970."""

Work: TypeAlias = Callable[[], object]

ROW = f"""
SELECT i, c, s, make_timestamp({START} + i * {MICROSECONDS} // {ROWS}) AS time_start FROM (
    SELECT i, i * 7919 % {WORKLOADS} AS c,
           (i * 7919 % {WORKLOADS} * 7 + i // {WORKLOADS} % 20 * 13 + 1
            + CASE WHEN i >= {ROWS} AND i % 997 = 0 THEN {WORKLOADS // 2} ELSE 0 END) % {WORKLOADS} AS s
    FROM range(DAY * {ROWS}, (DAY + 1) * {ROWS}) numbers(i))
"""  # noqa: S608  (ours)
"""Which workload calls which, and when; the port tells the server's kind."""
GIVEN = {
    "time_start": "time_start",
    **{
        f"{end}_{name}": sql.replace("WHO", who)
        for end, who in (("source", "c"), ("destination", "s"))
        for name, sql in {
            "address": "'10.1.' || (WHO // 250) || '.' || (WHO % 250 + 1)",
            "k8s_namespace_name": f"'ns-' || (WHO // {PER_NAMESPACE})",
            "k8s_owner_kind": "'Deployment'",
            "k8s_owner_name": "'app-' || WHO",
        }.items()
    },
    "source_port": "32768 + i % 28000",
    "destination_port": "8000 + s % 10",
    "network_transport": "'tcp'",
    "verdict": "'allowed'",
    "connections": "1",
    "bytes": "CAST(i % 9000 AS UBIGINT)",
    "source_is_client": "true",
    "source_format": "'synthetic'",
    "source_file": "'made up'",
    "source_line": "i + 1",
}
"""What the made-up rows say, as SQL over `ROW`."""
NAME = "END_k8s_namespace_name || '/' || END_k8s_owner_name || '[Deployment]'"
NAMES = ", ".join(
    f"{NAME.replace('END', end)} AS {short}" for end, short in (("source", "src"), ("destination", "dst"))
)
PLAIN_ROWS = f"SELECT {NAMES}, destination_port AS port, time_start FROM read_parquet(FILES)"  # noqa: S608  (ours)
COUNTS = "src, dst, port, count(*) AS flows, min(time_start) AS first_seen, max(time_start) AS last_seen"
PLAIN_EDGES = f"SELECT {COUNTS} FROM ({PLAIN_ROWS}) GROUP BY ALL"  # noqa: S608  (ours)
PLAIN_STATUS = """
SELECT edges.*, coalesce(egress.status, 'anomalous') AS src_status, coalesce(ingress.status, 'anomalous') AS dst_status
FROM EDGES edges
LEFT JOIN KNOWN egress ON egress.direction = 'egress'
    AND (egress.workload, egress.peer, egress.port) = (edges.src, edges.dst, edges.port)
LEFT JOIN KNOWN ingress ON ingress.direction = 'ingress'
    AND (ingress.workload, ingress.peer, ingress.port) = (edges.dst, edges.src, edges.port)
"""
PLAIN_LEARNT = f"""
WITH edges AS MATERIALIZED ({PLAIN_EDGES}),
     begun AS (SELECT name, min(first_seen) AS begun FROM (
         SELECT src AS name, first_seen FROM edges UNION ALL SELECT dst, first_seen FROM edges) GROUP BY name)
SELECT edges.* FROM edges JOIN begun one ON one.name = src JOIN begun other ON other.name = dst
WHERE first_seen < greatest(one.begun, other.begun) + INTERVAL 1 DAY
"""  # noqa: S608  (ours)
PLAIN_WINDOWS = f"""
SELECT {COUNTS}
FROM ({PLAIN_ROWS}) JOIN WINDOWS one ON one.name = src JOIN WINDOWS other ON other.name = dst
WHERE (time_start >= one.begun AND time_start < one.ends) OR (time_start >= other.begun AND time_start < other.ends)
GROUP BY ALL
"""  # noqa: S608  (ours)
DISTINCT_EDGES = f"""
SELECT 'ns-' || (c // {PER_NAMESPACE}) || '/app-' || c || '[Deployment]' AS src,
       'ns-' || (s // {PER_NAMESPACE}) || '/app-' || s || '[Deployment]' AS dst,
       'Deployment' AS src_kind, 'Deployment' AS dst_kind, 'TCP' AS protocol, (8000 + s % 10)::USMALLINT AS port,
       'observed' AS orientation, 1::BIGINT AS flows, 0::BIGINT AS flows_denied,
       make_timestamptz({START}) AS first_seen, make_timestamptz({START}) AS last_seen
FROM (SELECT i % {WORKLOADS} AS c, (i % {WORKLOADS} * 7 + i // {WORKLOADS} * 13 + 1) % {WORKLOADS} AS s
      FROM range({ROWS}) numbers(i))
"""  # noqa: S608  (ours)


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "days", nargs="?", type=int, default=DAYS, help="days that are learnt from, 10 million rows each"
    )
    parser.add_argument("--one", nargs=2, metavar=("QUESTION", "FOLDER"), help="answer one in this process, as JSON")
    chosen = parser.parse_args(arguments)
    if chosen.one:
        question, name = chosen.one
        print(json.dumps(measured(QUESTIONS[question], Path(name))))
        return
    with tempfile.TemporaryDirectory(prefix="bench-baseline-") as name:
        folder = Path(name)
        write_cluster(folder)
        add_days(folder / DAY_STORE, 1)
        keep_learnt(folder)
        figures = {question: in_own_process(question, folder, 1) for question in QUESTIONS if "status" in question}
        add_days(folder / STORE, chosen.days)
        days = chosen.days
        figures |= {question: in_own_process(question, folder, days) for question in QUESTIONS if "learn" in question}
    show(figures, days)


def show(figures: dict[str, dict[str, float] | None], days: int) -> None:
    """Print a row for each question, and what part of plain DuckDB's speed ours has."""
    table = Table(title=f"{WORKLOADS:,} baselines: seconds, and peak MB of the process")
    for heading in ("question", "ours s", "MB", "plain DuckDB s", "MB", "pandas s", "MB", "ours of DuckDB's speed"):
        table.add_column(heading, justify="right")
    titles = {
        "status": f"status of {ROWS:,} flows",
        "status of edges": f"status of {ROWS:,} edges",
        "learn": f"learn a day of {days * ROWS:,} flows",
        "learn hours": "learn another hour of each workload",
    }
    for name, title in titles.items():
        found = [figures.get(f"{name}:{who}") for who in ("ours", "duckdb", "pandas")]
        cells = [
            text
            for one in found
            for text in (["", ""] if one is None else [f"{one['seconds']:.2f}", f"{one['mb']:,.0f}"])
        ]
        ours, plain = found[0], found[1]
        ratio = "" if ours is None or plain is None else f"{plain['seconds'] / ours['seconds']:.0%}"
        table.add_row(title, *cells, ratio)
    Console(width=130).print(table)


def in_own_process(question: str, folder: Path, days: int) -> dict[str, float] | None:
    """Return the figures of one question; None where pandas is not tried."""
    if question.endswith(":pandas") and days * ROWS > PANDAS_ROWS:
        return None
    command = [sys.executable, "-m", "benchmarks.baseline", "--one", question, str(folder)]
    run = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)  # noqa: S603  (ourselves)
    found: dict[str, float] = json.loads(run.stdout)
    return found


def measured(prepared: Callable[[Path], Work], folder: Path) -> dict[str, float]:
    """Return the best time of two, and the peak memory of a process that answers once, what was prepared included."""
    work = prepared(folder)
    first, _ = timed(work)
    # What getrusage tells has the memory of the parent in it, from before this program began.
    peak = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) * 1024 / 1_000_000
    return {"seconds": min(first, timed(work)[0]), "mb": peak}


# --- what is made up --------------------------------------------------------------------------------------


def write_cluster(folder: Path) -> None:
    """Write the workloads as manifests."""
    folder.mkdir(parents=True, exist_ok=True)
    names = [(f"ns-{number // PER_NAMESPACE}", f"app-{number}") for number in range(WORKLOADS)]
    objects = [namespace(name) for name in dict.fromkeys(name for name, _ in names)]
    objects += [deployment(of, name, {"app": name}, 8000 + place % 10) for place, (of, name) in enumerate(names)]
    (folder / "cluster.json").write_text(json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))


def add_days(folder: Path, days: int) -> None:
    """Import so many days."""
    store = FlowStore(folder)
    for day in range(days):
        seconds, _ = timed(partial(record_made_up, store, ROW.replace("DAY", str(day)), GIVEN, memory_limit=LIMIT))
        print(f"day {day + 1}: {ROWS:,} rows imported in {seconds:.0f} s", flush=True)


def keep_learnt(folder: Path) -> None:
    """Learn from the first day, and write down what is known: for us, and as a table."""
    cluster = cluster_in(folder)
    baselines = Baselines().learn(cluster, opened(folder / DAY_STORE, cluster), period=DAY)
    records = [[*named, value] for named, value in baselines.to_records().items()]
    (folder / "records.json").write_text(json.dumps(records))
    baselines.to_frame().astype({"status": "str"}).to_parquet(folder / "known.parquet")
    hours(baselines).to_parquet(folder / "hours.parquet")
    duckdb.sql(DISTINCT_EDGES).write_parquet(str(folder / "edges.parquet"))
    print(f"{baselines!r}", flush=True)


def hours(baselines: Baselines) -> pd.DataFrame:
    """Return an hour for each workload, each beginning a minute after the one before."""
    begun = pd.Timestamp(START, unit="us", tz="UTC") + pd.Timedelta("1h")
    starts = [begun + pd.Timedelta("1min") * place for place in range(len(baselines.heads))]
    frame = pd.DataFrame({"name": list(baselines.heads), "begun": starts})
    return frame.assign(ends=frame["begun"] + pd.Timedelta("1h"))


def cluster_in(folder: Path) -> Cluster:
    """Return the workloads."""
    return load_manifests(folder / "cluster.json")


def opened(store: Path, cluster: Cluster) -> Flows:
    """Open flows."""
    return open_flows(store, cluster=cluster, memory_limit=LIMIT)


def baselines_in(folder: Path) -> Baselines:
    """Return what was learnt from the first day."""
    records = json.loads((folder / "records.json").read_text())
    return Baselines.from_records({(kind, key): value for kind, key, value in records})


# --- ours -------------------------------------------------------------------------------------------------


def our_status(folder: Path) -> Work:
    """Ask for the status of the flows in the store: edges are counted, attributed and judged."""
    cluster, baselines = cluster_in(folder), baselines_in(folder)
    return lambda: baselines.status(opened(folder / DAY_STORE, cluster))


def our_edges(folder: Path) -> Work:
    """Ask for the status of edges that are in memory."""
    baselines, edges = baselines_in(folder), pd.read_parquet(folder / "edges.parquet")
    return lambda: baselines.status(edges)


def our_learning(folder: Path) -> Work:
    """Learn the first day of each workload."""
    cluster = cluster_in(folder)
    return lambda: Baselines().learn(cluster, opened(folder / STORE, cluster), period=DAY)


def our_hours(folder: Path) -> Work:
    """Learn what was seen in an hour of each workload."""
    cluster = cluster_in(folder)
    rows = pd.read_parquet(folder / "hours.parquet").itertuples(index=False, name=None)
    observed = {name: Head(begun.to_pydatetime(), ends.to_pydatetime()) for name, begun, ends in rows}
    return lambda: Baselines(observed).learn(cluster, opened(folder / STORE, cluster))


# --- the others -------------------------------------------------------------------------------------------


def plain(folder: Path, query: str, store: str = STORE, **tables: str) -> Work:
    """Ask DuckDB in SQL."""
    files = [str(path) for path in FlowStore(folder / store).files()]
    sql = query
    for name, table in {**tables, "FILES": str(files)}.items():
        sql = sql.replace(name, table)

    def work() -> object:
        engine = duckdb.connect()
        engine.execute(f"SET memory_limit = '{LIMIT}'")
        engine.execute(f"SET temp_directory = '{folder / 'spilled'}'")
        return engine.execute(sql).to_arrow_table().to_pandas()

    return work


def plain_status(folder: Path) -> Work:
    """Ask for the status of the flows in the store's files."""
    return plain(folder, PLAIN_STATUS, DAY_STORE, EDGES=f"({PLAIN_EDGES})", KNOWN=f"'{folder / 'known.parquet'}'")


def plain_status_of_edges(folder: Path) -> Work:
    """Ask for the status of edges in a file."""
    return plain(
        folder, PLAIN_STATUS, DAY_STORE, EDGES=f"'{folder / 'edges.parquet'}'", KNOWN=f"'{folder / 'known.parquet'}'"
    )


def plain_learning(folder: Path) -> Work:
    """Learn the first day of each workload."""
    return plain(folder, PLAIN_LEARNT)


def plain_hours(folder: Path) -> Work:
    """Learn what was seen in an hour of each workload."""
    return plain(folder, PLAIN_WINDOWS, WINDOWS=f"'{folder / 'hours.parquet'}'")


def pandas_rows(store: Path) -> pd.DataFrame:
    """Read the rows into memory."""
    names = [f"{end}_k8s_{part}" for end in ("source", "destination") for part in ("namespace_name", "owner_name")]
    columns = [*names, "destination_port", "time_start"]
    rows = pd.concat([pd.read_parquet(path, columns=columns) for path in FlowStore(store).files()])
    ends = {
        short: rows[f"{end}_k8s_namespace_name"] + "/" + rows[f"{end}_k8s_owner_name"] + "[Deployment]"
        for short, end in (("src", "source"), ("dst", "destination"))
    }
    return pd.DataFrame({**ends, "port": rows["destination_port"], "time_start": rows["time_start"]})


def pandas_edges(store: Path) -> pd.DataFrame:
    """Count the edges."""
    grouped = pandas_rows(store).groupby(["src", "dst", "port"], observed=True)["time_start"]
    return grouped.agg(flows="size", first_seen="min", last_seen="max").reset_index()


def pandas_judged(edges: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """Look edges up."""
    for direction, mine, other in (("egress", "src", "dst"), ("ingress", "dst", "src")):
        one = known.loc[known["direction"] == direction, ["workload", "peer", "port", "status"]]
        one = one.set_axis([mine, other, "port", f"{mine}_status"], axis=1)
        edges = edges.merge(one, "left", [mine, other, "port"]).fillna({f"{mine}_status": "anomalous"})
    return edges


def pandas_status(folder: Path) -> Work:
    """Ask for the status of the flows in the store's files."""
    known = pd.read_parquet(folder / "known.parquet")
    return lambda: pandas_judged(pandas_edges(folder / DAY_STORE), known)


def pandas_status_of_edges(folder: Path) -> Work:
    """Ask for the status of edges that are in memory."""
    known, edges = pd.read_parquet(folder / "known.parquet"), pd.read_parquet(folder / "edges.parquet")
    return lambda: pandas_judged(edges, known)


def pandas_learning(folder: Path) -> Work:
    """Learn the first day of each workload."""

    def work() -> object:
        edges = pandas_edges(folder / STORE)
        ends = pd.concat(
            [edges[["src", "first_seen"]], edges[["dst", "first_seen"]].set_axis(["src", "first_seen"], axis=1)]
        )
        begun = ends.groupby("src")["first_seen"].min()
        latest = edges[["src", "dst"]].apply(lambda names: names.map(begun)).max(axis=1)
        return edges[edges["first_seen"] < latest + DAY]

    return work


QUESTIONS: dict[str, Callable[[Path], Work]] = {
    "status:ours": our_status,
    "status:duckdb": plain_status,
    "status:pandas": pandas_status,
    "status of edges:ours": our_edges,
    "status of edges:duckdb": plain_status_of_edges,
    "status of edges:pandas": pandas_status_of_edges,
    "learn:ours": our_learning,
    "learn:duckdb": plain_learning,
    "learn:pandas": pandas_learning,
    "learn hours:ours": our_hours,
    "learn hours:duckdb": plain_hours,
}
"""What is measured, and what prepares it."""

if __name__ == "__main__":
    main()
