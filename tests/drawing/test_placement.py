"""Where boxes stand in panels."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.drawing.maps import HandMade, addresses, link, many, workload
from workbench.drawing import PAGE, Arrangement, Choice, Graph, Limits, Picture, compose, frame_title, places

UNLIMITED = Limits(10_000, 10_000)
WIDTH, HEIGHT = 100.0, 40.0
Area = tuple[float, float, float, float]


def drawn(graph: Graph, limits: Limits = UNLIMITED) -> tuple[Picture, dict[str, tuple[float, float]]]:
    picture = compose(graph, limits=limits, shares_boxes=False)
    return picture, places(picture, {box.key: (WIDTH, HEIGHT) for box in picture.boxes})


def area(*middles: tuple[float, float]) -> Area:
    """Return left, top, right and bottom of boxes at these places."""
    xs, ys = zip(*middles, strict=True)
    return min(xs) - WIDTH / 2, min(ys) - HEIGHT / 2, max(xs) + WIDTH / 2, max(ys) + HEIGHT / 2


def stand_apart(areas: list[Area]) -> bool:
    return all(
        one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
        for index, one in enumerate(areas)
        for other in areas[index + 1 :]
    )


@settings(max_examples=25)
@given(namespaces=st.integers(1, 6), each=st.integers(1, 8))
def test_every_box_has_a_place_where_it_touches_no_other(namespaces: int, each: int) -> None:
    picture, placed = drawn(many(namespaces, each).graph)
    assert placed.keys() == {box.key for box in picture.boxes}
    assert stand_apart([area(place) for place in placed.values()])


@settings(max_examples=25)
@given(namespaces=st.integers(2, 6), each=st.integers(1, 8))
def test_groups_stand_apart(namespaces: int, each: int) -> None:
    picture, placed = drawn(many(namespaces, each).graph)
    assert stand_apart([area(*(placed[box.key] for box in frame.boxes)) for frame in picture.frames])


@settings(max_examples=25)
@given(sizes=st.lists(st.integers(1, 9), min_size=2, max_size=9))
def test_groups_without_lines_stand_apart_too(sizes: list[int]) -> None:
    members = [workload(f"ns{group}/w{number}") for group, size in enumerate(sizes) for number in range(size)]
    picture, placed = drawn(HandMade(tuple(members)).graph)
    assert stand_apart([area(*(placed[box.key] for box in frame.boxes)) for frame in picture.frames])


@settings(max_examples=40)
@given(
    sizes=st.lists(st.integers(1, 9), min_size=2, max_size=9),
    letters=st.integers(1, 30),
    arrangement=st.sampled_from(Arrangement),
    linked=st.booleans(),
)
def test_no_frame_touches_another_or_its_name(
    sizes: list[int], letters: int, arrangement: Arrangement, *, linked: bool
) -> None:
    rows = [
        [workload(f"{group}{'n' * letters}/w{number}") for number in range(size)] for group, size in enumerate(sizes)
    ]
    links = [link(one[0], other[-1]) for one, other in pairwise(rows)] if linked else []
    whole = HandMade(tuple(each for row in rows for each in row), tuple(links))
    picture = compose(whole.graph, limits=UNLIMITED, shares_boxes=False)
    boxes = {box.key: (WIDTH, HEIGHT) for box in picture.boxes}
    placed = places(picture, boxes, arrangement=arrangement)
    outlines = []
    for frame in picture.frames:
        left, top, right, bottom = area(*(placed[box.key] for box in frame.boxes))
        title = frame_title(frame, placed, boxes)
        assert title[3] < top
        outlines.append((min(left, title[0]), title[1], max(right, title[2]), bottom))
    assert stand_apart(outlines)


@settings(max_examples=25)
@given(sizes=st.lists(st.integers(1, 6), min_size=1, max_size=6), outside=st.integers(0, 6))
def test_a_small_cluster_fits_the_page_so_that_its_labels_can_be_read(sizes: list[int], outside: int) -> None:
    members = [workload(f"ns{group}/w{number}") for group, size in enumerate(sizes) for number in range(size)][:17]
    ranges = [addresses(f"203.0.113.{number}") for number in range(outside)]
    every = tuple(link(one, other) for one in members for other in (*members, *ranges) if one is not other)
    picture, placed = drawn(HandMade((*members, *ranges), every).graph)
    left, top, right, bottom = area(*placed.values())
    assert 15 * min(PAGE[0] / (right - left), PAGE[1] / (bottom - top)) >= 11
    assert len(picture.boxes) >= len(members)


def test_nothing_has_no_places() -> None:
    assert drawn(HandMade().graph)[1] == {}


def test_many_that_reach_one_stand_in_several_rows() -> None:
    hub, spokes = workload("kube-system/dns"), [workload(f"ns{n:02}/w") for n in range(60)]
    whole = HandMade((hub, *spokes), tuple(link(each, hub) for each in spokes))
    left, top, right, bottom = area(*drawn(whole.graph, Limits(61, 60))[1].values())
    assert 0.5 < (right - left) / (bottom - top) < 3


def test_few_lines_lead_one_way() -> None:
    front, middle, back = (workload(f"ns/{name}") for name in ("c", "b", "a"))
    chain = HandMade((front, middle, back), (link(front, middle), link(middle, back)))
    picture, placed = drawn(chain.graph)
    where = {box.nodes[0].label: placed[box.key] for box in picture.boxes}
    assert where["c",][0] < where["b",][0] < where["a",][0] or where["c",][1] < where["b",][1] < where["a",][1]


def test_many_that_reach_nothing_stand_in_several_rows() -> None:
    left, top, right, bottom = area(
        *drawn(HandMade(tuple(workload(f"ns/w{n:02}") for n in range(60))).graph)[1].values()
    )
    assert 0.5 < (right - left) / (bottom - top) < 3


@pytest.mark.parametrize("arrangement", list(Arrangement))
def test_every_arrangement_places_every_box_where_it_touches_no_other(arrangement: Arrangement) -> None:
    picture = compose(many(namespaces=4, each=5).graph, limits=UNLIMITED, shares_boxes=False)
    sizes = {box.key: (WIDTH, HEIGHT) for box in picture.boxes}
    placed = places(picture, sizes, arrangement=arrangement)
    assert placed.keys() == sizes.keys()
    assert stand_apart([area(place) for place in placed.values()])


def test_layers_that_are_asked_for_lead_that_way() -> None:
    front, back = workload("ns/front"), workload("ns/back")
    picture = compose(HandMade((front, back), (link(front, back),)).graph, shares_boxes=False)
    sizes = {box.key: (WIDTH, HEIGHT) for box in picture.boxes}
    names = {box.nodes[0].label[0]: box.key for box in picture.boxes}
    across = places(picture, sizes, arrangement=Arrangement.ACROSS)
    down = places(picture, sizes, arrangement=Arrangement.DOWN)
    assert across[names["front"]][0] < across[names["back"]][0]
    assert down[names["front"]][1] < down[names["back"]][1]


def test_the_box_for_the_rest_of_a_namespace_stands_in_its_frame() -> None:
    whole = many(namespaces=30, each=40).graph
    picture = compose(whole, Choice(opened=frozenset({"ns03"})), Limits(40, 100), shares_boxes=False)
    assert [box.rest for frame in picture.frames for box in frame.boxes].count(True) == 1
    placed = places(picture, {box.key: (WIDTH, HEIGHT) for box in picture.boxes})
    assert placed.keys() == {box.key for box in picture.boxes}
    assert stand_apart([area(place) for place in placed.values()])
