"""Which workloads are isolated, in which direction, and by which policies."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from workbench.ground import count_of
from workbench.policy import Direction
from workbench.report.bars import Bar, bars
from workbench.report.frames import COVERAGE, COVERAGE_BY_NAMESPACE
from workbench.report.model import Prose, ReportTable
from workbench.report.registry import register_section

if TYPE_CHECKING:
    import pandas as pd

    from workbench.report.context import AuditContext
    from workbench.report.model import Part

__all__ = ["coverage"]

_MOST: Final = 20
"""So many namespaces have a bar."""


@register_section("coverage", title="Coverage", order=300)
def coverage(context: AuditContext) -> Iterator[Part | str]:
    """Write the section."""
    yield (
        "A workload is isolated in a direction if a NetworkPolicy selects it there: then nothing passes but what some "
        "policy allows. A workload that is not isolated may talk to everyone."
    )
    beyond = len(context.coverage) - len(context.coverable)
    if beyond:
        yield Prose.warning(
            f"No NetworkPolicy is about {count_of(beyond, 'workload')}: in the network of their node, or finished."
        )
    spaces = _by_namespace(context)
    worst = spaces.sort_values(["open", "workload_count", "namespace"], ascending=[False, False, True]).head(_MOST)
    shown = [
        Bar(f"{row['namespace']}: {way}", int(row[f"{way}_isolated"]), int(row["workload_count"]), "good")
        for row in worst.to_dict("records")
        for way in ("ingress", "egress")
    ]
    if shown:
        title = "Isolated workloads by namespace"
        if len(spaces) > _MOST:
            title += f", the {_MOST} with the most open workloads of {len(spaces):,}"
        yield bars("coverage-by-namespace", title, shown)
    yield ReportTable("namespaces", "Coverage by namespace", COVERAGE_BY_NAMESPACE, spaces, ("namespace",))
    yield ReportTable("coverage", "Coverage matrix", COVERAGE, _matrix(context), ("workload",))


def _matrix(context: AuditContext) -> pd.DataFrame:
    """Return the matrix: workloads that are open first."""
    order = ("open", "admin-rules", "partly", "host-network", "isolated")
    ranked = sorted(
        context.coverage,
        key=lambda one: (sorted(order.index(one.ways[way][0]) for way in Direction), one.workload.peer),
    )
    return COVERAGE.from_rows(
        (
            one.workload.peer,
            one.workload.namespace,
            one.workload.kind,
            one.ways[Direction.INGRESS][0],
            one.ways[Direction.EGRESS][0],
            one.ways[Direction.INGRESS][1],
            one.ways[Direction.EGRESS][1],
        )
        for one in ranked
    )


def _by_namespace(context: AuditContext) -> pd.DataFrame:
    able = context.coverable
    names = sorted({one.workload.namespace for one in able})
    policies = [one.namespace for one in context.policies]
    rows = []
    for name in names:
        own = [one for one in able if one.workload.namespace == name]
        into, out = ([one.is_isolated(way) for one in own] for way in (Direction.INGRESS, Direction.EGRESS))
        neither = sum(not (one or other) for one, other in zip(into, out, strict=True))
        rows.append((name, len(own), sum(into), sum(out), neither, policies.count(name)))
    return COVERAGE_BY_NAMESPACE.from_rows(rows)
