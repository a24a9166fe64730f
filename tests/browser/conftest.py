"""A real JupyterLab on this machine, and a real Chromium in front of it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    # A windowed notebook draws only the cells in sight.
    "notebook-extension/tracker": {"windowingMode": "none"},
}


@dataclass
class Lab:
    """A running server, whose notebooks lie in `folder`."""

    address: str
    token: str
    folder: Path


@dataclass
class Notebook:
    """A notebook that is open in a page, and what went wrong in that page."""

    page: Page
    lab: Lab
    page_errors: list[str] = field(default_factory=list)
    other_hosts: list[str] = field(default_factory=list)

    def open(self, path: Path) -> None:
        """Open a notebook that lies under the server's folder and wait for its kernel."""
        place = path.relative_to(self.lab.folder).as_posix()
        self.page.goto(f"{self.lab.address}/doc/tree/{place}?token={self.lab.token}&reset")
        self.page.wait_for_function("() => window.jupyterapp?.shell?.currentWidget?.sessionContext", timeout=60_000)
        self.page.wait_for_function(
            """() => {
                const session = window.jupyterapp.shell.currentWidget.sessionContext;
                const kernel = session.session?.kernel;
                return session.isReady && kernel?.connectionStatus === 'connected' && kernel?.status === 'idle';
            }""",
            timeout=120_000,
        )

    def run_all(self) -> None:
        """Run every cell and wait until the last one has run and the kernel rests."""
        self.page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells'); }")
        self.page.wait_for_function(
            """() => {
                const panel = window.jupyterapp.shell.currentWidget;
                const code = [...panel.content.model.cells].filter(cell => cell.type === 'code');
                const ran = code.every(cell => cell.executionCount !== null && cell.executionState !== 'running');
                return ran && panel.sessionContext.session.kernel.status === 'idle';
            }""",
            timeout=120_000,
        )

    @property
    def error_outputs(self) -> list[str]:
        """Return what cells failed with."""
        found: list[str] = self.page.evaluate(
            """() => [...window.jupyterapp.shell.currentWidget.content.model.cells]
                .filter(cell => cell.type === 'code')
                .flatMap(cell => cell.toJSON().outputs)
                .filter(output => output.output_type === 'error')
                .map(output => output.ename + ': ' + output.evalue)"""
        )
        return found

    def panel(self, number: int) -> PanelOnPage:
        """Return the network graph of that number on the page, counted from 0."""
        return PanelOnPage(self.page, number)


@dataclass
class PanelOnPage:
    """A network graph as it stands in a page."""

    page: Page
    number: int

    @property
    def root(self) -> Locator:
        """All of the panel."""
        return self.page.locator(".wb-network-panel").nth(self.number)

    @property
    def canvas(self) -> Locator:
        """The picture."""
        return self.root.locator(".wb-network-graph")

    def graph(self, expression: str) -> Any:  # noqa: ANN401  (whatever the page answers)
        """Evaluate a JavaScript expression over `cy`, the cytoscape instance, once the picture stands still."""
        panel = f"document.querySelectorAll('.wb-network-panel')[{self.number}]"
        cy = f"{panel}?.querySelector('.custom-widget')?._cyreg?.cy"
        self.page.wait_for_function(SETTLED.replace("CYTOSCAPE", cy), polling=300, timeout=60_000)
        return self.page.evaluate(f"() => {{ const cy = {cy}; return {expression}; }}")

    def labels(self, selector: str) -> list[str]:
        """Return the labels of the nodes that cytoscape's `selector` finds."""
        found: list[str] = self.graph(f"cy.nodes({json.dumps(selector)}).map(node => node.data('label'))")
        return found

    def click(self, selector: str) -> None:
        """Click on the node or edge that cytoscape's `selector` finds."""
        self.graph("true")
        self.canvas.scroll_into_view_if_needed()
        point = self.graph(
            f"""(() => {{
                const element = cy.elements({json.dumps(selector)}).first();
                const box = element.renderedBoundingBox({{includeLabels: false}});
                const middle = element.isEdge() ? element.renderedMidpoint()
                    : {{x: (box.x1 + box.x2) / 2, y: (box.y1 + box.y2) / 2}};
                const place = cy.container().getBoundingClientRect();
                return {{x: place.left + middle.x, y: place.top + middle.y}};
            }})()"""
        )
        self.page.mouse.click(point["x"], point["y"])

    def says(self, part: str, text: str) -> None:
        """Wait until a part of the panel (``summary``, ``details``) says `text`."""
        self.root.locator(f".wb-network-{part}", has_text=text).wait_for(timeout=20_000)

    def show_everything(self) -> None:
        """Take back filters and selection, as a person does."""
        self.root.get_by_role("button", name="Show everything").click()


SETTLED = """() => {
    const cy = CYTOSCAPE;
    if (!cy || cy.nodes().length === 0) return false;
    const place = cy.container().getBoundingClientRect();
    const now = JSON.stringify([place, cy.zoom(), cy.pan(), cy.nodes().map(node => node.position())]);
    const before = cy.container().dataset.before;
    cy.container().dataset.before = now;
    return now === before;
}"""
"""Whether the graph stands where it stood when it was last asked: laid out, fitted, and not scrolled."""


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a Chromium, or skip."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found is None:
        pytest.skip(f"browser tests: none of {', '.join(CHROMIUM_NAMES)} is on the PATH")
    return found


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, project: Path, chromium: str) -> Iterator[Lab]:
    """Start a JupyterLab of its own, which knows nothing of the person's settings and kernels."""
    del chromium  # no server where there is no browser
    base = tmp_path_factory.mktemp("jupyter")
    folder = base / "work"
    folder.mkdir()
    for name, content in SETTINGS.items():
        file = base / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(content))
    token, port = secrets.token_hex(16), _free_port()
    environment = {
        **os.environ,
        "JUPYTER_CONFIG_DIR": str(base / "config"),
        "JUPYTER_DATA_DIR": str(base / "share"),
        "JUPYTER_RUNTIME_DIR": str(base / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(base / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(base / "workspaces"),
        "IPYTHONDIR": str(base / "ipython"),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(project), os.environ.get("PYTHONPATH", "")])),
    }
    command = [
        *(sys.executable, "-m", "jupyterlab", "--no-browser", f"--ServerApp.root_dir={folder}"),
        *(f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1"),
        *(f"--IdentityProvider.token={token}", "--LabApp.expose_app_in_browser=True", "--LabApp.news_url=None"),
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        *(["--allow-root"] if os.geteuid() == 0 else []),
    ]
    log = base / "server.log"
    with log.open("w") as output:
        server = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=folder)  # noqa: S603  (our own)
        try:
            _wait_for(f"http://127.0.0.1:{port}/api", server, log)
            yield Lab(f"http://127.0.0.1:{port}", token, folder)
        finally:
            server.terminate()
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """Start Chromium."""
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  (only where there is a browser)

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def notebook(lab: Lab, browser: Browser) -> Iterator[Notebook]:
    """Return an empty page for the tests of one module: to open and run a notebook takes long."""
    page = browser.new_page(viewport={"width": 1500, "height": 1100})
    opened = Notebook(page, lab)
    host = urlsplit(lab.address).netloc
    page.on("pageerror", lambda error: opened.page_errors.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None
            if urlsplit(request.url).scheme in {"data", "blob"} or urlsplit(request.url).netloc == host
            else opened.other_hosts.append(request.url)
        ),
    )
    yield opened
    page.close()


@pytest.fixture(autouse=True)
def quiet_page(notebook: Notebook) -> Iterator[None]:
    """Fail a test in which the page had an error or asked another host for anything."""
    notebook.page_errors.clear()
    notebook.other_hosts.clear()
    yield
    assert notebook.page_errors == []
    assert notebook.other_hosts == []


@pytest.fixture(scope="module")
def write_notebook(lab: Lab) -> Any:  # noqa: ANN401  (a function)
    """Return a function that writes cells into a new notebook of the server's folder."""

    def write(*cells: str) -> Path:
        content = {
            "cells": [
                {
                    "id": f"cell-{number}",
                    "cell_type": "code",
                    "source": cell,
                    "metadata": {},
                    "outputs": [],
                    "execution_count": None,
                }
                for number, cell in enumerate(cells)
            ],
            "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
        path = lab.folder / f"{secrets.token_hex(4)}.ipynb"
        path.write_text(json.dumps(content))
        return path

    return write


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(600):
        if server.poll() is not None:
            break
        try:
            with urlopen(address, timeout=2):  # noqa: S310  (http, on this machine)
                return
        except OSError:
            time.sleep(0.1)
    message = f"JupyterLab did not start:\n{log.read_text()[-4000:]}"
    raise RuntimeError(message)
