"""How fast are flows read and asked, beside plain DuckDB and pandas on the same files: part of ``make bench``.

Hubble lines are read from a file of 400,000 lines: ours makes the whole flow table, orients its rows, looks for
duplicates, counts edges and writes all that down. Plain DuckDB makes a table of the main columns by SQL, with the
number of each line; or it copies the fields that ours looks at to Parquet, as they are; or, as pandas does, only 14
of them. The questions are put to 10 million rows of 500 clients that call 20 servers each
(``python -m benchmarks.flows 100000000`` for more): unique edges with counts and times, of all rows (which an import
has counted) and of those that were allowed, an hourly timeline, and the edges that are not in a list of known ones.
Each runs in a process of its own, so that its peak memory is its own. Times are seconds of wall clock, the best of
two.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

import duckdb
import pandas as pd
from rich.console import Console
from rich.table import Table

from workbench.flows import FlowStore, open_flows
from workbench.flows.importing.batches import import_file
from workbench.flows.readers.hubble.lines import COLUMNS
from workbench.flows.synthetic import record_made_up

ROWS = 10_000_000
LINES = 400_000
PLAIN_KEYS = (
    "source_k8s_namespace_name, source_k8s_pod_name, destination_k8s_namespace_name, destination_k8s_pod_name, "
    "network_transport, destination_port"
)
PLAIN_COUNTS = (
    "count(*), sum(connections), sum(packets), sum(bytes), sum(reply_packets), sum(reply_bytes), "
    "min(time_start), max(coalesce(time_end, time_start)), list(DISTINCT verdict)"
)
PANDAS_FIELDS = [
    *("time", "verdict", "IP.source", "IP.destination", "l4.TCP.source_port", "l4.TCP.destination_port", "is_reply"),
    *(f"{end}.{name}" for end in ("source", "destination") for name in ("namespace", "pod_name", "labels")),
]
PANDAS_LINES = 20_000
READING_LIMIT = "2GB"
"""Below, DuckDB reads lines whose order it must keep in one thread only. It takes far less, as the table shows."""
LIMIT = "600MB"
"""Memory that DuckDB may take: what is larger goes to the disk."""
PANDAS_ROWS = 20_000_000
"""Beyond so many rows, pandas is not tried: it holds all of them in memory."""

PLAIN_END = """
flow.END.namespace AS END_namespace, flow.END.pod_name AS END_pod, flow.END.identity AS END_identity,
flow.END.workloads[1].kind AS END_owner_kind, flow.END.workloads[1].name AS END_owner,
map_from_entries(list_transform(
    list_filter(from_json(flow.END.labels, '["VARCHAR"]'), lambda label: starts_with(label, 'k8s:')),
    lambda label: {'k': split_part(substr(label, 5), '=', 1), 'v': split_part(label, '=', 2)})) AS END_labels,
coalesce(flow.l4.TCP.END_port, flow.l4.UDP.END_port, flow.l4.SCTP.END_port)::USMALLINT AS END_port,
flow."IP".END AS END_address, from_json(flow.END_names, '["VARCHAR"]') AS END_names
"""
PLAIN_TABLE = """
SELECT flow."time"::TIMESTAMP AS time_start, {ends},
       CASE WHEN flow.l4.TCP IS NOT NULL THEN 'tcp' WHEN flow.l4.UDP IS NOT NULL THEN 'udp'
            WHEN flow.l4.SCTP IS NOT NULL THEN 'sctp' ELSE 'icmp' END AS transport,
       CASE flow.verdict WHEN 'FORWARDED' THEN 'allowed' WHEN 'DROPPED' THEN 'denied' ELSE 'other' END AS verdict,
       flow.drop_reason_desc, flow.traffic_direction, coalesce(flow.node_name, node_name) AS node, flow.is_reply,
       flow.l4.TCP.flags."SYN" AS syn, flow.l4.TCP.flags."ACK" AS ack, row_number() OVER () AS line
FROM LINES WHERE flow IS NOT NULL
"""
LINE = """
SELECT {'time': strftime(make_timestamp(1793000000000000 + i * 2500), '%Y-%m-%dT%H:%M:%S.%f') || '000Z',
        'verdict': 'FORWARDED', 'IP': {'source': '10.1.' || (c // 250) || '.' || (c % 250 + 1),
        'destination': '10.2.' || (s // 250) || '.' || (s % 250 + 1), 'ipVersion': 'IPv4'},
        'l4': {'TCP': {'source_port': 32768 + i % 28000, 'destination_port': 8000 + s % 10, 'flags': {'SYN': true}}},
        'source': {'identity': 1000 + c, 'namespace': 'ns-' || (c % 20), 'labels': ['k8s:app=app-' || c, 'k8s:tier=web',
        'k8s:io.kubernetes.pod.namespace=ns-' || (c % 20)], 'pod_name': 'app-' || c || '-7d4899b484-xzklm'},
        'destination': {'identity': 5000 + s, 'namespace': 'ns-' || (s % 20), 'labels': ['k8s:app=srv-' || s,
        'k8s:io.kubernetes.pod.namespace=ns-' || (s % 20)], 'pod_name': 'srv-' || s || '-5b8c7f9d6-bnmkw'},
        'Type': 'L3_L4', 'node_name': 'node-' || (c % 30), 'event_type': {'type': 4}, 'traffic_direction': 'EGRESS',
        'is_reply': false, 'trace_observation_point': 'TO_ENDPOINT'} AS flow,
       'node-' || (c % 30) AS node_name
FROM CALLS
"""
ROW = """
SELECT make_timestamp(1793000000000000 + i * 60000) AS time_start, c, s,
       CAST(i % 9000 AS UBIGINT) AS bytes, i % 1000 = 0 AS denied, i FROM CALLS
"""
CALLS = """
(SELECT i, i * 7919 % 500 AS c, (i * 7919 % 500 * 7 + i // 500 % 20 * 13) % 331 AS s FROM range(?) numbers(i))
"""
"""Which client calls which server."""

GIVEN = {
    "time_start": "time_start",
    "source_address": "'10.1.' || (c // 250) || '.' || (c % 250 + 1)",
    "destination_address": "'10.2.' || (s // 250) || '.' || (s % 250 + 1)",
    "source_port": "32768 + i % 28000",
    "destination_port": "8000 + s % 10",
    "source_k8s_namespace_name": "'ns-' || (c % 20)",
    "destination_k8s_namespace_name": "'ns-' || (s % 20)",
    "source_k8s_pod_name": "'app-' || c || '-7d4899b484-xzklm'",
    "destination_k8s_pod_name": "'srv-' || s || '-5b8c7f9d6-bnmkw'",
    "network_transport": "'tcp'",
    "verdict": "CASE WHEN denied THEN 'denied' ELSE 'allowed' END",
    "connections": "1",
    "bytes": "bytes",
    "source_is_client": "true",
    "source_format": "'synthetic'",
    "source_file": "'made up'",
    "source_line": "i + 1",
}
"""What the made-up rows say, as SQL over `ROW`."""


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", nargs="?", type=int, default=ROWS, help="rows that the questions are put to")
    parser.add_argument("--one", nargs=2, metavar=("QUESTION", "FOLDER"), help="answer one in this process, as JSON")
    chosen = parser.parse_args(arguments)
    if chosen.one:
        question, folder = chosen.one
        print(json.dumps(measured(QUESTIONS[question], Path(folder))))
        return
    with tempfile.TemporaryDirectory(prefix="bench-flows-") as name:
        folder = Path(name)
        write_lines(folder / "hubble.jsonl", LINES)
        made = seconds(lambda: make_store(folder / "store", chosen.rows))
        size = sum(file.stat().st_size for file in FlowStore(folder / "store").files()) / 1e6
        print(f"{chosen.rows:,} rows imported in {made:.0f} s: {size:,.0f} MB of Parquet")
        figures = {question: in_own_process(question, folder, chosen.rows) for question in QUESTIONS}
    show(figures, (folder / "hubble.jsonl", LINES))


def show(figures: dict[str, dict[str, float] | None], lines: tuple[Path, int]) -> None:
    """Print a row for each question: ours, plain DuckDB, pandas, and what part of plain DuckDB's speed ours has."""
    table = Table(title="Questions to flows: seconds, and peak MB of the process")
    for heading in ("question", "ours s", "MB", "plain DuckDB s", "MB", "pandas s", "MB", "ours of DuckDB's speed"):
        table.add_column(heading, justify="right")
    titles = {
        "ingest": f"read {lines[1]:,} Hubble lines; plain: a table like ours",
        "fields": "the same; plain: the same fields as they are",
        "few": "the same; plain: 14 fields as they are",
        **{name: name for name in ("edges", "some edges", "timeline", "anti-join")},
    }
    for name, title in titles.items():
        cells = [title]
        found = [figures.get(f"{name}:{who}") for who in ("ours", "duckdb", "pandas")]
        for one in found:
            cells += ["", ""] if one is None else [f"{one['seconds']:.2f}", f"{one['mb']:,.0f}"]
        ours, plain = found[0], found[1]
        cells.append("" if ours is None or plain is None else f"{plain['seconds'] / ours['seconds']:.0%}")
        table.add_row(*cells)
    Console(width=130).print(table)
    rate = figures["ingest:ours"]
    if rate is not None:
        print(f"Hubble lines: {rate['megabytes'] / rate['seconds']:.0f} MB/s ({rate['megabytes']:.0f} MB)")


def in_own_process(question: str, folder: Path, rows: int) -> dict[str, float] | None:
    """Return the figures of one question; None where pandas is not tried."""
    if question.endswith(":pandas") and not question.startswith("few") and rows > PANDAS_ROWS:
        return None
    command = [sys.executable, "-m", "benchmarks.flows", "--one", question, str(folder)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  (ourselves)
    found: dict[str, float] = json.loads(run.stdout)
    return found


def measured(question: Callable[[Path], None], folder: Path) -> dict[str, float]:
    """Return the best time of two, and the peak memory."""
    best = min(seconds(lambda: question(folder)) for _ in range(2))
    # What getrusage tells has the memory of the parent in it, from before this program began.
    peak = int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024
    return {"seconds": best, "mb": peak, "megabytes": (folder / "hubble.jsonl").stat().st_size / 1e6}


def seconds(work: Callable[[], object]) -> float:
    """Return how long `work` took."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def made_up(query: str, rows: int) -> str:
    """Return SQL that makes so many rows up."""
    return query.replace("CALLS", CALLS.replace("?", str(rows)))


def write_lines(path: Path, count: int) -> None:
    """Write Hubble lines."""
    engine = duckdb.connect()
    engine.execute(f"COPY ({made_up(LINE, count)}) TO '{path}' (FORMAT json)")


def make_store(folder: Path, rows: int) -> None:
    """Import made-up observations through the workbench's own import."""
    record_made_up(FlowStore(folder), made_up(ROW, rows), GIVEN, memory_limit=LIMIT)


def our_ingest(folder: Path) -> None:
    """Import the lines."""
    with tempfile.TemporaryDirectory(dir=folder) as store:
        import_file(FlowStore(store), folder / "hubble.jsonl", memory_limit=READING_LIMIT)


def plain_table(folder: Path) -> None:
    """Make the main columns of the flow table in SQL: labels as maps, times, verdicts, and the number of each line."""
    sql = PLAIN_TABLE.format(ends=", ".join(PLAIN_END.replace("END", end) for end in ("source", "destination")))
    copy_lines(folder, hubble_columns(), f"SELECT *, hash(flows) AS row_id FROM ({sql}) flows")  # noqa: S608  (ours)


def plain_fields(folder: Path) -> None:
    """Copy all fields that ours looks at, as they are."""
    copy_lines(folder, hubble_columns(), "SELECT unnest(flow, recursive := true), * EXCLUDE flow FROM LINES")


def hubble_columns() -> dict[str, str]:
    """Return the fields that ours looks at."""
    return {name: kind for name, kind in COLUMNS.items() if name != "line"}


def plain_few(folder: Path) -> None:
    """Copy the fields of an edge, as they are."""
    end = "STRUCT(namespace VARCHAR, pod_name VARCHAR, labels VARCHAR[])"
    layer = 'STRUCT("TCP" STRUCT(source_port INT, destination_port INT))'
    flow = f'STRUCT("time" VARCHAR, verdict VARCHAR, "IP" STRUCT(source VARCHAR, destination VARCHAR), l4 {layer}, '
    columns = {"flow": flow + f"source {end}, destination {end}, is_reply BOOLEAN)"}
    copy_lines(folder, columns, "SELECT unnest(flow, recursive := true) FROM LINES")


def copy_lines(folder: Path, columns: dict[str, str], query: str) -> None:
    """Write what a query makes of the Hubble lines to Parquet, by DuckDB alone."""
    engine = duckdb.connect()
    engine.execute(f"SET memory_limit = '{READING_LIMIT}'")
    kinds = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
    lines = f"read_json('{folder / 'hubble.jsonl'}', format = 'newline_delimited', columns = {{{kinds}}})"
    with tempfile.TemporaryDirectory(dir=folder) as out:
        target = f"'{out}/rows.parquet' (FORMAT parquet, COMPRESSION zstd)"
        engine.execute(f"COPY ({query.replace('LINES', lines)}) TO {target}")


def our_edges(folder: Path) -> None:
    """Ask for the edges."""
    open_flows(folder / "store", memory_limit=LIMIT).edges()


def our_some(folder: Path) -> None:
    """Ask for the edges of what was allowed: every row is looked at."""
    open_flows(folder / "store", memory_limit=LIMIT).where(verdict="allowed").edges()


def our_timeline(folder: Path) -> None:
    """Ask for the hours."""
    open_flows(folder / "store", memory_limit=LIMIT).timeline("1h")


def our_new_edges(folder: Path) -> None:
    """Ask for the edges that are not among half of them."""
    flows = open_flows(folder / "store", memory_limit=LIMIT)
    flows.new_edges(known_edges(folder, "cluster, src, dst, protocol, port"))


def known_edges(folder: Path, columns: str) -> pd.DataFrame:
    """Return half of the edges, which are written down when they are first asked for."""
    path = folder / "known.parquet"
    if not path.exists():
        open_flows(folder / "store").edges().iloc[::2].to_parquet(path)
    return duckdb.connect().execute(f"SELECT {columns} FROM '{path}'").df()  # noqa: S608  (ours)


def plain(folder: Path, query: str) -> None:
    """Ask DuckDB in SQL."""
    engine = duckdb.connect()
    engine.execute(f"SET memory_limit = '{LIMIT}'")
    files = [str(path) for path in FlowStore(folder / "store").files()]
    engine.execute(query.replace("FLOWS", f"read_parquet({files})")).df()


def plain_edges(folder: Path) -> None:
    """Ask for the edges."""
    plain(folder, f"SELECT {PLAIN_KEYS}, {PLAIN_COUNTS} FROM FLOWS GROUP BY {PLAIN_KEYS}")  # noqa: S608  (ours)


def plain_some(folder: Path) -> None:
    """Ask for the edges of what was allowed."""
    plain(folder, f"SELECT {PLAIN_KEYS}, {PLAIN_COUNTS} FROM FLOWS WHERE verdict = 'allowed' "  # noqa: S608  (ours)
                  f"GROUP BY {PLAIN_KEYS}")  # fmt: skip


def plain_timeline(folder: Path) -> None:
    """Ask for the hours."""
    plain(folder, "SELECT date_trunc('hour', time_start), verdict, count(*), sum(connections), sum(bytes), "
                  "sum(reply_bytes) FROM FLOWS GROUP BY ALL ORDER BY ALL")  # fmt: skip


def plain_new_edges(folder: Path) -> None:
    """Ask for the edges that are not among half of them."""
    known = folder / "known_pods.parquet"
    if not known.exists():
        plain(folder, f"COPY (SELECT DISTINCT {PLAIN_KEYS} FROM FLOWS USING SAMPLE 50%) TO '{known}'")  # noqa: S608
    plain(folder, f"SELECT {PLAIN_KEYS}, {PLAIN_COUNTS} FROM FLOWS ANTI JOIN '{known}' "  # noqa: S608
                  f"USING ({PLAIN_KEYS}) GROUP BY {PLAIN_KEYS}")  # fmt: skip


def pandas_frame(folder: Path, columns: str) -> pd.DataFrame:
    """Read columns into memory."""
    names = [name.strip() for name in columns.split(",")]
    return pd.concat([pd.read_parquet(path, columns=names) for path in FlowStore(folder / "store").files()])


def pandas_edges(folder: Path) -> None:
    """Ask for the edges."""
    frame = pandas_frame(folder, f"{PLAIN_KEYS}, connections, bytes, time_start")
    keys = [name.strip() for name in PLAIN_KEYS.split(",")]
    frame.groupby(keys, observed=True).agg(
        flows=("bytes", "size"),
        connections=("connections", "sum"),
        bytes=("bytes", "sum"),
        first=("time_start", "min"),
        last=("time_start", "max"),
    )


def pandas_ingest(folder: Path) -> None:
    """Copy the fields of an edge to Parquet, some thousand lines at a time."""
    with tempfile.TemporaryDirectory(dir=folder) as out, (folder / "hubble.jsonl").open("rb") as stream:
        for number, lines in enumerate(iter(lambda: list(islice(stream, PANDAS_LINES)), [])):
            flows = pd.json_normalize([json.loads(line)["flow"] for line in lines], max_level=2)
            flows[PANDAS_FIELDS].to_parquet(Path(out) / f"{number}.parquet", compression="zstd")


def pandas_new_edges(folder: Path) -> None:
    """Ask for the edges that are not among half of them."""
    frame = pandas_frame(folder, f"{PLAIN_KEYS}, time_start")
    keys = [name.strip() for name in PLAIN_KEYS.split(",")]
    known = pd.read_parquet(folder / "known_pods.parquet")
    joined = frame.merge(known, on=keys, how="left", indicator=True)
    joined[joined["_merge"] == "left_only"].groupby(keys, observed=True).agg(
        flows=("time_start", "size"), first=("time_start", "min")
    )


def pandas_timeline(folder: Path) -> None:
    """Ask for the hours."""
    frame = pandas_frame(folder, "time_start, verdict, connections, bytes")
    frame.groupby([frame["time_start"].dt.floor("h"), "verdict"]).agg({"connections": "sum", "bytes": "sum"})


QUESTIONS: dict[str, Callable[[Path], None]] = {
    "ingest:ours": our_ingest,
    "ingest:duckdb": plain_table,
    "fields:ours": our_ingest,
    "fields:duckdb": plain_fields,
    "few:ours": our_ingest,
    "few:duckdb": plain_few,
    "few:pandas": pandas_ingest,
    "edges:ours": our_edges,
    "edges:duckdb": plain_edges,
    "edges:pandas": pandas_edges,
    "some edges:ours": our_some,
    "some edges:duckdb": plain_some,
    "timeline:ours": our_timeline,
    "timeline:duckdb": plain_timeline,
    "timeline:pandas": pandas_timeline,
    "anti-join:ours": our_new_edges,
    "anti-join:duckdb": plain_new_edges,
    "anti-join:pandas": pandas_new_edges,
}
"""What is measured, by which command."""

if __name__ == "__main__":
    main()
