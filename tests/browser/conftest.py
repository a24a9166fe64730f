"""What tests in a browser share: one JupyterLab, one Chromium, one page, in which notebooks are opened.

A test asks for `lab`, opens a notebook with the cells that it needs, and looks at its page::

    @pytest.fixture(scope="module")
    def shown(lab: Lab) -> GraphOnPage:
        return lab.open("from workbench… import …", "panel").graph()

It fails if the page had an error or asked another host for anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.chromium import NAMES, find_chromium, running_chromium
from tests.browser.lab import LIGHT, THEME, Lab, serious
from tests.browser.server import Server, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STILL = """() => document.getAnimations().every(each =>
    each.playState !== 'running' || each.effect?.getComputedTiming().endTime === Infinity)"""
"""Whether no colour is on its way to another one."""
ALL: dict[str, Any] = {}
COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
SCREENSHOTS = Path(__file__).parent / "screenshots"


@pytest.fixture(scope="session")
def chromium() -> str:
    """Return the path of a Chromium, or skip."""
    found = find_chromium()
    if found is None:
        pytest.skip(f"browser tests: none of {', '.join(NAMES)} is on the PATH")
    return found


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory, project: Path, chromium: str) -> Iterator[Server]:
    """Start a JupyterLab."""
    del chromium  # no server where there is no browser
    with running(tmp_path_factory.mktemp("jupyter"), project) as started:
        yield started


@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    """Start Chromium."""
    with running_chromium(chromium) as started:
        yield started


@pytest.fixture(scope="package")
def loaded_lab(server: Server, browser: Browser) -> Iterator[Lab]:
    """Load JupyterLab in a page."""
    loaded = Lab(browser.new_page(), server)
    loaded.start()
    yield loaded
    loaded.page.close()


@pytest.fixture(scope="module")
def lab(loaded_lab: Lab) -> Iterator[Lab]:
    """Return JupyterLab without any notebook; those that a module opens are closed after it."""
    yield loaded_lab
    loaded_lab.close_all()


@pytest.fixture(autouse=True)
def quiet_page(lab: Lab) -> Iterator[None]:
    """Fail a test in which the page had an error or asked another host for anything."""
    yield
    assert lab.watch.found() == ([], [])


@pytest.fixture
def keep_picture() -> Callable[[Page, str], None]:
    """Return a function that keeps a page as it is, to be looked at after the run."""

    def keep(page: Page, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        # What was asked for last is drawn in the next frame, and a canvas is empty until then.
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        page.screenshot(path=SCREENSHOTS / f"{name}.png")

    return keep


@pytest.fixture
def screenshot(lab: Lab, keep_picture: Callable[[Page, str], None]) -> Callable[[str], None]:
    """Return a function that keeps the page of JupyterLab as it is."""
    return partial(keep_picture, lab.page)


@pytest.fixture
def theme() -> str:
    """Return the theme in which a test begins; where it is seen in several, they are its parameter, below others."""
    return LIGHT


@pytest.fixture
def axe(lab: Lab) -> Callable[[str], list[str]]:
    """Return a function that names axe-core's serious findings within what a CSS selector finds.

    In other themes than the light one these are about colours: all else is the same in each.
    """
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415  (only where there is a browser)

    def findings(selector: str) -> list[str]:
        lab.page.wait_for_function(STILL)
        # The page knows its script from the first time on.
        runner = Axe("") if lab.page.evaluate("'axe' in window") else Axe()
        options = ALL if lab.page.evaluate(THEME) == LIGHT else COLOURS
        response: dict[str, Any] = runner.run(lab.page, selector, {"resultTypes": ["violations"], **options}).response
        return serious(response["violations"])

    return findings
