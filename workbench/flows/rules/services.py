"""Who answered a call to a Service: its address and port become those of its pods (flow-rules N9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ibis

from workbench.flows.rules.ends import cell, identity
from workbench.flows.rules.marks import marked, with_marks
from workbench.flows.rules.orientation import serving_key
from workbench.flows.rules.replies import COUNTERS, PASSED

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from workbench.flows.rules.lookups import Lookups

__all__ = ["through_services"]

SAME_CONNECTION: Final = 60
"""Seconds between two reports of one connection, one of them before and one after translation."""

_CALL: Final = "_call"
_ASKED: Final = "_called_port"


def through_services(rows: ir.Table, lookups: Lookups) -> ir.Table:
    """Return `rows` in which calls to Services end at the workloads behind them.

    A call is known by the Service's name, or by an address and port of it (ClusterIP, external address,
    load balancer, or NodePort of a node). ``service_address``, ``service_port`` and
    ``destination_k8s_service_name`` keep what was called; the destination becomes the workload and
    its port, by name or number; its address and pod are not known then. Asked after `attributed`.

    The number of rows changes. Several workloads (or several ports of one) give a row each, all marked
    ``service-widened``; the first alone keeps the counters, so that nothing counts twice. A row of the
    same client, workload and port within a minute is the same connection seen behind the translation,
    and the call is left out. A Service without an answering workload stays.

    Some sources name the workload behind a Service, but the port that was called (Kubescape of what a workload
    connects to, Kiali). A port on which a workload that is known by name or labels does not serve, and one of its
    Services does, is a call of that Service, answered by this workload alone.
    """
    called = _calls(with_marks(rows), lookups)
    return _answered(_without_seen_behind(called, lookups), lookups, ("marks", *rows.columns))


def _calls(rows: ir.Table, lookups: Lookups) -> ir.Table:
    """Add the call that a row is, as `backends.Backends.answering` names it; NULL where it is none."""
    transport = rows.network_transport
    port = rows.destination_port.cast("string")
    listed, headless = lookups.table("called", "called_"), lookups.table("headless", "headless_")
    through = lookups.table("through", "through_")
    keyed = rows.mutate(_port_call=_is_as_called(rows).ifelse(serving_key(rows, "destination"), None))
    joined = (
        keyed.left_join(
            listed,
            [
                ("destination_address", "called_address"),
                ("network_transport", "called_transport"),
                ("destination_port", "called_number"),
            ],
        )
        .left_join(
            headless,
            [
                ("destination_k8s_namespace_name", "headless_namespace"),
                ("destination_k8s_service_name", "headless_service"),
            ],
        )
        .left_join(through, [("_port_call", "through_serving")])
    )
    by_name = joined.destination_kind == "service"
    by_address = joined.called_service.notnull() & joined.destination_kind.isin(
        ("service", "external", "node", "unknown")
    )
    named = joined.destination_k8s_service_name
    namespace = by_address.ifelse(joined.called_namespace, joined.destination_k8s_namespace_name)
    service = by_address.ifelse(joined.called_service, by_name.ifelse(named, None))
    ref = namespace + "/" + service
    number = by_address.ifelse(joined.called_port.cast("string"), port)
    any_port = joined.headless_service.notnull() | number.isnull()
    call = any_port.ifelse(ref + "|*", ref + "|" + transport + "|" + number)
    return joined.select(
        *(joined[name] for name in rows.columns),
        **{
            _CALL: ibis.coalesce(call, joined.through_serving),
            "_service": ibis.coalesce(service, named, joined.through_service.nullif("")),
        },
    )


def _is_as_called(rows: ir.Table) -> ir.BooleanValue:
    """Tell of which rows to a workload the port may be the one that was called, before it was translated.

    No packet was seen at a pod of it: it has no address, and it did not report.
    """
    by_name = (rows.destination_kind == "workload") & cell(rows, "destination_address").isnull()
    untranslated = rows.service_port.isnull() | (rows.service_port == rows.destination_port)
    return by_name & untranslated & (rows.reporter != "destination")


def _without_seen_behind(called: ir.Table, lookups: Lookups) -> ir.Table:
    """Leave out the calls that got through and that were also seen at a pod behind the Service."""
    backends = lookups.table("backends", "behind_")
    workloads = backends.filter(backends.behind_kind == "workload")
    pods = called.filter(called[_CALL].isnull() & (called.destination_kind == "workload"))
    pods = pods.select(
        pod_client=_client(pods),
        pod_start=pods.time_start,
        pod_end=cell(pods, "time_end").fill_null(pods.time_start),
        pod_port=pods.destination_port.cast("int64"),
        pod_namespace=pods.destination_k8s_namespace_name,
        pod_owner_kind=pods.destination_k8s_owner_kind,
        pod_owner=pods.destination_k8s_owner_name,
    )
    seen = pods.join(
        workloads,
        [
            ("pod_namespace", "behind_namespace"),
            ("pod_owner_kind", "behind_owner_kind"),
            ("pod_owner", "behind_owner"),
            ("pod_port", "behind_port"),
        ],
    )
    legs = seen.select("pod_client", "pod_start", "pod_end", pod_call=seen.behind_call)
    minute = ibis.interval(seconds=SAME_CONNECTION)
    asked = called.mutate(
        _client=_client(called),
        _passed=called.verdict.isin(PASSED).ifelse(called[_CALL], None),
        _from=called.time_start - minute,
        _until=cell(called, "time_end").fill_null(called.time_start) + minute,
    )
    kept = asked.anti_join(
        legs,
        [
            asked["_passed"] == legs.pod_call,
            asked["_client"] == legs.pod_client,
            asked["_from"] <= legs.pod_end,
            asked["_until"] >= legs.pod_start,
        ],
    )
    return kept.drop("_client", "_passed", "_from", "_until")


def _client(rows: ir.Table) -> ir.StringValue:
    port = cell(rows, "source_port").cast("string").fill_null("")
    where = cell(rows, "cluster").fill_null("") + "|" + rows.network_transport
    return where + "|" + identity(rows, "source") + "|" + port


def _answered(called: ir.Table, lookups: Lookups, columns: tuple[str, ...]) -> ir.Table:
    backends = lookups.table("backends", "behind_")
    joined = called.left_join(backends, [(_CALL, "behind_call")])
    found = joined.behind_call.notnull()
    first = joined.behind_number.fill_null(0) == 0

    def instead(value: ir.Value | None, own: str) -> ir.Value:
        return found.ifelse(ibis.null(joined[own].type()) if value is None else value, joined[own])

    kind = joined.destination_port.type()
    port = (joined.behind_port != 0).ifelse(joined.behind_port.cast(kind), joined.destination_port)
    service = joined["_service"]
    new: dict[str, ir.Value] = {
        "service_address": instead(
            ibis.coalesce(joined.service_address, joined.destination_address), "service_address"
        ),
        "service_port": instead(ibis.coalesce(joined.service_port, joined.destination_port), "service_port"),
        "destination_kind": instead(joined.behind_kind, "destination_kind"),
        "destination_address": instead(joined.behind_address.nullif(""), "destination_address"),
        "destination_port": instead(port, "destination_port"),
        "destination_k8s_namespace_name": instead(joined.behind_namespace.nullif(""), "destination_k8s_namespace_name"),
        "destination_k8s_owner_kind": instead(joined.behind_owner_kind.nullif(""), "destination_k8s_owner_kind"),
        "destination_k8s_owner_name": instead(joined.behind_owner.nullif(""), "destination_k8s_owner_name"),
        "destination_k8s_service_name": instead(service, "destination_k8s_service_name"),
    }
    for gone in ("destination_k8s_pod_name", "destination_k8s_pod_labels", "destination_k8s_node_name"):
        if gone in joined.columns:
            new[gone] = instead(None, gone)
    for counter in COUNTERS:
        if counter in joined.columns:
            new[counter] = first.ifelse(joined[counter], ibis.null(joined[counter].type()))
    widened = marked(joined.mutate(**new), "service-widened", joined.behind_count > 1)
    return widened.select(*dict.fromkeys((*columns[1:], columns[0])))
