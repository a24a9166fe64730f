"""Where nodes stand at first, and which layout moves them from there."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.panels.maps import SMALL, many
from workbench.panels.graph_places import starting_places
from workbench.panels.graph_style import layout
from workbench.panels.picture import Limits, NodeKind, Picture, compose

UNLIMITED = Limits(10_000, 10_000)


def drawn(namespaces: int, each: int, limits: Limits = UNLIMITED) -> Picture:
    whole = many(namespaces, each)
    return compose(whole.everyone, whole.everything, limits=limits)


@given(namespaces=st.integers(1, 9), each=st.integers(1, 12))
def test_every_node_but_the_boxes_has_a_place_of_its_own(namespaces: int, each: int) -> None:
    picture = drawn(namespaces, each)
    places = starting_places(picture)
    assert places.keys() == {node.key for node in picture.nodes if node.kind is not NodeKind.BOX}
    assert len(set(places.values())) == len(places)


@given(namespaces=st.integers(2, 9), each=st.integers(1, 12))
def test_namespaces_stand_apart(namespaces: int, each: int) -> None:
    picture = drawn(namespaces, each)
    places = starting_places(picture)
    frames: dict[str, list[tuple[float, float]]] = {}
    for node in picture.nodes:
        if node.parent:
            frames.setdefault(node.parent, []).append(places[node.key])
    boxes = [(min(xs), min(ys), max(xs), max(ys)) for xs, ys in (zip(*frame, strict=True) for frame in frames.values())]
    for index, (left, top, right, bottom) in enumerate(boxes):
        for other_left, other_top, other_right, other_bottom in boxes[index + 1 :]:
            assert right < other_left or other_right < left or bottom < other_top or other_bottom < top


def test_a_large_picture_is_wider_than_high() -> None:
    places = starting_places(drawn(namespaces=24, each=1)).values()
    assert max(x for x, _ in places) > max(y for _, y in places)


def test_a_small_picture_is_drawn_in_layers() -> None:
    assert layout(compose(SMALL.everyone, SMALL.everything))["name"] == "dagre"


def test_a_dense_or_summed_up_picture_is_drawn_by_forces() -> None:
    assert layout(drawn(namespaces=5, each=10))["name"] == "cola"
    assert layout(drawn(namespaces=5, each=10, limits=Limits(20, 20)))["name"] == "cola"
