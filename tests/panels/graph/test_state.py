"""What a person does in the network graph, without a browser and without widgets."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from traitlets import TraitError

from tests.connectivity.manifests import pod
from workbench import evaluate, load_manifests, sample_path
from workbench.baseline import Baselines, Side
from workbench.connectivity import diff
from workbench.drawing import Arrangement, Box, Frame, Line, Traffic
from workbench.flows import Flows, load_flows
from workbench.ground import ArgumentError, WorkbenchError
from workbench.inventory import Cluster
from workbench.panels import Scope
from workbench.panels.frames import GRAPH_EDGES
from workbench.panels.graph import EXPORTS, NetworkGraphState
from workbench.panels.graph.edge_rows import end_name
from workbench.workspace import Workspace

DB, API, GATEWAY = "payments/db[StatefulSet]", "payments/api[Deployment]", "platform/gateway[Deployment]"
LATER = datetime(2027, 1, 1, tzinfo=UTC)
RECORDING = Path("data") / "samples" / "flows" / "hubble.jsonl.gz"


@pytest.fixture(scope="module")
def cluster() -> Cluster:
    return load_manifests(sample_path("shop"))


@pytest.fixture(scope="module")
def flows(cluster: Cluster, request: pytest.FixtureRequest) -> Flows:
    return load_flows(request.config.rootpath / RECORDING, cluster=cluster)


@pytest.fixture
def state(cluster: Cluster, flows: Flows) -> NetworkGraphState:
    return NetworkGraphState(Scope(cluster, flows), now=lambda: LATER)


@pytest.fixture
def allowed(cluster: Cluster) -> NetworkGraphState:
    return NetworkGraphState(Scope(cluster), now=lambda: LATER)


def drawn(state: NetworkGraphState) -> list[tuple[str, str, str]]:
    nodes = state.graph.nodes
    return [
        (end_name(nodes[edge.src]), end_name(nodes[edge.dst]), edge.style)
        for line in state.picture.lines
        for edge in line.edges
    ]


def box_of(state: NetworkGraphState, name: str) -> Box:
    return next(box for box in state.picture.boxes if any(end_name(node) == name for node in box.nodes))


# --- filters ----------------------------------------------------------------------------------------------------------


def test_views_show_what_was_seen_and_what_is_allowed(state: NetworkGraphState) -> None:
    styles = {}
    for view in ("all", "active", "allowed"):
        state.view = view
        styles[view] = {style for *_, style in drawn(state)}
    assert styles["active"] == {Traffic.ACTIVE, Traffic.DENIED, Traffic.UNKNOWN}
    assert styles["allowed"] == {Traffic.ACTIVE, Traffic.UNUSED}
    assert styles["all"] == styles["active"] | styles["allowed"]


@pytest.mark.parametrize(
    "filters,is_kept",
    [
        ({"namespaces": ["payments"]}, lambda src, dst, _: "payments/" in src + dst),
        ({"namespaces": "payments"}, lambda src, dst, _: "payments/" in src + dst),
        ({"workloads": ["payments/db"]}, lambda src, dst, _: DB in {src, dst}),
        ({"workloads": ["payments/*"], "direction": "ingress"}, lambda _src, dst, _: dst.startswith("payments/")),
        ({"labels": "app=db"}, lambda src, dst, _: "/db[" in src + dst),
        ({"search": "gateway"}, lambda src, dst, _: GATEWAY in {src, dst}),
        ({"statuses": ["denied"]}, lambda *link: link[2] == "denied"),
        ({"outside": False}, lambda src, dst, _: "/" in src and "[" in src and "[" in dst),
        ({"hide": "namespace = platform"}, lambda src, dst, _: "platform/" not in src + dst),
        ({"hide_platform": True}, lambda _src, dst, _: "coredns" not in dst),
        ({"port": "UDP 53"}, None),
        ({"address": "203.0.113.77"}, None),
    ],
)
def test_each_filter_keeps_the_connections_that_it_means(
    state: NetworkGraphState,
    filters: dict[str, Any],
    is_kept: Any,  # noqa: ANN401
) -> None:
    every = drawn(state)
    for name, value in filters.items():
        state.set_trait(name, value)
    kept = drawn(state)
    assert 0 < len(kept) < len(every)
    assert set(kept) < set(every)
    if is_kept is not None:
        assert sorted(kept) == sorted(link for link in every if is_kept(*link))
    missing = sum(each.connections for each in state.picture.left_out.values())
    assert missing == len(every) - len(kept)
    state.reset()
    assert drawn(state) == every


def test_a_port_may_be_asked_for_by_its_name(cluster: Cluster) -> None:
    named = load_manifests(pod("a") + pod("b", ports="{name: web, containerPort: 8080}"))
    state = NetworkGraphState(Scope(named), port="web")
    assert str(state.choice.ports) == "TCP 8080"
    with pytest.raises(
        TraitError, match="neither a port such as 5432, TCP 5432 or UDP, nor the name of one; there are web"
    ):
        state.port = "wub"
    assert state.port == "web"
    with pytest.raises(TraitError, match="nor the name of one"):
        NetworkGraphState(Scope(cluster)).port = "70000"


@pytest.mark.parametrize(
    "name,value,message",
    [
        ("namespaces", ["nowhere"], "no namespace nowhere; there are kube-system, orders, payments, platform"),
        ("opened", ["nowhere"], "no namespace nowhere"),
        ("statuses", ["fine"], "no status fine; there are active, unused"),
        ("sources", ["pcap"], "no source pcap; there are hubble"),
        ("labels", "app in a", "labels: 'app in a' at character 1 is no requirement of a label"),
        ("address", "10.0.0", "address: '10.0.0' is neither an address nor a block"),
        ("find", "name =", "find: at character 7 of the expression: expected a value after ="),
        ("hide", "nam = x", "hide: at character 1 of the expression: there is no 'nam'"),
        ("view", "none", "view"),
        ("direction", "up", "direction"),
        ("span", "past year", "span"),
        ("arrangement", "upwards", "arrangement"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_and_the_filter_stays(
    state: NetworkGraphState, name: str, value: object, message: str
) -> None:
    before, picture = getattr(state, name), state.picture
    with pytest.raises(TraitError, match=message):
        state.set_trait(name, value)
    assert getattr(state, name) == before
    assert state.picture is picture


def test_a_keyword_that_does_not_exist_is_refused(cluster: Cluster) -> None:
    with pytest.raises(TypeError, match="did you mean search"):
        NetworkGraphState(Scope(cluster), serach="db")


def test_filters_can_be_given_at_once_and_are_drawn_once(state: NetworkGraphState) -> None:
    pictures: list[object] = []
    state.observe(lambda change: pictures.append(change.new), "picture")
    with state.several():
        state.namespaces, state.view, state.outside = ("orders",), "active", False
    assert len(pictures) == 1
    assert {style for *_, style in drawn(state)} <= {"active", "denied", "unknown"}


def test_what_only_changes_the_picture_makes_no_new_graph(state: NetworkGraphState) -> None:
    graph = state.graph
    state.namespaces, state.view, state.find = ("payments",), "active", "exposed"
    state.reset()
    assert state.graph is graph


def test_nothing_that_matches_is_said(state: NetworkGraphState) -> None:
    state.search = "no such thing"
    assert state.picture.boxes == ()
    assert "Nothing matches: take a filter away." in state.sentences


def test_what_is_found_is_marked_and_counted(state: NetworkGraphState) -> None:
    every = drawn(state)
    state.find = "status = denied"
    assert {state.picture.elements[key].edges[0].style for key in state.picture.found} == {"denied"}  # type: ignore[union-attr]
    assert f"{len(state.picture.found)} elements found." in state.sentences
    assert drawn(state) == every


def test_without_flows_it_is_said_that_only_what_is_allowed_is_known(allowed: NetworkGraphState) -> None:
    assert {style for *_, style in drawn(allowed)} == {Traffic.ALLOWED}
    assert "There are no flows: only what is allowed is known." in allowed.sentences


# --- time and sources -------------------------------------------------------------------------------------------------


def test_a_span_counts_back_from_the_last_flow_where_flows_are_old(state: NetworkGraphState) -> None:
    last = state.scope.flows.summary()["last_seen"].max()
    state.span = "past hour"
    assert state.selection.window == (last.to_pydatetime() - timedelta(hours=1), None)
    assert state.sentences[-1] == "The past hour ends with the last flow that was seen, 2026-11-19 23:50 UTC."
    assert len(drawn(state)) > 0


def test_a_span_counts_back_from_now_where_flows_are_new(cluster: Cluster, flows: Flows) -> None:
    now = flows.summary()["last_seen"].max().to_pydatetime() + timedelta(minutes=5)
    state = NetworkGraphState(Scope(cluster, flows), now=lambda: now, span="past hour")
    assert state.selection.window == (now - timedelta(hours=1), None)
    assert not any("ends with the last flow" in sentence for sentence in state.sentences)


def test_a_longer_span_shows_no_less(state: NetworkGraphState) -> None:
    state.view = "active"
    counts = []
    for span in ("past hour", "past 8 hours", "past day", "past week", "past month", "all time"):
        state.span = span
        counts.append(len(drawn(state)))
    assert counts == sorted(counts)
    assert state.selection.window == (None, None)


def test_a_window_that_is_selected_elsewhere_is_followed(state: NetworkGraphState) -> None:
    every = len(drawn(state))
    state.view = "active"
    start = datetime(2026, 11, 17, 9, tzinfo=UTC)
    state.selection.window = (start, start + timedelta(minutes=20))
    assert state.span == ""
    assert 0 < len(drawn(state)) < every
    state.selection.window = (None, None)
    assert state.span == "all time"


def test_sources_keep_to_their_recordings(state: NetworkGraphState) -> None:
    every = drawn(state)
    assert state.all_sources == ("hubble",)
    state.set_trait("sources", "hubble")
    assert drawn(state) == every


# --- what changed -----------------------------------------------------------------------------------------------------


def test_the_difference_shows_what_was_added_and_removed(cluster: Cluster) -> None:
    policy = next(policy.ref for policy in cluster.objects.policies if policy.ref.endswith("payments/db"))
    without = cluster.with_policies(remove=policy)
    for before in (without, evaluate(without), diff(evaluate(without), evaluate(cluster))):
        state = NetworkGraphState(Scope(cluster), before=before, view="difference")
        assert {style for *_, style in drawn(state)} == {"added"}
        assert any("unchanged connections not drawn" in sentence for sentence in state.sentences)
    state.view = "all"
    assert {style for *_, style in drawn(state)} == {Traffic.ALLOWED}


def test_what_cannot_be_compared_is_refused(allowed: NetworkGraphState) -> None:
    allowed.before = "yesterday"
    with pytest.raises(ArgumentError, match="before takes a Cluster, a Connectivity or a ConnectivityDiff, not str"):
        allowed.view = "difference"


# --- selecting --------------------------------------------------------------------------------------------------------


def test_a_workload_that_is_chosen_is_selected_in_all_panels_and_let_go_by_a_second_click(
    state: NetworkGraphState,
) -> None:
    key = box_of(state, DB).key
    state.select(key)
    assert (state.chosen, state.selection.workloads, state.element) == (key, (DB,), state.picture.elements[key])
    state.select(key)
    assert (state.chosen, state.selection.workloads) == ("", ())


def test_an_arrow_that_is_chosen_is_selected_as_an_edge(state: NetworkGraphState) -> None:
    nodes = state.graph.nodes
    line = next(
        line
        for line in state.picture.lines
        if [(nodes[edge.src].id, nodes[edge.dst].id) for edge in line.edges] == [(GATEWAY, DB)]
    )
    state.select(line.key)
    assert state.selection.edge == (GATEWAY, DB)
    assert state.edges_of(line) == ([], list(line.edges))


def test_a_namespace_that_is_chosen_selects_its_workloads(state: NetworkGraphState) -> None:
    frame = next(frame for frame in state.picture.frames if frame.group.name == "payments")
    state.select(frame.key)
    assert DB in state.selection.workloads
    assert all(name.startswith("payments/") for name in state.selection.workloads)


def test_what_is_selected_elsewhere_is_followed(state: NetworkGraphState) -> None:
    state.selection.select_workload(API)
    assert state.chosen == box_of(state, API).key
    state.selection.select_edge(API, DB)
    line = state.element
    assert line is not None
    assert state.chosen.startswith("e")
    state.selection.clear()
    assert state.chosen == ""


def test_namespaces_are_shared_with_other_panels(state: NetworkGraphState) -> None:
    state.selection.set_trait("namespaces", ("payments", "gone"))
    assert state.namespaces == ("payments",)
    state.set_trait("namespaces", ("orders",))
    assert state.selection.namespaces == ("orders",)


@pytest.mark.parametrize("search", ["db", "payments/db", "d"])
def test_another_picture_marks_what_is_selected_still(state: NetworkGraphState, search: str) -> None:
    state.select(box_of(state, DB).key)
    state.search = search
    assert state.selection.workloads == (DB,)
    assert state.chosen == box_of(state, DB).key


def test_a_picture_without_what_is_selected_marks_nothing_until_it_is_there_again(state: NetworkGraphState) -> None:
    state.select(box_of(state, DB).key)
    state.set_trait("view", "active")
    state.search = "nothing is called so"
    assert (state.chosen, state.selection.workloads) == ("", (DB,))
    state.reset()
    assert state.chosen == box_of(state, DB).key


def test_a_namespace_that_was_chosen_is_marked_as_a_whole_in_another_picture(state: NetworkGraphState) -> None:
    state.select(next(frame for frame in state.picture.frames if frame.group.name == "payments").key)
    state.merged = not state.merged
    assert isinstance(state.element, Frame)
    assert state.element.group.name == "payments"


def test_an_arrow_that_was_chosen_is_marked_in_another_picture(state: NetworkGraphState) -> None:
    state.selection.select_edge(API, DB)
    state.hide_platform = True
    assert isinstance(state.element, Line)
    assert DB in {edge.dst for edge in state.element.edges}


def test_connections_of_a_box_are_there_whatever_is_drawn(state: NetworkGraphState) -> None:
    box = box_of(state, DB)
    entering, leaving = state.edges_of(box)
    state.statuses = ("denied",)
    assert state.edges_of(box_of(state, DB)) == (entering, leaving)
    assert {edge.dst for edge in entering} == {DB}


def test_another_cluster_is_drawn_and_keeps_what_is_still_there(state: NetworkGraphState) -> None:
    state.set_trait("namespaces", ("payments", "orders"))
    smaller = load_manifests(pod("a", namespace="orders") + pod("b", namespace="new"))
    state.scope.cluster = smaller
    assert state.namespaces == ("orders",)
    assert set(state.all_namespaces) >= {"new", "orders"}
    assert {node.group.name for node in state.graph.nodes.values() if node.group.framed} >= {"new", "orders"}


# --- many -------------------------------------------------------------------------------------------------------------


def many(namespaces: int, each: int) -> Cluster:
    return load_manifests("".join(pod(f"p{n}", f"ns-{number}") for number in range(namespaces) for n in range(each)))


def test_a_namespace_is_opened_and_closed_again() -> None:
    state = NetworkGraphState(Scope(many(12, 3)), node_limit=14)
    summed = next(box for box in state.picture.boxes if box.group.name == "ns-10")
    assert state.may_open(summed)
    state.open(summed.group.name)
    frame = next(frame for frame in state.picture.frames if frame.group.name == "ns-10")
    assert isinstance(frame, Frame)
    assert state.may_close(frame)
    assert not state.may_open(frame)
    state.open("ns-10")
    assert state.opened == ("ns-10",)
    state.close("ns-10")
    assert state.picture.frames == ()


def test_namespaces_stand_in_natural_order() -> None:
    assert NetworkGraphState(Scope(many(12, 1))).all_namespaces == tuple(f"ns-{number}" for number in range(12))


def test_a_cluster_without_policies_is_counted_and_a_search_finds_one_of_many() -> None:
    state = NetworkGraphState(Scope(many(10, 60)))
    assert state.graph.number == 600 * 599 + 2 * 600
    assert state.picture.drawn_edges + state.picture.hidden.connections == state.graph.number
    state.search = "ns-3/p17"
    found = [box for box in state.picture.boxes if box.group.framed and not box.stub]
    assert [(box.nodes[0].id, box.number) for box in found] == [("ns-3/p17[Pod]", 1)]
    state.select(found[0].key)
    assert state.selection.workloads == ("ns-3/p17[Pod]",)


# --- the picture's place ----------------------------------------------------------------------------------------------


def test_a_fit_is_asked_for_and_an_arrangement_chosen(state: NetworkGraphState) -> None:
    state.fit()
    state.fit()
    state.arrangement, state.by_volume = str(Arrangement.DOWN), True
    assert (state.fits, state.arrangement) == (2, "from top to bottom")


def test_both_directions_of_a_pair_can_be_one_line(state: NetworkGraphState) -> None:
    lines = len(state.picture.lines)
    state.merged = True
    assert len(state.picture.lines) <= lines
    assert state.picture.drawn_edges == state.graph.number


# --- tables and files -------------------------------------------------------------------------------------------------


def test_the_tables_have_what_is_drawn_and_all(state: NetworkGraphState) -> None:
    state.view = "active"
    shown, every = state.shown_edges(), state.all_edges()
    GRAPH_EDGES.checked(shown)
    GRAPH_EDGES.checked(every)
    assert len(shown) == state.picture.drawn_edges == every["drawn"].sum()
    assert len(every) == len(state.graph.edges)
    assert len(state.all_edges(3)) == 3
    row = every[(every["src"] == API) & (every["dst"] == DB)].iloc[0]
    assert (row["ports"], row["status"], row["connections"], row["pairs"]) == ("TCP 5432", "active", 24, 1)
    assert row["meaning"] == "allowed, and seen"
    assert row["decided_by"] == ("NetworkPolicy payments/api", "NetworkPolicy payments/db")
    assert row["sources"] == ("hubble",)


def test_a_table_of_nothing_has_its_columns(state: NetworkGraphState) -> None:
    state.search = "no such thing"
    assert list(state.shown_edges().columns) == list(GRAPH_EDGES.names)


@pytest.mark.parametrize("kind", [name for name, export in EXPORTS.items() if export.suffix != "png"])
def test_files_say_where_they_come_from(state: NetworkGraphState, kind: str) -> None:
    text = state.export(kind, source="shop <&> --").decode()
    assert "netpol-workbench" in text
    assert "2027-01-01 00:00 UTC" in text
    assert "problems in the input: 0" in text or "problems in the input" in text
    assert "shop" in text.partition("source: ")[2][:8]


def test_a_table_is_written_below_its_remarks(state: NetworkGraphState) -> None:
    lines = state.export("csv").decode().splitlines()
    rows = list(csv.DictReader(line for line in lines if not line.startswith("# ")))
    assert len(rows) == len(state.shown_edges())
    assert list(rows[0]) == list(GRAPH_EDGES.names)


def test_a_graph_can_be_read_again(state: NetworkGraphState, tmp_path: Path) -> None:
    (tmp_path / "shop.graphml").write_bytes(state.export("graphml"))
    graph = nx.read_graphml(tmp_path / "shop.graphml", force_multigraph=True)
    assert graph.number_of_edges() == state.picture.drawn_edges
    assert graph.nodes[DB] == {"label": "db", "kind": "StatefulSet", "namespace": "payments", "number": 1}


def test_a_picture_is_that_which_is_shown(state: NetworkGraphState) -> None:
    state.namespaces = ("payments",)
    svg = state.export("svg").decode()
    texts = {"".join(each.itertext()) for each in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}  # noqa: S314
    assert "payments" in texts
    assert any("left out by the filters" in text for text in texts)


def test_a_picture_in_pixels_is_written(state: NetworkGraphState) -> None:
    assert state.export("png").startswith(b"\x89PNG")


def test_there_is_no_other_kind_of_file(state: NetworkGraphState) -> None:
    with pytest.raises(WorkbenchError, match="there is no export 'gif'; there are svg, png, graphml, dot, csv"):
        state.export("gif")


# --- nothing is hidden silently ---------------------------------------------------------------------------------------

FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "view": st.sampled_from(["all", "active", "allowed"]),
        "namespaces": st.lists(st.sampled_from(["orders", "payments", "platform"]), max_size=2),
        "search": st.sampled_from(["db", "platform", "x"]),
        "labels": st.sampled_from(["app", "app=db", "!app"]),
        "address": st.sampled_from(["203.0.113.0/24", "10.0.0.1", "2001:db8::/32"]),
        "port": st.sampled_from(["5432", "TCP", "UDP 53"]),
        "direction": st.sampled_from(["ingress", "egress"]),
        "statuses": st.lists(st.sampled_from(["active", "unused", "denied"]), max_size=2),
        "outside": st.booleans(),
        "hide_platform": st.booleans(),
        "hide": st.sampled_from(["namespace = platform", "port = 53 or status = unused", "not exposed"]),
        "find": st.sampled_from(["name ~ db", "status = active"]),
        "opened": st.lists(st.sampled_from(["orders", "payments"]), max_size=2),
        "merged": st.booleans(),
    },
)


@settings(max_examples=15, deadline=None)
@given(filters=FILTERS, limits=st.tuples(st.integers(1, 40), st.integers(0, 80)))
def test_what_is_drawn_and_what_is_counted_is_what_the_model_holds(
    cluster: Cluster, flows: Flows, filters: dict[str, Any], limits: tuple[int, int]
) -> None:
    state = NetworkGraphState(
        Scope(cluster, flows), node_limit=limits[0], line_limit=limits[1], now=lambda: LATER, **filters
    )
    picture = state.picture
    counted = [picture.hidden, *picture.left_out.values()]
    assert len(drawn(state)) + sum(each.connections for each in counted) == len(state.graph.edges)
    assert sum(box.number for box in picture.boxes) + sum(each.nodes for each in counted) == len(state.graph.nodes)
    assert len(state.shown_edges()) == len(drawn(state))
    for missing in counted:
        assert min(missing) >= 0
        assert not any(missing) or any(str(missing) in sentence for sentence in state.sentences)


# --- what is in no baseline ------------------------------------------------------------------------------------------


def test_what_is_in_no_baseline_is_drawn_so_as_soon_as_it_is_decided(state: NetworkGraphState, flows: Flows) -> None:
    scope = state.scope
    assert Traffic.ANOMALOUS not in {style for *_, style in drawn(state)}
    normal = Baselines().learn(scope.cluster, flows, whole=True)
    scope.keep(normal)
    assert Traffic.ANOMALOUS not in {style for *_, style in drawn(state)}
    assert "In no baseline" in " ".join(state.sentences)  # what was denied is in none
    scope.keep(normal.mark(Side(DB, "ingress", "workload", API, 5432, "TCP")))
    assert [(src, dst) for src, dst, style in drawn(state) if style == Traffic.ANOMALOUS] == [(API, DB)]
    state.view = "allowed"
    assert (API, DB, Traffic.ANOMALOUS) in drawn(state)
    state.hide = "anomalies = 0"
    assert {API, DB} <= {end_name(node) for box in state.picture.boxes for node in box.nodes}
    state.reset()
    scope.undo()
    assert Traffic.ANOMALOUS not in {style for *_, style in drawn(state)}
    scope.undo()
    assert "baseline" not in " ".join(state.sentences)
    scope.workspace.close()


def test_where_baselines_cannot_be_read_the_graph_says_so(cluster: Cluster, flows: Flows, tmp_path: Path) -> None:
    (tmp_path / "decisions.db").write_bytes(b"no database" * 99)
    with Workspace(tmp_path) as workspace:
        state = NetworkGraphState(Scope(cluster, flows, workspace=workspace), now=lambda: LATER)
        assert any(sentence.startswith("What is in no baseline is not known: ") for sentence in state.sentences)
        assert drawn(state)
