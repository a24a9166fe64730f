"""What policies rule about some ports between two ends: the vocabulary of every explanation.

Nothing here needs numpy: the command line lists the formats of explanations in its help.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from workbench.ground import ALL_PORTS, PortSet
from workbench.manifests import FieldPath, Source, field_path
from workbench.policy import DomainNames, Policy, Rule

if TYPE_CHECKING:
    from workbench.inventory import Network, Target

__all__ = [
    "DEFAULT",
    "HOST_NETWORK",
    "MAY_SHARE_NODE",
    "OWN_NODE",
    "Decision",
    "Effect",
    "PairPart",
    "Part",
    "Ruling",
    "join_parts",
    "restrict",
]


class Effect(StrEnum):
    """What a policy does about some ports."""

    ALLOWS = "allows"
    DENIES = "denies"
    PASSES = "passes"
    """An admin rule leaves the ports to the tiers below."""
    MAY_ALLOW = "may-allow"
    """A rule allows domain names, of which nobody knows whether the other end has one of them (semantics 16)."""
    OTHER_PORTS = "other-ports"
    """A NetworkPolicy's rule selects the other end, but not these ports."""
    NO_SUCH_PORT = "no-such-port"
    """A NetworkPolicy's rule selects the other end, but only ports by names that the destination has not.

    In the reference's wording; in ours it is one of `OTHER_PORTS`.
    """
    NO_RULE = "no-rule"
    """A NetworkPolicy selects the subject, and none of its rules selects the other end."""
    ISOLATES = "isolates"
    """The two ends are on different primary networks (semantics 17)."""
    DEFAULT = "default"
    """Nothing below the admin rule that passed the ports has a say, so they are allowed."""
    HOST_NETWORK = "host-network"
    """The subject is on the host's network, where policies do not apply (semantics 7)."""
    OWN_NODE = "own-node"
    """One end is the node that the other one runs on: whatever policies say, that is allowed."""
    MAY_SHARE_NODE = "may-share-node"
    """One end is a node, on which pods of the other one run, or may run: to these, that is allowed."""


@dataclass(frozen=True, slots=True, eq=False)
class Decision:
    """One policy's part in a ruling. Decisions of one `Decider` are equal only if they are the same object.

    Attributes
    ----------
    effect : Effect
    policy : Policy or None
        None for the default, the host's network and nodes.
    rule : Rule or None
        None where no rule of the policy is meant.
    target : Target or None
        Where an Ingress or a route leads that has a part in the ruling.
    networks : tuple of Network, or None
        The networks of source and destination, where they keep them apart.
    """

    effect: Effect
    policy: Policy | None = None
    rule: Rule | None = None
    target: Target | None = None
    networks: tuple[Network, Network] | None = None

    @property
    def source(self) -> Source | None:
        """Where the policy, or the Ingress or route, was read."""
        if self.target is not None:
            return self.target.ingress.source
        return None if self.policy is None else self.policy.source

    @property
    def ref(self) -> str:
        """Kind and name of the policy, or of the Ingress or route; empty for the default and the host's network."""
        if self.target is not None:
            return self.target.ingress.ref
        return "" if self.policy is None else self.policy.ref

    @property
    def domain_names(self) -> tuple[str, ...]:
        """The domain names that the rule allows, where the decision hangs on them."""
        if self.rule is None or self.effect is not Effect.MAY_ALLOW:
            return ()
        return tuple(name for peer in self.rule.peers if isinstance(peer, DomainNames) for name in peer.names)

    @property
    def path(self) -> FieldPath:
        """Path of the rule in its policy, such as ``("spec", "ingress", 0)``, or of the backend; empty without."""
        if self.target is not None:
            return self.target.backend.path
        return () if self.rule is None else ("spec", self.rule.direction.value, self.rule.index)

    def __repr__(self) -> str:
        return f"<{' '.join(filter(None, (self.effect, self.ref, field_path(self.path))))}>"


DEFAULT = Decision(Effect.DEFAULT)
HOST_NETWORK = Decision(Effect.HOST_NETWORK)
OWN_NODE = Decision(Effect.OWN_NODE)
MAY_SHARE_NODE = Decision(Effect.MAY_SHARE_NODE)


class Ruling(NamedTuple):
    """Whether one end permits, and the decisions that led to it: none of them means the system default."""

    allowed: bool
    decisions: tuple[Decision, ...] = ()


class Part(NamedTuple):
    """Ports about which one end rules alike."""

    ports: PortSet
    ruling: Ruling


class PairPart(NamedTuple):
    """Ports about which both ends rule alike."""

    ports: PortSet
    egress: Ruling
    ingress: Ruling

    @property
    def allowed(self) -> bool:
        """Whether both ends permit."""
        return self.egress.allowed and self.ingress.allowed

    @property
    def by_default(self) -> bool:
        """Whether no policy has a say at either end."""
        return self.allowed and not self.egress.decisions and not self.ingress.decisions


def join_parts(egress: Sequence[Part], ingress: Sequence[Part]) -> tuple[PairPart, ...]:
    """Return the parts into which the rulings of both ends divide all ports."""
    found = (PairPart(sent.ports & got.ports, sent.ruling, got.ruling) for sent in egress for got in ingress)
    return tuple(part for part in found if part.ports)


def restrict(parts: Sequence[PairPart], ports: PortSet) -> tuple[PairPart, ...]:
    """Return what `parts` say about `ports`."""
    if ports == ALL_PORTS:
        return tuple(parts)
    found = (part._replace(ports=part.ports & ports) for part in parts)
    return tuple(part for part in found if part.ports)
