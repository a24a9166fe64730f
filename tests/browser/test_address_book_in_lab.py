"""The address book as a person uses it in JupyterLab: what is named is one end in flows and graph at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import DARK, LIGHT, LONG, Lab, Notebook
from tests.browser.panel import PanelOnPage

pytestmark = pytest.mark.browser

CELL = """\
from workbench import Workbench
from workbench.external import AddressBook

workbench = Workbench.sample(tab="address-book")
workbench.state.scope.keep(AddressBook(default_ranges=False))
workbench"""
CARRIER, TWO = "203.0.113.20", "203.0.113.0/24"
FAR_ENDS = (
    "print(sorted(node.id.rpartition(': ')[2] for node in workbench.panels['network'].state.graph.nodes.values()"
    " if ': ' in node.id))"
)
SEEN = "print(sorted(workbench.panels['flows'].state.rows()['dst'].unique()))"
GOOGLE = {
    "syncToken": "1",
    "creationTime": "2026-11-01T00:00:00.0",
    "prefixes": [{"ipv4Prefix": "198.51.100.0/24", "service": "Google Cloud", "scope": "europe-west3"}],
}


class Book(PanelOnPage):
    """The tab on the page."""

    def __init__(self, notebook: Notebook) -> None:
        self.workbench = PanelOnPage(notebook, notebook.root.locator(".nw-panel", has=notebook.page.locator(".nw-top")))
        super().__init__(notebook, self.workbench.root.locator(".nw-book"))

    def show(self, view: str) -> None:
        self.workbench.turn_to("Address book")
        self.button(view).click()

    def row(self, text: str) -> Locator:
        return self.rows(text).first

    def says(self, code: str, is_so: Callable[[str], bool]) -> None:
        """Wait until what code prints is so: widgets' messages are handled beside it."""
        deadline = monotonic() + LONG / 1000
        while not is_so(printed := self.notebook.python(code)):
            assert monotonic() < deadline, printed
            self.notebook.page.wait_for_timeout(100)

    def add(self, name: str, cidr: str) -> None:
        self.field("Name").fill(name)
        self.field("Block").fill(cidr)
        self.button("Add").click()


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Notebook:
    return lab.open(CELL)


@pytest.fixture
def book(notebook: Notebook, theme: str) -> Iterator[Book]:
    """Return the tab with an empty book; the other two were looked at before."""
    notebook.lab.theme(theme)
    notebook.python("for name in ('network', 'flows', 'address-book'): workbench.state.tab = name")
    notebook.python("workbench.state.scope.keep(AddressBook(default_ranges=False))")
    found = Book(notebook)
    found.show("Blocks with names")
    yield found
    assert notebook.error_outputs == []


def test_a_named_block_is_one_end_in_flows_and_graph_at_once_and_undo_takes_it_back(book: Book) -> None:
    notebook = book.notebook
    assert CARRIER in notebook.python(SEEN)
    before = notebook.python(FAR_ENDS)
    book.add("partners", TWO)
    expect(book.row("partners")).to_contain_text(TWO)
    book.says(SEEN, lambda said: "'partners'" in said and CARRIER not in said)
    book.says(FAR_ENDS, lambda said: "'partners'" in said and CARRIER not in said)
    book.workbench.turn_to("Flows")
    expect(book.workbench.rows("partners").first).to_be_visible()
    book.workbench.turn_to("Network")
    notebook.graph().wait("cy.nodes().some(node => (node.data('label') || '').includes('partners'))")
    book.show("Blocks with names")
    book.button("Undo").click()
    expect(book.root).to_contain_text("No block has a name yet")
    book.says(FAR_ENDS, lambda said: said == before)


def test_what_is_wrong_stands_beside_its_field(book: Book) -> None:
    book.add("partners", "203.0.113.0/33")
    expect(book.root.get_by_role("alert")).to_contain_text("is not a valid CIDR")
    book.add("partners", TWO)
    expect(book.root.get_by_role("alert")).to_have_count(0)


def test_by_keyboard_a_block_is_named(book: Book) -> None:
    page = book.notebook.page
    keyboard = page.keyboard
    book.field("Name").fill("")
    book.field("Block").fill("")
    book.field("Name").focus()
    keyboard.type("partners")
    keyboard.press("Tab")
    keyboard.type(TWO)
    for _ in range(2):  # past the reason
        keyboard.press("Tab")
    expect(page.locator("button:focus")).to_have_text("Add")
    keyboard.press("Enter")
    expect(book.row("partners")).to_be_visible()


def test_a_suggestion_is_selected_seen_and_named_with_one_click(book: Book, screenshot: Callable[[str], None]) -> None:
    book.show("Suggestions")
    book.row("acquirer.example").click()
    expect(book.row("198.51.100.10")).to_contain_text("payments/api")
    screenshot("address-book-suggestion")
    book.button("Name 1 block").click()
    expect(book.row("acquirer.example")).to_have_count(0)
    book.says(SEEN, lambda said: "acquirer.example" in said)


def test_a_file_of_a_provider_is_imported_and_its_names_are_hidden(
    book: Book, tmp_path: Path, screenshot: Callable[[str], None]
) -> None:
    file = tmp_path / "cloud.json"
    file.write_text(json.dumps(GOOGLE))
    book.show("Providers")
    with book.notebook.page.expect_file_chooser() as chooser:
        book.root.get_by_role("button", name="Import files").click()
    chooser.value.set_files([file])
    expect(book.row("cloud.json")).to_contain_text("2026-11-01")
    book.says(SEEN, lambda said: "Google/europe-west3" in said)
    screenshot("address-book-providers")
    book.field("hide the names of providers").check()
    expect(book.row("cloud.json")).to_contain_text("yes")
    book.says(SEEN, lambda said: "Google/europe-west3" not in said)


def test_addresses_are_looked_up(book: Book, screenshot: Callable[[str], None]) -> None:
    book.add("partners", TWO)
    expect(book.row("partners")).to_be_visible()
    book.row("partners").click()
    expect(book.button("Rename")).to_be_enabled()
    screenshot("address-book-blocks")
    book.show("Look up")
    book.field("Addresses").fill(f"{CARRIER}, 10.0.0.1")
    book.root.get_by_role("button", name="Look up", exact=True).last.click()
    expect(book.row(CARRIER)).to_contain_text("partners")
    expect(book.row("10.0.0.1")).to_contain_text("Internal Entities")


@pytest.mark.parametrize("view", ["Blocks with names", "Suggestions", "Providers", "Look up"])
@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_axe_finds_nothing_serious(
    book: Book, axe: Callable[[str], list[str]], screenshot: Callable[[str], None], view: str, theme: str
) -> None:
    book.show(view)
    screenshot(f"address-book-{view}-{theme}".replace(" ", "-").lower())
    assert axe(".nw-book") == []
