"""The network graph as a person sees it: in JupyterLab, in a browser, with a mouse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Notebook, PanelOnPage

pytestmark = pytest.mark.browser

HAND_MADE = """
from types import SimpleNamespace
from workbench.connectivity.edges import Connection
from workbench.connectivity.engine import Peer
from workbench.panels import NetworkGraphPanel
from workbench.ground.ports import ALL_PORTS, PortSet

EVIL = "<img src=x onerror=\\"document.title='broken into'\\">"

def workload(namespace, name, kind="Deployment"):
    return Peer(f"{namespace}/{name}[{kind}]", namespace, name, kind)

def made_of(peers, connections):
    return SimpleNamespace(peers=lambda _ranges: peers, connections=lambda _ranges: connections)

web, db, lonely = workload("front", "web"), workload("back", "db", "StatefulSet"), workload("back", "lonely", "Pod")
evil = workload("back", EVIL)
clients = Peer("203.0.113.0/24", "", "203.0.113.0/24", "External")
small = made_of(
    [evil, db, lonely, web, clients],
    [
        Connection(clients, web, PortSet.of("TCP", 443)),
        Connection(web, db, PortSet.of("TCP", 5432)),
        Connection(evil, db, ALL_PORTS),
    ],
)
"""
MANY = """
rows = [[workload(f"ns{n:02}", f"w{w:02}") for w in range(10)] for n in range(20)]
links = [Connection(row[0], rows[n + 1][0], ALL_PORTS) for n, row in enumerate(rows[:-1])]
large = made_of([peer for row in rows for peer in row], links)
"""


@pytest.fixture(scope="module")
def page(notebook: Notebook, write_notebook: Callable[..., Path]) -> Notebook:
    """Return a notebook that shows a small map, in which one name is HTML, and a large one below it."""
    cells = (HAND_MADE, MANY, "NetworkGraphPanel(small)", "NetworkGraphPanel(large)")
    notebook.open(write_notebook(*cells))
    notebook.run_all()
    assert notebook.error_outputs == []
    return notebook


@pytest.fixture
def small(page: Notebook) -> PanelOnPage:
    """Return the small map, with everything shown and nothing selected."""
    page.panel(0).show_everything()
    return page.panel(0)


@pytest.fixture
def large(page: Notebook) -> PanelOnPage:
    """Return the large map, with everything shown and nothing selected."""
    page.panel(1).show_everything()
    return page.panel(1)


def test_namespaces_are_boxes_around_their_workloads(small: PanelOnPage) -> None:
    names = "each => [each.data('label'), each.parent().map(box => box.data('label'))[0] ?? null]"
    drawn = dict(small.graph(f"cy.nodes('.workload, .outside').map({names})"))
    assert drawn.pop("203.0.113.0/24") is None
    assert {name: drawn[name] for name in ("web", "db", "lonely")} == {"web": "front", "db": "back", "lonely": "back"}
    assert small.graph("cy.edges().length") == 3


def test_boxes_do_not_overlap(small: PanelOnPage) -> None:
    one, two = small.graph("cy.nodes('.box').map(box => box.boundingBox({includeLabels: false}))")
    beside = one["x2"] < two["x1"] or two["x2"] < one["x1"]
    above = one["y2"] < two["y1"] or two["y2"] < one["y1"]
    assert beside or above


def test_everything_is_in_sight(small: PanelOnPage) -> None:
    assert small.graph(
        """(() => {
            const place = cy.container().getBoundingClientRect();
            return cy.nodes().every(node => {
                const box = node.renderedBoundingBox();
                return box.x1 >= 0 && box.y1 >= 0 && box.x2 <= place.width && box.y2 <= place.height;
            });
        })()"""
    )


def test_a_click_on_a_node_shows_who_may_reach_it(small: PanelOnPage) -> None:
    small.click('node[label = "db"]')
    small.says("details", "may be reached by (2)")
    small.says("details", "front/web")


def test_a_click_on_an_arrow_shows_its_ports(small: PanelOnPage) -> None:
    small.click('edge[label = "TCP 5432"]')
    small.says("details", "TCP 5432")


def test_names_from_a_cluster_are_text_and_never_markup(small: PanelOnPage) -> None:
    small.click("node[label ^= '<img']")
    small.says("details", "<img src=x")
    small.page.locator(".tippy-content", has_text="<img src=x").last.wait_for(timeout=20_000)
    assert small.page.locator("img[src=x]").count() == 0
    assert small.page.title() != "broken into"


def test_a_search_draws_a_new_picture(small: PanelOnPage) -> None:
    field = small.root.get_by_placeholder("part of a name")
    field.fill("lonely")
    field.press("Enter")
    small.says("summary", "showing 1 of 4 workloads")
    assert small.labels(".workload") == ["lonely"]


def test_a_large_cluster_is_one_node_for_each_namespace(large: PanelOnPage) -> None:
    assert len(large.labels(".summary")) == 20


def test_a_namespace_of_a_large_cluster_is_opened_by_a_click(large: PanelOnPage) -> None:
    large.click('node[label ^= "ns03"]')
    large.root.get_by_role("button", name="Open: draw one by one").click()
    large.says("summary", "showing 10 of 200 workloads")
    assert large.labels(".box") == ["ns03"]
    assert large.graph("cy.nodes('.box').children().length") == 10
