"""Whether a bundle is true: a changed byte is found and its file named, a changed answer is named to the cell."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.report.small import Given, made
from workbench.ground import NotFoundError
from workbench.report import ReportTable, Verification, read_bundle, verify_bundle, write_bundle
from workbench.report.bundle import AUDIT, SUMS, digest_of, sums_text
from workbench.report.data import parquet_bytes
from workbench.report.frames import VERIFIED

FIRST = Path(__file__).parent / "bundle-1"


def named(found: Verification) -> set[str]:
    return {one.file for one in found.differences}


def signed_again(folder: Path) -> None:
    """Make all hashes of a bundle right, as who changes one would."""
    said = json.loads((folder / AUDIT).read_text())
    for name in said["files"]:
        content = (folder / name).read_bytes()
        said["files"][name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (folder / AUDIT).write_text(json.dumps(said, indent=1) + "\n")
    names = [*said["files"], AUDIT]
    (folder / SUMS).write_text(
        sums_text({one: hashlib.sha256((folder / one).read_bytes()).hexdigest() for one in names})
    )


def replaced(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_bundle_is_found_again(written: Path) -> None:
    found = verify_bundle(written)
    assert found.ok
    assert found.to_frame().empty
    assert found.digest == digest_of(written)
    assert str(found).startswith("The bundle is as it was written, and all its answers were found again.")


def test_one_with_a_document_is_found_again(known: Given, tmp_path: Path) -> None:
    pytest.importorskip("typst")
    digest = write_bundle(made(known, sections=["coverage"]), tmp_path / "b", with_pdf=True)
    assert verify_bundle(tmp_path / "b", digest=digest).ok
    (tmp_path / "b" / "report.pdf").write_bytes(b"%PDF-1.7\n")
    signed_again(tmp_path / "b")
    assert named(verify_bundle(tmp_path / "b")) == {"report.pdf"}


@settings(max_examples=examples(40))
@given(chance=st.randoms(use_true_random=False), bits=st.integers(1, 255))
def test_a_changed_byte_in_any_file_is_found_and_the_file_is_named(short: Path, chance: Any, bits: int) -> None:  # noqa: ANN401
    folder = copytree(short, short.parent / "flipped")
    try:
        path = chance.choice(sorted(one for one in folder.rglob("*") if one.is_file()))
        content = bytearray(path.read_bytes())
        content[chance.randrange(len(content))] ^= bits
        path.write_bytes(content)
        found = verify_bundle(folder)
        assert not found.ok
        name = path.relative_to(folder).as_posix()
        assert named(found) <= {name, "inputs", ""} if name not in {SUMS, AUDIT} else name in str(found)
        assert name in named(found) or name == SUMS
    finally:
        rmtree(folder)


def test_a_changed_byte_in_each_file_of_a_whole_bundle_is_found(bundle: Path) -> None:
    names = {one.relative_to(bundle).as_posix() for one in bundle.rglob("*") if one.is_file()} - {SUMS, AUDIT}
    for name in names:
        content = bytearray((bundle / name).read_bytes())
        content[len(content) // 2] ^= 1
        (bundle / name).write_bytes(content)
    assert {one for one in names if one.startswith("inputs/flows/")}
    assert named(verify_bundle(bundle)) >= names


@pytest.mark.parametrize("name", ["report.html", "data/coverage.parquet", "inputs/options.json", SUMS, AUDIT])
def test_a_missing_file_is_named(bundle: Path, name: str) -> None:
    (bundle / name).unlink()
    found = verify_bundle(bundle)
    assert not found.ok
    assert name in named(found)


def test_a_file_too_many_is_named(bundle: Path) -> None:
    (bundle / "data" / "more.csv").write_text("x")
    (bundle / "link").symlink_to(os.devnull)
    assert {"data/more.csv", "link"} <= named(verify_bundle(bundle))


def test_a_changed_manifest_is_named_with_the_cell_that_differs(bundle: Path) -> None:
    replaced(bundle / "inputs" / "manifests.jsonl", '"cidr": "203.0.113.0/24"', '"cidr": "203.0.113.0/25"')
    found = verify_bundle(bundle)
    assert "inputs/manifests.jsonl" in named(found)
    cells = {(one.table, one.column): one for one in found.differences if one.kind == "cell"}
    one = cells["rules", "peers"]
    assert "NetworkPolicy pay/api" in one.row
    assert (one.kept, one.computed) == ("203.0.113.0/24", "203.0.113.0/25")
    assert str(one) in str(found)


def test_it_is_named_also_where_all_hashes_were_made_right(bundle: Path) -> None:
    digest = digest_of(bundle)
    replaced(bundle / "inputs" / "manifests.jsonl", '"cidr": "203.0.113.0/24"', '"cidr": "203.0.113.0/25"')
    signed_again(bundle)
    found = verify_bundle(bundle)
    assert ("rules", "peers") in {(one.table, one.column) for one in found.differences}
    assert SUMS in named(verify_bundle(bundle, digest=digest))


def test_an_answer_that_was_made_better_is_found_though_all_hashes_are_right(bundle: Path) -> None:
    table = read_bundle(bundle).tables["coverage"]
    better = table.frame.assign(egress="isolated")
    content = parquet_bytes(ReportTable(table.id, table.title, table.table, better, table.key))
    (bundle / "data" / "coverage.parquet").write_bytes(content)
    signed_again(bundle)
    cells = [one for one in verify_bundle(bundle).differences if one.table == "coverage"]
    assert {(one.row, one.column, one.kept, one.computed) for one in cells} == {
        ("pay/batch[Pod]", "egress", "isolated", "open"),
        ("shop/web[Pod]", "egress", "isolated", "open"),
    }


@pytest.mark.parametrize("name", ["report.html", "data/coverage.csv", "data/findings.json"])
def test_a_page_or_table_that_says_something_else_is_found_though_all_hashes_are_right(bundle: Path, name: str) -> None:
    replaced(bundle / name, "shop", "shap")
    signed_again(bundle)
    assert named(verify_bundle(bundle)) == {name}


def test_a_sentence_that_was_changed_is_found(bundle: Path) -> None:
    replaced(bundle / AUDIT, "4 workloads in 2 namespaces", "5 workloads in 2 namespaces")
    signed_again(bundle)
    (one,) = [one for one in verify_bundle(bundle).differences if one.kind == "text"]
    assert (one.table, one.kept[:11], one.computed[:11]) == ("summary", "5 workloads", "4 workloads")


def test_another_version_is_named(bundle: Path) -> None:
    said = json.loads((bundle / AUDIT).read_text())
    said["versions"]["pandas"] = "2.0.0"
    (bundle / AUDIT).write_text(json.dumps(said, indent=1) + "\n")
    signed_again(bundle)
    found = verify_bundle(bundle)
    assert any("pandas 2.0.0 (here" in one for one in found.notes)


def test_inputs_that_cannot_be_read_are_named(bundle: Path) -> None:
    (bundle / "inputs" / "manifests.jsonl").write_text("{\n")
    found = verify_bundle(bundle)
    assert "inputs/manifests.jsonl" in named(found)
    assert any("cannot be computed again" in one.message for one in found.differences)


def test_what_is_no_bundle_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"neither audit\.json nor SHA256SUMS"):
        verify_bundle(tmp_path)


def test_every_format_says_what_differs(bundle: Path) -> None:
    (bundle / "report.html").write_text("x")
    found = verify_bundle(bundle)
    VERIFIED.checked(found.to_frame())
    assert "report.html" in found.render("txt")
    assert "report.html" in found.render("md")
    said = json.loads(str(found.render("json")))
    assert (said["ok"], said["differences"][0]["file"]) == (False, "report.html")


# --- format 1 ---------------------------------------------------------------------------------------------


def test_a_bundle_of_format_1_is_small() -> None:
    assert sum(one.stat().st_size for one in FIRST.rglob("*") if one.is_file()) < 200_000


def test_a_bundle_of_format_1_is_still_read() -> None:
    found = read_bundle(FIRST)
    assert found.title == "Shop"
    rows = found.frame("coverage").set_index("workload")
    assert rows.loc["shop/db[Pod]", "ingress"] == "isolated"
    used = found.frame("connections").set_index(["src", "dst"])["ports_used"]
    assert used["shop/web[Pod]", "shop/db[Pod]"] == "TCP 5432"


def test_a_bundle_of_format_1_is_still_true_in_its_facts() -> None:
    wrong = [one for one in verify_bundle(FIRST).differences if one.kind != "text"]
    # Pages may look otherwise later, and tables may have come.
    later = {"it does not say what the answers say", "the bundle has no such table"}
    assert [one for one in wrong if one.message not in later] == []
    assert {one.file for one in wrong} <= {"report.html", ""}
