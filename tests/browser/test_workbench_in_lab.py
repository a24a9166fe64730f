"""The workbench as a person uses it in JupyterLab: its tabs, its sources, long work, and its cell run again."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import DARK, LAPTOP, LIGHT, Lab, Notebook
from tests.browser.panel import PanelOnPage, focus
from workbench.ground import sample_path
from workbench.panels.details import details_tabs
from workbench.panels.frame import tabs

pytestmark = pytest.mark.browser

CELL = "from workbench import Workbench\n\nworkbench = Workbench.sample(tab='connectivity')\nworkbench"
SAMPLE, OWN = "shop (sample)", "own"
POD = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: front}
spec: {containers: [{name: web}]}
"""
DATABASE, GATEWAY = "payments/db[StatefulSet]", "platform/gateway[Deployment]"
SELECT = {
    "workload": f"workbench.state.selection.select_workload({DATABASE!r})",
    "edge": f"workbench.state.selection.select_edge({GATEWAY!r}, {DATABASE!r})",
    "namespace": "workbench.state.selection.namespaces = ('payments',)",
    "nothing": "",
}
SELECTED = {"workload": "payments/db", "edge": "→", "namespace": "payments", "nothing": "Nothing is selected"}
COUNT = "from ipywidgets.widgets.widget import _instances\nprint(len(_instances))"
MANY_FLOWS = """
import gzip, json
from workbench.ground import sample_path
lines = gzip.decompress(sample_path("flows/hubble.jsonl.gz").read_bytes()).decode().splitlines()
with open("many.jsonl", "w") as file:
    for day in range(1, 29):
        for line in lines:
            file.write(line.replace("2026-11-", f"20{day:02}-11-") + "\\n")
"""


class Shown(PanelOnPage):
    """The workbench on the page."""

    def __init__(self, notebook: Notebook) -> None:
        super().__init__(notebook, notebook.root.locator(".nw-panel", has=notebook.page.locator(".nw-top")))

    @property
    def says(self) -> Locator:
        """The line above the tabs."""
        return self.root.locator(".nw-top .nw-says")

    @property
    def side(self) -> Locator:
        """What is told of what is selected."""
        return self.root.locator(".nw-side")

    def drawn(self) -> None:
        """Wait until the picture stands still, where one is in sight."""
        self.notebook.answered()
        if self.root.locator(".nw-canvas:visible").count():
            self.notebook.graph().settle()

    @property
    def clusters(self) -> Locator:
        """The drop-down."""
        self.notebook.answered()
        return self.root.get_by_label("Cluster", exact=True)

    def turn_to(self, title: str) -> None:
        """Click on a tab, and wait until its panel is there."""
        super().turn_to(title)
        expect(self.root.locator(".widget-tab-contents .nw-panel:visible").first).to_be_visible()

    def ask(self, src: str, dst: str, port: str = "") -> None:
        """Fill in the form of the first question, and press its button."""
        self.turn_to("Questions")
        for label, text in (("From", src), ("To", dst), ("Port", port)):
            self.field(label).fill(text)
            self.field(label).press("Tab")
        self.button("Ask").click()

    def form(self, *, shown: bool = True) -> None:
        """Show or fold the form that opens sources."""
        if self.field("Manifests").is_visible() != shown:
            self.button("Open …").click()
        expect(self.field("Manifests")).to_be_visible(visible=shown)

    def choose(self, *files: Path, button: str) -> None:
        """Press an upload button, and choose files."""
        self.notebook.answered()
        with self.notebook.page.expect_file_chooser() as chooser:
            self.root.get_by_role("button", name=button).click()
        chooser.value.set_files(files)


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Notebook:
    (lab.server.folder / OWN).mkdir(exist_ok=True)
    (lab.server.folder / OWN / "web.yaml").write_text(POD)
    return lab.open(CELL)


@pytest.fixture
def shown(notebook: Notebook, theme: str) -> Iterator[Shown]:
    """Return the workbench with the sample, on its second tab, and with nothing selected."""
    notebook.lab.theme(theme)
    notebook.python(
        f"workbench.state.chosen = {SAMPLE!r}; workbench.state.tab = 'connectivity'\n"
        "workbench.state.selection.clear(); workbench.state.selection.namespaces = ()\n"
        "workbench.state.shows_opening = False"
    )
    found = Shown(notebook)
    expect(found.says).to_contain_text("18 workloads")
    yield found
    assert notebook.error_outputs == []


# --- tabs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("title", [tab.title for tab in tabs()])
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_axe_finds_nothing_serious_in_any_tab(
    shown: Shown,
    axe: Callable[[str], list[str]],
    screenshot: Callable[[str], None],
    title: str,
    theme: str,
) -> None:
    shown.turn_to(title)
    shown.drawn()
    screenshot(f"workbench-{title}-{theme}".replace(" ", "-").lower())
    assert axe(".nw-panel") == []


@pytest.mark.parametrize("opened", ["filters", "all connections"])
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_axe_finds_nothing_serious_in_the_network_tab_with_all_that_it_can_open(
    shown: Shown, axe: Callable[[str], list[str]], opened: str
) -> None:
    shown.turn_to("Network")
    shown.drawn()
    button = shown.root.get_by_role("button", name=re.compile(opened, re.IGNORECASE)).first
    button.click()
    if opened == "all connections":
        expect(shown.root.locator(".nw-graph-table tbody tr").first).to_be_visible()
    found = axe(".nw-panel")
    shown.root.get_by_role("button", name="no table", exact=True).click() if "all" in opened else button.click()
    assert found == []


@pytest.mark.parametrize("what", ["workload", "edge", "namespace", "nothing"])
@pytest.mark.parametrize("title", [tab.title for tab in details_tabs()])
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_axe_finds_nothing_serious_in_what_is_told_of_what_is_selected(
    shown: Shown, axe: Callable[[str], list[str]], title: str, what: str
) -> None:
    shown.notebook.python(SELECT[what])
    tab = shown.side.get_by_role("tab", name=title, exact=True)
    tab.click()
    expect(tab).to_have_attribute("aria-selected", "true")
    expect(shown.side.locator(".nw-subject")).to_contain_text(SELECTED[what])
    assert axe(".nw-side") == []


def test_what_is_asked_in_one_tab_is_selected_in_all(shown: Shown, notebook: Notebook) -> None:
    shown.ask("platform/gateway", "payments/db", "5432")
    expect(shown.root.locator(".nw-verdict")).to_have_text("✓ allowed")
    expect(shown.says).to_contain_text("Selected: platform/gateway[Deployment] → payments/db[StatefulSet]")
    shown.button("Clear selection").click()
    expect(shown.says).not_to_contain_text("Selected")
    assert notebook.python("print(workbench.state.selection.edge)") == "None"


def test_an_explanation_is_shown_in_its_lines(shown: Shown) -> None:
    shown.ask("platform/gateway", "payments/db", "5432")
    lines = shown.root.locator(".nw-answer pre")
    expect(lines).to_contain_text("NetworkPolicy payments/db allows TCP 5432")
    assert len(lines.inner_text().splitlines()) > 4


def test_a_question_about_a_workload_that_is_not_there_is_an_error_where_it_was_asked(shown: Shown) -> None:
    shown.ask("nowhere/web", "payments/db")
    error = shown.root.locator(".widget-tab-contents").get_by_role("alert")
    expect(error).to_contain_text("nowhere/web")
    shown.field("From").fill("platform/gateway")
    shown.button("Ask").click()
    expect(error).to_have_count(0)


def test_ask_whether_a_database_may_be_reached_without_a_mouse(shown: Shown) -> None:
    keys = Keys(shown)
    keys.turn_to(shown.root.get_by_role("tab", name="Questions").first)
    for text in ("platform/gateway", "payments/db"):
        keys.tab_to("input")
        keys.type(text)
    keys.tab_to("button", "Ask")
    keys.press("Enter")
    expect(shown.root.get_by_role("status").filter(has_text="may reach payments/db")).to_be_visible()


def test_find_a_database_see_who_may_reach_it_and_why_without_a_mouse(shown: Shown, notebook: Notebook) -> None:
    keys = Keys(shown)
    keys.turn_to(shown.root.get_by_role("tab", name="Network"))
    shown.drawn()
    keys.tab_to("input")
    keys.type("payments/db")
    keys.press("Enter")
    picture = notebook.graph()
    picture.wait("!cy.nodes('.workload').some(node => node.data('label') === 'web')")
    picture.settle()
    # In the picture, which begins with its namespaces: every node in turn, until its words are those of the database.
    keys.tab_to("div", role="application")
    keys.press("Tab")
    for _ in range(30):
        if "payments/db" in picture.live and "StatefulSet" in picture.live:
            break
        keys.press("PageDown")
    keys.press("Enter")
    expect(shown.side.locator(".nw-subject")).to_contain_text("payments/db[StatefulSet]")
    # Beside it: who may reach it, by the table of the tab Flows.
    keys.press("Escape")
    keys.turn_to(shown.side.get_by_role("tab", name="Flows", exact=True))
    keys.tab_to("tr")
    for _ in range(30):
        if "platform/gateway" in keys.here:
            break
        keys.press("ArrowDown")
    keys.press("Enter")
    expect(shown.side.locator(".nw-subject")).to_contain_text("platform/gateway[Deployment] → payments/db")
    # And why.
    keys.turn_to(shown.side.get_by_role("tab", name="Why", exact=True))
    expect(shown.side.locator(".nw-place:visible", has_text=re.compile(r"\.yaml:\d+")).first).to_be_visible()
    expect(shown.side.locator(".widget-tab-contents")).to_contain_text("NetworkPolicy payments/db")


class Keys:
    """A person without a mouse: whatever has the focus is reached by keys, from the first tab of the workbench on."""

    def __init__(self, shown: Shown) -> None:
        self.notebook, self.page = shown.notebook, shown.notebook.page
        self.type = self.page.keyboard.type
        focus(shown.root.get_by_role("tab").first)

    def press(self, key: str) -> None:
        """Press a key, once what the one before brought about is on the page."""
        self.notebook.answered()
        self.page.keyboard.press(key)

    @property
    def here(self) -> str:
        """The text of what has the focus."""
        text: str = self.page.evaluate("document.activeElement.textContent")
        return text

    def tab_to(self, kind: str, text: str = "", *, role: str = "") -> None:
        """Press Tab until what has the focus is of a kind, and says `text`."""
        for _ in range(60):
            self.press("Tab")
            found = self.page.evaluate(
                "(({localName, textContent, role}) => [localName, textContent, role ?? ''])(document.activeElement)"
            )
            if found[0] == kind and text in found[1] and role in {"", found[2]}:
                return
        message = f"no {kind} {text!r} is reached by Tab"
        raise AssertionError(message)

    def turn_to(self, tab: Locator) -> None:
        """Go to the bar of a tab by Tab, along it by arrows, and choose the tab."""
        for key in ("Tab", "ArrowRight"):
            for _ in range(60):
                is_there = "(tab, isBar) => (isBar ? tab.parentElement : tab).contains(document.activeElement)"
                if tab.evaluate(is_there, key == "Tab"):
                    break
                self.press(key)
        self.press("Enter")
        expect(tab).to_have_attribute("aria-selected", "true")


# --- the graph within -------------------------------------------------------------------------------

SMALLEST_LABEL = """Math.min(...cy.elements().filter(each => each.data('label'))
    .map(each => parseFloat(each.style('font-size')) * cy.zoom()))"""
"""In pixels of the screen: of nodes, frames and arrows."""
READABLE = 11


@pytest.mark.parametrize("width", [LAPTOP[0], 900])
def test_every_label_of_the_sample_can_be_read_on_a_laptop_and_on_a_narrow_page(
    shown: Shown, notebook: Notebook, screenshot: Callable[[str], None], width: int
) -> None:
    notebook.resize((width, LAPTOP[1]))
    shown.turn_to("Network")
    graph = notebook.graph()
    graph.host.scroll_into_view_if_needed()
    graph.wait(f"{SMALLEST_LABEL} >= {READABLE}")
    assert graph.ask(SMALLEST_LABEL) >= READABLE
    screenshot(f"workbench-network-{width}")
    notebook.resize(LAPTOP)


def test_full_width_moves_what_stands_beside_the_tabs_below_them(shown: Shown, notebook: Notebook) -> None:
    shown.turn_to("Network")
    graph = notebook.graph()
    graph.host.scroll_into_view_if_needed()
    graph.settle()
    side, tabs_ = shown.root.locator(".nw-side"), shown.root.locator(".nw-beside > .widget-tab")
    narrow = tabs_.bounding_box()
    assert narrow is not None
    shown.button("Full width").click()
    graph.wait("cy.width() > 1000")
    wide, below = tabs_.bounding_box(), side.bounding_box()
    assert wide is not None
    assert below is not None
    assert wide["width"] > narrow["width"] + 200
    assert below["y"] >= wide["y"] + wide["height"]
    shown.turn_to("Questions")
    beside = side.bounding_box()
    assert beside is not None
    assert beside["y"] < wide["y"] + wide["height"]
    shown.turn_to("Network")
    shown.button("Full width").click()
    graph.wait("cy.width() < 1000")


# --- sources -----------------------------------------------------------------------------------------


def test_a_folder_is_opened_by_its_path_and_clusters_are_switched_by_the_drop_down(
    shown: Shown, notebook: Notebook
) -> None:
    shown.form()
    shown.field("Manifests").fill(OWN)
    shown.button("Open").click()
    expect(shown.says).to_contain_text("own: 1 workload, 1 namespace")
    expect(shown.field("Manifests")).to_be_hidden()
    shown.clusters.select_option(SAMPLE)
    expect(shown.says).to_contain_text("18 workloads")
    shown.clusters.select_option(OWN)
    expect(shown.says).to_contain_text("1 workload,")
    assert notebook.python("print(len(workbench.state.scope.cluster.workloads))") == "1"


def test_a_path_that_is_not_there_is_an_error_in_the_form(shown: Shown, screenshot: Callable[[str], None]) -> None:
    shown.form()
    shown.field("Manifests").fill("nowhere/at/all")
    shown.button("Open").click()
    expect(shown.root.get_by_role("alert")).to_contain_text("nowhere/at/all")
    screenshot("workbench-error")


def test_manifests_are_uploaded(shown: Shown, tmp_path: Path) -> None:
    (tmp_path / "sent.yaml").write_text(POD)
    shown.form()
    shown.choose(tmp_path / "sent.yaml", button="Upload manifests")
    expect(shown.says).to_contain_text("sent.yaml: 1 workload")


def test_recordings_are_uploaded(shown: Shown, notebook: Notebook, tmp_path: Path) -> None:
    notebook.python("workbench.state.scope.flows = None")
    shown.turn_to("Flows")
    expect(shown.root.locator(".nw-empty", has_text="No flows were read yet")).to_be_visible()
    copied = shutil.copy(sample_path("flows/hubble.jsonl.gz"), tmp_path)
    shown.choose(Path(copied), button="Upload")
    expect(shown.root.locator(".nw-timeline:visible").first).to_be_visible()
    assert notebook.python("print(workbench.state.scope.flows is not None)") == "True"


def test_long_work_shows_how_far_it_is_and_is_stopped_by_its_button(shown: Shown, notebook: Notebook) -> None:
    notebook.python(MANY_FLOWS)
    before = notebook.python("flows = workbench.state.scope.flows; print(flows is None)")
    shown.turn_to("Flows")
    shown.field("Recordings").fill("many.jsonl")
    shown.button("Read").click()
    expect(shown.root.locator(".nw-work:visible")).to_contain_text("many.jsonl")
    shown.button("Stop").click()
    expect(shown.root.get_by_role("alert")).to_contain_text("stopped")
    expect(shown.button("Stop")).to_be_hidden()
    assert notebook.python("print(flows is None, workbench.state.scope.flows is flows)") == f"{before} True"


# --- the cell, run again -----------------------------------------------------------------------------


def test_a_cell_that_runs_again_shows_what_was_chosen_and_leaves_nothing_behind(
    shown: Shown, notebook: Notebook
) -> None:
    notebook.run_all()
    shown.ask("platform/gateway", "payments/db", "5432")
    expect(shown.root.locator(".nw-verdict")).to_be_visible()
    counts = []
    for _ in range(2):
        notebook.run_all()
        expect(shown.field("To")).to_have_value("payments/db")
        expect(shown.root.locator(".nw-verdict")).to_have_text("✓ allowed")
        expect(shown.says).to_contain_text("Selected: platform/gateway[Deployment]")
        counts.append(notebook.python(COUNT))
    assert counts[0] == counts[1]
    assert notebook.root.locator(".nw-top").count() == 1


def test_switching_clusters_leaves_nothing_behind(shown: Shown, notebook: Notebook) -> None:
    notebook.python(f"from workbench.panels.app import open_source; workbench.state.open(open_source({OWN!r}))")
    counts = []
    for _ in range(2):
        for name, words in ((SAMPLE, "18 workloads"), (OWN, "1 workload,")):
            shown.clusters.select_option(name)
            expect(shown.says).to_contain_text(words)
        counts.append(notebook.python(COUNT))
    assert counts[0] == counts[1]


# --- what is saved -----------------------------------------------------------------------------------


def test_what_would_be_saved_follows_what_is_chosen_in_a_tab_and_beside_it(shown: Shown, notebook: Notebook) -> None:
    saved = notebook.root.locator(".nw-static")
    notebook.python(SELECT["workload"])
    shown.side.get_by_role("tab", name="Flows", exact=True).click()
    peer = shown.side.get_by_placeholder("name, DNS name or address")
    for text, told in (("gateway", "the others are filtered out"), ("", "edges seen")):
        peer.fill(text)
        peer.press("Enter")
        expect(saved).to_contain_text(told)
    shown.turn_to("Network")
    notebook.python("workbench.panels['network'].state.port = '5432'")
    expect(saved).to_contain_text("left out by the filters")
    notebook.python("workbench.panels['network'].state.reset()")


@pytest.mark.usefixtures("shown")
def test_what_stands_for_the_widgets_is_shown_where_these_are_not_alive(
    notebook: Notebook, lab: Lab, screenshot: Callable[[str], None]
) -> None:
    expect(notebook.root.locator(".nw-static")).to_be_hidden()
    # It is made anew once things have come to rest.
    expect(notebook.root.locator(".nw-static")).to_contain_text("18 workloads")
    lab.command("docmanager:save")
    again = lab.reopened(notebook)
    expect(again.root.locator(".nw-static")).to_be_visible()
    expect(again.root.locator(".nw-static")).to_contain_text("18 workloads")
    screenshot("workbench-reopened")
    assert again.root.locator(".nw-top").count() == 0
    # JupyterLab says in place of the widget that it is not there: to whom looks for it, in the console.
    expect(again.root.get_by_text("model not found")).to_be_hidden()
