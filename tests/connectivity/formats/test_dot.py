import json

from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.connectivity.formats.maps import SHOP, WEB, Map, connect
from tests.examples import examples
from workbench.connectivity import Connection, Peer
from workbench.drawing import draw
from workbench.ground import ANSWER_FORMATS


def test_namespaces_are_clusters_and_the_outside_stands_beside_them() -> None:
    assert ANSWER_FORMATS.render("map", "dot", SHOP, "merged").splitlines() == [
        "digraph {",
        '\tsubgraph "cluster_kube_system[namespace]" {',
        '\t\tcolor="black"',
        '\t\tfontcolor="black"',
        '\t\t"kube-system/dns[Deployment]" [label="dns[Deployment]" color="blue" fontcolor="blue"]',
        '\t\tlabel="kube-system[namespace]"',
        "\t}",
        '\tsubgraph "cluster_shop[namespace]" {',
        '\t\tcolor="black"',
        '\t\tfontcolor="black"',
        '\t\t"shop/db[StatefulSet]" [label="db[StatefulSet]" color="blue" fontcolor="blue"]',
        '\t\t"shop/web[Deployment]" [label="web[Deployment]" color="blue" fontcolor="blue"]',
        '\t\tlabel="shop[namespace]"',
        "\t}",
        ('\t"outside" [label="outside" color="red2" fontcolor="red2"]'),
        ('\t"outside" -> "shop/web[Deployment]" [label="TCP 80,443" color="gold2" fontcolor="darkgreen" weight=0.5]'),
        (
            '\t"shop/db[StatefulSet]" -> "shop/web[Deployment]" '
            '[label="All Connections" color="gold2" fontcolor="darkgreen" weight=0.5]'
        ),
        (
            '\t"shop/web[Deployment]" -> "kube-system/dns[Deployment]" '
            '[label="UDP 53" color="gold2" fontcolor="darkgreen" weight=1]'
        ),
        (
            '\t"shop/web[Deployment]" -> "shop/db[StatefulSet]" '
            '[label="TCP 5432" color="gold2" fontcolor="darkgreen" weight=1]'
        ),
        "}",
    ]


def test_workloads_and_namespaces_without_connections_are_drawn_as_in_the_reference() -> None:
    assert '"shop/idle[Pod]"' in ANSWER_FORMATS.render(
        "map", "dot", connect(("shop/a[Pod]", "shop/b[Pod]", WEB), lonely=["shop/idle[Pod]"]), "merged"
    )
    alone = ANSWER_FORMATS.render("map", "dot", connect(lonely=["shop/idle[Pod]"]), "merged")
    assert '"cluster_shop[namespace]"' in alone
    assert "->" not in alone


def test_namespaces_that_differ_in_a_dash_only_stay_two_clusters() -> None:
    text = ANSWER_FORMATS.render("map", "dot", connect(("a-b/x[Pod]", "a_b/x[Pod]", WEB)), "merged")
    assert '"cluster_a_b[namespace]"' in text
    assert '"cluster_=a_b[namespace]"' in text


@settings(max_examples=examples(50), deadline=None)
@given(name=st.text(st.characters(codec="utf-8"), min_size=1, max_size=12))
@example(name='"]; evil [label="')
@example(name="back\\")
@example(name="\\N\\n")
def test_graphviz_reads_any_name_as_one_node(name: str) -> None:
    odd = Map((Connection(Peer(f"ns/{name}[Pod]", "ns", name, "Pod"), Peer("ns/b[Pod]", "ns", "b", "Pod"), WEB),))
    graph = json.loads(draw(ANSWER_FORMATS.render("map", "dot", odd, "merged"), "dot_json"))
    nodes = [found for found in graph["objects"] if "nodes" not in found]
    assert len(nodes) == 2
    assert len(graph["edges"]) == 1
