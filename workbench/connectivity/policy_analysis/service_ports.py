"""Which rules name the port of a Service where its pods listen on another one.

A Service's port is translated before policies see a connection: they see the port of the pod
(Kubernetes, "Network Policies", and "Virtual IPs and Service Proxies").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final, NamedTuple

from workbench.connectivity.engine import Engine
from workbench.ground import NO_PORTS, PROTOCOLS, PortSet
from workbench.inventory import PodVariant, Service
from workbench.policy import Direction, Pods, Policy, Rule, Tier

__all__ = ["ServicePorts", "Translated"]

_FEW: Final = 16
"""So many ports of one range may each be meant by themselves."""


class Translated(NamedTuple):
    """A port of a Service, and the port on which a pod behind it listens.

    Attributes
    ----------
    service : str
        ``namespace/name``.
    kind : str
        ``port``, or ``node port`` for the one that nodes open for it.
    protocol : str
    port, target : int
        The Service's and the pod's, which differ.
    """

    service: str
    kind: str
    protocol: str
    port: int
    target: int

    def is_mistaken_in(self, ports: PortSet) -> bool:
        """Tell whether `ports` have the Service's port and not the pod's."""
        return ports.contains(self.protocol, self.port) and not ports.contains(self.protocol, self.target)


class ServicePorts:
    """Finds the rules of NetworkPolicies that name a Service's port where a pod's is meant.

    Parameters
    ----------
    engine : Engine
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._services: defaultdict[str, list[Service]] = defaultdict(list)
        for service in engine.objects.services:
            if service.selector and any(port.node_port or port.target_port != port.port for port in service.ports):
                self._services[service.namespace].append(service)
        self._known: dict[int, tuple[Translated, ...]] = {}

    def mistaken(self, policy: Policy, subject: Iterable[int], rule: Rule) -> list[Translated]:
        """Return the ports that a rule names and that no pod which it leads to declares, but a Service of these does.

        Parameters
        ----------
        subject : iterable of int
            The classes that the policy selects.
        """
        wanted = rule.ports.numbers
        if (
            policy.tier is not Tier.NETWORK_POLICY
            or not self._services
            or not any(high - low < _FEW for low, high in wanted.axis)
        ):
            return []
        classes = subject if rule.direction is Direction.INGRESS else self._destinations(rule)
        pods = [pod for number in classes for pod in self._engine.classes.members[number]]
        translated = dict.fromkeys(chain.from_iterable(self._behind(pod.workload.namespace, pod.shape) for pod in pods))
        named = [one for one in translated if one.is_mistaken_in(wanted)]
        declared = PortSet.union_of(_declared(pod.shape) for pod in pods) if named else NO_PORTS
        return [one for one in named if not declared.contains(one.protocol, one.port)]

    def _destinations(self, rule: Rule) -> list[int]:
        """Return the classes that an egress rule is about by labels: their ports are those of pods."""
        found: set[int] = set()
        for peer in rule.peers:
            if isinstance(peer, Pods):
                found.update(self._engine.ends(peer, rule.direction, Tier.NETWORK_POLICY).tolist())
        return sorted(found)

    def _behind(self, namespace: str, shape: PodVariant) -> tuple[Translated, ...]:
        """Return the translated ports of all Services that lead to a pod."""
        key = id(shape)
        if key not in self._known:
            self._known[key] = tuple(
                Translated(f"{service.namespace}/{service.name}", kind, port.protocol, number, target)
                for service in self._services.get(namespace, ())
                if service.selector and service.selector.items() <= shape.labels.items()
                for port in service.ports
                for target in _targets(port.target_port or port.port, port.protocol, shape)
                for kind, number in (("port", port.port), ("node port", port.node_port))
                if number is not None and number != target
            )
        return self._known[key]


def _targets(target: int | str, protocol: str, shape: PodVariant) -> Iterator[int]:
    if isinstance(target, int):
        yield target
    elif (number := shape.port_named(target, protocol)) is not None:
        yield number


def _declared(shape: PodVariant) -> PortSet:
    return PortSet.union_of(PortSet.of(port.protocol, port.port) for port in shape.ports if port.protocol in PROTOCOLS)
