"""What a change does to flows, workloads and platforms, and what is told of it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.generate.town import NOW, Seen, cluster_of, flows_of, namespace, pod, policy, service, workload
from workbench.baseline import Baselines
from workbench.ground import ArgumentError
from workbench.inventory import Cluster
from workbench.whatif import Simulation, Simulator, simulate

Json = dict[str, Any]
NS = [namespace("shop"), namespace("other", {"kubernetes.io/metadata.name": "other"})]
WEB, DB = workload("shop/web", "10.0.0.1"), workload("shop/db", "10.0.0.2")
MONITOR = workload("other/monitor", "10.0.0.3")
HOST = workload("shop/agent", "10.0.9.9", hostNetwork=True, nodeName="node-1")
DENY = policy("shop/deny")
FROM_WEB = [{"from": [{"podSelector": {"matchLabels": {"app": "web"}}}], "ports": [{"port": 5432}]}]
DB_ONLY = policy("shop/db", {"app": "db"}, ingress=FROM_WEB)


def text(*manifests: Json) -> str:
    return yaml.safe_dump_all(manifests)


def verdicts(found: Simulation) -> dict[tuple[str, str], str]:
    """Return the verdict about each pair of ends, by the names of workloads; of what is not certain, the doubt."""
    rows = found.flows().to_dict("records")
    return {
        (_short(row["src"]), _short(row["dst"])): row["doubt"] or row["verdict"]
        for row in rows
        if "192.0.2" not in row["src"]
    }


def _short(name: str) -> str:
    return name.rpartition("/")[2].partition("[")[0] or name


@pytest.fixture
def shop() -> Cluster:
    return cluster_of(*NS, WEB, DB, MONITOR, DENY, DB_ONLY)


# --- flows (what-if 2) -------------------------------------------------------------------------------


def test_each_flow_is_cut_opened_kept_or_still_denied(shop: Cluster, tmp_path: Path) -> None:
    flows = flows_of(
        tmp_path,
        shop,
        Seen("shop/web", "shop/db", 5432),
        Seen("other/monitor", "shop/web", 80, denied=True),
        Seen("other/monitor", "shop/db", 9100, denied=True),
        Seen("shop/web", "203.0.113.7", 443),
    )
    opened = policy("shop/web", {"app": "web"}, ingress=[{"from": [{"namespaceSelector": {}}]}])
    found = simulate(shop, text(opened), flows, remove="NetworkPolicy shop/db")
    assert verdicts(found) == {
        ("web", "db"): "cut",
        ("monitor", "web"): "opened",
        ("monitor", "db"): "still-denied",
        ("web", "203.0.113.7"): "kept",
    }


def test_a_flow_names_the_policies_that_decide_and_where_they_stand(shop: Cluster, tmp_path: Path) -> None:
    flows = flows_of(tmp_path, shop, Seen("shop/web", "shop/db", 5432))
    (tmp_path / "change.yaml").write_text("# ours\n" + text(policy("shop/db", {"app": "db"})))
    (row,) = simulate(shop, tmp_path / "change.yaml", flows).flows("cut").to_dict("records")
    assert set(row["decided_by"]) == {"NetworkPolicy shop/deny", "NetworkPolicy shop/db"}
    assert f"{tmp_path / 'change.yaml'}:2" in row["places"]
    assert (row["before"], row["after"], row["flows"]) == ("allowed", "denied", 1)


def test_verdicts_that_there_are_not_are_refused(shop: Cluster) -> None:
    with pytest.raises(ArgumentError, match="cut, opened, uncertain, kept, still-denied"):
        simulate(shop).flows("lost")


def test_without_flows_connections_alone_are_told(shop: Cluster) -> None:
    found = simulate(shop, remove="NetworkPolicy shop/db")
    assert found.verdict == "opens nothing; closes 1 connection"
    assert found.flows().empty


# --- doubts (what-if 3) ------------------------------------------------------------------------------


def test_an_end_that_nobody_knows_is_uncertain_whatever_changes(shop: Cluster, tmp_path: Path) -> None:
    flows = flows_of(tmp_path, shop, Seen("shop/web", "shop/gone", 80))
    assert verdicts(simulate(shop, text(policy("other/deny")), flows))["web", "gone-0"] == "unresolved"


def test_traffic_without_a_port_is_uncertain_where_the_change_has_a_say(tmp_path: Path) -> None:
    cluster = cluster_of(*NS, WEB, DB, MONITOR)
    flows = flows_of(tmp_path, cluster, Seen("shop/web", "shop/db", 0, protocol="ICMPv4"))
    assert verdicts(simulate(cluster, text(policy("shop/db", {"app": "db"})), flows))["web", "db"] == "no-port"
    assert verdicts(simulate(cluster, text(policy("other/deny")), flows))["web", "db"] == "kept"


def test_pods_of_the_hosts_network_are_uncertain_where_it_makes_a_difference(tmp_path: Path) -> None:
    cluster = cluster_of(*NS, WEB, DB, HOST)
    flows = flows_of(tmp_path, cluster, Seen("shop/agent", "shop/db", 5432), Seen("shop/agent", "shop/web", 80))
    found = simulate(cluster, text(policy("shop/db", {"app": "db"})), flows)
    assert found.count("uncertain") >= 1
    assert set(found.flows("uncertain")["doubt"]) <= {"host-network", "in-part", "unresolved"}


def test_the_counts_of_verdicts_are_all_flows_once(shop: Cluster, tmp_path: Path) -> None:
    seen = [Seen("shop/web", "shop/db", 5432, at) for at in range(5)]
    flows = flows_of(tmp_path, shop, *seen, Seen("shop/web", "shop/gone", 80))
    found = simulate(shop, text(policy("shop/db", {"app": "db"})), flows)
    rows = found.flows()
    assert {name: found.count(name) for name in ("cut", "kept", "opened", "still-denied", "uncertain")} == {
        **dict.fromkeys(("kept", "opened", "still-denied"), 0),
        "cut": 5,
        "uncertain": len(flows) - 5,
    }
    assert rows["flows"].sum() == len(flows)


# --- workloads and platforms (what-if 5, 6) ------------------------------------------------------------


def test_workloads_become_protected_unprotected_cut_off_and_reachable(shop: Cluster) -> None:
    whole = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    closed = {**DENY, "metadata": {"name": "deny", "namespace": "other"}, "spec": whole}
    found = simulate(shop, text(closed), remove=["NetworkPolicy shop/db", "NetworkPolicy shop/deny"])
    changes = {
        (row["change"], _short(row["workload"])): row["directions"] for row in found.workloads().to_dict("records")
    }
    assert changes == {
        ("protected", "monitor"): ("ingress", "egress"),
        ("cut-off", "monitor"): ("ingress", "egress"),
        ("unprotected", "web"): ("ingress",),
        ("unprotected", "db"): ("ingress",),
    }
    back = simulate(found.change.after, found.change.reverse)
    assert ("reachable", "monitor") in {(one.change, _short(one.workload)) for one in back.workload_changes}


DNS: list[Json | list[Json]] = [
    namespace("kube-system"),
    workload("kube-system/coredns", "10.0.0.53", labels={"k8s-app": "kube-dns"}, kind="Deployment"),
    service(
        "kube-system/kube-dns",
        {"k8s-app": "kube-dns"},
        {"name": "dns", "port": 53, "protocol": "UDP", "targetPort": 5353},
    ),
]
NO_EGRESS = policy("shop/no-egress", policyTypes=["Egress"])


def test_dns_is_lost_at_its_port_after_translation() -> None:
    cluster = cluster_of(*NS, WEB, DB, *DNS)
    losses = simulate(cluster, text(NO_EGRESS)).losses().to_dict("records")
    assert {(row["what"], _short(row["workload"]), row["peer"], row["ports"]) for row in losses} == {
        ("dns", "web", "kube-system/coredns[Deployment]", "UDP 5353"),
        ("dns", "db", "kube-system/coredns[Deployment]", "UDP 5353"),
    }
    kept = policy("shop/no-egress", policyTypes=["Egress"], egress=[{"ports": [{"port": 5353, "protocol": "UDP"}]}])
    assert simulate(cluster, text(kept)).losses().empty


def test_dns_that_was_not_read_is_lost_too() -> None:
    cluster = cluster_of(*NS, WEB, DB)
    found = simulate(cluster, text(NO_EGRESS))
    assert set(found.losses()["peer"]) == {"kube-system pods: k8s-app=kube-dns"}
    assert found.verdict.startswith("dns is lost for shop/db[StatefulSet], shop/web[StatefulSet]")
    to_dns = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}
    kept = policy("shop/no-egress", policyTypes=["Egress"], egress=[{"to": [to_dns]}])
    assert simulate(cluster, text(kept)).losses().empty


def test_what_was_denied_before_is_not_lost() -> None:
    cluster = cluster_of(*NS, WEB, DB, *DNS, NO_EGRESS)
    assert simulate(cluster, text(policy("shop/more", policyTypes=["Egress"]))).losses().empty


# --- risks (what-if 7) ---------------------------------------------------------------------------------


def test_risks_are_listed_by_their_gravity(shop: Cluster, tmp_path: Path) -> None:
    flows = flows_of(tmp_path, shop, Seen("shop/web", "shop/db", 5432), Seen("shop/web", "shop/gone", 80))
    found = simulate(shop, text(NO_EGRESS), flows, remove="NetworkPolicy shop/deny")
    order = list(dict.fromkeys(found.to_frame()["risk"]))
    assert order == ["opened-outside", "opened-namespaces", "unprotected", "lost", "cut-off", "cut", "uncertain"]


def test_what_a_baseline_knows_comes_before_other_cuts(shop: Cluster, tmp_path: Path) -> None:
    flows = flows_of(tmp_path, shop, Seen("shop/web", "shop/db", 5432), Seen("shop/web", "203.0.113.7", 443, at=3))
    normal = Baselines().learn(shop, flows, period=timedelta(hours=2), now=NOW)
    found = Simulator(shop, flows, baselines=normal).simulate(
        text(policy("shop/all", policyTypes=["Ingress", "Egress"]))
    )
    cuts = found.to_frame().query("risk in ('cut-known', 'cut')")
    assert [(row.risk, _short(str(row.dst))) for row in cuts.itertuples()] == [
        ("cut-known", "db"),
        ("cut", "203.0.113.7"),
    ]


def test_a_great_many_openings_are_counted_by_namespaces(monkeypatch: pytest.MonkeyPatch, shop: Cluster) -> None:
    monkeypatch.setattr("workbench.whatif.risks.MOST_PAIRS", 1)
    found = simulate(shop, remove=["NetworkPolicy shop/deny", "NetworkPolicy shop/db"])
    rows = found.to_frame().query("risk.str.startswith('opened')")
    assert ("opened-namespaces", "other", "shop", "2 connections are opened") in {
        (row.risk, row.src, row.dst, row.detail) for row in rows.itertuples()
    }


@pytest.mark.parametrize("name", ["txt", "md", "csv", "json"])
def test_every_format_tells_what_matters(name: str, shop: Cluster, tmp_path: Path) -> None:
    flows = flows_of(tmp_path, shop, Seen("shop/web", "shop/db", 5432))
    written = simulate(shop, text(policy("shop/db", {"app": "db"})), flows).render(name)
    assert "shop/db" in written
    assert "cut" in written


def test_a_pod_alone_is_told_by_its_name() -> None:
    cluster = cluster_of(*NS, WEB, pod("shop/one", {"app": "one"}, "10.0.0.7"))
    found = simulate(cluster, text(policy("shop/deny", policyTypes=["Ingress", "Egress"])))
    assert "shop/one[Pod]" in {one.workload for one in found.workload_changes}
