"""Findings as a person works through them in JupyterLab: filtered, read, seen in the graph, accepted and mended."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Locator, expect

from tests.browser.lab import DARK, LAPTOP, LIGHT, LONG, Lab, Notebook
from tests.browser.panel import PanelOnPage, focus

pytestmark = pytest.mark.browser

CELL = "from workbench import Workbench\n\nworkbench = Workbench.sample(tab='checks')\nworkbench"
TALL = (LAPTOP[0], 1500)
CHECKOUT, DNS = "orders/checkout[Deployment]", "kube-system/coredns[Deployment]"
ACCEPTED = "accepted:\n- {check: NP021, object: '*', owner: ben, reason: TCP is meant}\n"
RULES = "- {name: no-db, action: deny, from: app=gateway, to: app=db}\n"
DECIDED = """
scope = workbench.state.scope
print(*(f"{one.check} {one.owner}: {one.reason}, {one.expires}" for one in scope.workspace.accepted(scope.name)))
"""


class Shown(PanelOnPage):
    """The panel on the page."""

    def __init__(self, notebook: Notebook) -> None:
        self.workbench = PanelOnPage(notebook, notebook.root.locator(".nw-panel", has=notebook.page.locator(".nw-top")))
        panel = self.workbench.root.locator(".nw-panel", has=notebook.page.locator(".nw-severities"))
        super().__init__(notebook, panel)

    @property
    def headline(self) -> Locator:
        """How many findings there are, in one line."""
        return self.root.locator(".nw-answer")

    @property
    def finding(self) -> Locator:
        """The finding that is looked at."""
        return self.root.locator(".nw-rule")

    def says(self, text: str) -> None:
        expect(self.root.get_by_role("status").filter(has_text=text).first).to_be_visible(timeout=LONG)

    def severity(self, name: str) -> Locator:
        self.notebook.answered()
        return self.root.locator(".nw-severities").get_by_role("button").filter(has_text=name)

    def upload(self, words: str, name: str, text: str) -> None:
        """Give a file to the button of these words."""
        with self.notebook.page.expect_file_chooser() as chooser:
            self.root.get_by_role("button", name=words).locator("visible=true").click()
        chooser.value.set_files([FilePayload(name=name, mimeType="text/yaml", buffer=text.encode())])
        self.notebook.answered()

    def search(self, text: str) -> None:
        self.field("Text").fill(text)
        self.field("Text").press("Enter")
        self.notebook.answered()


@pytest.fixture(scope="module")
def shown(lab: Lab) -> Shown:
    found = Shown(lab.open(CELL, size=TALL))
    expect(found.headline).to_contain_text("findings:", timeout=LONG)
    return found


@pytest.fixture
def in_both_themes(
    lab: Lab, screenshot: Callable[[str], None], axe: Callable[[str], list[str]]
) -> Callable[[str, Locator], None]:
    """Return a function that keeps how something looks in both themes, and asks whether it can be read in them."""

    def keep(name: str, place: Locator) -> None:
        for theme in (DARK, LIGHT):
            lab.theme(theme)
            place.evaluate("place => place.scrollIntoView({ block: 'start' })")
            screenshot(f"checks-{name}-{'dark' if theme == DARK else 'light'}")
            assert axe(".nw-panel") == []

    return keep


def test_checks_are_asked_when_the_tab_is_shown_and_their_findings_filtered(
    shown: Shown, in_both_themes: Callable[[str, Locator], None]
) -> None:
    expect(shown.headline).to_have_text("65 findings: 1 critical, 8 high, 15 medium, 30 low, 11 info.")
    expect(shown.root.get_by_text("3 not: NP033, NP034, NP043.")).to_be_visible()
    in_both_themes("list", shown.workbench.root)

    for name in ("Low", "Info", "Medium"):
        shown.severity(name).click()
    expect(shown.severity("Low")).to_have_text("Low 30")
    expect(shown.severity("High")).to_have_text("✓ High 8")
    expect(shown.rows()).to_have_count(9)
    shown.says("Filters leave out 56 findings of 65.")
    shown.field("Namespace").select_option("orders")
    expect(shown.rows()).to_have_count(3)
    expect(shown.severity("Low")).to_have_text("Low 9")
    shown.search("coredns")
    expect(shown.rows()).to_have_count(1)
    expect(shown.rows("high", "NP014", "Deployment orders/checkout", "orders/checkout.yaml:2", "new")).to_have_count(1)


def test_a_finding_is_read_with_its_proof_and_seen_in_the_graph(
    shown: Shown, in_both_themes: Callable[[str, Locator], None]
) -> None:
    shown.rows("NP014").first.click()
    shown.notebook.answered()
    expect(shown.finding.locator(".nw-subject")).to_have_text("Deployment orders/checkout")
    expect(shown.finding).to_contain_text("isolated for egress by NetworkPolicy orders/checkout")
    expect(shown.finding).to_contain_text(f"{CHECKOUT} → {DNS} : TCP 53,UDP 53")
    expect(shown.finding.locator("mark")).to_have_text(re.compile("▸ +2  apiVersion: apps/v1"))
    shown.finding.get_by_text("The patch that removes it").click()
    expect(shown.finding.get_by_label("YAML of the patch")).to_contain_text("kind: NetworkPolicy")
    expect(shown.workbench.root.locator(".nw-top")).to_contain_text(f"Selected: {CHECKOUT} → {DNS}")
    in_both_themes("finding", shown.finding)

    shown.button("Show in graph").click()
    expect(shown.workbench.tab("Network")).to_have_attribute("aria-selected", "true")
    graph = shown.notebook.graph()
    graph.settle()
    graph.wait("cy.edges('.chosen').length === 1")
    shown.workbench.turn_to("Checks")


def test_a_finding_is_accepted_with_a_reason_and_that_is_undone(
    shown: Shown, in_both_themes: Callable[[str, Locator], None], tmp_path: Path
) -> None:
    shown.button("Accept …").click()
    in_both_themes("accepting", shown.finding)
    shown.button("Accept").click()
    expect(shown.root.get_by_role("alert")).to_contain_text("not accepted without a reason")
    shown.field("Owner").fill("team-orders")
    shown.field("Reason").fill("it asks for no names")
    shown.field("Until").fill("2099-12-31")
    shown.button("Accept").click()
    shown.says("NP014 of Deployment orders/checkout is accepted.")
    expect(shown.headline).to_have_text(
        "64 findings: 1 critical, 7 high, 15 medium, 30 low, 11 info; 1 accepted or ignored."
    )
    expect(shown.finding).to_contain_text("Accepted by team-orders: it asks for no names")
    assert shown.notebook.python(DECIDED) == "NP014 team-orders: it asks for no names, 2099-12-31"
    shown.field("Status").select_option("Accepted 1")
    expect(shown.rows("NP014", "accepted")).to_have_count(1)
    in_both_themes("accepted", shown.root)

    # What is saved has all findings, and says who answers for which.
    with shown.notebook.page.expect_download() as download:
        shown.button("sarif").click()
    download.value.save_as(tmp_path / "findings.sarif")
    results = json.loads((tmp_path / "findings.sarif").read_text())["runs"][0]["results"]
    assert len(results) == 65
    told = [one["suppressions"][0]["justification"] for one in results if one.get("suppressions")]
    assert told == ["team-orders: it asks for no names"]

    shown.button("Undo last decision").click()
    shown.says("Undone: accepted findings: it asks for no names.")
    expect(shown.headline).to_contain_text("65 findings")
    shown.button("Show all open").click()
    assert shown.notebook.python(DECIDED) == ""


def test_a_patch_is_tried_in_what_if_with_one_click(shown: Shown) -> None:
    shown.button("Try the patch in what-if").click()
    expect(shown.workbench.tab("What if")).to_have_attribute("aria-selected", "true")
    what_if = shown.workbench.root.locator(".nw-panel", has=shown.notebook.page.locator(".nw-change")).last
    expect(what_if.locator(".nw-answer")).to_contain_text("opens 1 connection; keeps 2,559 flows.", timeout=LONG)
    assert "kind: NetworkPolicy" in what_if.get_by_label("Policies of the draft, as YAML").input_value()
    assert shown.notebook.python("print(workbench.panels['what-if'].state.draft.name)") == "NP014 orders/checkout"
    shown.workbench.turn_to("Checks")
    assert shown.notebook.error_outputs == []


def test_what_no_manifest_says_is_declared_and_lets_more_checks_be_asked(
    shown: Shown, in_both_themes: Callable[[str, Locator], None]
) -> None:
    shown.button("What checks know").click()
    expect(shown.root.get_by_text("nobody said whether the network plugin enforces NetworkPolicy")).to_be_visible()
    in_both_themes("facts", shown.root)
    shown.field("Network plugin").fill("flannel")
    shown.button("Declare and run").click()
    expect(shown.headline).to_contain_text("66 findings", timeout=LONG)
    expect(shown.root.get_by_text("2 not: NP034, NP043.")).to_be_visible()
    shown.button("Permissiveness").click()
    expect(shown.rows("cluster").first).to_be_visible()
    in_both_themes("openness", shown.root)
    shown.button("Undo last decision").click()
    shown.says("What is declared has changed since: press Run checks.")
    in_both_themes("changed", shown.root)

    # Files are taken whole, or not at all.
    shown.button("What checks know").click()
    shown.upload("Upload accepted findings", "accepted.yaml", "accepted:\n- {check: NP021}\n")
    expect(shown.root.get_by_role("alert")).to_contain_text("accepted.yaml, line 2")
    shown.upload("Upload accepted findings", "accepted.yaml", ACCEPTED)
    shown.says("1 accepted finding of accepted.yaml kept.")
    expect(shown.headline).to_contain_text("15 accepted or ignored")
    shown.upload("Upload corporate rules", "rules.yaml", RULES)
    expect(shown.root.get_by_text("2 not: NP033, NP043.")).to_be_visible(timeout=LONG)
    in_both_themes("given", shown.root)
    shown.button("Without corporate rules").click()
    expect(shown.root.get_by_text("3 not: NP033, NP034, NP043.")).to_be_visible(timeout=LONG)
    shown.button("Undo last decision").click()
    expect(shown.headline).to_contain_text("65 findings")


def test_all_of_it_is_done_by_keys_and_stays_in_a_saved_notebook(shown: Shown, lab: Lab) -> None:
    page = shown.notebook.page
    focus(shown.button("Run checks"))
    page.keyboard.press("Enter")
    expect(shown.headline).to_contain_text("65 findings", timeout=LONG)
    focus(shown.button("Findings"))
    page.keyboard.press("Enter")
    shown.notebook.answered()
    focus(shown.rows("NP001").first)
    page.keyboard.press("Enter")
    shown.notebook.answered()
    expect(shown.finding.locator(".nw-subject")).to_have_text("Namespace platform")
    focus(shown.button("Accept …"))
    page.keyboard.press("Enter")
    focus(shown.field("Reason"))
    page.keyboard.type("dd is no shortcut here")
    page.keyboard.press("Tab")
    focus(shown.button("Accept"))
    page.keyboard.press("Enter")
    shown.says("NP001 of Namespace platform is accepted.")
    assert "dd is no shortcut here, None" in shown.notebook.python(DECIDED)

    saved = shown.notebook.root.locator(".nw-static")
    expect(saved).to_contain_text("64 findings", timeout=LONG)
    expect(saved).to_contain_text("dd is no shortcut here")
    lab.command("docmanager:save")
    again = lab.reopened(shown.notebook)
    expect(again.root.locator(".nw-static")).to_be_visible()
    expect(again.root.locator(".nw-static")).to_contain_text("64 findings: 1 critical, 7 high")
    expect(again.root.locator(".nw-static mark")).to_have_text(re.compile("▸ +1  apiVersion: v1"))
    expect(again.root.locator(".nw-static")).to_contain_text("kind: Namespace")
