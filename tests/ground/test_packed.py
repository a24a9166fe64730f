"""How files are packed is recognized by their first bytes."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from workbench.ground import ARCHIVE_HEAD, archive_kind, is_encrypted, is_gzip, is_hidden


def tar_of(*names: str) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(name))
    return content.getvalue()


def zip_of(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, "")
    return content.getvalue()


@pytest.mark.parametrize(
    "content, kind",
    [
        (tar_of("a"), "tar"),
        (zip_of("a"), "zip"),
        (zip_of(), "zip"),
        (gzip.compress(tar_of("a")), ""),
        (b"kind: Pod", ""),
        (b"", ""),
    ],
    ids=["tar", "zip", "empty zip", "compressed tar", "text", "nothing"],
)
def test_archives_are_known_by_their_first_bytes(content: bytes, kind: str) -> None:
    assert archive_kind(content[:ARCHIVE_HEAD]) == kind


def test_gzip_is_known_whatever_the_name_is(tmp_path: Path) -> None:
    packed, plain = tmp_path / "one.json", tmp_path / "two.gz"
    packed.write_bytes(gzip.compress(b"{}"))
    plain.write_bytes(b"{}")
    assert (is_gzip(packed), is_gzip(plain)) == (True, False)


def test_an_encrypted_member_says_so() -> None:
    member = zipfile.ZipInfo("a")
    assert not is_encrypted(member)
    member.flag_bits |= 1
    assert is_encrypted(member)


@pytest.mark.parametrize(
    "path, hidden",
    [("a/b", False), (".a", True), ("a/.b/c", True), ("./a", False), ("../a", False), (".../a", True), ("a.b", False)],
)
def test_hidden_is_what_begins_with_a_dot(path: str, *, hidden: bool) -> None:
    assert is_hidden(path) is hidden
