"""Where a call arrives that a person names: at workloads behind a Service, at its endpoints, or outside."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from workbench.connectivity.trace.arguments import ports_asked
from workbench.connectivity.trace.endpoints import EndpointResolver
from workbench.connectivity.trace.query_ends import End, QueryEnds
from workbench.ground import ALL_PORTS, NO_PORTS, PROTOCOLS, AddressSet, NotFoundError, PortSet, parse_address
from workbench.inventory import NotOfferedError, ServiceCall, ServiceDirectory, ServicePort, addresses_of, canonical

__all__ = ["Call", "Calls"]


@dataclass(frozen=True, slots=True)
class Call:
    """Where a call arrives.

    Attributes
    ----------
    end : End
    ports : PortSet
        The ports that it arrives at: all that may be meant, where none was named.
    service : str
        The Service that leads there; empty for none.
    notes : tuple of str
        How it gets there, where that is not plain.
    addresses : tuple of str
        Those of the Service: what is sent to them arrives at `end`.
    """

    end: End
    ports: PortSet
    service: str = ""
    notes: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


class Calls:
    """Finds where calls arrive.

    Parameters
    ----------
    ends : EndpointResolver
    query_ends : QueryEnds
    services : ServiceDirectory
    outside : AddressSet
        All addresses that may be outside.
    """

    def __init__(
        self, ends: EndpointResolver, query_ends: QueryEnds, services: ServiceDirectory, outside: AddressSet
    ) -> None:
        self._ends, self._query_ends, self._services, self._outside = ends, query_ends, services, outside

    def to(self, text: str, port: int | None, protocol: str) -> tuple[Call, ...]:
        """Return where a call of `text` arrives: one place for each workload behind a Service.

        Raises
        ------
        NotFoundError
            If no workload is meant, or if a Service selects no pods that listen there.
        """
        try:
            called = None if self._ends.is_workload(text) else self._services.find(text, port, protocol)
        except NotOfferedError as error:
            return (Call(End(text, obstacle=str(error)), ports_asked(port, protocol)),)
        if called:
            return tuple(self._behind(called, text, port, protocol, frozenset()))
        return (Call(self._query_ends.find(text), ports_asked(port, protocol)),)

    def _behind(
        self, called: ServiceCall, text: str, port: int | None, protocol: str, passed: frozenset[str]
    ) -> Iterator[Call]:
        service = called.service
        is_address = canonical(text) in set(addresses_of(service))
        notes = (f"{text} is an address of {called.ref}.",) if is_address else ()
        if service.external_name:
            yield from self._outside_name(called, port, protocol, passed)
            return
        if service.is_headless and port is None and not service.ports:
            called = replace(called, every_port=True)
        elif not called.ports:
            nothing = End(f"{service.namespace}/{service.name}[Service]", obstacle=_not_offered(called, port, protocol))
            yield Call(nothing, ports_asked(port, protocol), called.ref, notes)
            return
        reached = self._pods(called) if service.selector else self._endpoints(called)
        found = [Call(end, ports, called.ref, notes, tuple(addresses_of(service))) for end, ports in reached if ports]
        yield from found or [self._nowhere(called, notes)]

    def _nowhere(self, called: ServiceCall, notes: tuple[str, ...]) -> Call:
        """Return the call of a Service of which nothing is known to be behind it.

        Raises
        ------
        NotFoundError
            If it is known that nothing is.
        """
        service = called.service
        if service.selector:
            message = (
                f"{called.ref} selects no pods that listen on {_listed(called)}: it is not known where requests go"
            )
            raise NotFoundError(message)
        if service.endpoints:
            named = ", ".join(f"{one.port} ({one.name})" if one.name else str(one.port) for one in called.ports)
            message = f"none of the endpoints of {called.ref} has its port {named}: requests go nowhere"
            raise NotFoundError(message)
        if service.endpoints_read:
            message = f"{called.ref} has no endpoint that is ready: requests go nowhere"
            raise NotFoundError(message)
        unknown = End(f"what is behind {called.ref}", addresses=self._outside, unknown=True)
        why = f"{called.ref} has no selector, and its endpoints were not read: what is behind it is not known."
        return Call(unknown, _targets(called), called.ref, (*notes, why), tuple(addresses_of(service)))

    def _pods(self, called: ServiceCall) -> Iterator[tuple[End, PortSet]]:
        for index, ports in self._ends.behind(called):
            yield self._query_ends.peer(index), ports

    def _endpoints(self, called: ServiceCall) -> Iterator[tuple[End, PortSet]]:
        """Yield the ends that a Service without selector sends to, all addresses outside that listen alike as one."""
        outside: defaultdict[PortSet, list[str]] = defaultdict(list)
        for endpoint in called.service.endpoints:
            ports = called.endpoint_ports(endpoint)
            name = next((name for name in (endpoint.address, endpoint.pod) if self._ends.is_workload(name)), "")
            if name:
                yield self._query_ends.find(name), ports
            else:
                outside[ports].append(canonical(endpoint.address))
        for ports, addresses in outside.items():
            if len(addresses) == 1:
                yield self._query_ends.find(addresses[0]), ports
            else:
                yield End(", ".join(addresses), addresses=AddressSet.union_of(map(AddressSet.of, addresses))), ports

    def _outside_name(
        self, called: ServiceCall, port: int | None, protocol: str, passed: frozenset[str]
    ) -> Iterator[Call]:
        """Yield where the other name leads that an ExternalName Service gives: to another Service, or outside."""
        name = called.service.external_name
        leads = f"{called.ref} is another name of {name}."
        if called.ref in passed:
            message = f"{called.ref} is another name of itself, by way of {name}"
            raise NotFoundError(message)
        inner = self._services.find(name, port, protocol)
        if inner is not None:
            for call in self._behind(inner, name, port, protocol, passed | {called.ref}):
                yield replace(call, notes=(leads, *call.notes))
            return
        ports = ports_asked(port, protocol) if port is not None else _targets(called) or ALL_PORTS
        if parse_address(name):
            yield Call(self._query_ends.find(name), ports, called.ref, (leads,))
            return
        notes = (f"{called.ref} leads outside, to {name}, whose addresses are not known here.",)
        yield Call(End(name, addresses=self._outside), ports, called.ref, notes)


def _not_offered(called: ServiceCall, port: int | None, protocol: str) -> str:
    """Return that a Service does not offer a port, and which ones it does, with protocols where these are not one."""
    if port is None:
        return f"{called.ref} offers no ports"
    offered = called.service.ports
    if all(one.protocol == protocol for one in offered):
        return f"{called.ref} offers no port {port} (it offers {_numbers(offered)})"
    protocols = dict.fromkeys(one.protocol for one in offered)
    by_protocol = (f"{name} {_numbers(one for one in offered if one.protocol == name)}" for name in protocols)
    return f"{called.ref} offers no port {port} for {protocol} (it offers {', '.join(by_protocol)})"


def _numbers(ports: Iterable[ServicePort]) -> str:
    return ", ".join(str(port.port) for port in ports) or "none"


def _listed(called: ServiceCall) -> str:
    return ", ".join(str(port.target_port or port.port) for port in called.ports)


def _targets(called: ServiceCall) -> PortSet:
    """Return the ports that a call is sent on to, as far as the Service says them by number."""
    numbers = (
        (port.protocol, port.target_port if isinstance(port.target_port, int) else port.port) for port in called.ports
    )
    found = [PortSet.of(protocol, number) for protocol, number in numbers if protocol in PROTOCOLS]
    return PortSet.union_of(found) if found else NO_PORTS
