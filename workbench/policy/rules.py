"""The one normal form of every policy kind: which pods it selects, and what its rules allow, and for which peers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple, TypeAlias

from workbench.ground import ALL_PORTS, AddressSet, PortSet, Problem, count_of, one_line, visible
from workbench.manifests import FieldPath, Source, field_path
from workbench.policy.selectors import EVERYTHING, Selector

__all__ = [
    "NOT_EVALUATED",
    "Action",
    "Anyone",
    "Block",
    "Direction",
    "DomainNames",
    "LeftOut",
    "Metadata",
    "NamedPort",
    "Nodes",
    "Pods",
    "Policy",
    "PortMatch",
    "Rule",
    "RulePeer",
    "Tier",
    "Why",
]


NOT_EVALUATED: Final = "policy-not-evaluated"
"""Code of the problems that say that a cluster may have a policy which answers leave out."""


class Tier(IntEnum):
    """The order in which policies are evaluated (semantics 14)."""

    ADMIN = 0
    NETWORK_POLICY = 1
    BASELINE = 2


class Direction(StrEnum):
    """Which end of a connection a rule is about: the one that it enters, or the one that it leaves."""

    INGRESS = "ingress"
    EGRESS = "egress"


class Action(StrEnum):
    """What a rule does with what it matches. NetworkPolicy knows ``ALLOW`` only.

    ``ALLOW`` is also what ClusterNetworkPolicy calls Accept; ``PASS`` skips the rest of the tier.
    """

    ALLOW = "Allow"
    DENY = "Deny"
    PASS = "Pass"  # noqa: S105  (a verdict, no password)


class Pods(NamedTuple):
    """Pods by their namespace and their labels.

    Attributes
    ----------
    namespaces : Selector or str
        A selector over namespaces, or the exact name of one.
    pods : Selector
        A selector over the pods of those namespaces; everything where none was written.
    """

    namespaces: Selector | str
    pods: Selector = EVERYTHING


@dataclass(frozen=True, slots=True)
class Block:
    """Addresses, from an ``ipBlock`` or one of ``networks``.

    An ``ipBlock`` is about the outside; ``networks`` of admin policies hold pods, too (semantics 16).

    Attributes
    ----------
    addresses : AddressSet
        Those of `cidr` without those of `exceptions`.
    cidr : str
    exceptions : tuple of str
        CIDRs within it. All are as they were written.
    """

    addresses: AddressSet
    cidr: str
    exceptions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """What was written: ``10.0.0.0/8 except 10.1.0.0/16``."""
        return " except ".join((self.cidr, *self.exceptions))


@dataclass(frozen=True, slots=True)
class Anyone:
    """Every pod and every address: an empty or missing ``from`` or ``to``."""


@dataclass(frozen=True, slots=True)
class Nodes:
    """The addresses of the nodes with these labels (egress of admin policies)."""

    nodes: Selector


@dataclass(frozen=True, slots=True)
class DomainNames:
    """The addresses of these domain names; ``*.`` stands for one or more labels (ClusterNetworkPolicy, Accept only).

    Names are kept as they are written and never resolved: no manifest says which addresses they have.
    """

    names: tuple[str, ...]


RulePeer: TypeAlias = Pods | Block | Nodes | DomainNames | Anyone


@dataclass(frozen=True, slots=True)
class NamedPort:
    """A port by its name on the destination's containers.

    `protocol` None takes the container's protocol, as admin policies do (semantics 12).
    """

    name: str
    protocol: str | None


@dataclass(frozen=True, slots=True)
class PortMatch:
    """The ports that a rule is about: numbers, and names that each destination resolves for itself."""

    numbers: PortSet = ALL_PORTS
    named: tuple[NamedPort, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a policy.

    Attributes
    ----------
    index : int
        Position among the rules of its direction, from 0.
    name : str
        As written; empty where the kind has no rule names.
    peers : tuple of Peer
        Any of them; an empty tuple matches nothing.
    """

    direction: Direction
    index: int
    peers: tuple[RulePeer, ...]
    ports: PortMatch = PortMatch()
    action: Action = Action.ALLOW
    name: str = ""

    def __repr__(self) -> str:
        """Return where it stands, and how many peers it names."""
        place = field_path(self.path)
        return one_line(f"Rule({self.action.value} {place}, {count_of(len(self.peers), 'peer')})")

    @property
    def path(self) -> FieldPath:
        """Path in its policy, such as ``("spec", "ingress", 0)``; that of the whole spec where no rule is written."""
        return ("spec",) if self.index < 0 else ("spec", self.direction.value, self.index)


@dataclass(frozen=True, slots=True)
class Metadata:
    """What people write into ``metadata`` beside the name and the namespace.

    Attributes
    ----------
    labels, annotations : tuple of (str, str)
        Keys and values, sorted.
    generated : bool
        Whether the name is the beginning of one, ``generateName``, which the API server completes.
    """

    labels: tuple[tuple[str, str], ...] = ()
    annotations: tuple[tuple[str, str], ...] = ()
    generated: bool = False

    @classmethod
    def of(
        cls,
        labels: Mapping[str, str] | None = None,
        annotations: Mapping[str, str] | None = None,
        *,
        generated: bool = False,
    ) -> Metadata:
        """Return the metadata with these `labels` and `annotations`; of a `generated` name, if it is one."""
        return cls(tuple(sorted((labels or {}).items())), tuple(sorted((annotations or {}).items())), generated)


NO_METADATA: Final = Metadata()


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy of any kind in normal form.

    Attributes
    ----------
    namespace : str
        Empty for cluster-wide kinds.
    priority : int
        Lower is evaluated first within the tier; 0 where the kind has none, as in BaselineAdminNetworkPolicy.
    subject : Pods
        The pods that the policy is about.
    isolates : frozenset of Direction
        Directions in which what no rule allows is denied to the subject (NetworkPolicy tier only).
    metadata : Metadata
        It decides nothing, and two policies that differ in it only are equal.
    pruned : Policy or None
        What a client makes of it that drops the fields that it does not know; None where that is the same.
    ref : str
        ``Kind namespace/name`` (or ``Kind name``), for messages. Made once: a change looks at that of every policy.
    """

    kind: str
    namespace: str
    name: str
    tier: Tier
    subject: Pods
    isolates: frozenset[Direction] = frozenset()
    rules: tuple[Rule, ...] = ()
    priority: int = 0
    source: Source = Source()
    metadata: Metadata = field(default=NO_METADATA, compare=False, repr=False)
    pruned: Policy | None = field(default=None, compare=False, repr=False)
    ref: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        name = f"{self.namespace}/{self.name}" if self.namespace else self.name
        object.__setattr__(self, "ref", f"{self.kind} {name}")

    def __repr__(self) -> str:
        """Return its name, and how many rules it has."""
        return f"Policy({visible(self.ref)}, {count_of(len(self.rules), 'rule')})"


class Why(StrEnum):
    """Why a policy that was written takes no part in answers.

    ``REFUSED``: the API server refuses it, so that no cluster has it. ``UNDEFINED``: the API server stores it,
    but nothing defines what it means. ``FOREIGN``: its kind is not evaluated here. A cluster may have policies
    of the latter two, and may then allow less or more than answers say.
    """

    REFUSED = "refused"
    UNDEFINED = "undefined"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A policy that was written and takes no part in answers.

    Attributes
    ----------
    policy : Policy
        As much of it as could be read. Where its subject could not, all pods that it can be about.
    why : Why
    prunable : bool
        Whether unknown fields and metadata are all that is wrong with it, and `policy` is it without them.
    warnings : tuple of Problem
        What is said instead of the errors where these are ignored.
    spec : object
        Its spec as it was written.
    problems : tuple of Problem
        What is wrong with it. What follows depends on the other policies of a cluster, and is not said here.
    """

    policy: Policy
    why: Why
    prunable: bool = False
    warnings: tuple[Problem, ...] = ()
    spec: object = field(default=None, hash=False, repr=False)
    problems: tuple[Problem, ...] = field(default=(), hash=False, repr=False)

    @property
    def ref(self) -> str:
        """``Kind namespace/name`` (or ``Kind name``), for messages."""
        return self.policy.ref

    @property
    def in_force(self) -> bool:
        """Whether a cluster may have it, so that answers about its subject are not certain."""
        return self.why is not Why.REFUSED
