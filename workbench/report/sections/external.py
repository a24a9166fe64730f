"""With whom outside workloads were seen to talk, by name, provider and block."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from workbench.ground import EXTERNAL, count_of, parse_address
from workbench.report.frames import EXTERNAL_BY_NAME, EXTERNAL_SEEN
from workbench.report.model import Prose, ReportTable
from workbench.report.pages import is_missing
from workbench.report.registry import register_section

if TYPE_CHECKING:
    import pandas as pd

    from workbench.flows import Flows
    from workbench.report.context import AuditContext
    from workbench.report.model import Part

__all__ = ["external"]


@register_section("external", title="External connections", order=450)
def external(context: AuditContext) -> Iterator[Part | str]:
    """Write the section."""
    if context.flows is None:
        yield Prose.missing("No flows were given: with whom outside workloads talk was not seen.")
        return
    if context.book is None:
        yield Prose.missing("No address book was given: who owns an address is not known.")
    seen = _seen(context, context.flows)
    if seen.empty:
        yield "No connection with an address outside was seen."
        return
    addresses = len(set(seen["address"]) - {""})
    yield (
        f"Seen: {count_of(len(seen), 'connection')} of {count_of(seen['workload'].nunique(), 'workload')} with "
        f"{count_of(addresses, 'address')} outside."
    )
    nameless = seen[(seen["provider"] == "") & (seen["block"] == "") & (seen["domains"].map(len) == 0)]
    if len(nameless):
        yield f"Of {count_of(len(nameless), 'connection')} nothing but the address is known."
    keys = ("name", "provider", "direction")
    yield ReportTable("external-names", "Outside, by name and provider", EXTERNAL_BY_NAME, _by_name(seen), keys)
    yield ReportTable(
        "external",
        "Connections with addresses outside",
        EXTERNAL_SEEN,
        seen,
        ("workload", "direction", "name", "address", "protocol", "port"),
        (
            "workload",
            "direction",
            "name",
            "provider",
            "address",
            "protocol",
            "port",
            "flows",
            "flows_denied",
            "last_seen",
        ),
    )


def _seen(context: AuditContext, flows: Flows) -> pd.DataFrame:
    """Return the connections, those with the most flows first."""
    edges = flows.located_edges()
    ends = edges[((edges["src_kind"] == EXTERNAL) != (edges["dst_kind"] == EXTERNAL))]
    ends = context.within(ends, "src_namespace", "dst_namespace")
    texts = [str(row["src" if row["src_kind"] == EXTERNAL else "dst"]) for row in ends.to_dict("records")]
    known = _known(context, texts)
    rows = [_row(row, known) for row in ends.to_dict("records")]
    rows.sort(key=lambda row: (-row[10], *map(str, row[:9]), 0 if is_missing(row[9]) else row[9]))
    return EXTERNAL_SEEN.from_rows(rows)


def _known(context: AuditContext, texts: list[str]) -> dict[str, tuple[str, str, str]]:
    """Return of each address its name, provider and block; the name is empty where nobody gave one."""
    addresses = sorted({text for text in texts if parse_address(text) is not None})
    if context.book is None or not addresses:
        return dict.fromkeys(addresses, ("", "", ""))
    found = context.book.lookup(addresses)
    return {
        str(row["address"]): (str(row["name"]) if row["source"] else "", str(row["provider"]), str(row["cidr"]))
        for row in found.to_dict("records")
    }


def _row(row: dict[Any, Any], known: dict[str, tuple[str, str, str]]) -> tuple[Any, ...]:
    is_in = row["src_kind"] == EXTERNAL
    workload, other = (row["dst"], row["src"]) if is_in else (row["src"], row["dst"])
    namespace = row["dst_namespace"] if is_in else row["src_namespace"]
    name, provider, block = known.get(other, ("", "", ""))
    domains = () if is_in else tuple(row["dst_domains"])
    given = row["src_block" if is_in else "dst_block"]
    return (
        workload,
        namespace,
        "ingress" if is_in else "egress",
        name or given or (domains[0] if domains else other),
        provider,
        block,
        other if other in known else "",
        domains,
        row["protocol"],
        row["port"],
        int(row["flows"]),
        int(row["flows_denied"]),
        row["first_seen"],
        row["last_seen"],
    )


def _by_name(seen: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each name and direction, those with the most flows first."""
    groups: defaultdict[tuple[str, str, str], list[dict[Any, Any]]] = defaultdict(list)
    for row in seen.to_dict("records"):
        groups[row["name"], row["provider"], row["direction"]].append(row)
    rows = []
    for (name, provider, direction), found in groups.items():
        ports = {row["protocol"] if is_missing(row["port"]) else f"{row['protocol']} {row['port']}" for row in found}
        firsts, lasts = ([row[at] for row in found if not is_missing(row[at])] for at in ("first_seen", "last_seen"))
        rows.append(
            (
                name,
                provider,
                direction,
                len({row["address"] for row in found} - {""}),
                len({row["workload"] for row in found}),
                ", ".join(sorted(ports)),
                sum(row["flows"] for row in found),
                sum(row["flows_denied"] for row in found),
                min(firsts, default=None),
                max(lasts, default=None),
            )
        )
    rows.sort(key=lambda row: (-row[6], row[:3]))
    return EXTERNAL_BY_NAME.from_rows(rows)
