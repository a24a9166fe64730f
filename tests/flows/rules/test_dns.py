"""Who asked for which name, and the names of edges (flow-rules N13)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import THOROUGH
from tests.flows.clusters import cluster_of, deployment, pod
from tests.flows.observed import json_lines
from workbench.flows import Flows, load_flows
from workbench.flows.frames import DNS, EDGES

WEB = {"namespace": "shop", "pod_name": "web-5d8f6c7b9-x2x4z"}
DB = {"namespace": "shop", "pod_name": "db-0"}
COREDNS = {"namespace": "kube-system", "pod_name": "coredns-1"}
WORLD = {"identity": 2, "labels": ["reserved:world"]}
PODS = {"10.0.0.7": WEB, "10.0.0.8": DB, "10.0.1.8": COREDNS}
Line = dict[str, Any]
Load = Callable[..., Flows]


def line(second: int, src: str, dst: str, **fields: Any) -> Line:  # noqa: ANN401  (whatever a line may hold)
    minute, rest = divmod(second, 60)
    flow = {
        "time": f"2026-11-21T09:{minute:02}:{rest:02}Z",
        "verdict": "FORWARDED",
        "IP": {"source": src, "destination": dst},
        "source": PODS.get(src, WORLD),
        "destination": PODS.get(dst, WORLD),
        "node_name": "node-a",
        "traffic_direction": "EGRESS",
        "is_reply": False,
        **fields,
    }
    return {"flow": flow}


def call(second: int, address: str = "1.1.1.1", port: int = 443, client: str = "10.0.0.7", **fields: Any) -> Line:  # noqa: ANN401
    """Return a connection to an address."""
    l4 = {"TCP": {"source_port": 40000 + second, "destination_port": port, "flags": {"SYN": True}}}
    return line(second, client, address, l4=l4, Type="L3_L4", event_type={"type": 4}, **fields)


def told(second: int, name: str = "one.example", address: str = "1.1.1.1", client: str = "10.0.0.7") -> Line:
    """Return an answer of a name server, which holds for half a minute."""
    said = {"query": f"{name}.", "ips": [address], "ttl": 30}
    l7 = {"type": "RESPONSE", "dns": said}
    return line(second, "10.0.1.8", client, l7=l7, Type="L7", event_type={"type": 129})


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def loaded(*files: list[Line], **more: Any) -> Flows:  # noqa: ANN401
        paths = [tmp_path / f"{number}.jsonl" for number in range(len(files))]
        for path, lines in zip(paths, files, strict=True):
            path.write_text(json_lines(*lines))
        return load_flows(paths, **more)

    return loaded


def names(edges: pd.DataFrame) -> dict[tuple[str, int], str]:
    columns = (edges[column] for column in ("dst", "port", "dst_domains"))
    return {(str(dst), int(port)): ",".join(domains) for dst, port, domains in zip(*columns, strict=True)}


def test_each_client_name_and_address_is_a_row(load: Load) -> None:
    answers = [told(0), told(90), told(5, address="1.1.1.2"), told(7, client="10.0.0.8"), told(9, "two.example")]
    found = load(answers).dns()
    assert found[["src", "name", "address", "answers", "ttl"]].to_numpy().tolist() == [
        ["shop/db-0[Pod]", "one.example", "1.1.1.1", 1, 30],
        ["shop/web[Deployment]", "one.example", "1.1.1.1", 2, 30],
        ["shop/web[Deployment]", "one.example", "1.1.1.2", 1, 30],
        ["shop/web[Deployment]", "two.example", "1.1.1.1", 1, 30],
    ]
    assert (str(found["first_seen"][1]), str(found["last_seen"][1])) == (
        "2026-11-21 09:00:00+00:00",
        "2026-11-21 09:01:30+00:00",
    )
    DNS.checked(found)


def test_without_dns_answers_there_are_no_rows_of_the_same_columns(load: Load) -> None:
    flows = load([call(0)])
    assert len(flows.dns()) == 0
    DNS.checked(flows.dns())
    assert names(flows.edges()) == {("1.1.1.1", 443): ""}


def test_answers_without_a_flow_are_told_all_the_same(load: Load) -> None:
    flows = load([told(0)])
    assert (len(flows), len(flows.dns()), len(flows.edges()), len(flows.connections())) == (0, 1, 0, 0)


def test_clients_are_called_as_in_edges(load: Load) -> None:
    """By the cluster, where there is one: here a pod of which the name tells nothing."""
    cluster = cluster_of(deployment("api", {"app": "api"}), pod("db-0", "10.0.0.8", owner="StatefulSet/db"))
    flows = load([told(0, client="10.0.0.8"), call(1, client="10.0.0.8")]).attributed(cluster)
    (row,) = flows.dns().itertuples()
    assert (row.src, row.src_kind, row.src_namespace) == ("shop/db[StatefulSet]", "StatefulSet", "shop")
    assert flows.edges()["src"].tolist() == [row.src]


def test_answers_are_kept_by_their_time_and_not_by_columns_of_flows(load: Load) -> None:
    flows = load([told(0), told(60, "two.example"), call(61)])
    assert flows.between("2026-11-21 09:01").dns()["name"].tolist() == ["two.example"]
    assert flows.between(end="2026-11-21 09:01").dns()["name"].tolist() == ["one.example"]
    assert flows.where(destination_port=22).dns()["name"].tolist() == ["one.example", "two.example"]


def test_an_edge_has_all_names_by_which_its_server_was_called(load: Load) -> None:
    flows = load([told(0, "two.example"), call(1), told(300), call(301), call(302, "8.8.8.8"), call(303, port=80)])
    edges = flows.edges()
    assert names(edges) == {
        ("1.1.1.1", 443): "one.example,two.example",
        ("8.8.8.8", 443): "",
        ("1.1.1.1", 80): "one.example",
    }
    EDGES.checked(edges)


def test_names_that_the_source_gives_stay(load: Load) -> None:
    flows = load([told(0), call(1, destination_names=["given.example"])])
    assert names(flows.edges()) == {("1.1.1.1", 443): "given.example"}


def test_a_flow_has_its_name_of_an_answer_before_the_time_that_is_asked_about(load: Load) -> None:
    flows = load([told(0), call(70)]).between("2026-11-21 09:01")
    assert (len(flows.dns()), names(flows.edges())) == (0, {("1.1.1.1", 443): "one.example"})


def test_what_another_client_was_told_is_no_name(load: Load) -> None:
    assert names(load([told(0, client="10.0.0.8"), call(1)]).edges()) == {("1.1.1.1", 443): ""}


def test_what_search_domains_made_of_a_name_is_none(load: Load) -> None:
    assert names(load([told(0, "one.example.shop.svc.cluster.local"), call(1)]).edges()) == {("1.1.1.1", 443): ""}


def test_connections_have_the_names_of_their_time(load: Load) -> None:
    found = load([told(0), call(1), call(300), call(301, port=22, client="10.0.0.8")]).connections()
    assert [None if name is None else list(name) for name in found["destination_domain"]] == [
        ["one.example"],
        None,
        None,
    ]


def test_the_order_of_imports_does_not_matter(load: Load) -> None:
    """Nor does it matter that an answer is in two files."""
    files = ([told(0), told(300, "two.example")], [call(1), told(0)], [call(301), call(1, port=80)])
    found = [(flows.dns(), flows.edges()) for flows in (load(*files), load(*reversed(files)))]
    for one, other in zip(*found, strict=True):
        pd.testing.assert_frame_equal(one, other)
    told_names, edges = found[0]
    assert told_names["answers"].tolist() == [1, 1]
    assert names(edges) == {("1.1.1.1", 443): "one.example,two.example", ("1.1.1.1", 80): "one.example"}


def test_of_an_address_that_was_two_pods_each_has_its_own_names(load: Load) -> None:
    """Rows without a pod are distinguished by time."""
    cluster = cluster_of(deployment("api", {"app": "api"}), deployment("web", {"app": "web"}))
    stays = [
        {
            "namespace": "shop",
            "pod": name,
            "ip": "10.0.0.9",
            "owner_kind": "Deployment",
            "owner_name": owner,
            "start": start,
            "end": end,
        }
        for name, owner, start, end in (
            ("api-1", "api", "2026-11-21T08:00:00Z", "2026-11-21T09:20:00Z"),
            ("web-1", "web", "2026-11-21T09:20:00Z", "2026-11-21T10:00:00Z"),
        )
    ]
    lines = [
        told(0, client="10.0.0.9"),
        call(1, client="10.0.0.9"),
        told(1800, "two.example", client="10.0.0.9"),
        call(1801, client="10.0.0.9"),
    ]
    for one in lines:  # a node that does not know the pod yet
        for end in ("source", "destination"):
            if one["flow"]["IP"][end] == "10.0.0.9":
                one["flow"][end] = {}
    flows = load(lines).attributed(cluster, pd.DataFrame(stays))
    assert flows.dns()[["src", "name"]].to_numpy().tolist() == [
        ["shop/api[Deployment]", "one.example"],
        ["shop/web[Deployment]", "two.example"],
    ]
    assert flows.edges()[["src", "dst_domains"]].to_numpy().tolist() == [
        ["shop/api[Deployment]", ("one.example",)],
        ["shop/web[Deployment]", ("two.example",)],
    ]


seconds = st.lists(st.integers(0, 3000), max_size=12)


@settings(max_examples=6 if THOROUGH else 2)
@given(calls=seconds, answers=seconds, files=st.integers(1, 3))
def test_totals_that_are_kept_answer_as_a_look_at_every_row_does(
    tmp_path_factory: pytest.TempPathFactory, calls: list[int], answers: list[int], files: int
) -> None:
    """Also of an address that was one pod's and then another's."""
    folder = tmp_path_factory.mktemp("files")
    lines = [call(second, port=80 + second % 2, source={}) for second in calls] + [told(second) for second in answers]
    for number in range(files):
        (folder / f"{number}.jsonl").write_text(json_lines(call(0, client="10.0.0.8"), *lines[number::files]))
    moved = datetime(2026, 11, 21, 9, 20, tzinfo=UTC)
    owner = {"namespace": "shop", "ip": "10.0.0.7", "owner_kind": "Deployment"}
    lifetimes = pd.DataFrame(
        [
            {**owner, "pod": "old-1", "owner_name": "old", "start": None, "end": moved},
            {**owner, "pod": "new-1", "owner_name": "new", "start": moved, "end": None},
        ]
    )
    flows = load_flows(folder)
    for asked in (flows, flows.attributed(cluster_of(), lifetimes)):
        whole, looked_at = asked.edges(), asked.where(source_format="hubble").edges()
        pd.testing.assert_frame_equal(whole, looked_at)
    sources = set(whole["src"]) - {"shop/db-0[Pod]"}
    assert sources == {f"shop/{'new' if second >= 1200 else 'old'}[Deployment]" for second in calls}
