"""Which rules name the address of a Service: packets bear the address behind it when most plugins see them.

Kubernetes leaves open whether a Service's address is translated before or after policies are applied ("The
NetworkPolicy resource", ipBlock). Nearly all network plugins see the pod's address, so such a rule matches no traffic.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from workbench.ground import AddressSet, Problem, Severity
from workbench.inventory import Service, addresses_of
from workbench.manifests import field_line, field_path
from workbench.policy import Block, Direction, Policy, Rule

__all__ = ["ServiceBlocks"]


class ServiceBlocks:
    """Finds the rules that lead to a Service's own address.

    Parameters
    ----------
    services : iterable of Service
    """

    def __init__(self, services: Iterable[Service]) -> None:
        self._services = {AddressSet.of(ip): service for service in services for ip in addresses_of(service)}

    def problems(self, policy: Policy) -> Iterator[Problem]:
        """Yield a warning for each block of an egress rule that is the address of a Service and nothing more."""
        for rule in policy.rules if self._services else ():
            for peer in rule.peers if rule.direction is Direction.EGRESS else ():
                if isinstance(peer, Block) and (service := self._services.get(peer.addresses)):
                    yield _problem(policy, rule, peer, service)


def _problem(policy: Policy, rule: Rule, block: Block, service: Service) -> Problem:
    if service.selector:
        behind = f"pods with {','.join(f'{key}={value}' for key, value in service.selector.items())}"
        remedy = f"Select these pods in namespace {service.namespace}, with the ports on which they listen."
    else:
        behind = "its endpoints"
        remedy = "Name the addresses of its endpoints (kubectl get endpointslices) and their ports."
    path = rule.path
    return Problem(
        Severity.WARNING,
        "service-address",
        f"{block.text} is the address of Service {service.namespace}/{service.name}, which leads to {behind}: nearly "
        f"all network plugins see the address behind a Service, so this rule does not {rule.action.value.lower()} that",
        remedy,
        policy.source.file,
        field_line(policy.source, path),
        policy.ref,
        field_path(path),
    )
