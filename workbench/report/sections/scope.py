"""What the audit is about, when it was made, and what it was made of, with what the sources do not record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from workbench.ground import PROBLEMS, count_of, listed, problems_frame
from workbench.report.frames import FILES_READ, FLOW_SOURCES
from workbench.report.model import Prose, ReportTable
from workbench.report.registry import register_section

if TYPE_CHECKING:
    import pandas as pd

    from workbench.flows import Flows
    from workbench.report.context import AuditContext
    from workbench.report.model import Part

__all__ = ["scope"]

_DENIED: Final = ("denied", "would_deny", "dropped")


@register_section("scope", title="Scope and sources", order=200)
def scope(context: AuditContext) -> Iterator[Part | str]:
    """Write the section."""
    names = listed(context.namespaces) if context.namespaces else "all namespaces"
    yield f"This report is about {names}, as of {context.now:%Y-%m-%d %H:%M} UTC."
    if context.is_anonymised:
        yield Prose.warning("Names, labels and addresses are stand-ins: each is the same wherever the original was.")
    objects = context.cluster.objects
    yield f"The manifests hold {', '.join(objects.counts)}."
    files = _files(context)
    yield ReportTable("files", "Files that were read", FILES_READ, files, ("kind", "file"))
    problems = context.connectivity.problems_found
    if problems:
        counts = Counter(one.severity.value for one in problems)
        words = ", ".join(count_of(counts[one], one) for one in ("error", "warning", "info") if counts[one])
        yield Prose.warning(f"The input has problems: {words}. What could be read was judged.")
        yield ReportTable("problems", "Problems in the input", PROBLEMS, problems_frame(problems))
    if context.flows is None:
        yield Prose.missing("No flows were given. Nothing is said of what was seen, used or unusual.")
    else:
        yield from _flows(context.flows)
    if context.baselines is None:
        yield Prose.missing("No baselines were given. What is unusual for a workload is not known.")
    if context.book is None:
        yield Prose.missing("No address book was given. Addresses outside have no names but those of DNS.")
    if context.declared.enforced is None:
        yield Prose.missing(
            "Nobody declared whether the network plugin enforces NetworkPolicy. All that is said of policies holds if "
            "it does."
        )
    if context.earlier is None:
        yield Prose.missing("No earlier audit was given. What changed is not known.")


def _files(context: AuditContext) -> pd.DataFrame:
    manifests = Counter(one.source.file for one in context.cluster.objects.manifests)
    rows = [("manifests", name or "(made in Python)", count) for name, count in sorted(manifests.items())]
    if context.flows is not None:
        table = context.flows.table
        counted = context.flows.execute(table.group_by("source_file").aggregate(number=table.count()))
        pairs = sorted(zip(counted["source_file"].astype("str"), counted["number"], strict=True))
        rows += [("flows", name, int(number)) for name, number in pairs]
    return FILES_READ.from_rows(rows)


def _flows(flows: Flows) -> Iterator[Part | str]:
    begun, ended = flows.period
    if begun is not None and ended is not None:
        hours = (ended - begun).total_seconds() / 3600
        yield (
            f"Flows were recorded from {begun:%Y-%m-%d %H:%M} to {ended:%Y-%m-%d %H:%M} UTC, {hours:,.0f} hours. What "
            "happens more rarely than that is not among them."
        )
    else:
        yield Prose.warning("It is not known when flows were recorded: the sources have no times.")
    if flows.lost_events:
        yield Prose.warning(f"The sources say that they lost {count_of(flows.lost_events, 'event')}.")
    else:
        yield "No source says that it lost events; not every source would say so."
    edges = flows.edges()
    total = int(edges["flows"].sum())
    unknown = edges[(edges["src_kind"] == "Unknown") | (edges["dst_kind"] == "Unknown")]
    number = int(unknown["flows"].sum())
    share = f" ({number / total:.1%})" if total else ""
    yield (
        f"Once replies and repeated reports are joined, there are {count_of(total, 'flow')}. Of {number:,}{share} it "
        "is not known what an end is."
    )
    sources = _sources(flows)
    yield ReportTable(
        "sources",
        "Sources of flows, and what they do not record",
        FLOW_SOURCES,
        sources,
        ("source_format",),
        ("title", "flows", "first_seen", "last_seen", "unknown_client", "blind_spots"),
    )


def _sources(flows: Flows) -> pd.DataFrame:
    from workbench.flows import FORMATS  # noqa: PLC0415  (it brings ibis)

    rows = []
    for name, found in flows.summary().groupby("source_format", sort=True, observed=True):
        known = FORMATS.get(str(name))
        rows.append(
            (
                str(name),
                known.title if known else str(name),
                int(found["flows"].sum()),
                int(found.loc[found["verdict"].isin(_DENIED), "flows"].sum()),
                found["first_seen"].min(),
                found["last_seen"].max(),
                int(found["unknown_orientation"].sum()),
                known.blind_spots if known else (),
            )
        )
    return FLOW_SOURCES.from_rows(rows)
