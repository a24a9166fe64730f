"""The network graph as a person sees it: in JupyterLab, in a browser, with a mouse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.conftest import Notebook

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

HAND_MADE = """
from types import SimpleNamespace
from workbench.connectivity.result import Connection, Peer
from workbench.panels import NetworkGraphPanel
from workbench.policy.ports import ALL_PORTS, PortSet

EVIL = "<img src=x onerror=\\"document.title='broken into'\\">"

def workload(namespace, name, kind="Deployment"):
    return Peer(f"{namespace}/{name}[{kind}]", namespace, name, kind)

def made_of(peers, connections):
    return SimpleNamespace(peers=lambda: peers, connections=lambda: connections)

web, db, lonely = workload("front", "web"), workload("back", "db", "StatefulSet"), workload("back", "lonely", "Pod")
evil = workload("back", EVIL)
clients = Peer("203.0.113.0-203.0.113.255[External]", "", "203.0.113.0-203.0.113.255", "External")
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


@pytest.fixture
def small(notebook: Notebook, write_notebook: Callable[..., Path]) -> Notebook:
    """Return a notebook that shows five peers, one of which has a name that is HTML."""
    notebook.open(write_notebook(HAND_MADE, "panel = NetworkGraphPanel(small)\npanel"))
    notebook.run_all()
    return notebook


@pytest.fixture
def large(notebook: Notebook, write_notebook: Callable[..., Path]) -> Notebook:
    """Return a notebook that shows 200 workloads in 20 namespaces."""
    notebook.open(write_notebook(HAND_MADE, MANY, "panel = NetworkGraphPanel(large)\npanel"))
    notebook.run_all()
    return notebook


def details(notebook: Notebook, text: str) -> None:
    """Wait until the details say `text`."""
    notebook.page.locator(".wb-network-details", has_text=text).wait_for(timeout=20_000)


def test_namespaces_are_boxes_around_their_workloads(small: Notebook) -> None:
    assert small.error_outputs == []
    names = "each => [each.data('label'), each.parent().map(box => box.data('label'))[0] ?? null]"
    drawn = dict(small.graph(f"cy.nodes('.workload, .outside').map({names})"))
    assert drawn.pop("203.0.113.0/24") is None
    assert {name: drawn[name] for name in ("web", "db", "lonely")} == {"web": "front", "db": "back", "lonely": "back"}
    assert small.graph("cy.edges().length") == 3


def test_boxes_do_not_overlap_and_everything_is_in_sight(small: Notebook) -> None:
    boxes = small.graph("cy.nodes('.box').map(box => box.boundingBox({includeLabels: false}))")
    first, second = boxes
    assert (
        first["x2"] < second["x1"]
        or second["x2"] < first["x1"]
        or first["y2"] < second["y1"]
        or second["y2"] < first["y1"]
    )
    assert small.graph(
        """(() => {
            const place = cy.container().getBoundingClientRect();
            return cy.nodes().every(node => {
                const box = node.renderedBoundingBox();
                return box.x1 >= 0 && box.y1 >= 0 && box.x2 <= place.width && box.y2 <= place.height;
            });
        })()"""
    )


def test_a_click_on_a_node_shows_who_may_reach_it(small: Notebook) -> None:
    small.click('node[label = "db"]')
    details(small, "may be reached by (2)")
    details(small, "front/web")


def test_a_click_on_an_arrow_shows_its_ports(small: Notebook) -> None:
    small.click('edge[label = "TCP 5432"]')
    details(small, "TCP 5432")


def test_names_from_a_cluster_are_text_and_never_markup(small: Notebook) -> None:
    small.click("node[label ^= '<img']")
    details(small, "<img src=x")
    small.page.locator(".tippy-content", has_text="<img src=x").wait_for(timeout=20_000)
    assert small.page.locator("img[src=x]").count() == 0
    assert small.page.title() != "broken into"


def test_a_search_draws_a_new_picture_without_an_error(small: Notebook) -> None:
    small.graph("cy.nodes().length")
    field = small.page.locator("input[placeholder='part of a name']")
    field.fill("lonely")
    field.press("Enter")
    small.page.locator(".wb-network-summary", has_text="showing 1 of 4 workloads").wait_for(timeout=20_000)
    assert small.graph("cy.nodes('.workload').map(each => each.data('label'))") == ["lonely"]


def test_a_namespace_of_a_large_cluster_is_opened_by_a_click(large: Notebook) -> None:
    assert large.error_outputs == []
    assert large.graph("cy.nodes('.summary').length") == 20
    large.click('node[label ^= "ns03"]')
    large.page.get_by_role("button", name="Open: draw one by one").click()
    large.page.locator(".wb-network-summary", has_text="showing 10 of 200 workloads").wait_for(timeout=20_000)
    assert large.graph("cy.nodes('.box').map(each => each.data('label'))") == ["ns03"]
    assert large.graph("cy.nodes('.box').children().length") == 10
