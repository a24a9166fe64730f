"""A legend explains what is on its picture, and nothing else."""

from __future__ import annotations

from dataclasses import replace

from tests.drawing.maps import DB, SMALL, WEB, HandMade, link, many, workload
from workbench.drawing import (
    Badges,
    Graph,
    Isolation,
    LegendEntry,
    Limits,
    Picture,
    Shape,
    Symbol,
    compose,
    map_graph,
)


def drawn(graph: Graph, limits: Limits = Limits()) -> Picture:
    return compose(graph, limits=limits, shares_boxes=False)


def explained(picture: Picture, symbol: Symbol) -> list[LegendEntry]:
    return [entry for entry in picture.legend if entry.symbol is symbol]


def with_badges(**badges: Badges) -> Graph:
    """Return a graph of workloads with these badges."""
    graph = map_graph([workload(f"ns/{name}") for name in badges], ())
    nodes = {key: replace(node, badges=badges[node.label[0]]) for key, node in graph.nodes.items()}
    return replace(graph, nodes=nodes)


def test_lines_are_explained_in_the_order_of_their_theme() -> None:
    assert [entry.key for entry in explained(drawn(SMALL.graph), Symbol.LINE)] == ["between", "outside"]
    assert explained(drawn(HandMade((DB, WEB)).graph), Symbol.LINE) == []


def test_outlines_are_explained_by_the_kinds_that_have_them() -> None:
    graph = map_graph([workload("ns/a", "Job"), workload("ns/b", "CronJob"), workload("ns/c", "Deployment")], ())
    assert explained(drawn(graph), Symbol.SHAPE) == [
        LegendEntry(Symbol.SHAPE, Shape.CUT_RECTANGLE, "CronJob, Job"),
        LegendEntry(Symbol.SHAPE, Shape.ROUND_RECTANGLE, "Deployment"),
    ]


def test_two_heads_loops_and_what_is_summed_up_are_explained_where_they_occur() -> None:
    whole = HandMade((WEB, DB), (link(WEB, DB), link(DB, WEB), link(DB, DB))).graph
    assert {entry.symbol for entry in drawn(whole).legend} >= {Symbol.HEADS, Symbol.LOOP, Symbol.FRAME}
    assert not explained(drawn(whole), Symbol.SUMMED_UP)
    summed = drawn(many(namespaces=3, each=3).graph, Limits(boxes=3))
    assert explained(summed, Symbol.SUMMED_UP)
    assert not explained(summed, Symbol.FRAME)


def test_names_in_one_box_are_explained() -> None:
    alike = map_graph([workload("ns/a"), workload("ns/b")], ())
    assert explained(compose(alike), Symbol.SHARED)
    assert not explained(drawn(alike), Symbol.SHARED)


def test_badges_are_explained_where_a_node_has_them() -> None:
    graph = with_badges(a=Badges(Isolation.BOTH), b=Badges(Isolation.NONE, exposed=True), c=Badges(problems=2))
    assert [(entry.symbol, entry.key) for entry in drawn(graph).legend[-4:]] == [
        (Symbol.ISOLATION, "both"),
        (Symbol.ISOLATION, "none"),
        (Symbol.EXPOSED, ""),
        (Symbol.PROBLEMS, ""),
    ]


def test_a_box_of_several_has_the_badges_of_all() -> None:
    one, other = Badges(Isolation.BOTH, problems=1), Badges(Isolation.NONE, exposed=True, problems=2, anomalies=1)
    assert one | other == Badges(None, exposed=True, problems=3, anomalies=1)
    assert one | one == Badges(Isolation.BOTH, problems=2)


def test_nothing_has_no_legend() -> None:
    assert drawn(HandMade().graph).legend == ()
