"""Inspektor Gadget: what pods connected to and accepted (``trace_tcp``), and asked DNS servers (``trace_dns``).

See flows.md B3. ``src`` is always the local socket: for what a pod accepted, the server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from workbench.flows.readers.registry import Observation, flow_format
from workbench.flows.rules.names import Answer
from workbench.flows.spellings import labels_of, transport_of
from workbench.flows.times import from_rfc3339

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
DNS_PORT: Final = 53


def _events(record: Any) -> list[Any]:  # noqa: ANN401  (JSON)
    """Return the events of a record: older versions print arrays of them."""
    return record if isinstance(record, list) else [record]


def _is_tcp(record: Any) -> bool:  # noqa: ANN401  (likewise)
    event = _events(record)[0]
    return event["type"] in {"connect", "accept", "close"} and "addr" in event["src"] and "addr" in event["dst"]


def _is_dns(record: Any) -> bool:  # noqa: ANN401  (likewise)
    event = _events(record)[0]
    return event["qr"] in {"Q", "R"} and "qtype" in event and "name" in event


@flow_format(
    "inspektor-gadget-document", title="Inspektor Gadget trace_tcp (array)", records="json-document", detects=_is_tcp
)
@flow_format("inspektor-gadget", title="Inspektor Gadget trace_tcp", records="json-lines", detects=_is_tcp)
def inspektor_gadget(record: Any, log: ImportLog) -> Iterator[Observation]:  # noqa: ANN401  (JSON)
    """Yield what a pod connected to, or accepted; a failed attempt has the verdict ``error``."""
    yield from _each(record, _tcp, log)


@flow_format(
    "inspektor-gadget-dns-document",
    title="Inspektor Gadget trace_dns (array)",
    records="json-document",
    detects=_is_dns,
)
@flow_format("inspektor-gadget-dns", title="Inspektor Gadget trace_dns", records="json-lines", detects=_is_dns)
def inspektor_gadget_dns(record: Any, log: ImportLog) -> Iterator[Observation | Answer]:  # noqa: ANN401  (JSON)
    """Yield the flows to DNS servers and back, and which addresses a name was answered to have."""
    yield from _each(record, _dns, log)


def _each(
    record: Any,  # noqa: ANN401  (JSON)
    reads: Callable[[Mapping[str, Any], ImportLog], Iterator[Any]],
    log: ImportLog,
) -> Iterator[Any]:
    events = _events(record)
    for event in events:
        try:
            yield from reads(event, log)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            if len(events) == 1:
                raise
            log.broken_record(None, f"an event of an array cannot be read: {error!r:.200}")


def _tcp(event: Mapping[str, Any], log: ImportLog) -> Iterator[Observation]:
    kind = event["type"]
    if kind not in _DIRECTIONS:
        log.skip("ends of connections" if kind == "close" else "other events")
        return
    pod = event.get("k8s") or {}
    if pod.get("hostnetwork"):
        log.skip("sockets of host-network pods")
        return
    direction, is_client = _DIRECTIONS[kind]
    error = event.get("error")
    yield {
        "time_start": from_rfc3339(event["timestamp"]),
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


def _dns(event: Mapping[str, Any], log: ImportLog) -> Iterator[Observation | Answer]:
    pod = event.get("k8s") or {}
    if pod.get("hostnetwork"):
        log.skip("DNS of host-network pods")
        return
    time = from_rfc3339(event["timestamp"])
    is_answer = {"Q": False, "R": True}[event["qr"]]
    if event.get("src") and event.get("dst"):
        yield _packet(event, pod, time, is_reply=is_answer)
    else:
        yield _asked(event, pod, time)
    if is_answer and str(event.get("rcode", "")).lower() in _NO_ERROR:
        yield from _answers(event, pod, time)


def _packet(event: Mapping[str, Any], pod: Mapping[str, Any], time: int, *, is_reply: bool) -> Observation:
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


def _asked(event: Mapping[str, Any], pod: Mapping[str, Any], time: int) -> Observation:
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


def _answers(event: Mapping[str, Any], pod: Mapping[str, Any], time: int) -> Iterator[Answer]:
    asked_by = event.get("dst") or {}
    client = asked_by.get("k8s") or {}
    if not client.get("name") and str(event.get("pkt_type", "HOST")).upper() == "HOST":
        client = {"name": pod.get("podName"), "namespace": pod.get("namespace")}
    is_own = (client.get("namespace"), client.get("name")) == (pod.get("namespace"), pod.get("podName"))
    owner = (pod.get("owner") or {}) if is_own else {}
    for text in str(event.get("addresses") or "").split(","):
        yield Answer(
            time,
            event["name"],
            text.strip(),
            asked_by.get("addr") or None,
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
