"""What becomes of a flow by a change, and why that may not be certain: identifiers, and words for people."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

__all__ = ["Doubt", "ExpectationStatus", "FlowVerdict", "PolicyStatus", "ReadyAnswer", "Uncut", "Unrepaired"]


class PolicyStatus(StrEnum):
    """What becomes of a policy (what-if 1; RHACS E12 has the same words)."""

    UNCHANGED = "unchanged"
    MODIFIED = "modified"
    ADDED = "added"
    DELETED = "deleted"


class ExpectationStatus(StrEnum):
    """What came of an expectation (policy-tests 4); what has no answer counts as failed."""

    HOLDS = "holds"
    FAILS = "fails"
    UNANSWERED = "unanswered"


class FlowVerdict(StrEnum):
    """What becomes of a flow that was seen (what-if 2); `meaning` says it in words. The worst comes first."""

    CUT = "cut"
    OPENED = "opened"
    UNCERTAIN = "uncertain"
    KEPT = "kept"
    STILL_DENIED = "still-denied"

    @property
    def meaning(self) -> str:
        """The same in words."""
        return _MEANINGS[self]


_MEANINGS: Final[Mapping[FlowVerdict, str]] = MappingProxyType(
    {
        FlowVerdict.CUT: "allowed before, denied after",
        FlowVerdict.OPENED: "denied before, allowed after",
        FlowVerdict.UNCERTAIN: "what the change does to it is not certain",
        FlowVerdict.KEPT: "allowed before and after",
        FlowVerdict.STILL_DENIED: "denied before and after",
    }
)


class Doubt(StrEnum):
    """Why it is not certain what becomes of a flow (what-if 3); `meaning` says it in words."""

    UNRESOLVED = "unresolved"
    REUSED_ADDRESS = "reused-address"
    NO_MOMENT = "no-moment"
    NO_PORT = "no-port"
    ORIENTATION = "orientation"
    HOST_NETWORK = "host-network"
    WIDENED = "widened"
    IN_PART = "in-part"

    @property
    def meaning(self) -> str:
        """The same in words."""
        return _DOUBTS[self]


_DOUBTS: Final[Mapping[Doubt, str]] = MappingProxyType(
    {
        Doubt.UNRESOLVED: "an end is none that is known in the cluster of that time",
        Doubt.REUSED_ADDRESS: "several pods had an address of it at that time",
        Doubt.NO_MOMENT: "when it was is not known, or the cluster of that time is not",
        Doubt.NO_PORT: "policies decide about ports, and it has none",
        Doubt.ORIENTATION: "which end is the client is not certain",
        Doubt.HOST_NETWORK: "an end is in its node's network, where network plugins differ",
        Doubt.WIDENED: "its source gives a block or a Service, and not which of those ends it was",
        Doubt.IN_PART: "policies allow it in some cases only",
    }
)


class Unrepaired(StrEnum):
    """Why no rule keeps a flow that is cut (what-if 9); `meaning` says it in words."""

    NOT_BEFORE = "not-allowed-before"
    NOT_CUT = "not-cut"
    UNRESOLVED = "unresolved"
    HOST_NETWORK = "host-network"
    NO_LABELS = "no-labels"
    TOO_WIDE = "selects-others"
    NO_NETWORK = "no-network"
    ADMIN = "admin-policy"
    BASELINE = "baseline-policy"
    ISOLATES = "isolates-others"
    OPENS = "opens-more"
    NOT_ENOUGH = "not-enough"

    @property
    def meaning(self) -> str:
        """The same in words."""
        return _UNREPAIRED[self]


_UNREPAIRED: Final[Mapping[Unrepaired, str]] = MappingProxyType(
    {
        Unrepaired.NOT_BEFORE: "it is not allowed before the change",
        Unrepaired.NOT_CUT: "the change does not cut it",
        Unrepaired.UNRESOLVED: "it is not known who is at an end",
        Unrepaired.HOST_NETWORK: "an end is in the network of its node, whose addresses are not known",
        Unrepaired.NO_LABELS: "no label says which pods are meant",
        Unrepaired.TOO_WIDE: "no labels choose these pods and no others",
        Unrepaired.NO_NETWORK: "something else than policies keeps the two apart",
        Unrepaired.ADMIN: "a policy of administrators denies it, which comes before any NetworkPolicy",
        Unrepaired.BASELINE: "a baseline policy denies it, and the first NetworkPolicy for its pods would deny more",
        Unrepaired.ISOLATES: "a policy for all pods of the workload would deny something to some of them",
        Unrepaired.OPENS: "a rule would also allow something that was denied before",
        Unrepaired.NOT_ENOUGH: "no rule of a NetworkPolicy allows it",
    }
)


class Uncut(StrEnum):
    """Why no NetworkPolicy denies a pair of ends alone (what-if 14); `meaning` says it in words."""

    HOST_NETWORK = "host-network"
    NO_LABELS = "no-labels"
    TOO_WIDE = "selects-others"
    UNWRITABLE = "not-written"
    STILL_ALLOWED = "still-allowed"
    DENIES = "denies-more"
    OPENS = "opens-more"
    OTHER_END = "outside"
    TOO_MANY = "too-many"

    @property
    def meaning(self) -> str:
        """The same in words."""
        return _UNCUT[self]


_UNCUT: Final[Mapping[Uncut, str]] = MappingProxyType(
    {
        Uncut.HOST_NETWORK: "an end is in the network of its node, which policies are not about",
        Uncut.NO_LABELS: "no label says which pods are meant",
        Uncut.TOO_WIDE: "no labels choose these pods and no others",
        Uncut.UNWRITABLE: "the policy that admits it cannot be written anew",
        Uncut.STILL_ALLOWED: "something else than NetworkPolicies allows it, such as a policy of administrators",
        Uncut.DENIES: "a policy would also deny something that is allowed",
        Uncut.OPENS: "a policy would also allow something that is denied",
        Uncut.OTHER_END: "policies are about workloads, and this end is none",
        Uncut.TOO_MANY: "there are too many pairs to look for policies that deny each alone",
    }
)


class ReadyAnswer(StrEnum):
    """What becomes of an edge where policies are relied on (what-if 11); `meaning` says it in words."""

    MISSING = "missing"
    UNPROTECTED = "unprotected"
    UNUSED = "unused"
    CORRECT = "correct"

    @property
    def meaning(self) -> str:
        """The same in words."""
        return _ANSWERS[self]


_ANSWERS: Final[Mapping[ReadyAnswer, str]] = MappingProxyType(
    {
        ReadyAnswer.MISSING: "needed, and not admitted",
        ReadyAnswer.UNPROTECTED: "needed, and allowed only because nothing restricts it",
        ReadyAnswer.UNUSED: "admitted by a policy, and needed by nothing",
        ReadyAnswer.CORRECT: "needed, and admitted by a policy",
    }
)
