"""What a report is asked for, what it depends on, and what becomes of it; without widgets."""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
from traitlets import TraitError

from workbench.baseline import Baselines
from workbench.checks import DeclaredFacts, check
from workbench.connectivity import Semantics, evaluate
from workbench.ground import Anonymiser, ArgumentError, MissingExtraError, NotFoundError, sample_path
from workbench.inventory import load_manifests
from workbench.panels.frame import Scope, Upload
from workbench.panels.report import ReportState
from workbench.panels.report.ingredients import INGREDIENTS
from workbench.panels.report.making import Made
from workbench.report import SECTIONS, chosen_sections, read_bundle, register_section, verify_bundle

Shop = Callable[[], Scope]
NOW = datetime(2026, 11, 30, 10, tzinfo=UTC)
FEW = ("summary", "coverage")


def only(*names: str) -> tuple[str, ...]:
    """Return the ids of all other sections."""
    return tuple(one.id for one in chosen_sections() if one.id not in names)


def quick(scope: Scope, **traits: object) -> ReportState:
    """Return a state whose reports have few sections."""
    return ReportState(scope, now=lambda: NOW, **{"left_out": only(*FEW), **traits})


class _StoppedError(Exception):
    pass


# --- what is asked for ---------------------------------------------------------------------------------------


def test_it_asks_for_all_sections_in_the_order_of_reports(state: ReportState) -> None:
    assert state.asked.sections == tuple(one.id for one in chosen_sections())
    state.write_section("scope", wanted=False)
    state.write_section("summary", wanted=False)
    state.write_section("scope", wanted=True)
    assert state.asked.sections == tuple(one.id for one in chosen_sections())[1:]


def test_a_section_that_is_registered_later_is_written(state: ReportState) -> None:
    state.write_section("summary", wanted=False)
    register_section("owners-of-tests", title="Owners", order=150)(lambda _context: ["Nobody."])
    try:
        assert state.asked.sections[0] == "owners-of-tests"
    finally:
        SECTIONS._known.pop("owners-of-tests")


def test_without_any_section_there_is_no_report(shop: Shop) -> None:
    with pytest.raises(ArgumentError, match="all sections are left out"):
        ReportState(shop(), left_out=only()).making()


def test_a_namespace_that_is_not_there_is_refused_and_a_name_is_not_its_letters(shop: Shop) -> None:
    with pytest.raises(TraitError, match="there is no namespace 'shops'; there are "):
        ReportState(shop(), namespaces="shops")
    assert ReportState(shop(), namespaces="payments").namespaces == ("payments",)


def test_only_what_reports_are_made_of_can_be_left_unused(state: ReportState) -> None:
    with pytest.raises(TraitError, match="not of 'weather'"):
        state.unused = ("weather",)


def test_what_there_is_not_and_what_is_not_used_is_told_with_what_the_report_lacks(state: ReportState) -> None:
    assert [one.partition(":")[0] for one in state.lacks] == [
        *(one.title for name, one in INGREDIENTS.items() if name != "flows"),
        "Earlier report",
    ]
    state.use("flows", wanted=False)
    assert state.lacks[0] == "Flows: not used; the report says what is allowed, and not what happens."
    state.use("flows", wanted=True)
    assert not any(one.startswith("Flows") for one in state.lacks)


def test_all_that_a_workspace_keeps_is_used_and_each_can_be_switched_off(kept: Scope) -> None:
    finding = check(kept.cluster).open.items[0]
    kept.keep(Baselines().learn(kept.cluster, kept.flows, period=timedelta(days=1)))
    kept.keep(kept.address_book.add("payment provider", "203.0.113.0/24"))
    accepted = kept.workspace.accepted().with_finding(finding, owner="ana", reason="known")
    kept.announced(kept.workspace.keep_accepted(accepted, kept.workspace.accepted()))
    kept.announced(kept.workspace.keep_declared(DeclaredFacts(cni="calico")))
    state = quick(kept)
    assert [one.partition(":")[0] for one in state.lacks] == ["Earlier report"]
    inputs = state.making()().audit.inputs
    assert inputs is not None
    assert inputs.flows is not None
    assert inputs.baselines is kept.baselines
    assert inputs.book == kept.address_book
    assert inputs.accepted is not None
    assert [one.fingerprint for one in inputs.accepted] == [finding.fingerprint]
    assert inputs.declared.cni == "calico"

    state.unused = tuple(INGREDIENTS)
    inputs = state.making()().audit.inputs
    assert inputs is not None
    assert (inputs.flows, inputs.baselines, inputs.book, inputs.accepted) == (None, None, None, None)
    assert inputs.declared == DeclaredFacts()


def test_a_workspace_that_cannot_be_read_is_told_and_the_rest_is_used(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "decisions.db").write_bytes(b"no database, and no text of any use" * 40)
    scope = Scope(shop().cluster, shop().flows, workspace=tmp_path)
    state = quick(scope)
    assert state.lacks[-1].startswith("What the workspace keeps is not read: ")
    inputs = state.making()().audit.inputs
    assert inputs is not None
    assert (inputs.flows is None, inputs.baselines) == (False, None)


def test_where_names_are_stand_ins_what_has_none_is_not_used_and_that_is_told(kept: Scope, made: Made) -> None:
    kept.keep(kept.address_book.add("payment provider", "203.0.113.0/24"))
    state = quick(kept, earlier=made.audit, namespaces="payments")
    state.anonymise("only for this test, and long enough")
    assert "Address book: its names have no stand-ins; who owns an address outside is not known." in state.lacks
    assert state.lacks[-1] == "Earlier report: its names have no stand-ins; what changed is not told."
    state.put(state.making()())
    shown = state.wanted().page
    assert not [name for name in ("payments", "payment provider", "gateway") if name in shown]
    stand_in = Anonymiser("only for this test, and long enough").namespace("payments")
    assert set(state.wanted().audit.frame("coverage")["namespace"]) == {stand_in}
    first = shown
    state.anonymise("only for this test, and long enough")
    assert state.changed == ""
    assert state.making()().page == first
    with pytest.raises(ArgumentError, match="the key has 5 bytes"):
        state.anonymise("short")
    state.anonymiser = None
    assert state.changed == "the address book, the earlier report and what stands in for names"


# --- making it -----------------------------------------------------------------------------------------------


def test_a_report_says_what_was_asked_for(shop: Shop) -> None:
    state = quick(shop(), title="Q4 <b>", author="Ana", namespaces=("payments",))
    state.put(state.making()())
    audit = state.wanted().audit
    assert (audit.title, audit.author, audit.namespaces, audit.now) == ("Q4 <b>", "Ana", ("payments",), NOW)
    assert tuple(one.id for one in audit.sections) == FEW
    assert set(audit.frame("coverage")["namespace"]) == {"payments"}
    assert "<h1>Q4 &lt;b&gt;</h1>" in state.wanted().page


def test_a_report_reads_what_is_left_open_as_the_other_panels_do(shop: Shop) -> None:
    conn = evaluate(shop().cluster, semantics=Semantics.REFERENCE)
    state = quick(Scope(conn))
    inputs = state.making()().audit.inputs
    assert inputs is not None
    assert inputs.semantics == Semantics.REFERENCE


def test_flows_are_those_of_the_time_that_is_looked_at(shop: Shop) -> None:
    scope = shop()
    first, last = scope.flows.period
    scope.selection.window = (first, first + (last - first) / 4)
    inputs = quick(scope).making()().audit.inputs
    assert inputs is not None
    assert inputs.flows is not None
    assert 0 < len(inputs.flows.to_pandas()) < len(scope.flows.to_pandas())


def test_making_changes_nothing_and_can_be_stopped(state: ReportState) -> None:
    stages: list[str] = []

    def stop(stage: str, done: int, total: int | None) -> None:
        del done, total
        stages.append(stage)
        if stage == "section coverage":
            raise _StoppedError

    with pytest.raises(_StoppedError):
        state.making()(stop)
    assert "section summary" in stages
    assert state.made is None


def test_the_headline_is_the_summary_of_the_report(state: ReportState, made: Made) -> None:
    assert not state.headline.figures
    state.put(made)
    figures = made.audit.to_frame().set_index("figure")
    assert state.headline.findings == {
        name: figures.loc[f"findings-{name}", "number"] for name in ("critical", "high", "medium", "low", "info")
    }
    texts = {one.title: one.text for one in state.headline.figures}
    assert texts["Ingress isolated"] == "15 of 17 (88%)"
    assert texts["Connections seen with outside"] == f"{len(made.audit.frame('external')):,}"


def test_a_report_without_a_summary_has_no_figures(shop: Shop) -> None:
    state = quick(shop(), left_out=only("coverage"))
    state.put(state.making()())
    assert state.headline == (None, ())


# --- what has changed since ----------------------------------------------------------------------------------


def test_each_thing_that_changes_is_named_and_nothing_is_made_anew(kept: Scope) -> None:
    state = quick(kept)
    made = state.making()()
    state.put(made)
    assert state.changed == ""
    for trait, value in {
        "title": "other",
        "author": "Bo",
        "namespaces": ("orders",),
        "left_out": only("summary"),
    }.items():
        before = getattr(state, trait)
        state.set_trait(trait, value)
        assert state.changed == f"the {'sections' if trait == 'left_out' else trait}"
        state.set_trait(trait, before)
    flows, period = kept.flows, kept.flows.period
    kept.selection.window = (period[0], None)
    assert state.changed == "the time"
    kept.selection.window = (None, None)
    state.use("flows", wanted=False)
    assert state.changed == "the flows"
    state.use("flows", wanted=True)
    kept.keep(kept.address_book.add("payment provider", "203.0.113.0/24"))
    assert state.changed == "the address book"
    kept.undo()
    assert state.changed == ""
    kept.announced(kept.workspace.keep_declared(DeclaredFacts(cni="calico")))
    assert state.changed == "what is declared"
    kept.undo()
    kept.keep(Baselines().learn(kept.cluster, flows, period=timedelta(days=1)))
    assert state.changed == "the baselines"
    kept.undo()
    kept.replace(load_manifests(sample_path("shop")), None)
    assert state.changed == "the cluster and the flows"
    assert state.made is made


def test_a_decision_about_something_else_changes_nothing(kept: Scope) -> None:
    kept.keep(Baselines().learn(kept.cluster, kept.flows, period=timedelta(days=1)))
    state = quick(kept)
    state.put(state.making()())
    kept.announced(kept.workspace.keep_view("mine", {"view": "all"}))
    assert kept.baselines is not state.made.asked.used.baselines  # it was read again
    assert state.changed == ""


def test_a_cell_that_runs_again_has_the_same_report_of_the_same_things_only(shop: Shop) -> None:
    scope = shop()
    state = quick(scope, title="Q4")
    state.put(state.making()())
    again = ReportState(scope)
    again.take_over(state)
    assert (again.title, again.asked.sections, again.made) == ("Q4", FEW, state.made)
    other = ReportState(scope, title="Q1")
    other.take_over(state)
    assert (other.title, other.made) == ("Q1", None)


def test_namespaces_that_another_cluster_does_not_have_are_left_out(shop: Shop) -> None:
    state = quick(shop(), namespaces=("orders", "payments"))
    state.scope.cluster = load_manifests("{apiVersion: v1, kind: Namespace, metadata: {name: orders}}\n")
    state.keep_known_namespaces()
    assert state.namespaces == ("orders",)


# --- files ---------------------------------------------------------------------------------------------------


def test_before_a_report_is_made_there_is_nothing_to_save(state: ReportState) -> None:
    for make in (state.html_file, state.pdf_file, state.data_archive, state.writing):
        with pytest.raises(ArgumentError, match="no report was made yet"):
            make()


def test_page_document_and_data_are_files_named_after_title_and_day(state: ReportState, made: Made) -> None:
    state.put(made)
    page, document, data = state.html_file(), state.pdf_file(), state.data_archive()
    assert [one.name for one in (page, document, data)] == [
        f"network-policy-audit-2026-11-30{ending}" for ending in (".html", ".pdf", "-data.zip")
    ]
    assert page.content == made.page
    assert bytes(document.content).startswith(b"%PDF-")  # type: ignore[arg-type]  # it is no text
    with zipfile.ZipFile(io.BytesIO(data.content)) as archive:  # type: ignore[arg-type]  # likewise
        assert {name.partition(".")[0] for name in archive.namelist()} == set(made.audit.tables)
        coverage = pd.read_csv(archive.open("coverage.csv"))
    assert list(coverage["workload"]) == list(made.audit.frame("coverage")["workload"])


def test_without_its_extra_the_document_says_how_to_install_it(
    state: ReportState, made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    state.put(made)
    with pytest.raises(MissingExtraError, match=r"pip install 'netpol-workbench\[report-pdf\]'"):
        state.pdf_file()


# --- bundles -------------------------------------------------------------------------------------------------


def test_a_bundle_is_written_into_the_workspace_under_a_name_that_is_free(kept: Scope) -> None:
    state = quick(kept, title="Q4: audit!")
    state.put(state.making()())
    for name in ("q4-audit-2026-11-30", "q4-audit-2026-11-30-2"):
        written = state.writing()()
        state.put_written(written)
        assert written.folder == kept.workspace.reports / name
        assert state.folder == str(written.folder)
        found = verify_bundle(written.folder, digest=written.digest)
        assert (found.ok, found.notes) == (True, ())
    assert [Path(one).name for one in state.bundles.folders] == ["q4-audit-2026-11-30-2", "q4-audit-2026-11-30"]


def test_a_bundle_goes_where_it_is_told_and_nowhere_else(state: ReportState, made: Made, tmp_path: Path) -> None:
    state.put(made)
    with pytest.raises(ArgumentError, match="no folder is named"):
        state.writing("  ")
    with pytest.raises(ArgumentError, match="there is no folder"):
        state.writing(str(tmp_path / "not there" / "bundle"))()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(ArgumentError, match="not an empty folder"):
        state.writing(str(tmp_path / "full"))()
    state.put_written(state.writing(f" {tmp_path / 'bundle'} ")())
    assert sorted(one.name for one in tmp_path.iterdir()) == ["bundle", "full"]
    assert [one.name for one in (tmp_path / "full").iterdir()] == ["mine.txt"]
    assert read_bundle(tmp_path / "bundle").title == made.audit.title


def test_a_bundle_that_was_changed_is_told_file_by_file(shop: Shop, tmp_path: Path) -> None:
    state = quick(shop())
    assert state.differences().empty
    with pytest.raises(ArgumentError, match="no bundle is named"):
        state.verifying()
    state.put(state.making()())
    state.put_written(state.writing(str(tmp_path / "bundle"))())
    state.put_verified(state.verifying(state.written.digest)())
    assert state.verification.ok
    page = tmp_path / "bundle" / "report.html"
    page.write_text(page.read_text().replace("Coverage", "Leverage"))
    state.put_verified(state.verifying(state.written.digest)())
    assert not state.verification.ok
    assert set(state.differences()["file"]) == {"report.html"}
    state.folder = str(tmp_path)
    with pytest.raises(NotFoundError, match="is no bundle"):
        state.verifying()()


# --- an earlier report ---------------------------------------------------------------------------------------


def zipped(folder: Path, within: str = "") -> bytes:
    """Return a folder as an archive."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        for one in sorted(folder.rglob("*")):
            if one.is_file():
                archive.write(one, f"{within}{one.relative_to(folder).as_posix()}")
    return held.getvalue()


def test_an_earlier_bundle_is_given_by_its_folder_or_as_an_archive(shop: Shop, tmp_path: Path) -> None:
    state = quick(shop(), left_out=only("summary", "changes"))
    state.put(state.making()())
    state.put_written(state.writing(str(tmp_path / "first"))())
    state.compare_with(str(tmp_path / "first"))
    assert state.changed == "the earlier report"
    assert not any(one.startswith("Earlier") for one in state.lacks)
    state.put(state.making()())
    inputs = state.wanted().audit.inputs
    assert inputs is not None
    assert inputs.earlier is state.earlier
    state.put_written(state.writing(str(tmp_path / "second"))())
    assert state.verifying()().ok

    told = [one.text for one in read_bundle(tmp_path / "second").section("changes").prose]
    assert told != [one.text for one in read_bundle(tmp_path / "first").section("changes").prose]
    # An archive of the second holds the head of the first one, too.
    for within in ("", "second/"):
        state.compare_with_upload(Upload("second.zip", zipped(tmp_path / "second", within)))
        # It is the second one, and not the one within.
        assert state.earlier is not None
        assert [one.text for one in state.earlier.section("changes").prose] == told
    state.compare_with("")
    assert state.earlier is None


@pytest.mark.parametrize(
    "content, says",
    [(b"no archive", "is no ZIP archive"), (None, "holds no bundle: it has no audit.json")],
    ids=["no archive", "nothing in it"],
)
def test_an_upload_that_is_no_bundle_is_refused(
    state: ReportState, tmp_path: Path, content: bytes | None, says: str
) -> None:
    (tmp_path / "x.txt").write_text("x")
    with pytest.raises(ArgumentError, match=says):
        state.compare_with_upload(Upload("x.zip", zipped(tmp_path) if content is None else content))
    assert state.earlier is None


def test_an_archive_writes_nothing_beside_its_folder(state: ReportState, tmp_path: Path) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("audit.json", "{}")
        archive.writestr(f"../../{tmp_path.name}-out.txt", "out")
        archive.writestr(f"{tmp_path}/out.txt", "out")
    with pytest.raises(ValueError, match="cannot be read as a bundle"):
        state.compare_with_upload(Upload("x.zip", held.getvalue()))
    assert [*tmp_path.iterdir()] == []
    assert not Path(tmp_path.parent, f"{tmp_path.name}-out.txt").exists()
