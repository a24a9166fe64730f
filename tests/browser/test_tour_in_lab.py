"""The tour as a person takes it: opened in JupyterLab, run from top to bottom, clicked on."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Notebook

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def tour(notebook: Notebook, project: Path) -> Notebook:
    """Return the tour after its last cell has run, in a copy of the project's folders."""
    folder = notebook.lab.folder
    for name in ("notebooks", "data"):
        shutil.copytree(project / name, folder / name, dirs_exist_ok=True)
    notebook.open(folder / "notebooks" / "00_tour.ipynb")
    notebook.run_all()
    return notebook


def test_the_tour_ends_on_a_picture_that_answers_a_click(tour: Notebook) -> None:
    assert tour.error_outputs == []
    names = "each => each.data('label')"
    # The last picture shows the payments database and whom it talks to.
    assert set(tour.graph(f"cy.nodes('.box').map({names})")) == {"payments", "platform"}
    assert "gateway" in tour.graph(f"cy.nodes('.workload').map({names})")
    tour.click('node[label = "db"]')
    said = tour.page.locator(".wb-network-details").last
    said.get_by_text("may be reached by (6)").wait_for(timeout=20_000)
    assert "platform/gateway" in said.inner_text()


def test_each_picture_has_the_height_that_was_asked_for(tour: Notebook) -> None:
    tour.graph("cy.nodes().length")
    boxes = [each.bounding_box() for each in tour.page.locator(".wb-network-graph").all()]
    assert [box and box["height"] for box in boxes] == [640, 420]
