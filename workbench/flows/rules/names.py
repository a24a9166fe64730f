"""By which DNS names did a client know the address that it called (flow-rules N13).

What a DNS server answered is not a flow: it is kept beside the flows, one row for each address in an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final, NamedTuple, Self

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from workbench.flows.rules.orientation import is_open
from workbench.flows.schema import EDGE_ID, ENDS, ROW_ID

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["ANSWER_SCHEMA", "READ_SCHEMA", "AnswerWriter", "DnsAnswer", "spelled", "with_names", "without_expansions"]

ANSWER_SCHEMA: Final = pa.schema(
    [
        pa.field("time", pa.timestamp("us")),
        pa.field("expires", pa.timestamp("us")),
        pa.field("cluster", pa.string()),
        pa.field("client_address", pa.string()),
        pa.field("client_k8s_namespace_name", pa.string()),
        pa.field("client_k8s_pod_name", pa.string()),
        pa.field("client_k8s_owner_kind", pa.string()),
        pa.field("client_k8s_owner_name", pa.string()),
        pa.field("name", pa.string()),
        pa.field("address", pa.string()),
    ]
)
"""The columns of the answers; times are UTC."""
READ_SCHEMA: Final = ANSWER_SCHEMA.append(pa.field("source_file", pa.string()))
"""Those that they have until an import ends, which counts them by file."""

WINDOW: Final = timedelta(seconds=60)
"""For how long after its lifetime an answer is taken to be used still."""
OWN_DOMAIN: Final = "cluster.local"
"""The domain of a cluster's own names."""
_ROWS: Final = 20_000
_INSIDE: Final = ("pod", "service", "workload")


class DnsAnswer(NamedTuple):
    """A DNS server answered a client that a name has an address.

    Attributes
    ----------
    time : int
        Microseconds since 1970.
    name, address : str
        In any spelling. What has no name, or whose address is none, is left out when an import ends.
    client_address, client_k8s_namespace_name, client_k8s_pod_name : str or None
        Who got the answer: at least the address, or namespace and pod.
    client_k8s_owner_kind, client_k8s_owner_name : str or None
        The owner of the pod, where it is known.
    cluster : str or None
        Name of the cluster, where it is known.
    lifetime : int
        Seconds for which the answer holds; 0 where the source does not say.
    """

    time: int
    name: str
    address: str
    client_address: str | None = None
    client_k8s_namespace_name: str | None = None
    client_k8s_pod_name: str | None = None
    client_k8s_owner_kind: str | None = None
    client_k8s_owner_name: str | None = None
    cluster: str | None = None
    lifetime: int = 0


class AnswerWriter:
    """Writes answers to a Parquet file, some thousands at a time; within ``with`` only."""

    def __init__(self, path: Path) -> None:
        self._file = pq.ParquetWriter(path, READ_SCHEMA)
        self._waiting: list[dict[str, object]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what is waiting, and close the file."""
        self._write()
        self._file.close()

    def of(self, file: str) -> Callable[[DnsAnswer], None]:
        """Return a function that keeps an answer that a file holds."""
        return lambda answer: self.add(answer, file)

    def add(self, answer: DnsAnswer, file: str) -> None:
        """Keep an answer that a file holds.

        Raises
        ------
        ValueError, AttributeError
            If what should be text is none, or cannot be written as UTF-8.
        """
        row = answer._asdict()
        row["source_file"] = file
        row["expires"] = answer.time + row.pop("lifetime") * 1_000_000
        # What does not fit its column is reported now, while its line is known.
        for text in answer[1:-1]:
            if text is not None:
                text.encode()
        self._waiting.append(row)
        if len(self._waiting) >= _ROWS:
            self._write()

    def _write(self) -> None:
        if self._waiting:
            self._file.write_batch(pa.RecordBatch.from_pylist(self._waiting, schema=READ_SCHEMA))
            self._waiting.clear()


def spelled(answers: ir.Table, places: ir.Table) -> ir.Table:
    """Return answers in the usual spelling: names in lower case without the last dot, addresses as `places` has them.

    What has no name, or is not an address, is left out.

    Parameters
    ----------
    answers : Table
        Columns as in `ANSWER_SCHEMA`.
    places : Table
        As `recording.places_table` returns it, of all addresses.
    """
    found = answers
    for column in ("address", "client_address"):
        here = places.rename({f"{column}__{name}": name for name in places.columns})
        found = found.left_join(here, found[column] == here[f"{column}__text"])
    name = found.name.strip().lower().re_replace(r"\.$", "")
    fitting = found.mutate(
        name=name,
        address=found.address__family.notnull().ifelse(found.address__address, None),
        client_address=found.client_address__family.notnull().ifelse(found.client_address__address, None),
    )
    return fitting.filter((fitting.name != "") & fitting.address.notnull()).select(*answers.columns)


def with_names(
    rows: ir.Table,
    keys: ir.Table,
    answers: ir.Table,
    by: Sequence[str] = (ROW_ID.name,),
    *,
    named: ir.Table | None = None,
    window: timedelta = WINDOW,
) -> ir.Table:
    """Return rows with the names by which their clients knew what they called (flow-rules N13).

    A name counts if an answer to the same client (its pod; where either's pod is not known, its address) held
    the address that was called, was given before the flow ended, and ended to hold at most `window` before the
    flow began. Of a row of which it is open who the client is, both ends may have called the other. A row
    that has names of its own keeps them.

    Parameters
    ----------
    rows : Table
        Stored rows.
    keys : Table
        What `aggregate.edge_totals` returns for them, or for more.
    answers : Table
        Columns as in `ANSWER_SCHEMA`.
    by : sequence of str
        Columns of `rows`: those with the same values get the names of all of them.
    named : Table, optional
        What gets the names, with the columns of `by`; by default the rows themselves.

    Returns
    -------
    Table
        The columns of `named`; ``destination_domain`` and ``source_domain`` filled in, sorted, each name once.
    """
    found = rows if named is None else named
    for end in ENDS:
        names = _names(rows, _meant(keys, answers, end), by, window).rename(
            {"_named": "names", **{f"_named_{column}": column for column in by}}
        )
        joined = found.left_join(names, [found[column] == names[f"_named_{column}"] for column in by])
        own = joined[f"{end}_domain"]
        found = joined.mutate(**{f"{end}_domain": ibis.coalesce(own, joined["_named"])}).select(*found.columns)
    return found


def _meant(keys: ir.Table, answers: ir.Table, end: str) -> ir.Table:
    """Return which answers gave the client of an edge the address at an end of it, at whatever time.

    Returns
    -------
    Table
        Columns `EDGE_ID`, ``name``, ``time`` and ``expires``.
    """
    client = "source" if end == "destination" else "destination"
    known = keys if end == "destination" else keys.filter(is_open(keys))
    asked = known.select(
        EDGE_ID.name,
        called=known[f"{end}_address"],
        of=known.cluster,
        by_address=known[f"{client}_address"],
        namespace=known[f"{client}_k8s_namespace_name"],
        pod=known[f"{client}_k8s_pod_name"],
    )
    named_answers = answers.rename({f"answer_{column}": column for column in answers.columns})
    of_pod = asked.join(
        named_answers,
        [
            asked.called == named_answers.answer_address,
            asked.namespace == named_answers.answer_client_k8s_namespace_name,
            asked.pod == named_answers.answer_client_k8s_pod_name,
        ],
    )
    of_address = asked.join(
        named_answers,
        [asked.called == named_answers.answer_address, asked.by_address == named_answers.answer_client_address],
    )
    # An address may have been another pod's a moment ago: where both are known, the pod decides.
    of_address = of_address.filter(of_address.pod.isnull() | of_address.answer_client_k8s_pod_name.isnull())
    found = ibis.union(*(way.select(*_MEANT, "of", "answer_cluster") for way in (of_pod, of_address)))
    alike = found.of.isnull() | found.answer_cluster.isnull() | (found.of == found.answer_cluster)
    return (
        found.filter(alike)
        .select(EDGE_ID.name, name="answer_name", time="answer_time", expires="answer_expires")
        .distinct()
    )


_MEANT: Final = (EDGE_ID.name, "answer_name", "answer_time", "answer_expires")


def _names(rows: ir.Table, meant: ir.Table, by: Sequence[str], window: timedelta) -> ir.Table:
    """Return which of the names that may be meant held when a row was seen; columns of `by`, and ``names``.

    Answers and calls are put into one order of time, in which the latest end of an answer so far says whether
    one still holds: to join each call with each answer would take the product of their numbers.
    """
    own = [EDGE_ID.name, *(name for name in by if name != EDGE_ID.name)]
    moment, further = meant.time.type(), own[1:]
    calls = rows.select(
        *own, begin=rows.time_start.cast(moment), at=ibis.coalesce(rows.time_end, rows.time_start).cast(moment)
    )
    called = calls.join(meant.select(EDGE_ID.name, "name").distinct(), EDGE_ID.name).mutate(
        is_call=ibis.literal(1, "int8"), expires=ibis.null(moment)
    )
    named_answers = meant.mutate(
        at=meant.time,
        begin=ibis.null(moment),
        is_call=ibis.literal(0, "int8"),
        **{name: ibis.null(rows[name].type()(nullable=True)) for name in further},
    )
    columns = (*own, "name", "at", "is_call", "begin", "expires")
    alike = {name: rows[name].type()(nullable=True) for name in own}
    both = ibis.union(*(part.select(*columns).cast(alike) for part in (named_answers, called)))
    so_far = ibis.cumulative_window(group_by=[EDGE_ID.name, "name"], order_by=["at", "is_call"])
    judged = both.mutate(until=both.expires.max().over(so_far))
    lasts = judged.begin <= judged.until + ibis.interval(seconds=int(window.total_seconds()))
    kept = judged.filter((judged.is_call == 1) & lasts).select(*by, "name").distinct()
    return kept.group_by(list(by)).aggregate(names=kept.name.collect().sort())


def without_expansions(rows: ir.Table) -> ir.Table:
    """Return rows without the names that a client's search domains made of another (flow-rules N13).

    Names of the cluster's own domain count only where the destination is a pod, a Service or a workload; asked when
    that is known.
    """
    if "destination_domain" not in rows.columns:
        return rows
    names = rows.destination_domain
    others = names.filter(lambda name: ~((name == OWN_DOMAIN) | name.endswith(f".{OWN_DOMAIN}")))
    kept = rows.destination_kind.isin(_INSIDE).ifelse(names, others)
    return rows.mutate(destination_domain=(kept.length() > 0).ifelse(kept, ibis.null(names.type())))
