"""Made-up flows in a cluster: how do questions to millions of them behave where nothing has been recorded yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Final, NamedTuple

import ibis
import pandas as pd
import pyarrow as pa

from workbench.flows.addresses import classify_address
from workbench.flows.duckdb_sql import loaded, parquet, written
from workbench.flows.importing.batches import Arrival, Imported, import_observations, now_utc
from workbench.flows.log import ImportLog
from workbench.flows.schema import ENDS, OBSERVATION_SCHEMA
from workbench.flows.store import FlowStore
from workbench.ground import AddressSet, ArgumentError, PortSet, natural_order

if TYPE_CHECKING:
    from ibis.backends.duckdb import Backend

    from workbench.connectivity import Connectivity, Peer

__all__ = ["record_made_up", "record_synthetic"]

FORMAT: Final = "synthetic"
"""What stands in ``source_format``."""
START: Final = datetime(2026, 11, 16, tzinfo=UTC)
SPAN: Final = timedelta(days=7)
USED: Final = 0.6
"""The share of what is allowed that is ever used."""
TRIED: Final = 200
"""How many workloads are tried by the one that tries what it may not."""
HOUR: Final = 62
"""In which hour of the week it does so."""
EACH: Final = 10
"""In that hour, one row in so many is such a try."""

_ROWS: Final = """
SELECT i, make_timestamp({start} + i * {span} // {rows}) AS time_start,
       (i * {span} // {rows}) // 3600000000 = {hour} AND i % {each} = 0 AND {tries} > 0 AS denied,
       CASE WHEN (i * {span} // {rows}) // 3600000000 = {hour} AND i % {each} = 0 AND {tries} > 0
            THEN {used} + i // {each} % greatest({tries}, 1)
            ELSE CAST(floor({used} * pow(i * 2654435761 % 4294967296 / 4294967296, 3)) AS BIGINT) END AS number
FROM range({rows}) numbers(i)
"""
"""Which call each row is of: the first calls are made the most often."""
_OBSERVED: Final = ibis.Schema.from_pyarrow(OBSERVATION_SCHEMA)
PODS: Final = IPv4Address("10.0.0.0")
DOCUMENTATION: Final = ("203.0.113.0/24", "198.51.100.0/24", "192.0.2.0/24", "2001:db8::/32")
HTTPS: Final = PortSet.of("TCP", 443)
EVERY_PORT: Final = PortSet.of("TCP", 1, 65_535)
_END: Final = ("k8s_namespace_name", "k8s_owner_kind", "k8s_owner_name", "address")
_GIVEN: Final = {
    "time_start": "time_start",
    "source_port": "32768 + i % 28000",
    "network_transport": "network_transport",
    "destination_port": "destination_port",
    "verdict": "CASE WHEN denied THEN 'denied' ELSE 'allowed' END",
    "connections": "1",
    "bytes": "CAST(i % 9000 AS UBIGINT)",
    "source_is_client": "true",
    "source_format": f"'{FORMAT}'",
    "source_file": "'made up'",
    "source_line": "i + 1",
    **{f"{end}_{part}": f"{end}_{part}" for end in ENDS for part in _END},
}


class _Call(NamedTuple):
    """Who calls whom, and on which port."""

    src: Peer
    dst: Peer
    protocol: str
    port: int


def record_synthetic(
    store: FlowStore | str | Path,
    connectivity: Connectivity,
    rows: int,
    *,
    seed: int = 1,
    memory_limit: str | None = None,
    now: Callable[[], datetime] = now_utc,
) -> Imported:
    """Record a made-up week in a cluster.

    Most of what is allowed is used, some of it far more than the rest, and some never. On the third day at 14 hours
    UTC one workload tries others that it may not reach, one after the other, and is denied. The same map, size and
    seed give the same flows.

    Parameters
    ----------
    store : FlowStore, str or Path
        Gets the rows.
    connectivity : Connectivity
        What is allowed in the cluster.
    rows : int
        How many flows.
    seed : int, optional
    memory_limit : str, optional
        As DuckDB takes it, such as ``1GB``; larger work goes to the disk.
    now : callable, optional
        Returns the time, for the manifest of the store.

    Returns
    -------
    Imported
        What became of them.

    Raises
    ------
    ArgumentError
        If nothing is allowed in the cluster, or there are to be no rows.
    FlowStoreError
        If the store cannot be used.

    Examples
    --------
    >>> record_synthetic("week", evaluate(cluster), 1_000_000)  # doctest: +SKIP
    >>> open_flows("week", cluster=cluster)  # doctest: +SKIP
    """
    chance = Random(seed)  # noqa: S311  (made up, no secret)
    used, tried = _calls(connectivity, chance)
    if not used or rows < 1:
        message = "no flows can be made up: " + ("nothing is allowed" if rows > 0 else "there are to be no rows")
        raise ArgumentError(message, "name a cluster in which something may connect, and 1 row or more")
    made = _ROWS.format(
        start=int(START.timestamp()) * 1_000_000,
        span=int(SPAN.total_seconds()) * 1_000_000,
        rows=rows,
        hour=HOUR,
        each=EACH,
        used=len(used),
        tries=len(tried),
    )
    query = f"SELECT * FROM ({made}) made JOIN calls USING (number)"  # noqa: S608  (numbers only)
    held = store if isinstance(store, FlowStore) else FlowStore(str(store))
    return record_made_up(held, query, _GIVEN, _frame([*used, *tried]), memory_limit=memory_limit, now=now)


def record_made_up(
    store: FlowStore,
    query: str,
    given: Mapping[str, str],
    calls: pd.DataFrame | None = None,
    *,
    memory_limit: str | None = None,
    now: Callable[[], datetime] = now_utc,
) -> Imported:
    """Record rows that DuckDB makes up, as an import does: no file is read for them.

    Parameters
    ----------
    store : FlowStore
    query : str
        SQL of the rows; it may name the table ``calls``.
    given : mapping of str to str
        What stands in columns of observations, as SQL over the rows.
    calls : DataFrame, optional
    memory_limit : str, optional
    now : callable, optional
    """

    def stage(backend: Backend, incoming: Path, _: Sequence[Arrival]) -> ibis.Table:
        if calls is not None:
            loaded(backend, "calls", pa.Table.from_pandas(calls, preserve_index=False))
        loaded(backend, "observed", OBSERVATION_SCHEMA.empty_table())
        kinds = backend.con.execute("SELECT column_name, column_type FROM (DESCRIBE observed)").fetchall()
        cells = ", ".join(f'CAST({given.get(name, "NULL")} AS {kind}) AS "{name}"' for name, kind in kinds)
        backend.con.execute(f"CREATE TEMP VIEW made_up AS SELECT {cells} FROM ({query})")  # noqa: S608  (ours)
        path = incoming / "made_up.parquet"
        written(backend, ibis.table(_OBSERVED, name="made_up"), path)
        return parquet(backend, "staged", path, _OBSERVED)

    said = repr((query, sorted(given.items()), None if calls is None else calls.to_dict("list")))
    arrival = Arrival(sha256(said.encode()).hexdigest()[:32], ImportLog("made up", FORMAT))
    (imported,) = import_observations(store, [arrival], stage, memory_limit=memory_limit, now=now)
    return imported


def _calls(connectivity: Connectivity, chance: Random) -> tuple[list[_Call], list[_Call]]:
    """Return what is used of what is allowed, and what one workload tries that is not."""
    allowed = [each for each in connectivity.connections() if each.src != each.dst and _has_place(each.src, each.dst)]
    listening = {
        workload.peer: [PortSet.of(port.protocol, port.port) for shape in workload.shapes for port in shape.ports]
        for workload in connectivity.cluster.objects.workloads
    }
    used = [
        _Call(each.src, each.dst, *_port(each.ports, listening.get(each.dst.name, [HTTPS])))
        for each in allowed
        if chance.random() < USED
    ]
    chance.shuffle(used)
    workloads = [each for each in connectivity.peers() if each.namespace]
    callers = sorted({each.src for each in used if each.src.namespace}, key=lambda each: natural_order(each.name))
    if not callers:
        return used, []
    caller = chance.choice(callers)
    open_to_it = {each.dst for each in allowed if each.src == caller} | {caller}
    closed = [each for each in workloads if each not in open_to_it]
    tried = chance.sample(closed, min(TRIED, len(closed)))
    return used, [_Call(caller, each, *_port(EVERY_PORT, listening.get(each.name, [HTTPS]))) for each in tried]


def _port(ports: PortSet, listening: Sequence[PortSet]) -> tuple[str, int]:
    """Return one of `ports`, and its protocol: the first that the workload declares, else the lowest."""
    declared = (ports & each for each in listening)
    protocol, lowest, _ = next(filter(None, declared), ports).intervals[0]
    return protocol, lowest


def _has_place(*ends: Peer) -> bool:
    """Tell whether all of them are workloads or have an address: where an ingress controller runs is not known."""
    return all(each.namespace or _address_in(each.addresses or AddressSet()) for each in ends)


def _frame(calls: Sequence[_Call]) -> pd.DataFrame:
    """Return the calls as DuckDB takes them: those of workloads with a made-up address of each."""
    peers = {each for call in calls for each in (call.src, call.dst)}
    places = {each: number for number, each in enumerate(sorted(peers, key=lambda each: each.name), start=1)}
    rows = [
        {
            "number": number,
            "network_transport": call.protocol.lower(),
            "destination_port": call.port,
            **_end("source", call.src, places[call.src]),
            **_end("destination", call.dst, places[call.dst]),
        }
        for number, call in enumerate(calls)
    ]
    return pd.DataFrame(rows).astype({f"{end}_{part}": "str" for end in ENDS for part in _END})


def _end(end: str, peer: Peer, place: int) -> dict[str, str | None]:
    inside = bool(peer.namespace)
    address = str(PODS + place) if inside else _address_in(peer.addresses or AddressSet())
    cells = (peer.namespace, peer.kind, peer.workload) if inside else (None, None, None)
    return dict(zip((f"{end}_{part}" for part in _END), (*cells, address), strict=True))


def _address_in(addresses: AddressSet) -> str:
    """Return one of the addresses that can be a peer, of those that are for documentation where it has one; or none."""
    kept = [addresses & AddressSet.of(block) for block in DOCUMENTATION]
    for found in (*filter(None, kept), addresses):
        pairs = [*((IPv4Address, *pair) for pair in found.ipv4), *((IPv6Address, *pair) for pair in found.ipv6)]
        for kind, first, last in pairs:
            for number in (min(first + 1, last), last):
                if not classify_address(str(kind(number))).no_peer:
                    return str(kind(number))
    return ""
