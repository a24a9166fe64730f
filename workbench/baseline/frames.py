"""The tables of baselines: one definition of each frame that this room hands out."""

from __future__ import annotations

from typing import Final

from workbench.baseline.model import PEER_TYPES, Mode
from workbench.ground import TEXTS, Column, Table, column, columns

__all__ = [
    "ANOMALIES",
    "ASSURANCE",
    "BASELINES",
    "GONE",
    "LISTED",
    "PEERS",
    "STATES",
    "STATUSES",
    "TABLES",
    "VIOLATIONS",
    "WORKLOAD_STATUSES",
]

_TIME: Final = "datetime64[us, UTC]"
_PORT: Final = Column("port", "UInt16", "port of the server; missing for protocols without ports", nullable=True)
_FLOWS: Final = Column("flows", "int64", "rows of the sources")
_DENIED: Final = Column("flows_denied", "int64", "those of them that were denied or dropped")
_FIRST: Final = Column("first_seen", _TIME, "when it was first seen; missing for what was never seen", nullable=True)
_LAST: Final = Column("last_seen", _TIME, "when it was last seen", nullable=True)
_SIDE: Final = (
    column("workload"),
    column("direction"),
    Column("peer_type", "str", "what is at the other end", identifiers=PEER_TYPES),
    column("peer", "who is at the other end; empty for the internet, and for private addresses without a name"),
    column("protocol"),
    _PORT,
)
STATES: Final = ("baseline", "anomalous", "uncertain", "no-baseline")
_SAID: Final = "`uncertain` where it is not known which end is the client, `no-baseline` where there is none to ask"
_OTHERS: Final = (
    Column("other_workloads", "int64", "how many other workloads do the same: talk to that peer at that port"),
    Column("who_else", "object", "the first of them", holds=TEXTS),
)

BASELINES: Final = Table(
    "Baselines.summary",
    "baseline",
    (
        column("workload", "whose baseline it is"),
        Column("mode", "str", "what it does with what it does not know", identifiers=tuple(Mode)),
        Column("begun", _TIME, "when the observation began"),
        Column("period_end", _TIME, "when it ends, or ended"),
        Column("locked", "bool", "whether nothing is learnt, and violations are raised"),
        Column("flows_in_baseline", "int64", "flows that are normal"),
        Column("flows_anomalous", "int64", "flows that a person marked as anomalous"),
        Column("note", "str", "what a person wrote; empty where nothing"),
        column("cluster"),
    ),
)

PEERS: Final = Table(
    "Baselines.to_frame",
    "flow of a baseline",
    (
        *_SIDE,
        Column(
            "status",
            "category",
            "whether it is normal, or was marked as anomalous",
            identifiers=("baseline", "anomalous"),
        ),
        _FLOWS,
        _FIRST,
        _LAST,
        column("cluster"),
    ),
)

STATUSES: Final = Table(
    "Baselines.status",
    "edge",
    (
        *columns("src", "dst"),
        column("protocol"),
        _PORT,
        Column("status", "category", f"what its two ends say: anomalous if either does; {_SAID}", identifiers=STATES),
        Column("src_status", "category", "what the baseline of the source says", identifiers=STATES),
        Column("dst_status", "category", "what the baseline of the destination says", identifiers=STATES),
        _FLOWS,
        _DENIED,
        _FIRST,
        _LAST,
        column("cluster", dtype="category"),
    ),
)

ANOMALIES: Final = Table(
    "Baselines.anomalies",
    "flow that is in no baseline, and workload that has one",
    (
        *_SIDE,
        Column("marked", "bool", "whether a person marked it as anomalous; else it is unknown"),
        _FLOWS,
        _DENIED,
        _FIRST,
        _LAST,
        *_OTHERS,
        Column("seen_as", "object", "what edges call the other end, the first of them", holds=TEXTS),
        column("cluster"),
    ),
)

LISTED: Final = Table(
    "Baselines.listing",
    "flow that a baseline knows or lacks, and workload",
    (
        *_SIDE,
        Column("status", "category", f"what the baseline of the workload says of it; {_SAID}", identifiers=STATES),
        Column("marked", "bool", "whether a person marked it as anomalous"),
        Column("seen", "bool", "whether these flows hold it; else the baseline alone knows it"),
        _FLOWS,
        _DENIED,
        Column("first_seen", _TIME, "when it was first seen, in these flows or while it was learnt", nullable=True),
        Column("last_seen", _TIME, "when it was last seen, in these flows or while it was learnt", nullable=True),
        *_OTHERS,
        Column("seen_as", "object", "what edges call the other end, the first of them", holds=TEXTS),
        column("cluster"),
    ),
)

VIOLATIONS: Final = Table(
    "Violations.to_frame",
    "flow that a locked baseline lacks, and workload at its ends",
    (
        *_SIDE,
        Column(
            "severity",
            "str",
            "`error` if some of it got through, else `warning`",
            identifiers=("error", "warning", "info"),
        ),
        column("message", "what happened, in words"),
        Column("locked_by", "object", "the workloads at its ends whose locked baselines lack it", holds=TEXTS),
        *columns("src", "dst"),
        _FLOWS,
        _DENIED,
        _FIRST,
        _LAST,
        Column("suppressed", "str", "why it is not raised; empty where it is"),
        column("cluster"),
    ),
)

ASSURANCE: Final = Table(
    "assurance",
    "baseline",
    (
        column("workload", "whose baseline it is"),
        Column("period", "timedelta64[us]", "how long it is observed"),
        Column("covered", "float64", "share of the hours of the period in which anything at all was recorded, 0 to 1"),
        Column("lost_events", "int64", "events that the sources say they lost, of all workloads together"),
        Column("flows_in_baseline", "int64", "flows that are normal"),
        Column("seen_once", "int64", "those of them that were seen once only"),
        Column("drift", "float64", "share of its flows that one half of the period has and the other lacks, 0 to 1"),
        Column(
            "too_rare",
            "object",
            "jobs that run more rarely than the period is long: CronJobs that are the workload or its peers",
            holds=TEXTS,
        ),
        Column("suggested", "timedelta64[us]", "how long it is better observed, after what was seen"),
        Column("sure", "float64", "how sure the baseline is, 0 to 1"),
        column("reason", "what makes it unsure, in words; empty where nothing does"),
        column("cluster"),
    ),
)

GONE: Final = Table(
    "probably_gone",
    "edge",
    (
        *columns("src", "dst"),
        column("protocol"),
        _PORT,
        Column("runs", "int64", "on how many occasions it was seen, at most one a day"),
        _LAST,
        Column("unseen", "timedelta64[us]", "for how long it was not seen"),
        Column("probability", "float64", "how likely it is really gone, 0 to 1"),
        column("cluster"),
    ),
)

WORKLOAD_STATUSES: Final = Table(
    "workload_status",
    "workload of the cluster",
    (
        *columns("workload", "namespace", "kind"),
        Column(
            "status",
            "category",
            "what is to be done for it: a policy is applied, one is recommended, or what it does was not recorded",
            identifiers=("applied", "recommended", "missing-runtime-info"),
        ),
        Column("applied", "bool", "whether a policy selects at least one of its pods"),
        Column("runtime_info", "bool", "whether any flow of it was recorded"),
        Column("policies", "object", "the policies that select it, as in `policy`", holds=TEXTS),
        _FLOWS,
        column("cluster"),
    ),
)

TABLES: Final = (BASELINES, PEERS, STATUSES, ANOMALIES, LISTED, VIOLATIONS, ASSURANCE, GONE, WORKLOAD_STATUSES)
