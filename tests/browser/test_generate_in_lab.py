"""The panel that proposes policies, in a real JupyterLab."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.lab import DARK, LIGHT, Lab, Notebook

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


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Notebook:
    return lab.open(CELL)


def test_policies_are_proposed_read_changed_compared_and_saved(
    notebook: Notebook, lab: Lab, screenshot: Callable[[str], None], axe: Callable[[str], list[str]], tmp_path: Path
) -> None:
    page, root = notebook.page, notebook.root
    root.get_by_role("button", name="Propose", exact=True).click()
    says = root.locator("[role=status]", has_text="policies with")
    expect(says).to_contain_text("least-privilege", timeout=60_000)
    before = int(notebook.python("print(len(panel.state.rules()))"))
    for theme in (LIGHT, DARK):
        lab.theme(theme)
        screenshot(f"generate-rules-{theme}")
    lab.theme(LIGHT)

    row = root.locator(".nw-panel tbody tr", has_text="cart-deployment").first
    notebook.answered()
    row.press("Enter")
    expect(root.locator(".nw-subject")).to_contain_text("cart-deployment spec.")
    expect(root.locator(".nw-panel tbody tr", has_text="storefront/web").last).to_be_visible()
    screenshot("generate-one-rule")
    root.get_by_role("button", name="Take the rule out").click()
    expect(root.locator(".nw-subject")).to_be_hidden()
    assert int(notebook.python("print(len(panel.state.rules()))")) == before - 1

    for view, text in (("Reasons", "orders/cart-deployment"), ("Beside the present ones", "added"), ("YAML", "kind:")):
        root.get_by_role("button", name=view, exact=True).click()
        expect(root.locator(".nw-panel").first).to_contain_text(text)
        screenshot(f"generate-{view.split()[0].lower()}")
        assert axe(".nw-panel") == []
    notebook.answered()
    shown = root.locator(".nw-panel pre.nw-code").inner_text()
    with page.expect_download() as download:
        root.get_by_role("button", name="Save YAML").click()
    saved = tmp_path / "saved.yaml"
    download.value.save_as(saved)
    assert saved.read_text().strip() == shown.strip()
    assert notebook.error_outputs == []
