"""RHACS and StackRox: the network graph of a cluster, as the API gives it (flow-formats 11).

One observation for each edge and port. Masked deployments are kept under the names that mask them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from workbench.flows.normalize import transport_of, whereabouts
from workbench.flows.readers.registry import Observation, register_flow_format
from workbench.flows.times import from_either, from_seconds
from workbench.ground import INTERNAL_ENTITIES, field_of

if TYPE_CHECKING:
    from workbench.flows.log import ImportLog

__all__ = ["rhacs"]

_PROTOCOL: Final = "L4_PROTOCOL_"


def _is_graph(document: Any) -> bool:  # noqa: ANN401  (JSON)
    return "entity" in document["nodes"][0]


@register_flow_format(
    "rhacs",
    title="RHACS network graph",
    records="json-document",
    detects=_is_graph,
    blind_spots=("It has edges with the time when they were last active: no counters, and no earlier times.",),
)
def rhacs(document: Any, log: ImportLog) -> Iterator[Observation]:  # noqa: ANN401  (JSON)
    """Yield the active connections of a network graph; the graph of what policies allow was not seen."""
    nodes = document["nodes"] or []
    is_of_policies = bool(int(document.get("epoch") or 0))
    for node in nodes:
        for index, bundle in (field_of(node, "outEdges") or {}).items():
            if is_of_policies:
                log.skip("edges of a graph of what policies allow")
                continue
            try:
                yield from _edge(node, nodes[_place(index, len(nodes))], bundle)
            except (ValueError, TypeError, LookupError, AttributeError) as error:
                log.broken_record(None, f"an edge to node {index!r:.20} cannot be read: {error}")


def _place(index: object, count: int) -> int:
    place = int(str(index))
    if not 0 <= place < count:
        message = f"there are only {count} nodes"
        raise ValueError(message)
    return place


def _edge(
    source: Mapping[str, Any], destination: Mapping[str, Any], bundle: Mapping[str, Any]
) -> Iterator[Observation]:
    ends = {**_end("source", source["entity"]), **_end("destination", destination["entity"])}
    clusters = [field_of(node["entity"], "deployment") or {} for node in (source, destination)]
    cluster = next((name for deployment in clusters if (name := deployment.get("cluster"))), None)
    for seen in bundle.get("properties") or [{}]:
        active = field_of(seen, "lastActiveTimestamp")
        yield {
            **ends,
            "cluster": cluster,
            "time_end": from_either(active, from_seconds),
            "destination_port": int(seen.get("port") or 0) or None,
            "network_transport": transport_of(str(seen.get("protocol", "")).removeprefix(_PROTOCOL)),
            "verdict": "observed",
            "source_is_client": True,
        }


def _end(end: str, entity: Mapping[str, Any]) -> Observation:
    return {f"{end}_{name}": value for name, value in _entity(entity).items()}


def _entity(entity: Mapping[str, Any]) -> Observation:
    """Return what is known of an entity, by columns without the end's name.

    RHACS does not say of what kind a deployment is: its owner kind is missing.
    """
    match entity.get("type"):
        case "DEPLOYMENT":
            deployment = entity.get("deployment") or {}
            return {
                "kind": "workload",
                "k8s_namespace_name": deployment.get("namespace") or None,
                "k8s_owner_name": deployment.get("name") or entity.get("id"),
            }
        case "EXTERNAL_SOURCE":
            return _outside(field_of(entity, "externalSource") or {})
        case "INTERNET":
            return {"kind": "external", "network_label": "internet"}
        case "INTERNAL_ENTITIES":
            return {"kind": "unknown", "network_label": INTERNAL_ENTITIES}
        case other:
            return {"kind": "unknown", "network_label": str(other or "unknown").lower().replace("_", " ")}


def _outside(source: Mapping[str, Any]) -> Observation:
    """Return an external source: its CIDR comes first in the label, then its name."""
    name, cidr = source.get("name") or "", source.get("cidr") or ""
    if not cidr:
        return {"kind": "external", "network_label": name or "external source"}
    try:
        place = whereabouts(cidr)
    except ValueError:  # of several blocks of one name, RHACS says "multi-network"
        return {"kind": "external", "network_label": name or cidr}
    named = name if name not in {cidr, place.address} else ""
    label = " ".join(part for part in (place.block, f"({named})" if place.block and named else named) if part)
    return {"kind": "external", "address": place.address, "network_label": label or None}
