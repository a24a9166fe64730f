"""The flows that stand in for others, so that they can be shown: no name and no address as it was (anonymising 6).

They are recorded anew, in blocks of rows: what is kept besides, such as hashes of what rows say, is made of stand-ins.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

import ibis
import pyarrow as pa

from workbench.flows.duckdb_sql import parquet
from workbench.flows.engine import alone, streamed
from workbench.flows.importing.batches import ANSWERS_READ, Arrival, import_observations
from workbench.flows.log import LOST_EVENTS, ImportLog
from workbench.flows.readers import FORMATS
from workbench.flows.rules.names import ANSWER_SCHEMA, READ_SCHEMA
from workbench.flows.schema import COLUMNS, ENDS, OBSERVATION_SCHEMA, FlowColumn
from workbench.flows.store import FlowStore
from workbench.flows.stored_rows import AT_ONCE, STORED, stored_batches, with_hints, write_batches
from workbench.ground import Anonymiser, ArgumentError, Progress, no_progress

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    from ibis.backends.duckdb import Backend

__all__ = ["anonymised_batches", "anonymised_lifetimes", "anonymised_rows", "record_anew"]

_ANSWERS: Final = "answers"
"""What the file is called that DNS answers are said to be of."""
_WORDS: Final = frozenset(
    {
        *("allow", "deny", "pass", "drop", "reject", "log", "accept", "audit", "allowed", "denied", "dropped"),
        *("ingress", "egress", "default", "isolate"),
    }
)
"""What sources say of policies that decided."""
_REASONS: Final = frozenset(
    {"POLICY_DENIED", "POLICY_DENY", "NETWORK_POLICY", "AUTH_REQUIRED", "UNSUPPORTED_L3_PROTOCOL"}
)
_OUR_FORMATS: Final = frozenset({"table", "synthetic"})
_FORMAT_OF_NO_FILE: Final = "dns"

_Make: TypeAlias = Callable[[Anonymiser, str], str]


def _word(kind: str, words: frozenset[str]) -> _Make:
    return lambda anonymiser, text: text if text in words else anonymiser.free_text(kind, text)


def _rule(anonymiser: Anonymiser, text: str) -> str:
    return text if text.isdecimal() and len(text) <= len("999") else anonymiser.free_text("rule", text)


def _format(anonymiser: Anonymiser, text: str) -> str:
    is_ours = text in _OUR_FORMATS or text in FORMATS.names()
    return text if is_ours else anonymiser.free_text("format", text)


def _file(anonymiser: Anonymiser, text: str) -> str:
    return anonymiser.free_text("file", text)


_OF_POLICIES: Final[Mapping[str, _Make]] = MappingProxyType(
    {
        "kind": Anonymiser.kind,
        "namespace": Anonymiser.namespace,
        "name": Anonymiser.policy,
        "rule": _rule,
        "action": _word("action", _WORDS),
        "direction": _word("direction", _WORDS),
    }
)
_TEXTS: Final[Mapping[str, _Make]] = MappingProxyType(
    {
        **{
            f"{end}_{name}": make
            for end in ENDS
            for name, make in {
                "address": Anonymiser.address,
                "k8s_namespace_name": Anonymiser.namespace,
                "k8s_pod_name": Anonymiser.workload,
                "k8s_owner_kind": Anonymiser.kind,
                "k8s_owner_name": Anonymiser.workload,
                "k8s_service_name": Anonymiser.service,
                "k8s_node_name": Anonymiser.node,
                "domain": Anonymiser.domain,
                "network_label": Anonymiser.network_label,
            }.items()
        },
        "service_address": Anonymiser.address,
        "nat_source_address": Anonymiser.address,
        "cluster": Anonymiser.cluster,
        "verdict_reason": _word("reason", _REASONS),
        "source_format": _format,
        "source_file": _file,
    }
)
"""What becomes of each text, and of each text of a list, by its column."""
_OF_ANSWERS: Final[Mapping[str, _Make]] = MappingProxyType(
    {
        "cluster": Anonymiser.cluster,
        "client_address": Anonymiser.address,
        "client_k8s_namespace_name": Anonymiser.namespace,
        "client_k8s_pod_name": Anonymiser.workload,
        "client_k8s_owner_kind": Anonymiser.kind,
        "client_k8s_owner_name": Anonymiser.workload,
        "name": Anonymiser.domain,
        "address": Anonymiser.address,
    }
)
_OF_LIFETIMES: Final[Mapping[str, _Make]] = MappingProxyType(
    {
        "namespace": Anonymiser.namespace,
        "pod": Anonymiser.workload,
        "ip": Anonymiser.address,
        "owner_kind": Anonymiser.kind,
        "owner_name": Anonymiser.workload,
        "node": Anonymiser.node,
    }
)
_TIMES_OF_LIFETIMES: Final = ("start", "end")


def anonymised_batches(rows: ir.Table, backend: ibis.BaseBackend, anonymiser: Anonymiser) -> Iterator[pa.RecordBatch]:
    """Yield stand-ins for rows, some at a time; columns as in `schema.COLUMNS`, with their types in files.

    A text of which it is not known what it is is left out.

    Parameters
    ----------
    rows : ibis Table
        With these columns.
    backend : ibis backend
        The engine that holds them.
    anonymiser : Anonymiser
    """
    for batch in stored_batches(rows, backend):
        yield anonymised_rows(batch, anonymiser)


def anonymised_rows(batch: pa.RecordBatch, anonymiser: Anonymiser) -> pa.RecordBatch:
    """Return stand-ins for some rows.

    Parameters
    ----------
    batch : pyarrow RecordBatch
        Columns as in `schema.COLUMNS`.
    anonymiser : Anonymiser
    """
    arrays = [_column(batch.column(one.name), one, anonymiser) for one in COLUMNS]
    return pa.RecordBatch.from_arrays(arrays, schema=STORED)


def _column(array: pa.Array, column: FlowColumn, anonymiser: Anonymiser) -> pa.Array:
    kind, make = column.stored, _TEXTS.get(column.name)
    if pa.types.is_map(kind):
        return _labels(array, anonymiser)
    if pa.types.is_list(kind) and pa.types.is_struct(kind.value_type):
        return _lists(array, _structs(array.flatten(), kind.value_type, anonymiser))
    if pa.types.is_list(kind):
        return _lists(array, _texts(array.flatten(), make, anonymiser))
    if not pa.types.is_string(kind):
        return array
    words: tuple[str, ...] = column.values  # noqa: PD011  (of a column of the flow table)
    return _kept(array, words) if words else _texts(array, make, anonymiser)


def _texts(array: pa.Array, make: _Make | None, anonymiser: Anonymiser) -> pa.Array:
    """Return stand-ins for texts, each different one made once; nothing where it is not known what they are."""
    if make is None:
        return pa.nulls(len(array), pa.string())
    encoded = array.dictionary_encode()
    made = [None if text is None else make(anonymiser, text) for text in encoded.dictionary.to_pylist()]
    return pa.array(made, pa.string()).take(encoded.indices)


def _kept(array: pa.Array, words: tuple[str, ...]) -> pa.Array:
    known = pa.compute.is_in(array, pa.array(words, pa.string()))
    return pa.compute.if_else(known, array, pa.scalar(None, pa.string()))


def _lists(array: pa.Array, values: pa.Array) -> pa.Array:
    """Return lists of the same lengths as those of an array, of other values."""
    lengths = array.value_lengths().fill_null(0)
    ends = pa.compute.cumulative_sum(lengths.cast(pa.int32()))
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    made = pa.ListArray.from_arrays(offsets, values)
    return pa.compute.if_else(array.is_valid(), made, pa.scalar(None, made.type)) if array.null_count else made


def _structs(array: pa.Array, kind: pa.DataType, anonymiser: Anonymiser) -> pa.Array:
    fields = [kind.field(place) for place in range(kind.num_fields)]
    arrays = [_texts(array.field(one.name), _OF_POLICIES.get(one.name), anonymiser) for one in fields]
    return pa.StructArray.from_arrays(arrays, fields=fields)


def _labels(array: pa.Array, anonymiser: Anonymiser) -> pa.Array:
    """Return labels, of which a value is treated by its key; each different pair once."""
    pairs = pa.StructArray.from_arrays([array.keys, array.items], names=["key", "value"])
    first = array.offsets[0].as_py() if len(array) else 0
    lengths = pa.compute.subtract(array.offsets[1:], array.offsets[:-1]) if len(array) else pa.array([], pa.int32())
    used = pairs.slice(first, pa.compute.sum(lengths).as_py() or 0)
    made: dict[tuple[str, str | None], tuple[str, str | None]] = {}
    keys, items = used.field("key").to_pylist(), used.field("value").to_pylist()
    found = []
    for pair in zip(keys, items, strict=True):
        known = made.get(pair)
        if known is None:
            key, value = pair
            shown = None if value is None else anonymiser.label_value(key, value)
            known = made[pair] = (anonymiser.label_key(key), shown)
        found.append(known)
    ends = pa.compute.cumulative_sum(lengths)
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    changed = pa.MapArray.from_arrays(
        offsets, pa.array([key for key, _ in found], pa.string()), pa.array([one for _, one in found], pa.string())
    )
    nothing = pa.scalar(None, changed.type)
    return pa.compute.if_else(array.is_valid(), changed, nothing) if array.null_count else changed


def record_anew(  # noqa: PLR0913  (what is recorded, and how it is watched)
    store: FlowStore,
    rows: ir.Table,
    answers: ir.Table | None,
    backend: ibis.BaseBackend,
    anonymiser: Anonymiser,
    *,
    lost_events: int = 0,
    memory_limit: str | None = None,
    progress: Progress = no_progress,
    now: Callable[[], datetime],
) -> None:
    """Record stand-ins for rows and DNS answers in a new store.

    Parameters
    ----------
    store : FlowStore
        Nothing is in it.
    rows : ibis Table
        Columns as in `schema.COLUMNS`.
    answers : ibis Table or None
        Columns as in `names.ANSWER_SCHEMA`.
    backend : ibis backend
        The engine that holds both.
    anonymiser : Anonymiser
    lost_events : int
    memory_limit : str, optional
        As DuckDB takes it, such as ``1GB``; larger work goes to the disk.
    progress : Progress, optional
        Called with the number of rows that are recorded.
    now : callable
        Returns the time, for the manifest of the store.

    Raises
    ------
    ArgumentError
        If something is in the store.
    """
    if store.batches():
        message = f"{store.folder} holds flows"
        raise ArgumentError(message, "Name a folder that is not there yet.")
    with alone(backend):
        files = backend.to_pyarrow(rows.select("source_file", "source_format").distinct()).to_pylist()
        total = int(backend.to_pyarrow(rows.count()).as_py())
    formats = {_file(anonymiser, one["source_file"]): _format(anonymiser, one["source_format"]) for one in files}
    if answers is not None:
        formats.setdefault(_ANSWERS, _FORMAT_OF_NO_FILE)
    logs = [ImportLog(file, formats[file]) for file in sorted(formats)]
    for log in logs[:1]:
        log.skip(LOST_EVENTS, lost_events)
    with tempfile.TemporaryDirectory(prefix="anonymised-") as made:
        staged = Path(made) / "observations.parquet"
        write_batches(staged, OBSERVATION_SCHEMA, _told(anonymised_batches(rows, backend, anonymiser), total, progress))
        read = Path(made) / ANSWERS_READ
        if answers is not None:
            write_batches(read, READ_SCHEMA, _answers(answers, backend, anonymiser))

        def stage(engine: Backend, incoming: Path, _: Sequence[Arrival]) -> ibis.Table:
            if answers is not None:
                (incoming / ANSWERS_READ).write_bytes(read.read_bytes())
            return parquet(engine, "staged", staged, ibis.Schema.from_pyarrow(OBSERVATION_SCHEMA))

        arrivals = [Arrival(hashlib.sha256(log.file.encode()).hexdigest()[:32], log) for log in logs]
        if arrivals:
            import_observations(store, arrivals, stage, reads=[staged], memory_limit=memory_limit, now=now)


def _told(batches: Iterator[pa.RecordBatch], total: int, progress: Progress) -> Iterator[pa.RecordBatch]:
    done = 0
    for batch in batches:
        progress("anonymising flows", done, total)
        yield with_hints(batch)
        done += len(batch)
    progress("anonymising flows", total, total)


def _answers(answers: ir.Table, backend: ibis.BaseBackend, anonymiser: Anonymiser) -> Iterator[pa.RecordBatch]:
    chosen = answers.select(*ANSWER_SCHEMA.names)
    for batch in streamed(backend, chosen, AT_ONCE):
        arrays = [
            _texts(batch.column(one.name), _OF_ANSWERS.get(one.name), anonymiser)
            if pa.types.is_string(one.type)
            else batch.column(one.name).cast(one.type)
            for one in ANSWER_SCHEMA
        ]
        files = pa.array([_ANSWERS] * len(batch), pa.string())
        yield pa.RecordBatch.from_arrays([*arrays, files], schema=READ_SCHEMA)


def anonymised_lifetimes(lifetimes: pd.DataFrame, anonymiser: Anonymiser) -> pd.DataFrame:
    """Return stand-ins for pods of other times; columns that are not known are left out.

    Parameters
    ----------
    lifetimes : DataFrame
        As `Flows.attributed` takes it.
    anonymiser : Anonymiser
    """
    kept = lifetimes[[name for name in (*_OF_LIFETIMES, *_TIMES_OF_LIFETIMES) if name in lifetimes.columns]]
    made = {
        name: [make(anonymiser, one) if isinstance(one, str) else one for one in kept[name]]
        for name, make in _OF_LIFETIMES.items()
        if name in kept.columns
    }
    return kept.assign(**made)
