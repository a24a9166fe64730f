"""Baselines as Red Hat Advanced Cluster Security has them in JSON: read, asked about, changed and written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

from workbench.baseline.baselines import Baselines
from workbench.baseline.model import (
    ANOMALOUS,
    BASELINE,
    DEFAULT_PERIOD,
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
from workbench.external import EXTERNAL_ENTITIES_ID, INTERNAL_ENTITIES_ID, rhacs_id
from workbench.ground import MAX_PORT, ArgumentError, Problem, ProblemLog, Severity, field_of

if TYPE_CHECKING:
    from workbench.external import AddressBook
    from workbench.inventory import Cluster

__all__ = ["patched_by_rhacs", "read_rhacs_baselines", "rhacs_ids", "rhacs_statuses", "to_rhacs"]

_TYPES: Final = MappingProxyType(
    {WORKLOAD: "DEPLOYMENT", EXTERNAL: "EXTERNAL_SOURCE", INTERNET: "INTERNET", INTERNAL: "INTERNAL_ENTITIES"}
)
_TYPES_READ: Final = MappingProxyType({theirs: ours for ours, theirs in _TYPES.items()})
_WRITTEN_AS: Final = MappingProxyType({**_TYPES, NODE: "INTERNAL_ENTITIES"})
"""It knows no nodes as peers: they are internal entities."""
_PROTOCOL: Final = "L4_PROTOCOL_"
_IDS: Final = MappingProxyType(
    {
        INTERNET: EXTERNAL_ENTITIES_ID,
        INTERNAL: INTERNAL_ENTITIES_ID,
        NODE: INTERNAL_ENTITIES_ID,
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


def read_rhacs_baselines(
    documents: Mapping[str, Any] | Iterable[Mapping[str, Any]],
    cluster: Cluster | None = None,
    *,
    names: Iterable[str] = (),
    log: ProblemLog | None = None,
) -> Baselines:
    """Return the baselines that documents tell of (baselines 23).

    A peer is known there by its id: it is looked for among the deployments of these documents, then by the uid among
    those of the cluster, and then by its name, if only one of all these is called so. Fields that are not known say
    nothing; a baseline that does not say when its observation ends is no longer observed.

    Parameters
    ----------
    documents : iterable of mapping
        As the API gives them for each deployment; one document alone is taken, too.
    cluster : Cluster, optional
        Tells the kind of each workload.
    names : iterable of str
        Of workloads that are known besides, such as those that have baselines here: they tell kinds, too. It is
        ``Deployment`` where nothing does.
    log : ProblemLog, optional
        Gets what cannot be read, which is left out then.

    Raises
    ------
    ArgumentError
        Without a log, if a document is not as it should be, or a peer is not known; the message names them.
    """
    listed = [documents] if isinstance(documents, Mapping) else list(documents)
    wanted = ProblemLog() if log is None else log
    own: list[tuple[str, Mapping[str, Any]]] = []
    ends = _Ends(cluster, names)
    for one in listed:
        with _reported(wanted, log):
            own.append((ends.take(one), one))
    heads: dict[str, Head] = {}
    known: dict[Side, Known] = {}
    lost: dict[str, None] = {}
    for name, one in own:
        with _reported(wanted, log, name):
            end = _end_of(_get(one, "observationPeriodEnd"))
            heads[name] = Head(end - DEFAULT_PERIOD, end, _flag(_get(one, "locked")))
        for status, listed_as in ((BASELINE, "peers"), (ANOMALOUS, "forbiddenPeers")):
            for peer in _get(one, listed_as, ()) if name in heads else ():
                with _reported(wanted, log, name):
                    entity = _get(_get(peer, "entity"), "info")
                    for properties in _get(peer, "properties", ()):
                        side = _side(name, entity, properties, ends.name_of, lost)
                        if side is not None:
                            known[side] = Known(cast("Decided", status))
    if lost:
        with _reported(wanted, log):
            raise _not_known(lost, "give the baselines of all deployments, or the cluster")
    return Baselines(heads, known)


@contextmanager
def _reported(wanted: ProblemLog, log: ProblemLog | None, name: str = "") -> Iterator[None]:
    """Report what cannot be read, where reports are wanted, and leave it out; else raise it."""
    try:
        yield
    except ArgumentError as error:
        if log is None:
            raise
        wanted.add(Problem(Severity.WARNING, "baseline-not-read", error.message, error.remedy, object=name))


class _Ends:
    """The deployments that peers may be, by id and by name.

    Parameters
    ----------
    cluster : Cluster or None
    names : iterable of str
        Of workloads that are known besides.
    """

    def __init__(self, cluster: Cluster | None, names: Iterable[str]) -> None:
        workloads = () if cluster is None else cluster.objects.workloads
        known = dict.fromkeys((*names, *(one.peer for one in workloads)))
        self._kinds = {_parts(name): name for name in known}
        self._by_id = dict(_uids(cluster))
        self._called: dict[str, set[str]] = {}
        for (_, called), name in self._kinds.items():
            self._called.setdefault(called, set()).add(name)

    def take(self, document: Any) -> str:  # noqa: ANN401  (JSON)
        """Return whose baseline a document is, and know it from now on.

        Raises
        ------
        ArgumentError
            If it does not say so.
        """
        namespace, called = (str(_get(document, field, "")) for field in ("namespace", "deploymentName"))
        ident = str(_get(document, "deploymentId", ""))
        if not namespace or not called:
            message = f"the baseline of {ident or 'a deployment'} does not say which deployment it is of"
            raise ArgumentError(message, "it has the fields namespace and deploymentName")
        peer = self._kinds.get((namespace, called), f"{namespace}/{called}[Deployment]")
        if ident:
            self._by_id[ident] = peer
        self._called.setdefault(called, set()).add(peer)
        return peer

    def name_of(self, entity: Any) -> str | None:  # noqa: ANN401  (JSON)
        """Return which workload a peer is; None where that is not known."""
        found = self._by_id.get(str(_get(entity, "id", "")))
        said = _get(entity, "deployment", {})
        if found is not None or not isinstance(said, Mapping):
            return found
        namespace, called = str(_get(said, "namespace", "")), str(_get(said, "name", ""))
        named = {one for one in self._called.get(called, ()) if not namespace or one.startswith(f"{namespace}/")}
        return next(iter(named)) if len(named) == 1 else None


def _flag(given: Any) -> bool:  # noqa: ANN401  (JSON)
    """Return what a field says that is true or false.

    Raises
    ------
    ArgumentError
        If it says something else.
    """
    said = {"true": True, "false": False, "none": False}.get(str(given).casefold())
    if said is None:
        message = f"{given!r:.60} is neither true nor false"
        raise ArgumentError(message)
    return said


def _end_of(text: Any) -> datetime:  # noqa: ANN401  (JSON)
    """Return when an observation ends; long ago, where nothing says so."""
    return datetime.fromtimestamp(0, UTC) + DEFAULT_PERIOD if text in {None, ""} else _time(text)


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
    name_of: Callable[[Any], str | None],
    lost: dict[str, None],
) -> Side | None:
    theirs = str(_get(entity, "type", ""))
    if theirs not in _TYPES_READ:
        message = f"a baseline has no peers of type {theirs!r}"
        raise ArgumentError(message, f"there are {', '.join(_TYPES_READ)}")
    peer_type, peer = _TYPES_READ[theirs], ""
    if peer_type == WORKLOAD:
        found = name_of(entity)
        if found is None:
            lost[str(_get(entity, "id", ""))] = None
            return None
        peer = found
    elif peer_type == EXTERNAL:
        source = _get(entity, "externalSource", {})
        if _get(source, "discovered"):  # an address that was found is the internet's (baselines N11)
            peer_type = INTERNET
        else:
            peer = str(_get(source, "name", "") or _get(source, "cidr", "") or _get(entity, "id", ""))
    direction: Any = "ingress" if _get(properties, "ingress") else "egress"
    protocol = str(_get(properties, "protocol", "UNKNOWN")).upper().removeprefix(_PROTOCOL)
    return Side(workload, direction, peer_type, peer, _port(_get(properties, "port", 0)), protocol)


def _port(given: Any) -> int:  # noqa: ANN401  (JSON)
    port = -1
    with suppress(TypeError, ValueError):  # a number, or its text
        port = int(given) if not isinstance(given, bool) and str(int(given)) == str(given).strip() else -1
    if not 0 <= port <= MAX_PORT:
        message = f"{given!r:.60} is not a port"
        raise ArgumentError(message)
    return port


def _time(text: Any) -> datetime:  # noqa: ANN401  (JSON)
    try:
        return utc(datetime.fromisoformat(str(text)))
    except ValueError as error:
        message = f"the end of an observation period is not a time: {text!r}"
        raise ArgumentError(message) from error


def to_rhacs(
    baselines: Baselines,
    *,
    ids: Mapping[str, str] = MappingProxyType({}),
    cluster_id: str = "",
    book: AddressBook | None = None,
) -> list[Json]:
    """Return the JSON documents of baselines, one for each workload (baselines 23).

    Parameters
    ----------
    baselines : Baselines
    ids : mapping of str to str
        The ids of workloads, by their names, as `rhacs_ids` finds them; a workload without one has its name for it.
    cluster_id : str, optional
    book : AddressBook, optional
        Tells the blocks of names outside: each is a peer there. A name without a block has itself for its id.
    """
    found = {name: _document(name, head, ids, cluster_id) for name, head in sorted(baselines.heads.items())}
    for side, one in sorted(baselines.known.items()):
        if side.workload in found:
            listed = found[side.workload]["peers" if one.status == BASELINE else "forbiddenPeers"]
            for info in _infos(side, ids, cluster_id, book):
                _add(listed, side, info)
    return list(found.values())


def rhacs_ids(
    documents: Mapping[str, Any] | Iterable[Mapping[str, Any]],
    cluster: Cluster | None = None,
    *,
    names: Iterable[str] = (),
) -> dict[str, str]:
    """Return the ids of workloads by their names, as baselines of Red Hat ACS and a cluster know them.

    Parameters
    ----------
    documents : iterable of mapping
    cluster : Cluster, optional
    names : iterable of str
        All as of `read_rhacs_baselines`.

    Raises
    ------
    ArgumentError
        If a document does not say which deployment it is of.
    """
    ends = _Ends(cluster, names)
    found = {name: ident for ident, name in _uids(cluster)}
    for one in [documents] if isinstance(documents, Mapping) else documents:
        name = ends.take(one)
        found[name] = str(_get(one, "deploymentId", "")) or found.get(name, name)
    return found


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


def _infos(side: Side, ids: Mapping[str, str], cluster_id: str, book: AddressBook | None) -> Iterator[Json]:
    """Yield what a peer is there: one entity, or one for each block of a name outside."""
    info: Json = {"type": _WRITTEN_AS[side.peer_type], "id": _IDS.get(side.peer_type, side.peer)}
    if side.peer_type == WORKLOAD:
        info["id"] = ids.get(side.peer, side.peer)
        info["deployment"] = {"name": _parts(side.peer)[1], "namespace": "", "cluster": "", "listenPorts": []}
    if side.peer_type != EXTERNAL:
        yield info
        return
    custom = frozenset() if book is None else frozenset(one.cidr for one in book.blocks)
    blocks = () if book is None else book.blocks_called(side.peer)
    for cidr in blocks:
        source = {"name": side.peer, "cidr": cidr, "default": cidr not in custom, "discovered": False}
        yield info | {"id": rhacs_id(cidr, cluster_id if cidr in custom else ""), "externalSource": source}
    if not blocks:
        yield info | {"externalSource": {"name": side.peer, "default": False, "discovered": False}}


def _add(peers: list[Json], side: Side, info: Json) -> None:
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
    lost: dict[str, None] = {}
    names = {ident: name for name, ident in ids.items()}

    def name_of(entity: Any) -> str | None:  # noqa: ANN401  (JSON)
        ident = str(_get(entity, "id", ""))
        return names.get(ident, ident if "/" in ident else None)

    side = _side(workload, _get(peer, "entity"), peer, name_of, lost)
    if side is None:
        raise _not_known(lost)
    return side


def _not_known(lost: Iterable[str], remedy: str = "") -> ArgumentError:
    """Return the error about ids of peers that nothing tells of."""
    return ArgumentError(f"these peers are of no deployment that is known: {', '.join(sorted(lost))}", remedy)
