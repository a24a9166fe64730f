"""Which workload, Service or node stands at each end (flow-rules N16, N12)."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.flows.clusters import cluster_of, deployment, node, pod, service
from tests.flows.rows import Row, after, applied, back, destination, shown, source, table_of
from workbench.flows.rules.attribution import attributed
from workbench.flows.rules.cluster import lookups_of
from workbench.flows.rules.lookups import Lookups

WEB = {"app": "web"}
SHOP = cluster_of(
    deployment("web", WEB),
    pod("db-0", "10.0.0.5", owner="StatefulSet/db", labels={"app": "db"}, nodeName="n1", host_ip="192.168.0.1"),
    pod("proxy-x", "192.168.0.1", owner="DaemonSet/proxy", hostNetwork=True, nodeName="n1", host_ip="192.168.0.1"),
    service("web", WEB, [{"port": 80}], clusterIP="10.96.0.1"),
    node("n2", "192.168.0.2"),
)
LOOKUPS = lookups_of(SHOP)


def seen(row: Row, lookups: Lookups = LOOKUPS) -> Row:
    """Return the source's end after attribution, by short names."""
    (found,) = back(applied(attributed, table_of(row), lookups))
    return {
        "kind": found["source_kind"],
        "namespace": found["source_k8s_namespace_name"],
        "owner": (found["source_k8s_owner_kind"], found["source_k8s_owner_name"]),
        "pod": found["source_k8s_pod_name"],
        "service": found["source_k8s_service_name"],
        "node": found["source_k8s_node_name"],
        "label": found["source_network_label"],
        "ambiguous": found["source_is_ambiguous"],
    }


def owner(row: Row, lookups: Lookups = LOOKUPS) -> tuple[str, Any]:
    found = seen(row, lookups)
    return found["kind"], found["owner"]


def test_a_pod_is_found_by_its_name_with_its_node() -> None:
    found = seen(source(namespace="shop", pod="db-0", address="10.0.0.99"))
    assert (found["kind"], found["owner"], found["node"]) == ("workload", ("StatefulSet", "db"), "n1")


def test_an_owner_that_the_cluster_has_stays_and_one_without_kind_gets_it() -> None:
    assert owner(source(namespace="shop", owner_kind="Deployment", owner="web")) == ("workload", ("Deployment", "web"))
    assert owner(source(namespace="shop", owner="web")) == ("workload", ("Deployment", "web"))


def test_a_guessed_kind_gives_way_to_the_one_workload_of_that_name() -> None:
    rollout = {**deployment("web", WEB), "kind": "ReplicationController", "apiVersion": "v1"}
    rollout["spec"] = {**rollout["spec"], "selector": WEB}
    lookups = lookups_of(cluster_of(rollout))
    guessed = source(namespace="shop", pod="web-7d4899b484-x2z4f")
    assert owner(guessed, lookups) == ("workload", ("ReplicationController", "web"))


def test_a_pod_that_the_cluster_no_longer_has_belongs_to_what_its_name_says() -> None:
    assert owner(source(namespace="shop", pod="old-7d4899b484-x2z4f")) == ("workload", ("Deployment", "old"))


def test_labels_alone_mean_the_one_workload_that_has_them_all() -> None:
    labels = {**WEB, "pod-template-hash": "7d4899b484"}
    assert owner(source(namespace="shop", labels=labels)) == ("workload", ("Deployment", "web"))
    assert owner(source(namespace="shop", labels={**WEB, "tier": "x"})) == ("unknown", (None, None))
    assert owner(source(namespace="other", labels=WEB)) == ("unknown", (None, None))
    assert owner(source(namespace="shop", labels={})) == ("unknown", (None, None))


def test_labels_that_two_workloads_have_leave_the_end_unresolved_and_say_so() -> None:
    lookups = lookups_of(cluster_of(deployment("web", WEB), deployment("web-canary", {**WEB, "track": "canary"})))
    found = seen(source(namespace="shop", labels=WEB), lookups)
    assert (found["kind"], found["owner"], found["ambiguous"]) == ("unknown", (None, None), True)
    one = source(namespace="shop", labels={**WEB, "track": "canary"})
    assert owner(one, lookups) == ("workload", ("Deployment", "web-canary"))


@pytest.mark.parametrize(
    "address, kind, expected",
    [
        ("10.0.0.5", "workload", {"owner": ("StatefulSet", "db"), "pod": "db-0", "namespace": "shop", "node": "n1"}),
        ("10.96.0.1", "service", {"service": "web", "namespace": "shop"}),
        ("192.168.0.2", "node", {"node": "n2"}),
        ("192.168.0.1", "node", {"node": "n1", "owner": (None, None)}),
    ],
)
def test_an_address_leads_to_a_pod_a_service_or_a_node(address: str, kind: str, expected: Row) -> None:
    found = seen(source(address=address))
    assert found["kind"] == kind
    assert {name: found[name] for name in expected} == expected


def test_a_public_address_of_a_service_is_the_service() -> None:
    balanced = service("web", WEB, [{"port": 80}], clusterIP="10.96.0.1", externalIPs=["203.0.113.7"])
    found = seen(source(address="203.0.113.7", kind="external"), lookups_of(cluster_of(balanced)))
    assert (found["kind"], found["service"]) == ("service", "web")


def test_a_private_address_of_nobody_is_outside_but_not_the_internet() -> None:
    found = seen(source(address="10.77.0.1"))
    assert (found["kind"], found["label"], found["ambiguous"]) == ("external", "Internal Entities", False)
    assert seen(source(address="169.254.169.254", network_label="cloud metadata service"))["label"] == (
        "cloud metadata service"
    )


def test_without_any_address_of_a_pod_nobody_knows_that_it_is_nobodys() -> None:
    assert seen(source(address="10.77.0.1"), lookups_of(cluster_of(deployment("web", WEB))))["kind"] == "unknown"


def test_other_ends_stay_as_they_are() -> None:
    assert seen(source(address="203.0.113.9", kind="external"))["kind"] == "external"
    assert seen(source(kind="network_set", network_label="partners"))["kind"] == "network_set"
    assert seen(source(kind="node", network_label="host", address="10.0.0.5"))["kind"] == "workload"
    assert seen(source())["kind"] == "unknown"


def lifetimes(*pods: tuple[str, str, object, object]) -> Lookups:
    """Return lookups for pods given as owner, address, start and end."""
    return lookups_of(
        cluster_of(),
        pd.DataFrame(
            [
                {"namespace": "shop", "pod": f"{name}-1", "ip": ip, "owner_kind": "Deployment", "owner_name": name,
                 "node": "n1", "start": start, "end": end}
                for name, ip, start, end in pods
            ]
        ),
    )  # fmt: skip


REUSED = lifetimes(("old", "10.0.0.8", after(0), after(100)), ("new", "10.0.0.8", after(200), None))


@pytest.mark.parametrize(
    "start, end, kind, name",
    [
        (50, None, "workload", "old"),
        (250, None, "workload", "new"),
        (150, None, "unknown", None),
        (50, 150, "workload", "old"),
        (150, 250, "workload", "new"),
        (50, 250, "unknown", None),
    ],
)
def test_an_address_is_whose_it_was_at_the_time_of_the_flow(
    start: int, end: int | None, kind: str, name: str | None
) -> None:
    row = {**source(address="10.0.0.8"), "time_start": after(start), "time_end": end and after(end)}
    found = seen(row, REUSED)
    assert (found["kind"], found["owner"][1]) == (kind, name)
    assert found["ambiguous"] == (start == 50 and end == 250)


def test_an_address_that_two_had_at_once_is_ambiguous() -> None:
    lookups = lifetimes(("a", "10.0.0.8", None, None), ("b", "10.0.0.8", after(0), None))
    found = seen({**source(address="10.0.0.8"), "time_start": after(9)}, lookups)
    assert (found["kind"], found["ambiguous"]) == ("unknown", True)
    assert owner({**source(address="10.0.0.8"), "time_start": after(-9)}, lookups)[1][1] == "a"


def test_two_pods_of_one_workload_one_after_the_other_are_that_workload() -> None:
    lookups = lifetimes(("a", "10.0.0.8", after(0), after(10)), ("a", "10.0.0.8", after(20), None))
    row = {**source(address="10.0.0.8"), "time_start": after(5), "time_end": after(25)}
    assert owner(row, lookups) == ("workload", ("Deployment", "a"))


def test_a_pod_of_the_cluster_has_its_address_from_its_creation_until_its_deletion() -> None:
    ended = pod("x", "10.0.0.5", created="2026-11-01T08:00:00Z", deleted="2026-11-01T10:00:00Z")
    lookups = lookups_of(cluster_of(ended))
    kinds = [seen({**source(address="10.0.0.5"), "time_start": after(h * 3600)}, lookups)["kind"] for h in (-2, 0, 2)]
    assert kinds == ["unknown", "workload", "unknown"]


def finished(name: str, created: str, **status: object) -> dict[str, Any]:
    """Return a Pod that has finished, at the address 10.0.0.5."""
    found = pod(name, "10.0.0.5", created=created)
    found["status"] |= {"phase": "Succeeded", **status}
    return found


def holders(*pods: dict[str, Any]) -> list[str | None]:
    """Return whose 10.0.0.5 is two hours before, and two hours after, nine o'clock."""
    lookups = lookups_of(cluster_of(*pods))
    rows = ({**source(address="10.0.0.5"), "time_start": after(hours * 3600)} for hours in (-2, 2))
    return [owner(row, lookups)[1][1] for row in rows]


def test_a_finished_pod_gave_its_address_up_before_a_living_one_got_it() -> None:
    old, new = finished("old", "2026-11-01T01:00:00Z"), pod("new", "10.0.0.5", created="2026-11-01T09:00:00Z")
    assert holders(old, new) == holders(new, old) == ["old", "new"]


def test_where_it_is_not_known_when_that_was_the_address_is_the_living_pod_s() -> None:
    old, new = finished("old", "2026-11-01T09:00:00Z"), pod("new", "10.0.0.5", created="2026-11-01T01:00:00Z")
    assert holders(old, new) == ["new", "new"]


def test_a_finished_pod_was_there_until_it_was_not_ready_any_more() -> None:
    when = {"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-01T08:00:00Z"}
    assert holders(finished("old", "2026-11-01T01:00:00Z", conditions=[when]))[0] == "old"
    assert holders(finished("old", "2026-11-01T01:00:00Z", conditions=[when]))[1] is None


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_finished_pod_was_there_until_its_last_container_finished(phase: str) -> None:
    ends = [{"state": {"terminated": {"finishedAt": f"2026-11-01T0{hour}:00:00Z"}}} for hour in (6, 8)]
    later = {"type": "Ready", "status": "False", "lastTransitionTime": "2026-11-01T12:00:00Z"}
    ended = finished("old", "2026-11-01T01:00:00Z", phase=phase, containerStatuses=ends, conditions=[later])
    assert holders(ended)[0] == "old"
    assert holders(ended)[1] is None


def test_a_pod_of_the_list_that_the_cluster_has_is_of_the_clusters_workload() -> None:
    known = cluster_of(pod("web-7d4899b484-x2z4f", "10.0.0.5", owner="Rollout/web"))
    listed = pd.DataFrame([{"namespace": "shop", "pod": "web-7d4899b484-x2z4f", "ip": "10.0.0.5"}])
    assert owner(source(address="10.0.0.5"), lookups_of(known, listed)) == ("workload", ("Rollout", "web"))


def test_a_list_of_pods_without_addresses_is_refused() -> None:
    with pytest.raises(ValueError, match="ip is missing"):
        lookups_of(cluster_of(), pd.DataFrame({"namespace": ["shop"], "pod": ["x"]}))


def test_rows_that_were_grouped_by_address_get_the_columns_that_they_lack() -> None:
    grouped = table_of(source(address="10.0.0.5")).select("time_start", *KEPT)
    (row,) = back(applied(attributed, grouped, LOOKUPS))
    assert (row["source_kind"], row["source_k8s_owner_name"], row["destination_kind"]) == ("workload", "db", "unknown")


KEPT = ("source_address", "source_kind", "destination_address", "destination_kind")


def test_rows_stay_as_many_as_they_were_and_twice_is_as_once() -> None:
    rows = table_of(
        {**source(address="10.0.0.5"), **destination(address="10.96.0.1", port=80)},
        {**source(namespace="shop", labels=WEB), **destination(address="10.0.0.5")},
        {**source(namespace="shop", labels=WEB), **destination(address="10.77.0.1")},
    )
    once = applied(attributed, rows, LOOKUPS)
    twice = applied(attributed, once, LOOKUPS)
    names = once.columns
    assert len(back(once)) == 3
    assert shown(once, *names) == shown(twice, *names)
