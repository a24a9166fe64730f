"""What all panels are made of, in a real page: tables, buttons that hand something over, and what is left behind."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import DARK, Lab, Notebook
from tests.browser.panel import focus

pytestmark = pytest.mark.browser

MADE = """
import ipywidgets as widgets, pandas as pd
from workbench.panels.frame import FileContent, PanelTable, copy_button, download_button, look

EVIL = "<img src=x onerror=\\"document.title='broken into'\\">"
rows = pd.DataFrame({
    "workload": ["shop/web", "shop/db", "pay/db", EVIL],
    "flows": [3, 20, 100, 1],
    "seen": pd.to_datetime(["2026-11-17 10:00"] * 4, utc=True),
})
seen = []
table = PanelTable("workload", name="workloads", page=3)
said = widgets.HTML().add_class("said")

def selected(chosen):
    seen.append(list(chosen["workload"]))
    said.value = " then ".join(name for names in seen for name in names)

table.on_select(selected)

def anew(frame=rows):
    seen.clear()
    said.value = ""
    table.show(frame.head(0))
    table.show(frame)

def fails():
    raise ValueError("it cannot be made")

anew()
buttons = [
    copy_button(lambda: FileContent("a.txt", "grüße ✓"), "Copy it"),
    download_button(lambda: FileContent("all.bin", bytes(range(256))), "Save it"),
    download_button(fails, "Fail", failed=lambda error: seen.append(str(error))),
]
widgets.VBox([look(), table.widget, said, *buttons]).add_class("nw-panel").add_class("made")
"""
ALL = ["shop/web", "shop/db", "pay/db"]


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Notebook:
    lab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return lab.open(MADE)


@pytest.fixture
def made(notebook: Notebook, theme: str) -> Iterator[Locator]:
    """Return what the cell shows, with three of four rows on a page, none selected, in their own order."""
    notebook.lab.theme(theme)
    shown = notebook.root.locator(".made")
    shown.locator("table").evaluate_all("all => all.forEach(each => { each.dataset.old = 'yes'; })")
    notebook.python("anew()")
    expect(shown.locator("table[data-old]")).to_have_count(0)
    expect(shown.locator("tbody tr")).to_have_count(3)
    yield shown
    assert notebook.page.title() != "broken into"


def names(made: Locator) -> list[str]:
    return made.locator("tbody tr td:first-child").all_inner_texts()


# --- the table ---------------------------------------------------------------------------------------


def test_a_table_says_how_many_rows_it_has_and_how_many_a_search_leaves(made: Locator) -> None:
    expect(made.locator(".nw-count")).to_have_text("4 workloads")
    made.get_by_role("searchbox").fill("db")
    expect(made.locator(".dt-info")).to_contain_text("2 of 2 entries (filtered from 4")
    assert names(made) == ["shop/db", "pay/db"]


def test_a_click_anywhere_on_the_head_of_a_column_sorts_by_it_numbers_as_numbers(made: Locator) -> None:
    head = made.locator("th", has_text="flows")
    head.click(position={"x": 4, "y": 8})
    expect(head).to_have_attribute("aria-sort", "ascending")
    assert names(made)[1:] == ALL[:2]
    head.click()
    expect(head).to_have_attribute("aria-sort", "descending")
    assert names(made) == ALL[::-1]


def test_a_column_is_sorted_by_the_keyboard_too(made: Locator) -> None:
    head = made.locator("th", has_text="flows")
    head.get_by_role("button").press("Enter")
    expect(head).to_have_attribute("aria-sort", "ascending")


def test_the_row_that_is_selected_in_a_sorted_and_searched_table_is_the_same_in_python(
    made: Locator, notebook: Notebook
) -> None:
    made.locator("th", has_text="flows").click()
    made.get_by_role("searchbox").fill("db")
    made.locator("tbody tr", has_text="pay/db").click()
    expect(made.locator("tbody tr.selected")).to_have_count(1)
    assert notebook.python("print(seen, table.selected['flows'].tolist())") == "[['pay/db']] [100]"


def test_a_row_is_found_and_selected_by_the_keyboard(made: Locator, notebook: Notebook) -> None:
    press = notebook.page.keyboard.press
    made.locator("th", has_text="seen").get_by_role("button").focus()
    press("Tab")
    expect(made.locator("tr:focus")).to_contain_text("shop/web")
    press("ArrowDown")
    press("Enter")
    expect(made.locator("tr[aria-selected=true]")).to_have_text([re.compile("shop/db")])
    press("ArrowUp")
    press(" ")
    expect(made.locator("tr[aria-selected=true]")).to_have_text([re.compile("shop/web")])
    expect(made.locator("tr:focus")).to_contain_text("shop/web")
    expect(made.locator(".said")).to_have_text("shop/db then shop/web")


def test_enter_takes_a_selection_back(made: Locator, notebook: Notebook) -> None:
    notebook.python("table.select([1])")
    made.locator("tr[aria-selected=true]").press("Enter")
    expect(made.locator("tr[aria-selected=true]")).to_have_count(0)
    expect(made.locator(".said")).to_have_text("shop/db")


@pytest.mark.parametrize(
    "key, first, then",
    [
        ("ArrowDown", "shop/web", "shop/db"),
        ("ArrowDown", "pay/db", "<img"),
        ("ArrowUp", "pay/db", "shop/db"),
        ("ArrowUp", "shop/web", "shop/web"),
        ("Home", "pay/db", "shop/web"),
        ("End", "shop/web", "pay/db"),
        ("PageDown", "shop/web", "<img"),
        ("PageUp", "shop/db", "shop/db"),
    ],
)
def test_keys_walk_the_rows_and_their_pages(made: Locator, notebook: Notebook, key: str, first: str, then: str) -> None:
    focus(made.locator("tbody tr", has_text=first))
    notebook.page.keyboard.press(key)
    expect(made.locator("tr:focus")).to_contain_text(then)


def test_the_keyboard_walks_back_to_the_page_before(made: Locator, notebook: Notebook) -> None:
    made.locator("tbody tr").last.press("PageDown")
    notebook.page.keyboard.press("ArrowUp")
    expect(made.locator("tr:focus")).to_contain_text("pay/db")


def test_one_row_of_all_is_reached_by_tab(made: Locator, notebook: Notebook) -> None:
    expect(made.locator("tbody tr[tabindex='0']")).to_have_text([re.compile("shop/web")])
    notebook.python("table.select([2])")
    made.locator("th", has_text="workload").click()
    expect(made.locator("tbody tr[tabindex='0']")).to_have_text([re.compile("pay/db")])


def test_who_walks_a_table_goes_on_in_the_rows_that_take_its_place(made: Locator, notebook: Notebook) -> None:
    made.locator("tbody tr", has_text="shop/db").press("Enter")
    notebook.python("table.show(rows.iloc[[2, 0]])")
    expect(made.locator("tr:focus")).to_contain_text("pay/db")


def test_rows_that_python_selects_are_selected_on_the_page(made: Locator, notebook: Notebook) -> None:
    notebook.python("table.select([1])")
    expect(made.locator("tbody tr.selected")).to_contain_text("shop/db")


def test_other_rows_take_the_place_of_the_old_ones_and_none_is_selected(made: Locator, notebook: Notebook) -> None:
    made.locator("tbody tr", has_text="shop/web").click()
    notebook.python("table.show(rows.iloc[[2]])")
    expect(made.locator("tbody tr")).to_have_count(1)
    expect(made.locator("tbody tr.selected")).to_have_count(0)
    assert notebook.python("print(len(table.selected))") == "0"


def test_a_table_without_rows_says_so(made: Locator, notebook: Notebook) -> None:
    notebook.python("table.show(rows.head(0))")
    expect(made.locator(".nw-empty")).to_have_text("No workloads.")


def test_a_hostile_name_is_text(made: Locator) -> None:
    made.locator(".dt-paging").get_by_text("2", exact=True).click()
    expect(made.locator("tbody")).to_contain_text("<img src=x onerror=")
    assert made.locator("img").count() == 0


def test_times_are_not_broken_into_lines_and_the_table_is_as_wide_as_its_place(made: Locator) -> None:
    assert made.locator("td.nw-moment").first.evaluate("cell => cell.getClientRects().length") == 1
    place, table = (
        made.locator(name).evaluate("each => each.getBoundingClientRect().width")
        for name in (".nw-table", ".dt-container")
    )
    assert table == pytest.approx(place, abs=2)


def test_a_table_has_the_colours_of_the_dark_theme(
    made: Locator, lab: Lab, screenshot: Callable[[str], None], axe: Callable[[str], list[str]]
) -> None:
    colour = "(cell => getComputedStyle(cell).color)"
    light = made.locator("td").first.evaluate(colour)
    lab.theme(DARK)
    expect(made.locator("td").first).not_to_have_css("color", light)
    expect(made.locator(".dt-container")).to_have_css("background-color", "rgba(0, 0, 0, 0)")
    made.locator("tbody tr").first.click()
    screenshot("table-dark")
    assert axe(".made") == []


def test_axe_finds_nothing_serious_in_a_table(made: Locator, axe: Callable[[str], list[str]]) -> None:
    made.locator("tbody tr").first.click()
    assert axe(".made") == []


# --- handing over ------------------------------------------------------------------------------------

KEEP_TEXTS = """button => {
    window.texts = [];
    new MutationObserver(() => window.texts.push(button.textContent)).observe(button, {childList: true});
}"""
"""Keep what is written on a button from now on: some of it for a moment only."""


def wait_for_text(notebook: Notebook, text: str) -> None:
    """Wait until this was written on the button whose texts are kept."""
    notebook.page.wait_for_function("text => window.texts.includes(text)", arg=text)


def test_a_button_saves_a_file_with_all_its_bytes(made: Locator, notebook: Notebook) -> None:
    with notebook.page.expect_download() as download:
        made.get_by_role("button", name="Save it").click()
    assert download.value.suggested_filename == "all.bin"
    assert Path(download.value.path()).read_bytes() == bytes(range(256))


def test_a_table_is_saved_with_all_its_rows_whatever_is_searched_for(made: Locator, notebook: Notebook) -> None:
    made.get_by_role("searchbox").fill("web")
    with notebook.page.expect_download() as download:
        made.get_by_role("button", name="CSV").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert download.value.suggested_filename == "workloads.csv"
    assert lines[0] == "workload,flows,seen"
    assert len(lines) == 5


def test_a_button_copies_and_says_so(made: Locator, notebook: Notebook) -> None:
    button = made.get_by_role("button", name="Copy it")
    button.evaluate(KEEP_TEXTS)
    button.click()
    wait_for_text(notebook, "Copied")
    assert notebook.page.evaluate("navigator.clipboard.readText()") == "grüße ✓"
    expect(made.get_by_role("button", name="Copy it")).to_be_visible()


def test_a_button_copies_where_the_page_has_no_clipboard(made: Locator, notebook: Notebook) -> None:
    page = notebook.page
    page.evaluate("Object.defineProperty(navigator, 'clipboard', {value: undefined, configurable: true})")
    button = made.get_by_role("button", name="Copy", exact=True)
    button.evaluate(KEEP_TEXTS)
    button.click()
    wait_for_text(notebook, "Copied")
    page.evaluate("delete navigator.clipboard")
    assert page.evaluate("navigator.clipboard.readText()").startswith("workload,flows,seen")


def test_a_button_that_has_nothing_to_hand_over_says_why_and_can_be_pressed_again(
    made: Locator, notebook: Notebook
) -> None:
    button = made.get_by_role("button", name="Fail")
    for _ in range(2):
        button.click()
        expect(button).not_to_have_attribute("aria-busy", "true")
    assert notebook.python("print(seen)") == str(["it cannot be made"] * 2)
