"""Baselines as Red Hat Advanced Cluster Security has them in JSON: read, asked about, changed and written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

from workbench.baseline.baselines import Baselines
from workbench.baseline.model import (
    ANOMALOUS,
    BASELINE,
    EXTERNAL,
    INTERNAL,
    INTERNET,
    NODE,
    WORKLOAD,
    Decided,
    Head,
    Known,
    Side,
    utc,
)
from workbench.ground import ArgumentError, field_of

if TYPE_CHECKING:
    from workbench.inventory import Cluster

__all__ = ["patched_by_rhacs", "read_rhacs_baselines", "rhacs_statuses", "to_rhacs"]

_TYPES: Final = MappingProxyType(
    {WORKLOAD: "DEPLOYMENT", EXTERNAL: "EXTERNAL_SOURCE", INTERNET: "INTERNET", INTERNAL: "INTERNAL_ENTITIES"}
)
_TYPES_READ: Final = MappingProxyType({theirs: ours for ours, theirs in _TYPES.items()})
_WRITTEN_AS: Final = MappingProxyType({**_TYPES, NODE: "INTERNAL_ENTITIES"})
"""It knows no nodes as peers: they are internal entities."""
_PROTOCOL: Final = "L4_PROTOCOL_"
_IDS: Final = MappingProxyType(
    {
        INTERNET: "afa12424-bde3-4313-b810-bb463cbe8f90",
        INTERNAL: "ada12424-bde3-4313-b810-bb463cbe8f90",
        NODE: "ada12424-bde3-4313-b810-bb463cbe8f90",
    }
)
"""The ids that it always gives to these."""
Json = dict[str, Any]


def _get(of: Any, name: str, default: Any = None) -> Any:  # noqa: ANN401  (JSON)
    """Return a field, in camelCase or in snake_case."""
    if not isinstance(of, Mapping):
        message = f"{str(of)[:60]!r} stands where an object with the field {name} is expected"
        raise ArgumentError(message)
    found = field_of(of, name)
    return default if found is None else found


def read_rhacs_baselines(documents: Iterable[Mapping[str, Any]], cluster: Cluster | None = None) -> Baselines:
    """Return the baselines that documents tell of (baselines 23).

    A peer is known there by its id alone: it is looked for among the deployments of these documents, and then by
    the uid among those of the cluster.

    Parameters
    ----------
    documents : iterable of mapping
        As the API gives them for each deployment.
    cluster : Cluster, optional
        Tells the kind of each workload; ``Deployment`` where it does not.

    Raises
    ------
    ArgumentError
        If a document is not as it should be, or a peer's id is not known; the message names them.
    """
    listed = list(documents)
    kinds = {} if cluster is None else {(one.namespace, one.name): one.peer for one in cluster.objects.workloads}
    names = dict(_uids(cluster))
    for one in listed:
        own = str(_get(one, "namespace", "")), str(_get(one, "deploymentName", ""))
        names[str(_get(one, "deploymentId", ""))] = kinds.get(own, f"{own[0]}/{own[1]}[Deployment]")
    heads: dict[str, Head] = {}
    known: dict[Side, Known] = {}
    lost: set[str] = set()
    for one in listed:
        name = names[str(_get(one, "deploymentId", ""))]
        end = _time(_get(one, "observationPeriodEnd", ""))
        heads[name] = Head(end - timedelta(hours=1), end, bool(_get(one, "locked")))
        for status, listed_as in ((BASELINE, "peers"), (ANOMALOUS, "forbiddenPeers")):
            for peer in _get(one, listed_as, ()):
                entity = _get(_get(peer, "entity"), "info")
                for properties in _get(peer, "properties", ()):
                    side = _side(name, entity, properties, names.get, lost)
                    if side is not None:
                        known[side] = Known(cast("Decided", status))
    if lost:
        message = f"these peers are of no deployment that is known: {', '.join(sorted(lost))}"
        raise ArgumentError(message, "give the baselines of all deployments, or the cluster")
    return Baselines(heads, known)


def _uids(cluster: Cluster | None) -> Iterable[tuple[str, str]]:
    if cluster is None:
        return
    peers = {(one.namespace, one.name, one.kind): one.peer for one in cluster.objects.workloads}
    for manifest in cluster.objects.manifests:
        peer = peers.get((manifest.namespace, manifest.name, manifest.kind))
        uid = _get(_get(manifest.content, "metadata", {}), "uid")
        if peer is not None and uid:
            yield str(uid), peer


def _side(
    workload: str,
    entity: Any,  # noqa: ANN401  (JSON)
    properties: Any,  # noqa: ANN401  (JSON)
    name_of: Callable[[str], str | None],
    lost: set[str],
) -> Side | None:
    theirs = str(_get(entity, "type", ""))
    if theirs not in _TYPES_READ:
        message = f"a baseline has no peers of type {theirs!r}"
        raise ArgumentError(message, f"there are {', '.join(_TYPES_READ)}")
    peer_type, peer = _TYPES_READ[theirs], ""
    if peer_type == WORKLOAD:
        ident = str(_get(entity, "id", ""))
        found = name_of(ident)
        if found is None:
            lost.add(ident)
            return None
        peer = found
    elif peer_type == EXTERNAL:
        source = _get(entity, "externalSource", {})
        if _get(source, "discovered"):  # an address that was found is the internet's (baselines N11)
            peer_type = INTERNET
        else:
            peer = str(_get(source, "name", "") or _get(source, "cidr", "") or _get(entity, "id", ""))
    direction: Any = "ingress" if _get(properties, "ingress") else "egress"
    protocol = str(_get(properties, "protocol", "")).removeprefix(_PROTOCOL)
    return Side(workload, direction, peer_type, peer, _port(_get(properties, "port", 0)), protocol)


def _port(given: Any) -> int:  # noqa: ANN401  (JSON)
    try:
        port = int(given)
    except (TypeError, ValueError) as error:
        message = f"{given!r} is not a port"
        raise ArgumentError(message) from error
    if not 0 <= port < 1 << 16:
        message = f"{port} is not a port"
        raise ArgumentError(message)
    return port


def _time(text: Any) -> datetime:  # noqa: ANN401  (JSON)
    try:
        return utc(datetime.fromisoformat(str(text)))
    except ValueError as error:
        message = f"the end of an observation period is not a time: {text!r}"
        raise ArgumentError(message) from error


def to_rhacs(
    baselines: Baselines, *, ids: Mapping[str, str] = MappingProxyType({}), cluster_id: str = ""
) -> list[Json]:
    """Return the JSON documents of baselines, one for each workload (baselines 23).

    Parameters
    ----------
    baselines : Baselines
    ids : mapping of str to str
        The ids of workloads, by their names; a workload without one has its name for it.
    cluster_id : str, optional
    """
    found = {name: _document(name, head, ids, cluster_id) for name, head in sorted(baselines.heads.items())}
    for side, one in sorted(baselines.known.items()):
        if side.workload in found:
            listed = found[side.workload]["peers" if one.status == BASELINE else "forbiddenPeers"]
            _add(listed, side, ids)
    return list(found.values())


def _parts(name: str) -> tuple[str, str]:
    namespace, _, rest = name.partition("/")
    return namespace, rest.rpartition("[")[0]


def _document(name: str, head: Head, ids: Mapping[str, str], cluster_id: str) -> Json:
    namespace, deployment = _parts(name)
    return {
        "deploymentId": ids.get(name, name),
        "clusterId": cluster_id,
        "namespace": namespace,
        "deploymentName": deployment,
        "locked": head.locked,
        "observationPeriodEnd": head.period_end.isoformat().replace("+00:00", "Z"),
        "peers": [],
        "forbiddenPeers": [],
    }


def _add(peers: list[Json], side: Side, ids: Mapping[str, str]) -> None:
    info: Json = {"type": _WRITTEN_AS[side.peer_type], "id": _IDS.get(side.peer_type, side.peer)}
    if side.peer_type == WORKLOAD:
        info["id"] = ids.get(side.peer, side.peer)
        info["deployment"] = {"name": _parts(side.peer)[1], "namespace": "", "cluster": "", "listenPorts": []}
    elif side.peer_type == EXTERNAL:
        info["externalSource"] = {"name": side.peer, "default": False, "discovered": False}
    entity = {"info": info, "scope": None}
    properties = {"ingress": side.direction == "ingress", "port": side.port, "protocol": f"{_PROTOCOL}{side.protocol}"}
    for one in peers:
        if one["entity"] == entity:
            if properties not in one["properties"]:
                one["properties"].append(properties)
            return
    peers.append({"entity": entity, "properties": [properties]})


def rhacs_statuses(baselines: Baselines, workload: str, request: Mapping[str, Any], *, ids: Mapping[str, str]) -> Json:
    """Return the answer to a question for the statuses of some peers of a workload.

    Parameters
    ----------
    baselines : Baselines
    workload : str
    request : mapping
        With ``peers``, each with ``entity``, ``port``, ``protocol`` and ``ingress``.
    ids : mapping of str to str
        The ids of workloads, by their names.

    Raises
    ------
    ArgumentError
        If a peer is of no workload that is known, or of no type that there is.
    """
    answers = []
    for peer in _get(request, "peers", ()):
        found = baselines.known.get(_asked(workload, peer, ids))
        status = "BASELINE" if found is not None and found.status == BASELINE else "ANOMALOUS"
        answers.append({"peer": peer, "status": status})
    return {"statuses": answers}


def patched_by_rhacs(
    baselines: Baselines, workload: str, request: Mapping[str, Any], *, ids: Mapping[str, str]
) -> Baselines:
    """Return baselines in which some peers of a workload have other statuses (baselines N5).

    Parameters
    ----------
    baselines : Baselines
    workload : str
    request : mapping
        With ``peers``, each with ``peer`` and ``status``.
    ids : mapping of str to str
        The ids of workloads, by their names.

    Raises
    ------
    ArgumentError
        As of `rhacs_statuses`, or if there is no such status.
    """
    decided: dict[str, list[Side]] = {"BASELINE": [], "ANOMALOUS": []}
    for one in _get(request, "peers", ()):
        status = str(_get(one, "status", ""))
        if status not in decided:
            message = f"unknown status {status!r}; there are {', '.join(decided)}"
            raise ArgumentError(message)
        decided[status].append(_asked(workload, _get(one, "peer"), ids))
    return baselines.add(decided["BASELINE"]).mark(decided["ANOMALOUS"])


def _asked(workload: str, peer: Any, ids: Mapping[str, str]) -> Side:  # noqa: ANN401  (JSON)
    lost: set[str] = set()
    names = {ident: name for name, ident in ids.items()}
    side = _side(
        workload, _get(peer, "entity"), peer, lambda ident: names.get(ident, ident if "/" in ident else None), lost
    )
    if side is None:
        message = f"these peers are of no deployment that is known: {', '.join(sorted(lost))}"
        raise ArgumentError(message)
    return side
