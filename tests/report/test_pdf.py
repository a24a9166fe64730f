"""A report as a document: the same bytes from the same audit, and names that are no markup."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from subprocess import run

import pytest

from tests.ground.text.hostile import HOSTILE
from tests.report.hostile import full_of_harm
from tests.report.small import NOW, Given, made
from workbench.ground import ArgumentError, visible
from workbench.inventory import Cluster
from workbench.report import Audit, Section, audit, pdf

pytest.importorskip("typst")


def text_of(content: bytes, folder: Path) -> str:
    """Return the text of a document, without breaks, as another program reads it; skip where there is none."""
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("pdftotext (poppler-utils) is not on the PATH")
    (folder / "report.pdf").write_bytes(content)
    argv = [reader, "-layout", str(folder / "report.pdf"), "-"]
    found = run(argv, capture_output=True, text=True, check=True).stdout  # noqa: S603  (a program of this machine)
    return re.sub(r"[\s\u200b]+", "", found)


def test_a_document_says_what_the_audit_says(whole: Audit, tmp_path: Path) -> None:
    found = text_of(pdf(whole), tmp_path)
    assert all(re.sub(r"\s", "", one.title) in found for one in whole.sections)
    assert "NetworkPolicyshop/web" in found


def test_the_same_audit_gives_the_same_document_with_the_time_of_the_audit(known: Given) -> None:
    first, second = (pdf(made(known, sections=["coverage", "exposure", "findings"])) for _ in range(2))
    assert first == second
    assert first.startswith(b"%PDF-")
    assert b"2026-11-30T10:00:00" in first


def test_hostile_names_are_text_in_a_document(tmp_path: Path) -> None:
    section = full_of_harm().sections[0]
    found = text_of(pdf(Audit("t", "", NOW, (), (section,), {})), tmp_path)
    shown = [re.sub(r"\s", "", visible(one)) for one in HOSTILE]
    assert [one for one in shown if one.isascii() and one not in found] == []


@pytest.mark.parametrize("text", ['#panic("x")', "*b* _i_ $x$ `c` <l> @r", "= heading", "#sys.inputs", "\\"])
def test_no_text_is_markup(text: str, tmp_path: Path) -> None:
    found = pdf(Audit(text, text, NOW, (text,), (Section("s", text, ()),), {text: text}))
    assert text_of(found, tmp_path).count(re.sub(r"\s", "", text)) >= 3


def test_a_template_of_ones_own_takes_the_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "audit.typ").write_text("#let page-data = json(bytes(sys.inputs.page))\nONLY #page-data.title\n")
    assert text_of(pdf(audit(Cluster(), now=NOW, title="Mine"), tmp_path), tmp_path) == "ONLYMine"


def test_a_template_with_a_fault_is_an_error_that_says_which(tmp_path: Path) -> None:
    (tmp_path / "audit.typ").write_text("#nothing\n")
    with pytest.raises(ArgumentError, match=r"audit\.typ has a fault: unknown variable: nothing"):
        pdf(audit(Cluster(), now=NOW), tmp_path)
    with pytest.raises(ArgumentError, match="there is no folder"):
        pdf(audit(Cluster(), now=NOW), tmp_path / "none")
