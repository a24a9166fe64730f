"""Paths become texts: folders, archives, links, and files that are no manifests."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from workbench.ground import ProblemError, ProblemLog, Severity
from workbench.manifests import read_files

if TYPE_CHECKING:
    from pathlib import Path


def read(*paths: Path | str, **options: object) -> tuple[list[tuple[str, str]], ProblemLog]:
    log = ProblemLog()
    return [tuple(found) for found in read_files(paths, log, **options)], log  # type: ignore[arg-type, misc]


def codes(log: ProblemLog) -> list[str]:
    return [problem.code for problem in log]


def archive(path: Path, mode: str, **members: bytes) -> Path:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name, content in members.items():
            entry = tarfile.TarInfo(name.replace("__", "/").replace("_", "."))
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


def test_a_folder_is_read_recursively_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b.yaml", "a/z.yml", "a/b.json", "c.txt", "README.md", "B.YAML"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    found, log = read(tmp_path)
    assert [text for _, text in found] == ["B.YAML", "a/b.json", "a/z.yml", "b.yaml"]
    assert found[1][0] == str(tmp_path / "a/b.json")
    assert codes(log) == []


def test_hidden_files_and_folders_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/x.yaml").write_text("a: 1")
    (tmp_path / ".golangci.yaml").write_text("a: [")
    (tmp_path / ".m.zip").write_bytes(b"no archive")
    assert (read(tmp_path)[0], codes(read(tmp_path)[1])) == ([], [])


def test_files_of_expectations_are_passed_over_in_folders_and_archives(tmp_path: Path) -> None:
    (tmp_path / "a.netpol-test.yaml").write_text("- allow: a -> b : 80")
    (tmp_path / "b.NETPOL-TEST.yml").write_text("- deny: * -> b")
    (tmp_path / "netpol-test.yaml").write_text("a: 1")
    archive(tmp_path / "m.tar", "w", **{"c.netpol-test.yaml": b"- {"})
    found, log = read(tmp_path)
    assert ([text for _, text in found], codes(log)) == (["a: 1"], [])
    assert [text for _, text in read(tmp_path / "a.netpol-test.yaml")[0]] == ["- allow: a -> b : 80"]


def test_a_hidden_file_that_is_named_is_read(tmp_path: Path) -> None:
    (tmp_path / ".x.yaml").write_text("a: 1")
    assert [text for _, text in read(tmp_path / ".x.yaml")[0]] == ["a: 1"]


def test_hidden_members_of_archives_are_passed_over(tmp_path: Path) -> None:
    archive(tmp_path / "m.tar", "w", **{"._a_yaml": b"x", ".git__b_yaml": b"x", ".__c_yaml": b"c: 1"})
    assert [text for _, text in read(tmp_path)[0]] == ["c: 1"]


def test_a_file_that_is_named_is_read_whatever_its_ending(tmp_path: Path) -> None:
    file = tmp_path / "manifest.txt"
    file.write_text("a: 1")
    assert read(str(file))[0] == [(str(file), "a: 1")]


def test_several_paths_are_read_in_their_order(tmp_path: Path) -> None:
    for name in ("1.yaml", "2.yaml"):
        (tmp_path / name).write_text(name)
    assert [text for _, text in read(tmp_path / "2.yaml", tmp_path / "1.yaml")[0]] == ["2.yaml", "1.yaml"]


def test_a_hyphen_is_the_standard_input() -> None:
    assert read("-", stdin=io.BytesIO(b"a: 1"))[0] == [("<stdin>", "a: 1")]


def test_gzip_is_unpacked(tmp_path: Path) -> None:
    (tmp_path / "x.yaml.gz").write_bytes(gzip.compress(b"a: 1", mtime=0))
    assert read(tmp_path)[0] == [(str(tmp_path / "x.yaml.gz"), "a: 1")]


@pytest.mark.parametrize("name, mode", [("m.tar", "w"), ("m.tar.gz", "w:gz"), ("m.tgz", "w:gz")])
def test_archives_are_unpacked_in_place(tmp_path: Path, name: str, mode: str) -> None:
    members = {"a__x_yaml": b"a: 1", "b_json_gz": gzip.compress(b"{}", mtime=0), "c_txt": b"no"}
    path = archive(tmp_path / name, mode, **members)
    assert read(tmp_path)[0] == [(f"{path}!a/x.yaml", "a: 1"), (f"{path}!b.json.gz", "{}")]


def zipped(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in members.items():
            target.writestr(name.replace("__", "/").replace("_", "."), content)
    return path


class TestZip:
    def test_a_zip_archive_is_read_directly_and_within_a_folder(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "m.zip", a__x_yaml=b"a: 1", b_json_gz=gzip.compress(b"{}", mtime=0), c_txt=b"no")
        expected = [(f"{path}!a/x.yaml", "a: 1"), (f"{path}!b.json.gz", "{}")]
        assert read(path)[0] == expected
        assert read(tmp_path)[0] == expected

    def test_it_is_known_by_its_first_bytes(self, tmp_path: Path) -> None:
        content = zipped(tmp_path / "m.zip", a_yaml=b"a: 1").read_bytes()
        assert read("-", stdin=io.BytesIO(content))[0] == [("<stdin>!a.yaml", "a: 1")]

    def test_an_empty_one_holds_nothing(self, tmp_path: Path) -> None:
        found, log = read(zipped(tmp_path / "m.zip"))
        assert (found, codes(log)) == ([], [])

    def test_a_damaged_member_leaves_the_others_alone(self, tmp_path: Path) -> None:
        path = zipped(tmp_path / "m.zip", a_yaml=b"a: 1" * 100, b_yaml=b"b: 1")
        content = bytearray(path.read_bytes())
        content[40:44] = b"\xff\xff\xff\xff"
        path.write_bytes(content)
        found, log = read(path)
        assert [text for _, text in found] == ["b: 1"]
        assert [(problem.code, problem.file) for problem in log] == [("unreadable-file", f"{path}!a.yaml")]

    @pytest.mark.parametrize("inner", ["in.zip", "in.tgz"])
    def test_an_archive_within_an_archive_is_told(self, tmp_path: Path, inner: str) -> None:
        path = zipped(tmp_path / "m.zip", **{inner: b"PK", "a_yaml": b"a: 1"})
        found, log = read(path)
        assert [text for _, text in found] == ["a: 1"]
        assert [(problem.code, problem.severity) for problem in log] == [("archive-in-archive", Severity.WARNING)]

    def test_no_zip_at_all_is_a_problem(self, tmp_path: Path) -> None:
        (tmp_path / "m.zip").write_bytes(b"a: 1\n")
        found, log = read(tmp_path)
        assert (found, codes(log)) == ([], ["unreadable-file"])


def test_numbers_of_a_header_that_are_none_are_a_problem(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "m.tar", "w", format=tarfile.PAX_FORMAT) as tar:
        entry = tarfile.TarInfo("a.yaml")
        entry.pax_headers = {"GNU.sparse.size": "many", "GNU.sparse.map": "0,x"}
        tar.addfile(entry, io.BytesIO())
    found, log = read(tmp_path)
    assert (found, codes(log)) == ([], ["unreadable-file"])


def test_a_strict_log_raises_the_problem_itself(tmp_path: Path) -> None:
    path = zipped(tmp_path / "m.zip", a_yaml=b"b: \xff")
    with pytest.raises(ProblemError, match=r"m\.zip!a\.yaml:1: .*UTF-8"):
        list(read_files([path], ProblemLog(strict=True)))


def test_utf16_with_a_mark_is_text(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes("a: é".encode("utf-16"))
    assert [text for _, text in read(tmp_path)[0]] == ["a: é"]


def test_a_path_that_does_not_exist_is_the_caller_s_mistake(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no file or folder"):
        read(tmp_path / "nowhere")


def test_links_in_circles_end(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a/loop").symlink_to(tmp_path)
    (tmp_path / "a/self").symlink_to("self")
    (tmp_path / "x.yaml").write_text("a: 1")
    found, _ = read(tmp_path)
    assert len(found) == 1


def test_a_broken_link_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").symlink_to("nowhere.yaml")
    found, log = read(tmp_path)
    assert (found, codes(log)) == ([], ["unreadable-file"])


def test_a_pipe_in_a_folder_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.yaml")
    found, log = read(tmp_path)
    assert (found, codes(log)) == ([], ["unreadable-file"])


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_what_may_not_be_read_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("a: 1")
    (tmp_path / "x.yaml").chmod(0)
    (tmp_path / "d").mkdir(mode=0)
    found, log = read(tmp_path)
    assert (found, codes(log)) == ([], ["unreadable-file", "unreadable-file"])


@pytest.mark.parametrize(
    "content, code, severity",
    [
        (b"\x7fELF\x00\x01", "not-text", Severity.WARNING),
        (b"a: 1\nb: \xff\xfe", "not-text", Severity.ERROR),
        (b"\x1f\x8b broken", "unreadable-file", Severity.ERROR),
        (gzip.compress(b"a: 1" * 1000, mtime=0)[:-20], "unreadable-file", Severity.ERROR),
    ],
)
def test_what_is_no_text_is_a_problem(tmp_path: Path, content: bytes, code: str, severity: Severity) -> None:
    (tmp_path / "x.yaml").write_bytes(content)
    found, log = read(tmp_path)
    assert found == []
    assert [(problem.code, problem.severity) for problem in log] == [(code, severity)]


def test_bad_characters_are_reported_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes(b"a: 1\nb: \xff")
    assert [problem.line for problem in read(tmp_path)[1]] == [2]


def test_a_broken_archive_gives_what_it_holds_up_to_the_break(tmp_path: Path) -> None:
    whole = archive(tmp_path / "m.tar", "w", a_yaml=b"a: 1", b_yaml=b"b: 2" * 1000).read_bytes()
    (tmp_path / "m.tar").write_bytes(whole[:2000])
    found, log = read(tmp_path)
    assert [text for _, text in found] == ["a: 1"]
    assert codes(log) == ["unreadable-file"]


@pytest.mark.parametrize("name", ["a.tar.bz2", "a.TXZ", "a.tar.zst", "a.7z", "a.rar"])
def test_an_archive_that_is_not_read_is_told_in_a_folder_in_an_archive_and_by_itself(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"BZh9")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr(name, b"BZh9")
    for path, count in ((tmp_path, 2), (tmp_path / name, 1)):
        log = ProblemLog()
        assert list(read_files([path], log)) == []
        assert [(problem.severity, "unpack" in problem.message) for problem in log] == [
            (Severity.WARNING, True)
        ] * count


def test_an_encrypted_member_is_told_and_leaves_the_others_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.yaml", "kind: Pod")
        archive.writestr("b.yaml", "kind: Pod")
    content = bytearray(path.read_bytes())
    content[content.find(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    log = ProblemLog()
    assert [file.name for file in read_files([path], log)] == [f"{path}!b.yaml"]
    assert [problem.message for problem in log] == ["the file cannot be read: it is encrypted"]


class TestLimit:
    def test_a_larger_file_is_a_problem_and_the_next_one_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_text("a: " + "x" * 1000)
        (tmp_path / "b.yaml").write_text("b: 1")
        found, log = read(tmp_path, limit=100)
        assert [text for _, text in found] == ["b: 1"]
        assert codes(log) == ["too-large"]

    def test_a_gzip_bomb_is_bounded_while_it_is_unpacked(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml.gz").write_bytes(gzip.compress(b"\n" * 10_000_000, mtime=0))
        found, log = read(tmp_path, limit=100_000)
        assert (found, codes(log)) == ([], ["too-large"])

    def test_an_archive_is_bounded_as_a_whole(self, tmp_path: Path) -> None:
        archive(tmp_path / "m.tgz", "w:gz", a_yaml=b"a: 1", b_yaml=b"\n" * 1_000_000)
        found, log = read(tmp_path, limit=100_000)
        assert [text for _, text in found] == ["a: 1"]
        assert codes(log) == ["too-large"]

    def test_what_comes_out_of_gzip_within_an_archive_is_counted(self, tmp_path: Path) -> None:
        bomb = gzip.compress(b"\n" * 60_000, mtime=0)
        archive(tmp_path / "m.tar", "w", a_yaml_gz=bomb, b_yaml_gz=bomb)
        found, log = read(tmp_path, limit=100_000)
        assert (len(found), codes(log)) == (1, ["too-large"])

    def test_a_sparse_member_is_bounded_before_its_zeros_are_made(self, tmp_path: Path) -> None:
        holes = b"1\n3000000000\n0\n".ljust(512, b"\0")
        entry = tarfile.TarInfo("GNUSparseFile.0/a.yaml")
        entry.pax_headers = {
            "GNU.sparse.major": "1",
            "GNU.sparse.minor": "0",
            "GNU.sparse.name": "a.yaml",
            "GNU.sparse.realsize": "3000000000",
        }
        entry.size = len(holes)
        with tarfile.open(tmp_path / "m.tar", "w", format=tarfile.PAX_FORMAT) as tar:
            tar.addfile(entry, io.BytesIO(holes))
        found, log = read(tmp_path, limit=100_000)
        assert (found, codes(log)) == ([], ["too-large"])

    def test_a_zip_bomb_is_bounded_as_a_whole(self, tmp_path: Path) -> None:
        zipped(tmp_path / "m.zip", a_yaml=b"a: 1", b_yaml=b"\n" * 60_000, c_yaml=b"\n" * 60_000)
        found, log = read(tmp_path, limit=100_000)
        assert (len(found), codes(log)) == (2, ["too-large"])

    def test_a_file_of_exactly_the_limit_is_read(self, tmp_path: Path) -> None:
        (tmp_path / "a.yaml").write_text("a: 1234")
        assert len(read(tmp_path, limit=7)[0]) == 1
