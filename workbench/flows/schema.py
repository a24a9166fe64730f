"""What one row of observed flows says: the one definition behind frames, Arrow, Parquet and the documentation.

Names are OpenTelemetry's attributes with underscores for dots. ``source`` is always the client, the end
that initiated the connection (flow-rules N1).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

import pyarrow as pa

__all__ = [
    "ARROW_SCHEMA",
    "COLUMNS",
    "EDGE_ID",
    "ENDS",
    "HINTS",
    "NOT_OF_EDGES",
    "OBSERVATION_SCHEMA",
    "PANDAS_DTYPES",
    "REPEATS",
    "ROW_ID",
    "FlowColumn",
    "schema_page",
]

ENDS: Final = ("source", "destination")

TRANSPORTS: Final = ("tcp", "udp", "sctp", "icmp", "icmpv6", "other")
KINDS: Final = ("pod", "workload", "service", "node", "external", "network_set", "unknown")
REPORTERS: Final = ("source", "destination", "both", "forwarder", "unknown")
VERDICTS: Final = ("denied", "would_deny", "dropped", "error", "allowed", "observed", "unknown")
"""The worst first (flow-rules N7)."""
ORIENTATIONS: Final = (
    *("flagged", "syn", "observed", "listening", "service", "port", "popularity", "first", "unknown"),
)
"""How it was found out who the client is, the surest first (flow-rules N1).

A flag of the source, SYN, what the format guarantees; a port that other flows show to be a server's, a Service or a
declared port, port numbers, a port that several peers call, and which of two records with exchanged ends came first.
"""

_TIME = pa.timestamp("us", tz="UTC")
_TEXT = pa.string()
_TEXTS = pa.list_(pa.string())
_LABELS = pa.map_(pa.string(), pa.string())
_POLICIES = pa.list_(
    pa.struct([(name, _TEXT) for name in ("kind", "namespace", "name", "rule", "action", "direction")])
)
_PANDAS: Final = {
    _TIME: "datetime64[us, UTC]",
    _TEXT: "str",
    pa.uint8(): "UInt8",
    pa.uint16(): "UInt16",
    pa.uint64(): "UInt64",
    pa.float32(): "float32",
    pa.bool_(): "boolean",
}


class FlowColumn(NamedTuple):
    """A column of the flow table.

    Attributes
    ----------
    name : str
    arrow : pyarrow.DataType
    meaning : str
    nullable : bool
    values : tuple of str
        The values of a category; empty for any.
    otel, ecs, ocsf : str
        What OpenTelemetry, the Elastic Common Schema and OCSF 4001 call it; empty where they do not.
    """

    name: str
    arrow: pa.DataType
    meaning: str
    nullable: bool = True
    values: tuple[str, ...] = ()
    otel: str = ""
    ecs: str = ""
    ocsf: str = ""

    @property
    def dtype(self) -> str:
        """Name of the pandas dtype."""
        return "category" if self.values else _PANDAS.get(self.arrow, "object")

    @property
    def stored(self) -> pa.DataType:
        """The type in files and within engines: times are UTC and have no zone there, which no engine then shifts."""
        return pa.timestamp("us") if self.arrow == _TIME else self.arrow


def _end(end: str, ocsf: str) -> tuple[FlowColumn, ...]:
    whose = f"of the {end}"
    return (
        FlowColumn(
            f"{end}_address",
            _TEXT,
            f"IP address {whose}, in its usual spelling",
            otel=f"{end}.address",
            ecs=f"{end}.ip",
            ocsf=f"{ocsf}.ip",
        ),
        FlowColumn(
            f"{end}_port", pa.uint16(), f"port {whose}", otel=f"{end}.port", ecs=f"{end}.port", ocsf=f"{ocsf}.port"
        ),
        FlowColumn(f"{end}_kind", _TEXT, f"what the {end} is", nullable=False, values=KINDS, ocsf=f"{ocsf}.type"),
        FlowColumn(
            f"{end}_k8s_namespace_name",
            _TEXT,
            f"namespace {whose}",
            otel="k8s.namespace.name",
            ecs="orchestrator.namespace",
        ),
        FlowColumn(
            f"{end}_k8s_pod_name",
            _TEXT,
            f"pod {whose}",
            otel="k8s.pod.name",
            ecs="kubernetes.pod.name",
            ocsf=f"{ocsf}.name",
        ),
        FlowColumn(
            f"{end}_k8s_owner_kind",
            _TEXT,
            f"kind of the workload {whose}",
            otel="k8s.owner.kind",
            ecs="orchestrator.resource.type",
        ),
        FlowColumn(
            f"{end}_k8s_owner_name",
            _TEXT,
            f"name of the workload {whose}",
            otel="k8s.owner.name",
            ecs="orchestrator.resource.name",
        ),
        FlowColumn(
            f"{end}_k8s_pod_labels",
            _LABELS,
            f"labels of the pod {whose}",
            otel="k8s.pod.label.*",
            ecs="kubernetes.labels",
        ),
        FlowColumn(f"{end}_k8s_service_name", _TEXT, f"Service {whose}", otel="k8s.service.name"),
        FlowColumn(f"{end}_k8s_node_name", _TEXT, f"node {whose}", otel="k8s.node.name", ecs="host.name"),
        FlowColumn(
            f"{end}_domain",
            _TEXTS,
            f"DNS names {whose}, lower-case, without the last dot",
            ecs=f"{end}.domain",
            ocsf=f"{ocsf}.domain",
        ),
        FlowColumn(f"{end}_network_label", _TEXT, f"known server, network set or provider {whose}"),
    )


COLUMNS: Final[tuple[FlowColumn, ...]] = (
    FlowColumn(
        "time_start",
        _TIME,
        "when it was first seen; missing where the source knows no time",
        ecs="event.start",
        ocsf="start_time",
    ),
    FlowColumn("time_end", _TIME, "when it was last seen", ecs="event.end", ocsf="end_time"),
    *_end("source", "src_endpoint"),
    *_end("destination", "dst_endpoint"),
    FlowColumn(
        "network_transport",
        _TEXT,
        "transport protocol",
        nullable=False,
        values=TRANSPORTS,
        otel="network.transport",
        ecs="network.transport",
        ocsf="connection_info.protocol_name",
    ),
    FlowColumn(
        "network_type",
        _TEXT,
        "address family",
        values=("ipv4", "ipv6"),
        otel="network.type",
        ecs="network.type",
        ocsf="connection_info.protocol_ver_id",
    ),
    FlowColumn("icmp_type", pa.uint8(), "type of an ICMP message"),
    FlowColumn("icmp_code", pa.uint8(), "code of an ICMP message"),
    FlowColumn(
        "network_io_direction",
        _TEXT,
        "which side's policy reported it",
        nullable=False,
        values=("ingress", "egress", "unknown"),
        otel="network.io.direction",
        ecs="network.direction",
        ocsf="connection_info.direction_id",
    ),
    FlowColumn(
        "reporter",
        _TEXT,
        "who reported it",
        nullable=False,
        values=REPORTERS,
        ecs="observer.*",
        ocsf="observation_point_id",
    ),
    FlowColumn(
        "verdict",
        _TEXT,
        "what became of it",
        nullable=False,
        values=VERDICTS,
        ecs="event.outcome",
        ocsf="disposition_id",
    ),
    FlowColumn("verdict_reason", _TEXT, "why, in the words of the source", ecs="event.reason", ocsf="status_detail"),
    FlowColumn(
        "policies",
        _POLICIES,
        "policies that decided, as reported: kind, namespace, name, rule, action, direction",
        ecs="rule.*",
        ocsf="policy",
    ),
    FlowColumn("connections", pa.uint64(), "connections that were initiated; 0 for a reply whose request was not seen"),
    FlowColumn("packets", pa.uint64(), "packets from the source", ecs="network.packets", ocsf="traffic.packets_out"),
    FlowColumn("bytes", pa.uint64(), "bytes from the source", ecs="network.bytes", ocsf="traffic.bytes_out"),
    FlowColumn("reply_packets", pa.uint64(), "packets from the destination", ocsf="traffic.packets_in"),
    FlowColumn("reply_bytes", pa.uint64(), "bytes from the destination", ocsf="traffic.bytes_in"),
    FlowColumn(
        "service_address",
        _TEXT,
        "address that the client called, before it was translated",
        otel="server.address",
        ecs="destination.nat.ip",
    ),
    FlowColumn(
        "service_port",
        pa.uint16(),
        "port that the client called, before it was translated",
        otel="server.port",
        ecs="destination.nat.port",
    ),
    FlowColumn("nat_source_address", _TEXT, "address by which the source was hidden", ecs="source.nat.ip"),
    FlowColumn("cluster", _TEXT, "name of the cluster", otel="k8s.cluster.name", ecs="orchestrator.cluster.name"),
    FlowColumn("orientation", _TEXT, "how it was found out who the client is", nullable=False, values=ORIENTATIONS),
    FlowColumn("confidence", pa.float32(), "how sure the orientation is, from 0 to 1", nullable=False),
    FlowColumn(
        "source_format",
        _TEXT,
        "format that it was read from",
        nullable=False,
        ecs="event.provider",
        ocsf="metadata.product",
    ),
    FlowColumn("source_file", _TEXT, "file that it was read from", nullable=False, ecs="log.file.path"),
    FlowColumn("source_line", pa.uint64(), "line of the file, or number of the record, from 1", ecs="log.offset"),
)
"""The columns of the flow table, in their order."""

REPEATS: Final = "repeats"
HINTS: Final = pa.schema(
    [
        pa.field("is_reply", pa.bool_()),
        pa.field("tcp_syn", pa.bool_()),
        pa.field("tcp_ack", pa.bool_()),
        pa.field("source_is_client", pa.bool_()),
        pa.field(REPEATS, pa.string()),
    ]
)
"""What a reader knows besides. Of the direction: an explicit flag of a reply, flags of TCP, and whether the format
guarantees that the source (or, if false, the destination) is the client. And of a record that tells again what others
tell of its connection, what such records are, in the plural: it is left out where these others are in the file."""

ARROW_SCHEMA: Final = pa.schema([pa.field(column.name, column.arrow, column.nullable) for column in COLUMNS])
OBSERVATION_SCHEMA: Final = pa.schema([*(pa.field(column.name, column.stored) for column in COLUMNS), *HINTS])
"""What readers give: the columns, any of which may be missing, and the hints."""

PANDAS_DTYPES: Final = {column.name: column.dtype for column in COLUMNS}

NOT_OF_EDGES: Final = frozenset(
    {
        "time_start",
        "time_end",
        "source_port",
        "source_k8s_pod_labels",
        "destination_k8s_pod_labels",
        "icmp_type",
        "icmp_code",
        "verdict_reason",
        "connections",
        "packets",
        "bytes",
        "reply_packets",
        "reply_bytes",
        "nat_source_address",
        "source_file",
        "source_line",
    }
)
"""The columns in which rows that are counted together may differ."""
EDGE_ID: Final = pa.field("edge_id", pa.int64(), nullable=False)
"""A column that is stored besides: a hash of all columns but `NOT_OF_EDGES`, and of the port of an end that may
be the server. Rows of one hash are counted together, without looking at what they say."""
ROW_ID: Final = pa.field("row_id", pa.int64(), nullable=False)
"""A column that is stored besides: a hash of what the row says, wherever it was read; equal rows are one."""


def schema_page() -> str:
    """Return the page of the documentation that lists the columns."""
    described = (
        (
            f"`{column.name}`",
            str(column.arrow),
            "yes" if column.nullable else "no",
            f"{column.meaning}{_listed(column)}",
        )
        for column in COLUMNS
    )
    elsewhere = ((f"`{one.name}`", one.otel, one.ecs, one.ocsf) for one in COLUMNS if one.otel or one.ecs or one.ocsf)
    return (
        "# The flow table\n\n"
        "Every source of flows is read into these columns. `source` is the client: the end that initiated the\n"
        "connection. The page is made from `workbench/flows/schema.py`; a test compares the two.\n\n"
        f"{_markdown(('column', 'type', 'may be missing', 'meaning'), described)}\n"
        "## The same in other schemas\n\n"
        "What OpenTelemetry, the Elastic Common Schema (ECS) and class 4001 of OCSF (network activity) call them.\n\n"
        f"{_markdown(('column', 'OpenTelemetry', 'ECS', 'OCSF 4001'), elsewhere)}"
    )


def _markdown(names: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(cells)} |\n" for cells in (names, ("---",) * len(names), *rows))


def _listed(column: FlowColumn) -> str:
    return f": {', '.join(column.values)}" if column.values else ""
