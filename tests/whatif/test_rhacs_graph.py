"""The network graph of policies as Red Hat ACS draws it, rule by rule, and against a second implementation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.whatif.rhacs_oracle import INTERNET, POINTS, drawn, points_of
from tests.whatif.rhacs_worlds import BLOCKS, book_of, deployment, ids_of_blocks, namespace, policy, read, worlds
from workbench.external import rhacs_id
from workbench.ground import NotFoundError, PortSet
from workbench.inventory import load_manifests
from workbench.whatif import RhacsGraph, rhacs_graph

Json = dict[str, Any]
NS = [namespace("a", team="red"), namespace("b", team="blue")]
WEB, API, DB = "a/web[Deployment]", "a/api[Deployment]", "b/db[Deployment]"
THREE = [
    *NS,
    deployment("a/web"),
    deployment("a/api", {"containerPort": 8080, "name": "http"}),
    deployment("b/db", {"containerPort": 5432, "name": "sql"}),
]
DENY: Json = {"policyTypes": ["Ingress", "Egress"]}
IN: Json = {"policyTypes": ["Ingress"]}
OUT: Json = {"policyTypes": ["Egress"]}


def graph(
    *policies: Json, blocks: tuple[str, ...] = (), asked: str | None = None, base: list[Json] = THREE
) -> RhacsGraph:
    return rhacs_graph(read([*base, *policies]), book_of(blocks), workloads=asked)


def edges(found: RhacsGraph) -> dict[tuple[str, str], str]:
    return {(one.id, dst): str(ports) for one in found.nodes for dst, ports in one.out_edges.items()}


def _in(peers: list[Json], *ports: Json) -> Json:
    return {**IN, "ingress": [{"from": peers, "ports": list(ports)}]}


def _out(peers: list[Json], *ports: Json) -> Json:
    return {**OUT, "egress": [{"to": peers, "ports": list(ports)}]}


# --- against a second implementation ------------------------------------------------------------------------


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), st.sets(st.sampled_from(BLOCKS)), st.data())
def test_every_node_and_edge_is_what_the_rules_say(objects: list[Json], blocks: set[str], data: st.DataObject) -> None:
    cluster = read(objects)
    names = [one.peer for one in cluster.objects.workloads]
    asked = data.draw(st.none() | st.lists(st.sampled_from(names), min_size=1, unique=True))
    found = rhacs_graph(cluster, book_of(sorted(blocks)), workloads=asked)
    wanted = drawn(objects, ids_of_blocks(blocks), asked)
    assert {one.id for one in found.nodes} == set(wanted)
    for one in found.nodes:
        expected = wanted[one.id]
        assert list(one.policy_ids) == expected.policies
        assert (one.non_isolated_ingress, one.non_isolated_egress) == (expected.open_ingress, expected.open_egress)
        assert (one.internet_access, one.query_match) == (expected.access, expected.asked)
        assert {dst: _points(ports) for dst, ports in one.out_edges.items()} == expected.edges
    written = found.to_json()["nodes"]
    for place, one in enumerate(found.nodes):
        out = {int(other): points_of(each["properties"]) for other, each in written[place]["outEdges"].items()}
        assert {found.nodes[other].id: ports for other, ports in out.items()} == wanted[one.id].edges


def _points(ports: PortSet) -> frozenset[tuple[str, int]]:
    return frozenset(point for point in POINTS if ports.contains(*point))


# --- rule by rule -------------------------------------------------------------------------------------------


def test_e1_a_workload_is_one_node_by_the_labels_of_its_template_and_has_no_edge_to_itself() -> None:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "web-1",
            "namespace": "a",
            "labels": {"app": "web", "pod-template-hash": "1"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "controller": True}],
        },
        "spec": {"containers": [{"name": "c", "image": "i"}]},
    }
    by_hash = policy("a/p", {"pod-template-hash": "1"}, **DENY)
    unknown = policy("nowhere/p", **DENY)
    found = graph(by_hash, unknown, policy("a/q", {"app": "web"}, **_in([{"podSelector": {}}])), base=[*THREE, pod])
    assert [one.id for one in found.nodes] == [API, WEB, DB, INTERNET]
    assert found.by_id[WEB].policy_ids == ("a/q",)
    assert edges(found) == {(API, WEB): "All Connections"}


def test_e2_directions_without_a_policy_are_open_and_policy_ids_are_sorted() -> None:
    types: Json = {"egress": [{}]}
    found = graph(
        policy("a/z", {"app": "web"}), policy("a/y", {"app": "web"}, **IN), policy("a/x", {"app": "api"}, **types)
    )
    web, api, db = (found.by_id[one] for one in (WEB, API, DB))
    assert web.policy_ids == ("a/y", "a/z")
    assert (web.non_isolated_ingress, web.non_isolated_egress) == (False, True)
    assert (api.non_isolated_ingress, api.non_isolated_egress) == (False, False)
    assert (db.non_isolated_ingress, db.non_isolated_egress, db.policy_ids) == (True, True, ())


def test_e3_between_open_ends_is_no_edge_and_between_closed_ones_what_both_admit() -> None:
    leaves = policy("a/out", {"app": "web"}, **_out([{"podSelector": {}}], {"port": 80}, {"port": 81}))
    enters = policy("a/in", {"app": "api"}, **_in([{"podSelector": {}}], {"port": 81}, {"port": 82}))
    assert edges(graph()) == {}
    assert edges(graph(leaves)) == {(WEB, API): "TCP 80-81"}
    assert edges(graph(enters)) == {(WEB, API): "TCP 81-82"}
    assert edges(graph(leaves, enters)) == {(WEB, API): "TCP 81"}
    other = policy("a/in", {"app": "api"}, **_in([{"podSelector": {}}], {"port": 90}))
    assert edges(graph(leaves, other)) == {}


def test_e4_what_is_asked_about_is_drawn_with_its_neighbours_and_the_internet_where_it_is_open() -> None:
    closed = [policy("a/deny", **DENY), policy("b/deny", **DENY)]
    assert [one.id for one in graph(*closed, asked=WEB).nodes] == [WEB]
    to_db = policy("b/in", **_in([{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "api"}}}]))
    from_api = policy("a/out", {"app": "api"}, **_out([{"namespaceSelector": {}}]))
    found = graph(*closed, to_db, from_api, asked=DB)
    assert [(one.id, one.query_match) for one in found.nodes] == [(API, False), (DB, True)]
    assert edges(found) == {(API, DB): "All Connections"}
    half_open = graph(policy("a/deny", **DENY), asked=DB)
    assert [one.id for one in half_open.nodes] == [DB, INTERNET]
    assert graph(*closed).by_id.keys() == {WEB, API, DB}
    internet = half_open.by_id[INTERNET]
    assert (internet.internet_access, internet.non_isolated_ingress, internet.non_isolated_egress) == (True, True, True)
    with pytest.raises(NotFoundError, match="a/none"):
        graph(asked="a/none[Deployment]")


def test_e5_ports_are_sorted_numbers_of_which_0_is_all_and_names_are_those_of_the_destination() -> None:
    ports: list[Json] = [{"port": 90}, {"port": 80}, {"port": 80}, {"protocol": "UDP"}, {"protocol": "UDP", "port": 5}]
    found = graph(policy("a/p", {"app": "api"}, **_in([{"podSelector": {}}], *ports)))
    (edge,) = found.to_json()["nodes"][1]["outEdges"].values()
    assert edge["properties"] == [
        {"port": 80, "protocol": "L4_PROTOCOL_TCP"},
        {"port": 90, "protocol": "L4_PROTOCOL_TCP"},
        {"port": 0, "protocol": "L4_PROTOCOL_UDP"},
    ]
    everything = graph(policy("a/p", {"app": "api"}, **_in([{"podSelector": {}}])))
    (edge,) = everything.to_json()["nodes"][1]["outEdges"].values()
    assert edge["properties"] == [{"port": 0, "protocol": "L4_PROTOCOL_ANY"}]
    named = policy("a/p", {"app": "web"}, **_out([], {"port": "http"}, {"port": "sql", "protocol": "UDP"}))
    assert edges(graph(named)) == {(WEB, API): "TCP 8080"}


def test_e6_no_peers_are_all_workloads_and_the_internet_and_no_block() -> None:
    found = graph(policy("a/p", {"app": "web"}, **_out([])), blocks=("203.0.113.0/24",))
    assert set(edges(found)) == {(WEB, API), (WEB, DB), (WEB, INTERNET)}


@pytest.mark.parametrize(
    "cidr,excepted,blocks,workloads,outside",
    [
        ("203.0.113.0/24", (), (), (), {INTERNET}),
        ("203.0.113.7/32", (), ("203.0.113.0/24", "203.0.113.0/25"), (), {rhacs_id("203.0.113.0/25")}),
        (
            "203.0.112.0/23",
            (),
            ("203.0.113.0/24", "203.0.113.0/25"),
            (),
            {INTERNET, rhacs_id("203.0.113.0/24")},
        ),
        (
            "203.0.112.0/23",
            ("203.0.113.0/24",),
            ("203.0.113.0/25", "203.0.112.0/25"),
            (),
            {INTERNET, rhacs_id("203.0.112.0/25")},
        ),
        ("10.9.0.0/16", (), (), (API, DB), {INTERNET}),
        ("0.0.0.0/0", ("10.0.0.0/8",), (), (API, DB), {INTERNET}),
        ("fd00:1::/32", (), (), (API, DB), {INTERNET}),
        ("fc00:1::/32", (), (), (), {INTERNET}),
    ],
)
def test_e7_a_block_is_the_smallest_known_one_around_it_or_the_internet_and_those_within(
    cidr: str, excepted: tuple[str, ...], blocks: tuple[str, ...], workloads: tuple[str, ...], outside: set[str]
) -> None:
    """Where it has private addresses, it is every workload besides, whatever is excepted."""
    block = {"ipBlock": {"cidr": cidr, **({"except": list(excepted)} if excepted else {})}}
    found = set(edges(graph(policy("a/p", {"app": "web"}, **_out([block])), blocks=blocks)))
    assert found == {(WEB, one) for one in {*outside, *workloads}}


def test_e8_the_internet_is_reached_without_isolation_and_by_rules_for_everyone_or_any_block() -> None:
    def access(*policies: Json) -> bool:
        return graph(*policies).by_id[WEB].internet_access

    assert access()
    assert not access(policy("a/p", **OUT))
    assert not access(policy("a/p", **_out([{"namespaceSelector": {}}])))
    assert access(policy("a/p", **_out([])))
    assert access(policy("a/p", **_out([{"ipBlock": {"cidr": "10.1.2.3/32"}}])))


def test_e9_selectors_choose_within_the_own_namespace_or_within_those_that_are_chosen() -> None:
    def callers(*peers: Json) -> set[str]:
        return {src for src, _ in edges(graph(policy("a/p", {"app": "web"}, **_in(list(peers)))))}

    assert callers({"podSelector": {}}) == {API}
    assert callers({"namespaceSelector": {}}) == {API, DB}
    assert callers({"namespaceSelector": {"matchLabels": {"team": "blue"}}}) == {DB}
    absent = {"matchExpressions": [{"key": "none", "operator": "NotIn", "values": ["x"]}]}
    assert callers({"podSelector": absent}) == {API}
    assert callers({"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "db"}}}) == {DB}
    without = {"matchExpressions": [{"key": "team", "operator": "DoesNotExist"}]}
    assert callers({"namespaceSelector": without}) == set()


def test_e13_a_badge_says_in_which_directions_policies_restrict() -> None:
    found = graph(
        policy("a/in", {"app": "web"}, **IN), policy("a/out", {"app": "api"}, **OUT), policy("b/both", **DENY)
    )
    assert [found.by_id[one].badge for one in (WEB, API, DB)] == ["ingress", "egress", "both"]
    assert graph().by_id[WEB].badge == "none"


def test_nodes_are_called_by_their_uids_where_these_were_read() -> None:
    listed = [deployment("a/web", uid="u-1"), {**policy("a/p", **IN)}]
    listed[1]["metadata"]["uid"] = "p-1"
    found = rhacs_graph(read(listed))
    assert [(one.id, one.policy_ids) for one in found.nodes] == [("u-1", ("p-1",)), (INTERNET, ())]
    assert found.nodes[0].entity["deployment"]["name"] == "web"


def test_a_graph_is_of_a_cluster() -> None:
    with pytest.raises(TypeError, match="load_manifests"):
        rhacs_graph("shop/")  # type: ignore[arg-type]
    assert rhacs_graph(load_manifests("\n")).nodes == ()
