"""The tables of reports: one definition of each frame that this room hands out and no other room has."""

from __future__ import annotations

from typing import Final

from workbench.checks import CheckSeverity
from workbench.ground import TEXTS, Column, Table, column, columns

__all__ = [
    "AUDIT_CHANGES",
    "AUDIT_FIGURES",
    "CONNECTIONS_USED",
    "CONTROL_ANSWERS",
    "COVERAGE",
    "COVERAGE_BY_NAMESPACE",
    "EVIDENCE",
    "EXTERNAL_BY_NAME",
    "EXTERNAL_SEEN",
    "FILES_READ",
    "FIRST_TO_DO",
    "FLOW_SOURCES",
    "NAMESPACE_PAIRS",
    "OPEN_TO_OUTSIDE",
    "POLICIES_LISTED",
    "PUBLISHED",
    "READY_CHANGES",
    "SEEN_UNEXPECTED",
    "TABLES",
    "VERIFIED",
]

_TIME: Final = "datetime64[us, UTC]"
COVERED: Final = ("isolated", "partly", "admin-rules", "open", "host-network")
EXTENTS: Final = ("anywhere", "ranges")
ANSWERS: Final = ("met", "partly", "not-met", "unknown")
_COVERED: Final = (
    "`isolated`: a NetworkPolicy denies it all that no policy allows; `partly`: that is so of some of its pods; "
    "`admin-rules`: only rules of administrators have a say; `open`: none has; `host-network`: no policy can"
)
_SEEN: Final = (
    Column("flows", "int64", "rows of the recordings in which it was seen"),
    Column("flows_denied", "int64", "those of them that were denied or dropped"),
    Column("first_seen", _TIME, "when it was first seen", nullable=True),
    Column("last_seen", _TIME, "when it was last seen", nullable=True),
)

AUDIT_FIGURES: Final = Table(
    "Audit.to_frame",
    "figure of the summary",
    (
        Column("figure", "str", "its name, which stays from audit to audit"),
        Column("number", "Float64", "how much it is; missing where it is not known", nullable=True),
        Column("out_of", "Float64", "of how many it is; missing where it is a share of nothing", nullable=True),
        Column("meaning", "str", "what it counts, in words"),
    ),
)

FIRST_TO_DO: Final = Table(
    "audit table first",
    "kind of finding of one severity, the gravest first",
    (
        Column("severity", "str", "how much they matter", identifiers=tuple(map(str, CheckSeverity))),
        Column("check", "str", "id of the check"),
        Column("title", "str", "what it finds, in a few words"),
        Column("findings", "int64", "findings of that severity that nobody answers for"),
        Column("objects", "object", "the first of the objects, as `Kind namespace/name`", holds=TEXTS),
        column("remedy"),
    ),
)

FILES_READ: Final = Table(
    "audit table files",
    "file that was read",
    (
        Column("kind", "str", "what is in it", identifiers=("manifests", "flows")),
        column("file"),
        Column("records", "int64", "objects, or rows of flows, that were taken from it"),
    ),
)

FLOW_SOURCES: Final = Table(
    "audit table sources",
    "format of the recordings",
    (
        Column("source_format", "str", "the format that was read"),
        Column("title", "str", "what people call it"),
        *_SEEN,
        Column("unknown_client", "int64", "rows of which it is not known which end is the client"),
        Column("blind_spots", "object", "what this source does not record", holds=TEXTS),
    ),
)

COVERAGE: Final = Table(
    "audit table coverage",
    "workload",
    (
        *columns("workload", "namespace", "kind"),
        Column("ingress", "str", f"what policies do to its ingress. {_COVERED}", identifiers=COVERED),
        Column("egress", "str", "the same of its egress", identifiers=COVERED),
        Column("ingress_policies", "object", "the policies that isolate its ingress, as in `policy`", holds=TEXTS),
        Column("egress_policies", "object", "the policies that isolate its egress, as in `policy`", holds=TEXTS),
    ),
)

COVERAGE_BY_NAMESPACE: Final = Table(
    "audit table namespaces",
    "namespace",
    (
        column("namespace"),
        Column("workload_count", "int64", "workloads that policies can be about"),
        Column("ingress_isolated", "int64", "those of them whose ingress is isolated"),
        Column("egress_isolated", "int64", "those of them whose egress is isolated"),
        Column("open", "int64", "those of them that are isolated in no direction"),
        Column("policy_count", "int64", "policies in it"),
    ),
)

OPEN_TO_OUTSIDE: Final = Table(
    "audit table exposure",
    "workload, direction and ports by which it is open to addresses outside",
    (
        *columns("workload", "namespace", "direction"),
        Column(
            "extent",
            "str",
            "`anywhere`: to at least half of all IPv4 addresses; else `ranges`",
            identifiers=EXTENTS,
        ),
        Column("peers", "object", "the addresses: `outside` for all, or ranges", holds=TEXTS),
        column("ports"),
        Column("isolated", "bool", "whether any policy is about this direction of the workload"),
        Column("reasons", "object", "which policies and rules open it, in words", holds=TEXTS),
    ),
)

PUBLISHED: Final = Table(
    "audit table published",
    "way by which a Service is offered to the outside",
    (
        Column("object", "str", "the Service, Ingress or route, as `Kind namespace/name`"),
        column("namespace"),
        Column("way", "str", "how it is offered: `LoadBalancer`, `NodePort`, `external-ip`, or the kind of a route"),
        Column("service", "str", "the Service that it leads to, as `namespace/name`"),
        column("ports", "ports of the Service"),
        *columns("file", "line"),
    ),
)

EXTERNAL_SEEN: Final = Table(
    "audit table external",
    "connection with an address outside that was seen",
    (
        *columns("workload", "namespace", "direction"),
        Column("name", "str", "what the address is called: by the address book, else by DNS, else itself"),
        Column("provider", "str", "who publishes a block that holds it; empty where nobody does"),
        Column("block", "str", "the block of the address book that holds it; empty for none"),
        Column("address", "str", "the address; empty where the source gives none"),
        Column("domains", "object", "the DNS names by which clients knew it", holds=TEXTS),
        column("protocol"),
        Column("port", "UInt16", "port of the server; missing for protocols without ports", nullable=True),
        *_SEEN,
    ),
)

EXTERNAL_BY_NAME: Final = Table(
    "audit table external-names",
    "name, or provider, and direction",
    (
        Column("name", "str", "what the addresses are called"),
        Column("provider", "str", "who publishes a block that holds them; empty where nobody does"),
        column("direction", "ingress: it calls workloads; egress: workloads call it"),
        Column("addresses", "int64", "addresses that were seen"),
        Column("workload_count", "int64", "workloads at the other end"),
        column("ports", "protocols and ports, sorted"),
        *_SEEN,
    ),
)

NAMESPACE_PAIRS: Final = Table(
    "audit table segments",
    "pair of namespaces between which any workloads may talk",
    (
        *columns("src_namespace", "dst_namespace"),
        Column("pairs_allowed", "int64", "pairs of workloads of which any port is allowed"),
        Column("pairs_possible", "int64", "pairs of workloads that there are"),
        Column("pairs_seen", "Int64", "allowed pairs that were seen in use; missing without flows", nullable=True),
    ),
)

CONNECTIONS_USED: Final = Table(
    "audit table connections",
    "connection that is allowed",
    (
        *columns("src", "dst", "src_namespace", "dst_namespace", "ports"),
        Column("ports_used", "str", "those of the ports that were seen in use; empty for none, and without flows"),
    ),
)

SEEN_UNEXPECTED: Final = Table(
    "audit table unexpected",
    "edge that was seen, and that policies deny or of which it is not certain",
    (
        Column("status", "str", "how what is allowed stands to what was seen"),
        Column("meaning", "str", "the same in words"),
        *columns("src", "dst"),
        Column("ports", "str", "ports as maps write them; the protocol alone where it has none"),
        *_SEEN,
        column("decided_by"),
        column("reason", "why that is not certain, or what else there is to know"),
    ),
)

POLICIES_LISTED: Final = Table(
    "audit table policies",
    "policy",
    (
        *columns("policy", "kind", "namespace"),
        Column("subject", "str", "pods that the policy is about; empty for what takes no part"),
        Column("workload_count", "int64", "workloads that it selects"),
        Column("isolates", "object", "the directions in which it denies all that no policy allows", holds=TEXTS),
        Column("rule_count", "int64", "its rules"),
        Column("findings", "int64", "findings about it that nobody answers for"),
        Column("digest", "str", "SHA-256 of what it says, without its place: it changes with the policy"),
        *columns("file", "line"),
        Column("tier", "str", "in the order in which they are evaluated; `left-out` for what takes no part"),
    ),
)

CONTROL_ANSWERS: Final = Table(
    "audit table controls",
    "control of a framework",
    (
        Column("framework", "str", "the standard or guide"),
        Column("control", "str", "its number or heading there"),
        Column("title", "str", "what it asks for, in our words"),
        Column("answer", "str", "what the facts of this audit say of it", identifiers=ANSWERS),
        Column("facts", "object", "the facts, with their figures", holds=TEXTS),
        Column("beyond", "str", "what this audit cannot judge of it"),
    ),
)

AUDIT_CHANGES: Final = Table(
    "AuditDiff.to_frame",
    "thing that differs between two audits",
    (
        Column("about", "str", "the table that it stands in, such as `findings`"),
        Column("change", "str", "what became of it", identifiers=("added", "removed", "changed")),
        Column("subject", "str", "what it is, by what tells it from others"),
        Column("column", "str", "which value of it changed; empty where all of it came or went"),
        Column("before", "str", "the value before; empty where it came"),
        Column("after", "str", "the value now; empty where it went"),
    ),
)

EVIDENCE: Final = Table(
    "audit table evidence",
    "fact that proves a finding",
    (
        Column("fingerprint", "str", "of the finding"),
        Column("check", "str", "id of the check"),
        Column("object", "str", "the object as `Kind namespace/name`"),
        Column("fact", "str", "the fact"),
        *columns("src", "dst"),
        column("ports"),
        *columns("file", "line"),
    ),
)

READY_CHANGES: Final = Table(
    "audit table changes-ready",
    "change that is ready to be applied",
    (
        Column("checks", "object", "ids of the checks whose findings it removes", holds=TEXTS),
        Column("objects", "object", "the objects of these findings, as `Kind namespace/name`", holds=TEXTS),
        Column("findings", "int64", "findings that it removes"),
        Column("patch", "str", "YAML to apply; empty where policies are only deleted"),
        Column("delete", "object", "policies to delete, as `Kind namespace/name`", holds=TEXTS),
    ),
)

VERIFIED: Final = Table(
    "Verification.to_frame",
    "thing about a bundle that is not as it was written, or that is not found again",
    (
        Column("kind", "str", "what is wrong: `file`, `table`, `row`, `cell`, `text` or `version`"),
        column("file", "file of the bundle"),
        Column("table", "str", "table of the audit; empty for none"),
        Column("row", "str", "the row, by what tells it from others; empty for none"),
        Column("column", "str", "the column; empty for none"),
        Column("kept", "str", "what the bundle says"),
        Column("computed", "str", "what is found now"),
        column("message"),
    ),
)

TABLES: Final = (
    AUDIT_FIGURES,
    AUDIT_CHANGES,
    VERIFIED,
    FIRST_TO_DO,
    FILES_READ,
    FLOW_SOURCES,
    COVERAGE,
    COVERAGE_BY_NAMESPACE,
    OPEN_TO_OUTSIDE,
    PUBLISHED,
    EXTERNAL_SEEN,
    EXTERNAL_BY_NAME,
    NAMESPACE_PAIRS,
    CONNECTIONS_USED,
    SEEN_UNEXPECTED,
    POLICIES_LISTED,
    CONTROL_ANSWERS,
    EVIDENCE,
    READY_CHANGES,
)
"""All of them."""
