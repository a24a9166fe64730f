"""Kiali: the service graph that Istio's proxies reported, as JSON (flows.md B8).

One observation for each edge and port. The port is the one that the client called, which only the hosts of
the responses name: where a Service translates it, the workload's own is another.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from workbench.flows.readers.registry import Observation, flow_format
from workbench.flows.spellings import domains_of
from workbench.flows.times import from_either, from_seconds

if TYPE_CHECKING:
    from workbench.flows.log import ImportLog

__all__ = ["kiali"]

_UNKNOWN: Final = "unknown"


def _is_graph(document: Any) -> bool:  # noqa: ANN401  (JSON)
    return "graphType" in document and "edges" in document["elements"]


@flow_format("kiali", title="Kiali graph", records="json-document", detects=_is_graph)
def kiali(document: Any, log: ImportLog) -> Iterator[Observation]:  # noqa: ANN401  (JSON)
    """Yield the edges of a graph; they were seen in the span of time that the graph is of."""
    elements = document["elements"]
    nodes = {node["data"]["id"]: node["data"] for node in elements.get("nodes") or ()}
    end = from_either(document["timestamp"], from_seconds)
    shared: Observation = {
        "time_start": end - int(document.get("duration") or 0) * 1_000_000,
        "time_end": end,
        # Istio carries nothing but TCP.
        "network_transport": "tcp",
        "verdict": "observed",
        "source_is_client": True,
    }
    for edge in elements["edges"] or ():
        try:
            yield from _edge(edge["data"], nodes, shared)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            log.broken_record(None, f"an edge cannot be read: {error!r:.200}")


def _edge(edge: Mapping[str, Any], nodes: Mapping[str, Any], shared: Observation) -> Iterator[Observation]:
    source, destination = nodes[edge["source"]], nodes[edge["target"]]
    clusters = (_known(node.get("cluster")) for node in (source, destination))
    for port in _ports(edge.get("traffic") or {}):
        yield {
            **shared,
            **_end("source", source),
            **_end("destination", destination),
            "cluster": next((cluster for cluster in clusters if cluster), None),
            "destination_port": port,
            "service_port": port,
        }


def _ports(traffic: Mapping[str, Any]) -> list[int | None]:
    """Return the ports that the hosts of an edge's responses name; None where no host has one."""
    found = set()
    for response in (traffic.get("responses") or {}).values():
        for host in response.get("hosts") or ():
            _, colon, port = str(host).rpartition(":")
            if colon and port.isdecimal():
                found.add(int(port))
    return [*sorted(found)] or [None]


def _known(name: Any) -> str | None:  # noqa: ANN401  (JSON)
    return None if name in {None, "", _UNKNOWN} else str(name)


def _end(end: str, node: Mapping[str, Any]) -> Observation:
    return {f"{end}_{name}": value for name, value in _node(node).items()}


def _node(node: Mapping[str, Any]) -> Observation:
    """Return what is known of a node, by columns without the end's name; Kiali does not tell owners' kinds."""
    namespace, workload = _known(node.get("namespace")), _known(node.get("workload"))
    service, app = _known(node.get("service")), _known(node.get("app"))
    if workload:
        return {"kind": "workload", "k8s_namespace_name": namespace, "k8s_owner_name": workload}
    entry = node.get("isServiceEntry")
    if entry:
        hosts = domains_of(entry.get("hosts") or [service]) if isinstance(entry, Mapping) else domains_of([service])
        return {"kind": "external", "domain": hosts, "network_label": service}
    if service and namespace:
        return {"kind": "service", "k8s_namespace_name": namespace, "k8s_service_name": service}
    if service:
        return {"kind": "unknown", "network_label": service}  # such as PassthroughCluster
    if app:  # a graph of apps leaves workloads out; `app` is the label by which they are told apart
        return {"kind": "unknown", "k8s_namespace_name": namespace, "k8s_pod_labels": {"app": app}}
    return {"kind": "unknown", "k8s_namespace_name": namespace}
