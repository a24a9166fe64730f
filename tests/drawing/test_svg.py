"""A picture as SVG and as DOT."""

import re
from xml.etree import ElementTree as ET

import pytest

from tests.connectivity.formats.maps import SHOP, WEB, Map, connect
from tests.drawing.maps import HandMade, link, many, workload
from workbench.connectivity import Connection, Peer
from workbench.drawing import Limits, compose, dot_source, draw, map_graph, picture_svg
from workbench.ground import ANSWER_FORMATS

MOST_BOXES = Limits().boxes

HOSTILE = ["<script>alert(1)</script>", '"]; evil [label="', "back\\", "&lt;b&gt;", "]]>", "\\N", "a\x00b", "<b>x</b>"]


def elements(svg: str) -> list[ET.Element]:
    return list(ET.fromstring(svg).iter())  # noqa: S314  (drawn here)


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in elements(svg) if element.tag.endswith("}text")]


def tags(svg: str) -> set[str]:
    return {element.tag.rpartition("}")[2] for element in elements(svg)}


def test_names_ports_and_namespaces_are_readable_text() -> None:
    shown = texts(ANSWER_FORMATS.render("map", "svg", SHOP, "merged"))
    assert {"shop", "kube-system", "web", "[Deployment]", "outside", "TCP 5432", "all ports"} <= set(shown)


def test_namespaces_are_boxes_around_their_workloads() -> None:
    svg = ANSWER_FORMATS.render("map", "svg", SHOP, "merged")
    assert len(re.findall('class="cluster"', svg)) == 2


def test_the_caption_tells_the_size_and_the_colours() -> None:
    shown = " ".join(texts(ANSWER_FORMATS.render("map", "svg", SHOP, "merged")))
    assert "3 workloads in 2 namespaces, 4 allowed connections." in shown
    assert "blue between namespaces" in shown


def test_a_map_without_connections_says_so() -> None:
    assert "No arrows: nothing may talk to anything else." in texts(
        ANSWER_FORMATS.render("map", "svg", connect(lonely=["ns/a[Pod]"]), "merged")
    )
    assert "0 workloads in 0 namespaces, 0 allowed connections." in texts(
        ANSWER_FORMATS.render("map", "svg", connect(), "merged")
    )


def test_a_large_map_says_that_there_is_one_box_a_namespace() -> None:
    many = [(f"left/a{i}[Pod]", f"right/b{i}[Pod]", WEB) for i in range(MOST_BOXES)]
    shown = texts(ANSWER_FORMATS.render("map", "svg", connect(*many), "merged"))
    assert "150 workloads" in shown
    assert any("one box a namespace" in text for text in shown)


def test_it_stands_alone_and_can_stand_inside_a_page() -> None:
    svg = ANSWER_FORMATS.render("map", "svg", SHOP, "merged")
    assert svg.startswith("<svg ")
    assert 'role="img" aria-label="3 workloads in 2 namespaces' in svg
    assert "href" not in svg
    assert tags(svg) <= {"svg", "g", "title", "text", "path", "polygon", "polyline", "ellipse", "tspan"}


def test_the_same_map_gives_the_same_picture() -> None:
    assert ANSWER_FORMATS.render("map", "svg", SHOP, "merged") == ANSWER_FORMATS.render("map", "svg", SHOP, "merged")


@pytest.mark.parametrize("name", HOSTILE)
def test_names_from_a_cluster_stay_text(name: str) -> None:
    odd = Peer(f"{name}/{name}[{name}]", name, name, name)
    svg = ANSWER_FORMATS.render(
        "map", "svg", Map((Connection(odd, Peer("ns/b[Pod]", "ns", "b", "Pod"), WEB),)), "merged"
    )
    assert tags(svg) <= {"svg", "g", "title", "text", "path", "polygon", "polyline", "ellipse", "tspan"}
    assert name.replace("\x00", "\\x00") in texts(svg)


MANY = connect(*((f"ns{i % 9}/a{i}[Pod]", f"ns{i % 7}/b{i}[Pod]", WEB) for i in range(500)))


@pytest.mark.parametrize("shown", [SHOP, MANY], ids=["each", "summed up"])
def test_svg_and_dot_draw_what_the_model_counts(shown: Map) -> None:
    picture = compose(map_graph(shown.peers("merged"), shown.connections("merged")))
    lines = sum(not line.among for line in picture.lines)
    source = dot_source(picture)
    placed = [line.partition(" ")[0] for line in draw(source, "plain").splitlines()]
    drawn = ANSWER_FORMATS.render("map", "svg", shown, "merged")
    assert (placed.count("node"), placed.count("edge")) == (len(picture.boxes), lines)
    assert (drawn.count('class="node"'), drawn.count('class="edge"')) == (len(picture.boxes), lines)
    assert source.count("subgraph ") == drawn.count('class="cluster"') == len(picture.frames)
    assert all(note in texts(drawn) for note in picture.notes)


@pytest.mark.parametrize("namespaces", [20, 60, 200])
def test_many_namespaces_that_all_reach_one_have_the_shape_of_a_page(namespaces: int) -> None:
    names = [[workload(f"ns{number:03}/w{each}") for each in range(8)] for number in range(namespaces)]
    hubs = [workload(f"hub{number}/dns") for number in range(6)]
    links = [link(one, hub) for row in names for one in row for hub in hubs]
    whole = HandMade((*hubs, *(one for row in names for one in row)), tuple(links))
    picture = compose(whole.graph, shares_boxes=False)
    svg = picture_svg(picture)
    found = re.search(r'width="([0-9.]+)pt" height="([0-9.]+)pt"', svg)
    assert found is not None
    width, height = map(float, found.groups())
    assert 0.4 < height / width < 1.6
    assert width * height < 30_000 * len(picture.boxes) + 400_000  # no more room than boxes need to be read
    assert {box.group.name for box in picture.boxes} <= set(texts(svg))
    assert any(text.startswith("Arrows are the thicker") for text in texts(svg))


def test_few_lines_have_their_labels() -> None:
    svg = picture_svg(compose(many(20, 10).graph))
    assert not any(text.startswith("Arrows are the thicker") for text in texts(svg))
    assert "1 x TCP 443" in texts(svg)
