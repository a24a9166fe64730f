"""The tour as a person takes it: opened in JupyterLab, run from top to bottom, clicked on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab, Notebook

pytestmark = pytest.mark.browser

WORKBENCH, DATABASE, CHANGE = range(3)
"""The pictures of the tour, from top to bottom."""


@pytest.fixture(scope="module")
def tour(lab: Lab, project: Path) -> Notebook:
    """Return the tour after its last cell has run, in a folder of its own."""
    shutil.copytree(project / "notebooks", lab.server.folder / "notebooks", dirs_exist_ok=True)
    return lab.open_file(lab.server.folder / "notebooks" / "00_tour.ipynb")


def test_the_workbench_keeps_to_what_the_cells_asked_for(tour: Notebook) -> None:
    chosen = "cy.nodes('.workload').filter(node => !node.hasClass('stub')).map(node => node.data('label'))"
    names = set(tour.graph(WORKBENCH).ask(chosen))
    assert names >= {"gateway", "mailer", "prometheus", "api", "db"}
    assert "web" not in names
    assert "left out by the filters" in tour.root.locator(".nw-sentences").first.inner_text()


def test_nothing_waited_for_what_only_a_new_notebook_needs(tour: Notebook) -> None:
    """To import it takes longer than all that panels need."""
    assert tour.python("import sys; print({'jsonschema', 'jupyterlab'} & {*sys.modules})") == "set()"


def test_a_click_in_a_picture_of_the_same_scope_selects_in_the_workbench(tour: Notebook) -> None:
    tour.graph(DATABASE).click('node[label = "db"]')
    expect(tour.root.locator(".nw-side .nw-subject", has_text="db")).to_be_visible()
    assert tour.python("print(workbench.state.selection.workloads)") == "('payments/db[StatefulSet]',)"


def test_the_change_is_three_arrows(tour: Notebook) -> None:
    assert tour.graph(CHANGE).ask("cy.edges().length") == 3


def test_the_whole_shop_is_shown_once_the_filters_are_gone(tour: Notebook, screenshot: Callable[[str], Path]) -> None:
    tour.python("graph.reset()")
    picture = tour.graph(WORKBENCH)
    picture.wait("cy.nodes('.workload').length === 18")
    screenshot("tour")
    assert sorted(picture.labels(".frame")) == ["kube-system", "orders", "payments", "platform", "storefront"]
