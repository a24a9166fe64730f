"""A change as a person tries it in JupyterLab: pasted, read, repaired, compared with another, exported and kept."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import DARK, LIGHT, LONG, Lab
from tests.browser.panel import PanelOnPage, focus
from workbench.ground import sample_path
from workbench.inventory import load_manifests

pytestmark = pytest.mark.browser

CELL = """
import shutil, tempfile
from workbench import load_manifests, sample_path
from workbench.flows import load_flows
from workbench.panels import WhatIfPanel

folder = tempfile.mkdtemp()
shutil.copytree(sample_path("shop"), folder + "/shop")
cluster = load_manifests([folder + "/shop", sample_path("flows/cluster.json")])
flows = load_flows([sample_path("flows/hubble.jsonl.gz")], cluster=cluster)
panel = WhatIfPanel(cluster, flows)
panel
"""
DENY = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: default-deny, namespace: orders}
spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
"""
WRONG = DENY.replace("podSelector", "podSelectr")
FIELD = "Policies of the draft, as YAML"


class Shown(PanelOnPage):
    """The panel in the page."""

    @property
    def answer(self) -> Locator:
        """The verdict in one line."""
        return self.root.locator(".nw-answer")

    def says(self, text: str) -> None:
        expect(self.root.locator("[role=status]:visible", has_text=text).first).to_be_visible(timeout=LONG)

    def paste(self, text: str) -> None:
        """Put a text in the place of the one that is there."""
        field = self.field(FIELD)
        field.fill(text)
        field.blur()
        self.notebook.answered()

    def simulate(self) -> None:
        self.button("Simulate").click()
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
            screenshot(f"what-if-{name}-{'dark' if theme == DARK else 'light'}")
            assert axe(".nw-panel") == []

    return keep


def test_a_change_is_pasted_read_repaired_and_exported(
    shown: Shown, in_both_themes: Callable[[str, Locator], None], tmp_path: Path
) -> None:
    root = shown.root
    expect(root.get_by_text("The draft was not tried yet.")).to_be_visible()

    # What is wrong is told at its line, and leads there.
    shown.paste(WRONG)
    expect(root.locator(".nw-editor-problems")).to_contain_text("NetworkPolicy has no field 'podSelectr' here")
    expect(root.locator(".nw-editor-wrong")).to_have_text("! 4")
    shown.button("Line 4").click()
    expect(shown.field(FIELD)).to_be_focused()
    in_both_themes("wrong", root)

    # A policy that cuts DNS: who loses it is called out by name.
    shown.paste(DENY)
    expect(root.locator(".nw-editor-problems li")).to_have_count(0)
    shown.simulate()
    expect(shown.answer).to_contain_text("dns is lost for orders/cart[Deployment]", timeout=LONG)
    expect(shown.answer).to_contain_text("cuts 144 flows of 2 edges")
    expect(root.locator(".nw-badge-bad", has_text="dns lost")).to_be_visible()
    expect(shown.rows("lost", "orders/queue[StatefulSet]", "asks the cluster's DNS").first).to_be_visible()
    in_both_themes("risks", root)

    # What is cut, and why: with the file and the line of what decides.
    shown.button("Flows").click()
    shown.notebook.answered()
    expect(shown.button("Cut 144")).to_be_visible()
    shown.rows("orders/cart", "orders/db").first.press("Enter")
    why = root.locator(".nw-rule")
    expect(why.locator(".nw-subject")).to_have_text("orders/cart[Deployment] → orders/db[StatefulSet] : TCP 5432")
    expect(why).to_contain_text("none of its rules matches\nline 1 of the draft", use_inner_text=True)
    shown.button("Which documents cut it").click()
    expect(why.locator("tbody tr", has_text="these alone cut it")).to_contain_text("NetworkPolicy orders/default-deny")
    in_both_themes("flows", why)

    # One click keeps it all; the verdict turns.
    shown.button("Repair").click()
    expect(shown.answer).to_have_text(
        "cuts nothing that was seen, and opens nothing; keeps 2,559 flows; closes 14 connections.", timeout=LONG
    )
    assert "name: keep-cart-deployment" in shown.field(FIELD).input_value()
    expect(shown.rows("added", "NetworkPolicy orders/keep-db-statefulset").first).to_be_visible()

    # What is saved is what was pasted, with the repair, and is what the kernel has.
    with shown.notebook.page.expect_download() as download:
        shown.button("Save YAML").click()
    download.value.save_as(tmp_path / "draft.yaml")
    saved = (tmp_path / "draft.yaml").read_text()
    assert saved.startswith(DENY)
    assert saved == shown.field(FIELD).input_value()
    again = f"simulate(cluster, {str(tmp_path / 'draft.yaml')!r}, flows).verdict"
    assert shown.notebook.python(f"from workbench.whatif import simulate\nprint({again})").startswith(
        "cuts nothing that was seen, and opens nothing"
    )
    assert shown.notebook.error_outputs == []


def test_git_applies_the_patch_that_is_saved(
    shown: Shown, in_both_themes: Callable[[str, Locator], None], tmp_path: Path
) -> None:
    shown.button("Files").click()
    expect(shown.rows("added", "NetworkPolicy orders/keep-db-statefulset").first).to_be_visible(timeout=LONG)
    shown.field("Root").fill(shown.notebook.python("print(folder)").strip())
    shown.field("Root").blur()
    shown.says("A patch of 4 files, for git apply in")
    in_both_themes("files", shown.answer)
    with shown.notebook.page.expect_download() as download:
        shown.button("Save patch").click()
    download.value.save_as(tmp_path / "draft.patch")
    patched = shutil.copytree(sample_path("shop"), tmp_path / "shop")
    subprocess.run(["git", "apply", "draft.patch"], cwd=tmp_path, check=True)  # noqa: S607
    refs = {one.ref for one in load_manifests(patched).objects.policies}
    assert refs - {one.ref for one in load_manifests(sample_path("shop")).objects.policies} == {
        "NetworkPolicy orders/default-deny",
        *(f"NetworkPolicy orders/keep-{name}" for name in ("cart-deployment", "db-statefulset", "queue-statefulset")),
    }
    assert shown.notebook.error_outputs == []


def test_drafts_stand_side_by_side_and_the_graph_shows_the_one_that_is_looked_at(
    shown: Shown, in_both_themes: Callable[[str, Locator], None]
) -> None:
    root = shown.root
    shown.button("New draft").click()
    shown.notebook.answered()
    shown.field("Delete").fill("NetworkPolicy payments/db")
    shown.field("Delete").press("Enter")
    shown.button("Delete policy").click()
    expect(shown.rows("deleted", "NetworkPolicy payments/db").first).to_be_visible()
    shown.button("Simulate all").click()
    shown.button("Alternatives").click()
    expect(shown.rows("opens").first).to_be_visible(timeout=LONG)
    expect(shown.rows("cuts nothing that was seen").first).to_be_visible()
    expect(root.get_by_text("A breaks least.")).to_be_visible()
    expect(shown.rows("A: kept, B: cut").first).to_be_visible()
    in_both_themes("drafts", shown.answer)

    # What came of it is kept, and taken up again as another draft.
    shown.button("Kept").click()
    shown.field("Note").fill("cuts too much")
    shown.field("Note").blur()
    root.get_by_role("button", name="Keep", exact=True).click()
    expect(shown.rows("cuts too much").first).to_be_visible(timeout=LONG)
    in_both_themes("kept", shown.answer)
    shown.rows("cuts too much").first.press("Enter")
    shown.button("Take up again").click()
    shown.says("when it was: cuts 84 flows of 3 edges")
    assert shown.notebook.python("print(panel.state.names, panel.state.draft.removed)").strip() == (
        "('A', 'B', 'C') ('NetworkPolicy payments/db',)"
    )

    shown.button("Graph").click()
    graph = shown.notebook.graph()
    graph.settle()
    drawn = graph.ask("cy.edges().length")
    assert drawn > 0
    in_both_themes("graph", root.locator(".nw-canvas"))
    root.get_by_role("button", name="Draft", exact=True).click()
    shown.notebook.answered()
    graph.wait(f"cy.edges().length !== {drawn}")
    assert shown.notebook.error_outputs == []


def test_all_of_it_is_done_by_keys_and_stays_in_a_saved_notebook(shown: Shown, lab: Lab) -> None:
    page = shown.notebook.page
    focus(shown.button("New draft"))
    page.keyboard.press("Enter")
    shown.notebook.answered()
    focus(shown.field(FIELD))
    page.keyboard.insert_text(DENY)
    page.keyboard.type("# added, and dd is no shortcut here")
    page.keyboard.press("Tab")  # the field lets go
    expect(shown.field(FIELD)).not_to_be_focused()
    assert shown.notebook.python("print(panel.state.draft.text)").endswith("\n# added, and dd is no shortcut here")
    focus(shown.button("Simulate"))
    page.keyboard.press("Enter")
    expect(shown.answer).to_contain_text("cuts 144 flows", timeout=LONG)
    focus(shown.button("Repair"))
    page.keyboard.press("Enter")
    expect(shown.answer).to_contain_text("cuts nothing that was seen", timeout=LONG)
    focus(shown.button("Undo"))
    page.keyboard.press("Enter")
    shown.says("not of the draft as it is now")
    focus(shown.button("Simulate"))
    page.keyboard.press("Enter")
    focus(shown.button("Risks"))
    page.keyboard.press("Enter")

    saved = shown.notebook.root.locator(".nw-static")
    expect(saved).to_contain_text("cuts 144 flows of 2 edges")
    expect(saved).to_contain_text("name: default-deny")
    lab.command("docmanager:save")
    again = lab.reopened(shown.notebook)
    expect(again.root.locator(".nw-static")).to_be_visible()
    expect(again.root.locator(".nw-static")).to_contain_text("dns lost")
    expect(again.root.locator(".nw-static")).to_contain_text("cuts 144 flows of 2 edges")
