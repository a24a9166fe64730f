"""The tables of what a change does: one definition of each frame that this room hands out."""

from __future__ import annotations

from typing import Final

from workbench.generate import Basis
from workbench.ground import TEXTS, Column, Table, column, columns
from workbench.whatif.verdicts import (
    Doubt,
    ExpectationStatus,
    FlowVerdict,
    PolicyStatus,
    ReadyAnswer,
    Uncut,
    Unrepaired,
)

__all__ = [
    "ALTERNATIVES",
    "BISECTED",
    "COUNTS",
    "CUT_PAIRS",
    "DISAGREEMENTS",
    "EXPECTATIONS",
    "INTERRUPTED",
    "JUDGED",
    "LOSSES",
    "ORDERED",
    "POLICIES_CHANGED",
    "READINESS",
    "READY_NAMESPACES",
    "READY_RULES",
    "REPAIRED",
    "RISKS",
    "RISK_KINDS",
    "SEQUENCE",
    "SHARED",
    "SIMULATIONS",
    "TABLES",
    "WORKLOADS_CHANGED",
    "WORKLOAD_CHANGES",
]

_TIME: Final = "datetime64[us, UTC]"
_WORDS: Final = ("allowed", "partly", "denied", "")
_SEEN: Final = (
    Column("flows", "int64", "rows of the recordings in which it was seen"),
    Column("flows_denied", "int64", "those of them that were denied or dropped"),
    Column("first_seen", _TIME, "when it was first seen", nullable=True),
    Column("last_seen", _TIME, "when it was last seen", nullable=True),
)

POLICIES_CHANGED: Final = Table(
    "ClusterChange.to_frame",
    "policy of either side",
    (
        Column("policy", "str", "the policy as `Kind namespace/name`"),
        Column("status", "str", "what becomes of it", identifiers=tuple(one.value for one in PolicyStatus)),
        Column("file_before", "str", "where it stands; empty where it was not read from a file"),
        Column("line_before", "Int64", "the line there", nullable=True),
        Column("file_after", "str", "where it stands after the change"),
        Column("line_after", "Int64", "the line there", nullable=True),
    ),
)

JUDGED: Final = Table(
    "Simulation.flows",
    "edge that was seen, and one for each verdict about it if the cluster changed meanwhile",
    (
        Column("verdict", "str", "what becomes of it", identifiers=tuple(one.value for one in FlowVerdict)),
        column("src", "the client, as maps name workloads; else an address, a node or what else flows call it"),
        column("dst", "the server, in the same form"),
        column("protocol"),
        Column("port", "UInt16", "port of the server; missing for protocols without ports", nullable=True),
        *columns("src_namespace", "dst_namespace"),
        *_SEEN,
        Column("before", "str", "what the policies of that time say of it; empty for no answer", identifiers=_WORDS),
        Column("after", "str", "what they say after the change", identifiers=_WORDS),
        Column(
            "decided_by", "object", "the policies that decide after the change, as `Kind namespace/name`", holds=TEXTS
        ),
        Column("places", "object", "where these stand, as `file:line`", holds=TEXTS),
        Column(
            "doubt",
            "str",
            "why it is not certain; empty where it is. `Doubt.meaning` says it in words",
            identifiers=(*(one.value for one in Doubt), ""),
        ),
        Column(
            "baseline",
            "str",
            "what the baselines of its ends say of it; empty without any",
            identifiers=("anomalous", "baseline", "uncertain", "no-baseline", ""),
        ),
    ),
)

WORKLOAD_CHANGES: Final = ("unprotected", "protected", "cut-off", "reachable")

WORKLOADS_CHANGED: Final = Table(
    "Simulation.workloads",
    "workload of which more than single connections changes",
    (
        Column("change", "str", "what becomes of it", identifiers=WORKLOAD_CHANGES),
        Column("workload", "str", "as maps name it"),
        Column("namespace", "str", "its namespace"),
        Column("directions", "object", "in which directions", identifiers=("ingress", "egress"), holds=TEXTS),
    ),
)

LOSSES: Final = Table(
    "Simulation.losses",
    "workload, and what its platform gives it or needs of it that the change denies",
    (
        Column("what", "str", "the allowance, such as `dns`"),
        Column("meaning", "str", "what it is for"),
        Column("workload", "str", "who loses it, as maps name workloads"),
        Column("peer", "str", "who is at the platform's end"),
        Column("ports", "str", "which ports of it are lost, as maps write them"),
        Column("decided_by", "object", "the policies that deny it", holds=TEXTS),
    ),
)

RISK_KINDS: Final = (
    "opened-outside",
    "opened-namespaces",
    "opened-within",
    "unprotected",
    "lost",
    "cut-off",
    "cut-known",
    "cut",
    "uncertain",
)
"""The kinds of risks, in the order in which they are listed."""

RISKS: Final = Table(
    "Simulation.to_frame",
    "risk of the change, the gravest first",
    (
        Column("risk", "str", "of which kind it is", identifiers=RISK_KINDS),
        Column("src", "str", "the client, as maps name workloads; the workload where one alone is meant"),
        Column("dst", "str", "the server; empty where a workload alone is meant"),
        Column("ports", "str", "the ports of the server, as maps write them"),
        Column("flows", "int64", "rows of the recordings in which it was seen"),
        Column("last_seen", _TIME, "when it was last seen", nullable=True),
        Column("decided_by", "object", "the policies that decide after the change", holds=TEXTS),
        Column("detail", "str", "what more is to be said"),
    ),
)

ORDERED: Final = Table(
    "RolloutOrder.to_frame",
    "step of a change, in the order in which they are made",
    (
        Column("step", "int64", "its number, from 1"),
        Column("action", "str", "what is done", identifiers=("apply", "delete")),
        Column("policy", "str", "the policy as `Kind namespace/name`"),
        Column("temporary", "bool", "whether it is there for the time of the change alone"),
    ),
)

REPAIRED: Final = Table(
    "Repair.to_frame",
    "flow that was to be kept",
    (
        column("src", "the client, as it was asked about"),
        column("dst", "the server, in the same form"),
        column("protocol"),
        Column("port", "UInt16", "port of the server", nullable=True),
        Column("repaired", "bool", "whether the policies of the repair keep it"),
        Column("policies", "object", "those that do, as `Kind namespace/name`", holds=TEXTS),
        Column(
            "why",
            "str",
            "why none does; empty where some do. `Unrepaired.meaning` says it in words",
            identifiers=(*(one.value for one in Unrepaired), ""),
        ),
        Column("detail", "str", "what more is to be said"),
    ),
)

BISECTED: Final = Table(
    "Bisection.to_frame",
    "set of documents of a change, the smallest of each kind first",
    (
        Column(
            "effect",
            "str",
            "`cuts`: these alone cut the edge; `keeps`: without these, the rest of the change keeps it",
            identifiers=("cuts", "keeps"),
        ),
        Column("policies", "object", "the documents, as `Kind namespace/name`", holds=TEXTS),
        Column("places", "object", "where these stand, as `file:line`", holds=TEXTS),
    ),
)

READINESS: Final = Table(
    "Readiness.to_frame",
    "edge that is needed, and one for each two ends between which policies admit what nothing needs",
    (
        Column(
            "answer",
            "str",
            "`ReadyAnswer.meaning` says it in words",
            identifiers=tuple(one.value for one in ReadyAnswer),
        ),
        column("src", "the client, as maps name workloads; else an address, a block or its name"),
        column("dst", "the server, in the same form"),
        *columns("ports", "intervals", "src_namespace", "dst_namespace"),
        Column(
            "bases",
            "object",
            "who says that it is needed; nothing of what is unused",
            identifiers=tuple(one.value for one in Basis),
            holds=TEXTS,
        ),
        Column("because", "object", "what is needed, a line each", holds=TEXTS),
        column("decided_by", "the policies that admit it, or deny it; nothing of what is unprotected"),
        Column(
            "unused_by", "object", "the rules that admit what is unused, as `Kind namespace/name path`", holds=TEXTS
        ),
    ),
)

READY_RULES: Final = Table(
    "Readiness.rules",
    "rule that admits what nothing needs, those that admit the most first; an edge counts for each rule that admits it",
    (
        *columns("policy", "rule"),
        Column("unused", "int64", "edges that are unused and that it admits"),
        Column("needed", "int64", "two ends between which it admits what is needed; 0: nothing that is known needs it"),
        Column("clients", "int64", "different clients of the unused ones"),
        Column("servers", "int64", "different servers of the unused ones"),
        *columns("ports", "intervals"),
        Column("examples", "object", "some of the unused edges, a line each", holds=TEXTS),
        Column("place", "str", "where it stands, as `file:line`; empty if that is not known"),
    ),
)

READY_NAMESPACES: Final = Table(
    "Readiness.namespaces",
    "namespace that is not protected, with the parts of its score",
    (
        column("namespace", "its name"),
        Column("score", "Float64", "from 0 to 100; missing where it has no edge", nullable=True),
        Column("correct", "int64", "edges that are needed and admitted by a policy"),
        Column("missing", "int64", "edges that are needed and not admitted"),
        Column("unprotected", "int64", "edges that are needed and allowed only because nothing restricts them"),
        Column("unused", "int64", "two ends between which policies admit what nothing needs"),
        Column("coverage", "Float64", "share of what is needed that is correct, 0 to 1", nullable=True),
        Column("precision", "Float64", "share of what policies admit that is needed, 0 to 1", nullable=True),
    ),
)

EXPECTATIONS: Final = Table(
    "Outcomes.to_frame",
    "expectation, in the order in which they stand",
    (
        Column("status", "str", "what came of it", identifiers=tuple(one.value for one in ExpectationStatus)),
        Column("kind", "str", "what it begins with, such as `allow`"),
        Column("expectation", "str", "what is expected"),
        Column("name", "str", "what people call it; may be empty"),
        Column("why", "str", "why it is expected; may be empty"),
        Column("file", "str", "where it stands"),
        Column("line", "Int64", "the line there", nullable=True),
        Column("asked", "int64", "how many connections, workloads or flows were asked about"),
        Column("failed", "int64", "in how many cases it is not so, or is not known"),
        Column("evidence", "object", "lines that say why", holds=TEXTS),
        Column("decided_by", "object", "the policies that decide, as `Kind namespace/name`", holds=TEXTS),
        Column("places", "object", "where these, or their rules, stand, as `file:line`", holds=TEXTS),
    ),
)

_COUNTED: Final = (
    Column("flows_cut", "int64", "flows that are cut"),
    Column("flows_opened", "int64", "flows that are opened"),
    Column("flows_uncertain", "int64", "flows of which it is not certain"),
    Column("flows_kept", "int64", "flows that are kept"),
    Column("flows_still_denied", "int64", "flows that are still denied"),
    Column("openings", "int64", "connections that are opened, seen or not"),
    Column("closings", "int64", "connections that are closed, seen or not"),
    Column("losses", "int64", "what platforms need and is denied, one for each workload"),
    Column("cut_off", "int64", "workloads that are cut off"),
    Column("unprotected", "int64", "workloads that are unprotected"),
)
COUNTS: Final = tuple(one.name for one in _COUNTED)
"""What is counted of a simulation, by the names of columns."""
_OUTCOME: Final = (Column("verdict", "str", "what it does, in one line"), *_COUNTED)

SIMULATIONS: Final = Table(
    "Workspace.simulations_frame",
    "simulation that is kept, the latest first",
    (
        column("cluster"),
        Column("name", "str", "of the simulation"),
        Column("made_at", _TIME, "when it was kept"),
        Column("who", "str", "who kept it"),
        Column("note", "str", "what was written beside it; may be empty"),
        *_OUTCOME,
    ),
)

_EDGES_OF_SEVERAL: Final = (
    *columns("src", "dst", "protocol"),
    Column("port", "UInt16", "port of the server; missing for protocols without ports", nullable=True),
    Column("flows", "int64", "rows of the recordings in which it was seen"),
    Column("name", "str", "the change, by its name"),
    Column("verdict", "str", "what becomes of it", identifiers=tuple(one.value for one in FlowVerdict)),
)

SEQUENCE: Final = Table(
    "SimulatedSequence.to_frame",
    "step, in the order in which they are made, and the last one for all of them together",
    (Column("name", "str", "of the step; `whole` for all of them"), *_OUTCOME),
)

INTERRUPTED: Final = Table(
    "SimulatedSequence.edges",
    "step, for each edge that was seen and is kept by the whole, and cut by a step on the way",
    _EDGES_OF_SEVERAL,
)

ALTERNATIVES: Final = Table(
    "Alternatives.to_frame",
    "alternative, the one that breaks least first",
    (Column("name", "str", "of the alternative"), *_OUTCOME),
)

DISAGREEMENTS: Final = Table(
    "Alternatives.edges",
    "alternative, for each edge that was seen and of which not all alternatives say the same",
    _EDGES_OF_SEVERAL,
)

CUT_PAIRS: Final = Table(
    "Cut.to_frame",
    "pair of ends whose connection is removed",
    (
        column("src", "the client, as maps name workloads; `outside` for the addresses that were asked about"),
        column("dst", "the server, in the same form"),
        *columns("ports", "intervals"),
        Column("flows", "int64", "rows of the recordings in which it was seen to pass"),
        Column(
            "direction",
            "str",
            "at which end it is denied; empty where it is not",
            identifiers=("ingress", "egress", ""),
        ),
        Column("policies", "object", "those that are added or modified for it, as `Kind namespace/name`", holds=TEXTS),
        Column(
            "why",
            "str",
            "why no policy denies it and nothing else; empty where some do. `Uncut.meaning` says it in words",
            identifiers=(*(one.value for one in Uncut), ""),
        ),
        Column("detail", "str", "what more is to be said"),
    ),
)

SHARED: Final = Table(
    "SharedChange.to_frame",
    "file that a change makes, changes or deletes",
    (
        column("file", "where it stands, from the root"),
        Column("change", "str", "what becomes of it", identifiers=("added", "modified", "deleted")),
        Column("policies", "object", "the policies that change in it, as `Kind namespace/name`", holds=TEXTS),
    ),
)

TABLES: Final = (
    *(POLICIES_CHANGED, JUDGED, WORKLOADS_CHANGED, LOSSES, RISKS, ORDERED, REPAIRED, BISECTED),
    *(READINESS, READY_RULES, READY_NAMESPACES, EXPECTATIONS, SHARED, CUT_PAIRS, SIMULATIONS),
    *(SEQUENCE, INTERRUPTED, ALTERNATIVES, DISAGREEMENTS),
)
"""The table of every frame that this room hands out."""
