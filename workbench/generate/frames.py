"""The tables of what is proposed: one definition of each frame that this room hands out."""

from __future__ import annotations

from typing import Final

from workbench.generate.needs import Basis, WhyLeftOut
from workbench.ground import TEXTS, Column, Table, column

__all__ = ["LEFT_OUT", "LEVELS", "NEEDS", "PROPOSED", "RULE_HISTORY", "SIDE_BY_SIDE", "STILL_CUT", "TABLES", "UNSAID"]

_TIME: Final = "datetime64[us, UTC]"
_BASES: Final = tuple(one.value for one in Basis)
_POLICY: Final = Column("policy", "str", "the policy as `Kind namespace/name`")
_RULE: Final = Column("rule", "str", "path of the rule in it; empty where the policy as a whole is meant")
_SEEN: Final = (
    Column("flows", "int64", "rows of the recordings in which it was seen"),
    Column("first_seen", _TIME, "when it was first seen", nullable=True),
    Column("last_seen", _TIME, "when it was last seen", nullable=True),
)
_NEED: Final = (
    Column("src", "str", "the client, as connectivity names workloads; else an address, a block or its name"),
    Column("dst", "str", "the server, in the same form"),
    Column("ports", "str", "the ports of the server, as maps write them"),
)

PROPOSED: Final = Table(
    "Proposal.to_frame",
    "rule of a policy that is proposed, and one for each policy without rules",
    (
        _POLICY,
        Column("workloads", "object", "the workloads that the policy is about; empty where any pods are", holds=TEXTS),
        Column("direction", "str", "which end the rule is about", identifiers=("ingress", "egress", "")),
        _RULE,
        Column("action", "str", "what the rule does", identifiers=("Allow", "Deny", "Pass", "")),
        Column("peers", "object", "whom the rule is about", holds=TEXTS),
        Column("ports", "str", "the ports of the server, as maps write them; empty without a rule"),
        column("intervals"),
        Column("bases", "object", "who says that it is needed", identifiers=_BASES, holds=TEXTS),
        Column("because", "object", "what is needed, a line each", holds=TEXTS),
        *_SEEN,
    ),
)

NEEDS: Final = Table(
    "Proposal.reasons",
    "rule of a policy that is proposed, and connection for which it is there",
    (
        _POLICY,
        _RULE,
        *_NEED,
        Column("basis", "str", "who says that it is needed", identifiers=_BASES),
        Column("said_by", "str", "where that is written; empty for flows and baselines"),
        *_SEEN,
        Column("admitted_by", "object", "the blocks by which the end outside is admitted", holds=TEXTS),
        Column("domains", "object", "DNS names by which clients knew the server", holds=TEXTS),
        Column("widened", "bool", "whether its source gives a block that may be wider than what was seen"),
    ),
)

LEFT_OUT: Final = Table(
    "Proposal.left_out_frame",
    "thing of which no rule was made",
    (
        Column(
            "why",
            "str",
            "why not; `WhyLeftOut.meaning` says it in words",
            identifiers=tuple(one.value for one in WhyLeftOut),
        ),
        Column("subject", "str", "the connection, workload, policy or rule"),
        Column("detail", "str", "what more is to be said"),
        *_SEEN,
    ),
)

STILL_CUT: Final = Table(
    "still_cut",
    "connection that a proposal was made of and that is cut all the same",
    (
        *_NEED,
        Column("verdict", "str", "whether all of it is cut or a part", identifiers=("denied", "partly")),
        Column("decided_by", "object", "the policies that decide it", holds=TEXTS),
        Column("reason", "str", "what else cuts it, or on what a part depends; mostly empty"),
    ),
)

SIDE_BY_SIDE: Final = Table(
    "SideBySide.to_frame",
    "line of a policy, as it is now beside as it is proposed",
    (
        _POLICY,
        Column(
            "status",
            "str",
            "what becomes of the policy",
            identifiers=("added", "changed", "removed", "unchanged"),
        ),
        Column("change", "str", "what becomes of the line", identifiers=("added", "changed", "removed", "unchanged")),
        Column("now", "str", "the line as it is now; empty where it is added"),
        Column("proposed", "str", "the line as it is proposed; empty where it is removed"),
    ),
)

LEVELS: Final = Table(
    "levels",
    "level of permissiveness, the strictest first",
    (
        Column("level", "str", "how strict it is", identifiers=("exact", "any-port", "namespace")),
        Column("policy_count", "int64", "how many policies it has"),
        Column("rules", "int64", "how many rules these have"),
        Column("saved", "int64", "how many rules fewer than the proposal as it is"),
        Column(
            "pairs_opened", "int64", "pairs of workloads or addresses between which it allows more than the proposal"
        ),
        Column(
            "addresses",
            "int64",
            "addresses outside that its blocks admit beside those that rules are there for, of each workload and "
            "direction; a /64 of IPv6 is one",
        ),
    ),
)

UNSAID: Final = Table(
    "Said.to_frame",
    "thing of a proposal that a dialect says otherwise, or has no words for",
    (
        _POLICY,
        _RULE,
        Column("what", "str", "what of it: a peer, a port, a name"),
        Column("because_of", "str", "why it is not said, or how it is said"),
        Column("said", "str", "whether it is said at all", identifiers=("not", "otherwise")),
    ),
)

RULE_HISTORY: Final = Table(
    "compared_proposals",
    "rule of either of two proposals",
    (
        Column("status", "str", "what became of it", identifiers=("new", "gone", "stable")),
        _POLICY,
        _RULE,
        Column("says", "str", "what the rule says"),
        Column("since", _TIME, "since when it has been proposed"),
    ),
)

TABLES: Final = (PROPOSED, NEEDS, LEFT_OUT, STILL_CUT, SIDE_BY_SIDE, LEVELS, RULE_HISTORY, UNSAID)
"""The table of every frame that this room hands out."""
