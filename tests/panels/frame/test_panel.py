"""Every panel joins its widgets to its state, shows errors where the person looks, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import ipywidgets as widgets
import pandas as pd
import pytest
from ipywidgets.widgets.widget import _instances
from traitlets import Int, TraitError, Unicode, validate

from workbench import load_manifests
from workbench.ground import ArgumentError, Progress, WorkbenchError, html_text
from workbench.panels.frame import (
    PANELS,
    FileContent,
    Panel,
    PanelState,
    PanelTable,
    Scope,
    Work,
    copy_button,
    register_panel,
    tabs,
)

EVIL = "<img src=x onerror=alert(1)>"


class _State(PanelState):
    word = Unicode()
    count = Int(0)

    @validate("word")
    def _no_digits(self, proposal: dict[str, Any]) -> str:
        if any(letter.isdigit() for letter in proposal["value"]):
            message = f"{proposal['value']!r} has a digit"
            raise TraitError(message)
        return str(proposal["value"])


class _Panel(Panel[_State]):
    title = "An example"

    def build(self) -> Sequence[widgets.Widget]:
        self.field = widgets.Text()
        self.button = widgets.Button(description="Fail")
        self.button.on_click(self.guarded(self._fail))
        self.join(self.field, "word")
        self.follow(self.state, "word", self._counted)
        return self.field, self.button

    def _counted(self, _change: object) -> None:
        self.state.count += 1

    def _fail(self, _button: object) -> None:
        raise ArgumentError(EVIL, "try another")

    def static_html(self) -> str:
        return f"<p>{html_text(self.state.word)}</p>"


@pytest.fixture
def panel() -> Iterator[_Panel]:
    made = _Panel(_State(Scope(load_manifests("data/samples/shop")), word="web"))
    yield made
    made.close()


def test_widget_and_state_are_kept_equal(panel: _Panel) -> None:
    assert panel.field.value == "web"
    panel.field.value = "db"
    assert panel.state.word == "db"
    panel.state.word = "cache"
    assert panel.field.value == "cache"


def test_refused_value_is_said_and_put_back(panel: _Panel) -> None:
    panel.field.value = "db7"
    assert panel.state.word == "web"
    assert panel.field.value == "web"
    assert "has a digit" in panel._message.value


def test_error_of_a_callback_is_shown_in_the_panel_and_escaped(panel: _Panel) -> None:
    panel.button.click()
    assert 'role="alert"' in panel._message.value
    assert html_text(EVIL) in panel._message.value
    assert EVIL not in panel._message.value
    assert "try another" in panel._message.value
    panel.field.value = "next"
    assert panel._message.value == ""


def test_closed_panel_leaves_no_widget_and_hears_nothing() -> None:
    before = set(_instances)
    panel = _Panel(_State(Scope(load_manifests("data/samples/shop"))))
    assert set(_instances) > before
    panel.close()
    assert set(_instances) == before
    panel.state.word = "later"
    assert panel.state.count == 0


def test_static_output_is_hidden_only_by_the_living_widget(panel: _Panel) -> None:
    assert panel._static_class in panel._static_output()
    hiding = [child.value for child in panel.view.children if panel._static_class in getattr(child, "value", "")]
    assert len(hiding) == 1
    assert "display: none" in hiding[0]


# --- long work --------------------------------------------------------------------------------------------


def _steps(progress: Progress) -> str:
    for step in range(3):
        progress("reading", step, 3)
    return "read"


def test_without_a_loop_work_is_done_at_once() -> None:
    found: list[Any] = []
    Work().run(_steps, found.append, found.append)
    assert found == ["read"]


def test_with_a_loop_work_leaves_it_free_and_can_be_stopped() -> None:
    async def scene() -> BaseException:
        work, started, loop = Work(), asyncio.Event(), asyncio.get_running_loop()
        ended: asyncio.Future[BaseException] = loop.create_future()

        def endless(progress: Progress) -> None:
            while True:
                loop.call_soon_threadsafe(started.set)
                progress("reading", 1, None)

        work.run(endless, lambda _result: None, ended.set_result)
        await started.wait()
        assert work.is_running
        with pytest.raises(WorkbenchError, match="already"):
            work.run(_steps, lambda _result: None, ended.set_result)
        work._stop.click()
        return await ended

    assert "stopped" in str(asyncio.run(scene()))


def test_failure_of_work_is_handed_on() -> None:
    found: list[Any] = []

    def failing(_progress: Progress) -> None:
        raise ArgumentError(EVIL)

    Work().run(failing, found.append, found.append)
    assert isinstance(found[0], ArgumentError)


# --- tables -----------------------------------------------------------------------------------------------


def test_table_counts_its_rows_and_hands_over_all_columns() -> None:
    table = PanelTable("edge", name="edges", columns=("src",))
    table.show(pd.DataFrame({"src": ["a", "b"], "ports": [("TCP 80", "TCP 443"), ()]}))
    assert table.counted == "2 edges"
    assert table.to_csv().content == 'src,ports\na,"TCP 80, TCP 443"\nb,\n'
    assert list(table._table.df.columns) == ["src"]  # type: ignore[union-attr]


def test_table_of_more_rows_than_a_page_can_hold_says_so() -> None:
    table = PanelTable("edge", name="edges")
    table.show(pd.DataFrame({"n": range(10_001)}))
    assert table.counted.startswith("showing 10,000 of 10,001 edges")
    assert str(table.to_csv().content).count("\n") == 10_002


def test_selected_rows_reach_python() -> None:
    table = PanelTable("edge", name="edges")
    seen: list[list[str]] = []
    table.on_select(lambda rows: seen.append(list(rows["src"])))
    table.show(pd.DataFrame({"src": ["a", "b"]}))
    table.select([1])
    assert seen == [["b"]]
    table.show(pd.DataFrame({"src": ["c"]}))
    assert table.selected.empty


def test_empty_table_says_so() -> None:
    table = PanelTable("edge", name="edges", empty="No edges were seen.")
    table.show(pd.DataFrame({"src": []}))
    assert "No edges were seen." in table.static_html()


def test_static_table_escapes_and_says_how_much_it_shows() -> None:
    table = PanelTable("edge", name="edges")
    table.show(pd.DataFrame({"src": [EVIL] * 31}))
    assert EVIL not in table.static_html()
    assert "showing 30 of 31 edges" in table.static_html()


# --- handing over -----------------------------------------------------------------------------------------


def test_content_is_made_when_the_button_is_pressed() -> None:
    sent: list[Any] = []
    made = iter(["first", "second"])
    button = copy_button(lambda: FileContent("edges.csv", next(made)))
    button.send = lambda content, buffers=None: sent.append((content, buffers))
    button.press()
    button.press()
    assert sent == [({"name": "edges.csv"}, [b"first"]), ({"name": "edges.csv"}, [b"second"])]


# --- the registry -----------------------------------------------------------------------------------------


def test_a_registered_panel_becomes_a_tab(monkeypatch: pytest.MonkeyPatch) -> None:
    PANELS.names()  # ours are imported once
    monkeypatch.setattr(PANELS, "_known", dict(PANELS._known))

    @register_panel("example", title="An example", order=-1)
    def make(scope: Scope) -> _Panel:
        return _Panel(_State(scope))

    assert tabs()[0] == ("example", "An example", -1, make)
