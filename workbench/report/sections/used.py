"""How much of what is allowed is used, and what was seen that is not allowed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from workbench.checks import PERMISSIVENESS
from workbench.ground import count_of
from workbench.report.bars import Bar, bars
from workbench.report.frames import CONNECTIONS_USED, NAMESPACE_PAIRS, SEEN_UNEXPECTED
from workbench.report.model import Prose, ReportTable
from workbench.report.registry import register_section
from workbench.whatif import READY_NAMESPACES, READY_RULES

if TYPE_CHECKING:
    from workbench.flows import Judgement
    from workbench.report.context import AuditContext
    from workbench.report.model import Part

__all__ = ["used"]

_UNEXPECTED: Final = ("not-allowed", "denied-though-allowed", "denied", "unknown")
"""Statuses of edges that are listed, the gravest first."""


@register_section("use", title="Allowed against used", order=600)
def used(context: AuditContext) -> Iterator[Part | str]:
    """Write the section."""
    found = context.allowance
    yield (
        f"Of {count_of(found.possible, 'connection')} that there could be, {found.allowed:,} are allowed on some port "
        f"({found.share:.0%}). Of each workload, one is possible from and to each other one, and from and to the "
        "internet, which counts where each of its addresses is allowed."
    )
    drawn = [Bar("allowed, of what could be", found.allowed, found.possible, "low")]
    if found.excess is None:
        yield Prose.missing("No flows were given: what of that is used is not known.")
    else:
        yield f"Of those that are allowed, {found.excess:,} were not seen to be used."
        yield "What was not seen may still be needed: rarely, or where no source records. Try changes in what-if first."
        drawn.append(Bar("not seen, of what is allowed", found.excess, found.allowed, "medium"))
    yield bars("permissiveness", "Connections of workloads", drawn)
    yield from _unexpected(context)
    yield ReportTable(
        "permissiveness", "How much is allowed, and used", PERMISSIVENESS, _permissiveness(context), ("scope", "name")
    )
    between = sorted(context.between, key=lambda one: (-one.allowed, one.src, one.dst))
    keys: tuple[str, ...] = ("src_namespace", "dst_namespace")
    yield ReportTable("segments", "Between namespaces", NAMESPACE_PAIRS, NAMESPACE_PAIRS.from_rows(between), keys)
    if context.readiness is not None:
        scores = context.readiness.namespaces()
        scores = scores[[context.holds(str(name)) for name in scores["namespace"]]].reset_index(drop=True)
        yield ReportTable("score", "What the score is made of", READY_NAMESPACES, scores, ("namespace",))
        rules = context.readiness.rules()
        kept = [place for place, policy in enumerate(rules["policy"]) if _is_about(context, policy)]
        rules = rules.iloc[kept].reset_index(drop=True)
        if len(rules):
            shown = ("policy", "rule", "unused", "needed", "clients", "servers", "ports", "examples", "place")
            title = "Rules that admit what was not seen"
            yield ReportTable("rules-unused", title, READY_RULES, rules, ("policy", "rule"), shown)
    if context.is_large:
        yield Prose.missing(
            f"{count_of(context.pairs, 'pair')} may talk: they are counted above, and not listed one by one."
        )
    else:
        keys = ("src", "dst", "ports")
        yield ReportTable("connections", "All that is allowed", CONNECTIONS_USED, _connections(context), keys)


def _permissiveness(context: AuditContext) -> pd.DataFrame:
    """Return the cluster, then namespaces, then workloads; of these those first of which the most is not used."""
    rows = context.permissiveness
    by = {"scope": rows["scope"], "most": -rows["excess"].fillna(rows["allowed"]), "name": rows["name"]}
    places = pd.DataFrame(by).sort_values(list(by), kind="stable").index  # cluster, namespace, workload: by letters
    return rows.loc[places].reset_index(drop=True)


def _is_about(context: AuditContext, policy: str) -> bool:
    namespace, slash, _ = policy.partition(" ")[2].partition("/")
    return not slash or context.holds(namespace)


def _unexpected(context: AuditContext) -> Iterator[Part | str]:
    judged = context.judged
    if judged is None:
        return
    counts = context.seen_by_status
    if counts["not-allowed"]:
        yield Prose.warning(
            f"{count_of(counts['not-allowed'], 'edge')} passed though these policies deny it: either policies are not "
            "enforced, or they were others at that time."
        )
    frame = _seen(context, judged)
    if len(frame):
        keys = ("status", "src", "dst", "ports")
        title = "Seen, and not plainly allowed"
        shown = ("status", "src", "dst", "ports", "flows", "flows_denied", "last_seen", "decided_by", "reason")
        yield ReportTable("unexpected", title, SEEN_UNEXPECTED, frame, keys, shown)


def _seen(context: AuditContext, judged: Judgement) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for one in judged.seen:
        row = one.row
        if one.status.value in _UNEXPECTED and context.holds(row["src_namespace"], row["dst_namespace"]):
            ports = str(row["protocol"]) if one.ports is None else str(one.ports)
            seen = (int(row["flows"]), int(row["flows_denied"]), row["first_seen"], row["last_seen"])
            said = (tuple(one.decided_by), one.reason)
            rows.append((one.status.value, one.status.meaning, row["src"], row["dst"], ports, *seen, *said))
    rows.sort(key=lambda row: (_UNEXPECTED.index(row[0]), -row[5], *row[2:5], row[9:]))
    return SEEN_UNEXPECTED.from_rows(rows)


def _connections(context: AuditContext) -> pd.DataFrame:
    judged = context.judged
    rows = []
    for one in context.connectivity.connections():
        if context.holds(one.src.namespace, one.dst.namespace):
            ports = "" if judged is None else judged.used(one)
            used_ports = str(ports) if ports else ""
            rows.append((one.src.name, one.dst.name, one.src.namespace, one.dst.namespace, str(one.ports), used_ports))
    return CONNECTIONS_USED.from_rows(rows)
