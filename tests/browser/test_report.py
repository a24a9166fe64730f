"""A report as a browser shows it: readable for everybody, sorted from the keyboard, and asking nobody for anything."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from tests.report.small import NOW
from workbench.flows import load_flows
from workbench.ground import sample_path
from workbench.inventory import load_manifests
from workbench.report import audit, html

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder, and says nothing of it."""

    def log_message(self, *_: Any) -> None:  # noqa: ANN401  (of the library)
        """Say nothing."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the report of the sample."""
    folder = tmp_path_factory.mktemp("served")
    cluster = load_manifests(sample_path("shop"))
    flows = load_flows(sample_path("flows") / "hubble.jsonl.gz", cluster=cluster)
    (folder / "report.html").write_text(html(audit(cluster, flows=flows, now=NOW)), encoding="utf-8")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/report.html"
    server.shutdown()
    server.server_close()


@contextmanager
def opened(browser: Browser, address: str, **given: Any) -> Iterator[Page]:  # noqa: ANN401  (whatever a page is given)
    """Open the report; a fault of its script, or a request to another place, is an error."""
    page = browser.new_page(**{"viewport": {"width": 1300, "height": 900}, **given})
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.on("pageerror", lambda one: faults.append(str(one)))
    page.on("console", lambda one: faults.append(one.text) if one.type == "error" else None)
    page.goto(address)
    try:
        yield page
    finally:
        page.close()
    assert [one for one in asked if one != address and not one.endswith("/favicon.ico")] == []
    assert [one for one in faults if "favicon" not in one and "404" not in one] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_it(browser: Browser, address: str, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415  (not where there is no browser)

    with opened(browser, address, color_scheme=scheme, bypass_csp=True) as page:  # axe is a script of others
        page.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        found = Axe().run(page).response
        assert len(found["passes"]) > 20
        assert [(one["id"], one["nodes"][0]["html"][:200]) for one in found["violations"]] == []


def test_it_is_light_or_dark_as_the_reader_wants_it(browser: Browser, address: str) -> None:
    shades = []
    for scheme in ("light", "dark"):
        with opened(browser, address, color_scheme=scheme) as page:
            shades.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert shades == ["rgb(255, 255, 255)", "rgb(20, 23, 27)"]


def test_a_table_is_sorted_from_the_keyboard(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        table = page.locator("#table-namespaces")
        head = table.locator("th", has_text="egress isolated")
        numbers = table.locator("tbody tr td:nth-child(4)")
        before = numbers.all_inner_texts()
        head.locator("button").focus()
        page.keyboard.press("Enter")
        assert head.get_attribute("aria-sort") == "ascending"
        assert numbers.all_inner_texts() == sorted(before, key=int)
        page.keyboard.press("Space")
        assert head.get_attribute("aria-sort") == "descending"
        assert numbers.all_inner_texts() == sorted(before, key=int, reverse=True)
        assert table.locator("th[aria-sort]").count() == 1


def test_texts_with_numbers_are_sorted_as_people_count(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        page.evaluate("document.querySelector('#table-rules').closest('details').open = true")
        head = page.locator("#table-rules th", has_text="rule").first
        head.locator("button").click()
        shown = page.locator("#table-rules tbody tr td:nth-child(2)").all_inner_texts()
        wanted = "return [...arguments[0]].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))"
        assert shown == page.evaluate(f"(function () {{ {wanted} }}).call(null, {shown!r})")


def test_the_page_is_not_wider_than_a_telephone(browser: Browser, address: str) -> None:
    with opened(browser, address, viewport={"width": 400, "height": 800}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 400


def test_the_first_stop_of_the_keyboard_leads_to_the_report(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the report"
        page.keyboard.press("Enter")
        assert page.evaluate("location.hash") == "#main"


def test_print_has_all_rows_of_folded_tables(browser: Browser, address: str) -> None:
    with opened(browser, address) as page:
        assert page.locator("details:not([open])").count() > 3
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.locator("details:not([open])").count() == 0
        page.emulate_media(media="print")
        hidden = "one => one.scrollHeight > one.clientHeight + 1"
        assert page.evaluate(f"[...document.querySelectorAll('.scroll')].filter({hidden}).length") == 0
        page.emulate_media(media="screen")
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.locator("details:not([open])").count() > 3


def test_without_scripts_it_says_the_same(browser: Browser, address: str) -> None:
    with opened(browser, address, java_script_enabled=False) as page:
        assert page.locator("main section").count() == 13
        assert page.locator("#table-coverage tbody tr").count() == 17
