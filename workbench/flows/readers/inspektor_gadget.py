"""Inspektor Gadget: what pods connected to and accepted (``trace_tcp``), and asked DNS servers (``trace_dns``).

See flow-formats 9. ``src`` is always the local socket: for what a pod accepted, the server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from workbench.flows.normalize import is_true, labels_of, transport_of
from workbench.flows.readers.registry import Observation, register_flow_format
from workbench.flows.rules.names import DnsAnswer
from workbench.flows.times import from_either, from_nanoseconds

if TYPE_CHECKING:
    from workbench.flows.log import ImportLog

__all__ = ["inspektor_gadget", "inspektor_gadget_dns"]

_KINDS: Final = {"pod": "pod", "svc": "service"}
_DIRECTIONS: Final = {"connect": ("egress", True), "accept": ("ingress", False)}
"""Whose policy side saw it, and whether the local socket is the client's."""
_DNS_SIDES: Final = {
    ("Q", "OUTGOING"): ("egress", "source"),
    ("Q", "HOST"): ("ingress", "destination"),
    ("R", "HOST"): ("egress", "destination"),
    ("R", "OUTGOING"): ("ingress", "source"),
}
"""Of a packet seen at a pod: whose policy side it is of, and which end of the packet the pod is."""
_NO_ERROR: Final = frozenset({"success", "noerror", "0"})
_MESSAGE: Final = "normal"
"""What old versions call every event that is one."""
DNS_PORT: Final = 53


def _is_tcp(event: Any) -> bool:  # noqa: ANN401  (JSON)
    found = _current(event)
    return found["type"] in {"connect", "accept", "close"} and "addr" in found["src"] and "addr" in found["dst"]


def _is_dns(event: Any) -> bool:  # noqa: ANN401  (likewise)
    return event["qr"] in {"Q", "R"} and "qtype" in event and "name" in event


def _current(event: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an event in the shape of today; that of ``kubectl gadget trace`` before v0.31 is put into it.

    There ``type`` is that of the message, ``operation`` that of the event, and pods and addresses stand at the top.
    """
    if event.get("type") != _MESSAGE:
        return event
    pod = event.get("k8s") or {
        "namespace": event.get("namespace"),
        "podName": event.get("pod"),
        "node": event.get("node"),
        "hostnetwork": event.get("hostNetwork") or event.get("hostnetwork"),
    }
    found = {**event, "type": event.get("operation") or "connect", "k8s": pod}
    for end, letter in (("src", "s"), ("dst", "d")):
        if f"{letter}addr" in event:
            found[end] = {"addr": event[f"{letter}addr"], "port": event.get(f"{letter}port")}
        elif isinstance(socket := event.get(end), Mapping) and "k8s" not in socket:
            peer = {"kind": socket.get("kind"), "namespace": socket.get("namespace")}
            found[end] = {**socket, "k8s": {**peer, "name": socket.get("podname") or socket.get("name")}}
    if isinstance(event.get("nameserver"), str):
        found["nameserver"] = {"addr": event["nameserver"]}
    if "pktType" in event:
        found["pkt_type"] = event["pktType"]
    return found


@register_flow_format(
    "inspektor-gadget",
    title="Inspektor Gadget trace_tcp",
    records="json-lines",
    detects=_is_tcp,
    blind_spots=("It sees TCP alone.",),
)
def inspektor_gadget(written: Any, log: ImportLog) -> Iterator[Observation]:  # noqa: ANN401  (JSON)
    """Yield what a pod connected to, or accepted; a failed attempt has the verdict ``error``."""
    event = _current(written)
    kind = event["type"]
    if kind not in _DIRECTIONS:
        log.skip("ends of connections" if kind == "close" else "other events")
        return
    pod = event.get("k8s") or {}
    if is_true(pod.get("hostnetwork")):
        log.skip("sockets of host-network pods")
        return
    direction, is_client = _DIRECTIONS[kind]
    error = event.get("error")
    yield {
        "time_start": _time(event),
        **_end("source", event["src"]),
        **_pod("source", pod),
        **_end("destination", event["dst"]),
        "network_transport": transport_of(event["src"].get("proto") or event["dst"].get("proto") or "tcp"),
        "network_io_direction": direction,
        "reporter": "source",
        "verdict": "error" if error else "observed",
        "verdict_reason": str(error) if error else None,
        "connections": 1,
        "source_is_client": is_client,
    }


@register_flow_format(
    "inspektor-gadget-dns",
    title="Inspektor Gadget trace_dns",
    records="json-lines",
    detects=_is_dns,
    blind_spots=("It sees DNS alone: questions and answers.",),
)
def inspektor_gadget_dns(written: Any, log: ImportLog) -> Iterator[Observation | DnsAnswer]:  # noqa: ANN401  (JSON)
    """Yield the flows to DNS servers and back, and which addresses a name was answered to have."""
    event = _current(written)
    pod = event.get("k8s") or {}
    if is_true(pod.get("hostnetwork")):
        log.skip("DNS of host-network pods")
        return
    if "qr" not in event:
        log.skip("other events")
        return
    time = _time(event)
    is_answer = {"Q": False, "R": True}[event["qr"]]
    if event.get("src") and event.get("dst"):
        yield _packet(event, pod, time, is_reply=is_answer)
    else:
        yield _asked(event, pod, time)
    if time is not None and is_answer and str(event.get("rcode", "")).lower() in _NO_ERROR:
        yield from _answers(event, pod, time)


def _time(event: Mapping[str, Any]) -> int | None:
    return from_either(event.get("timestamp"), from_nanoseconds)


def _packet(event: Mapping[str, Any], pod: Mapping[str, Any], time: int | None, *, is_reply: bool) -> Observation:
    source, destination = event["src"], event["dst"]
    direction, reporter = _DNS_SIDES.get((event["qr"], str(event.get("pkt_type")).upper()), ("unknown", "unknown"))
    seen_at = _pod(reporter, pod) if reporter != "unknown" else {}
    return {
        "time_start": time,
        **_end("source", source),
        **_end("destination", destination),
        **seen_at,
        "network_transport": transport_of(source.get("proto") or destination.get("proto") or "udp"),
        "network_io_direction": direction,
        "reporter": reporter,
        "verdict": "observed",
        "is_reply": is_reply,
    }


def _asked(event: Mapping[str, Any], pod: Mapping[str, Any], time: int | None) -> Observation:
    """Return the flow of an event that names the DNS server, but not the ends of the packet."""
    return {
        "time_start": time,
        **_pod("source", pod),
        "destination_address": (event.get("nameserver") or {}).get("addr") or None,
        "destination_port": DNS_PORT,
        "network_transport": "udp",
        "network_io_direction": "egress",
        "reporter": "source",
        "verdict": "observed",
        "source_is_client": True,
    }


def _answers(event: Mapping[str, Any], pod: Mapping[str, Any], time: int) -> Iterator[DnsAnswer]:
    requester = event.get("dst") or {}
    client = requester.get("k8s") or {}
    if not client.get("name") and str(event.get("pkt_type", "HOST")).upper() == "HOST":
        client = {"name": pod.get("podName"), "namespace": pod.get("namespace")}
    is_own = (client.get("namespace"), client.get("name")) == (pod.get("namespace"), pod.get("podName"))
    owner = (pod.get("owner") or {}) if is_own else {}
    addresses = event.get("addresses") or ""
    for text in addresses if isinstance(addresses, list) else str(addresses).split(","):
        yield DnsAnswer(
            time,
            event["name"],
            str(text).strip(),
            requester.get("addr") or None,
            client.get("namespace") or None,
            client.get("name") or None,
            owner.get("kind") or None,
            owner.get("name") or None,
        )


def _end(end: str, socket: Mapping[str, Any]) -> Observation:
    peer = socket.get("k8s") or {}
    kind = _KINDS.get(peer.get("kind", ""), "unknown")
    name = peer.get("name") or None
    return {
        f"{end}_address": socket.get("addr") or None,
        f"{end}_port": socket.get("port"),
        f"{end}_kind": kind,
        f"{end}_k8s_namespace_name": peer.get("namespace") or None,
        f"{end}_k8s_pod_name": name if kind == "pod" else None,
        f"{end}_k8s_service_name": name if kind == "service" else None,
        f"{end}_k8s_pod_labels": labels_of(peer.get("labels") or "") or None if kind == "pod" else None,
    }


def _pod(end: str, pod: Mapping[str, Any]) -> Observation:
    """Return what is known of the pod at which an event was seen; what is not is left out."""
    owner = pod.get("owner") or {}
    known = {
        "k8s_namespace_name": pod.get("namespace"),
        "k8s_pod_name": pod.get("podName"),
        "k8s_pod_labels": labels_of(pod.get("podLabels") or ""),
        "k8s_owner_kind": owner.get("kind"),
        "k8s_owner_name": owner.get("name"),
        "k8s_node_name": pod.get("node"),
        "kind": "pod" if pod.get("podName") else None,
    }
    return {f"{end}_{name}": value for name, value in known.items() if value}
