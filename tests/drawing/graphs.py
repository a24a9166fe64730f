"""Random graphs and random choices of them."""

from __future__ import annotations

from hypothesis import strategies as st

from workbench.drawing import (
    Badges,
    Choice,
    Edge,
    Facts,
    Graph,
    GraphNode,
    Group,
    Isolation,
    Stroke,
    Theme,
    parse_expression,
)
from workbench.ground import ALL_PORTS, AddressSet, PortSet
from workbench.policy import parse_selector

THEME = Theme("Random", {"new": Stroke("green", "new", "new"), "old": Stroke("red", "old", "old")}, "Nothing.")
PORTS = st.sampled_from([PortSet.of("TCP", 80), PortSet.of("UDP", 53), PortSet.of("TCP", 5432), ALL_PORTS])
GROUPS = [Group(framed=True, name=f"ns-{number}") for number in (1, 2, 10)]
OUT = Group(framed=False, name="to outside", noun="range")
EXPRESSIONS = [
    *("namespace = ns-1", "not name ~ a", "label.app = x or kind = Pod", "exposed", "address = 10.0.0.0/8"),
    *("port = 80", "status = new and from.namespace = ns-2", "not (to.name ~ b or protocol = UDP)", "connections > 2"),
]


@st.composite
def nodes(draw: st.DrawFn, number: int) -> GraphNode:
    group = draw(st.sampled_from([*GROUPS, OUT]))
    single = GraphNode(
        f"{group.name}/n{number}",
        (f"{draw(st.sampled_from('abc'))}{number}",),
        group,
        draw(st.sampled_from(["Deployment", "Pod"])) if group.framed else "",
        addresses=draw(st.sampled_from([None, AddressSet.of("10.0.0.1"), AddressSet.of("192.0.2.0/24")])),
        badges=draw(st.sampled_from([Badges(), Badges(Isolation.NONE, exposed=True)])),
        labels=draw(st.sampled_from([{}, {"app": "x"}, {"app": "y", "tier": "z"}])),
    )
    if not group.framed or draw(st.booleans()):
        return single
    size = draw(st.integers(2, 4))
    return GraphNode(f"{single.id} and more", single.label, group, single.kind, members=(single,) * size)


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Draw a graph, some of whose nodes stand for many."""
    found = {node.id: node for number in range(draw(st.integers(0, 9))) for node in [draw(nodes(number))]}
    edges: dict[tuple[str, str, str], Edge] = {}
    if found:
        ends = st.sampled_from(sorted(found))
        for _ in range(draw(st.integers(0, 25))):
            src, dst, style, ports = draw(ends), draw(ends), draw(st.sampled_from(["new", "old"])), draw(PORTS)
            if not (found[src].group.framed or found[dst].group.framed):
                continue
            number = draw(st.integers(1, 3)) if max(found[src].number, found[dst].number) > 1 else 1
            one = Edge(src, dst, (str(ports),), style, weight=draw(st.integers(0, 5)), ports=ports, number=number)
            edges[one.key] = one
    ends_of = {end for edge in edges.values() for end in edge[:2]}
    kept = {key: node for key, node in found.items() if node.group.framed or key in ends_of}
    return Graph(kept, list(edges.values()), THEME, "connection", facts={key: Facts(flows=1) for key in edges})


CHOICES = st.builds(
    Choice,
    groups=st.frozensets(st.sampled_from([group.name for group in GROUPS]), max_size=2),
    search=st.sampled_from(["", "", "a", "pod", "nowhere"]),
    outside=st.booleans(),
    opened=st.frozensets(st.sampled_from([group.name for group in GROUPS]), max_size=2),
    nodes=st.sampled_from([frozenset(), frozenset(), frozenset({"ns-1/*"}), frozenset({"a1", "b2"})]),
    labels=st.sampled_from([None, None, parse_selector("app"), parse_selector("app=x,!tier")]),
    addresses=st.sampled_from([AddressSet(), AddressSet(), AddressSet.of("10.0.0.0/8")]),
    ports=st.sampled_from([PortSet(), PortSet(), PortSet.of("TCP", 80)]),
    styles=st.sampled_from([frozenset(), frozenset(), frozenset({"new"})]),
    side=st.sampled_from(["", "", "ingress", "egress"]),
    view=st.sampled_from([frozenset(), frozenset(), frozenset({"old"})]),
    platform=st.sampled_from([frozenset(), frozenset(), frozenset({"ns-1*"})]),
    hide=st.sampled_from(["", "", *EXPRESSIONS]).map(parse_expression),
    find=st.sampled_from(["", *EXPRESSIONS]).map(parse_expression),
    merged=st.booleans(),
)
