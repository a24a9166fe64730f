"""What do policies say about a Service's own address, which most network plugins never see."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from workbench.ground import ALL_PORTS, AddressSet
from workbench.manifests import field_path
from workbench.policy import Block, Direction, Policy

__all__ = ["naming_rules"]


def naming_rules(policies: Iterable[Policy], addresses: Collection[str]) -> Iterator[str]:
    """Yield what egress rules of `policies` say about a Service's own addresses, in words."""
    wanted = [(ip, AddressSet.of(ip)) for ip in addresses]
    for policy in policies:
        for rule in policy.rules:
            if rule.direction is not Direction.EGRESS:
                continue
            for ip, address in wanted:
                if any(isinstance(peer, Block) and not address - peer.addresses for peer in rule.peers):
                    ports = rule.ports.numbers
                    on = "" if ports == ALL_PORTS else f" on {ports}"
                    path = field_path(rule.path)
                    yield (
                        f"{policy.ref} names {ip}{on} by {path}: that is the Service's own address, and nearly all "
                        "network plugins see the address behind it."
                    )
