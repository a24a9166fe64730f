"""Baselines as a person decides on them in JupyterLab: by clicks and by keys, with the graph beside."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import DARK, LAPTOP, LIGHT, Lab, Notebook
from tests.browser.panel import PanelOnPage, focus
from workbench.drawing import TRAFFIC, Traffic
from workbench.ground import sample_path

pytestmark = pytest.mark.browser

CELLS = (
    """
from workbench import load_manifests, sample_path
from workbench.flows import load_flows
from workbench.panels import Workbench
cluster = load_manifests([sample_path("shop"), sample_path("flows/cluster.json")])
flows = load_flows(sample_path("flows/hubble.jsonl.gz"), cluster=cluster)
""",
    "workbench = Workbench(cluster, flows, tab='baseline')\nworkbench",
)
DATABASE, MAILER = "payments/db[StatefulSet]", "platform/mailer[Deployment]"
ANEW = """
scope = workbench.state.scope
while scope.undo() is not None:
    pass
scope.replace(cluster, flows)
scope.selection.clear()
workbench.state.tab = 'baseline'
state = workbench.panels['baseline'].state
state.reset(); state.choose(); state.since, state.why, state.section, state.period = None, '', 'baseline', '2 days'
"""


COLOUR = bytes.fromhex(TRAFFIC.stroke(Traffic.ANOMALOUS).color.removeprefix("#"))
DRAWN_SO = f"cy.edges().filter(each => each.style('line-color') === 'rgb({','.join(map(str, COLOUR))})').length"
"""How many arrows have the style of what is in no baseline."""
TALL = (LAPTOP[0], 1300)


class Shown(PanelOnPage):
    """The panel on the page."""

    def __init__(self, notebook: Notebook) -> None:
        self.workbench = PanelOnPage(notebook, notebook.root.locator(".nw-panel", has=notebook.page.locator(".nw-top")))
        panel = self.workbench.root.locator(".nw-panel", has=notebook.page.locator(".nw-sections"))
        super().__init__(notebook, panel)

    def section(self, words: str) -> Locator:
        self.notebook.answered()
        return self.root.locator(".nw-sections").get_by_role("button").filter(has_text=re.compile(rf"^{words}( \(|$)"))

    def says(self, text: str) -> None:
        expect(self.root.get_by_role("status").filter(has_text=text).first).to_be_visible()

    def learn(self) -> None:
        self.button("Learn").click()
        self.says("learnt from flows until 2026-11-19")

    def search(self, text: str) -> None:
        self.field("Name").fill(text)
        self.field("Name").press("Enter")

    def turn_to(self, title: str) -> None:
        self.workbench.turn_to(title)


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Notebook:
    return lab.open(*CELLS)


@pytest.fixture
def shown(notebook: Notebook, theme: str) -> Iterator[Shown]:
    """Return the panel as it is before anything is learnt."""
    notebook.lab.theme(theme)
    assert notebook.python(ANEW) == ""
    found = Shown(notebook)
    found.says("no baselines yet")
    yield found
    assert notebook.error_outputs == []


def test_a_flow_that_is_marked_moves_and_the_graph_changes(shown: Shown, notebook: Notebook) -> None:
    shown.learn()
    shown.search("platform/gateway")
    shown.field("Port").fill("5432")
    shown.field("Port").press("Enter")
    expect(shown.rows()).to_have_count(2)
    shown.rows(DATABASE, "ingress", "5432").click()
    shown.field("Reason").fill("their trial is over")
    shown.button("Mark as anomalous").click()
    shown.says("their trial is over.")
    expect(shown.rows(DATABASE, "ingress", "5432")).to_have_count(0)
    shown.section("Anomalous").click()
    expect(shown.rows(DATABASE, "ingress", "5432", "yes")).to_have_count(1)
    shown.turn_to("Network")
    graph = notebook.graph()
    graph.wait(f"{DRAWN_SO} === 1")
    shown.turn_to("Baselines")
    shown.button("Undo").click()
    shown.says("undoes decision")
    expect(shown.rows(DATABASE, "ingress", "5432", "yes")).to_have_count(0)
    shown.turn_to("Network")
    graph = notebook.graph()
    graph.wait(f"{DRAWN_SO} === 0")


def test_the_next_day_shows_violations_of_what_is_locked(
    shown: Shown, notebook: Notebook, screenshot: Callable[[str], None]
) -> None:
    shown.learn()
    shown.field("Namespace").select_option("payments")
    shown.says("namespace payments: 4 baselines")
    shown.button("Alert on violations").click()
    shown.says("4 protect")
    shown.turn_to("Flows")
    path = sample_path("flows/next-day.hubble.jsonl.gz")
    shown.workbench.field("Recordings").fill(str(path))
    shown.workbench.button("Read").click()
    expect(shown.workbench.root.locator(".nw-timeline:visible").first).to_contain_text("2026-11-20")
    shown.turn_to("Baselines")
    shown.section("Violations").click()
    expect(shown.section("Violations")).to_contain_text("(11)")
    expect(shown.rows("error", "payments/fraud")).to_have_count(1)
    expect(shown.rows("error", f"{MAILER} connected to")).to_have_count(1)
    screenshot("baselines-violations")
    with notebook.page.expect_download() as download:
        shown.button("sarif").click()
    assert download.value.suggested_filename == "violations.sarif"


def test_rows_are_chosen_and_marked_by_keys_alone(shown: Shown, notebook: Notebook) -> None:
    shown.learn()
    shown.search("payments/fraud")
    expect(shown.rows()).to_have_count(2)
    press = notebook.page.keyboard.press
    focus(shown.rows().first)
    press("Enter")
    press("ArrowDown")
    press("Enter")
    expect(shown.root.get_by_text("2 rows selected")).to_be_visible()
    press("Enter")
    expect(shown.root.get_by_text("1 row selected")).to_be_visible()
    press("ArrowUp")
    press(" ")
    expect(shown.root.get_by_text("none selected")).to_be_visible()
    press(" ")
    expect(shown.root.get_by_text("1 row selected")).to_be_visible()
    focus(shown.button("Mark as anomalous"))
    press("Enter")
    shown.says("1 flow marked as anomalous")


def test_everything_that_filters_leave_is_added_at_once(shown: Shown) -> None:
    shown.learn()
    shown.section("Anomalous").click()
    shown.search("storefront/search")
    expect(shown.rows()).to_have_count(2)
    shown.button("Select all").click()
    expect(shown.root.get_by_text("2 rows selected")).to_be_visible()
    shown.button("Add to baseline").click()
    shown.says("2 flows added to the baseline")
    expect(shown.rows()).to_have_count(0)


SECTIONS = {
    "Baseline flows": "flows",
    "Baselines": "baselines",
    "Anomalous": "flows",
    "Violations": "0 violations",
    "How sure": "baselines",
    "History": "decisions",
    "New": "0 flows",
}
"""Each after one that counts something else, so that it is seen when its rows are there."""


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_every_section_can_be_read(
    shown: Shown, notebook: Notebook, axe: Callable[[str], list[str]], screenshot: Callable[[str], None], theme: str
) -> None:
    notebook.resize(TALL)
    shown.learn()
    for section, counted in SECTIONS.items():
        shown.section(section).click()
        expect(shown.section(section)).to_have_class(re.compile("mod-active"))
        expect(shown.root.locator(".nw-count:visible")).to_contain_text(counted)
        shown.root.scroll_into_view_if_needed()
        screenshot(f"baselines-{section.lower().replace(' ', '-')}-{'dark' if theme == DARK else 'light'}")
        assert axe(".nw-panel:has(.nw-sections)") == []
    notebook.resize(LAPTOP)


def test_a_saved_notebook_shows_how_things_stand(shown: Shown, notebook: Notebook, lab: Lab) -> None:
    shown.learn()
    shown.section("Anomalous").click()
    saved = notebook.root.locator(".nw-static")
    expect(saved).to_contain_text("18 baselines")
    expect(saved).to_contain_text("Anomalous (")
    lab.command("docmanager:save")
    again = lab.reopened(notebook)
    expect(again.root.locator(".nw-static")).to_be_visible()
    expect(again.root.locator(".nw-static")).to_contain_text("18 baselines")
