"""Recordings are found in files, folders, archives and the standard input, whatever they are compressed by."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from workbench.flows.records import Recording, opened, recordings_in, streams
from workbench.ground import ProblemLog

LINES = b'{"a": 1}\n{"a": 2}\n'


def tar(members: dict[str, bytes], mode: str = "w") -> bytes:
    """Return an archive; mode as `tarfile` takes it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def zipped(members: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return packed.getvalue()


def found_in(folder: Path, *paths: Path | str, stdin: bytes = b"") -> tuple[dict[str, bytes], ProblemLog]:
    """Return what each recording holds, by its name."""
    copies, log = folder / "copies", ProblemLog()
    copies.mkdir()
    found = {}
    for recording in recordings_in(paths, copies, log, stdin=io.BytesIO(stdin)):
        with opened(recording.path) as stream:
            found[recording.name.removeprefix(f"{folder}/")] = stream.read()
        recording.discard()
    assert not list(copies.iterdir()), "copies are removed when they were taken"
    return found, log


ARCHIVES = {
    "a.tar": tar({"x/one.log": LINES, "two.log": LINES}),
    "a.tar.gz": tar({"x/one.log": LINES, "two.log": LINES}, "w:gz"),
    "a.zip": zipped({"x/one.log": LINES, "two.log": LINES}),
    "named otherwise": tar({"x/one.log": LINES, "two.log": LINES}),
}


@pytest.mark.parametrize("name", ARCHIVES)
def test_each_member_of_an_archive_is_a_recording(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(ARCHIVES[name])
    assert found_in(tmp_path, path)[0] == {f"{name}!x/one.log": LINES, f"{name}!two.log": LINES}


def test_members_may_be_compressed_and_archives_themselves_but_not_without_end(tmp_path: Path) -> None:
    inner = zipped({"deep.log.gz": gzip.compress(LINES)})
    path = tmp_path / "a.tar"
    path.write_bytes(tar({"b.zip": inner, "c.log.gz": gzip.compress(LINES)}))
    assert found_in(tmp_path, path)[0] == {"a.tar!b.zip!deep.log.gz": LINES, "a.tar!c.log.gz": LINES}
    nested = LINES
    for _ in range(5):
        nested = tar({"inner": nested})
    path.write_bytes(nested)
    (tmp_path / "copies").rmdir()
    found, log = found_in(tmp_path, path)
    assert (found, [problem.code for problem in log]) == ({}, ["nested-archive"])


def test_the_standard_input_is_a_file_like_any_other(tmp_path: Path) -> None:
    assert found_in(tmp_path, "-", stdin=gzip.compress(LINES))[0] == {"<stdin>": LINES}


def test_of_a_folder_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    for name in ("b.log", "a/c.log", ".hidden", ".git/d.log", "a/.e.log"):
        path = tmp_path / "given" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(LINES)
    assert list(found_in(tmp_path, tmp_path / "given")[0]) == ["given/a/c.log", "given/b.log"]


def test_what_is_given_is_looked_for_at_once(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        recordings_in([tmp_path / "nowhere"], tmp_path, ProblemLog())


@pytest.mark.parametrize("cut", [600, 1030, 1800])
def test_of_an_archive_that_is_cut_off_the_members_before_are_kept(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "a.tar"
    path.write_bytes(ARCHIVES["a.tar"][:cut])
    found, log = found_in(tmp_path, path)
    assert set(found) <= {"a.tar!x/one.log", "a.tar!two.log"}
    assert [problem.code for problem in log] == ["unreadable-archive"]


def test_headers_that_are_wrong_are_told_and_never_raise(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("x.log")
        member.pax_headers = {"size": "many", "mtime": "never", "GNU.sparse.size": "1x", "GNU.sparse.major": "z"}
        archive.addfile(member)
    path = tmp_path / "a.tar"
    path.write_bytes(packed.getvalue())
    found_in(tmp_path, path)


def test_what_comes_out_is_limited_and_holes_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "LEAST_LIMIT", 2_000_000)
    monkeypatch.setattr(streams, "MOST_TIMES", 2)
    for name, content in (
        ("a.zip", zipped({"x": b"0" * 5_000_000})),
        ("b.tar.gz", tar({"x": b"0" * 5_000_000}, "w:gz")),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        found, log = found_in(tmp_path, path)
        (tmp_path / "copies").rmdir()
        assert (found, [problem.code for problem in log]) == ({}, ["too-large"]), name
    path = tmp_path / "c.gz"
    path.write_bytes(gzip.compress(b"0" * 8_000_000))
    with opened(path) as stream:
        assert len(stream.read()) <= 2_000_000
        assert "unpacks to more than" in stream.fault


# Compression


def test_members_of_gzip_follow_each_other_with_padding_between(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(b"".join(gzip.compress(b"%d\n" % number) for number in range(3_000)) + b"\0" * 512)
    with opened(path) as stream:
        assert stream.read().split() == [b"%d" % number for number in range(3_000)]
        assert stream.fault == ""


def test_what_was_compressed_twice_is_unpacked_twice(tmp_path: Path) -> None:
    path = tmp_path / "a.gz.gz"
    path.write_bytes(gzip.compress(gzip.compress(LINES)))
    with opened(path) as stream:
        assert stream.read() == LINES


@pytest.mark.parametrize("size", [50, 5_000])
def test_all_that_can_be_read_of_a_damaged_file_is(tmp_path: Path, size: int) -> None:
    text = b"".join(b"%08d\n" % number for number in range(size))
    packed = gzip.compress(text)
    path = tmp_path / "a.gz"
    path.write_bytes(packed[: len(packed) // 2])
    with opened(path) as stream:
        found = stream.read()
        assert text.startswith(found)
        assert len(found) > len(text) // 4
        assert "cut off" in stream.fault
    path.write_bytes(packed[:-8] + b"\0" * 8)
    with opened(path) as stream:
        assert stream.read() == text
        assert "damaged" in stream.fault


def test_a_recording_that_is_no_copy_is_not_removed(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(LINES)
    Recording("a.log", path).discard()
    assert path.exists()


def test_an_archive_may_be_compressed_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip.gz"
    path.write_bytes(gzip.compress(zipped({"a.log": b"a line\n"})))
    found, log = found_in(tmp_path, path)
    assert (list(found.values()), list(log)) == ([b"a line\n"], [])
