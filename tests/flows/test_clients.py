"""Who is the client, and who is who: what several records tell together goes before what one of them says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.flows.clusters import cluster_of, deployment, service
from workbench.flows import Flows, FlowStore, load_flows
from workbench.inventory import Cluster

WEB, API = ("web", "10.0.0.5", 52114), ("api", "10.0.0.6", 8080)
Socket = tuple[str, str, int]


def hubble(source: Socket, destination: Socket, *flags: str, second: int = 1, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a packet that Hubble saw at the server's pod; without flags, one of UDP."""
    ports = {"source_port": source[2], "destination_port": destination[2]}
    ends = [
        {"namespace": "shop", "pod_name": name, "labels": [f"k8s:app={name}"]} for name, *_ in (source, destination)
    ]
    return {
        "time": f"2026-11-21T09:00:{second:02}Z",
        "verdict": "FORWARDED",
        "IP": {"source": source[1], "destination": destination[1]},
        "l4": {"TCP": {**ports, "flags": dict.fromkeys(flags, True)}} if flags else {"UDP": ports},
        "source": ends[0],
        "destination": ends[1],
        "Type": "L3_L4",
        "traffic_direction": "INGRESS" if source is WEB else "EGRESS",
        "is_reply": False,
        **more,
    }


def eks(source: Socket, destination: Socket, verdict: str, second: int = 1) -> str:
    """Return a line of the agent of EKS, which tells no client."""
    return (
        f"2026-11-21T09:00:{second:02}Z Node: n1;SIP: {source[1]};SPORT: {source[2]};DIP: {destination[1]};"
        f"DPORT: {destination[2]};PROTOCOL: TCP;PolicyVerdict: {verdict}"
    )


@pytest.fixture
def load(tmp_path: Path) -> Any:  # noqa: ANN401
    def loaded(*records: dict[str, Any] | str, cluster: Cluster | None = None) -> Flows:
        path = tmp_path / "flows.log"
        path.write_text("".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in records))
        return load_flows(path, cluster=cluster)

    return loaded


def edges(found: pd.DataFrame, *further: str) -> list[tuple[Any, ...]]:
    names = ["src", "dst", "port", *further]
    return list(found[names].itertuples(index=False, name=None))


SYN = hubble(WEB, API, "SYN")
WEB_TO_API = ("shop/web[Pod]", "shop/api[Pod]", 8080)


@pytest.mark.parametrize("flags", [("FIN", "ACK"), ("RST",), ("ACK", "PSH")])
def test_a_servers_late_packets_belong_to_its_connection(load: Any, flags: tuple[str, ...]) -> None:  # noqa: ANN401
    """They come as no replies once the connection was forgotten."""
    found = load(SYN, hubble(API, WEB, *flags, second=9)).edges()
    assert edges(found, "flows", "connections", "orientation", "flows_uncertain") == [(*WEB_TO_API, 2, 1, "flagged", 0)]


def test_so_do_the_clients_packets_that_are_taken_for_replies_then(load: Any) -> None:  # noqa: ANN401
    late = hubble(WEB, API, "ACK", second=9, is_reply=True, traffic_direction="EGRESS")
    assert edges(load(SYN, hubble(API, WEB, "FIN", "ACK", second=8), late).edges(), "flows") == [(*WEB_TO_API, 3)]


def test_alone_a_late_packet_opens_nothing(load: Any) -> None:  # noqa: ANN401
    """The port of the one is a server's, that of the other a client's."""
    (found,) = edges(load(hubble(API, WEB, "FIN", "ACK")).edges(), "connections", "orientation")
    assert found == (*WEB_TO_API, 0, "port")


def test_syn_goes_before_a_flag_of_the_source(load: Any) -> None:  # noqa: ANN401
    (found,) = edges(load(hubble(WEB, API, "SYN", is_reply=True)).edges(), "connections", "orientation", "confidence")
    assert found == (*WEB_TO_API, 1, "syn", 1.0)
    (found,) = edges(load(hubble(API, WEB, "SYN", "ACK", is_reply=False)).edges(), "orientation")
    assert found == (*WEB_TO_API, "syn")


def test_late_answers_over_udp_are_known_as_well(load: Any) -> None:  # noqa: ANN401
    dns, stats = ("dns", "10.0.0.9", 53), ("stats", "10.0.0.8", 8125)
    found = load(
        hubble(WEB, dns), hubble(dns, WEB, second=50), hubble(WEB, stats), hubble(stats, WEB, second=59)
    ).edges()
    assert edges(found, "flows") == [
        ("shop/web[Pod]", "shop/dns[Pod]", 53, 2),
        ("shop/web[Pod]", "shop/stats[Pod]", 8125, 2),
    ]


def test_a_server_on_a_high_port_stays_one_where_its_connections_were_seen_to_begin(load: Any) -> None:  # noqa: ANN401
    high = ("rpc", "10.0.0.7", 40123)
    found = load(hubble(WEB, high, "SYN"), hubble(high, WEB, "FIN", "ACK", second=5)).edges()
    assert edges(found, "flows", "orientation", "marks", "excluded") == [
        ("shop/web[Pod]", "shop/rpc[Pod]", 40123, 2, "flagged", (), ())
    ]


def test_where_nothing_tells_a_flag_alone_is_followed_and_marked(load: Any) -> None:  # noqa: ANN401
    high = ("rpc", "10.0.0.7", 40123)
    (found,) = edges(load(hubble(WEB, high, "ACK")).edges(), "orientation", "confidence", "flows_uncertain", "excluded")
    assert found == ("shop/web[Pod]", "shop/rpc[Pod]", 40123, "flagged", pytest.approx(0.6), 1, ("ephemeral-port",))


def test_a_late_answer_that_is_denied_is_a_denial_of_its_connection(load: Any) -> None:  # noqa: ANN401
    """Also where only denials are asked for: all rows together say who the client is."""
    flows = load(eks(WEB, API, "ACCEPT"), eks(API, WEB, "DENY", 30))
    expected = ("10.0.0.5", "10.0.0.6", 8080)
    assert edges(flows.edges(), "flows", "flows_denied") == [(*expected, 2, 1)]
    assert edges(flows.denied().edges(), "flows", "flows_denied") == [(*expected, 1, 1)]
    assert edges(flows.between("2026-11-21 09:00:20").edges(), "flows_denied") == [(*expected, 1)]


def test_what_may_be_an_answer_is_no_denial_and_is_counted(load: Any) -> None:  # noqa: ANN401
    one, other = ("", "10.0.0.5", 40000), ("", "10.0.0.6", 50000)
    flows = load(eks(one, other, "DENY"), eks(WEB, API, "DENY"))
    assert edges(flows.denied().edges()) == [("10.0.0.5", "10.0.0.6", 8080)]
    assert edges(flows.edges(), "flows_denied", "flows_uncertain", "verdicts") == [
        ("10.0.0.5", "10.0.0.6", 8080, 1, 0, ("denied",)),
        ("10.0.0.5", "10.0.0.6", 50000, 0, 1, ("unknown",)),
    ]
    for asked in (flows, flows.denied()):
        assert edges(asked.edges(uncertain=True)) == [("10.0.0.5", "10.0.0.6", 50000)]
    assert flows.denied().connections()["destination_port"].tolist() == [8080]
    assert len(flows.connections()) == 2


def test_denials_to_high_ports_that_were_called_for_certain_stay(load: Any) -> None:  # noqa: ANN401
    high = ("rpc", "10.0.0.7", 40123)
    refused = hubble(WEB, high, "SYN", verdict="DROPPED", drop_reason_desc="POLICY_DENIED")
    assert edges(load(refused).denied().edges(), "flows_denied") == [("shop/web[Pod]", "shop/rpc[Pod]", 40123, 1)]


def test_manifests_tell_who_serves_where_both_ports_could_be_a_servers(load: Any) -> None:  # noqa: ANN401
    cluster = cluster_of(
        deployment("api", {"app": "api"}, [{"containerPort": 8080}]), deployment("web", {"app": "web"})
    )
    near = ("web", "10.0.0.5", 9999)
    line = hubble(API, near, "ACK", is_reply=None)
    owners = (("source", "api"), ("destination", "web"))
    line |= {end: {**line[end], "workloads": [{"name": name, "kind": "Deployment"}]} for end, name in owners}
    (found,) = edges(load(line, cluster=cluster).edges(), "orientation")
    assert found == ("shop/web[Deployment]", "shop/api[Deployment]", 8080, "service")


def test_evidence_of_one_file_holds_for_another_whichever_was_imported_first(tmp_path: Path) -> None:
    """What tells of who serves is kept with the counts of each import, and asked of all together."""
    files = {"begin.log": SYN, "end.log": hubble(API, WEB, "RST", second=30)}
    for name, record in files.items():
        (tmp_path / name).write_text(json.dumps(record))
    for order in (list(files), list(files)[::-1]):
        flows = load_flows([tmp_path / name for name in order], store=FlowStore(tmp_path / order[0][:3]))
        assert edges(flows.edges(), "flows") == [(*WEB_TO_API, 2)]


def test_what_is_missing_takes_nothing_away_from_who_an_end_is(load: Any) -> None:  # noqa: ANN401
    """A graph of workloads whose kinds are not known, and of apps whose workloads are not."""
    nodes = [
        {"id": "a", "namespace": "shop", "workload": "web"},
        {"id": "b", "namespace": "shop", "workload": "api"},
        {"id": "c", "namespace": "pay", "workload": "api"},
        {"id": "d", "namespace": "pay", "app": "ledger"},
        {"id": "e", "namespace": "pay"},
        {"id": "f", "workload": "lost"},
        {"id": "g"},
    ]
    hosts = {"responses": {"200": {"hosts": {"x:80": "100.0"}}}}
    graph = {
        "timestamp": 1763716600,
        "graphType": "workload",
        "elements": {
            "nodes": [{"data": node} for node in nodes],
            "edges": [{"data": {"source": "a", "target": node["id"], "traffic": hosts}} for node in nodes[1:]],
        },
    }
    found = load(graph).edges()
    assert set(found["src"]) == {"shop/web[unknown]"}
    assert sorted(found["dst"]) == [
        "lost[unknown]",
        "pay/api[unknown]",
        "pay/unknown",
        "pay/{app=ledger}",
        "shop/api[unknown]",
        "unknown",
    ]
    some = load(graph, cluster=cluster_of(deployment("api", {"app": "api"}))).edges()
    assert {"shop/api[Deployment]", "pay/api[unknown]"} <= set(some["dst"]), "names that a cluster has get its kinds"


def test_neighbours_that_only_labels_tell_apart_are_never_one(tmp_path: Path) -> None:
    egress = [
        {
            "ports": [{"protocol": "TCP", "port": 80}],
            "podSelector": {"matchLabels": {"app": app}},
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "shop"}},
        }
        for app in ("api", "db")
    ]
    document = {
        "apiVersion": "spdx.softwarecomposition.kubescape.io/v1beta1",
        "kind": "NetworkNeighborhood",
        "metadata": {
            "name": "web",
            "namespace": "shop",
            "annotations": {"kubescape.io/status": "completed"},
            "labels": {"kubescape.io/workload-kind": "Deployment", "kubescape.io/workload-name": "web"},
        },
        "spec": {"containers": [{"name": "c", "egress": egress}]},
    }
    path = tmp_path / "web.yaml"
    path.write_text(json.dumps(document))
    web = "shop/web[Deployment]"
    assert edges(load_flows(path).edges()) == [(web, "shop/{app=api}", 80), (web, "shop/{app=db}", 80)]
    cluster = cluster_of(
        deployment("api", {"app": "api"}, [{"containerPort": 80}]),
        deployment("db", {"app": "db"}, [{"containerPort": 80}]),
        service("db", {"app": "db"}, [{"port": 80}]),
    )
    assert edges(load_flows(path, cluster=cluster).edges()) == [
        (web, "shop/api[Deployment]", 80),
        (web, "shop/db[Deployment]", 80),
    ]


def test_icmp_errors_are_of_other_flows_and_counted(load: Any) -> None:  # noqa: ANN401
    ping = {**hubble(WEB, API), "l4": {"ICMPv4": {"type": 8}}}
    unreachable = {**hubble(("router", "10.9.9.1", 0), WEB), "l4": {"ICMPv4": {"type": 3, "code": 1}}, "is_reply": True}
    too_big = {**unreachable, "l4": {"ICMPv6": {"type": 2}}}
    flows = load(ping, unreachable, too_big)
    assert edges(flows.edges().fillna({"port": 0}), "protocol") == [("shop/web[Pod]", "shop/api[Pod]", 0, "ICMP")]
    assert dict(flows.imported[0].batch.skipped) == {"ICMP errors of other flows": 2}


def test_an_echo_comes_from_who_was_asked(load: Any) -> None:  # noqa: ANN401
    """Where no flag tells, the type of an ICMP message does."""
    ends: list[dict[str, Any]] = [
        {"l4": {"ICMPv4": {"type": 8}}},
        {"l4": {"ICMPv4": {}}},
        {"l4": {"ICMPv6": {"type": 129}}},
    ]
    asked, answered, other = ({**hubble(WEB, API), "is_reply": None, **end} for end in ends)
    answered |= {"source": asked["destination"], "destination": asked["source"]}
    answered["IP"] = {"source": API[1], "destination": WEB[1]}
    found = load(asked, answered, other).edges().fillna({"port": 0})
    assert edges(found, "protocol", "orientation") == [
        ("shop/api[Pod]", "shop/web[Pod]", 0, "ICMPV6", "observed"),
        ("shop/web[Pod]", "shop/api[Pod]", 0, "ICMP", "observed"),
    ]


def test_connections_that_no_row_counts_are_missing_and_not_none(load: Any) -> None:  # noqa: ANN401
    """A row that was turned initiated nothing; what the others did is not known."""
    found = load(eks(WEB, API, "ACCEPT"), eks(API, WEB, "DENY")).edges()
    assert found["connections"].isna().tolist() == [True]
