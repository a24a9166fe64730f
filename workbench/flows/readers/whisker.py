"""Whisker: the flows of open-source Calico, as its API answers: pages of JSON, or a stream of events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from workbench.flows.normalize import transport_of
from workbench.flows.readers.calico import NETWORKS, REPORTERS, VERDICTS, counter, counters, known, labels_in, workload
from workbench.flows.readers.registry import Observation, register_flow_format
from workbench.flows.times import from_either, from_seconds

if TYPE_CHECKING:
    from workbench.flows.log import ImportLog

__all__ = ["whisker"]

_KINDS: Final = {"WorkloadEndpoint": "pod", "HostEndpoint": "node", "NetworkSet": "network_set", "Network": "unknown"}
_NETWORKS: Final = {**NETWORKS, "PUBLIC NETWORK": NETWORKS["pub"], "PRIVATE NETWORK": NETWORKS["pvt"]}
_SIDES: Final = (("source", "source"), ("dest", "destination"))


def _is_flow(item: Any) -> bool:  # noqa: ANN401  (JSON)
    return {"source_name", "dest_name", "reporter", "action", "start_time"} <= item.keys() and "proto" not in item


@register_flow_format(
    "whisker",
    title="Calico Whisker",
    records="json-lines",
    detects=_is_flow,
    blind_spots=(
        "It gives no addresses: external ends have names alone.",
        "What staged policies would do decides nothing, and is left out.",
    ),
)
def whisker(item: Any, log: ImportLog) -> Iterator[Observation]:  # noqa: ANN401  (JSON)
    """Yield the connection that an item of a page, or of a stream of events, tells of (flow-formats 2)."""
    if not _is_flow(item):
        log.skip("events that are not flows")
        return
    reporter, direction = REPORTERS.get(str(item["reporter"]).lower(), ("unknown", "unknown"))
    yield {
        "time_start": from_either(item["start_time"], from_seconds),
        "time_end": from_either(item.get("end_time"), from_seconds),
        **{f"{end}_{name}": value for side, end in _SIDES for name, value in _end(item, side).items()},
        "destination_port": item.get("dest_port") or None,
        "destination_k8s_service_name": known(item.get("dest_service_name")),
        "service_port": item.get("dest_service_port") or None,
        "network_transport": transport_of(item.get("protocol")),
        "network_io_direction": direction,
        "reporter": reporter,
        "verdict": VERDICTS.get(str(item["action"]).lower(), "unknown"),
        "policies": _policies(item.get("policies"), direction),
        "connections": counter(item.get("num_connections_started")),
        **counters(item, reporter),
        "source_is_client": True,
    }


def _end(item: Mapping[str, Any], side: str) -> Observation:
    """Return an end; what it is was left out by the API, and shows in its name and namespace."""
    name, namespace = known(item.get(f"{side}_name")) or "", known(item.get(f"{side}_namespace"))
    labels = labels_in(item.get(f"{side}_labels"))
    if name in _NETWORKS:
        return {
            "kind": "external" if _NETWORKS[name] == NETWORKS["pub"] else "unknown",
            "network_label": _NETWORKS[name],
        }
    given = _KINDS.get(str(item.get(f"{side}_type")))
    found: Observation = {"k8s_namespace_name": namespace, "k8s_pod_labels": labels or None}
    if given == "node":
        return {**found, "kind": given, "k8s_node_name": name or None}
    if given == "network_set" or namespace is None:
        return {**found, "kind": given or "unknown", "network_label": name or None}
    owner = workload(name, labels)
    return {**found, **owner, "kind": "workload"} if owner else {**found, "kind": "pod", "k8s_pod_name": name or None}


def _policies(listed: Mapping[str, Any] | None, direction: str) -> list[dict[str, str | None]] | None:
    """Return the policies that were enforced; at the end of a tier it is the one that brought it there."""
    found = []
    for hit in (listed or {}).get("enforced") or ():
        policy = hit.get("trigger") or hit
        if policy.get("kind") in {"Profile", "EndOfTier"}:
            continue
        found.append(
            {
                "kind": policy.get("kind"),
                "namespace": policy.get("namespace") or None,
                "name": policy.get("name"),
                "rule": str(hit["rule_index"]) if "rule_index" in hit else None,
                "action": str(hit.get("action")).lower(),
                "direction": direction,
            }
        )
    return found or None
