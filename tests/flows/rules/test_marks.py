"""What is worth knowing of a row before a policy is made of it (flow-rules N4, N10, N11)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows.clusters import cluster_of, deployment, node, pod, service
from tests.flows.rows import Row, applied, back, destination, shown, source, table_of
from workbench.flows.rules.attribution import attributed
from workbench.flows.rules.cluster import lookups_of
from workbench.flows.rules.host_network import mark_host_network, mark_probes
from workbench.flows.rules.marks import marked
from workbench.flows.rules.ports import mark_dns_ports, mark_ephemeral_ports
from workbench.flows.rules.snat import mark_snat

WEB = {"app": "web"}


def seen(*rows: Row, objects: tuple[Row, ...] = ()) -> list[Row]:
    """Return rows after attribution and the rules about nodes."""
    base = (
        deployment("agent", {"app": "agent"}, hostNetwork=True),
        pod("web-1", "10.0.0.5", labels=WEB, nodeName="n1", ports=[{"containerPort": 8080}]),
        pod("proxy-1", "192.168.0.1", hostNetwork=True, nodeName="n1", host_ip="192.168.0.1"),
        node("n1", "192.168.0.1"),
        node("n2", "192.168.0.2"),
    )
    lookups = lookups_of(cluster_of(*base, *objects))
    hosts = applied(mark_probes, applied(mark_host_network, applied(attributed, table_of(*rows), lookups), lookups))
    return back(applied(mark_snat, hosts, lookups))


WEB_POD = destination(address="10.0.0.5", port=8080)


def test_a_pod_in_its_nodes_network_is_a_node() -> None:
    (row,) = seen({**source(namespace="shop", pod="proxy-1"), **WEB_POD})
    assert (row["source_kind"], row["source_k8s_owner_name"], row["marks"][0]) == ("node", "proxy-1", "host-network")


def test_so_is_a_workload_all_of_whose_pods_are_there() -> None:
    (row,) = seen({**source(namespace="shop", owner_kind="Deployment", owner="agent"), **WEB_POD})
    assert (row["source_kind"], row["marks"]) == ("node", ["host-network"])


def test_from_the_pods_own_node_come_probes() -> None:
    rows = seen(*({**source(address=f"192.168.0.{n}"), **WEB_POD, "source_line": n} for n in (1, 2)))
    assert [row["marks"] for row in sorted(rows, key=lambda row: row["source_line"])] == [["probe"], []]


@pytest.mark.parametrize(
    "policy, kind, marks",
    [
        ({}, "NodePort", ["snat"]),
        ({}, "LoadBalancer", ["snat"]),
        ({}, "ClusterIP", []),
        ({"externalTrafficPolicy": "Local"}, "NodePort", []),
    ],
)
def test_a_node_hides_who_calls_a_port_that_nodes_lead_to(policy: Row, kind: str, marks: list[str]) -> None:
    given = service("web", WEB, [{"port": 80, "targetPort": 8080}], type=kind, **policy)
    (row,) = seen({**source(address="192.168.0.2"), **WEB_POD}, objects=(given,))
    assert (row["marks"], row["nat_source_address"]) == (marks, "192.168.0.2" if marks else None)
    assert (row["source_kind"], row["source_address"]) == ("node", "192.168.0.2")


def test_a_pod_of_the_nodes_network_calls_for_itself() -> None:
    given = service("web", WEB, [{"port": 80, "targetPort": 8080}], type="NodePort")
    (row,) = seen({**source(namespace="shop", pod="proxy-1", node="n2"), **WEB_POD}, objects=(given,))
    assert row["marks"] == ["host-network"]


@pytest.mark.parametrize(
    "port, orientation, expected",
    [
        (32768, "unknown", ["ephemeral-port"]),
        (60999, "port", ["ephemeral-port"]),
        (40000, "syn", []),
        (61000, "unknown", []),
        (32767, "unknown", []),
        (None, "unknown", []),
    ],
)
def test_a_destinations_port_may_be_a_clients(port: int | None, orientation: str, expected: list[str]) -> None:
    row = {**destination(port=port), "orientation": orientation}
    assert shown(applied(mark_ephemeral_ports, table_of(row)), "marks") == [(expected,)]


def test_port_53_asks_for_names_also_behind_a_service() -> None:
    rows = [
        {**destination(port=53), "network_transport": "udp"},
        {**destination(port=5353), "service_port": 53},
        {**destination(port=53), "network_transport": "sctp"},
        destination(port=5353),
    ]
    found: list[tuple[Any, ...]] = shown(applied(mark_dns_ports, table_of(*rows)), "marks")
    assert found == [(["dns-port"],), (["dns-port"],), ([],), ([],)]


def test_marks_are_added_once_and_never_taken_away() -> None:
    rows = table_of({"marks": ["probe"], **destination(port=53)}, {"marks": None, **destination(port=53)})
    twice = applied(mark_dns_ports, applied(mark_dns_ports, rows))
    assert shown(twice, "marks") == [(["dns-port"],), (["probe", "dns-port"],)]
    never = marked(rows, "snat", rows.source_port > 0)
    assert shown(never, "marks") == [(["probe"],), ([],)]
