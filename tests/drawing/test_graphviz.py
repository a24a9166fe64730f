import pytest

from tests.connectivity.formats.maps import SHOP
from workbench.drawing import draw
from workbench.ground import ANSWER_FORMATS, WorkbenchError


def test_a_graph_that_graphviz_refuses_is_an_error_and_the_next_is_drawn() -> None:
    with pytest.raises(WorkbenchError, match="Graphviz could not draw the picture"):
        draw("digraph { a -> ")
    assert "<svg" in draw("digraph { a -> b }")


def test_a_picture_can_be_drawn_again_and_again() -> None:
    drawn = [ANSWER_FORMATS.render("map", "svg", SHOP, "merged") for _ in range(9)]
    assert len({*drawn}) == 1
