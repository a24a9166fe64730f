"""What a line of Hubble says by itself, as columns; what repeats from line to line stays text (flow-formats 1)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

import ibis

from workbench.flows.log import LOST_EVENTS
from workbench.flows.schema import ENDS

if TYPE_CHECKING:
    import ibis.expr.types as ir

__all__ = ["COLUMNS", "DNS_ANSWERS", "EVENTS", "FORMAT", "LAYER7", "POLICY_LISTS", "line_columns"]

FORMAT: Final = "hubble"
"""What stands in ``source_format``."""
EVENTS: Final = {
    "lost_events": LOST_EVENTS,
    "node_status": "node status messages",
    "agent_event": "agent events",
    "debug_event": "debug events",
}
"""Lines that hold no flow, and what they are counted as."""
DNS_ANSWERS: Final = "DNS answers"
LAYER7: Final = "layer 7 records"
"""What lines of layer 7 are counted as, beside those of the connections that they went through."""
_SOCKET, _LAYER7, _AGENT = 7, 129, 130
"""Types of events."""
_POLICY_REASONS: Final = {133: "POLICY_DENIED", 181: "POLICY_DENY", 189: "AUTH_REQUIRED"}
"""Drops that a policy decided; of all others the network did (flow-rules N15)."""
_TRANSPORTS: Final = {"TCP": "tcp", "UDP": "udp", "SCTP": "sctp", "ICMPv4": "icmp", "ICMPv6": "icmpv6"}
_ICMPS: Final = ("ICMPv4", "ICMPv6")
_LOCAL_HOST: Final = 1
_FIRST, _LAST = datetime.min, datetime.max  # noqa: DTZ901  (times of rows are UTC, and naive)
POLICY_LISTS: Final = (
    ("egress_allowed_by", "egress", "allow"),
    ("ingress_allowed_by", "ingress", "allow"),
    ("egress_denied_by", "egress", "deny"),
    ("ingress_denied_by", "ingress", "deny"),
)
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
    f"reply BOOLEAN, is_reply BOOLEAN, {', '.join(f'{name} VARCHAR' for name, _, _ in POLICY_LISTS)})"
)
COLUMNS: Final = {
    "file": "BIGINT",
    "line": "BIGINT",
    "flow": _FLOW,
    "node_name": "VARCHAR",
    "time": "VARCHAR",
    "lost_events": "STRUCT(num_events_lost VARCHAR)",
    "node_status": "VARCHAR",
    "agent_event": "VARCHAR",
    "debug_event": "VARCHAR",
}


def line_columns(lines: ir.Table) -> ir.Table:
    """Return the columns that the lines tell by themselves, and as text what is decoded later.

    Parameters
    ----------
    lines : Table
        With columns as in `COLUMNS`; a line that could not be read is a row of nulls.

    Returns
    -------
    Table
        One row a line: columns of the schema; ``skipped`` (why it is not a flow), ``counted`` (how often that
        counts), ``broken`` (what is wrong with it), ``is_unread``, ``is_layer7``, ``is_dns_answer``; and what
        `texts` and `answers` decode.
    """
    flow = lines.flow
    time = ibis.coalesce(flow["time"], lines["time"])
    moment = _moment(time)
    ports = {
        f"{end}_port": ibis.coalesce(*(flow.l4[name][f"{end}_port"] for name in ("TCP", "UDP", "SCTP"))) for end in ENDS
    }
    # A mask of fields may leave out any of them, the time too.
    ends = [(flow["IP"][end], flow[end].pod_name, flow[end].identity.cast("string")) for end in ENDS]
    names_no_end = ibis.and_(*(part.isnull() for end in ends for part in end))
    numbers = {name: text.try_cast("uint16") for name, text in ports.items()}
    is_reply = ibis.coalesce(flow.is_reply, (flow.reply).nullif(ibis.literal(value=False)))
    broken = ibis.cases(
        (flow.isnull(), ibis.null("string")),
        (names_no_end, ibis.literal("it names no end of a flow")),
        (time.notnull() & moment.isnull(), ibis.literal("time cannot be ") + time),
        *(
            (text.notnull() & numbers[name].isnull(), ibis.literal(f"{name} cannot be ") + text)
            for name, text in ports.items()
        ),
        else_=ibis.null("string"),
    )
    lost = lines.lost_events.num_events_lost.try_cast("int64")
    known = [lines[name].notnull() for name in EVENTS]
    node = ibis.coalesce(flow.node_name, lines.node_name).nullif("")
    return lines.select(
        file=lines.file,
        line=lines.line,
        skipped=_skipped(lines, is_reply),
        is_layer7=_is_layer7(flow),
        is_dns_answer=_is_dns_answer(flow, is_reply),
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
        dns=flow.l7.dns,
    )


def _moment(text: ir.Value) -> ir.Value:
    """Return a time in UTC, written as RFC 3339; null for anything else (flow-rules N17)."""
    local = ibis.cases(
        (text.like("____-__-__T__:__:__%") & ~text.startswith("0000"), text.try_cast("timestamp")),
        else_=ibis.null("timestamp"),
    )
    # DuckDB reads an offset with a colon, and passes over one without; it is taken off by itself.
    offset = text.re_extract(r"[+-]\d\d(?::?\d\d)?$", 0).replace(":", "")
    minutes = offset.substr(1, 2).try_cast("int64") * 60 + offset.substr(3, 2).try_cast("int64").fill_null(0)
    signed = ibis.cases((offset.startswith("-"), -minutes), else_=minutes)
    moment = ibis.cases((text.endswith("Z") | (offset == ""), local), else_=local - signed.as_interval("m"))
    is_of_a_year = moment.between(ibis.literal(_FIRST), ibis.literal(_LAST))
    return is_of_a_year.ifelse(moment, ibis.null("timestamp"))


def _skipped(lines: ir.Table, is_reply: ir.Value) -> ir.Value:
    """Say why a line is not a flow; null if it is one.

    What the proxy saw, and what was seen on its way between nodes, is the same connection again.
    """
    flow = lines.flow
    kind, point = flow.event_type["type"], flow.trace_observation_point
    is_between = point.isin(["TO_OVERLAY", "TO_NETWORK"]) | point.startswith("FROM_")
    return ibis.cases(
        *((lines[name].notnull(), reason) for name, reason in EVENTS.items()),
        (kind == _AGENT, "agent events"),
        ((flow["Type"] == "SOCK") | (kind == _SOCKET), "translations at sockets"),
        (_is_dns_answer(flow, is_reply), DNS_ANSWERS),
        # What was denied there, passed as a connection.
        (_is_layer7(flow) & (flow.verdict != "DROPPED"), LAYER7),
        (point == "TO_PROXY", "packets to the proxy"),
        (is_between & flow.traffic_direction.isnull() & is_reply.isnull(), "packets between nodes"),
        else_=ibis.null("string"),
    )


def _is_layer7(flow: ir.Value) -> ir.BooleanValue:
    """Tell whether a proxy saw it, which looks into connections."""
    return ((flow["Type"] == "L7") | (flow.event_type["type"] == _LAYER7)).fill_null(ibis.literal(value=False))


def _is_dns_answer(flow: ir.Value, is_reply: ir.Value) -> ir.BooleanValue:
    answers = (flow.l7["type"] == "RESPONSE") | is_reply.fill_null(ibis.literal(value=False))
    return _is_layer7(flow) & flow.l7.dns.notnull() & answers.fill_null(ibis.literal(value=False))


def _packet(flow: ir.Value) -> dict[str, ir.Value]:
    l4 = flow.l4
    tcp = l4.TCP
    syn, ack = (tcp.flags[flag].fill_null(ibis.literal(value=False)) for flag in ("SYN", "ACK"))
    has_flags = tcp.flags.notnull()
    is_again = (flow.verdict == "REDIRECTED").fill_null(ibis.literal(value=False))
    # Zero is left out in the lines, and is the type of an echo reply.
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
            ((flow.verdict == "DROPPED") & (by_policy | _is_layer7(flow)), "denied"),
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
    texts = [flow[name] for name, _, _ in POLICY_LISTS]
    text = ibis.literal("[")
    for position, part in enumerate(texts):
        text = text + (", " if position else "") + part.fill_null("[]")
    return ibis.cases((ibis.coalesce(*texts).notnull(), text + "]"), else_=ibis.null("string"))
