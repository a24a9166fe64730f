"""The side panel as a person sees it: in JupyterLab, 340 pixels wide, with a keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.lab import Lab, Notebook
from tests.browser.panel import focus

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser

START = (
    "import ipywidgets as widgets\n"
    "from workbench import load_manifests\n"
    "from workbench.flows import load_flows\n"
    "from workbench.ground import sample_path\n"
    "from workbench.panels import DetailsPanel\n"
    "cluster = load_manifests([sample_path('shop'), sample_path('flows') / 'cluster.json'])\n"
    "flows = load_flows(sample_path('flows') / 'hubble.jsonl.gz', cluster=cluster)\n"
    "panel = DetailsPanel(cluster, flows)"
)
CELLS = (
    START,
    "widgets.Box([panel.view], layout=widgets.Layout(width='340px', display='block')).add_class('narrow')",
)
TABS = {"flows": "Flows", "policies": "Policies", "why": "Why", "about": "Details"}
SELECTIONS = {
    "workload": "panel.state.selection.select_workload('payments/db[StatefulSet]')",
    "edge": "panel.state.selection.select_edge('platform/gateway[Deployment]', 'payments/db[StatefulSet]')",
    "namespace": "panel.state.selection.clear(); panel.state.selection.namespaces = ('payments',)",
}


@pytest.fixture(scope="module")
def shown(lab: Lab) -> Notebook:
    return lab.open(*CELLS, size=(1366, 1400))


def box(notebook: Notebook) -> Locator:
    return notebook.root.locator(".nw-details").first


def show(notebook: Notebook, what: str, tab: str) -> None:
    """Select something, and turn to a tab."""
    notebook.python(f"{SELECTIONS[what]}\npanel.state.tab = {tab!r}")
    selected = box(notebook).get_by_role("tab", name=TABS[tab], exact=True, selected=True)
    expect(selected).to_be_visible()


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("what", SELECTIONS)
def test_each_tab_fits_its_width(shown: Notebook, screenshot: Callable[[str], None], what: str, tab: str) -> None:
    show(shown, what, tab)
    narrow = shown.root.locator(".narrow").first
    narrow.scroll_into_view_if_needed()
    wide = narrow.evaluate("box => [box.scrollWidth, box.clientWidth]")
    screenshot(f"details-{what}-{tab}")
    assert wide[0] <= wide[1]


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_can_be_used_by_everyone(shown: Notebook, axe: Callable[[str], list[str]], tab: str) -> None:
    show(shown, "workload", tab)
    assert axe(".nw-details") == []


def test_tabs_are_turned_and_a_connection_is_opened_by_the_keyboard(shown: Notebook) -> None:
    show(shown, "workload", "flows")
    focus(box(shown).get_by_role("tab", name="Flows", exact=True))
    shown.page.keyboard.press("ArrowRight")
    shown.page.keyboard.press("Enter")
    expect(box(shown).get_by_role("tab", name="Policies", exact=True, selected=True)).to_be_visible()
    assert shown.python("print(panel.state.tab)") == "policies"
    show(shown, "workload", "flows")
    focus(box(shown).get_by_role("button", name="Open"))
    shown.page.keyboard.press("Enter")
    expect(box(shown).locator(".nw-subject", has_text="connection")).to_be_visible()
    assert shown.python("print(panel.state.subject.kind)") == "connection"
