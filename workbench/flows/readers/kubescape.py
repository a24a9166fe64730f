"""Kubescape: what the node agent has learned of each workload (flow-formats 8).

One observation for each neighbour, port and address. Sources of this kind saw IPv4 only, TCP by its SYN
(an attempt that was refused counts), and UDP to ports below 1024 (flow-formats 8.2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from workbench.flows.normalize import Whereabouts, domains_of, transport_of, whereabouts
from workbench.flows.readers.registry import Observation, register_flow_format
from workbench.flows.times import from_datetime, from_rfc3339
from workbench.ground import Problem, Severity

if TYPE_CHECKING:
    from workbench.flows.log import ImportLog

__all__ = ["kubescape"]

GROUP: Final = "spdx.softwarecomposition.kubescape.io"
KINDS: Final = frozenset({"NetworkNeighbors", "NetworkNeighborhood", "ContainerProfile"})
STATUS: Final = "kubescape.io/status"
MANAGED_BY: Final = "kubescape.io/managed-by"
WLID: Final = "kubescape.io/wlid"
USABLE: Final = frozenset({"ready", "learning", "completed", "complete"})
"""Statuses in which an object says what was seen (flow-formats 8.6)."""
NAMESPACE_NAME: Final = "kubernetes.io/metadata.name"
_CONTAINERS: Final = ("containers", "initContainers", "ephemeralContainers")
_API_SERVER: Final = {"component": "apiserver", "provider": "kubernetes"}
"""Labels of the Service default/kubernetes, which selects no pods: its address is with them (flow-formats 8.4)."""
_NOWHERE: Final = Whereabouts(None, None, is_private=False)
_SIDES: Final = {"ingress": ("destination", "source"), "egress": ("source", "destination")}
"""Which end the object itself is, and which its neighbour."""


class _Labels(NamedTuple):
    """What a selector asks of labels, and whether that is all that it asks."""

    values: dict[str, str] | None
    is_all: bool


def _is_kubescape(document: Any) -> bool:  # noqa: ANN401  (a document of any kind)
    return str(document["apiVersion"]).startswith(f"{GROUP}/") and document["kind"] in KINDS


@register_flow_format(
    "kubescape",
    title="Kubescape network neighbours",
    records="yaml-documents",
    detects=_is_kubescape,
    blind_spots=(
        "It sees IPv4 alone.",
        "It sees UDP only to ports below 1024.",
        "An attempt that was refused counts as seen.",
    ),
)
def kubescape(document: Any, log: ImportLog) -> Iterator[Observation]:  # noqa: ANN401  (likewise)
    """Yield what an object says was seen, if its status allows to use it (flow-formats 8.6)."""
    if not _is_kubescape(document):
        log.skip(f"{document['kind']!s:.80} objects")
        return
    if reason := _unusable(document):
        log.skip(reason)
        return
    spec = document["spec"]
    parts = [spec, *(container for name in _CONTAINERS for container in spec.get(name) or ())]
    own = _own(document)
    before = log.broken
    any_neighbour = False
    for part in parts:
        for direction in _SIDES:
            for neighbour in part.get(direction) or ():
                any_neighbour = True
                try:
                    yield from _rows(document, own, neighbour, direction, log)
                except (ValueError, TypeError, LookupError, AttributeError) as error:
                    log.broken_record(None, f"{_ref(document)}: a neighbour of {direction} cannot be read: {error}")
    if not any_neighbour and log.broken == before:
        log.skip("objects without neighbours")


def _unusable(document: Mapping[str, Any]) -> str:
    annotations = document["metadata"].get("annotations") or {}
    status = annotations.get(STATUS)
    if not document.get("spec"):
        return "objects without spec, as lists of them are"
    if annotations.get(MANAGED_BY) == "User" or status in USABLE:
        return ""
    return f"objects of status {status!s:.40}" if status else "objects without status"


def _own(document: Mapping[str, Any]) -> Observation:
    """Return what is known of the object's own workload, by columns without the end's name."""
    metadata, spec = document["metadata"], document["spec"]
    labels = metadata.get("labels") or {}
    annotations = metadata.get("annotations") or {}
    wlid = _wlid_parts(str(annotations.get(WLID) or ""))
    kind, name = labels.get("kubescape.io/workload-kind"), labels.get("kubescape.io/workload-name")
    selected = _labels({"matchLabels": spec.get("matchLabels"), "matchExpressions": spec.get("matchExpressions")})
    return {
        "cluster": wlid.get("cluster"),
        "kind": "workload" if name or selected.values else "unknown",
        "k8s_namespace_name": labels.get("kubescape.io/workload-namespace")
        or metadata.get("namespace")
        or wlid.get("namespace"),
        "k8s_owner_kind": kind,
        "k8s_owner_name": name,
        "k8s_pod_labels": selected.values or None,
    }


def _wlid_parts(wlid: str) -> dict[str, str]:
    """Return the parts of ``wlid://cluster-a/namespace-b/deployment-c``."""
    parts = (part.partition("-") for part in wlid.partition("://")[2].split("/"))
    return {key: value for key, _, value in parts if value}


def _rows(
    document: Mapping[str, Any], own: Observation, neighbour: Mapping[str, Any], direction: str, log: ImportLog
) -> Iterator[Observation]:
    own_end, peer_end = _SIDES[direction]
    shared: Observation = {
        "time_start": _time(document["metadata"].get("creationTimestamp")),
        "cluster": own["cluster"],
        **{f"{own_end}_{name}": value for name, value in own.items() if name != "cluster"},
        "network_io_direction": direction,
        "reporter": own_end,
        "verdict": "observed",
        "source_is_client": True,
    }
    ports = neighbour.get("ports") or [{}]
    for peer in _peers(document, own["k8s_namespace_name"], neighbour, log):
        ended = {f"{peer_end}_{name}": value for name, value in peer.items()}
        for port in ports:
            yield {
                **shared,
                **ended,
                "network_transport": transport_of(port.get("protocol")),
                "destination_port": port.get("port") or None,
            }


def _peers(
    document: Mapping[str, Any], own_namespace: str | None, neighbour: Mapping[str, Any], log: ImportLog
) -> Iterator[Observation]:
    """Yield the neighbour, once for each of its addresses; columns without the end's name.

    Objects may be kept in another namespace than their workload's, to which `own_namespace` belongs.

    The `type` of the neighbour says nothing of trust, and is left aside (flow-formats 8.5).
    """
    pods, namespaces = neighbour.get("podSelector"), neighbour.get("namespaceSelector")
    labels, namespace = _labels(pods), _labels(namespaces)
    name = (namespace.values or {}).pop(NAMESPACE_NAME, None)
    is_certain = labels.is_all and namespace.is_all and not namespace.values
    if namespaces is None and pods is not None:
        name = own_namespace
    elif namespaces is not None and name is None:
        is_certain = False  # namespaces by other labels, or all of them: which, only a cluster tells
    if not is_certain:
        message = "a neighbour is selected by more than labels and one namespace: its row says less than the selector"
        log.problems.add(Problem(Severity.WARNING, "selector-not-kept", message, file=log.file, object=_ref(document)))
    selected = pods is not None or namespaces is not None
    domains = domains_of([neighbour.get("dns"), *(neighbour.get("dnsNames") or ())])
    addresses = dict.fromkeys([neighbour.get("ipAddress"), *(neighbour.get("ipAddresses") or ())])
    places = dict.fromkeys(whereabouts(text) for text in addresses if text) or (_NOWHERE,)
    for place in places:
        peer: Observation = {
            "k8s_namespace_name": name,
            "k8s_pod_labels": labels.values or None,
            "domain": domains,
            "address": place.address,
            "network_label": place.block,
        }
        if place.address and name == "default" and (labels.values or {}).items() >= _API_SERVER.items():
            peer |= {"kind": "service", "k8s_service_name": "kubernetes"}
        elif selected and labels.values and is_certain:
            peer["kind"] = "workload"
        elif not selected and (place.block or (domains and not place.address)):
            peer["kind"] = "external"
        yield peer


def _labels(selector: Mapping[str, Any] | None) -> _Labels:
    """Return the labels that a selector asks for; an expression that allows one value is as good as a label."""
    if selector is None:
        return _Labels(None, is_all=True)
    values = {str(key): str(value) for key, value in (selector.get("matchLabels") or {}).items()}
    is_all = True
    for expression in selector.get("matchExpressions") or ():
        allowed = list(expression.get("values") or [])
        if expression.get("operator") == "In" and len(allowed) == 1:
            values[str(expression["key"])] = str(allowed[0])
        else:
            is_all = False
    return _Labels(values, is_all)


def _time(created: Any) -> int | None:  # noqa: ANN401  (YAML reads times as text or as datetimes)
    if isinstance(created, datetime):
        return from_datetime(created)
    return from_rfc3339(created) if created else None


def _ref(document: Mapping[str, Any]) -> str:
    metadata = document["metadata"]
    name = "/".join(str(part) for part in (metadata.get("namespace"), metadata.get("name")) if part)
    return f"{document['kind']} {name}".strip()
