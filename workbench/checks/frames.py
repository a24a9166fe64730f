"""The tables of checks: one definition of each frame that this room hands out."""

from __future__ import annotations

from typing import Final

from workbench.checks.severity import CheckSeverity
from workbench.checks.status import FindingStatus
from workbench.ground import TEXTS, Column, Table, column, columns

__all__ = ["CHECK_FINDINGS", "CHECK_LIST", "PERMISSIVENESS", "PERMISSIVENESS_CHANGES", "TABLES"]

_SEVERITY: Final = column("severity", "how much it matters", identifiers=tuple(one.value for one in CheckSeverity))
_CHECK: Final = Column("check", "str", "id of the check, such as `NP010`")
_TITLE: Final = Column("title", "str", "what the check finds, in a few words")

CHECK_FINDINGS: Final = Table(
    "CheckFindings.to_frame",
    "finding",
    (
        _SEVERITY,
        _CHECK,
        _TITLE,
        Column("object", "str", "the object as `Kind namespace/name`"),
        column("namespace", "namespace of the object, or that it is; empty for what is in none"),
        column("workload", "the workload that it is about, `namespace/name[Kind]`; empty for none"),
        Column("field", "str", "path of the field, such as `spec.ingress[0]`; empty for the whole object"),
        column("message"),
        Column("evidence", "object", "the facts that prove it", holds=TEXTS),
        column("src", "source of a connection that shows it; empty without one"),
        column("dst", "destination of it"),
        column("ports", "ports of it"),
        column("remedy"),
        Column("patch", "str", "YAML to apply that removes it; empty where none is ready"),
        Column("delete", "object", "policies to delete to remove it, as `Kind namespace/name`", holds=TEXTS),
        Column(
            "status",
            "str",
            "whether somebody answers for it. `expired`: somebody did, until a day that is over",
            identifiers=tuple(one.value for one in FindingStatus),
        ),
        Column("owner", "str", "who accepted it; empty where nobody did"),
        column("reason", "why it is accepted or ignored, in words"),
        Column("fingerprint", "str", "what tells it from all others, from run to run"),
        *columns("file", "line"),
    ),
)

CHECK_LIST: Final = Table(
    "CheckFindings.checks_frame",
    "check that there is",
    (
        _CHECK,
        _TITLE,
        _SEVERITY,
        column("reason", "why it matters"),
        column("remedy"),
        Column("source", "str", "where the rule comes from"),
        Column("techniques", "object", "what of MITRE ATT&CK for containers it speaks to", holds=TEXTS),
        Column("was_asked", "bool", "whether it was asked"),
        Column("why_not", "str", "why it was not asked; empty where it was"),
        Column("findings", "int64", "what it found, accepted or not"),
    ),
)

_SCOPE: Final = (
    Column("scope", "str", "what the row is about", identifiers=("cluster", "namespace", "workload")),
    Column("name", "str", "the workload as `namespace/name[Kind]`, or the namespace; empty for the cluster"),
)
_SHARE: Final = "what is allowed of all that could be, 0 to 1"

PERMISSIVENESS: Final = Table(
    "Permissiveness.to_frame",
    "workload, then for each namespace, then for the cluster",
    (
        *_SCOPE,
        column("namespace", "its namespace; empty for the cluster"),
        Column(
            "allowed",
            "int64",
            "connections that are allowed on some port: one from and one to each other workload, and one from and "
            "one to the internet where each of its addresses is",
        ),
        Column("possible", "int64", "connections that there could be"),
        Column("share", "float64", _SHARE),
        Column("used", "Int64", "those that were seen to pass; missing without flows", nullable=True),
        Column("excess", "Int64", "those that are allowed and were not seen; missing without flows", nullable=True),
    ),
)

PERMISSIVENESS_CHANGES: Final = Table(
    "Permissiveness.since",
    "level and name of either snapshot: the cluster, namespaces, workloads",
    (
        *_SCOPE,
        Column("share_before", "float64", f"in the earlier one: {_SHARE}", nullable=True),
        Column("share_after", "float64", "in the later one", nullable=True),
        Column("share_change", "float64", "how much more is allowed; less than 0 where it is less", nullable=True),
    ),
)

TABLES: Final = (CHECK_FINDINGS, CHECK_LIST, PERMISSIVENESS, PERMISSIVENESS_CHANGES)
"""All of them."""
