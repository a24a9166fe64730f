"""The table of every frame that this room hands out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from workbench.connectivity.decisions import Effect
from workbench.ground import EXTERNAL, TEXTS, Column, Table, column, columns

if TYPE_CHECKING:
    from workbench.policy import Rule

__all__ = [
    "BLAST_RADIUS",
    "BLAST_RADIUS_CHANGES",
    "CHANGES",
    "CONNECTIONS",
    "EXPLANATIONS",
    "EXPOSURES",
    "FINDINGS",
    "NETWORK_CONNECTIONS",
    "OPENNESS",
    "REACH",
    "REASONS",
    "STEPS",
    "TABLES",
    "UNPROTECTED",
    "WITNESSES",
    "rule_cells",
]

_CATEGORY: Final = "category"
_RULINGS: Final = ("allowed", "denied")
_VERDICTS: Final = (*_RULINGS, "partly")
_ENDS: Final = columns("src", "dst", "src_kind", "dst_kind", "src_namespace", "dst_namespace", dtype=_CATEGORY)
_RULE: Final = ("policy", "rule", "rule_index", "rule_name")
_SHAPE: Final = "where policies distinguish pods of a workload, what those of the {} have: `{{tier=a}}`; else empty"

_EFFECT: Final = Column(
    "effect",
    "str",
    "what decides. `other-ports`: a rule of a NetworkPolicy selects the other end, but not these ports "
    "(`no-such-port` in the reference's wording, where it does so by names that the destination lacks). "
    "`no-rule`: no rule of it selects the other end. `may-allow`: domain names, whose addresses are not known. "
    "`other-network`: different networks. `default`: no policy is about it. `itself`, `own-node`, `host-network`, "
    "`no-route`, `no-network`: it is so whatever policies say",
    identifiers=tuple(effect.value for effect in Effect),
)

CONNECTIONS: Final = Table(
    "Connectivity.to_frame",
    "source, destination and protocol between which anything is allowed",
    (
        *_ENDS,
        *columns("src_name", "dst_name", "protocol", dtype=_CATEGORY),
        column("ports", "ports of this protocol, such as `80,443-445`", dtype=_CATEGORY),
        column("intervals"),
        Column("src_shape", _CATEGORY, _SHAPE.format("source")),
        Column("dst_shape", _CATEGORY, _SHAPE.format("destination")),
    ),
)

NETWORK_CONNECTIONS: Final = Table(
    "Networks.to_frame",
    "network, source, destination and protocol between which anything is allowed",
    (
        column(
            "network",
            "`pod-network`, the namespace of a UserDefinedNetwork, or the name of any other network",
            dtype=_CATEGORY,
        ),
        *CONNECTIONS.columns,
    ),
)

REASONS: Final = Table(
    "Answer.to_frame",
    "policy or rule that decides anything about a question",
    (
        Column("verdict", "str", "the answer to the question", identifiers=_VERDICTS),
        column("direction", "egress of the source or ingress of the destination: of `workload`"),
        *columns("workload", "peer"),
        Column("ruling", "str", "what this direction of `workload` allows of it", identifiers=_VERDICTS),
        _EFFECT,
        *columns(*_RULE),
        column("ports", "what it decides"),
        *columns("file", "line"),
    ),
)

CHANGES: Final = Table(
    "ConnectivityDiff.to_frame",
    "source and destination between which something else is allowed after than before",
    (
        Column(
            "change",
            _CATEGORY,
            "what became of the connection",
            identifiers=("changed", "added", "removed", "unchanged"),
        ),
        *_ENDS,
        Column("before", _CATEGORY, "all ports that were allowed, such as `TCP 80,443,UDP 53` or `No Connections`"),
        Column("after", _CATEGORY, "all ports that are allowed"),
        Column("opened", _CATEGORY, "ports that only the second allows"),
        Column("closed", _CATEGORY, "ports that only the first allows"),
        Column("workloads", "object", "those of the two ends that exist only before, or only after", holds=TEXTS),
    ),
)

REACH: Final = Table(
    "Connectivity.reach",
    "workload that can be reached, the nearest first",
    (
        *columns("dst", "dst_kind", "dst_namespace"),
        Column("hops", "int64", "the fewest connections that lead there"),
        column("ports", "what the last of them may use"),
        Column("path", "object", "the workloads on a shortest way, the start first", holds=TEXTS),
    ),
)

STEPS: Final = Table(
    "Connectivity.paths",
    "step of a shortest way to each target",
    (
        Column("target", "str", "where the way leads, as in `dst`"),
        Column("step", "int64", "number of the step, from 1"),
        *columns("src", "dst"),
        column("ports", "what the step may use"),
    ),
)

BLAST_RADIUS: Final = Table(
    "Connectivity.blast_radius",
    "workload",
    (
        *columns("workload", "kind", "namespace"),
        Column("direct", "int64", "workloads that it may talk to; itself among them where its pods reach each other"),
        Column("reached", "int64", "workloads that it reaches over any number of hops, counted in the same way"),
        Column("component", "int64", "number of its component: workloads of one component all reach each other"),
    ),
)

BLAST_RADIUS_CHANGES: Final = Table(
    "ConnectivityDiff.blast_radius",
    "workload whose reach has changed",
    (
        *columns("workload", "kind", "namespace"),
        Column(
            "reached_before",
            "Int64",
            "workloads that it reached over any number of hops; missing where it was not there",
            nullable=True,
        ),
        Column("reached_after", "Int64", "those that it reaches now; missing where it is not there", nullable=True),
        Column("reached_change", "int64", "how many more it reaches; less than 0 where they are fewer"),
    ),
)

OPENNESS: Final = Table(
    "Connectivity.openness",
    "workload",
    (
        *columns("workload", "kind", "namespace"),
        Column("senders", "int64", "other workloads that may send to it directly, on any port"),
        Column("receivers", "int64", "other workloads that it may send to directly"),
        Column("other_workloads", "int64", "other workloads that there are"),
        Column(
            "from_outside",
            "str",
            "which addresses of the internet may send to it: each, or some; whether a Service leads to it is no matter",
            identifiers=("none", "some", "anyone"),
        ),
        Column("to_outside", "str", "which of them it may send to", identifiers=("none", "some", "anyone")),
    ),
)

EXPLANATIONS: Final = Table(
    "Explanation.to_frame",
    "pair, ports, direction and decision about them",
    (
        *columns("src", "dst", "ports", dtype=_CATEGORY),
        Column("verdict", _CATEGORY, "whether these ports of the pair are allowed", identifiers=_RULINGS),
        column("direction", "egress of the source or ingress of the destination", dtype=_CATEGORY),
        Column("ruling", _CATEGORY, "whether this direction allows them", identifiers=_RULINGS),
        _EFFECT._replace(dtype=_CATEGORY),
        *columns(*_RULE, dtype=_CATEGORY),
        column("reason", "the decision in words"),
        column("intervals"),
        *columns("network", "file", "line", dtype=_CATEGORY),
    ),
)

EXPOSURES: Final = Table(
    "Exposure.to_frame",
    "workload, direction and those to which it is open",
    (
        *columns("workload", "direction", dtype=_CATEGORY),
        column(
            "peer",
            "`entire-cluster`, `[namespace with {…}]/[pod with {…}]`, or what addresses are called",
            dtype=_CATEGORY,
        ),
        Column(
            "peer_kind",
            _CATEGORY,
            "all pods of the cluster, those that meet selectors, or addresses outside",
            identifiers=("Cluster", "Pods", EXTERNAL),
        ),
        column("ports", dtype=_CATEGORY),
        column("intervals"),
        Column("named_ports", "object", "names of ports that only the destination will resolve", holds=TEXTS),
        Column("protected", "bool", "whether any policy is about this direction of the workload"),
        Column("reasons", "object", "which policies and rules open which ports, in words", holds=TEXTS),
    ),
)

WITNESSES: Final = Table(
    "Statement.to_frame",
    "pair of ends that shows that a statement holds or does not",
    (
        column("src", "source; a workload that only one input has stands here alone"),
        column("dst", "destination; the same as `src` for the pods of one workload among themselves"),
        column("protocol", "protocol of one packet that shows it; empty without one"),
        Column("port", "UInt16", "port of one packet that shows it", nullable=True),
        column("ports", "all ports that show it"),
        Column("first", "str", "ports that the first input allows"),
        Column("second", "str", "ports that the second input allows"),
    ),
)

FINDINGS: Final = Table(
    "Findings.to_frame",
    "policy or rule that is redundant, shadowed, empty or conflicting",
    (
        column("severity", "how bad it is; `info` for what need not be a fault", identifiers=("warning", "info")),
        column(
            "code",
            "which question found it",
            identifiers=(
                *("conflicting", "empty", "overlapping", "redundant", "shadowed"),
                *("service-port", "host-network", "elsewhere"),
            ),
        ),
        column("policy"),
        column("rule", "path of the rule, such as `spec.ingress[0]`; empty for the whole policy"),
        *columns("rule_index", "rule_name", "message"),
        Column("others", "object", "the policies and rules that are the reason", holds=TEXTS),
        column("remedy"),
        column("src", "source of a connection that shows it; empty without one"),
        column("dst", "destination of it"),
        column("ports", "ports of it"),
        *columns("file", "line"),
    ),
)

UNPROTECTED: Final = Table(
    "unprotected",
    "workload and direction that no policy selects",
    columns("workload", "direction", "kind", "namespace"),
)

TABLES: Final = (
    *(CONNECTIONS, NETWORK_CONNECTIONS, REASONS, EXPLANATIONS, CHANGES, EXPOSURES),
    *(REACH, STEPS, BLAST_RADIUS, BLAST_RADIUS_CHANGES, OPENNESS, WITNESSES, FINDINGS, UNPROTECTED),
)
"""All of them."""


def rule_cells(rule: Rule | None) -> tuple[int | None, str]:
    """Return ``rule_index`` and ``rule_name`` of a rule; of a network's rules, which are not written, no index."""
    return (None, "") if rule is None else (None if rule.index < 0 else rule.index, rule.name)
