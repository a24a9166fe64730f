"""The alternative that others chose: ask every policy about every pair, one pair after another.

It computes the same as the engine, from the same normal form; it serves as the yardstick.
"""

from __future__ import annotations

from collections.abc import Iterator

from workbench.ground import ALL_PORTS, NO_PORTS, PortSet
from workbench.inventory import Cluster, Namespace, PodVariant, Workload
from workbench.policy import Anyone, Direction, Pods, Policy, PortMatch, Rule, RulePeer

__all__ = ["count_pairs"]


def count_pairs(cluster: Cluster) -> int:
    """Return the number of ordered pairs of workloads that may talk on some port, siblings among them."""
    namespaces = {namespace.name: namespace for namespace in cluster.objects.namespaces}
    ends = [(w, w.shapes[0], namespaces[w.namespace]) for w in cluster.objects.workloads]
    return sum(
        bool(
            _permitted(cluster, Direction.EGRESS, src, dst, dst[1])
            & _permitted(cluster, Direction.INGRESS, dst, src, dst[1])
        )
        for src in ends
        for dst in ends
        if src is not dst or src[0].has_siblings
    )


def _permitted(
    cluster: Cluster,
    direction: Direction,
    subject: tuple[Workload, PodVariant, Namespace],
    other: tuple[Workload, PodVariant, Namespace],
    destination: PodVariant,
) -> PortSet:
    isolating = [
        policy
        for policy in cluster.objects.policies
        if direction in policy.isolates and _selects(policy.subject, subject[1], subject[2])
    ]
    if not isolating:
        return ALL_PORTS
    matching = (
        _ports(rule.ports, destination)
        for rule in _rules(isolating, direction)
        if any(_matches(peer, other) for peer in rule.peers)
    )
    return PortSet.union_of(matching)


def _rules(policies: list[Policy], direction: Direction) -> Iterator[Rule]:
    for policy in policies:
        yield from (rule for rule in policy.rules if rule.direction is direction)


def _matches(peer: RulePeer, end: tuple[Workload, PodVariant, Namespace]) -> bool:
    return isinstance(peer, Anyone) or (isinstance(peer, Pods) and _selects(peer, end[1], end[2]))


def _selects(peer: Pods, shape: PodVariant, namespace: Namespace) -> bool:
    if isinstance(peer.namespaces, str):
        return peer.namespaces == namespace.name and peer.pods.matches(shape.labels)
    return peer.namespaces.matches(namespace.labels) and peer.pods.matches(shape.labels)


def _ports(ports: PortMatch, destination: PodVariant) -> PortSet:
    found = ports.numbers
    for named in ports.named:
        for port in destination.ports:
            if port.name == named.name and named.protocol in {None, port.protocol}:
                found |= PortSet.of(port.protocol, port.port)
    return found or NO_PORTS
