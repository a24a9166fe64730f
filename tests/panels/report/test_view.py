"""The widgets of the panel that makes reports: each does what its state does, and says what became of it."""

from __future__ import annotations

import asyncio
import gzip
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import ipywidgets as widgets
import pytest

from tests.panels.report.test_state import only, zipped
from workbench.inventory import load_manifests
from workbench.panels.frame import Scope
from workbench.panels.report import ReportPanel, ReportState
from workbench.panels.report.making import Made
from workbench.panels.report.preview import Preview, embedded
from workbench.report import chosen_sections, read_bundle

Shop = Callable[[], Scope]
NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)


@pytest.fixture
def empty(state: ReportState) -> Iterator[ReportPanel]:
    made = ReportPanel(state)
    yield made
    made.close()


@pytest.fixture
def panel(empty: ReportPanel, made: Made) -> ReportPanel:
    """Return the panel with a report of all that there is."""
    empty.state.put(made)
    return empty


def is_shown(widget: widgets.Widget) -> bool:
    return bool(widget.layout.display != "none")


def test_before_a_report_is_made_it_says_what_to_do_and_what_will_be_missing(empty: ReportPanel) -> None:
    assert "No report was made yet." in empty._head.value
    assert "5 missing inputs" in empty._scope.lacks.value
    assert not is_shown(empty._save)
    assert not is_shown(empty._page)
    assert "About all namespaces; 13 sections of 13." in empty.static_html()


def test_a_click_makes_the_report_that_is_asked_for(empty: ReportPanel) -> None:
    box = empty._scope
    box.title.value, box.author.value, box.namespaces.value = "Q4", "Ana", ["payments"]
    for name, section in box.sections.items():
        section.value = name in {"summary", "coverage"}
    empty._go.click()
    audit = empty.state.wanted().audit
    assert (audit.title, audit.author, audit.namespaces) == ("Q4", "Ana", ("payments",))
    assert [one.id for one in audit.sections] == ["summary", "coverage"]
    assert "about payments; 2 sections, " in empty._head.value
    assert is_shown(empty._save)
    assert is_shown(empty._page)


def test_it_is_made_beside_the_page_and_stop_ends_it(empty: ReportPanel) -> None:
    async def begin_and_stop() -> None:
        empty._go.click()
        assert empty._work.is_running
        assert is_shown(empty._work.widget)
        empty._go.click()
        assert "something is being done already" in empty._message.value
        empty._work._stop.click()
        while empty._work.is_running:  # noqa: ASYNC110  (it tells nobody when it ends)
            await asyncio.sleep(0.01)

    asyncio.run(begin_and_stop())
    assert "stopped" in empty._message.value
    assert empty.state.made is None


def test_there_is_a_box_for_each_section_in_the_order_of_reports(empty: ReportPanel) -> None:
    assert [box.description for box in empty._scope.sections.values()] == [one.title for one in chosen_sections()]


def test_what_is_not_there_cannot_be_used(empty: ReportPanel) -> None:
    used = empty._scope.used
    assert {name for name, box in used.items() if box.value} == {"flows"}
    assert {name for name, box in used.items() if not box.disabled} == {"flows"}
    used["flows"].value = False
    assert empty.state.used.flows is None
    assert "6 missing inputs" in empty._scope.lacks.value


def test_the_headline_counts_findings_by_severity_and_shares(panel: ReportPanel) -> None:
    said = panel._head.value
    assert "nw-answer-bad" in said
    assert "1 critical" in said
    assert "<dt>Ingress isolated</dt><dd>15 of 17 (88%)</dd>" in said
    assert "<dt>Connections seen with outside</dt>" in said


def test_what_has_changed_is_said_above_and_the_report_stays(panel: ReportPanel, made: Made) -> None:
    assert not is_shown(panel._changed)
    panel._scope.title.value = "another"
    assert "The title has changed since: press Make the report." in panel._changed.value
    assert is_shown(panel._changed)
    panel._scope.title.value = ""
    assert not is_shown(panel._changed)
    first, _ = panel.state.scope.flows.period
    panel.state.selection.window = (first, None)
    assert "The time has changed since" in panel._changed.value
    panel.state.selection.window = (None, None)
    panel.state.scope.replace(load_manifests("{apiVersion: v1, kind: Namespace, metadata: {name: one}}\n"))
    assert "The cluster and the flows have changed since" in panel._changed.value
    assert panel._scope.namespaces.allowed_tags == ["one"]
    assert panel.state.made is made


def test_the_page_is_sent_to_a_frame_and_is_kept_in_no_widget(
    panel: ReportPanel, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []
    monkeypatch.setattr(Preview, "send", lambda _widget, _content, buffers: sent.extend(buffers))
    panel._page._handle_custom_msg({"event": "ready"}, [])
    assert [gzip.decompress(one).decode() for one in sent] == [embedded(made.page)]
    assert not [name for name, value in panel._page.get_state().items() if "Network policy audit" in str(value)]
    panel._page.show(made.page)
    assert len(sent) == 1


def test_links_within_the_page_stay_in_it_and_nothing_else_is_changed(made: Made) -> None:
    page = embedded(made.page)
    assert '<a href="about:srcdoc#section-coverage">' in page
    assert '<a href="#' not in page
    assert page.replace("about:srcdoc#", "#") == made.page


def test_what_is_not_in_sight_is_not_sent(state: ReportState, made: Made) -> None:
    state.view = "bundles"
    panel = ReportPanel(state)
    state.put(made)
    assert panel._page.page == ""
    state.view = "page"
    assert panel._page.page == made.page
    panel.close()


def test_buttons_save_page_document_and_data(panel: ReportPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [button.press() for button in panel._save.children]
    assert [one.name.rpartition(".")[2] for one in found if one] == ["html", "pdf", "zip"]
    monkeypatch.setitem(sys.modules, "typst", None)
    assert panel._save.children[1].press() is None
    assert "pip install &#x27;netpol-workbench[report-pdf]&#x27;" in panel._message.value.replace("&#39;", "&#x27;")


def test_a_bundle_is_written_and_proved_and_what_was_changed_is_listed(panel: ReportPanel, tmp_path: Path) -> None:
    panel._view.value = "bundles"
    box = panel._bundles
    assert "is proved by its hashes" in box.verified.value
    assert not is_shown(box.table.widget)
    box.write.click()
    assert "no folder is named" in panel._message.value
    box.target.value = str(tmp_path / "bundle")
    box.write.click()
    assert panel._message.value == ""
    assert read_bundle(tmp_path / "bundle").title == "Network policy audit"
    assert panel.state.written.digest in box.written.value
    assert box.folder.value == str(tmp_path / "bundle")
    assert box.target.value == ""

    (tmp_path / "bundle" / "report.pdf").write_bytes(b"%PDF-")
    box.digest.value = panel.state.written.digest
    box.verify.click()
    assert "nw-answer-bad" in box.verified.value
    assert set(box.table.frame["file"]) == {"report.pdf"}
    assert {len(text) for text in box.table.frame["kept"]} == {13}
    assert {len(text) for text in panel.state.differences()["kept"]} == {64}
    assert "report.pdf" in panel.static_html()
    box.folder.value = str(tmp_path)
    box.verify.click()
    assert "is no bundle of an audit" in panel._message.value


def test_an_earlier_bundle_is_named_or_sent_and_left_again(panel: ReportPanel, tmp_path: Path) -> None:
    box = panel._scope
    panel.state.writing(str(tmp_path / "first"))()
    box.earlier.value = str(tmp_path / "nothing")
    assert "is no bundle of an audit" in panel._message.value
    box.earlier.value = str(tmp_path / "first")
    assert "Compared with Network policy audit of 2026-11-30 10:00 UTC." in box.earlier_says.value
    assert "The earlier report has changed since" in panel._changed.value
    box.forget.click()
    assert (panel.state.earlier, box.earlier.value) == (None, "")
    assert not is_shown(box.forget)
    content = zipped(tmp_path / "first")
    box.upload.value = (
        {"name": "first.zip", "type": "", "size": len(content), "content": content, "last_modified": NOW},
    )
    assert panel.state.earlier is not None
    assert "compared with the bundle of first.zip" in panel._message.value


def test_bundles_of_the_workspace_are_offered(kept: Scope) -> None:
    state = ReportState(kept, now=lambda: NOW, left_out=only("coverage"), view="bundles")
    panel = ReportPanel(state)
    panel._go.click()
    proposed = str(kept.workspace.reports / "network-policy-audit-2026-11-30")
    assert panel._bundles.target.placeholder == proposed
    panel._bundles.write.click()
    assert list(panel._bundles.folder.options) == [proposed]
    assert list(panel._scope.earlier.options) == [proposed]
    panel._bundles.verify.click()
    assert "nw-answer-good" in panel._bundles.verified.value
    panel.close()


def test_a_key_for_stand_ins_stays_in_no_field(empty: ReportPanel) -> None:
    box = empty._scope
    assert not is_shown(box.key)
    box.anonymise.value = True
    assert is_shown(box.key)
    assert "Another session has other stand-ins" in box.anonymised_says.value
    box.key.value = "only for this test, and long enough"
    assert box.key.value == ""
    assert "by the key that was given" in box.anonymised_says.value
    assert "only for this test" not in str([one.get_state() for one in empty.view.children])
    box.key.value = "short"
    assert "the key has 5 bytes" in empty._message.value
    box.anonymise.value = False
    assert empty.state.anonymiser is None


def test_a_saved_notebook_shows_headline_and_sections_and_not_the_page(panel: ReportPanel, made: Made) -> None:
    shown = panel.static_html()
    assert "15 of 17 (88%)" in shown
    assert [one.title for one in made.audit.sections if f"<b>{one.title}</b>" not in shown] == []
    assert len(shown) < len(made.page) / 20


def test_names_are_text_wherever_they_are_shown(shop: Shop) -> None:
    name = "<img src=x onerror=alert(1)>"
    panel = ReportPanel(ReportState(shop(), title=name, author=name, left_out=only("coverage")))
    panel._go.click()
    assert "<img" not in panel._head.value + panel.static_html() + embedded(panel.state.wanted().page)
    assert "&lt;img" in panel._head.value
    panel.close()


def test_a_cell_that_runs_again_shows_the_report_again(shop: Shop) -> None:
    scope = shop()
    first = ReportPanel(ReportState(scope, left_out=only("coverage")))
    first._go.click()
    second = ReportState(scope)
    second.take_over(first.state)
    panel = ReportPanel(second)
    assert panel._page.page == first._page.page != ""
    first.close()
    panel.close()
