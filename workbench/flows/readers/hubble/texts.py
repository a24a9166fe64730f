"""What repeats in the lines of Hubble (labels, names, policies), decoded once for every different text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from workbench.flows.addresses import KNOWN
from workbench.flows.duckdb_sql import answered, loaded, viewed
from workbench.flows.readers.hubble.lines import FORMAT, POLICY_LISTS
from workbench.flows.schema import ENDS, OBSERVATION_SCHEMA
from workbench.ground import parsed_json

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

__all__ = ["observed_lines"]

_RESERVED: Final = (
    *("host", "world", "unmanaged", "health", "init"),
    *("remote-node", "kube-apiserver", "ingress", "world-ipv4", "world-ipv6"),
)
"""The names of the reserved identities 1, 2, 3 and so on."""
_NODES: Final = ("host", "remote-node", "kube-apiserver", "health")
_FOREIGN_LABELS: Final = (
    "io.kubernetes.pod.namespace",
    "io.cilium.k8s.policy.",
    "io.cilium.k8s.namespace.labels.",
)
"""Labels that Cilium adds: no selector of a policy can mean them on the pod."""
_LABELS_TYPE: Final = pa.struct([("identity", pa.string()), ("labels", pa.map_(pa.string(), pa.string()))])


def observed_lines(backend: Backend, raw: ir.Table) -> ir.Table:
    """Return what the lines tell, with labels, names and policies decoded.

    Parameters
    ----------
    backend : Backend
    raw : Table
        As of `lines.line_columns`, flows only, with ``source_line`` and ``source_file``.

    Returns
    -------
    Table
        Columns as in `schema.OBSERVATION_SCHEMA`.
    """
    found = answered(backend, _texts_of, raw)
    decoded = [loaded(backend, f"decoded_{column}", _decoded(found, column, *how)) for column, how in _DECODED.items()]
    return viewed(backend, "decoded", _observed, raw, *decoded)


def _texts_of(raw: ir.Table) -> ir.Table:
    """Return every different text that is to be decoded; columns ``of``, the name of its column, and ``text``."""
    return ibis.union(
        *(raw.filter(raw[name].notnull()).select(of=ibis.literal(name), text=raw[name]).distinct() for name in _DECODED)
    )


def _observed(raw: ir.Table, *decoded: ir.Table) -> ir.Table:
    rows = raw
    for column, values in zip(_DECODED, decoded, strict=True):
        here = values.rename({f"{column}__text": "text", f"{column}__value": "value"})
        rows = rows.left_join(here, rows[column] == here[f"{column}__text"])
    given = {
        **{name: rows[name] for name in OBSERVATION_SCHEMA.names if name in rows.columns},
        **{key: value for end in ENDS for key, value in _attributed(rows, end).items()},
        "nat_source_address": rows.is_reply.fill_null(ibis.literal(value=False)).ifelse(
            ibis.null("string"), rows.xlated.nullif(rows.source_address)
        ),
        "policies": rows.policies__value,
        "source_format": ibis.literal(FORMAT),
    }
    kinds = ibis.Schema.from_pyarrow(OBSERVATION_SCHEMA)
    return rows.select(
        **{name: given[name].cast(kind) if name in given else ibis.null(kind) for name, kind in kinds.items()}
    )


def _attributed(rows: ir.Table, end: str) -> dict[str, ir.Value]:
    """Return who an end is: a pod if one is named, whatever its identity, else what its identity says."""
    by_number = rows[f"{end}_identity"].cases(*enumerate(_RESERVED, 1), else_=ibis.null("string"))
    identity = ibis.coalesce(rows[f"{end}_labels__value"]["identity"], by_number)
    identity = rows[f"{end}_k8s_pod_name"].notnull().ifelse(ibis.null("string"), identity)
    is_known = identity.startswith("world") & rows[f"{end}_address"].isin(list(KNOWN))
    return {
        f"{end}_kind": ibis.cases(
            (identity.isin(_NODES), "node"), (identity.startswith("world"), "external"), else_=ibis.null("string")
        ),
        f"{end}_network_label": is_known.ifelse(ibis.null("string"), identity),
        f"{end}_k8s_pod_labels": rows[f"{end}_labels__value"]["labels"],
        f"{end}_k8s_node_name": rows[f"{end}_is_local"].ifelse(rows.node_name, ibis.null("string")),
        f"{end}_domain": rows[f"{end}_names__value"],
    }


def _decoded(found: pa.Table, column: str, kind: pa.DataType, decode: Callable[[object], object]) -> pa.Table:
    """Return every different text of a column, and what it says; columns ``text`` and ``value``."""
    texts: list[str] = found.filter(pc.equal(found["of"], column))["text"].to_pylist()
    values = [decode(parsed_json(text)) for text in texts]
    return pa.table({"text": pa.array(texts, pa.string()), "value": pa.array(values, kind)})


def _labels_of(value: object) -> dict[str, object]:
    """Return the reserved identity among the labels of an endpoint, and the labels that the pod bears."""
    identities: list[str] = []
    labels: dict[str, str] = {}
    for label in _texts(value):
        origin, _, text = label.partition(":")
        name, _, content = text.partition("=")
        if origin == "reserved":
            identities.append(text)
        elif origin == "k8s" and not name.startswith(_FOREIGN_LABELS):
            labels[name] = content
    # An API server on a node bears the labels of both: it is the one that a policy is written for.
    identity = "kube-apiserver" if "kube-apiserver" in identities else next(iter(identities), None)
    return {"identity": identity, "labels": list(labels.items()) if labels else None}


def _names_of(value: object) -> list[str] | None:
    return [name.lower().removesuffix(".") for name in _texts(value)] or None


def _texts(value: object) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []


def _policies_of(value: object) -> list[dict[str, str | None]] | None:
    found = [
        {
            "kind": policy.get("kind"),
            "namespace": policy.get("namespace") or None,
            "name": policy.get("name"),
            "rule": None,
            "action": action,
            "direction": direction,
        }
        for listed, (_, direction, action) in zip(value if isinstance(value, list) else [], POLICY_LISTS, strict=False)
        for policy in (listed if isinstance(listed, list) else [])
        if isinstance(policy, dict)
    ]
    return [{key: text if isinstance(text, str) else None for key, text in policy.items()} for policy in found] or None


_DECODED: Final[Mapping[str, tuple[pa.DataType, Callable[[object], object]]]] = {
    **{f"{end}_labels": (_LABELS_TYPE, _labels_of) for end in ENDS},
    **{f"{end}_names": (pa.list_(pa.string()), _names_of) for end in ENDS},
    "policies": (OBSERVATION_SCHEMA.field("policies").type, _policies_of),
}
"""Columns of text: the type of what is in it, and how that is found."""
