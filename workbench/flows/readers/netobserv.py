"""NetObserv: the packets of one direction of a connection, as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from workbench.flows.normalize import is_true, transport_of
from workbench.flows.readers.registry import Observation, register_flow_format
from workbench.flows.schema import REPEATS
from workbench.flows.times import from_either, from_milliseconds, from_seconds

if TYPE_CHECKING:
    from workbench.flows.log import ImportLog

__all__ = ["netobserv"]

_REPORTERS: Final = {"0": "destination", "1": "source", "2": "both"}
"""By the direction as the node saw it: into it, out of it, within it."""
_SYN, _ACK, _SYN_ACK = 2, 16, 256
_FLAGS: Final = {"SYN": _SYN, "ACK": _ACK, "SYN_ACK": _SYN_ACK}
_WITH_PORTS: Final = ("tcp", "udp", "sctp")
_ICMP: Final = ("icmp", "icmpv6")
_DENIES: Final = ("drop", "deny", "reject")
_MARKS: Final = ("TimeFlowStartMs", "TimeFlowStart", "Proto")


def _is_flow(record: Any) -> bool:  # noqa: ANN401  (JSON)
    return all(any(name in record for name in _names(side)) for side in _SIDES) and any(
        name in record for name in _MARKS
    )


@register_flow_format(
    "netobserv",
    title="NetObserv",
    records="json-lines",
    detects=_is_flow,
    blind_spots=(
        "It may sample: a flow that is missing proves nothing.",
        "No field says who the client is; flags of TCP, Services and ports tell it.",
    ),
)
def netobserv(flow: Any, log: ImportLog) -> Iterator[Observation]:  # noqa: ANN401  (JSON)
    """Yield the packets that a record tells of (flow-formats 3).

    A reply is a record of its own, and nothing flags it but the flags of TCP. A record names the node that
    saw it, which is not a side of a policy.
    """
    if not isinstance(flow, Mapping) or not any(flow.get(name) for side in _SIDES for name in _names(side)):
        log.skip("records without addresses")
        return
    transport = transport_of(flow.get("Proto"))
    row: Observation = {
        **_times(flow),
        **_end(flow, _SOURCE),
        **_end(flow, _DESTINATION),
        "network_transport": transport,
        "reporter": _REPORTERS.get(str(flow.get("FlowDirection")), "unknown"),
        **_verdict(flow),
        **_counters(flow),
        "cluster": flow.get("K8S_ClusterName") or None,
        **_client(flow, transport),
        REPEATS: _repeats(flow),
    }
    if transport in _WITH_PORTS:
        row.update(source_port=flow.get("SrcPort"), destination_port=flow.get("DstPort"))
    if row.get("tcp_syn") and not row["tcp_ack"]:
        row.setdefault("connections", 1)  # who saw SYN saw a connection begin
    if transport in _ICMP:
        row.update(icmp_type=flow.get("IcmpType"), icmp_code=flow.get("IcmpCode"))
    row.update(_translated(flow))
    yield row


def _repeats(flow: Mapping[str, Any]) -> str | None:
    """Return what records of this kind are called if it repeats others."""
    if is_true(flow.get("Duplicate")):
        return "duplicates of other interfaces"
    # What a conversation has sent so far is counted again when it ends.
    return "heartbeats of conversations" if flow.get("_RecordType") == "heartbeat" else None


_TIMES: Final = (
    ("TimeFlowStartMs", "TimeFlowEndMs", from_milliseconds),
    ("TimeFlowStart", "TimeFlowEnd", from_seconds),
    ("TimeReceived", "", from_seconds),
)
"""Where times are, the best first; conversations are written in seconds, as the pipeline is set up."""


def _times(flow: Mapping[str, Any]) -> Observation:
    for start, end, reads in _TIMES:
        if (time := from_either(flow.get(start), reads)) is not None:
            return {"time_start": time, "time_end": from_either(flow.get(end), reads)}
    return {}


class _Side(NamedTuple):
    """What the fields of one end are called, and whose columns they fill."""

    end: str
    address: str
    name: str
    kind: str
    namespace: str
    owner: str
    owner_kind: str
    node: str
    label: str


def _side(end: str, prefix: str) -> _Side:
    pod = f"{prefix}K8S_"
    return _Side(
        end=end,
        address=f"{prefix}Addr",
        name=f"{pod}Name",
        kind=f"{pod}Type",
        namespace=f"{pod}Namespace",
        owner=f"{pod}OwnerName",
        owner_kind=f"{pod}OwnerType",
        node=f"{pod}HostName",
        label=f"{prefix}SubnetLabel",
    )


_SOURCE: Final = _side("source", "Src")
_DESTINATION: Final = _side("destination", "Dst")
_SIDES: Final = (_SOURCE, _DESTINATION)


def _names(side: _Side) -> tuple[str, str, str]:
    """Return the fields of which one is enough to know an end."""
    return side.address, side.name, side.owner


def _end(flow: Mapping[str, Any], side: _Side) -> Observation:
    """Return an end as the pipeline enriched it: a pod, a Service, a node, or an address alone."""
    get, end = flow.get, side.end
    name, owner = get(side.name) or None, get(side.owner) or None
    # A bare pod, a Service and a node are their own owners.
    kind = str(get(side.kind) or get(side.owner_kind) or "").lower()
    found: Observation = {
        f"{end}_address": get(side.address) or None,
        f"{end}_k8s_namespace_name": get(side.namespace) or None,
        f"{end}_k8s_node_name": get(side.node) or None,
        f"{end}_network_label": get(side.label) or None,
    }
    match kind:
        case "pod":
            owner_kind = get(side.owner_kind)
            found[f"{end}_kind"], found[f"{end}_k8s_pod_name"] = "pod", name
            if owner and owner_kind != "Pod":
                found[f"{end}_k8s_owner_kind"], found[f"{end}_k8s_owner_name"] = owner_kind, owner
        case "service":
            found[f"{end}_kind"], found[f"{end}_k8s_service_name"] = "service", name or owner
        case "node":
            found[f"{end}_kind"] = "node"
            found[f"{end}_k8s_node_name"] = name or owner or found[f"{end}_k8s_node_name"]
        case _ if owner or name:
            # What it is was left out: who it is stays.
            found[f"{end}_k8s_owner_kind"], found[f"{end}_k8s_owner_name"] = get(side.owner_kind) or None, owner or name
            if owner and name != owner:
                found[f"{end}_k8s_pod_name"] = name  # nothing but pods have owners of other names
    return found


def _client(flow: Mapping[str, Any], transport: str) -> Observation:
    """Say what is known of the client: SYN alone comes from it, SYN with ACK does not.

    Flags are gathered over many packets: SYN beside ACK may be either end's.
    """
    if flow.get("_RecordType") in {"newConnection", "heartbeat", "endConnection"}:
        return {"source_is_client": True}
    flags = flow.get("Flags")
    if transport != "tcp" or flags is None:
        return {}
    bits = sum(_FLAGS.get(str(flag).upper(), 0) for flag in flags) if isinstance(flags, list) else int(flags)
    match bool(bits & _SYN), bool(bits & _ACK), bool(bits & _SYN_ACK):
        case True, False, False:
            return {"tcp_syn": True, "tcp_ack": False, "connections": 1}
        case False, _, True:
            return {"tcp_syn": True, "tcp_ack": True}
    return {}


def _counters(flow: Mapping[str, Any]) -> Observation:
    """Return the counters; a conversation has those of both ways when it ends."""
    match flow.get("_RecordType"):
        case "newConnection":
            return {"connections": 1}
        case "heartbeat":
            return {"connections": 0}
        case "endConnection":
            return {
                "connections": 0,
                "packets": flow.get("Packets_AB"),
                "bytes": flow.get("Bytes_AB"),
                "reply_packets": flow.get("Packets_BA"),
                "reply_bytes": flow.get("Bytes_BA"),
            }
    return {"packets": flow.get("Packets"), "bytes": flow.get("Bytes")}


def _translated(flow: Mapping[str, Any]) -> Observation:
    """Return where the packets went after the Service's address was translated (flow-rules N9)."""
    row: Observation = {}
    to, port = flow.get("XlatDstAddr"), flow.get("XlatDstPort")
    if to and to != flow.get("DstAddr"):
        row.update(service_address=flow.get("DstAddr"), service_port=flow.get("DstPort"), destination_address=to)
        row.update(destination_port=port or flow.get("DstPort"))
        if str(flow.get("DstK8S_Type")).lower() == "service":
            row["destination_kind"] = "unknown"
    hidden = flow.get("XlatSrcAddr")
    if hidden and hidden != flow.get("SrcAddr"):
        row["nat_source_address"] = hidden
    return row


def _verdict(flow: Mapping[str, Any]) -> Observation:
    """Return what became of the packets, where a policy's events or the kernel's drops were recorded."""
    if not flow.get("NetworkEvents") and not flow.get("PktDropPackets"):
        return {"verdict": "observed"}
    policies = [
        {
            "kind": event.get("Type"),
            "namespace": event.get("Namespace") or None,
            "name": event.get("Name"),
            "action": event["Action"],
            "direction": str(event.get("Direction") or "").lower() or None,
        }
        for event in flow.get("NetworkEvents") or ()
        if isinstance(event, dict) and event.get("Action")
    ]
    actions = [str(policy["action"]).lower() for policy in policies]
    dropped, sent = int(flow.get("PktDropPackets") or 0), int(flow.get("Packets") or 0)
    if any(action.startswith(_DENIES) for action in actions):
        verdict = "denied"
    elif dropped and dropped >= sent:
        verdict = "dropped"
    else:
        verdict = "allowed" if any(action.startswith("allow") for action in actions) else "observed"
    reason = flow.get("PktDropLatestDropCause") if verdict == "dropped" else None
    return {"verdict": verdict, "verdict_reason": reason, "policies": policies or None}
