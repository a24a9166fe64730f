"""A notebook that was saved and converted shows its pictures and tables on a machine without a network or a kernel."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from playwright.sync_api import Page, expect
from traitlets.config import Config

from tests.browser.watch import Watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

V4: Any = nbformat.v4  # without types
EXPORTER: Any = HTMLExporter  # likewise
OPENED = "from workbench import *\nfrom workbench.panels import *\nfrom workbench.panels.app import open_sample\n"
CELLS = {
    "workbench": OPENED + "sample = open_sample()\nWorkbench.sample(tab='flows')",
    "graph": "NetworkGraphPanel(sample.cluster, sample.flows)",
    "question": "ConnectivityPanel(sample.cluster, src='platform/gateway', dst='payments/db', port='5432')",
    "cluster": "sample.cluster",
    "answer": "evaluate(sample.cluster)",
    "flows": "sample.flows",
}
SHOWN = {
    "workbench": (".nw-static", "18 workloads"),
    "graph": (".nw-static", "payments"),
    "question": (".nw-static", "NetworkPolicy payments/db allows TCP 5432"),
    "cluster": (".netpol-view", "18 workloads"),
    "answer": (".netpol-view", "18 workloads"),
    "flows": (".netpol-view", "4,"),
}
PICTURES = {"workbench": ".nw-timeline", "graph": "svg:has(text)"}
FILLS = "shapes => shapes.map(shape => getComputedStyle(shape).fill)"
# What nbconvert's own page would ask other hosts for.
QUIET = Config(
    {"HTMLExporter": {"require_js_url": "", "mathjax_url": "", "widget_renderer_url": "data:text/javascript,"}}
)


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401  (nbformat's)
    """Return a notebook that has run, with the state of its widgets."""
    notebook = V4.new_notebook(cells=[V4.new_code_cell(cell) for cell in CELLS.values()])
    folder = tmp_path_factory.mktemp("executed")
    NotebookClient(notebook, kernel_name="python3", resources={"metadata": {"path": str(folder)}}).execute()
    assert "widgets" in notebook.metadata
    return notebook


@pytest.fixture(scope="module", params=["with the widgets' state", "without it", "as nbconvert is set up"])
def page(
    request: pytest.FixtureRequest,
    executed: Any,  # noqa: ANN401  (nbformat's)
    browser: Browser,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Page]:
    """Return the converted notebook, opened from the disk by a browser that has no network."""
    notebook = deepcopy(executed)
    if request.param == "without it":
        del notebook.metadata["widgets"]
    exporter: Any = EXPORTER(config=None if "nbconvert" in request.param else QUIET)
    html, _ = exporter.from_notebook_node(notebook)
    path = tmp_path_factory.mktemp("converted") / "notebook.html"
    path.write_text(html)
    context = browser.new_context(offline=True)
    opened, watch = context.new_page(), Watch()
    watch.look_at(opened)
    opened.goto(path.as_uri())
    yield opened
    errors, asked = watch.found()
    if "nbconvert" not in request.param:  # its page asks for scripts, which it does not get
        assert errors == asked == []
    context.close()


@pytest.mark.parametrize("name", CELLS)
def test_every_cell_shows_what_it_is_about(page: Page, name: str) -> None:
    selector, text = SHOWN[name]
    shown = page.locator(".jp-Cell").nth(list(CELLS).index(name)).locator(selector)
    expect(shown).to_have_count(1)
    expect(shown).to_be_visible()
    expect(shown).to_contain_text(text)


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_there_once_and_in_colours(page: Page, name: str) -> None:
    cell = page.locator(".jp-Cell").nth(list(CELLS).index(name))
    picture = cell.locator(PICTURES[name])
    expect(picture).to_have_count(1)
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box is not None
    assert box["width"] > 300
    assert len(set(picture.locator("rect, path, polygon").evaluate_all(FILLS))) > 1


def test_a_converted_notebook_is_styled_without_its_widgets(page: Page) -> None:
    expect(page.locator(".nw-static").first).to_have_css("text-align", "left")
    expect(page.locator(".nw-title").first).to_have_css("font-weight", "600")
