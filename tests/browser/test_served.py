"""``netpol-workbench lab`` and ``app`` as a person starts them: processes that serve the workbench on this machine."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import psutil  # type: ignore[import-untyped]  # without types
import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import PATIENCE
from tests.browser.server import free_port, wait_for
from tests.browser.watch import Watch

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

MANIFEST = """\
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: front}
spec: {containers: [{name: web}]}
"""
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/\S*")


@contextmanager
def started(command: str, folder: Path, project: Path) -> Iterator[str]:
    """Start a command on a folder of manifests; yield the address that it prints; end it as Ctrl-C does."""
    (folder / "deploy").mkdir()
    (folder / "deploy" / "web.yaml").write_text(MANIFEST)
    port, log = free_port(), folder / "log"
    environment = {
        **os.environ,
        **{name: str(folder / name) for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")},
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONPATH": str(project),
    }
    words = [sys.executable, "-c", "from workbench.cli import main; main()", command, "deploy", "--no-browser"]
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603  (our own)
            [*words, "--port", str(port)], cwd=folder, env=environment, stdout=output, stderr=output
        )
        children: list[psutil.Process] = []
        try:
            wait_for(f"http://127.0.0.1:{port}/{'api' if command == 'lab' else 'voila/static/voila.js'}", process, log)
            children = psutil.Process(process.pid).children(recursive=True)
            listening = {
                each.laddr.ip for child in children for each in child.net_connections() if each.status == "LISTEN"
            }
            assert listening == {"127.0.0.1"}
            found = ADDRESS.findall(log.read_text())
            yield next((each for each in found if "token=" in each), f"http://127.0.0.1:{port}/")
        finally:
            for each in [psutil.Process(process.pid), *children]:
                if each.is_running():
                    each.send_signal(signal.SIGINT if each.pid == process.pid else signal.SIGTERM)
            process.wait(timeout=60)
            psutil.wait_procs(children, timeout=30)


@contextmanager
def opened(browser: Browser, address: str) -> Iterator[Page]:
    """Open an address in a page of its own, and look at what goes wrong in it."""
    watch = Watch(urlsplit(address).netloc)
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    watch.look_at(page)
    page.set_default_timeout(2 * PATIENCE)
    page.goto(address)
    yield page
    errors, asked = watch.found()
    context.close()
    assert (errors, asked) == ([], [])


def test_lab_opens_a_notebook_that_shows_the_manifests(browser: Browser, tmp_path: Path, project: Path) -> None:
    with started("lab", tmp_path, project) as address, opened(browser, address) as page:
        expect(page.get_by_role("heading", name="What may talk to what")).to_be_visible()
        expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle")
        page.locator(".jp-CodeCell").first.click()
        page.keyboard.press("Shift+Enter")
        expect(page.locator(".nw-top .nw-says")).to_contain_text("deploy: 1 workload")
        assert (tmp_path / "netpol-workbench.ipynb").exists()


def test_app_shows_the_workbench_without_code(
    browser: Browser, tmp_path: Path, project: Path, keep_picture: Callable[[Page, str], None]
) -> None:
    with started("app", tmp_path, project) as address, opened(browser, address) as page:
        expect(page.locator(".nw-top .nw-says")).to_contain_text("deploy: 1 workload")
        expect(page.locator(".nw-static")).to_be_hidden()
        page.get_by_role("tab", name="Questions").click()
        expect(page.get_by_role("button", name="Ask")).to_be_visible()
        assert page.locator(".jp-InputArea:visible").count() == 0
        keep_picture(page, "app")
        # A report is read in its frame here, too, in the theme of the page.
        page.get_by_role("tab", name="Report").click()
        page.get_by_role("button", name="Make the report").click()
        report = page.frame_locator("iframe.nw-preview")
        expect(report.get_by_role("heading", name="Network policy audit")).to_be_visible()
        expect(report.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
        report.get_by_role("link", name="Findings", exact=True).click()
        expect(report.locator("#section-findings h2").first).to_be_in_viewport()
        keep_picture(page, "app-report")
