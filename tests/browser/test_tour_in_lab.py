"""The tour as a person takes it: opened in JupyterLab, run from top to bottom, clicked on."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Notebook

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
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
    picture = tour.panel(1)
    assert set(picture.labels(".box")) == {"payments", "platform"}
    picture.click('node[label = "db"]')
    picture.says("details", "may be reached by (6)")
    picture.says("details", "platform/gateway")


def test_the_whole_shop_is_drawn_with_its_four_namespaces(tour: Notebook) -> None:
    picture = tour.panel(0)
    assert sorted(picture.labels(".box")) == ["orders", "payments", "platform", "storefront"]
    assert len(picture.labels(".workload")) == 17


def test_each_picture_has_the_height_that_was_asked_for(tour: Notebook) -> None:
    heights = [tour.panel(number).graph("cy.container().offsetHeight") for number in (0, 1)]
    assert heights == [640, 420]
