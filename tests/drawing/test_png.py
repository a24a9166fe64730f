"""A picture as PNG: the SVG in pixels, with all its texts, at a size that viewers show."""

from __future__ import annotations

import re
import socket
from importlib import import_module
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from tests.connectivity.formats.maps import SHOP, WEB, connect
from tests.connectivity.manifests import compute, pod
from tests.drawing.maps import HandMade, workload
from tests.drawing.pixels import WHITE, chunks, greys, size
from workbench.connectivity import connectivity_by_network, diff
from workbench.drawing import Drawing, png, register_picture, svg
from workbench.drawing.png import MOST_PIXELS, MOST_SIDE, PIXELS_PER_POINT
from workbench.flows import UsedConnection
from workbench.ground import ANSWER_FORMATS, WorkbenchError
from workbench.inventory import load_manifests

if TYPE_CHECKING:
    from collections.abc import Callable

INK = 160
SMALL = connect(("shop/web[Deployment]", "shop/db[StatefulSet]", WEB))
ANSWERS: dict[str, Callable[[str], str | bytes]] = {
    "map": lambda name: compute(pod("a"), pod("b")).render(name),
    "exposure": lambda name: compute(pod("a"), pod("b")).exposure().render(name),
    "diff": lambda name: diff(compute(pod("a")), compute(pod("a"), pod("b"))).render(name),
    "networks": lambda name: connectivity_by_network(load_manifests(pod("a"))).render(name),
    "used": lambda name: ANSWER_FORMATS.render("used", name, [UsedConnection(*one, one.ports) for one in SMALL.listed]),
}


def points(drawn: str) -> tuple[int, int]:
    """Return how wide and high an SVG is."""
    found = re.search(r'width="(\d+)pt" height="(\d+)pt"', drawn)
    assert found
    return int(found[1]), int(found[2])


def test_every_answer_that_is_drawn_as_svg_is_drawn_as_png() -> None:
    answers = ANSWER_FORMATS.answers()
    drawn = {answer for answer in answers if "svg" in ANSWER_FORMATS.names(answer)}
    assert drawn == {answer for answer in answers if "png" in ANSWER_FORMATS.names(answer)} == set(ANSWERS)


@pytest.mark.parametrize("answer", ANSWERS)
def test_it_is_as_large_as_the_svg(answer: str) -> None:
    drawn, picture = ANSWERS[answer]("svg"), ANSWERS[answer]("png")
    assert isinstance(drawn, str)
    assert isinstance(picture, bytes)
    assert size(picture) == tuple(PIXELS_PER_POINT * side for side in points(drawn))


def test_it_is_printed_as_large_as_the_svg() -> None:
    pixels_a_metre = round(PIXELS_PER_POINT * 72 / 0.0254)
    written = dict(chunks(ANSWER_FORMATS.render("map", "png", SMALL, "merged")))[b"pHYs"]
    assert written == pixels_a_metre.to_bytes(4) * 2 + b"\x01"


def test_every_text_of_the_svg_is_drawn_where_it_stands() -> None:
    rows = greys(ANSWER_FORMATS.render("map", "png", SMALL, "merged"))
    root = ET.fromstring(ANSWER_FORMATS.render("map", "svg", SMALL, "merged"))  # noqa: S314  (drawn here)
    moved = re.search(r"translate\(([\d.]+) ([\d.]+)\)", root[0].get("transform", ""))
    assert moved
    texts = [element for element in root.iter() if element.tag.endswith("}text")]
    assert {"shop", "web", "db", "TCP 80,443"} <= {element.text for element in texts}
    for element in texts:
        x, y = (float(element.get(name, "")) + float(moved[at]) for name, at in (("x", 1), ("y", 2)))
        letters = float(element.get("font-size", ""))
        left = x if element.get("text-anchor") == "start" else x - letters / 2
        top, bottom, first, last = (int(PIXELS_PER_POINT * at) for at in (y - letters, y, left, left + letters))
        assert any(shade < INK for row in rows[top:bottom] for shade in row[first:last]), element.text


def test_the_ground_is_white_up_to_the_edges() -> None:
    rows = greys(ANSWER_FORMATS.render("map", "png", SMALL, "merged"))
    edges = [rows[0], rows[-1], bytes(row[0] for row in rows), bytes(row[-1] for row in rows)]
    assert {shade for edge in edges for shade in edge} == {WHITE}


def test_the_same_map_gives_the_same_picture() -> None:
    assert ANSWER_FORMATS.render("map", "png", SHOP, "merged") == ANSWER_FORMATS.render("map", "png", SHOP, "merged")


@pytest.mark.parametrize(
    "shown",
    [
        HandMade(tuple(workload(f"ns/{'x' * 300}{number}", f"Kind{number}") for number in range(140))),
        HandMade((workload(f"ns/{'x' * 9_000}"),)),
        HandMade((workload(f"ns/{'x' * 30_000}"),)),
    ],
    ids=["high", "wide", "a line"],
)
def test_a_picture_that_is_very_large_is_scaled_down_as_a_whole(shown: HandMade) -> None:
    wide, high = points(svg(shown.graph))
    width, height = size(png(shown.graph))
    assert max(width, height) <= MOST_SIDE
    assert width * height <= MOST_PIXELS
    assert max(width, height) == MOST_SIDE or width * height > 0.99 * MOST_PIXELS
    assert abs(width / wide - height / high) * min(wide, high) <= 1


def test_nothing_that_a_name_points_to_is_loaded() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)  # noqa: FBT003  (its parameter has no name)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.png"
        names = [f'<image href="{address}" width="9"/>', f'"/><use xlink:href="{address}"/>', f"url({address})"]
        shown = HandMade(tuple(workload(f"ns/{name}", "Pod") for name in names))
        assert size(png(shown.graph, heading=names[0], notes=names)) > (1, 1)
        with pytest.raises(BlockingIOError):
            server.accept()


ODD = ["漢字", "عربى", "\U0001f600", "a\ufffe\uffff", "\x00\x01", "\ud800", ' font-family="x" width="9pt" height="9pt"']


@pytest.mark.parametrize("name", ODD)
def test_a_name_that_no_font_knows_does_not_keep_it_from_being_drawn(name: str) -> None:
    shown = HandMade((workload(f"ns/{name}"),))
    assert size(png(shown.graph)) == tuple(PIXELS_PER_POINT * side for side in points(svg(shown.graph)))


def test_what_cannot_be_drawn_is_an_error_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_module("workbench.drawing.png"), "svg", lambda *_, **__: "<svg")
    with pytest.raises(WorkbenchError, match=r"^the picture could not be drawn as PNG: .*: write it as svg$") as caught:
        png(HandMade().graph)
    assert "\n" not in str(caught.value)


def test_a_picture_of_ones_own_is_registered_in_both_formats() -> None:
    @register_picture("map")
    def draw_nothing(*_: object) -> Drawing:
        """Draw nothing."""
        return Drawing(HandMade().graph, "Nothing.")

    assert ANSWER_FORMATS.render("map", "svg", SHOP, "merged") == svg(HandMade().graph, heading="Nothing.")
    assert ANSWER_FORMATS.render("map", "png", SHOP, "merged") == png(HandMade().graph, heading="Nothing.")
    assert {ANSWER_FORMATS.named("map", name).docs for name in ("svg", "png")} == {"Draw nothing."}
