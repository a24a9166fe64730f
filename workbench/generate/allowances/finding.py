"""Finds what platforms need in a cluster: who answers, at which ports, and which workloads need it (generate 8)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from workbench.generate.allowances.needing import NEEDING, Wanting, Who
from workbench.generate.needs import Basis, LeftOutNeed, Need, WhyLeftOut
from workbench.generate.peers import block_of, is_on_host
from workbench.generate.selectors import WorkloadLabels, living
from workbench.ground import ArgumentError, MissingFileError, PortSet, parse_ports
from workbench.inventory import ServiceCall, ServiceDirectory
from workbench.manifests import read_documents
from workbench.policy import Direction, Pods, RulePeer, Selector

if TYPE_CHECKING:
    from workbench.generate.context import Context
    from workbench.inventory import Cluster, Workload

__all__ = [
    "Allowance",
    "Allowed",
    "Answer",
    "For",
    "allowed",
    "chosen_allowances",
    "name_servers",
    "read_allowances",
    "shipped_allowances",
]

For: TypeAlias = Literal["callers", "called", "all", "api-clients", "webhooks", "scraped", "routed"]
_AND: Final = ", "
_ALWAYS_ASKED: Final = frozenset({"callers", "called"})
"""Of these, every workload is meant where allowances are for all."""


class _Signs(BaseModel):
    """What must have been read of a cluster for something to be looked for in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespaces: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


class _Pods(BaseModel):
    """Pods by their labels, of one namespace or of all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: Mapping[str, str]
    namespace: str = ""
    ports: str = ""
    only_with: _Signs = _Signs()


class _Nodes(BaseModel):
    """Nodes by their labels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    labels: Mapping[str, str]
    ports: str = ""


class Allowance(BaseModel):
    """Something that a platform needs.

    Attributes
    ----------
    name, meaning : str
    direction : {"egress", "ingress"}
    to_whom : {"callers", "called", "all", "api-clients", "webhooks", "scraped", "routed"}
        Which workloads need it; ``for`` in files.
    services : tuple of str
        By ``namespace/name``.
    pods : tuple
        By labels, and by namespace.
    nodes : tuple
        By labels.
    addresses : tuple of str
    ports : str
    assumed : bool
        Whether pods are admitted by their labels though none was read.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    name: str
    meaning: str
    direction: Direction
    to_whom: For = Field(alias="for")
    services: tuple[str, ...] = ()
    pods: tuple[_Pods, ...] = ()
    nodes: tuple[_Nodes, ...] = ()
    addresses: tuple[str, ...] = ()
    ports: str = ""
    assumed: bool = False

    @property
    def port_set(self) -> PortSet:
        """The ports that it is needed at, before any Service changes them."""
        return parse_ports(self.ports)


class Allowed(NamedTuple):
    """An allowance for one workload.

    Attributes
    ----------
    workload : str
    direction : Direction
    peers : tuple of RulePeer
    need : Need
    """

    workload: str
    direction: Direction
    peers: tuple[RulePeer, ...]
    need: Need


class Answer(NamedTuple):
    """What is allowed of what platforms need, and what is not, with the reasons.

    Attributes
    ----------
    allowed : tuple of Allowed
    left_out : tuple of LeftOutNeed
    """

    allowed: tuple[Allowed, ...]
    left_out: tuple[LeftOutNeed, ...]


class _Found(NamedTuple):
    """Who is at the platform's end.

    Attributes
    ----------
    name : str
    peers : tuple of RulePeer
    ports : PortSet
    assumed : bool
        Whether nothing of it was read.
    """

    name: str
    peers: tuple[RulePeer, ...]
    ports: PortSet
    assumed: bool = False


@lru_cache(maxsize=1)
def shipped_allowances() -> tuple[Allowance, ...]:
    """Return the allowances that come with the workbench."""
    text = files("workbench.generate.allowances").joinpath("allowances.yaml").read_text(encoding="utf-8")
    return _parsed(text, "allowances.yaml")


def read_allowances(path: str | Path) -> tuple[Allowance, ...]:
    """Return the allowances that come with the workbench, and those of a file, which take the place of equal names.

    Parameters
    ----------
    path : str or Path

    Raises
    ------
    ArgumentError
        If the file is not in the form of `allowances.yaml`; the message says where.
    MissingFileError
        If it is not there.
    """
    file = Path(path)
    if not file.is_file():
        raise MissingFileError(str(file))
    found = {one.name: one for one in (*shipped_allowances(), *_parsed(file.read_text(encoding="utf-8"), str(path)))}
    return tuple(found.values())


def chosen_allowances(wanted: Iterable[str | Allowance]) -> tuple[Allowance, ...]:
    """Return allowances, those that are given by name from among the ones that come with the workbench.

    Parameters
    ----------
    wanted : iterable of str or of Allowance

    Raises
    ------
    ArgumentError
        If there is none of a name.
    """
    known = {one.name: one for one in shipped_allowances()}
    found = []
    for one in wanted:
        if isinstance(one, str) and one not in known:
            message = f"there is no allowance {one!r:.80}"
            raise ArgumentError(message, f"there are {', '.join(known)}")
        found.append(known[one] if isinstance(one, str) else one)
    return tuple(found)


def _parsed(text: str, file: str) -> tuple[Allowance, ...]:
    entries = [one for document in read_documents(text) for one in document.content or ()]
    try:
        found = TypeAdapter(tuple[Allowance, ...]).validate_python(entries)
        for one in found:
            for ports in (one.ports, *(each.ports for each in one.pods), *(each.ports for each in one.nodes)):
                parse_ports(ports)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        message = f"{file}: entry {place}: {first['msg']}"
        raise ArgumentError(message, "write entries as those of docs/generate.md, 8") from error
    except ValueError as error:
        message = f"{file}: {error}"
        raise ArgumentError(message) from error
    return found


def allowed(context: Context, allowances: Iterable[Allowance], needs: Iterable[Need], *, whole: bool = False) -> Answer:
    """Return what platforms need for each workload that is asked about, as far as it can be found in the cluster.

    Parameters
    ----------
    context : Context
    allowances : iterable of Allowance
    needs : iterable of Need
        What workloads call and are called for: some allowances are for these alone.
    whole : bool
        Whether they are for every workload.
    """
    cluster = context.cluster
    who = Who(cluster, ServiceDirectory.of(cluster.objects), tuple(needs))
    asked = {one.peer for one in context.workloads if not is_on_host(one)}
    finder = _Finder(cluster, context.labels, who.services)
    found: list[Allowed] = []
    left_out: list[LeftOutNeed] = []
    for allowance in allowances:
        name = "all" if whole and allowance.to_whom in _ALWAYS_ASKED else allowance.to_whom
        wanting: dict[str, list[Wanting]] = {}
        for one in NEEDING[name](who):
            if isinstance(one, str):
                left_out.append(LeftOutNeed(WhyLeftOut.UNRESOLVED, allowance.name, one))
            elif one.workload in asked:
                wanting.setdefault(one.workload, []).append(one)
        if not wanting:
            continue
        answer = finder.found(allowance)
        if isinstance(answer, LeftOutNeed):
            left_out.append(answer)
        if not isinstance(answer, _Found):
            continue
        for workload, listed in sorted(wanting.items()):
            found += [_allowed(allowance, answer, one) for one in listed if workload not in answer.name.split(_AND)]
    return Answer(tuple(dict.fromkeys(found)), tuple(dict.fromkeys(left_out)))


def _allowed(allowance: Allowance, found: _Found, one: Wanting) -> Allowed:
    ends = (one.workload, found.name) if allowance.direction is Direction.EGRESS else (found.name, one.workload)
    said = f"{allowance.name}: {allowance.meaning}"
    said += f" ({one.because})" if one.because else ""
    said += ", assumed: nothing of it was read" if found.assumed else ""
    need = Need(*ends, found.ports if one.ports is None else one.ports, Basis.ALLOWANCE, said)
    return Allowed(one.workload, allowance.direction, found.peers, need)


def name_servers(cluster: Cluster) -> tuple[tuple[RulePeer, ...], PortSet]:
    """Return who answers for DNS names in a cluster, and at which ports of its pods.

    Parameters
    ----------
    cluster : Cluster
    """
    (dns,) = chosen_allowances(["dns"])
    found = _Finder(cluster, WorkloadLabels(cluster), ServiceDirectory.of(cluster.objects)).found(dns)
    return (found.peers, found.ports) if isinstance(found, _Found) else ((), PortSet())


class _Finder:
    """Finds who is at the platform's end."""

    def __init__(self, cluster: Cluster, labels: WorkloadLabels, services: ServiceDirectory) -> None:
        self._cluster, self._labels, self._services = cluster, labels, services

    def found(self, allowance: Allowance) -> _Found | LeftOutNeed | None:
        """Return who it is, and at which ports; why it cannot be selected; None where nothing is there or assumed."""
        for name in allowance.services:
            if (found := self._behind(name, allowance)) is not None:
                return found
        in_question = [one for one in allowance.pods if self._is_shown(one.only_with)]
        read = [(pods, workloads) for pods in in_question if (workloads := self._chosen(pods))]
        return (
            self._of_pods(allowance, read)
            if read
            else self._of_nodes(allowance) or self._unread(allowance, in_question)
        )

    def _unread(self, allowance: Allowance, in_question: list[_Pods]) -> _Found | LeftOutNeed | None:
        """Return what is assumed, or known by its address, where nothing of it was read."""
        first = next((one for one in in_question if one.namespace), None)
        if allowance.assumed and first is not None:
            selector = Selector.of(first.labels)
            peers: tuple[RulePeer, ...] = (Pods(first.namespace, selector), *map(block_of, allowance.addresses))
            return _Found(f"{first.namespace} pods: {selector}", peers, _ports(allowance, first), assumed=True)
        if allowance.addresses and not allowance.pods:
            return self._by_address(allowance)
        if allowance.services:
            detail = f"neither the endpoints of Service {allowance.services[0]} nor nodes of it were read"
            return LeftOutNeed(WhyLeftOut.UNRESOLVED, allowance.name, detail)
        return None

    def _is_shown(self, signs: _Signs) -> bool:
        """Tell whether a cluster shows what something must have been read of."""
        if not (signs.namespaces or signs.kinds):
            return True
        objects = self._cluster.objects
        there = any(fnmatchcase(one.name, pattern) for one in objects.namespaces for pattern in signs.namespaces)
        return there or any(one.kind in signs.kinds for one in objects.manifests)

    def _of_pods(self, allowance: Allowance, read: list[tuple[_Pods, list[Workload]]]) -> _Found | LeftOutNeed:
        """Return the pods that were read; of those in the networks of their nodes, the addresses of these."""
        peers: list[RulePeer] = []
        names: list[str] = []
        unknown: list[str] = []
        ports = PortSet()
        for pods, workloads in read:
            ports |= _ports(allowance, pods)
            for workload in workloads:
                names.append(workload.peer)
                if not is_on_host(workload):
                    whole = Pods(workload.namespace, Selector.of(pods.labels))
                    choice = self._labels.of(workload)
                    peers.append(Pods(workload.namespace, choice.selector) if choice.is_exact else whole)
                    continue
                at = self._node_addresses(workload)
                peers += map(block_of, at)
                if not (at or allowance.addresses):
                    unknown.append(workload.peer)
        peers += map(block_of, allowance.addresses)
        if unknown and not peers:
            detail = f"{', '.join(unknown)}, and the addresses of the nodes are not known"
            return LeftOutNeed(WhyLeftOut.HOST_NETWORK, allowance.name, detail)
        once = tuple(dict.fromkeys(names))
        return _Found(_AND.join(once), tuple(dict.fromkeys(peers)), ports)

    def _node_addresses(self, workload: Workload) -> list[str]:
        """Return the addresses of the nodes that pods of the host's network are on; of all nodes, where not known."""
        placed = {place.host_ip for shape in workload.shapes for place in shape.placements} - {""}
        return sorted(placed or {ip for node in self._cluster.objects.nodes for ip in node.addresses})

    def _of_nodes(self, allowance: Allowance) -> _Found | None:
        for nodes in allowance.nodes:
            chosen = [one for one in self._cluster.objects.nodes if nodes.labels.items() <= one.labels.items()]
            addresses = sorted({ip for one in chosen for ip in one.addresses})
            if addresses:
                name = _AND.join(f"{one.name}[Node]" for one in chosen)
                return _Found(name, tuple(map(block_of, addresses)), _ports(allowance, nodes))
        return None

    def _by_address(self, allowance: Allowance) -> _Found:
        peers = tuple(block_of(one) for one in allowance.addresses)
        return _Found(", ".join(allowance.addresses), peers, allowance.port_set)

    def _chosen(self, pods: _Pods) -> list[Workload]:
        wanted = pods.labels.items()
        return [
            one
            for one in self._cluster.objects.workloads
            if (not pods.namespace or one.namespace == pods.namespace)
            and any(wanted <= shape.labels.items() for shape in living(one))
        ]

    def _behind(self, name: str, allowance: Allowance) -> _Found | None:
        """Return the pods or endpoints behind a Service, at the ports to which it leads: policies are asked there."""
        call = self._services.find(f"{name}[Service]")
        if call is None:
            return None
        asked = allowance.port_set
        ports = tuple(one for one in call.ports if asked.contains(one.protocol, one.port))
        only = ServiceCall(call.service, ports or call.ports, call.every_port)
        found: list[RulePeer] = [block_of(one.address) for one in call.service.endpoints]
        arriving = [only.endpoint_ports(one) for one in call.service.endpoints]
        names: list[str] = []
        for workload in self._cluster.objects.workloads:
            shapes = [shape for shape in living(workload) if only.selects(workload.namespace, shape)]
            if shapes:
                names.append(workload.peer)
                arriving += [only.pod_ports(shape) for shape in shapes]
                choice = self._labels.of(workload)
                if is_on_host(workload):
                    found += map(block_of, self._node_addresses(workload))
                elif choice.is_exact:
                    found.append(Pods(workload.namespace, choice.selector))
        if not found or not (whole := PortSet.union_of(arriving)):
            return None
        return _Found(names[0] if len(names) == 1 else f"Service {name}", tuple(dict.fromkeys(found)), whole)


def _ports(allowance: Allowance, pods: _Pods | _Nodes) -> PortSet:
    return parse_ports(pods.ports) if pods.ports else allowance.port_set
