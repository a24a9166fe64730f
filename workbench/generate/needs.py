"""What is to be allowed, one connection each, and who says so: what generation makes rules of."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from workbench.ground import PortSet, count_of

__all__ = ["ADMISSIBLE", "Basis", "LeftOutNeed", "Need", "NeedKey", "WhyLeftOut", "merged_needs", "need_order"]

NeedKey: TypeAlias = tuple[str, str, PortSet]
"""What tells a need from others, whoever says it: its two ends and its ports."""


class Basis(StrEnum):
    """Who says that a connection is needed."""

    OBSERVED = "observed"
    BASELINE = "baseline"
    DECLARED = "declared"
    LISTED = "listed"
    ALLOWANCE = "allowance"
    RECIPE = "recipe"


class WhyLeftOut(StrEnum):
    """Why no rule is made of something; `meaning` says it in words (generate 4)."""

    HOST_NETWORK = "host-network"
    UNRESOLVED = "unresolved"
    CLIENT_UNKNOWN = "client-unknown"
    DENIED = "denied"
    EPHEMERAL = "ephemeral-port"
    SNAT = "snat"
    PROBE = "probe"
    OWN_NODE = "own-node"
    SEEN_ONCE = "seen-once"
    WIDENED = "widened"
    ANOMALOUS = "anomalous"
    PROTECTED = "protected-namespace"
    HAS_POLICY = "has-policy"
    NO_LABELS = "no-labels"
    TOO_WIDE = "selects-others"
    EMPTY_PEERS = "no-peers"
    NO_PROTOCOL = "protocol"
    NAME_TAKEN = "name-taken"
    NOT_WRITABLE = "not-writable"
    BY_HAND = "by-hand"
    NOTHING_SEEN = "nothing-seen"

    @property
    def meaning(self) -> str:
        """The same in words."""
        return _MEANINGS[self]


_MEANINGS: Final = {
    WhyLeftOut.HOST_NETWORK: "the pods are in the network of their node, which policies are not about",
    WhyLeftOut.UNRESOLVED: "it is not known who is at an end",
    WhyLeftOut.CLIENT_UNKNOWN: "it is not known which end is the client",
    WhyLeftOut.DENIED: "it was denied",
    WhyLeftOut.EPHEMERAL: "the port may be that of a client",
    WhyLeftOut.SNAT: "a node hides the client",
    WhyLeftOut.PROBE: "a probe of the node, which policies do not hold back",
    WhyLeftOut.OWN_NODE: "traffic of the pod's own node, which policies do not hold back",
    WhyLeftOut.SEEN_ONCE: "it was seen once",
    WhyLeftOut.WIDENED: "the source gives a wider block than what was seen",
    WhyLeftOut.ANOMALOUS: "it was marked as anomalous",
    WhyLeftOut.PROTECTED: "the namespace is protected",
    WhyLeftOut.HAS_POLICY: "a policy selects the workload already",
    WhyLeftOut.NO_LABELS: "no label says which pods are meant",
    WhyLeftOut.TOO_WIDE: "no labels choose these pods and no others",
    WhyLeftOut.EMPTY_PEERS: "nothing is left of its peers, and no peers would mean everyone",
    WhyLeftOut.NO_PROTOCOL: "policies do not know the protocol",
    WhyLeftOut.NAME_TAKEN: "another policy has the name",
    WhyLeftOut.NOT_WRITABLE: "the API server would refuse it",
    WhyLeftOut.BY_HAND: "it was taken out by hand",
    WhyLeftOut.NOTHING_SEEN: "nothing is known of the workload",
}


ADMISSIBLE: Final = frozenset(
    {
        WhyLeftOut.ANOMALOUS,
        WhyLeftOut.CLIENT_UNKNOWN,
        WhyLeftOut.DENIED,
        WhyLeftOut.EPHEMERAL,
        WhyLeftOut.SEEN_ONCE,
        WhyLeftOut.WIDENED,
    }
)
"""What is left out by judgement, and may be admitted by a person's; of all else, no rule can be made or is needed."""


class Need(NamedTuple):
    """A connection that is to be allowed.

    Attributes
    ----------
    src, dst : str
        The client and the server, as connectivity names workloads; else an address, a block, or the name of a block.
    ports : PortSet
        Of the server.
    basis : Basis
    said_by : str
        Where it stands, or what says so: a file and line, an allowance, a recipe. Empty for flows.
    flows : int
        Rows of recordings; 0 where it was not seen.
    first_seen, last_seen : datetime, optional
    blocks : tuple of str
        The CIDRs by which the end outside is admitted; empty where its address, or none, is known.
    domains : tuple of str
        DNS names by which clients knew the server.
    widened : bool
        Whether the source gives a block which may be wider than what was seen: it is not the least privilege.
    """

    src: str
    dst: str
    ports: PortSet
    basis: Basis = Basis.OBSERVED
    said_by: str = ""
    flows: int = 0
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    blocks: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    widened: bool = False

    @property
    def key(self) -> NeedKey:
        """What tells it from others, whoever says it."""
        return self.src, self.dst, self.ports

    def __str__(self) -> str:
        """Return the connection as maps write it, and who says so."""
        said = f" {self.said_by}" if self.said_by else ""
        seen = f" ({count_of(self.flows, 'flow')})" if self.flows else ""
        return f"{self.src} => {self.dst} : {self.ports}, {self.basis}{said}{seen}"


class LeftOutNeed(NamedTuple):
    """What no rule was made of, and why.

    Attributes
    ----------
    why : WhyLeftOut
    subject : str
        The workload, connection or policy.
    detail : str
        What more is to be said; empty for nothing.
    need : Need or None
        The connection, where it is one.
    """

    why: WhyLeftOut
    subject: str
    detail: str = ""
    need: Need | None = None

    @property
    def can_be_admitted(self) -> bool:
        """Whether a person may want a rule for it all the same (`propose(admit=…)`)."""
        return self.need is not None and self.why in ADMISSIBLE

    @classmethod
    def of(cls, why: WhyLeftOut, need: Need, detail: str = "") -> LeftOutNeed:
        """Return a connection that is left out.

        Parameters
        ----------
        why : WhyLeftOut
        need : Need
        detail : str, optional
        """
        return cls(why, f"{need.src} => {need.dst} : {need.ports}", detail, need)


def merged_needs(needs: Iterable[Need]) -> tuple[Need, ...]:
    """Return each need of one basis once, sorted, with the flows of all that say the same.

    Parameters
    ----------
    needs : iterable of Need
    """
    found: dict[tuple[object, ...], Need] = {}
    for one in needs:
        key = (*one.key, one.basis, one.said_by, one.blocks, one.widened)
        if (known := found.get(key)) is not None:
            firsts = [time for time in (known.first_seen, one.first_seen) if time is not None]
            lasts = [time for time in (known.last_seen, one.last_seen) if time is not None]
            found[key] = known._replace(
                flows=known.flows + one.flows,
                first_seen=min(firsts, default=None),
                last_seen=max(lasts, default=None),
                domains=tuple(sorted({*known.domains, *one.domains})),
            )
        else:
            found[key] = one
    return tuple(sorted(found.values(), key=need_order))


def need_order(need: Need) -> tuple[object, ...]:
    """Return the order of needs in every output: the same needs give the same bytes, in whatever order they came.

    Parameters
    ----------
    need : Need
    """
    return need.src, need.dst, need.ports.axis, need.basis.value, need.said_by, need.blocks
