"""What a person does faster than the kernel handles it: it is handled in the order in which it was done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, Notebook

pytestmark = pytest.mark.browser

FORM = """
import threading
import ipywidgets as widgets, pandas as pd
from tests.panels.graph.clusters import small
from workbench.panels.frame import Panel, PanelTable

pressed, threads = [], set()

class Form(Panel):
    title = "Form"

    def build(self):
        self.name = widgets.Text(description="Name")
        self.reason = widgets.Text(description="Reason", continuous_update=False)
        self.peer = widgets.Combobox(description="Peer", options=["shop/web", "shop/db"])
        self.port = widgets.IntText(description="Port")
        self.mode = widgets.Dropdown(description="Mode", options=["learning", "locked", "off"])
        self.table = self.hold(PanelTable("workload", name="workloads", several=True))
        self.table.show(pd.DataFrame({"workload": ["shop/web", "shop/db", "pay/db"]}))
        self.take = widgets.Button(description="Take")
        self.taken = widgets.HTML().add_class("taken")
        self.fields = [self.name, self.reason, self.peer, self.port, self.mode]
        for each in self.fields:
            self.follow(each, "value", lambda change: threads.add(threading.current_thread().name))
        self.follow(self.name, "value", lambda change: self.say(change.new))
        self.take.on_click(self.guarded(lambda button: self.pressed()))
        return [*self.fields, self.table.widget, self.take, self.taken]

    def pressed(self):
        threads.add(threading.current_thread().name)
        values = [each.value for each in self.fields] + sorted(self.table.selected["workload"])
        pressed.append(values)
        self.name.value = ""
        self.taken.value = str(values)

    def static_html(self):
        return ""

form = Form(small())
form
"""
CELLS = (FORM, "print(threading.current_thread().name)")
BUSY = """seconds => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    kernel.requestExecute({ code: `import time; time.sleep(${seconds})`, store_history: false });
}"""
WORKBENCH = """
from workbench import Workbench
from workbench.external import AddressBook

workbench = Workbench.sample(tab="address-book")
workbench.state.scope.keep(AddressBook(default_ranges=False))
workbench
"""


def keep_busy(notebook: Notebook, seconds: float = 1.0) -> None:
    """Let the kernel run a cell for so long, and go on meanwhile."""
    notebook.page.evaluate(BUSY, seconds)


@pytest.fixture(scope="module")
def notebook(lab: Lab) -> Notebook:
    return lab.open(*CELLS)


@pytest.fixture
def form(notebook: Notebook) -> Iterator[Locator]:
    notebook.python(
        "for each, value in zip(form.fields, ['', '', '', 0, 'learning']): each.value = value\n"
        "form.table.select([]); form.taken.value = ''; pressed.clear(); threads.clear()"
    )
    yield notebook.root.locator(".nw-panel")
    notebook.answered()
    assert notebook.error_outputs == []


def fill_in_and_take(form: Locator, name: str = "partners") -> None:
    """Do as a person does who is fast: each key on its own, and no look at what comes of it."""
    for label, text in (("Name", name), ("Reason", "their trial is over"), ("Peer", "shop/web"), ("Port", "5432")):
        field = form.get_by_label(label, exact=True)
        field.click()
        field.press("Control+a")
        field.page.keyboard.type(text)
    form.get_by_label("Mode", exact=True).select_option("locked")
    form.get_by_label("Mode", exact=True).select_option("off")
    for row in ("shop/web", "pay/db"):
        form.locator("tbody tr", has_text=row).click()
    form.get_by_role("button", name="Take", exact=True).click()


TAKEN = "['partners', 'their trial is over', 'shop/web', 5432, 'off', 'pay/db', 'shop/web']"


def test_a_button_is_pressed_with_all_that_was_typed_chosen_and_selected_before(
    form: Locator, notebook: Notebook
) -> None:
    keep_busy(notebook)
    fill_in_and_take(form)
    expect(form.locator(".taken")).to_have_text(TAKEN)


def test_it_is_so_while_the_kernel_handles_one_letter_after_the_other(form: Locator, notebook: Notebook) -> None:
    notebook.python("import time\nslowly = lambda change: time.sleep(0.1)\nform.name.observe(slowly, 'value')")
    fill_in_and_take(form)
    expect(form.locator(".taken")).to_have_text(TAKEN)
    notebook.python("form.name.unobserve(slowly, 'value')")


def test_what_a_button_clears_is_not_put_back_by_what_was_typed_before(form: Locator, notebook: Notebook) -> None:
    keep_busy(notebook)
    fill_in_and_take(form)
    expect(form.locator(".taken")).to_have_text(TAKEN)
    assert notebook.python("print(repr(form.name.value))") == "''"
    expect(form.get_by_label("Name", exact=True)).to_have_value("")


def test_two_presses_are_handled_each_with_what_was_typed_before_it(form: Locator, notebook: Notebook) -> None:
    keep_busy(notebook)
    name, take = form.get_by_label("Name", exact=True), form.get_by_role("button", name="Take", exact=True)
    for text in ("first", "second"):
        name.click()
        name.press("Control+a")
        notebook.page.keyboard.type(text)
        take.click()
    notebook.answered()
    assert notebook.python("print([values[0] for values in pressed])") == "['first', 'second']"


def test_by_keyboard_a_button_is_pressed_with_all_that_was_typed_before(form: Locator, notebook: Notebook) -> None:
    keep_busy(notebook)
    keyboard = notebook.page.keyboard
    form.get_by_label("Name", exact=True).click()
    for text in ("partners", "their trial is over", "shop/db"):
        keyboard.type(text)
        keyboard.press("Tab")
    form.get_by_role("button", name="Take", exact=True).press("Enter")
    expect(form.locator(".taken")).to_have_text("['partners', 'their trial is over', 'shop/db', 0, 'learning']")


def test_what_is_done_on_the_page_is_handled_where_cells_run(form: Locator, notebook: Notebook) -> None:
    for _ in range(2):  # the kernel has answered to widgets then, from wherever it handled them
        fill_in_and_take(form)
        expect(form.locator(".taken")).to_have_text(TAKEN)
        notebook.python("form.taken.value = ''; form.name.value = 'from a cell'; form.table.select([])")
    shell = notebook.root.locator(".jp-OutputArea-output pre").last.inner_text().strip()
    assert notebook.python("print(sorted(threads))") == str([shell])


def test_what_is_done_while_a_cell_runs_comes_after_it(form: Locator, notebook: Notebook) -> None:
    notebook.page.evaluate(BUSY.replace("time.sleep(${seconds})", "time.sleep(1); pressed.append('cell')"), 1)
    form.get_by_role("button", name="Take", exact=True).click()
    notebook.answered()
    assert notebook.python("print(pressed[0])") == "cell"
    assert notebook.python("print(len(pressed))") == "2"


def test_a_block_of_addresses_has_the_whole_name_that_was_typed(lab: Lab) -> None:
    notebook = lab.open(WORKBENCH)
    book = notebook.root.locator(".nw-book")
    book.get_by_role("button", name="Blocks with names", exact=True).click()
    notebook.answered()
    keep_busy(notebook)
    for label, text in (("Name", "partners"), ("Block", "203.0.113.0/24"), ("Reason", "a contract")):
        book.get_by_label(label, exact=True).locator("visible=true").first.click()
        notebook.page.keyboard.type(text)
    book.get_by_role("button", name="Add", exact=True).locator("visible=true").first.click()
    row = book.locator("tbody tr:visible").first
    expect(row).to_contain_text("partners")
    expect(row).to_contain_text("203.0.113.0/24")
    assert "a contract" in notebook.python("print(workbench.panels['address-book'].state.undoable)")
