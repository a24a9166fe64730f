"""Kiali: the service graph that Istio's proxies reported, as JSON (flow-formats 10).

One observation for each edge and port. The port is the one that the client called, which only the hosts of
the responses name: where a Service translates it, the workload's own is another. A Service that stands between a
client and workloads calls no workload: the workloads that its edges lead to served its clients.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from workbench.flows.normalize import domains_of
from workbench.flows.readers.registry import Observation, register_flow_format
from workbench.flows.times import from_either, from_seconds

if TYPE_CHECKING:
    from workbench.flows.log import ImportLog

__all__ = ["kiali"]

_UNKNOWN: Final = "unknown"
_AGGREGATE: Final = "aggregate"
"""A node by which Kiali gathers requests of one kind on their way."""


def _is_graph(document: Any) -> bool:  # noqa: ANN401  (JSON)
    return "graphType" in document and "edges" in document["elements"]


@register_flow_format(
    "kiali",
    title="Kiali graph",
    records="json-document",
    detects=_is_graph,
    blind_spots=(
        "It sees what Istio's proxies report: pods without a proxy, and what is not meshed, are missing.",
        "Kinds of owners are not recorded.",
    ),
)
def kiali(document: Any, log: ImportLog) -> Iterator[Observation]:  # noqa: ANN401  (JSON)
    """Yield the edges of a graph; they were seen in the span of time that the graph is of."""
    elements = document["elements"]
    nodes = {node["data"]["id"]: node["data"] for node in elements.get("nodes") or ()}
    end = from_either(document.get("timestamp"), from_seconds)
    shared: Observation = {
        "time_start": None if end is None else end - int(document.get("duration") or 0) * 1_000_000,
        "time_end": end,
        # Istio carries nothing but TCP.
        "network_transport": "tcp",
        "verdict": "observed",
        "source_is_client": True,
    }
    graph = _Graph.of(nodes, [edge["data"] for edge in elements["edges"] or ()])
    for edge in graph.edges:
        try:
            yield from _edge(edge, graph, shared)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            log.broken_record(None, f"an edge cannot be read: {error!r:.200}")


class _Graph(NamedTuple):
    """The nodes by their ids, the edges, and what stands between clients and servers.

    Attributes
    ----------
    onward : mapping of str to list
        The edges out of each node that no request ends at, such as a Service.
    called : frozenset of str
        The nodes that edges lead to.
    """

    nodes: Mapping[str, Any]
    edges: Sequence[Mapping[str, Any]]
    onward: Mapping[str, list[Mapping[str, Any]]]
    called: frozenset[str]

    @classmethod
    def of(cls, nodes: Mapping[str, Any], edges: Sequence[Mapping[str, Any]]) -> _Graph:
        """Return the graph of these."""
        onward: dict[str, list[Mapping[str, Any]]] = {name: [] for name, node in nodes.items() if _is_between(node)}
        for edge in edges:
            if edge.get("source") in onward and edge.get("target") in nodes:
                onward[edge["source"]].append(edge)
        return cls(nodes, edges, onward, frozenset(str(edge.get("target")) for edge in edges))

    def servers(self, target: str, before: tuple[str, ...] = ()) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
        """Yield where requests to a node end, each with the last edge to it where another node stands between."""
        further = [edge for edge in self.onward.get(target, ()) if edge["target"] not in (*before, target)]
        if not further:
            yield target, None
        for edge in further:
            yield from ((end, last or edge) for end, last in self.servers(edge["target"], (*before, target)))


def _is_between(node: Mapping[str, Any]) -> bool:
    return not _known(node.get("workload")) and bool(_known(node.get("service")) or node.get("nodeType") == _AGGREGATE)


def _edge(edge: Mapping[str, Any], graph: _Graph, shared: Observation) -> Iterator[Observation]:
    source, target = edge["source"], edge["target"]
    client, called = graph.nodes[source], graph.nodes[target]
    if source in graph.onward:
        if source in graph.called:
            return  # its clients' edges lead on from here
        client = {"cluster": client.get("cluster")}
    service = _known(called.get("service")) if target in graph.onward else None
    for end, last in graph.servers(target):
        server = graph.nodes[end]
        clusters = (_known(node.get("cluster")) for node in (client, server))
        ports = _ports(edge.get("traffic") or {})
        if ports == [None] and last is not None:
            ports = _ports(last.get("traffic") or {})
        cluster = next((cluster for cluster in clusters if cluster), None)
        for port in ports:
            row: Observation = {
                **shared,
                **_end("source", client),
                **_end("destination", server),
                "cluster": cluster,
                "destination_port": port,
                "service_port": port,
            }
            if service and last is not None:
                row["destination_k8s_service_name"] = service
            yield row


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
    if app:  # a graph of apps leaves workloads out; `app` is the label that distinguishes them
        return {"kind": "unknown", "k8s_namespace_name": namespace, "k8s_pod_labels": {"app": app}}
    return {"kind": "unknown", "k8s_namespace_name": namespace}
