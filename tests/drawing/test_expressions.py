"""The language in which a person finds and hides."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.drawing.maps import DB, SMALL, WEB
from workbench.drawing import (
    EDGE_FIELDS,
    NODE_FIELDS,
    Badges,
    Edge,
    Expression,
    ExpressionError,
    Facts,
    Graph,
    GraphNode,
    Group,
    Isolation,
    map_graph,
    parse_expression,
    ports_asked,
)
from workbench.drawing.answers.peers import MAP
from workbench.ground import ALL_PORTS, NO_PORTS, PROTOCOLS, AddressSet, PortSet

SHOP, PAY = Group(framed=True, name="shop"), Group(framed=True, name="pay")
WEB_NODE = GraphNode(
    "shop/web[Deployment]",
    ("web",),
    SHOP,
    "Deployment",
    addresses=AddressSet.of("10.0.0.7"),
    badges=Badges(Isolation.INGRESS, exposed=True, problems=2),
    labels={"app": "web", "example.com/tier": "front"},
)
DB_NODE = GraphNode("pay/db[StatefulSet]", ("db",), PAY, "StatefulSet")
EDGE = Edge(WEB_NODE.id, DB_NODE.id, (), "denied", weight=7, ports=PortSet.of("TCP", 5432))
GRAPH = Graph(
    {node.id: node for node in (WEB_NODE, DB_NODE)},
    [EDGE],
    MAP,
    facts={EDGE.key: Facts(flows=3, bytes=900, sources=("hubble",), policies=("NetworkPolicy pay/db",))},
)


def read(text: str) -> Expression:
    found = parse_expression(text)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "text",
    [
        *("name = web", "name = shop/web", "name = shop/web[Deployment]", "name ~ WE", "name ^= w", "name $= b"),
        *("name *= e", "name = w*", "name != db", "name !~ db", "namespace = shop", "ns = shop", "kind = Deployment"),
        *("label.app = web", "label.example.com/tier = front", "not label.other = x", "label.other != x"),
        *("address = 10.0.0.7", "address = 10.0.0.0/8", "address != 10.0.0.8", "isolation = ingress", "exposed"),
        *("exposed = yes", "not exposed = no", "problems", "problems >= 2", "problems < 3", "problems != 1"),
        *("name = 'web'", 'name = "web"', "( name = web )", "not not name = web", "not (name = a or name = b)"),
        *("name = db or name = web and kind = Deployment", "name = web or name = db and name = no"),
    ],
)
def test_an_expression_that_means_the_web(text: str) -> None:
    assert read(text).about_nodes
    assert read(text).finds_node(WEB_NODE)
    assert not read(f"not ({text})").finds_node(WEB_NODE)
    assert not read(text).finds_edge(EDGE, GRAPH)


@pytest.mark.parametrize(
    "text",
    [
        *("port = 5432", "port = TCP:5432", "port = 5000-6000", "port != 80", "protocol = TCP", "status = denied"),
        *("verdict ~ deni", "policy ~ pay/db", "source = hubble", "flows = 3", "connections > 6", "bytes <= 900"),
        *("from.name = web", "to.namespace = pay", "not to.namespace = shop", "from.label.app = web"),
        *("namespace = shop and port = 5432", "namespace = pay and port = 5432", "port = 80 or to.name ~ d"),
    ],
)
def test_an_expression_that_means_the_connection(text: str) -> None:
    assert not read(text).about_nodes
    assert read(text).finds_edge(EDGE, GRAPH)
    assert not read(f"not ({text})").finds_edge(EDGE, GRAPH)
    assert not read(text).finds_node(WEB_NODE)


@pytest.mark.parametrize("text", ["", "   "])
def test_nothing_is_no_expression(text: str) -> None:
    assert parse_expression(text) is None


@pytest.mark.parametrize(
    "text,position,message",
    [
        ("nam = x", 0, "there is no 'nam'; there are name, namespace"),
        ("name", 4, "expected one of = != ~ !~ *= ^= $= after name, not the end"),
        ("name =", 6, "expected a value after =, not the end"),
        ("name = and", 7, "expected a value after =, not 'and'"),
        ("name = a b", 9, "expected and, or, or the end, not 'b'"),
        ("(name = a", 9, "expected a closing bracket, not the end"),
        ("name = a)", 8, "expected and, or, or the end, not ')'"),
        ("name = a and", 12, "expected a field such as name, namespace or port, not the end"),
        ("and name = a", 0, "expected a field such as name, namespace or port, not 'and'"),
        ("port > 80", 5, "port takes = !=, not '>'"),
        ("port = many", 7, "port is a port, not 'many'"),
        ("problems > x", 11, "problems is number, not 'x'"),
        ("exposed = maybe", 10, "exposed is yes or no, not 'maybe'"),
        ("address = 10.0.0", 10, "address is an address or a block of addresses, not '10.0.0'"),
        ("name = 'a", 7, "this quote has no end"),
        ("from.port = 80", 0, "there is no 'from.port'"),
        ("label. = x", 0, "there is no 'label.'"),
        ("name ! x", 5, "'!' stands for nothing"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(text: str, position: int, message: str) -> None:
    with pytest.raises(ExpressionError) as error:
        parse_expression(text)
    assert (error.value.position, error.value.text) == (position, text)
    said = str(error.value).splitlines()
    assert said[0] == f"at character {position + 1} of the expression: {said[0].partition(': ')[2]}"
    assert message in said[0]
    assert said[1:] == [text, " " * position + "^"]


def position_of_error(text: str) -> int:
    """Return where an expression is wrong; -1 where it is not."""
    try:
        parse_expression(text)
    except ExpressionError as error:
        return error.position
    return -1


@given(st.text(alphabet="name port=~!<>()'\"and or not.10/*^$", max_size=30) | st.text())
def test_any_text_is_an_expression_or_an_error_with_a_place_in_it(text: str) -> None:
    assert -1 <= position_of_error(text) <= len(text)


def test_every_field_can_be_asked_of_every_graph() -> None:
    graph = map_graph([DB, WEB], SMALL.everything)
    fields = [(name, field.kind, field.meaning) for name, field in NODE_FIELDS.items()]
    fields += [(name, field.kind, field.meaning) for name, field in EDGE_FIELDS.items()]
    for name, kind, meaning in fields:
        value = {"number": "1", "yes or no": "yes", "a port": "80", "text": "x"}.get(kind, "10.0.0.1")
        expression = read(f"{name} = {value}")
        assert not any(expression.finds_node(node) for node in graph.nodes.values())
        assert not any(expression.finds_edge(edge, graph) for edge in graph.edges)
        assert meaning


def test_every_field_is_documented(project: Path) -> None:
    page = (project / "docs" / "pictures.md").read_text(encoding="utf-8")
    assert [name for name in (*NODE_FIELDS, *EDGE_FIELDS) if f"`{name}`" not in page] == []


@pytest.mark.parametrize(
    "text,ports",
    [
        ("TCP 5432", PortSet.of("TCP", 5432)),
        ("tcp/5432", PortSet.of("TCP", 5432)),
        ("tcp-80", PortSet.of("TCP", 80)),
        ("udp", PortSet.of("UDP")),
        ("UDP:53-54", PortSet.of("UDP", 53, 54)),
        ("5432", PortSet.union_of(PortSet.of(protocol, 5432) for protocol in PROTOCOLS)),
        ("1-65535", ALL_PORTS),
        *((text, NO_PORTS) for text in ("", "0", "65536", "9-8", "ICMP", "http", "99999999", "80,443")),
    ],
)
def test_ports_are_read_as_people_write_them(text: str, ports: PortSet) -> None:
    assert ports_asked(text) == ports
