"""A policy as it is while it is made smaller: its subject, what it isolates, and rules in an order of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Final, NamedTuple

from workbench.generate.peers import block_of, cidrs_of
from workbench.ground import AddressSet, count_of
from workbench.policy import (
    NAMESPACE_NAME_LABEL,
    Anyone,
    Block,
    Direction,
    Pods,
    Policy,
    PortMatch,
    Rule,
    RulePeer,
    Selector,
)

__all__ = ["Form", "Part", "Size", "joined_block", "plain_peer", "size_of"]

_EVERY_PORT: Final = PortMatch()


class Size(NamedTuple):
    """How much policies say.

    Attributes
    ----------
    policies, rules : int
    peers : int
        Entries of ``from`` and ``to``, and exceptions of blocks.
    ports : int
        Entries of ``ports``.
    """

    policies: int
    rules: int
    peers: int
    ports: int

    def __str__(self) -> str:
        """Return it in words."""
        nouns = ("policy", "rule", "peer", "port")
        return ", ".join(count_of(count, noun) for count, noun in zip(self, nouns, strict=True))


def size_of(policies: Iterable[Policy]) -> Size:
    """Return how much policies say.

    Parameters
    ----------
    policies : iterable of Policy
    """
    listed = list(policies)
    rules = [rule for policy in listed for rule in policy.rules]
    return Size(
        len(listed),
        len(rules),
        sum(_weight(peer) for rule in rules for peer in rule.peers),
        sum(_port_count(rule.ports) for rule in rules),
    )


def _weight(peer: RulePeer) -> int:
    return 1 + len(peer.exceptions) if isinstance(peer, Block) else int(not isinstance(peer, Anyone))


def _port_count(ports: PortMatch) -> int:
    return 0 if ports == _EVERY_PORT else len(ports.numbers.intervals) + len(ports.named)


@dataclass(frozen=True, slots=True)
class Part:
    """A rule.

    Attributes
    ----------
    direction : Direction
    peers : tuple of RulePeer
        Each once, sorted.
    ports : PortMatch
    """

    direction: Direction
    peers: tuple[RulePeer, ...]
    ports: PortMatch

    @classmethod
    def of(cls, direction: Direction, peers: Iterable[RulePeer], ports: PortMatch) -> Part:
        """Return the rule with some peers in their order.

        Parameters
        ----------
        direction : Direction
        peers : iterable of RulePeer
        ports : PortMatch
        """
        once = sorted(set(peers), key=_peer_order)
        everyone = [one for one in once if isinstance(one, Anyone)]
        return cls(direction, tuple(everyone or once), ports)

    @property
    def order(self) -> tuple[object, ...]:
        """Where it stands among the rules of a policy."""
        named = tuple((one.name, one.protocol or "") for one in self.ports.named)
        return self.direction.value != "ingress", tuple(map(_peer_order, self.peers)), self.ports.numbers.axis, named


@dataclass(frozen=True, slots=True)
class Form:
    """A policy.

    Attributes
    ----------
    namespace : str
    subject : Selector
    isolates : frozenset of Direction
    parts : tuple of Part
        Its rules, sorted.
    origins : tuple of str
        Refs of the policies in whose place it stands, sorted.
    """

    namespace: str
    subject: Selector
    isolates: frozenset[Direction]
    parts: tuple[Part, ...]
    origins: tuple[str, ...]

    @classmethod
    def of(cls, policy: Policy) -> Form:
        """Return the form of a policy.

        Parameters
        ----------
        policy : Policy
        """
        parts = (
            Part.of(rule.direction, (plain_peer(peer, policy.namespace) for peer in rule.peers), rule.ports)
            for rule in policy.rules
            if rule.peers and (rule.ports.numbers or rule.ports.named)
        )
        return cls(policy.namespace, policy.subject.pods, policy.isolates, (), (policy.ref,)).with_parts(parts)

    def with_parts(self, parts: Iterable[Part]) -> Form:
        """Return the policy with other rules, in their order.

        Parameters
        ----------
        parts : iterable of Part
        """
        return replace(self, parts=tuple(sorted(set(parts), key=lambda one: one.order)))

    @property
    def order(self) -> tuple[object, ...]:
        """Where it stands among policies."""
        ways = tuple(sorted(way.value for way in self.isolates))
        return self.namespace, str(self.subject), ways, tuple(one.order for one in self.parts), self.origins

    @property
    def says(self) -> tuple[object, ...]:
        """What it says, wherever it comes from."""
        return self.namespace, self.subject, self.isolates, self.parts

    def rules(self) -> tuple[Rule, ...]:
        """Return its rules, numbered in each direction."""
        found: list[Rule] = []
        for way in Direction:
            parts = [one for one in self.parts if one.direction is way]
            found += [Rule(way, index, one.peers, one.ports) for index, one in enumerate(parts)]
        return tuple(found)


def plain_peer(peer: RulePeer, own: str) -> RulePeer:
    """Return a peer in one form: the own namespace by its name, others by selectors, and blocks as short as they go.

    Parameters
    ----------
    peer : RulePeer
    own : str
        The namespace of the policy.
    """
    if isinstance(peer, Block):
        return joined_block((peer,)) or block_of(peer.cidr, sorted(set(peer.exceptions)))
    if not isinstance(peer, Pods):
        return peer
    if isinstance(peer.namespaces, str):
        elsewhere = Selector.of({NAMESPACE_NAME_LABEL: peer.namespaces})
        return Pods(own if peer.namespaces == own else elsewhere, peer.pods)
    if peer.namespaces == Selector.of({NAMESPACE_NAME_LABEL: own}):
        return Pods(own, peer.pods)
    return peer


def joined_block(blocks: tuple[Block, ...]) -> Block | None:
    """Return one block that has the addresses of all of `blocks`, where it is shorter to write than they are.

    Parameters
    ----------
    blocks : tuple of Block
        One, or several.
    """
    whole = AddressSet.union_of(one.addresses for one in blocks)
    if not whole or (whole.ipv4 and whole.ipv6):
        return None
    kind, pairs = (IPv4Address, whole.ipv4) if whole.ipv4 else (IPv6Address, whole.ipv6)
    first, last = kind(pairs[0][0]), kind(pairs[-1][1])
    prefix = first.max_prefixlen - (int(first) ^ int(last)).bit_length()
    network = ip_network(f"{first}/{prefix}", strict=False)
    holes = cidrs_of(AddressSet.of_network(network) - whole)
    if 1 + len(holes) >= sum(map(_weight, blocks)):
        return None
    return block_of(str(network), holes)


def _peer_order(peer: RulePeer) -> tuple[int, str, str]:
    if isinstance(peer, Pods):
        return int(isinstance(peer.namespaces, Selector)), str(peer.namespaces), str(peer.pods)
    return (2, peer.text, "") if isinstance(peer, Block) else (3, repr(peer), "")
