import pytest

from workbench.drawing import draw


def test_a_graph_that_graphviz_refuses_is_an_error_and_the_next_is_drawn() -> None:
    with pytest.raises(RuntimeError, match="Graphviz could not draw the picture"):
        draw("digraph { a -> ")
    assert "<svg" in draw("digraph { a -> b }")
