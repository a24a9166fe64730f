"""What is allowed beside what was seen: each status, and where an answer is not certain."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.flows.clusters import Json, cluster_of, deployment, node, pod, service
from workbench import evaluate
from workbench.connectivity import Connectivity, Focus
from workbench.flows import Status, compare, load_flows, open_flows, used_connections
from workbench.flows.comparison import ON_OWN_NODE
from workbench.ground import PortSet
from workbench.inventory import Cluster
from workbench.policy import Direction

Row = tuple[str, str, str, str]
TCP_8080 = {"ports": [{"port": 8080}]}


def policy(name: str, app: str, *ingress: Json, egress: list[Json] | None = None) -> Json:
    """Return a NetworkPolicy of the namespace shop that isolates the pods of an app."""
    types = ["Ingress"] if egress is None else ["Egress"]
    rules: Json = {"ingress": list(ingress)} if egress is None else {"egress": egress}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"podSelector": {"matchLabels": {"app": app}}, "policyTypes": types, **rules},
    }


def app(name: str) -> Json:
    return deployment(name, {"app": name}, [{"containerPort": 8080}])


FROM_WEB = {"from": [{"podSelector": {"matchLabels": {"app": "web"}}}], **TCP_8080}
SHOP = (app("web"), app("api"), app("db"), policy("api", "api", FROM_WEB), policy("db", "db"))


def seen(src: str, dst: str, port: int, verdict: str = "ACCEPT", second: int = 0, client: int = 40000) -> str:
    """Return a line of GKE's log: an app of the shop, or an address."""

    def end(text: str) -> dict[str, Any]:
        named = {"pod_name": f"{text}-7d4899b484-x2z4f", "pod_namespace": "shop"}
        owner = {"workload_name": text, "workload_kind": "Deployment"}
        return {"instance": text} if text[0].isdigit() else {**named, **owner}

    connection = {
        "src_ip": src if src[0].isdigit() else f"10.0.1.{len(src)}",
        "dest_ip": dst if dst[0].isdigit() else f"10.0.2.{len(dst)}",
        "src_port": client,
        "dest_port": port,
        "protocol": "tcp",
        "direction": "ingress",
    }
    record = {"connection": connection, "src": end(src), "dest": end(dst), "disposition": verdict}
    return json.dumps({**record, "timestamp": f"2026-11-21T09:00:{second:02}Z"})


def compared(folder: Path, objects: tuple[Json, ...], *lines: str) -> Any:  # noqa: ANN401
    (folder / "flows.log").write_text("\n".join(lines) + "\n")
    cluster = cluster_of(*objects)
    return compare(evaluate(cluster), load_flows(folder / "flows.log", cluster=cluster))


def rows_of(found: Any) -> list[Row]:  # noqa: ANN401
    frame = found.to_frame()
    inside = frame[~(frame["src"].str.contains("External") | frame["dst"].str.contains("External"))]
    return list(inside[["status", "src", "dst", "ports"]].itertuples(index=False, name=None))


WEB, API, DB = (f"shop/{name}[Deployment]" for name in ("web", "api", "db"))


def test_what_passed_and_is_allowed_is_active_and_the_rest_of_it_is_unused(tmp_path: Path) -> None:
    found = compared(tmp_path, SHOP, seen("web", "api", 8080, "allow"))
    assert ("active", WEB, API, "TCP 8080") in rows_of(found)
    assert ("unused", WEB, API, "TCP 8080") not in rows_of(found)
    assert found.active["decided_by"].tolist() == [("NetworkPolicy shop/api",)]
    assert set(found.unused["dst"]) >= {WEB}


def test_a_part_that_is_used_leaves_the_other_unused_and_says_so(tmp_path: Path) -> None:
    wide = policy("api", "api", {**FROM_WEB, "ports": [{"port": 8080}, {"port": 9090}]})
    found = compared(tmp_path, (app("web"), app("api"), wide), seen("web", "api", 8080, "allow"))
    (row,) = found.unused[(found.unused["src"] == WEB) & (found.unused["dst"] == API)].itertuples()
    assert (row.ports, row.reason, row.decided_by) == (
        "TCP 9090",
        "some of its ports are used",
        ("NetworkPolicy shop/api",),
    )


def test_what_passed_against_the_policies_and_what_these_denied(tmp_path: Path) -> None:
    found = compared(tmp_path, SHOP, seen("web", "db", 8080, "allow"), seen("api", "db", 8080, "deny"))
    assert [tuple(row) for row in found.not_allowed[["src", "dst", "decided_by"]].to_numpy()] == [
        (WEB, DB, ("NetworkPolicy shop/db",))
    ]
    assert found.denied["src"].tolist() == [API]
    assert found.denied["flows_denied"].tolist() == [1]


def test_what_was_denied_though_these_policies_allow_it(tmp_path: Path) -> None:
    found = compared(tmp_path, SHOP, seen("web", "api", 8080, "deny"))
    assert found.denied_though_allowed[["src", "dst"]].to_numpy().tolist() == [[WEB, API]]
    assert (WEB, API) in set(found.unused[["src", "dst"]].itertuples(index=False, name=None)), "nothing passed"


def test_ends_that_are_not_known_are_told_with_the_reason(tmp_path: Path) -> None:
    found = compared(tmp_path, SHOP, seen("cache", "api", 8080, "allow"))
    (row,) = found.unknown.itertuples()
    assert "cache" in row.reason
    assert found.active.empty


def test_a_range_of_addresses_is_used_where_one_of_them_was_seen(tmp_path: Path) -> None:
    block = {"to": [{"ipBlock": {"cidr": "203.0.113.0/24"}}], "ports": [{"port": 443}]}
    objects = (app("web"), policy("out", "web", egress=[block]))
    found = compared(tmp_path, objects, seen("web", "203.0.113.9", 443, "allow"))
    assert found.active["dst"].tolist() == ["203.0.113.9"]
    assert not found.unused["dst"].str.contains("203.0.113").any()
    other = compared(tmp_path, objects, seen("web", "203.0.113.9", 444, "allow"))
    assert other.unused["dst"].str.contains("203.0.113").any()
    assert other.not_allowed["dst"].tolist() == ["203.0.113.9"]


def test_a_range_is_not_used_where_addresses_of_another_were_seen(tmp_path: Path) -> None:
    blocks = [{"ipBlock": {"cidr": cidr}} for cidr in ("198.51.100.0/24", "203.0.113.0/24")]
    objects = (app("web"), policy("out", "web", egress=[{"to": blocks, "ports": [{"port": 443}]}]))
    found = compared(tmp_path, objects, seen("web", "203.0.113.9", 443, "allow"))
    outside = found.unused[found.unused["src"] == WEB]["dst"]
    assert [name for name in outside if name[0].isdigit()] == ["198.51.100.0/24"]


def test_a_denial_is_decided_by_the_policies_of_the_ends_that_deny(tmp_path: Path) -> None:
    into_db = {"to": [{"podSelector": {"matchLabels": {"app": "db"}}}]}
    found = compared(tmp_path, (*SHOP, policy("out", "web", egress=[into_db])), seen("web", "db", 8080, "deny"))
    assert found.denied["decided_by"].tolist() == [("NetworkPolicy shop/db",)]


def test_what_is_used_is_said_of_every_connection_of_the_map(tmp_path: Path) -> None:
    cluster = cluster_of(*SHOP)
    (tmp_path / "flows.log").write_text(seen("web", "api", 8080, "allow"))
    allowed = evaluate(cluster)
    used = used_connections(allowed, load_flows(tmp_path / "flows.log", cluster=cluster))
    assert [(one.src, one.dst, one.ports) for one in used] == [tuple(one) for one in allowed.connections()]
    assert {(one.src.name, one.dst.name): str(one.used) for one in used if one.used} == {(WEB, API): "TCP 8080"}


def test_a_pods_own_node_may_always_reach_it_and_is_no_news(tmp_path: Path) -> None:
    """kubelet's probes are neither against the policies nor denied by them."""
    placed = pod("db-7d4899b484-x2z4f", "10.0.2.2", labels={"app": "db"}, nodeName="n1")
    objects = (*SHOP[:2], policy("db", "db"), placed, node("n1", "192.168.0.1"), node("n2", "192.168.0.2"))
    lines = [seen(address, "10.0.2.2", 8080, "allow") for address in ("192.168.0.1", "192.168.0.2")]
    found = compared(tmp_path, objects, *lines).to_frame().set_index("src")
    assert (found.loc["n1[Node]", "status"], found.loc["n1[Node]", "reason"]) == ("active", ON_OWN_NODE)
    assert found.loc["n2[Node]", "status"] == "not-allowed"
    (denied,) = compared(tmp_path, objects, seen("192.168.0.1", "10.0.2.2", 8080, "deny")).unknown.itertuples()
    assert denied.reason == ON_OWN_NODE
    back_again = compared(tmp_path, objects, seen("10.0.2.2", "192.168.0.1", 10250, "allow")).active
    assert back_again[["dst", "reason"]].to_numpy().tolist() == [["n1[Node]", ON_OWN_NODE]]


def test_what_may_be_the_answer_of_an_allowed_connection_is_no_violation(tmp_path: Path) -> None:
    line = "SIP: 10.0.2.2;SPORT: 40000;DIP: 10.0.2.3;DPORT: 50000;PROTOCOL: TCP;PolicyVerdict: {}"
    pods = [pod(f"{name}-0", f"10.0.2.{n}", labels={"app": name}) for n, name in ((2, "web"), (3, "db"))]
    for verdict in ("ACCEPT", "DENY"):
        found = compared(tmp_path, (*pods, policy("db", "db")), line.format(verdict))
        assert found.unknown["reason"].tolist() == ["which end is the client is not certain"], verdict
        assert found.denied.empty and found.not_allowed.empty  # noqa: PT018


def test_the_policies_behind_many_connections_are_those_behind_each() -> None:
    """Asked in one pass, and as explanations tell them one by one."""
    outside = {"from": [{"ipBlock": {"cidr": "198.51.100.0/24"}}], **TCP_8080}
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "front", "namespace": "shop"},
        "spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
    }
    further = (
        policy("api-outside", "api", outside),
        policy("web-out", "web", egress=[{"to": [{"podSelector": {}}]}]),
        service("web", {"app": "web"}, [{"port": 80, "targetPort": 8080}]),
        ingress,
    )
    allowed = evaluate(cluster_of(*SHOP, *further))
    connections = allowed.connections()
    found = allowed.allowing(connections)
    assert len(found) == len(connections) > 8
    for connection, refs in zip(connections, found, strict=True):
        assert set(refs) == _explained(allowed, connection), connection
    assert {ref for refs in found for ref in refs} >= {"Ingress shop/front", "NetworkPolicy shop/web-out"}


def _explained(allowed: Connectivity, connection: Any) -> set[str]:  # noqa: ANN401
    pairs = allowed.explain(connection.src.name, connection.dst.name, only="allow").pairs
    parts = (part for pair in pairs for part in pair.parts if part.ports & connection.ports)
    decisions = (one for part in parts for side in (part.egress, part.ingress) for one in side.decisions)
    return {one.ref for one in decisions if one.effect in {"allows", "may-allow"} and one.ref}


def test_a_status_is_an_identifier_with_words_beside_it(tmp_path: Path) -> None:
    found = compared(tmp_path, SHOP, seen("web", "api", 8080, "allow"), seen("api", "db", 8080, "deny")).to_frame()
    assert set(found["status"]) <= set(Status)
    meanings = dict(zip(found["status"], found["meaning"], strict=True))
    assert {status: meanings[status] for status in ("active", "denied", "unused")} == {
        "active": "allowed, in use",
        "denied": "seen to be denied, not allowed",
        "unused": "allowed, never used",
    }


def test_every_status_has_words_of_its_own() -> None:
    assert all(re.fullmatch(r"[a-z-]+", status) for status in Status)
    assert len({status.meaning for status in Status}) == len(Status)


def test_what_a_pod_did_that_has_finished_since_is_neither_allowed_nor_denied(tmp_path: Path) -> None:
    gone = pod("job", labels={"app": "job"})
    gone["status"] = {"phase": "Succeeded"}
    record = json.loads(seen("web", "db", 8080, "allow"))
    line = json.dumps({**record, "src": {"pod_name": "job", "pod_namespace": "shop"}})
    (row,) = compared(tmp_path, (*SHOP, gone), line).unknown.to_dict("records")
    assert (row["src"], row["reason"]) == ("shop/job[Pod]", "shop/job[Pod] has finished and has no network")


def test_what_is_compared_the_wrong_way_round_says_what_to_write(tmp_path: Path) -> None:
    flows = open_flows(tmp_path)
    with pytest.raises(TypeError, match=r"write compare\(evaluate\(cluster\), flows\), not LoadedFlows and Cluster"):
        compare(flows, Cluster())  # type: ignore[arg-type]


def test_a_focus_keeps_to_what_was_seen_in_it(tmp_path: Path) -> None:
    lines = [seen("web", "api", 8080, "allow"), seen("web", "db", 8080, "allow"), seen("cache", "db", 8080, "allow")]
    (tmp_path / "flows.log").write_text("\n".join(lines) + "\n")
    cluster = cluster_of(*SHOP)
    flows = load_flows(tmp_path / "flows.log", cluster=cluster)
    whole = evaluate(cluster)

    def rows(focus: Focus) -> list[Row]:
        found = rows_of(compare(whole.focus(focus), flows))
        return [row for row in found if row[0] != "unused"]

    assert rows(Focus(("api",))) == [("active", WEB, API, "TCP 8080")]
    assert [row[:1] for row in rows(Focus(("db",)))] == [("unknown",), ("not-allowed",)], "cache, and web"
    assert rows(Focus(("api",), direction=Direction.EGRESS)) == []
    assert rows(Focus(("api",), ports=PortSet.of("TCP", 80))) == []
    assert len(rows(Focus())) == 3


def test_a_focused_comparison_lists_what_is_unused_in_focus_alone(tmp_path: Path) -> None:
    (tmp_path / "flows.log").write_text(seen("web", "api", 8080, "allow") + "\n")
    cluster = cluster_of(*SHOP)
    found = compare(evaluate(cluster).focus("db"), load_flows(tmp_path / "flows.log", cluster=cluster)).to_frame()
    assert set(found["status"]) == {"unused"}
    assert all(DB in pair for pair in found[["src", "dst"]].to_numpy().tolist())
