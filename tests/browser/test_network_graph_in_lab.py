"""The network graph panel as a person sees it: in JupyterLab, in a browser, with a mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.browser.graph import GraphOnPage
from tests.browser.lab import Lab, Notebook

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

CELLS = (
    "from tests.drawing.maps import SMALL, many\nfrom workbench.panels import NetworkGraphPanel",
    "NetworkGraphPanel(SMALL)",
    "NetworkGraphPanel(many(20, 10))",
)
SMALL, LARGE = 0, 1


@pytest.fixture(scope="module")
def shown(lab: Lab) -> Notebook:
    """Return a notebook that shows a small map, and a large one below it."""
    return lab.open(*CELLS)


@pytest.fixture
def notebook(shown: Notebook) -> Notebook:
    """Return it with everything shown and nothing selected."""
    for number in (SMALL, LARGE):
        panel(shown, number).get_by_role("button", name="Show everything").click()
    return shown


def panel(notebook: Notebook, number: int) -> Locator:
    return notebook.root.locator(".wb-network-panel").nth(number)


def says(notebook: Notebook, number: int, part: str, text: str) -> None:
    """Wait until a part of the panel (``summary``, ``details``) says `text`."""
    panel(notebook, number).locator(f".wb-network-{part}", has_text=text).wait_for(timeout=20_000)


def graph(notebook: Notebook, number: int) -> GraphOnPage:
    return notebook.graph(number)


def test_a_click_on_a_node_shows_who_may_reach_it(notebook: Notebook) -> None:
    graph(notebook, SMALL).click('node[label = "db"]')
    says(notebook, SMALL, "details", "may be reached by (1)")
    says(notebook, SMALL, "details", "front/web")


def test_a_click_on_an_arrow_shows_its_ports(notebook: Notebook) -> None:
    graph(notebook, SMALL).click('edge[label = "TCP 5432"]')
    says(notebook, SMALL, "details", "TCP 5432")


def test_a_search_draws_a_new_picture(notebook: Notebook) -> None:
    field = panel(notebook, SMALL).get_by_placeholder("part of a name")
    field.fill("lonely")
    field.press("Enter")
    says(notebook, SMALL, "summary", "showing 1 of 3 workloads")
    graph(notebook, SMALL).wait("cy.nodes('.workload').length === 1")
    assert graph(notebook, SMALL).labels(".workload") == ["lonely"]


def test_a_large_cluster_is_one_node_for_each_namespace(notebook: Notebook) -> None:
    assert len(graph(notebook, LARGE).labels(".summary")) == 20


def test_a_namespace_of_a_large_cluster_is_opened_by_a_double_click_and_closed_by_another(notebook: Notebook) -> None:
    picture = graph(notebook, LARGE)
    picture.click('node[label ^= "ns03"]', times=2)
    says(notebook, LARGE, "summary", "showing 10 of 200 workloads")
    picture.wait("cy.nodes('.frame').length === 1")
    assert picture.labels(".frame") == ["ns03"]
    assert picture.ask("cy.nodes('.frame').children().length") == 10
    picture.click(".frame", times=2)
    picture.wait("cy.nodes('.frame').length === 0")


def test_a_namespace_is_opened_by_its_button_too(notebook: Notebook) -> None:
    graph(notebook, LARGE).click('node[label ^= "ns03"]')
    panel(notebook, LARGE).get_by_role("button", name="Open: draw one by one").click()
    says(notebook, LARGE, "summary", "showing 10 of 200 workloads")
