"""What is allowed beside what was seen: each way in which one stands to the other has a style of its own."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.connectivity import clusters
from tests.connectivity.manifests import compute, pod
from tests.connectivity.manifests import policy as network_policy
from tests.flows.clusters import Json, cluster_of
from tests.flows.test_comparison import API, DB, SHOP, WEB, app, seen
from workbench import evaluate
from workbench.connectivity import Connectivity
from workbench.drawing import TRAFFIC, VIEWS, Choice, Edge, Graph, Isolation, Traffic, compose, traffic_graph
from workbench.flows import Flows, compare, load_flows
from workbench.ground import NO_PORTS, PortSet
from workbench.inventory import load_manifests

OUT, IN = "to outside: ", "from outside: "
HTTP = PortSet.of("TCP", 8080)


def recorded(folder: Path, objects: tuple[Json, ...], *lines: str) -> tuple[Connectivity, Flows]:
    (folder / "flows.log").write_text("\n".join(lines) + "\n")
    cluster = cluster_of(*objects)
    return evaluate(cluster), load_flows(folder / "flows.log", cluster=cluster)


def drawn(folder: Path, *lines: str, objects: tuple[Json, ...] = SHOP) -> Graph:
    return traffic_graph(*recorded(folder, objects, *lines))


def edges_of(graph: Graph, src: str, dst: str) -> dict[str, tuple[str, ...]]:
    return {edge.style: edge.label for edge in graph.edges if (edge.src, edge.dst) == (src, dst)}


def edge_of(graph: Graph, src: str, dst: str) -> Edge:
    (found,) = (edge for edge in graph.edges if (edge.src, edge.dst) == (src, dst))
    return found


def test_what_passed_and_is_allowed_is_active_and_what_is_allowed_alone_is_unused(tmp_path: Path) -> None:
    graph = drawn(tmp_path, seen("web", "api", 8080))
    assert edges_of(graph, WEB, API) == {Traffic.ACTIVE: ("TCP 8080",)}
    assert edges_of(graph, API, WEB) == {Traffic.UNUSED: ("all ports",)}


def test_a_pair_that_was_seen_on_some_of_its_ports_is_active_and_says_on_which(tmp_path: Path) -> None:
    graph = drawn(tmp_path, seen("api", "web", 8080))
    assert edges_of(graph, API, WEB) == {Traffic.ACTIVE: ("TCP 8080 of all ports",)}


def test_what_was_denied_and_what_passed_though_not_allowed_are_apart(tmp_path: Path) -> None:
    graph = drawn(tmp_path, seen("web", "db", 8080, "DENY"), seen("api", "db", 8080))
    assert edges_of(graph, WEB, DB) == {Traffic.DENIED: ("TCP 8080",)}
    assert edges_of(graph, API, DB) == {Traffic.NOT_ALLOWED: ("TCP 8080",)}


def test_what_was_denied_though_allowed_is_no_use_of_what_is_allowed(tmp_path: Path) -> None:
    graph = drawn(tmp_path, seen("web", "api", 8080, "DENY"))
    assert edges_of(graph, WEB, API) == {
        Traffic.DENIED_THOUGH_ALLOWED: ("TCP 8080",),
        Traffic.UNUSED: ("TCP 8080",),
    }


def test_what_ends_at_no_workload_that_is_known_is_not_certain(tmp_path: Path) -> None:
    graph = drawn(tmp_path, seen("web", "gone", 8080))
    gone = "shop/gone[Deployment]"
    assert edges_of(graph, WEB, gone) == {Traffic.UNKNOWN: ("TCP 8080",)}
    assert (graph.nodes[gone].label, graph.nodes[gone].group.name) == (("gone",), "shop")


def test_addresses_that_were_seen_are_nodes_and_their_range_stands_for_the_others(tmp_path: Path) -> None:
    graph = drawn(tmp_path, seen("web", "198.51.100.7", 443))
    assert edges_of(graph, WEB, f"{OUT}198.51.100.7") == {Traffic.ACTIVE: ("TCP 443",)}
    assert edges_of(graph, WEB, f"{OUT}outside") == {
        Traffic.UNUSED: ("SCTP 1-65535", "TCP 1-442,444-65535", "UDP 1-65535")
    }
    assert edges_of(graph, f"{IN}outside", WEB) == {Traffic.UNUSED: ("all ports",)}


def test_facts_tell_counts_times_recordings_and_policies(tmp_path: Path) -> None:
    graph = drawn(tmp_path, seen("web", "api", 8080), seen("web", "api", 8080, second=9))
    edge = edge_of(graph, WEB, API)
    facts = graph.facts_of(edge)
    assert (facts.flows, facts.sources, facts.policies) == (2, ("gke",), ("NetworkPolicy shop/api",))
    assert (str(facts.first_seen), str(facts.last_seen)) == (
        "2026-11-21 09:00:00+00:00",
        "2026-11-21 09:00:09+00:00",
    )
    assert edge.weight == (facts.connections or facts.flows)


def test_facts_of_what_was_never_seen_tell_the_policies_that_allow_it() -> None:
    rule = "podSelector: {matchLabels: {app: b}}, ingress: [{from: [{podSelector: {}}]}]"
    graph = traffic_graph(compute(pod("a"), pod("b", labels="app: b"), network_policy(rule)))
    facts = graph.facts_of(edge_of(graph, "default/a[Pod]", "default/b[Pod]"))
    assert (facts.policies, facts.flows, facts.last_seen) == (("NetworkPolicy default/policy",), 0, None)
    assert len(graph.facts) == len([*graph.facts]) == len(graph.edges)


def test_without_flows_what_is_allowed_is_drawn_alone() -> None:
    graph = traffic_graph(compute(pod("a"), pod("b")))
    assert {edge.style for edge in graph.edges} == {Traffic.ALLOWED}
    assert graph.sentence == "2 workloads in 1 namespace, 6 allowed connections."


def test_nodes_say_where_policies_restrict_them_and_who_is_exposed() -> None:
    rule = "podSelector: {matchLabels: {app: b}}, ingress: [{from: [{podSelector: {}}]}]"
    graph = traffic_graph(compute(pod("a"), pod("b", labels="app: b"), network_policy(rule)))
    badges = {node.label[0]: node.badges for node in graph.nodes.values()}
    assert (badges["a"].isolation, badges["a"].exposed) == (Isolation.NONE, True)
    assert (badges["b"].isolation, badges["b"].exposed) == (Isolation.INGRESS, False)
    assert graph.nodes["default/b[Pod]"].labels == {"app": "b"}


def test_problems_are_counted_at_their_workloads() -> None:
    found = evaluate(load_manifests(pod("a") + pod("b", ports="{containerPort: 99999}")))
    graph = traffic_graph(found, problems=found.problems_found)
    assert graph.nodes["default/a[Pod]"].badges.problems == 0
    assert graph.nodes["default/b[Pod]"].badges.problems >= 1


# --- the model and the comparison say the same ------------------------------------------------------------------------

LINES = st.lists(
    st.builds(
        seen,
        st.sampled_from(["web", "api", "db", "gone"]),
        st.sampled_from(["web", "api", "db", "198.51.100.7", "203.0.113.9"]),
        st.sampled_from([80, 8080]),
        st.sampled_from(["ACCEPT", "DENY"]),
    ),
    min_size=1,
    max_size=9,
)


@settings(max_examples=15, deadline=None)
@given(lines=LINES)
def test_the_graph_has_what_the_comparison_lists(lines: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    allowed, flows = recorded(tmp_path_factory.mktemp("flows"), SHOP, *lines)
    graph, compared = traffic_graph(allowed, flows), compare(allowed, flows).to_frame()
    found = {(edge.src.split(": ")[-1], edge.dst.split(": ")[-1], edge.style) for edge in graph.edges}
    listed = set(compared[["src", "dst", "status"]].astype(str).itertuples(index=False, name=None))
    active = {(src, dst) for src, dst, status in listed if status == "active"}
    # Of a pair of workloads that is active, the ports that are left are no line of their own.
    rest = {(src, dst, "unused") for src, dst in active if "[" in src and "[" in dst}
    assert found == listed - rest
    assert graph.number == len(graph.edges) == len(found)


# --- many workloads ---------------------------------------------------------------------------------------------------


@given(clusters.any_clusters())
def test_crowds_stand_for_exactly_the_same_connections(manifests: list[Json]) -> None:
    allowed = evaluate(cluster_of(*manifests))
    each, crowded = traffic_graph(allowed), traffic_graph(allowed, most_each=-1)
    assert crowded.number == each.number
    assert crowded.framed == each.framed
    members = {one.id: node.id for node in crowded.nodes.values() for one in (node.members or (node,))}
    counts: Counter[tuple[str, str]] = Counter()
    for edge in each.edges:
        counts[members[edge.src], members[edge.dst]] += edge.number
    listed: Counter[tuple[str, str]] = Counter()
    for edge in crowded.edges:
        listed[edge.src, edge.dst] += edge.number
    assert listed == counts


def test_crowds_tell_how_many_pairs_were_seen(tmp_path: Path) -> None:
    objects = tuple(app(name) for name in ("web", "api", "db", "job"))
    allowed, flows = recorded(tmp_path, objects, seen("web", "api", 8080), seen("db", "api", 8080))
    graph = traffic_graph(allowed, flows, most_each=0)
    (crowd,) = (node for node in graph.nodes.values() if node.group.framed)
    assert (crowd.number, crowd.label, crowd.kind) == (4, ("api", "and 3 more"), "Deployment")
    inside = {edge.style: edge.number for edge in graph.edges if edge.src == edge.dst == crowd.id}
    assert inside == {Traffic.ACTIVE: 2, Traffic.UNUSED: 14}


def test_what_filters_tell_apart_is_in_no_crowd_together() -> None:
    allowed = compute(*(pod(name) for name in ("a", "b", "c")))
    choice = Choice(search="b")
    graph = traffic_graph(allowed, marks=choice.marks, most_each=0)
    assert sorted(node.number for node in graph.nodes.values() if node.group.framed) == [1, 2]
    picture = compose(graph, choice, shares_boxes=False)
    assert [(box.nodes[0].label[0], box.stub) for box in picture.boxes if box.group.framed] == [
        ("a", True),
        ("b", False),
    ]


# --- how it looks -----------------------------------------------------------------------------------------------------


def test_styles_are_told_apart_without_colour() -> None:
    looks = [(stroke.dash, stroke.head, stroke.width) for stroke in TRAFFIC.strokes.values()]
    assert len(set(looks)) == len(looks)
    assert TRAFFIC.strokes.keys() == set(Traffic)


def luminance(color: str) -> float:
    values = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in values)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("style", list(Traffic))
def test_lines_stand_out_from_a_light_and_from_a_dark_page(style: Traffic) -> None:
    stroke = TRAFFIC.strokes[style]
    assert contrast(stroke.color, "#ffffff") >= 4.5
    assert contrast(stroke.dark, "#111111") >= 4.5


def test_each_legend_says_how_its_line_looks() -> None:
    for stroke in TRAFFIC.strokes.values():
        words = {"solid": "solid", "dashed": "dashed", "dotted": "dotted", "dash and dot": "dashes and dots"}
        assert stroke.legend.startswith(words.get(stroke.dash, stroke.dash))
        assert ("with a" in stroke.legend) is (stroke.head != "arrow")
        assert re.search(r"allowed|den|baseline", stroke.legend)


def test_every_status_is_documented_as_its_legend_has_it(project: Path) -> None:
    page = (project / "docs" / "pictures.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \|", page, re.MULTILINE))
    looks = {style: stroke.legend.partition(":")[0] for style, stroke in TRAFFIC.strokes.items()}
    assert rows.items() >= {**looks, Traffic.ALLOWED: "solid, thinner"}.items()


def test_views_show_what_they_are_called(tmp_path: Path) -> None:
    graph = drawn(tmp_path, seen("web", "api", 8080), seen("web", "db", 8080, "DENY"))
    shown = {
        name: {edge.style for line in compose(graph, Choice(view=view)).lines for edge in line.edges}
        for name, view in VIEWS.items()
    }
    assert shown["active"] == {Traffic.ACTIVE, Traffic.DENIED}
    assert shown["allowed"] == {Traffic.ACTIVE, Traffic.UNUSED}
    assert shown["all"] == {Traffic.ACTIVE, Traffic.DENIED, Traffic.UNUSED}


def test_every_edge_has_the_ports_that_filters_ask_for(tmp_path: Path) -> None:
    graph = drawn(tmp_path, seen("web", "api", 8080), seen("web", "db", 8080, "DENY"))
    assert edge_of(graph, WEB, DB).ports == edge_of(graph, WEB, API).ports == HTTP
    assert all(edge.ports != NO_PORTS for edge in graph.edges)


# --- what is in no baseline ---------------------------------------------------------------------------


def judged(folder: Path, odd: set[tuple[str, str, int]], *lines: str) -> Graph:
    connectivity, flows = recorded(folder, SHOP, *lines)
    return traffic_graph(
        connectivity, flows, is_anomalous=lambda row: (row["src"], row["dst"], int(row["port"])) in odd
    )


def test_what_is_allowed_and_in_no_baseline_has_its_own_style(tmp_path: Path) -> None:
    graph = judged(tmp_path, {(API, WEB, 9090)}, seen("api", "web", 8080), seen("api", "web", 9090))
    assert edges_of(graph, API, WEB) == {
        Traffic.ACTIVE: ("TCP 8080 of all ports",),
        Traffic.ANOMALOUS: ("TCP 9090",),
    }
    anomalies = {key: node.badges.anomalies for key, node in graph.nodes.items() if node.badges.anomalies}
    assert anomalies == {API: 1, WEB: 1}


def test_a_pair_that_is_in_no_baseline_leaves_the_rest_of_what_is_allowed_unused(tmp_path: Path) -> None:
    graph = judged(tmp_path, {(API, WEB, 9090)}, seen("api", "web", 9090))
    found = edges_of(graph, API, WEB)
    assert found.keys() == {Traffic.ANOMALOUS, Traffic.UNUSED}
    assert found[Traffic.ANOMALOUS] == ("TCP 9090",)
    assert "9090" not in found[Traffic.UNUSED][0].replace("9089", "").replace("9091", "")


def test_what_is_denied_and_in_no_baseline_stays_denied_and_says_so(tmp_path: Path) -> None:
    graph = judged(tmp_path, {(WEB, DB, 8080)}, seen("web", "db", 8080, "DENY"))
    edge = edge_of(graph, WEB, DB)
    assert edge.style == Traffic.DENIED
    assert graph.facts_of(edge).reason.endswith("in no baseline")
    assert graph.nodes[DB].badges.anomalies == 1


def test_in_a_crowd_a_pair_in_no_baseline_is_not_counted_as_unused(tmp_path: Path) -> None:
    connectivity, flows = recorded(tmp_path, SHOP, seen("api", "web", 9090))
    options = {"most_each": 0}
    plain = traffic_graph(connectivity, flows, **options)  # type: ignore[arg-type]
    odd = traffic_graph(connectivity, flows, is_anomalous=lambda _row: True, **options)  # type: ignore[arg-type]
    counted = [Counter(dict.fromkeys([""], 0)) for _ in range(2)]
    for graph, counts in zip((plain, odd), counted, strict=True):
        for edge in graph.edges:
            counts[edge.style] += edge.number
    assert counted[0][Traffic.UNUSED] == counted[1][Traffic.UNUSED]
    assert counted[1][Traffic.ANOMALOUS] == counted[0][Traffic.ACTIVE] == 1
