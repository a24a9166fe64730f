"""Which pods cannot talk because they are on different primary networks, whatever policies say (semantics 17).

A user-defined network is evaluated like an admin policy before all others: it denies its pods whatever
comes from, or goes to, pods of other networks. So every question gets the right answer, with the
network for a reason. Addresses outside and the ingress controller are on no network.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from workbench.inventory import Namespace, Network, NetworkKind, Objects
from workbench.policy import Action, Direction, Operator, Pods, Policy, Requirement, Rule, Selector, Tier

__all__ = ["is_network", "with_isolation"]

MARK = "|network"
"""Label that namespaces get; no key that a user may write holds a ``|``."""
KINDS = {NetworkKind.UDN: "UserDefinedNetwork", NetworkKind.CUDN: "ClusterUserDefinedNetwork"}
FIRST = -1
"""Priority before those that policies may have, which begin at 0."""


def with_isolation(objects: Objects) -> Objects:
    """Return `objects` with a policy for each primary network, and namespaces marked with theirs."""
    primary = [network for network in objects.networks if network.primary]
    if not primary:
        return objects
    marks = {name: str(number) for number, network in enumerate(primary) for name in network.namespaces}
    return replace(
        objects,
        namespaces=tuple(_marked(namespace, marks.get(namespace.name, "")) for namespace in objects.namespaces),
        policies=(*objects.policies, *(_policy(network, str(number)) for number, network in enumerate(primary))),
    )


def is_network(policy: Policy) -> bool:
    """Tell whether a policy was made for a network, and not written by a user."""
    return policy.priority == FIRST


def _marked(namespace: Namespace, mark: str) -> Namespace:
    return replace(namespace, labels=MappingProxyType({**namespace.labels, MARK: mark}))


def _policy(network: Network, mark: str) -> Policy:
    ours = Requirement(MARK, Operator.IN, (mark,))
    others = Selector((Requirement(MARK, Operator.EXISTS), Requirement(MARK, Operator.NOT_IN, (mark,))))
    return Policy(
        kind=KINDS[network.kind],
        namespace=network.name if network.kind is NetworkKind.UDN else "",
        name=network.definition,
        tier=Tier.ADMIN,
        subject=Pods(Selector((ours,))),
        rules=tuple(
            Rule(direction, -1, (Pods(others),), action=Action.DENY, name="pods of other networks")
            for direction in Direction
        ),
        priority=FIRST,
        source=network.source,
    )
