"""Hubble: the flows of Cilium, of GKE Dataplane V2, of Azure's ACNS and of Retina, one JSON object a line.

The files are large, so DuckDB reads them. What repeats from line to line (labels, names, policies) is read
as text, and decoded once for every different text (flows.md B1).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import duckdb
import ibis
import pyarrow as pa

from workbench.flows.addresses import KNOWN
from workbench.flows.readers.registry import flow_table_format
from workbench.flows.records import UNREADABLE, is_gzip, opened, records_of
from workbench.flows.schema import ENDS, OBSERVATION_SCHEMA

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from ibis.backends.duckdb import Backend

    from workbench.flows.log import ImportLog

__all__ = ["hubble"]

_EVENTS: Final = {
    "lost_events": "lost events",
    "node_status": "node status messages",
    "agent_event": "agent events",
    "debug_event": "debug events",
}
"""Lines that hold no flow, and what they are counted as."""
_SOCKET, _LAYER7, _AGENT = 7, 129, 130
"""Types of events."""
_POLICY_REASONS: Final = {133: "POLICY_DENIED", 181: "POLICY_DENY", 189: "AUTH_REQUIRED"}
"""Drops that a policy decided; of all others the network did (flows.md C-N15)."""
_RESERVED: Final = (
    *("host", "world", "unmanaged", "health", "init"),
    *("remote-node", "kube-apiserver", "ingress", "world-ipv4", "world-ipv6"),
)
"""The names of the reserved identities 1, 2, 3 and so on."""
_TRANSPORTS: Final = {"TCP": "tcp", "UDP": "udp", "SCTP": "sctp", "ICMPv4": "icmp", "ICMPv6": "icmpv6"}
_ICMPS: Final = ("ICMPv4", "ICMPv6")
_NO_RECORD: Final = "it is no record of Hubble"
_NODES: Final = ("host", "remote-node", "kube-apiserver", "health")
_LOCAL_HOST: Final = 1
_FOREIGN_LABELS: Final = (
    "io.kubernetes.pod.namespace",
    "io.cilium.k8s.policy.",
    "io.cilium.k8s.namespace.labels.",
)
"""Labels that Cilium adds: no selector of a policy can mean them on the pod."""
_POLICIES: Final = (
    ("egress_allowed_by", "egress", "allow"),
    ("ingress_allowed_by", "ingress", "allow"),
    ("egress_denied_by", "egress", "deny"),
    ("ingress_denied_by", "ingress", "deny"),
)
_BLOCK: Final = 4 << 20
_TAIL: Final = 4 << 10

_END: Final = (
    'STRUCT("ID" BIGINT, identity BIGINT, cluster_name VARCHAR, namespace VARCHAR, labels VARCHAR, pod_name VARCHAR, '
    "workloads STRUCT(name VARCHAR, kind VARCHAR)[])"
)
_PORTS: Final = "source_port VARCHAR, destination_port VARCHAR"
_SERVICE: Final = "STRUCT(name VARCHAR, namespace VARCHAR)"
_ICMP: Final = 'STRUCT("type" UTINYINT, code UTINYINT)'
_FLOW: Final = (
    'STRUCT("time" VARCHAR, verdict VARCHAR, drop_reason INTEGER, drop_reason_desc VARCHAR, '
    '"IP" STRUCT(source VARCHAR, source_xlated VARCHAR, destination VARCHAR), '
    f'l4 STRUCT("TCP" STRUCT({_PORTS}, flags STRUCT("SYN" BOOLEAN, "ACK" BOOLEAN)), "UDP" STRUCT({_PORTS}), '
    f'"SCTP" STRUCT({_PORTS}), "ICMPv4" {_ICMP}, "ICMPv6" {_ICMP}), '
    f'source {_END}, destination {_END}, "Type" VARCHAR, node_name VARCHAR, '
    'source_names VARCHAR, destination_names VARCHAR, l7 STRUCT("type" VARCHAR, dns VARCHAR), '
    f"source_service {_SERVICE}, destination_service {_SERVICE}, "
    'event_type STRUCT("type" INTEGER), traffic_direction VARCHAR, trace_observation_point VARCHAR, '
    f"reply BOOLEAN, is_reply BOOLEAN, {', '.join(f'{name} VARCHAR' for name, _, _ in _POLICIES)})"
)
_COLUMNS: Final = {
    "line": "BIGINT",
    "flow": _FLOW,
    "node_name": "VARCHAR",
    "time": "VARCHAR",
    "lost_events": "STRUCT(num_events_lost VARCHAR)",
    "node_status": "VARCHAR",
    "agent_event": "VARCHAR",
    "debug_event": "VARCHAR",
}


def _is_hubble(record: Any) -> bool:  # noqa: ANN401  (JSON)
    return _is_wrapped(record) or _is_bare(record)


def _is_wrapped(record: Any) -> bool:  # noqa: ANN401  (JSON)
    """Tell whether a record is an answer of Hubble: a flow, or an event that is none."""
    return isinstance(record, dict) and (
        isinstance(record.get("flow"), dict) or any(isinstance(record.get(name), dict) for name in _EVENTS)
    )


def _is_bare(record: Any) -> bool:  # noqa: ANN401  (JSON)
    """Tell whether a record is a flow by itself, as older versions print it."""
    return isinstance(record, dict) and "verdict" in record and any(name in record for name in ("IP", "l4", "Type"))


@flow_table_format("hubble", title="Hubble (Cilium, Retina, ACNS)", records="json-lines", detects=_is_hubble)
def hubble(backend: Backend, path: str, log: ImportLog, folder: Path) -> ir.Table:
    """Return the flows of a file of Hubble lines.

    Lines that DuckDB cannot read are read again one by one, and told. Where its count of lines differs from
    the file's, or it failed at a line that is none the less sound, the whole file is read again that way.
    """
    raw = _quickly(backend, path, log, folder)
    if raw is None:
        raw = _thoroughly(backend, path, log, folder)
    for row in _execute(backend, raw.filter(raw.skipped.notnull()).group_by("skipped").aggregate(n=raw.counted.sum())):
        log.skip(row["skipped"], int(row["n"] or 0))
    broken = (
        raw.filter(raw.broken.notnull() & raw.skipped.isnull()).select("source_line", "broken").order_by("source_line")
    )
    for row in _execute(backend, broken):
        log.broken_record(row["source_line"], row["broken"])
    return _observations(backend, raw.filter(raw.skipped.isnull() & raw.broken.isnull() & ~raw.is_unread), log)


def _quickly(backend: Backend, path: str, log: ImportLog, folder: Path) -> ir.Table | None:
    """Read a file by DuckDB alone, but for broken lines; None where that does not do."""
    try:
        lines = _counted_lines(path)
        raw = _staged(backend, path, folder, "gzip" if is_gzip(path) else "uncompressed")
    except (duckdb.Error, *UNREADABLE):
        return None
    if backend.to_pyarrow(raw.count()).as_py() != lines:
        return None
    unread = raw.filter(raw.is_unread)
    found = _unread_lines(path, {int(row["source_line"]) for row in _execute(backend, unread.select("source_line"))})
    if found is None:
        return None
    for line in found:
        log.broken_record(line.number, line.message, last=line.is_cut_off)
    return raw


def _counted_lines(path: str) -> int:
    """Return the number of lines of a file, up to the last that is not empty."""
    count, ended, begun = 0, 0, False
    with opened(path) as stream:
        while block := stream.read(_BLOCK):
            tail = block[-_TAIL:]
            # To strip all of a block copies it; its end will do, unless that is empty.
            size = len(block) - len(tail) + len(tail.rstrip()) if tail.strip() else len(block.rstrip())
            if size:
                count, ended, begun = count + ended + block.count(b"\n", 0, size), 0, True
            ended += block.count(b"\n", size)
    return count + begun


class _UnreadLine(NamedTuple):
    number: int
    message: str
    is_cut_off: bool


def _unread_lines(path: str, numbers: set[int]) -> list[_UnreadLine] | None:
    """Return what is wrong with lines that DuckDB could not read; None if it was wrong about one of them."""
    found: list[_UnreadLine] = []
    if not numbers:
        return found
    with opened(path) as stream:
        for number, raw in enumerate(stream, 1):
            if number not in numbers:
                continue
            message = _fault(raw)
            if message is None:
                return None
            found.append(_UnreadLine(number, message, not raw.endswith(b"\n")))
    return found


def _fault(raw: bytes) -> str | None:
    """Return what is wrong with a line; None if nothing is."""
    try:
        value = json.loads(raw)
    except UnicodeDecodeError as error:
        return f"it is no UTF-8 text: {error.reason} at byte {error.start + 1}"
    except (ValueError, RecursionError) as error:
        return f"it is no JSON: {error}"
    return None if _is_hubble(value) else _NO_RECORD


def _thoroughly(backend: Backend, path: str, log: ImportLog, folder: Path) -> ir.Table:
    """Read a file line by line, and have DuckDB read what is sound in it."""
    sound = folder / "hubble.jsonl"
    with sound.open("w", encoding="ascii") as written:
        for record in records_of(path, "json-lines", log):
            value = {"flow": record.value} if _is_bare(record.value) else record.value
            if not _is_wrapped(value):
                log.broken_record(record.line, _NO_RECORD)
                continue
            try:
                written.write(f"{json.dumps({**value, 'line': record.line}, allow_nan=False)}\n")
            except (ValueError, RecursionError) as error:
                log.broken_record(record.line, f"it is no JSON: {error}")
    raw = _staged(backend, str(sound), folder, "uncompressed")
    for _ in range(backend.to_pyarrow(raw.is_unread.sum()).as_py() or 0):
        log.broken_record(None, _NO_RECORD)
    return raw


def _staged(backend: Backend, path: str, folder: Path, compression: str) -> ir.Table:
    """Write down what DuckDB reads from a file, in its order, and return it with the numbers of the lines."""
    lines = backend.read_json(
        path, format="newline_delimited", columns=_COLUMNS, ignore_errors=True, compression=compression
    )
    staged = folder / "hubble.parquet"
    backend.to_parquet(_raw(lines), staged)
    # Numbers in the order of a file that is written are free; those of one that is read take all threads but one.
    raw = backend.read_parquet(staged, file_row_number=True)
    return raw.mutate(source_line=ibis.coalesce(raw.line, raw.file_row_number + 1).cast("uint64")).drop(
        "file_row_number"
    )


def _execute(backend: Backend, table: ir.Table) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = backend.to_pyarrow(table).to_pylist()
    return rows


# What a line says


def _raw(lines: ir.Table) -> ir.Table:
    """Return the columns that the lines tell by themselves, and as text what is decoded later."""
    flow = lines.flow
    time = ibis.coalesce(flow["time"], lines["time"])
    moment = _moment(time)
    ports = {
        f"{end}_port": ibis.coalesce(*(flow.l4[name][f"{end}_port"] for name in ("TCP", "UDP", "SCTP"))) for end in ENDS
    }
    numbers = {name: text.try_cast("uint16") for name, text in ports.items()}
    is_reply = ibis.coalesce(flow.is_reply, (flow.reply).nullif(ibis.literal(value=False)))
    broken = ibis.cases(
        (flow.isnull(), ibis.null("string")),
        (time.isnull(), ibis.literal("it is no flow: time is missing")),
        (moment.isnull(), ibis.literal("time cannot be ") + time),
        *(
            (text.notnull() & numbers[name].isnull(), ibis.literal(f"{name} cannot be ") + text)
            for name, text in ports.items()
        ),
        else_=ibis.null("string"),
    )
    lost = lines.lost_events.num_events_lost.try_cast("int64")
    known = [lines[name].notnull() for name in _EVENTS]
    node = ibis.coalesce(flow.node_name, lines.node_name).nullif("")
    return lines.select(
        line=lines.line,
        skipped=_skipped(lines, is_reply),
        counted=ibis.coalesce(lost, 1),
        broken=broken,
        is_unread=~(flow.notnull() | known[0] | known[1] | known[2] | known[3]),
        time_start=moment,
        is_reply=is_reply,
        **numbers,
        **_packet(flow),
        **_decision(flow, is_reply),
        **{key: value for end in ENDS for key, value in _end(flow, end).items()},
        node_name=ibis.cases((node.contains("/"), node.split("/")[-1]), else_=node),
        cluster=ibis.coalesce(
            ibis.cases((node.contains("/"), node.split("/")[0]), else_=ibis.null("string")),
            flow.source.cluster_name.nullif(""),
            flow.destination.cluster_name.nullif(""),
        ),
        policies=_policies_text(flow),
    )


def _moment(text: ir.Value) -> ir.Value:
    """Return a time in UTC, written as RFC 3339; null for anything else (flows.md C-N17)."""
    local = ibis.cases((text.like("____-__-__T__:__:__%"), text.try_cast("timestamp")), else_=ibis.null("timestamp"))
    offset = text.right(6)
    minutes = offset.substr(1, 2).try_cast("int64") * 60 + offset.substr(4, 2).try_cast("int64")
    signed = ibis.cases((offset.startswith("-"), -minutes), else_=minutes)
    return ibis.cases(
        (text.endswith("Z"), local),
        (offset.re_search(r"^[+-]\d\d:\d\d$"), local - signed.as_interval("m")),
        else_=local,
    )


def _skipped(lines: ir.Table, is_reply: ir.Value) -> ir.Value:
    """Say why a line is no flow; null if it is one.

    What the proxy saw, and what was seen on its way between nodes, is the same connection again.
    """
    flow = lines.flow
    kind, point = flow.event_type["type"], flow.trace_observation_point
    is_layer7 = (flow["Type"] == "L7") | (kind == _LAYER7)
    is_answer = flow.l7.dns.notnull() & ((flow.l7["type"] == "RESPONSE") | is_reply)
    is_between = point.isin(["TO_OVERLAY", "TO_NETWORK"]) | point.startswith("FROM_")
    return ibis.cases(
        *((lines[name].notnull(), reason) for name, reason in _EVENTS.items()),
        (kind == _AGENT, "agent events"),
        ((flow["Type"] == "SOCK") | (kind == _SOCKET), "translations at sockets"),
        (is_layer7 & is_answer, "DNS answers"),
        (is_layer7, "layer 7 records"),
        (point == "TO_PROXY", "packets to the proxy"),
        (is_between & flow.traffic_direction.isnull() & is_reply.isnull(), "packets between nodes"),
        else_=ibis.null("string"),
    )


def _packet(flow: ir.Value) -> dict[str, ir.Value]:
    l4 = flow.l4
    tcp = l4.TCP
    syn, ack = (tcp.flags[flag].fill_null(ibis.literal(value=False)) for flag in ("SYN", "ACK"))
    has_flags = tcp.flags.notnull()
    is_again = flow.verdict == "REDIRECTED"
    # Of an echo request the reply has another type; zero is left out in the lines.
    echo = [(l4[name].notnull(), {part: l4[name][part].fill_null(0) for part in ("type", "code")}) for name in _ICMPS]
    return {
        "source_address": flow["IP"].source.nullif(""),
        "destination_address": flow["IP"].destination.nullif(""),
        "xlated": flow["IP"].source_xlated.nullif(""),
        "network_transport": ibis.cases(
            *((l4[name].notnull(), transport) for name, transport in _TRANSPORTS.items()), else_=ibis.null("string")
        ),
        "icmp_type": ibis.cases(*((here, parts["type"]) for here, parts in echo), else_=ibis.null("uint8")),
        "icmp_code": ibis.cases(*((here, parts["code"]) for here, parts in echo), else_=ibis.null("uint8")),
        "tcp_syn": has_flags.ifelse(syn, ibis.null("boolean")),
        "tcp_ack": has_flags.ifelse(ack, ibis.null("boolean")),
        "connections": ibis.cases((has_flags & ~is_again, (syn & ~ack).cast("uint64")), else_=ibis.null("uint64")),
    }


def _decision(flow: ir.Value, is_reply: ir.Value) -> dict[str, ir.Value]:
    """Return what became of a packet, and at which side of its connection that was seen."""
    flags = flow.l4.TCP.flags
    side = ibis.cases(
        (flow.traffic_direction == "INGRESS", "ingress"),
        (flow.traffic_direction == "EGRESS", "egress"),
        else_="unknown",
    )
    # The direction is the connection's, of the policy that was asked; of a reply the ends are exchanged.
    turned = ibis.coalesce(is_reply, flags["SYN"] & flags["ACK"], ibis.literal(value=False))
    by_policy = flow.drop_reason.isin(list(_POLICY_REASONS)) | flow.drop_reason_desc.isin([*_POLICY_REASONS.values()])
    reason = ibis.coalesce(flow.drop_reason_desc.nullif(""), flow.drop_reason.nullif(0).cast("string"))
    return {
        "network_io_direction": side,
        "reporter": ibis.cases(
            (side == "unknown", "unknown"), ((side == "egress") != turned, "source"), else_="destination"
        ),
        "verdict": ibis.cases(
            ((flow.verdict == "FORWARDED") & flow.trace_observation_point.startswith("FROM_"), "observed"),
            (flow.verdict.isin(["FORWARDED", "REDIRECTED"]), "allowed"),
            ((flow.verdict == "DROPPED") & by_policy, "denied"),
            (flow.verdict == "DROPPED", "dropped"),
            (flow.verdict == "AUDIT", "would_deny"),
            (flow.verdict == "ERROR", "error"),
            (flow.verdict.isin(["TRACED", "TRANSLATED"]), "observed"),
            else_="unknown",
        ),
        "verdict_reason": ibis.cases((flow.verdict == "DROPPED", reason), else_=ibis.null("string")),
    }


def _end(flow: ir.Value, end: str) -> dict[str, ir.Value]:
    here, service = flow[end], flow[f"{end}_service"]
    return {
        f"{end}_k8s_namespace_name": ibis.coalesce(here.namespace.nullif(""), service.namespace.nullif("")),
        f"{end}_k8s_pod_name": here.pod_name.nullif(""),
        f"{end}_k8s_owner_kind": here.workloads[0]["kind"].nullif(""),
        f"{end}_k8s_owner_name": here.workloads[0]["name"].nullif(""),
        f"{end}_k8s_service_name": service["name"].nullif(""),
        f"{end}_identity": here.identity,
        f"{end}_is_local": (here["ID"] > 0) | (here.identity == _LOCAL_HOST),
        f"{end}_labels": here.labels,
        f"{end}_names": flow[f"{end}_names"],
    }


def _policies_text(flow: ir.Value) -> ir.Value:
    """Return the four lists of policies as one text of JSON; null without any."""
    texts = [flow[name] for name, _, _ in _POLICIES]
    text = ibis.literal("[")
    for position, part in enumerate(texts):
        text = text + (", " if position else "") + part.fill_null("[]")
    return ibis.cases((ibis.coalesce(*texts).notnull(), text + "]"), else_=ibis.null("string"))


# What repeats, decoded once


def _observations(backend: Backend, raw: ir.Table, log: ImportLog) -> ir.Table:
    """Return the observations: what the lines tell, with labels, names and policies decoded."""
    rows = raw
    for end in ENDS:
        labels = _decoded(backend, raw, f"{end}_labels", _LABELS_TYPE, _labels_of)
        rows = rows.left_join(labels, rows[f"{end}_labels"] == labels[f"{end}_labels__text"])
        names = _decoded(backend, raw, f"{end}_names", pa.list_(pa.string()), _names_of)
        rows = rows.left_join(names, rows[f"{end}_names"] == names[f"{end}_names__text"])
    policies = _decoded(backend, raw, "policies", OBSERVATION_SCHEMA.field("policies").type, _policies_of)
    rows = rows.left_join(policies, rows.policies == policies.policies__text)
    given = {
        **{name: rows[name] for name in OBSERVATION_SCHEMA.names if name in rows.columns},
        **{key: value for end in ENDS for key, value in _attributed(rows, end).items()},
        "nat_source_address": rows.is_reply.fill_null(ibis.literal(value=False)).ifelse(
            ibis.null("string"), rows.xlated.nullif(rows.source_address)
        ),
        "policies": rows.policies__value,
        "source_format": ibis.literal(log.format_name),
        "source_file": ibis.literal(log.file),
    }
    empty = ibis.memtable(OBSERVATION_SCHEMA.empty_table()).schema()
    return rows.select(
        **{name: given[name].cast(kind) if name in given else ibis.null(kind) for name, kind in empty.items()}
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


def _decoded(
    backend: Backend, raw: ir.Table, column: str, kind: pa.DataType, decode: Callable[[Any], object]
) -> ir.Table:
    """Return every different text of a column, as ``<column>__text``, and what it says, as ``<column>__value``."""
    different = raw.filter(raw[column].notnull()).select(column).distinct()
    texts: list[str] = backend.to_pyarrow(different)[column].to_pylist()
    table = {
        f"{column}__text": pa.array(texts, pa.string()),
        f"{column}__value": pa.array([decode(_parsed(text)) for text in texts], kind),
    }
    return ibis.memtable(pa.table(table))


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


_LABELS_TYPE: Final = pa.struct([("identity", pa.string()), ("labels", pa.map_(pa.string(), pa.string()))])


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
        for listed, (_, direction, action) in zip(value if isinstance(value, list) else [], _POLICIES, strict=False)
        for policy in (listed if isinstance(listed, list) else [])
        if isinstance(policy, dict)
    ]
    return [{key: text if isinstance(text, str) else None for key, text in policy.items()} for policy in found] or None
