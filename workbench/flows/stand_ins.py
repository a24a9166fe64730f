"""What stands in for columns of flows, of DNS answers and of pods of other times: each by what it is (anonymising 6).

A text of which it is not known what it is is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

import pyarrow as pa

from workbench.flows.readers import FORMATS
from workbench.flows.rules.names import ANSWER_SCHEMA
from workbench.flows.schema import COLUMNS, ENDS, FlowColumn
from workbench.flows.stored_rows import STORED
from workbench.ground import Anonymiser

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["anonymised_answers", "anonymised_lifetimes", "anonymised_rows", "file_of", "format_of"]

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

_Make: TypeAlias = Callable[[Anonymiser, str], str]


def _word(kind: str, words: frozenset[str]) -> _Make:
    return lambda anonymiser, text: text if text in words else anonymiser.free_text(kind, text)


def _rule(anonymiser: Anonymiser, text: str) -> str:
    return text if text.isdecimal() and len(text) <= len("999") else anonymiser.free_text("rule", text)


def format_of(anonymiser: Anonymiser, text: str) -> str:
    """Return what stands in for the name of a format; those that are read here stay."""
    is_ours = text in _OUR_FORMATS or text in FORMATS.names()
    return text if is_ours else anonymiser.free_text("format", text)


def file_of(anonymiser: Anonymiser, text: str) -> str:
    """Return what stands in for the name of a file."""
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
        "source_format": format_of,
        "source_file": file_of,
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


def anonymised_answers(batch: pa.RecordBatch, anonymiser: Anonymiser) -> list[pa.Array]:
    """Return stand-ins for some DNS answers, an array for each column of `names.ANSWER_SCHEMA`.

    Parameters
    ----------
    batch : pyarrow RecordBatch
    anonymiser : Anonymiser
    """
    return [
        _texts(batch.column(one.name), _OF_ANSWERS.get(one.name), anonymiser)
        if pa.types.is_string(one.type)
        else batch.column(one.name).cast(one.type)
        for one in ANSWER_SCHEMA
    ]


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
