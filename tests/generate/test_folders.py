"""Policies as a folder, a file each: whole or not at all, and never in place of something else (generate 6)."""

from __future__ import annotations

from pathlib import Path

from workbench.generate import why_unwritable, write_policy_folder

REMEDY = "replace it"


def why(path: Path, *, replace: bool = False, is_folder: bool = True) -> str:
    return why_unwritable(path, is_folder=is_folder, replace=replace, remedy=REMEDY)


def test_a_folder_is_made_and_replaced_with_what_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    assert not why(folder)
    write_policy_folder({"1-a.yaml": "a: 1\n", "2-b.yaml": "b: 2\n"}, folder)
    assert why(folder).endswith(f"exists; {REMEDY}")
    assert not why(folder, replace=True)
    write_policy_folder({"1-c.yaml": "c: 3\n"}, folder)
    assert {one.name: one.read_text() for one in folder.iterdir()} == {"1-c.yaml": "c: 3\n"}
    assert [one.name for one in tmp_path.iterdir()] == ["policies"]


def test_what_is_no_policy_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    assert "holds notes.txt, which is no policy" in why(tmp_path, replace=True)
    assert why(tmp_path / "notes.txt", replace=True).endswith("is a file")
    assert why(tmp_path, is_folder=False, replace=True).endswith("is a folder")
    assert "does not exist" in why(tmp_path / "there" / "policies")


def test_an_empty_folder_may_be_filled(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert not why(tmp_path / "empty")
