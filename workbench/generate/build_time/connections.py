"""Finds which workloads call which others, by the addresses that their manifests give them (build-time 4, 5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.generate.build_time.addresses import Address, addresses_in, first_address
from workbench.generate.build_time.exposure import Exposure, ServiceKey, exposures
from workbench.generate.build_time.texts import Text, WrittenObjects
from workbench.generate.needs import LeftOutNeed, WhyLeftOut
from workbench.generate.selectors import living, may_choose
from workbench.ground import parse_address
from workbench.inventory import GENERATED_KEYS, ServiceDirectory, ServicePort
from workbench.policy import Selector

if TYPE_CHECKING:
    from workbench.ground import Problem
    from workbench.inventory import Cluster, Service, Workload

__all__ = ["Connection", "Discovery", "Found"]

_LONGEST_ALIAS: Final = 8
"""How many Services of type ExternalName are followed one after another."""


class Found(NamedTuple):
    """An address in a text of a workload.

    Attributes
    ----------
    address : Address
    text : Text
    """

    address: Address
    text: Text


@dataclass(frozen=True)
class Connection:
    """A workload that may call another, through a Service.

    Attributes
    ----------
    source : Workload or None
        None where no workload was found that names the Service, or where the Service is open to more than those.
    target : Workload
    service : Service
    used : tuple of ServicePort
        The ports that addresses name; empty where they name none, and all ports are meant.
    found : tuple of Found
        The addresses by which the source names the Service.
    """

    source: Workload | None
    target: Workload
    service: Service
    used: tuple[ServicePort, ...] = ()
    found: tuple[Found, ...] = ()

    @property
    def ports(self) -> tuple[ServicePort, ...]:
        """The ports of the Service that are called."""
        return self.used or self.service.ports


@dataclass(slots=True)
class _Calls:
    """The ports of a Service that a workload names, and by which addresses."""

    used: list[ServicePort] = field(default_factory=list)
    found: list[Found] = field(default_factory=list)


class Discovery:
    """What the manifests of a cluster say about who calls whom.

    Parameters
    ----------
    cluster : Cluster
    as_reference : bool
        Whether no more is found than the reference tool finds (build-time 12).
    """

    def __init__(self, cluster: Cluster, *, as_reference: bool = False) -> None:
        self.cluster, self.as_reference = cluster, as_reference
        self.written = WrittenObjects(cluster)
        self._directory = ServiceDirectory.of(cluster.objects)
        self._by_name = {(one.namespace, one.name): one for one in cluster.objects.services}
        self._problems: dict[Problem, None] = {}
        self._left_out: dict[LeftOutNeed, None] = {}
        self._known: dict[str, tuple[Found, ...]] = {}

    @cached_property
    def workloads(self) -> tuple[Workload, ...]:
        """The workloads in the order in which they are written."""
        return tuple(
            sorted(
                self.cluster.objects.workloads,
                key=lambda one: self.written.place(one.namespace, one.kind, one.name),
            )
        )

    @cached_property
    def exposures(self) -> dict[ServiceKey, Exposure]:
        """The Services that are open to others than those that name them."""
        return exposures(self.cluster, self.written)

    @cached_property
    def connections(self) -> tuple[Connection, ...]:
        """Who calls whom, in the order in which workloads and Services are written."""
        callers = self._callers
        return tuple(
            one
            for target in self.workloads
            for service in self._in_front_of.get(target.peer, ())
            for one in self._to(target, service, callers.get((service.namespace, service.name), {}))
        )

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is missing of what the manifests of workloads refer to."""
        _ = self.connections
        return tuple(self._problems)

    @property
    def left_out(self) -> tuple[LeftOutNeed, ...]:
        """Addresses of Services that lead to no workload."""
        _ = self.connections
        return tuple(self._left_out)

    def addresses(self, workload: Workload) -> tuple[Found, ...]:
        """Return the addresses that the manifests of a workload hold, whether or not anyone answers there.

        Parameters
        ----------
        workload : Workload
        """
        if workload.peer not in self._known:
            written = self.written.written(workload, init=not self.as_reference)
            self._problems.update(dict.fromkeys(written.problems))
            self._known[workload.peer] = tuple(
                Found(address, text) for text in written.texts for address in self._addresses_in(text.text)
            )
        return self._known[workload.peer]

    def _addresses_in(self, text: str) -> tuple[Address, ...]:
        if not self.as_reference:
            return addresses_in(text)
        first = first_address(text)
        return () if first is None else (first,)

    def _to(self, target: Workload, service: Service, callers: Mapping[str, _Calls]) -> Iterator[Connection]:
        for source, call in callers.items():
            # Pods of one workload may call each other; the reference tool does not look for that.
            if source != target.peer or (not self.as_reference and target.has_siblings):
                yield Connection(self._by_peer[source], target, service, tuple(call.used), tuple(call.found))
        if not callers or self.exposures.get((service.namespace, service.name)):
            yield Connection(None, target, service)

    @cached_property
    def _in_front_of(self) -> dict[str, list[Service]]:
        """The Services that lead to each workload."""
        labelled: defaultdict[tuple[str, str, str], dict[str, Workload]] = defaultdict(dict)
        within: defaultdict[str, dict[str, Workload]] = defaultdict(dict)
        for workload in self.cluster.objects.workloads:
            within[workload.namespace][workload.peer] = workload
            for shape in living(workload):
                for key, value in shape.labels.items():
                    labelled[workload.namespace, key, value][workload.peer] = workload
        found: defaultdict[str, list[Service]] = defaultdict(list)
        order = sorted(
            self.cluster.objects.services, key=lambda one: self.written.place(one.namespace, "Service", one.name)
        )
        for service in order:
            selector = service.selector or {}
            written = next((pair for pair in selector.items() if pair[0] not in GENERATED_KEYS), None)
            near = labelled[service.namespace, *written] if written else within[service.namespace] if selector else {}
            for workload in near.values():
                if self._leads_to(selector, workload):
                    found[workload.peer].append(service)
        return found

    def _leads_to(self, selector: Mapping[str, str], workload: Workload) -> bool:
        """Tell whether a Service with a selector leads to pods of a workload: of a StatefulSet, to one by its name."""
        if self.as_reference:
            return any(selector.items() <= shape.labels.items() for shape in living(workload))
        chosen = Selector.of(selector)
        return any(may_choose(chosen, shape) for shape in living(workload))

    @cached_property
    def _by_peer(self) -> dict[str, Workload]:
        return {one.peer: one for one in self.workloads}

    @cached_property
    def _callers(self) -> dict[ServiceKey, dict[str, _Calls]]:
        """Who names each Service, in the order in which workloads are written."""
        served = {(one.namespace, one.name) for listed in self._in_front_of.values() for one in listed}
        found: defaultdict[ServiceKey, dict[str, _Calls]] = defaultdict(dict)
        for workload in self.workloads:
            for one in self.addresses(workload):
                service = self._meant(workload, one.address.host)
                if service is None:
                    continue
                key = (service.namespace, service.name)
                used = self._used(service, one.address.port)
                if used is None or key not in served:
                    detail = f"no workload of these manifests is behind Service {key[0]}/{key[1]}"
                    if used is None:
                        detail = f"Service {key[0]}/{key[1]} has no port {one.address.port}"
                    subject = f"{workload.peer} => {one.address}"
                    self._left_out[LeftOutNeed(WhyLeftOut.UNRESOLVED, subject, f"{detail}: {one.text.place}")] = None
                    continue
                calls = found[key].setdefault(workload.peer, _Calls())
                calls.used += used
                calls.found.append(one)
        return found

    def _meant(self, workload: Workload, host: str) -> Service | None:
        """Return the Service that a host means: a bare name is one of the workload's own namespace."""
        for _ in range(_LONGEST_ALIAS):
            service = self._called(workload, host)
            if service is None or not service.external_name or self.as_reference:
                return service
            host = service.external_name
        return None

    def _called(self, workload: Workload, host: str) -> Service | None:
        if "." not in host:
            return self._by_name.get((workload.namespace, host))
        if self.as_reference and parse_address(host) is not None:
            return None
        try:
            call = self._directory.find(host)
        except LookupError:
            return None
        return None if call is None else call.service

    def _used(self, service: Service, port: str) -> tuple[ServicePort, ...] | None:
        """Return the ports of a Service that an address names: none where it names none; None where there is none."""
        if not port:
            return ()
        if not port.isdigit():
            named = tuple(one for one in service.ports if one.name == port)
            return named if named and not self.as_reference else None
        numbered = tuple(one for one in service.ports if one.port == int(port))
        if self.as_reference:
            return numbered[:1] or None
        if service.is_headless and not numbered:
            return (ServicePort(int(port)),)
        return numbered or None
