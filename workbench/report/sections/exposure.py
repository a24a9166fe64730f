"""What is open from and to addresses outside, and which Services are offered there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from workbench.policy import Direction
from workbench.report.frames import OPEN_TO_OUTSIDE, PUBLISHED
from workbench.report.model import ReportTable
from workbench.report.outside import extent_of
from workbench.report.pictures import network_picture
from workbench.report.registry import register_section

if TYPE_CHECKING:
    import pandas as pd

    from workbench.connectivity import ExposureLine
    from workbench.report.context import AuditContext
    from workbench.report.model import Part

__all__ = ["exposure"]


@register_section("exposure", title="Exposure", order=400)
def exposure(context: AuditContext) -> Iterator[Part | str]:
    """Write the section."""
    number = len(context.standings)
    into, out = (context.anywhere[way] for way in (Direction.INGRESS, Direction.EGRESS))
    yield (
        f"Policies let anywhere outside reach {len(into):,} of {number:,} workloads, and let {len(out):,} reach "
        "anywhere. Anywhere means at least half of all IPv4 addresses."
    )
    yield (
        "What policies let in must find a way, too: a load balancer, a port of nodes, an Ingress or a route. These are "
        "listed below as far as manifests declare them. Routers and firewalls before the cluster are not known here."
    )
    yield network_picture(context)
    keys = ("workload", "direction", "ports")
    yield ReportTable("exposure", "Open to addresses outside", OPEN_TO_OUTSIDE, _lines(context), keys)
    published = _published(context)
    if published.empty:
        yield "No Service is offered to the outside by the manifests."
    else:
        yield ReportTable(
            "published", "Services offered to the outside", PUBLISHED, published, ("object", "way", "service")
        )


def _lines(context: AuditContext) -> pd.DataFrame:
    """Return what is open, to anywhere first; lines with the same ports are one."""
    rows = []
    for (name, direction), lines in context.open_outside.items():
        alike: defaultdict[str, list[ExposureLine]] = defaultdict(list)
        for line in lines:
            alike[line.conn].append(line)
        for ports, same in alike.items():
            reasons = tuple(dict.fromkeys(text for line in same for yes, _, text, _ in line.reasons() if yes))
            peers = tuple(line.other.name for line in same)
            namespace = same[0].workload.namespace
            isolated = (same[0].workload, direction) not in context.unprotected
            rows.append((name, namespace, direction.value, extent_of(same), peers, ports, isolated, reasons))
    rows.sort(key=lambda row: (row[3] != "anywhere", row[2] != "ingress", row[6], row[0], row[5]))
    return OPEN_TO_OUTSIDE.from_rows(rows)


def _published(context: AuditContext) -> pd.DataFrame:
    rows: list[tuple[Any, ...]] = []
    for row in context.within(context.cluster.services, "namespace").to_dict("records"):
        name, kind = f"{row['namespace']}/{row['name']}", str(row["type"])
        ways = [kind] if kind in {"LoadBalancer", "NodePort"} else []
        ways += ["external-ip"] if row["external_ips"] and kind != "LoadBalancer" else []
        ports, place = ", ".join(row["service_ports"]), (row["file"], row["line"])
        rows += [(f"Service {name}", str(row["namespace"]), way, name, ports, *place) for way in ways]
    for row in context.within(context.cluster.ingresses, "namespace", "service_namespace").to_dict("records"):
        ref = f"{row['kind']} {row['namespace']}/{row['name']}"
        service, place = f"{row['service_namespace']}/{row['service']}", (row["file"], row["line"])
        rows.append((ref, str(row["namespace"]), str(row["kind"]), service, str(row["service_port"]), *place))
    rows.sort(key=lambda row: row[:5])
    return PUBLISHED.from_rows(rows)
