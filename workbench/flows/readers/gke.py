"""GKE's network policy logging: one line for every connection that a policy allowed, or for some that it denied."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from workbench.flows.normalize import transport_of
from workbench.flows.readers.registry import Observation, register_flow_format
from workbench.flows.times import from_either, from_seconds

if TYPE_CHECKING:
    from workbench.flows.log import ImportLog

__all__ = ["gke"]

_VERDICTS: Final = {"allow": "allowed", "deny": "denied"}
_REPORTERS: Final = {"ingress": "destination", "egress": "source"}


def _payload(entry: Any) -> Mapping[str, Any]:  # noqa: ANN401  (JSON)
    """Return what was logged, of an entry of Cloud Logging or of a line of a node's file."""
    payload: Mapping[str, Any] = entry.get("jsonPayload", entry)
    return payload


def _is_entry(entry: Any) -> bool:  # noqa: ANN401  (JSON)
    payload = _payload(entry)
    return "disposition" in payload and "src_ip" in payload["connection"]


@register_flow_format(
    "gke",
    title="GKE network policy logging",
    records="json-lines",
    detects=_is_entry,
    blind_spots=(
        "Denied connections are summed up, and not all of them are logged.",
        "Which policies denied is not recorded.",
    ),
)
def gke(entry: Any, log: ImportLog) -> Iterator[Observation]:  # noqa: ANN401  (JSON)
    """Yield the connections that a line tells of (flow-formats 6)."""
    if not isinstance(entry, dict) or "connection" not in _payload(entry):
        log.skip("other log entries")
        return
    payload = _payload(entry)
    connection = payload["connection"]
    direction = connection.get("direction", "unknown").lower()
    reporter = _REPORTERS.get(direction, "unknown")
    labels = entry.get("resource", {}).get("labels", {})
    written = payload.get("timestamp") or entry.get("timestamp")
    row: Observation = {
        "time_start": from_either(written, from_seconds),
        "network_transport": transport_of(connection.get("protocol")),
        "network_io_direction": direction if direction in _REPORTERS else "unknown",
        "reporter": reporter,
        "verdict": _VERDICTS.get(str(payload["disposition"]).lower(), "unknown"),
        "policies": _policies(payload, direction),
        "connections": int(payload.get("count", 1)),
        "cluster": labels.get("cluster_name"),
        "source_is_client": True,
        **_end("source", connection, "src", payload.get("src")),
        **_end("destination", connection, "dest", payload.get("dest")),
    }
    if (node := payload.get("node_name") or labels.get("node_name")) and reporter != "unknown":
        row.setdefault(f"{reporter}_k8s_node_name", node)
    yield row


def _end(end: str, connection: Mapping[str, Any], side: str, workload: Mapping[str, Any] | None) -> Observation:
    found = workload or {}
    where = {
        f"{end}_address": connection.get(f"{side}_ip") or found.get("instance"),
        f"{end}_port": connection.get(f"{side}_port"),
    }
    if str(found.get("workload_kind")).lower() == "node" or ("node_name" in found and "pod_name" not in found):
        name = found.get("node_name") or found.get("workload_name")
        return {**where, f"{end}_kind": "node", f"{end}_k8s_node_name": name or None}
    return {
        **where,
        f"{end}_k8s_namespace_name": found.get("pod_namespace") or found.get("namespace"),
        f"{end}_k8s_pod_name": found.get("pod_name"),
        f"{end}_k8s_owner_kind": found.get("workload_kind"),
        f"{end}_k8s_owner_name": found.get("workload_name"),
    }


def _policies(payload: Mapping[str, Any], direction: str) -> list[dict[str, str | None]] | None:
    """Return the policies that decided; of a denied connection they are not known."""
    return [
        {
            "kind": policy.get("kind"),
            "namespace": policy.get("namespace") or None,
            "name": policy.get("name"),
            "action": payload["disposition"],
            "direction": direction,
        }
        for policy in payload.get("policies") or ()
    ] or None
