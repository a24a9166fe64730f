"""Why something is allowed or denied: the one model of it, in words, and with the file and line where it is written.

A `Decision` is one policy's part. `Connectivity.query` gives those about the ports that were asked about, and
`Connectivity.explain` those about all ports of a pair, port by port. Nothing here needs numpy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from workbench.ground import ALL_PORTS, PortSet, visible
from workbench.manifests import FieldPath, Source, field_line, field_path
from workbench.policy import Direction, DomainNames, Policy, Rule

if TYPE_CHECKING:
    from workbench.connectivity.engine import Peer
    from workbench.inventory import Ingress, Network, Target

__all__ = [
    "BY_DEFAULT",
    "DEFAULT",
    "HOST_NETWORK",
    "ITSELF",
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
    """What a policy does with some ports; or what Kubernetes does where no policy decides, such as `ITSELF`."""

    ALLOWS = "allows"
    DENIES = "denies"
    PASSES = "passes"
    """An admin rule leaves the ports to the tiers below."""
    MAY_ALLOW = "may-allow"
    """A rule allows domain names, which may or may not lead to the other end (semantics 16)."""
    OTHER_PORTS = "other-ports"
    """A NetworkPolicy isolates the subject, and its rule selects the other end, but not these ports."""
    NO_SUCH_PORT = "no-such-port"
    """A NetworkPolicy's rule selects the other end, but only ports by names that the destination does not have.

    In the reference's wording; in ours it is one of `OTHER_PORTS`.
    """
    NO_RULE = "no-rule"
    """A NetworkPolicy isolates the subject, and none of its rules selects the other end."""
    OTHER_NETWORK = "other-network"
    """The two ends are on different primary networks (semantics 17)."""
    DEFAULT = "default"
    """No policy below the admin rule that passed the ports decides about them, so they are allowed."""
    HOST_NETWORK = "host-network"
    """The subject is on the host's network, where policies do not apply (semantics 7)."""
    ITSELF = "itself"
    """Both ends are the same pod."""
    OWN_NODE = "own-node"
    """One end is the node that the other one runs on: whatever policies say, that is allowed."""
    MAY_SHARE_NODE = "may-share-node"
    """One end is a node, on which pods of the other one run, or may run: to these, that is allowed."""
    NO_ROUTE = "no-route"
    """No Ingress and no route leads from the ingress controller to the other end."""
    NO_NETWORK = "no-network"
    """The subject has no network, or a Service does not pass the ports on: no policy decides about that."""


BY_DEFAULT = "the system default (Allow all)"
_SHARED_NODE = "traffic between {} is allowed whatever policies say"
_WITHOUT_POLICY = {
    Effect.HOST_NETWORK: "the host's network, where policies do not apply",
    Effect.OWN_NODE: f"the pod's own node: {_SHARED_NODE.format('the two')}",
    Effect.MAY_SHARE_NODE: "traffic between a pod and the node that it runs on is allowed whatever policies say",
}
_OF_SUBJECT = {
    Effect.HOST_NETWORK: f"it is on {_WITHOUT_POLICY[Effect.HOST_NETWORK]}",
    Effect.OWN_NODE: f"it runs on this node, and {_SHARED_NODE.format('a pod and its own node')}",
    Effect.ITSELF: "a pod always reaches its own address: no policy blocks that",
}
_MISMATCHES = {
    Effect.OTHER_PORTS: "the protocols and ports do not match",
    Effect.NO_SUCH_PORT: "named ports of the rule have no match in the configuration of the destination peer",
}
_VERBS = {Effect.ALLOWS: "allows", Effect.DENIES: "denies", Effect.PASSES: "passes", Effect.MAY_ALLOW: "may allow"}


@dataclass(frozen=True, eq=False)
class Decision:
    """What one policy, or the default, decides about some ports at one end of a connection, and by which rule.

    Two of them are equal only if they are the same object; compare `said` to compare what they say.

    Attributes
    ----------
    effect : Effect
    policy : Policy or None
        None if no policy decides: by the default, on the host's network, for nodes, and for Ingresses and routes.
    rule : Rule or None
        None if it is the policy as a whole that decides, by having no rule that matches.
    target : Target or None
        Where an Ingress or a route leads that has a part in the decision.
    networks : tuple of Network, or None
        The networks of source and destination, where they keep them apart.
    ports : PortSet
        Of the ports that a query is about, those that it decides; all in an explanation, which says it by part.
    note : str
        What the effect alone does not say, in words.
    """

    effect: Effect
    policy: Policy | None = None
    rule: Rule | None = None
    target: Target | None = None
    networks: tuple[Network, Network] | None = None
    ports: PortSet = ALL_PORTS
    note: str = ""

    def about(self, ports: PortSet) -> Decision:
        """Return the decision about these ports alone."""
        return replace(self, ports=ports)

    @property
    def said(self) -> tuple[object, ...]:
        """All that it says, as a tuple; so decisions of different answers can be compared."""
        return self.effect, self.ref, self.source, self.path, self.networks, self.ports, self.note

    @property
    def _owner(self) -> Policy | Ingress | None:
        return self.policy if self.target is None else self.target.ingress

    @property
    def source(self) -> Source | None:
        """Where the policy, the Ingress or the route was read; None if there is none of these."""
        return None if self._owner is None else self._owner.source

    @property
    def ref(self) -> str:
        """``Kind namespace/name`` of the policy, the Ingress or the route; empty if there is none of these."""
        return "" if self._owner is None else self._owner.ref

    @property
    def kind(self) -> str:
        """Kind of the policy, the Ingress or the route; empty if there is none of these."""
        return "" if self._owner is None else self._owner.kind

    @property
    def path(self) -> FieldPath:
        """Path of the rule in its policy, such as ``("spec", "ingress", 0)``, or of the backend; empty without."""
        if self.target is not None:
            return self.target.backend.path
        return () if self.rule is None else self.rule.path

    @property
    def file(self) -> str:
        """The file in which it is written; empty for none."""
        return "" if self.source is None else self.source.file

    @cached_property
    def line(self) -> int | None:
        """The line of the rule, or of its policy, counted from 1; None if it is not known."""
        return None if self.source is None else field_line(self.source, self.path)

    @property
    def domain_names(self) -> tuple[str, ...]:
        """The domain names that the rule allows, if the decision depends on which addresses they have."""
        if self.rule is None or self.effect is not Effect.MAY_ALLOW:
            return ()
        return tuple(name for peer in self.rule.peers if isinstance(peer, DomainNames) for name in peer.names)

    def __repr__(self) -> str:
        return f"Decision({visible(str(self))})"

    def __str__(self) -> str:
        """Return it in words, of its subject as "it"."""
        path = field_path(self.path)
        if self.target is not None:
            return f"{self.ref} sends {self.ports} through Service {self.target.backend.service} by {path}"
        if self.policy is None:
            return self.note or _OF_SUBJECT.get(self.effect, self.effect.value)
        if self.effect is Effect.NO_RULE:
            return f"{self.ref} isolates it, and none of its rules matches"
        if self.effect in _MISMATCHES:
            return f"{self.ref} isolates it, and {path} matches, but not these ports"
        name = f" ({self.rule.name})" if self.rule is not None and self.rule.name else ""
        unsure = f": if it is an address of {' or '.join(self.domain_names)}" if self.domain_names else ""
        return f"{self.ref} {_VERBS[self.effect]} {self.ports} by {path}{name}{unsure}"

    def text(self, direction: Direction, src: Peer, dst: Peer) -> str:
        """Return it as explanations word it, with names as they were read (formats 4).

        Parameters
        ----------
        direction : Direction
            Of the ruling that the decision is part of: egress of `src`, or ingress of `dst`.
        src : Peer
            Source of the connection.
        dst : Peer
            Destination of the connection.
        """
        if self.networks is not None:
            apart = zip(self.networks, (src, dst), strict=True)
            return "; and ".join(_isolates(network, peer) for network, peer in apart if network.definition)
        if self._owner is None:
            return _WITHOUT_POLICY.get(self.effect, BY_DEFAULT)
        name = f"{self.kind} '{f'{self._owner.namespace}/{self._owner.name}'.removeprefix('/')}'"
        if self.target is not None:
            sends = f"ingress connections through service {self.target.backend.service}"
            if self.effect is not Effect.ALLOWS:
                sends = f"ingress to service {self.target.backend.service}, but {_MISMATCHES[Effect.OTHER_PORTS]}"
            return f"{name} allows {sends}"
        return f"{name} {self._part(direction, *((src, dst) if direction is Direction.EGRESS else (dst, src)))}"

    def _part(self, direction: Direction, subject: Peer, other: Peer) -> str:
        """Return what a policy does about two ends, in the words of explanations."""
        side = direction.capitalize()
        number = "" if self.rule is None else self.rule.name or f"#{self.rule.index + 1}"
        if self.effect in _VERBS:
            unsure = f", if it is an address of {' or '.join(self.domain_names)}" if self.domain_names else ""
            return f"{_VERBS[self.effect]} connections by {side} rule {number}{unsure}"
        if self.effect in _MISMATCHES:
            rule = f"{side} rule {number} selects {other.name}"
            return f"selects {subject.name}, and {rule}, but {_MISMATCHES[self.effect]}"
        rules = self.policy is not None and any(rule.direction is direction for rule in self.policy.rules)
        text = f"selects {subject.name}, but {other.name} is not allowed by any {side} rule"
        return text if rules else f"{text} (no rules defined)"


def _isolates(network: Network, peer: Peer) -> str:
    kind = "UserDefinedNetwork" if network.kind.value == "UDN" else "ClusterUserDefinedNetwork"
    return f"{kind} '{network.name}' isolates {peer.name}"


DEFAULT = Decision(Effect.DEFAULT)
HOST_NETWORK = Decision(Effect.HOST_NETWORK)
ITSELF = Decision(Effect.ITSELF)
OWN_NODE = Decision(Effect.OWN_NODE)
MAY_SHARE_NODE = Decision(Effect.MAY_SHARE_NODE)


class Ruling(NamedTuple):
    """Whether one end permits, and the decisions that led to it: none of them means the system default."""

    allowed: bool
    decisions: tuple[Decision, ...] = ()

    @property
    def listed(self) -> tuple[Decision, ...]:
        """The decisions as tables list them: where there are none, what is allowed is so by the system default."""
        return self.decisions or ((DEFAULT,) if self.allowed else ())


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
        """Whether no policy applies at either end."""
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
