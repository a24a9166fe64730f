"""The tour as a person takes it: opened in JupyterLab, run from top to bottom, clicked on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.browser.lab import Lab, Notebook

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def tour(lab: Lab, project: Path) -> Notebook:
    """Return the tour after its last cell has run, in a copy of the project's folders."""
    folder = lab.server.folder
    for name in ("notebooks", "data"):
        shutil.copytree(project / name, folder / name, dirs_exist_ok=True)
    return lab.open_file(folder / "notebooks" / "00_tour.ipynb")


def test_the_tour_ends_on_a_picture_that_answers_a_click(tour: Notebook) -> None:
    picture = tour.graph(1)
    assert set(picture.labels(".frame")) == {"payments", "platform"}
    picture.click('node[label = "db"]')
    details = tour.root.locator(".wb-network-details", has_text="may be reached by (6)")
    details.filter(has_text="platform/gateway").wait_for(timeout=20_000)


def test_the_whole_shop_is_drawn_with_its_four_namespaces(tour: Notebook) -> None:
    picture = tour.graph(0)
    assert sorted(picture.labels(".frame")) == ["orders", "payments", "platform", "storefront"]
    assert len(picture.labels(".workload")) == 17


def test_labels_of_the_whole_shop_can_be_read_on_a_laptop(tour: Notebook) -> None:
    picture = tour.graph(0)
    assert picture.ask("Math.min(...cy.nodes().map(node => parseFloat(node.style('font-size')))) * cy.zoom()") >= 11


def test_each_picture_has_the_height_that_was_asked_for(tour: Notebook) -> None:
    heights = [tour.graph(number).root.evaluate("root => root.firstElementChild.offsetHeight") for number in (0, 1)]
    assert heights == [640, 420]
