"""A call to a Service ends at the workloads behind it (flow-rules N9)."""

from __future__ import annotations

import pytest

from tests.flows.clusters import cluster_of, deployment, node, pod, service
from tests.flows.rows import Row, after, applied, back, destination, source, table_of
from workbench.flows.rules.attribution import attributed
from workbench.flows.rules.cluster import lookups_of
from workbench.flows.rules.lookups import Lookups
from workbench.flows.rules.services import through_services

WEB = {"app": "web"}
HTTP = [{"containerPort": 8080, "name": "http"}]
SERVED = service(
    "web", WEB, [{"port": 80, "targetPort": "http", "nodePort": 30080}], type="NodePort", clusterIP="10.96.0.1"
)
SHOP = lookups_of(cluster_of(deployment("web", WEB, HTTP), SERVED, node("n1", "192.168.0.1")))
CLIENT = source(namespace="shop", owner_kind="Deployment", owner="client", kind="workload")
CALL = {**CLIENT, **destination(address="10.96.0.1", port=80), "connections": 1, "bytes": 10}


def reached(*rows: Row, lookups: Lookups = SHOP) -> list[Row]:
    found = back(applied(through_services, applied(attributed, table_of(*rows), lookups), lookups))
    return sorted(found, key=lambda row: (row["destination_k8s_owner_name"] or "", row["destination_port"] or 0))


def end_of(row: Row) -> tuple[object, ...]:
    return row["destination_kind"], row["destination_k8s_owner_name"], row["destination_port"]


def test_an_address_of_a_service_becomes_its_workload_and_the_named_port() -> None:
    (row,) = reached(CALL)
    assert end_of(row) == ("workload", "web", 8080)
    assert (row["service_address"], row["service_port"]) == ("10.96.0.1", 80)
    assert (row["destination_k8s_service_name"], row["destination_k8s_namespace_name"]) == ("web", "shop")
    assert (row["destination_address"], row["connections"], row["marks"]) == (None, 1, [])


def test_a_port_of_a_node_becomes_the_workload_behind_it() -> None:
    (row,) = reached({**CALL, **destination(address="192.168.0.1", port=30080)})
    assert end_of(row) == ("workload", "web", 8080)
    assert (row["service_address"], row["service_port"]) == ("192.168.0.1", 30080)


def test_a_service_is_known_by_its_name_too() -> None:
    named = destination(kind="service", namespace="shop", service="web", port=80)
    assert end_of(reached({**CLIENT, **named})[0]) == ("workload", "web", 8080)
    assert end_of(reached({**CLIENT, **named, "destination_port": None})[0]) == ("workload", "web", None)


def test_a_headless_service_translates_nothing_but_its_name() -> None:
    lookups = lookups_of(cluster_of(deployment("db", WEB), service("db", WEB, [{"port": 1}], clusterIP="None")))
    called = {**CLIENT, **destination(kind="service", namespace="shop", service="db", port=5432)}
    assert [end_of(row) for row in reached(called, lookups=lookups)] == [("workload", "db", 5432)]


def test_several_workloads_give_a_row_each_and_are_counted_once() -> None:
    canary = deployment("web-canary", {**WEB, "track": "canary"}, [{"containerPort": 9090, "name": "http"}])
    lookups = lookups_of(cluster_of(deployment("web", WEB, HTTP), canary, SERVED))
    rows = reached(CALL, lookups=lookups)
    assert [end_of(row) for row in rows] == [("workload", "web", 8080), ("workload", "web-canary", 9090)]
    assert [(row["connections"], row["bytes"]) for row in rows] == [(1, 10), (None, None)]
    assert [row["marks"] for row in rows] == [["service-widened"]] * 2


def test_addresses_that_were_given_by_hand_are_external_or_a_pods() -> None:
    endpoints = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "old-1", "namespace": "shop", "labels": {"kubernetes.io/service-name": "old"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": ["203.0.113.9"]}, {"addresses": ["10.0.0.5"]}],
        "ports": [{"name": "", "port": 3306, "protocol": "TCP"}],
    }
    by_hand = service("old", None, [{"port": 3306}], clusterIP="10.96.0.9")
    lookups = lookups_of(cluster_of(endpoints, by_hand, pod("db-0", "10.0.0.5", owner="StatefulSet/db")))
    rows = reached({**CALL, **destination(address="10.96.0.9", port=3306)}, lookups=lookups)
    assert [end_of(row) for row in rows] == [("external", None, 3306), ("workload", "db", 3306)]
    assert [row["destination_address"] for row in rows] == ["203.0.113.9", None]


@pytest.mark.parametrize("change", [{"destination_port": 81}, {"network_transport": "udp"}])
def test_what_nobody_answers_stays_with_the_service(change: Row) -> None:
    (row,) = reached({**CALL, **change})
    assert (row["destination_kind"], row["destination_k8s_service_name"]) == ("service", "web")
    assert (row["destination_address"], row["service_address"]) == ("10.96.0.1", None)


BEHIND = {
    **CLIENT,
    **destination(namespace="shop", owner_kind="Deployment", owner="web", kind="workload", port=8080),
    "connections": 1,
    "bytes": 11,
}


def test_a_call_that_was_also_seen_at_the_pod_counts_there() -> None:
    (row,) = reached(CALL, {**BEHIND, "time_start": after(50)})
    assert (row["bytes"], row["service_address"]) == (11, None)


@pytest.mark.parametrize(
    "other",
    [
        {"time_start": after(70)},
        {"source_k8s_owner_name": "somebody"},
        {"destination_port": 8081},
        {"network_transport": "udp"},
    ],
)
def test_another_connection_to_the_pod_is_another(other: Row) -> None:
    assert len(reached(CALL, {**BEHIND, **other})) == 2


def test_a_call_that_was_denied_is_never_left_out() -> None:
    assert len(reached({**CALL, "verdict": "denied"}, BEHIND)) == 2


def test_calls_to_others_and_columns_stay_as_they_are() -> None:
    row = {**CLIENT, **destination(address="203.0.113.1", port=443, kind="external"), "bytes": 3}
    (found,) = reached(row)
    (before,) = back(applied(attributed, table_of(row), SHOP))
    assert {name: value for name, value in found.items() if name != "marks"} == before


def test_following_calls_twice_is_as_once() -> None:
    once = applied(through_services, applied(attributed, table_of(CALL, BEHIND), SHOP), SHOP)
    assert back(applied(through_services, once, SHOP)) == back(once)


def test_a_services_port_where_a_pods_is_meant_is_translated_for_the_workload_that_is_named() -> None:
    """Whoever names the workload by its labels may not know the port behind the Service."""
    named = {**CLIENT, **destination(namespace="shop", labels=WEB, port=80), "reporter": "source"}
    (row,) = reached(named)
    assert end_of(row) == ("workload", "web", 8080)
    assert (row["service_port"], row["destination_k8s_service_name"], row["marks"]) == (80, "web", [])
    assert end_of(reached({**named, "destination_port": 8080})[0]) == ("workload", "web", 8080)
    assert end_of(reached({**named, "destination_port": 81})[0]) == ("workload", "web", 81)


@pytest.mark.parametrize(
    "seen",
    [
        {"reporter": "destination"},
        {"destination_address": "10.0.0.5"},
        {"service_port": 8000},
        {"network_transport": "udp"},
    ],
)
def test_a_port_that_a_packet_had_at_the_pod_is_the_pods(seen: Row) -> None:
    (row,) = reached({**CLIENT, **destination(namespace="shop", owner_kind="Deployment", owner="web", port=80), **seen})
    assert end_of(row) == ("workload", "web", 80)


def test_a_port_that_the_workload_serves_itself_is_meant() -> None:
    both = deployment("web", WEB, [*HTTP, {"containerPort": 80}])
    lookups = lookups_of(cluster_of(both, SERVED))
    named = {**CLIENT, **destination(namespace="shop", labels=WEB, port=80)}
    assert end_of(reached(named, lookups=lookups)[0]) == ("workload", "web", 80)


def test_of_several_services_with_one_port_each_target_is_kept() -> None:
    other = service("other", WEB, [{"port": 80, "targetPort": 9000}])
    lookups = lookups_of(cluster_of(deployment("web", WEB, HTTP), SERVED, other))
    rows = reached({**CLIENT, **destination(namespace="shop", labels=WEB, port=80)}, lookups=lookups)
    assert [(end_of(row), row["marks"]) for row in rows] == [
        (("workload", "web", 8080), ["service-widened"]),
        (("workload", "web", 9000), ["service-widened"]),
    ]


def test_a_headless_service_translates_no_port_of_a_workload() -> None:
    lookups = lookups_of(
        cluster_of(
            deployment("web", WEB, HTTP), service("web", WEB, [{"port": 80, "targetPort": 8080}], clusterIP="None")
        )
    )
    rows = reached({**CLIENT, **destination(namespace="shop", labels=WEB, port=80)}, lookups=lookups)
    assert [end_of(row) for row in rows] == [("workload", "web", 80)]


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_services_with_one_address_both_may_have_answered_whichever_was_read_last(order: int) -> None:
    services = [
        service(name, {"app": name}, [{"port": 80, "targetPort": port}], clusterIP="10.96.0.9")
        for name, port in (("one", 8001), ("two", 8002))
    ]
    workloads = [deployment(name, {"app": name}) for name in ("one", "two")]
    lookups = lookups_of(cluster_of(*workloads, *services[::order]))
    rows = reached({**CLIENT, **destination(address="10.96.0.9", port=80), "connections": 4}, lookups=lookups)
    assert [(*end_of(row), row["marks"]) for row in rows] == [
        ("workload", "one", 8001, ["service-widened"]),
        ("workload", "two", 8002, ["service-widened"]),
    ]
    assert {row["destination_k8s_service_name"] for row in rows} == {"shop/one, shop/two"}
    assert sorted(row["connections"] or 0 for row in rows) == [0, 4]


def test_of_two_services_with_one_address_and_other_ports_the_port_tells() -> None:
    services = [
        service(name, {"app": name}, [{"port": port}], clusterIP="10.96.0.9")
        for name, port in (("one", 81), ("two", 82))
    ]
    workloads = [deployment(name, {"app": name}) for name in ("one", "two")]
    lookups = lookups_of(cluster_of(*workloads, *services))
    (row,) = reached({**CLIENT, **destination(address="10.96.0.9", port=82)}, lookups=lookups)
    assert (end_of(row), row["marks"]) == (("workload", "two", 82), [])
