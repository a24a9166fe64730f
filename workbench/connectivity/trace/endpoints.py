"""Which end does a name mean: from a text to a workload or to addresses outside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from itertools import chain
from operator import itemgetter
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from workbench.connectivity.engine import INGRESS_CONTROLLER, Engine, Peer
from workbench.connectivity.trace.arguments import EndNames, names_asked
from workbench.ground import OUTSIDE, AddressSet, NotFoundError, PortSet, addresses_named, all_of
from workbench.inventory import POD_NAME, PodVariant, Service, ServiceCall, Varying, Workload, canonical

__all__ = ["ALL_ENDPOINTS", "EndpointResolver", "EndpointSet", "Finished"]

_SHOWN = 8
"""So many candidates are listed in a message."""


@dataclass(frozen=True, slots=True, eq=False)
class EndpointSet:
    """The ends that a question is about.

    Attributes
    ----------
    workloads : ndarray of bool, shape (peers,), or None
        The workload peers; None for all of them, and for everyone outside.
    controller : bool
        Whether the ingress controller is meant, too.
    addresses : AddressSet or None
        Where only these are meant.
    """

    workloads: npt.NDArray[np.bool_] | None = None
    controller: bool = True
    addresses: AddressSet | None = None

    def intersection(self, others: EndpointSet) -> EndpointSet:
        """Return the ends that are in both."""
        both = self.workloads if others.workloads is None else others.workloads
        if self.workloads is not None and others.workloads is not None:
            both = self.workloads & others.workloads
        return EndpointSet(both, self.controller and others.controller, others.addresses)


ALL_ENDPOINTS = EndpointSet()


class Finished(NamedTuple):
    """A workload, a pod or an address that has no network any more.

    Attributes
    ----------
    name : str
    why : str
        That it has none, and why, without a full stop.
    """

    name: str
    why: str


class EndpointResolver:
    """Finds the ends of connections by name.

    Parameters
    ----------
    engine : Engine
    """

    def __init__(self, engine: Engine) -> None:
        self._families = engine.families.listed
        self._outside = all_of(self._families)
        self._services = engine.objects.services
        self._classes, self._workloads = engine.classes, engine.workloads
        self._peers = (*engine.workloads.peers, INGRESS_CONTROLLER)
        self._population = engine.population
        self._finished = _finished(engine.population.finished)

    def suit(self, engine: Engine) -> bool:
        """Tell whether names mean the same in another engine, which has other policies."""
        return (
            engine.workloads is self._workloads
            and engine.classes is self._classes
            and engine.population is self._population
            and engine.families.listed == self._families
        )

    @cached_property
    def shapes(self) -> Mapping[int, Sequence[PodVariant]]:
        """The shapes of the pods of each workload peer."""
        found: defaultdict[int, list[PodVariant]] = defaultdict(list)
        for number, pods in enumerate(self._classes.members):
            for pod in pods:
                found[self._workloads.index(pod.workload, number)].append(pod.shape)
        return dict(found)

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        """The peers that a name of a workload means. Most questions about a change of policies name none."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for index, peer in enumerate(self._workloads.peers):
            whole = f"{peer.namespace}/{peer.workload}[{peer.kind}]"
            for name in dict.fromkeys((peer.name, whole, f"{peer.namespace}/{peer.workload}", peer.workload)):
                found[name].append(index)
        for name in (INGRESS_CONTROLLER.name, INGRESS_CONTROLLER.workload):
            found[name].append(len(self._workloads.peers))
        return dict(found)

    @cached_property
    def _by_address(self) -> dict[str, set[int]]:
        """The peers that have an address; that of pods of the host's network is their node's, where they are as it."""
        found: defaultdict[str, set[int]] = defaultdict(set)
        for number, pods in enumerate(self._classes.members):
            for pod in pods if self._classes.isolatable[number] else ():
                for address in pod.shape.ips:
                    found[canonical(address)].add(self._workloads.index(pod.workload, number))
        return dict(found)

    @cached_property
    def _by_pod(self) -> dict[str, set[int]]:
        """The peers that the pods of a name belong to."""
        found: defaultdict[str, set[int]] = defaultdict(set)
        for number, pods in enumerate(self._classes.members):
            for pod in pods:
                for name in pod.shape.pods:
                    for known in (name, f"{pod.workload.namespace}/{name}"):
                        found[known].add(self._workloads.index(pod.workload, number))
        return dict(found)

    def finished(self, text: str) -> Finished | None:
        """Return the finished workload, pod or address that `text` means; None where it means something that lives.

        Raises
        ------
        NotFoundError
            If several finished ones are meant.
        """
        found = self._finished.get(canonical(text), ())
        if not found or self._living(text):
            return None
        if len(found) > 1:
            raise NotFoundError(_several(text, [one.name for one in found]))
        return found[0]

    def _living(self, text: str) -> list[list[int]]:
        """Return the peers that `text` means: as the name of workloads, as an address, as the name of pods."""
        found = (
            self._by_name.get(text, []),
            sorted(self._by_address.get(canonical(text), ())),
            sorted(self._by_pod.get(text, ())),
            sorted(self._by_ordinal(text)),
        )
        return [peers for peers in found if peers]

    def find(self, text: str) -> int | AddressSet | Peer:
        """Return the index of the one workload peer that `text` names, or the addresses or `INGRESS_CONTROLLER`.

        Parameters
        ----------
        text : str
            ``namespace/name[Kind]``, ``namespace/name``, ``name``, the name of a workload's pod, an IP
            address (a pod's own means that pod), a CIDR, or a range as the map prints it, in either
            wording; ``outside``; ``{ingress-controller}``, also without the braces.

        Raises
        ------
        NotFoundError
            If nothing, or more than one workload, is meant.
        """
        found = self.find_pods(text)
        if not isinstance(found, list):
            return found
        if len(found) > 1:
            names = ", ".join(self._peers[index].name for index in found[:_SHOWN])
            message = f"{text!r} may mean {len(found)} kinds of pods: {names}{', …' if len(found) > _SHOWN else ''}"
            raise NotFoundError(message)
        return found[0]

    def find_pods(self, text: str) -> list[int] | AddressSet | Peer:
        """Return what `find` does, but all peers of one workload whose pods policies tell apart.

        Raises
        ------
        NotFoundError
            If nothing, or more than one workload, is meant.
        """
        for found in self._living(text):
            if len(found) == 1 and self._is_controller(found[0]):
                return INGRESS_CONTROLLER
            if len({self._peers[index][1:] for index in found}) == 1:
                return found
            raise NotFoundError(_several(text, [self._peers[index].name for index in found]))
        if finished := self.finished(text):
            raise NotFoundError(finished.why)
        addresses = self._outside if text == OUTSIDE else addresses_named(text)
        if addresses is not None:
            return addresses
        message = f"no workload and no address is called {text!r}; {self._hint(text)}"
        raise NotFoundError(message)

    def _hint(self, text: str) -> str:
        """Return what may be meant by a text that means nothing here."""
        if service := self._service(text):
            name = f"{service.name}.{service.namespace}.svc"
            return f"Service {service.namespace}/{service.name} is only ever the destination of a query, as {name}"
        if host := _service_named(text):
            how = "kubectl get services,endpoints -o yaml"
            return f"Service {host} was not read: add it and its endpoints, as {how} has them"
        near = get_close_matches(text, {**self._by_name, **self._by_pod, **self._finished}, n=3)
        if near:
            return f"did you mean {' or '.join(near)}?"
        first = next((f"{peer.namespace}/{peer.workload}" for peer in self._workloads.peers), "")
        return f"the map of connections lists the names, such as {first}" if first else "no workload was read"

    def _service(self, text: str) -> Service | None:
        """Return the Service that has this name, among those that were read."""
        host = _service_named(text)
        meant = {text.removesuffix("[Service]"), host} if host else {text.removesuffix("[Service]")}
        for one in self._services:
            if meant & {one.name, f"{one.namespace}/{one.name}", f"{one.name}.{one.namespace}"}:
                return one
        return None

    def _by_ordinal(self, text: str) -> set[int]:
        """Return the peers that a pod made from a template belongs to, if `text` is the name that it is sure to get."""
        namespace, _, name = text.rpartition("/")
        beginning, hyphen, _ = name.rpartition("-")
        return {
            peer
            for place, varying, peer in self._numbered.get(beginning + hyphen, ())
            if namespace in {"", place} and varying.part(POD_NAME, name) is not None
        }

    @cached_property
    def _numbered(self) -> dict[str, list[tuple[str, Varying, int]]]:
        """Namespaces, ordinals and peers of pods that are not there yet, by what their names begin with."""
        found: defaultdict[str, list[tuple[str, Varying, int]]] = defaultdict(list)
        for number, pods in enumerate(self._classes.members):
            for pod in pods:
                for varying in () if pod.shape.pods else pod.shape.controller_labels.varying:
                    for beginning in (one.prefix for one in varying.keys if one.key == POD_NAME):
                        index = self._workloads.index(pod.workload, number)
                        found[beginning].append((pod.workload.namespace, varying, index))
        return dict(found)

    def is_name(self, text: str) -> bool:
        """Tell whether `text` is a name of a workload, not one of its pods."""
        return text in self._by_name

    def is_workload(self, text: str) -> bool:
        """Tell whether `text` is a name of a workload, or a name or an address of one of its pods."""
        names = (self._by_name, self._by_address, self._by_pod, self._finished)
        address = canonical(text)
        return any(text in known or address in known for known in names)

    def are_one_pod(self, one: str, other: str) -> bool:
        """Tell whether two texts name the same pod, each by its name or by one of its addresses."""
        if one in self._by_name or other in self._by_name:
            return False
        pods = self._pods.get(canonical(one), set())
        return len(pods) == 1 and pods == self._pods.get(canonical(other))

    @cached_property
    def _pods(self) -> dict[str, set[tuple[str, str]]]:
        """The pods, as namespace and name, that a name or an address is one of."""
        found: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
        for pod in chain.from_iterable(self._classes.members):
            namespace = pod.workload.namespace
            for placement in pod.shape.placements:
                if name := placement.pod:
                    for known in (name, f"{namespace}/{name}", *map(canonical, placement.ips)):
                        found[known].add((namespace, name))
        return dict(found)

    def behind(self, called: ServiceCall) -> list[tuple[int, PortSet]]:
        """Return the workload peers behind a Service, each with the ports that a call arrives at."""
        found: defaultdict[int, PortSet] = defaultdict(PortSet)
        for number, pods in enumerate(self._classes.members):
            for pod in pods:
                if called.selects(pod.workload.namespace, pod.shape):
                    found[self._workloads.index(pod.workload, number)] |= called.pod_ports(pod.shape)
        return sorted(found.items(), key=itemgetter(0))

    def workload_mask(self, names: EndNames | None) -> npt.NDArray[np.bool_] | None:
        """Return which workload peers `names` mean, shape (peers,); None for None.

        A name that means several workloads chooses all of them. `includes_controller` tells whether the
        ingress controller is among them.

        Raises
        ------
        NotFoundError
            If a name means none.
        """
        if names is None:
            return None
        chosen = np.zeros(len(self._peers), dtype=np.bool_)
        for name in names_asked(names):
            found = self._by_name.get(name)
            if found is None:
                index = self.find(name)
                if not isinstance(index, int):
                    message = f"{name!r} is not a workload"
                    raise NotFoundError(message)
                found = [index]
            chosen[found] = True
        return chosen[:-1]

    def includes_controller(self, names: EndNames | None) -> bool:
        """Tell whether the ingress controller is among those that `names` mean; None means everyone."""
        if names is None:
            return True
        listed = names_asked(names)
        return any(self._is_controller(index) for name in listed for index in self._by_name.get(name, ()))

    def _is_controller(self, index: int) -> bool:
        return index == len(self._peers) - 1

    def resolve(self, names: EndNames | None) -> EndpointSet:
        """Return the ends that `names` mean, as `workload_mask` does; one name may also be addresses.

        Raises
        ------
        NotFoundError
            If a name means no workload and no address.
        """
        if names is None:
            return ALL_ENDPOINTS
        listed = names_asked(names)
        if len(listed) == 1 and listed[0] not in self._by_name:
            found = self.find(listed[0])
            if isinstance(found, AddressSet):
                return EndpointSet(None, controller=False, addresses=found)
        return self.workloads(listed)

    def knows(self, name: str) -> bool:
        """Tell whether `name` means a workload, or several."""
        try:
            self.workload_mask(name)
        except LookupError:
            return False
        return True

    def workloads(self, names: EndNames | None) -> EndpointSet:
        """Return the ends that `names` mean, none of which may be addresses.

        Raises
        ------
        NotFoundError
            If a name means no workload.
        """
        if names is None:
            return ALL_ENDPOINTS
        listed = names_asked(names)
        return EndpointSet(self.workload_mask(listed), self.includes_controller(listed))


def _several(text: str, names: Sequence[str]) -> str:
    listed = ", ".join(names[:_SHOWN])
    return f"{text!r} may mean {len(names)} workloads: {listed}{', …' if len(names) > _SHOWN else ''}"


def _finished(workloads: Iterable[Workload]) -> dict[str, tuple[Finished, ...]]:
    """Return the workloads and pods that have finished, by their names and by the addresses that they had."""
    found: defaultdict[str, dict[Finished, None]] = defaultdict(dict)
    for workload in workloads:
        whole = f"{workload.namespace}/{workload.name}"
        named = Finished(workload.peer, f"{workload.peer} has finished and has no network")
        for name in (workload.name, whole, workload.peer):
            found[name][named] = None
        for shape in workload.shapes:
            for pod in shape.pods:
                own = f"{workload.namespace}/{pod}"
                if own != whole:
                    why = f"{own}, a pod of {workload.peer}, has finished and has no network"
                    found[pod][Finished(f"{own}[Pod]", why)] = found[own][Finished(f"{own}[Pod]", why)] = None
            for address in map(canonical, shape.ips):
                why = f"{address} was the address of {workload.peer}, whose pod there has finished; no pod has it now"
                found[address][Finished(address, why)] = None
    return {name: tuple(those) for name, those in found.items()}


def _service_named(text: str) -> str:
    """Return the ``namespace/name`` of the Service that a host name within the cluster means; empty for none."""
    labels = text.removesuffix(".").split(".")
    is_host = labels[2:3] == ["svc"] or labels == ["kubernetes", "default"]
    return f"{labels[1]}/{labels[0]}" if is_host else ""
