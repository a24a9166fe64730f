"""The network graph panel as a person sees it: in JupyterLab, in a browser, with a mouse and with keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.graph import GraphOnPage
from tests.browser.lab import Lab, Notebook

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

CELLS = (
    "from tests.panels.graph.clusters import chain, small\nfrom workbench.panels import NetworkGraphPanel",
    "first = NetworkGraphPanel(small(), outside=False)\nfirst",
    "second = NetworkGraphPanel(chain(20, 10), outside=False, details=False)\nsecond",
)
SMALL, LARGE = 0, 1
NAMES = ("first", "second")


@pytest.fixture(scope="module")
def shown(lab: Lab) -> Notebook:
    """Return a notebook that shows a small cluster, and a large one below it."""
    return lab.open(*CELLS)


@pytest.fixture
def notebook(shown: Notebook) -> Notebook:
    """Return it with everything shown and nothing selected."""
    for name in NAMES:
        shown.lab.run_python(f"{name}.state.reset(); {name}.state.opened = (); {name}.state.selection.clear()")
    return shown


def panel(notebook: Notebook, number: int) -> Locator:
    return notebook.root.locator(".nw-panel:has(.nw-canvas)").nth(number)


def says(notebook: Notebook, number: int, text: str) -> None:
    """Wait until the panel says how much is drawn."""
    expect(panel(notebook, number).locator(".nw-sentences", has_text=text)).to_be_visible()


def asked(notebook: Notebook, expression: str) -> str:
    """Return what Python answers."""
    return notebook.lab.run_python(f"print({expression})").strip()


def test_a_click_on_a_node_selects_it_and_shows_its_details(notebook: Notebook) -> None:
    notebook.graph(SMALL).click('node[label = "db"]')
    expect(panel(notebook, SMALL).locator(".nw-subject", has_text=re.compile("back/.*db"))).to_be_visible()
    assert asked(notebook, "first.state.selection.workloads") == "('back/db[Pod]',)"


def test_a_click_on_an_arrow_selects_its_ends(notebook: Notebook) -> None:
    notebook.graph(SMALL).click('edge[label = "TCP 5432"]')
    expect(panel(notebook, SMALL).locator(".nw-subject", has_text=re.compile("web.*→.*db|web.*db"))).to_be_visible()
    assert asked(notebook, "first.state.selection.edge") == "('front/web[Pod]', 'back/db[Pod]')"


def test_a_search_draws_a_new_picture_and_says_what_it_leaves_out(notebook: Notebook) -> None:
    field = panel(notebook, SMALL).get_by_placeholder("part of a name")
    field.fill("lonely")
    field.press("Enter")
    says(notebook, SMALL, "left out by the filters")
    notebook.graph(SMALL).wait("cy.nodes('.workload').length === 1")
    sentence = panel(notebook, SMALL).locator(".nw-hidden").first
    expect(sentence).to_have_text(asked(notebook, "first.state.picture.missing[0]"))


def test_a_large_cluster_is_one_node_for_each_namespace(notebook: Notebook) -> None:
    assert len(notebook.graph(LARGE).labels(".summary")) == 20


def test_a_namespace_of_a_large_cluster_is_opened_by_a_double_click_and_closed_by_another(notebook: Notebook) -> None:
    picture: GraphOnPage = notebook.graph(LARGE)
    picture.click('node[label ^= "ns03"]', times=2)
    says(notebook, LARGE, "Showing 10 of 200 workloads")
    picture.wait("cy.nodes('.frame').length === 1")
    assert picture.labels(".frame") == ["ns03"]
    assert picture.ask("cy.nodes('.frame').children().length") == 10
    picture.click(".frame", times=2)
    picture.wait("cy.nodes('.frame').length === 0")


def test_a_namespace_is_opened_by_its_button_too(notebook: Notebook) -> None:
    notebook.graph(LARGE).click('node[label ^= "ns03"]')
    panel(notebook, LARGE).get_by_role("button", name="Open: draw one by one").click()
    says(notebook, LARGE, "Showing 10 of 200 workloads")


def test_all_filters_are_one_click_away_and_each_reaches_python(notebook: Notebook) -> None:
    place = panel(notebook, SMALL)
    place.get_by_role("button", name=re.compile("^Filters")).click()
    port = place.locator(".nw-filter-port input")
    port.fill("udp 53")
    port.press("Enter")
    says(notebook, SMALL, "left out by the filters")
    assert asked(notebook, "first.state.port") == "udp 53"
    place.locator(".nw-filter-namespaces select").select_option(label="back")
    notebook.graph(SMALL).wait("cy.nodes('.frame').length >= 1")
    assert asked(notebook, "first.state.namespaces") == "('back',)"
    place.get_by_role("button", name="Show everything").click()
    says(notebook, SMALL, "Showing 3 of 3 workloads")
    place.get_by_role("button", name=re.compile("^Filters")).click()


def test_the_table_below_has_what_is_drawn(notebook: Notebook) -> None:
    place = panel(notebook, SMALL)
    place.get_by_role("button", name="what is drawn", exact=True).click()
    table = place.locator(".nw-graph-table")
    expect(table.locator(".nw-count", has_text="connection")).to_be_visible()
    expect(table.locator("tbody tr")).to_have_count(int(asked(notebook, "len(first.state.shown_edges())")))
    place.get_by_role("button", name="no table", exact=True).click()


def test_the_picture_is_saved_as_a_file(notebook: Notebook) -> None:
    with notebook.lab.page.expect_download() as found:
        panel(notebook, SMALL).get_by_role("button", name="picture (SVG)").click()
    assert found.value.suggested_filename == "network-graph.svg"
    assert "<svg" in found.value.path().read_text(encoding="utf-8")
