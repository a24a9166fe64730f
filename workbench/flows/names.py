"""By which DNS names did a client know the address that it called (flows.md C-N13).

What a DNS server answered is no flow: it is kept beside the flows, one row for each address in an answer.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.flows.schema import ROW_ID

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["ANSWER_SCHEMA", "Answer", "AnswerWriter", "known_names", "names_of"]

ANSWER_SCHEMA: Final = pa.schema(
    [
        pa.field("time", pa.timestamp("us")),
        pa.field("expires", pa.timestamp("us")),
        pa.field("client_address", pa.string()),
        pa.field("client_k8s_namespace_name", pa.string()),
        pa.field("client_k8s_pod_name", pa.string()),
        pa.field("name", pa.string()),
        pa.field("address", pa.string()),
    ]
)
"""The columns of the answers; times are UTC."""

WINDOW: Final = timedelta(seconds=60)
"""For how long after its lifetime an answer is taken to be used still."""
_ROWS: Final = 20_000
_INSIDE: Final = ("pod", "service", "workload")


class Answer(NamedTuple):
    """A DNS server told a client that a name has an address.

    Attributes
    ----------
    time : int
        Microseconds since 1970.
    name : str
        In lower case, without the last dot.
    address : str
        In its usual spelling.
    client_address, client_k8s_namespace_name, client_k8s_pod_name : str or None
        Who was told: at least the address, or namespace and pod.
    lifetime : int
        Seconds for which the answer holds; 0 where the source does not say.
    """

    time: int
    name: str
    address: str
    client_address: str | None = None
    client_k8s_namespace_name: str | None = None
    client_k8s_pod_name: str | None = None
    lifetime: int = 0


class AnswerWriter:
    """Writes answers to a Parquet file, some thousands at a time; within ``with`` only."""

    def __init__(self, path: Path) -> None:
        self._file = pq.ParquetWriter(path, ANSWER_SCHEMA)
        self._waiting: list[dict[str, object]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is waiting, and close the file."""
        self._write()
        self._file.close()

    def add(self, answer: Answer) -> None:
        """Keep an answer.

        Raises
        ------
        ValueError, AttributeError
            If what should be text is none, or cannot be written as UTF-8.
        """
        row = answer._asdict()
        row["expires"] = answer.time + row.pop("lifetime") * 1_000_000
        # What does not fit its column is told now, while its line is known.
        for text in answer[1:-1]:
            if text is not None:
                text.encode()
        self._waiting.append(row)
        if len(self._waiting) >= _ROWS:
            self._write()

    def _write(self) -> None:
        if self._waiting:
            self._file.write_batch(pa.RecordBatch.from_pylist(self._waiting, schema=ANSWER_SCHEMA))
            self._waiting.clear()


def names_of(
    flows: ir.Table, answers: ir.Table, *, window: timedelta = WINDOW, cluster_domain: str = "cluster.local"
) -> ir.Table:
    """Return the names by which the clients of flows knew the addresses that they called (flows.md C-N13).

    A name counts if an answer to the same client (its pod, or its address) held the destination's address,
    was given before the flow ended, and ended to hold at most `window` before the flow began. Names of the
    cluster's own domain count only where the destination is a pod, a Service or a workload.

    Parameters
    ----------
    flows : Table
        Columns of the flow table, with ``row_id``.
    answers : Table
        Columns as in `ANSWER_SCHEMA`.

    Returns
    -------
    Table
        Columns ``row_id`` (int64) and ``destination_domain`` (list of str, sorted, each once); rows without
        a name are left out.
    """
    asked = flows.select(
        row_id=flows[ROW_ID.name],
        called=flows.destination_address,
        kind=flows.destination_kind,
        source_address=flows.source_address,
        source_namespace=flows.source_k8s_namespace_name,
        source_pod=flows.source_k8s_pod_name,
        begin=flows.time_start,
        end=ibis.coalesce(flows.time_end, flows.time_start),
    )
    by_address = asked.join(answers, [asked.called == answers.address, asked.source_address == answers.client_address])
    by_pod = asked.join(
        answers,
        [
            asked.called == answers.address,
            asked.source_namespace == answers.client_k8s_namespace_name,
            asked.source_pod == answers.client_k8s_pod_name,
        ],
    )
    columns = ("row_id", "kind", "begin", "end", "time", "expires", "name")
    found = ibis.union(by_address.select(*columns), by_pod.select(*columns))
    seconds = int(window.total_seconds())
    in_time = (found.time <= found.end) & (found.begin <= found.expires + ibis.interval(seconds=seconds))
    is_own = (found.name == cluster_domain) | found.name.endswith(f".{cluster_domain}")
    kept = found.filter(in_time & (~is_own | found.kind.isin(_INSIDE))).select("row_id", "name").distinct()
    return kept.group_by("row_id").aggregate(destination_domain=kept.name.collect().sort())


def known_names(
    flows: ir.Table, answers: ir.Table, *, window: timedelta = WINDOW, cluster_domain: str = "cluster.local"
) -> ir.Table:
    """Return `flows` with the names that the answers give, where a row has none of its own; see `names_of`."""
    names = names_of(flows, answers, window=window, cluster_domain=cluster_domain)
    found = names.rename(named_row="row_id", found_domain="destination_domain")
    joined = flows.left_join(found, flows[ROW_ID.name] == found.named_row)
    named = joined.mutate(destination_domain=ibis.coalesce(joined.destination_domain, joined.found_domain))
    return named.select(*flows.columns)
