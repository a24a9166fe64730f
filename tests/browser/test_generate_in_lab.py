"""Policies as a person makes them in JupyterLab: proposed, read, changed, compared, exported and saved."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import DARK, LIGHT, LONG, Lab, Notebook

pytestmark = pytest.mark.browser

CELL = """
from workbench import load_manifests, sample_path
from workbench.flows import load_flows
from workbench.panels import GeneratePanel

cluster = load_manifests([sample_path("shop"), sample_path("flows/cluster.json")])
flows = load_flows([sample_path("flows/hubble.jsonl.gz")], cluster=cluster)
panel = GeneratePanel(cluster, flows, namespaces=("orders",))
panel
"""
CALL = "NetworkPolicy orders/cart-deployment: Allow ingress namespace storefront pods: app=web : TCP 8080"
WHOLE = "6 policies with 17 rules by least-privilege, 11 left out."


@dataclass
class Shown:
    """The panel in the page."""

    notebook: Notebook

    @property
    def root(self) -> Locator:
        return self.notebook.root.locator(".nw-panel").first

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def view(self, name: str) -> None:
        """Look at something else, and wait until it is chosen."""
        self.button(name).click()
        expect(self.button(name)).to_have_class(_ACTIVE)

    def row(self, text: str) -> Locator:
        return self.root.locator("tbody tr:visible", has_text=text)

    def says(self, text: str) -> None:
        expect(self.root.locator("[role=status]:visible", has_text=text).first).to_be_visible(timeout=LONG)

    def propose(self) -> None:
        self.button("Propose").click()
        self.says("by least-privilege")

    def python(self, expression: str) -> str:
        return self.notebook.python(f"print({expression})")


ANSWERS = "pre.nw-code:visible, details.nw-branch:visible, .nw-count:visible"
_ACTIVE = re.compile("mod-active")


@pytest.fixture
def in_both_themes(lab: Lab, screenshot: Callable[[str], None]) -> Callable[[str, Locator], None]:
    """Return a function that keeps how something looks in both themes."""

    def keep(name: str, place: Locator) -> None:
        for theme in (DARK, LIGHT):
            lab.theme(theme)
            place.scroll_into_view_if_needed()
            screenshot(f"generate-{name}-{'dark' if theme == DARK else 'light'}")

    return keep


@pytest.fixture
def shown(lab: Lab) -> Shown:
    return Shown(lab.open(CELL))


def test_policies_are_proposed_read_and_changed(
    shown: Shown, screenshot: Callable[[str], None], in_both_themes: Callable[[str, Locator], None]
) -> None:
    root = shown.root
    expect(root.get_by_text("Nothing is proposed yet.")).to_be_visible()
    screenshot("generate-empty")
    shown.propose()
    shown.says(WHOLE)
    # The price of each level stands on it before it is chosen.
    expect(root.get_by_role("button", name="Any port: 7 rules, opens 12 more pairs")).to_be_visible()
    in_both_themes("rules", root)

    # A reason is read, by keys.
    row = shown.row("cart-deployment").filter(has_text="storefront")
    shown.notebook.answered()
    row.press("Enter")
    expect(root.locator(".nw-subject")).to_contain_text(CALL)
    expect(root.locator(".nw-rule tbody tr", has_text="storefront/web").last).to_be_visible()
    root.locator(".nw-rule").scroll_into_view_if_needed()
    screenshot("generate-one-rule")

    # The rule is dropped, and its flows are gone from the result.
    shown.button("Drop rule").click()
    shown.says("6 policies with 16 rules by least-privilege, 13 left out, 1 change by hand.")
    expect(shown.row("storefront").filter(has_text="dropped")).to_be_visible()
    expect(shown.button("Accept rule")).to_be_visible()
    screenshot("generate-dropped")

    # A looser level is chosen, and taken back.
    root.get_by_role("button", name="Any port").click()
    shown.says("6 policies with 6 rules")
    root.get_by_role("button", name="Exact").click()
    shown.says("6 policies with 16 rules")
    assert shown.notebook.error_outputs == []


def test_what_is_chosen_is_compared_exported_and_saved(
    shown: Shown, screenshot: Callable[[str], None], in_both_themes: Callable[[str, Locator], None], tmp_path: Path
) -> None:
    root = shown.root
    shown.propose()
    root.get_by_role("button", name="Any port").click()
    shown.says("6 policies with 7 rules")
    shown.view("Compare with current")
    expect(root.locator(".nw-line-added").first).to_be_visible()
    in_both_themes("compare", root.locator(".nw-side-by-side").first)

    # What a dialect cannot say stands there before it is saved.
    shown.view("Other tools")
    root.locator("select:visible").filter(has_text="cilium").select_option(label=_labelled(shown, "cilium"))
    shown.says("1 said otherwise")
    expect(shown.row("otherwise")).to_be_visible()
    root.locator("pre.nw-code").scroll_into_view_if_needed()
    screenshot("generate-dialect")
    exported = _saved(shown, "Save it", tmp_path / "cilium.yaml")
    assert exported.decode() == shown.python("panel.state.handing.formatted().content") + "\n"
    assert b"# said otherwise" in exported

    shown.view("YAML")
    shown.notebook.answered()
    written = root.locator("pre.nw-code").inner_text()
    assert _saved(shown, "Save YAML", tmp_path / "saved.yaml").decode().strip() == written.strip()
    with zipfile.ZipFile(io.BytesIO(_saved(shown, "Save ZIP", tmp_path / "saved.zip"))) as archive:
        assert len(archive.namelist()) == 6
    root.get_by_label("Folder").fill(str(tmp_path / "policies"))
    root.get_by_label("Folder").press("Enter")
    expect(shown.root.get_by_label("Folder")).to_have_value(str(tmp_path / "policies"))
    shown.button("Write folder").click()
    shown.says("6 files written into")
    assert (
        "\n---\n".join(one.read_text().strip() for one in sorted((tmp_path / "policies").iterdir())) == written.strip()
    )
    assert shown.notebook.error_outputs == []


def _labelled(shown: Shown, name: str) -> str:
    return shown.python(f"next(words for words, name in panel._format.options if name == {name!r})")


def _saved(shown: Shown, button: str, path: Path) -> bytes:
    with shown.notebook.page.expect_download() as download:
        shown.button(button).click()
    download.value.save_as(path)
    return path.read_bytes()


VIEWS = (
    *("Tree", "YAML", "Compare with current", "Left out", "What each level opens"),
    *("Workloads", "Since it was kept", "Other tools", "Rules"),
)


@pytest.mark.parametrize("theme, views", [(LIGHT, VIEWS[:5]), (LIGHT, VIEWS[5:]), (DARK, VIEWS[2:4])])
def test_every_view_can_be_read(
    shown: Shown,
    lab: Lab,
    axe: Callable[[str], list[str]],
    screenshot: Callable[[str], None],
    theme: str,
    views: tuple[str, ...],
) -> None:
    lab.theme(theme)
    shown.propose()
    for name in views:
        shown.view(name)
        answer = shown.root.locator(ANSWERS).first
        expect(answer).to_be_visible()
        shown.root.evaluate("panel => panel.scrollIntoView({ block: 'end' })")
        screenshot(f"generate-view-{name.lower().replace(' ', '-')}-{'dark' if theme == DARK else 'light'}")
        assert axe(".nw-panel") == []


def test_what_was_left_out_is_accepted_and_all_is_undone(shown: Shown) -> None:
    shown.propose()
    shown.view("Left out")
    row = shown.row("kube-system/coredns").first
    shown.notebook.answered()
    row.press("Enter")
    expect(shown.button("Accept")).to_be_enabled()
    shown.button("Accept").focus()
    shown.notebook.page.keyboard.press("Enter")
    shown.says("1 change by hand")
    expect(shown.button("Undo all changes")).to_be_visible()
    shown.button("Undo all changes").click()
    shown.says(WHOLE)
    expect(shown.button("Undo all changes")).to_be_hidden()


def test_a_saved_notebook_shows_what_was_proposed(shown: Shown, lab: Lab) -> None:
    shown.propose()
    saved = shown.notebook.root.locator(".nw-static")
    expect(saved).to_contain_text(WHOLE)
    lab.command("docmanager:save")
    again = lab.reopened(shown.notebook)
    expect(again.root.locator(".nw-static")).to_be_visible()
    expect(again.root.locator(".nw-static")).to_contain_text(WHOLE)
