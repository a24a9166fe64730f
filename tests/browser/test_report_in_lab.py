"""An audit report as a person makes it in JupyterLab: chosen, read in its frame, saved, bundled and proved."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FrameLocator, Locator, expect

from tests.browser.lab import DARK, LIGHT, LONG, Lab
from tests.browser.panel import PanelOnPage, focus

pytestmark = pytest.mark.browser

CELL = """
import tempfile
from workbench import load_manifests, sample_path
from workbench.flows import load_flows
from workbench.panels import ReportPanel, Scope

folder = tempfile.mkdtemp()
cluster = load_manifests([sample_path("shop"), sample_path("flows/cluster.json")])
flows = load_flows([sample_path("flows/hubble.jsonl.gz")], cluster=cluster)
panel = ReportPanel(Scope(cluster, flows, workspace=folder))
panel
"""
PAPER = "getComputedStyle(document.body).backgroundColor"
COLOURS = {DARK: "rgb(20, 23, 27)", LIGHT: "rgb(255, 255, 255)"}


class Shown(PanelOnPage):
    """The panel in the page."""

    @property
    def frame(self) -> Locator:
        """What the report stands in."""
        return self.root.locator("iframe.nw-preview")

    @property
    def report(self) -> FrameLocator:
        """The report."""
        return self.frame.content_frame

    def says(self, text: str) -> None:
        expect(self.root.locator("[role=status]:visible", has_text=text).first).to_be_visible(timeout=LONG)

    def make(self) -> None:
        self.button("Make the report").click()
        expect(self.root.locator(".nw-work")).to_be_hidden(timeout=LONG)
        self.notebook.answered()


@pytest.fixture(scope="module")
def shown(lab: Lab) -> Shown:
    notebook = lab.open(CELL)
    return Shown(notebook, notebook.root.locator(".nw-panel").first)


@pytest.fixture
def in_both_themes(
    lab: Lab, screenshot: Callable[[str], None], axe: Callable[[str], list[str]]
) -> Callable[[str, Locator], None]:
    """Return a function that keeps how something looks in both themes, and asks whether it can be read in them."""

    def keep(name: str, place: Locator) -> None:
        for theme in (DARK, LIGHT):
            lab.theme(theme)
            place.evaluate("place => place.scrollIntoView({ block: 'start' })")
            screenshot(f"report-{name}-{'dark' if theme == DARK else 'light'}")
            assert axe(".nw-panel") == []

    return keep


def test_a_report_is_made_and_read_in_its_frame(
    shown: Shown, lab: Lab, in_both_themes: Callable[[str, Locator], None]
) -> None:
    root = shown.root
    expect(root.get_by_text("No report was made yet.")).to_be_visible()
    in_both_themes("empty", root)

    shown.field("Title").fill("Quarterly audit")
    shown.field("Title").blur()
    shown.make()
    shown.says("findings that nobody answers for")
    expect(root.locator(".nw-figures")).to_contain_text("15 of 17 (88%)")
    expect(shown.report.get_by_role("heading", name="Quarterly audit")).to_be_visible(timeout=LONG)
    in_both_themes("made", root.locator(".nw-answer"))
    in_both_themes("page", shown.frame)

    # In the theme of the page around it, whatever the system likes.
    for theme in (DARK, LIGHT):
        lab.theme(theme)
        expect(shown.report.locator("body")).to_have_css("background-color", COLOURS[theme])

    # Its links lead to its own sections, and its tables are sorted, though it can reach nothing around it.
    assert shown.frame.get_attribute("sandbox") == "allow-scripts"
    shown.report.get_by_role("link", name="Findings", exact=True).click()
    expect(shown.report.locator("#section-findings h2").first).to_be_in_viewport()
    expect(shown.report.get_by_role("heading", name="Quarterly audit")).not_to_be_in_viewport()
    head = shown.report.locator("#section-summary th").first
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert shown.report.locator("body").evaluate("() => origin") == "null"
    assert shown.notebook.error_outputs == []


def test_what_changes_is_said_and_the_report_stays(shown: Shown) -> None:
    shown.root.get_by_role("checkbox", name="Flows").uncheck()
    shown.says("The flows have changed since: press Make the report.")
    expect(shown.report.get_by_role("heading", name="Quarterly audit")).to_be_visible()
    shown.root.get_by_role("checkbox", name="Flows").check()
    expect(shown.root.locator(".nw-badge-warn", has_text="not of what is there now")).to_be_hidden()


def test_it_is_saved_as_page_document_and_data(shown: Shown, tmp_path: Path) -> None:
    for label, head in {"Save HTML": b"<!DOCTYPE html>", "Save PDF": b"%PDF-", "Save data": b"PK"}.items():
        with shown.notebook.page.expect_download() as download:
            shown.button(label).click()
        place = tmp_path / download.value.suggested_filename
        download.value.save_as(place)
        assert place.name.startswith("quarterly-audit-20")
        assert place.read_bytes().startswith(head)


def test_a_bundle_is_written_proved_and_what_was_changed_in_it_is_listed(
    shown: Shown, in_both_themes: Callable[[str, Locator], None]
) -> None:
    shown.button("Bundles").click()
    expect(shown.frame).to_be_hidden()
    shown.button("Write bundle").click()
    shown.says("Keep this digest elsewhere")
    digest = shown.root.locator(".nw-digest").text_content() or ""
    shown.field("Digest").fill(digest)
    shown.field("Digest").blur()
    shown.button("Verify").click()
    shown.says("The bundle is as it was written, and all its answers were found again.")
    in_both_themes("verified", shown.button("Bundles"))

    shown.notebook.python(
        "from pathlib import Path\n(Path(panel.state.folder) / 'data' / 'coverage.csv').write_text('x')"
    )
    shown.button("Verify").click()
    shown.says("The bundle is not as it was written")
    expect(shown.rows("data/coverage.csv").first).to_be_visible()
    in_both_themes("changed", shown.button("Bundles"))
    assert shown.notebook.error_outputs == []


def test_all_of_it_is_done_by_keys_and_stays_in_a_saved_notebook(
    shown: Shown, lab: Lab, screenshot: Callable[[str], None]
) -> None:
    page = shown.notebook.page
    focus(shown.button("Page"))
    page.keyboard.press("Enter")
    expect(shown.frame).to_be_visible()
    focus(shown.field("Title"))
    page.keyboard.press("Control+A")
    page.keyboard.type("Audit by keys, with dd and a")
    focus(shown.root.get_by_role("checkbox", name="Exposure"))
    page.keyboard.press("Space")
    focus(shown.button("Make the report"))
    page.keyboard.press("Enter")
    expect(shown.report.get_by_role("heading", name="Audit by keys, with dd and a")).to_be_visible(timeout=LONG)
    expect(shown.report.get_by_role("link", name="Exposure", exact=True)).to_have_count(0)
    # The report is entered and left by keys.
    focus(shown.frame)
    page.keyboard.press("Tab")
    expect(shown.report.get_by_role("link", name="Skip to the report")).to_be_focused()

    saved = shown.notebook.root.locator(".nw-static")
    expect(saved).to_contain_text("Audit by keys, with dd and a")
    lab.command("docmanager:save")
    again = lab.reopened(shown.notebook)
    kept = again.root.locator(".nw-static")
    expect(kept).to_be_visible()
    expect(kept).to_contain_text("Audit by keys, with dd and a")
    expect(kept).to_contain_text("15 of 17 (88%)")
    expect(kept).to_contain_text("Coverage matrix (18)")
    screenshot("report-saved")
