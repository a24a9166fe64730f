"""How much of what is allowed is used, and what was seen that is not allowed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from workbench.ground import count_of
from workbench.report.bars import Bar, bars
from workbench.report.frames import CONNECTIONS_USED, NAMESPACE_PAIRS, SEEN_UNEXPECTED, USE_BY_WORKLOAD
from workbench.report.model import Prose, ReportTable
from workbench.report.registry import register_section
from workbench.whatif import READY_RULES

if TYPE_CHECKING:
    import pandas as pd

    from workbench.flows import Judgement
    from workbench.report.context import AuditContext
    from workbench.report.model import Part

__all__ = ["used"]

_UNEXPECTED: Final = ("not-allowed", "denied-though-allowed", "denied", "unknown")
"""Statuses of edges that are listed, the gravest first."""


@register_section("use", title="Allowed against used", order=600)
def used(context: AuditContext) -> Iterator[Part | str]:
    """Write the section."""
    between = list(context.between)
    allowed = sum(one.allowed for one in between)
    if context.flows is None:
        yield Prose.missing("No flows were given: what of that is used is not known.")
    else:
        seen = sum(one.seen or 0 for one in between)
        yield f"Of {count_of(allowed, 'pair')} of workloads that may talk to each other, {seen:,} were seen to."
        yield "What was not seen may still be needed: rarely, or where no source records. Try changes in what-if first."
        if allowed:
            yield bars("pairs-used", "Pairs of workloads that may talk", [Bar("seen in use", seen, allowed, "good")])
        yield from _unexpected(context)
    between.sort(key=lambda one: (-one.allowed, one.src, one.dst))
    keys: tuple[str, ...] = ("src_namespace", "dst_namespace")
    yield ReportTable("segments", "Between namespaces", NAMESPACE_PAIRS, NAMESPACE_PAIRS.from_rows(between), keys)
    if context.readiness is not None:
        rules = context.readiness.rules()
        kept = [place for place, policy in enumerate(rules["policy"]) if _is_about(context, policy)]
        rules = rules.iloc[kept].reset_index(drop=True)
        if len(rules):
            shown = ("policy", "rule", "unused", "needed", "clients", "servers", "ports", "examples", "place")
            title = "Rules that admit what was not seen"
            yield ReportTable("rules-unused", title, READY_RULES, rules, ("policy", "rule"), shown)
    use = sorted(context.use, key=lambda one: (-(one.unused or 0), -(one.clients + one.servers), one))
    frame = USE_BY_WORKLOAD.from_rows((*one[:6], one.unused) for one in use)
    yield ReportTable("use", "By workload", USE_BY_WORKLOAD, frame, ("workload",))
    if context.is_large:
        yield Prose.missing(
            f"{count_of(context.pairs, 'pair')} may talk: they are counted above, and not listed one by one."
        )
    else:
        keys = ("src", "dst", "ports")
        yield ReportTable("connections", "All that is allowed", CONNECTIONS_USED, _connections(context), keys)


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
        yield ReportTable("unexpected", title, SEEN_UNEXPECTED, frame, keys)


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
