"""Finds what platforms need in a cluster: who answers, at which ports, and which workloads need it (generate 8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from workbench.generate.needs import Basis, Need
from workbench.generate.peers import block_of, is_on_host
from workbench.generate.selectors import living
from workbench.ground import ArgumentError, MissingFileError, PortSet, parse_ports
from workbench.inventory import ServiceDirectory
from workbench.manifests import read_documents
from workbench.policy import Direction, Pods, RulePeer, Selector

if TYPE_CHECKING:
    from workbench.generate.context import Context
    from workbench.inventory import Cluster, Workload

__all__ = ["Allowance", "Allowed", "For", "allowed", "chosen_allowances", "read_allowances", "shipped_allowances"]

For: TypeAlias = Literal["callers", "called", "all"]
_EVERYTHING: Final = "all"


class _Pods(BaseModel):
    """Pods by their labels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    namespace: str
    labels: Mapping[str, str]


class Allowance(BaseModel):
    """Something that a platform needs.

    Attributes
    ----------
    name, meaning : str
    direction : {"egress", "ingress"}
    to_whom : {"callers", "called", "all"}
        Which workloads need it; ``for`` in files.
    services : tuple of str
        By ``namespace/name``.
    pods : tuple
        By namespace and labels.
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


class _Found(NamedTuple):
    """Who answers.

    Attributes
    ----------
    name : str
    peers : tuple of RulePeer
    ports : PortSet
    """

    name: str
    peers: tuple[RulePeer, ...]
    ports: PortSet


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
            one.port_set  # noqa: B018  (it raises what is wrong with it)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"]))
        message = f"{file}: entry {place}: {first['msg']}"
        raise ArgumentError(message, "write entries as those of docs/generate.md, 8") from error
    except ValueError as error:
        message = f"{file}: {error}"
        raise ArgumentError(message) from error
    return found


def allowed(
    context: Context, allowances: Iterable[Allowance], needs: Iterable[Need], *, whole: bool = False
) -> Iterator[Allowed]:
    """Yield what platforms need for each workload that is asked about, as far as it can be found in the cluster.

    Parameters
    ----------
    context : Context
    allowances : iterable of Allowance
    needs : iterable of Need
        What workloads call and are called for: some allowances are for these alone.
    whole : bool
        Whether they are for every workload.
    """
    listed = list(needs)
    wanting: dict[str, set[str]] = {
        "callers": {one.src for one in listed},
        "called": {one.dst for one in listed},
    }
    finder = _Finder(context.cluster, context)
    for allowance in allowances:
        found = finder.found(allowance)
        for workload in context.workloads if found is not None else ():
            is_meant = whole or allowance.to_whom == _EVERYTHING or workload.peer in wanting[allowance.to_whom]
            if found is not None and is_meant and not is_on_host(workload) and workload.peer != found.name:
                ends = (
                    (workload.peer, found.name)
                    if allowance.direction is Direction.EGRESS
                    else (found.name, workload.peer)
                )
                need = Need(*ends, found.ports, Basis.ALLOWANCE, f"{allowance.name}: {allowance.meaning}")
                yield Allowed(workload.peer, allowance.direction, found.peers, need)


class _Finder:
    """Finds who answers."""

    def __init__(self, cluster: Cluster, context: Context) -> None:
        self._cluster, self._context = cluster, context
        self._services = ServiceDirectory.of(cluster.objects)

    def found(self, allowance: Allowance) -> _Found | None:
        """Return who answers, and at which ports; None where nobody is there and nothing is assumed."""
        for name in allowance.services:
            if (found := self._behind(name, allowance)) is not None:
                return found
        for pods in allowance.pods:
            selector = Selector.of(pods.labels)
            workloads = [one for one in self._chosen(pods) if not is_on_host(one)]
            if workloads or allowance.assumed:
                name = workloads[0].peer if len(workloads) == 1 else f"{pods.namespace} pods: {selector}"
                addresses = tuple(block_of(one) for one in allowance.addresses)
                choices = [self._context.labels.of(one) for one in workloads]
                # By the labels that other rules choose them by, where they are there: so that a rule has them once.
                known = [one.selector for one in choices] if all(one.is_exact for one in choices) else []
                peers = [Pods(pods.namespace, one) for one in known or [selector]]
                return _Found(name, (*dict.fromkeys(peers), *addresses), allowance.port_set)
            if self._chosen(pods) and allowance.addresses:
                return self._by_address(allowance)
        return self._by_address(allowance) if allowance.addresses and not allowance.pods else None

    def _by_address(self, allowance: Allowance) -> _Found:
        peers = tuple(block_of(one) for one in allowance.addresses)
        return _Found(", ".join(allowance.addresses), peers, allowance.port_set)

    def _chosen(self, pods: _Pods) -> list[Workload]:
        wanted = pods.labels.items()
        return [
            one
            for one in self._cluster.objects.workloads
            if one.namespace == pods.namespace and any(wanted <= shape.labels.items() for shape in living(one))
        ]

    def _behind(self, name: str, allowance: Allowance) -> _Found | None:
        """Return the pods behind a Service, at the ports to which it leads: policies are asked there."""
        call = self._services.find(f"{name}[Service]")
        if call is None:
            return None
        asked = allowance.port_set
        ports = tuple(one for one in call.ports if asked.contains(one.protocol, one.port))
        only = call.__class__(call.service, ports or call.ports, call.every_port)
        found: list[RulePeer] = []
        arriving: list[PortSet] = []
        names: list[str] = []
        for workload in self._cluster.objects.workloads:
            shapes = [shape for shape in living(workload) if only.selects(workload.namespace, shape)]
            if shapes:
                names.append(workload.peer)
                arriving += [only.pod_ports(shape) for shape in shapes]
                choice = self._context.labels.of(workload)
                found += [Pods(workload.namespace, choice.selector)] if choice.is_exact else []
        if not found or not (whole := PortSet.union_of(arriving)):
            return None
        return _Found(names[0] if len(names) == 1 else f"Service {name}", tuple(dict.fromkeys(found)), whole)
