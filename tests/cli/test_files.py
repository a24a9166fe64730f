from __future__ import annotations

import os
import stat
from subprocess import PIPE, Popen, check_output
from typing import TYPE_CHECKING

import pytest
import typer

from tests.cli.command import ARGV, BROKEN, MAP, SHOP, command
from workbench.cli.writing import write

if TYPE_CHECKING:
    from pathlib import Path


POD = """\
apiVersion: v1
kind: Pod
metadata: {{name: a-{}}}
spec: {{containers: [{{name: a}}]}}
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP)
    return path


def test_f_writes_a_file_and_nothing_to_standard_output(shop: Path, tmp_path: Path) -> None:
    result = command("connectivity", "map", shop, "-f", tmp_path / "map.txt")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert (tmp_path / "map.txt").read_text() == MAP


def test_the_ending_of_the_file_chooses_the_format(shop: Path, tmp_path: Path) -> None:
    command("connectivity", "map", shop, "-f", tmp_path / "map.csv")
    assert (tmp_path / "map.csv").read_text().startswith("src,dst,conn\n")


def test_o_wins_over_the_ending_of_the_file(shop: Path, tmp_path: Path) -> None:
    command("connectivity", "map", shop, "-o", "md", "-f", tmp_path / "map.csv")
    assert (tmp_path / "map.csv").read_text().startswith("| src |")


def test_a_dash_as_file_is_standard_output(shop: Path) -> None:
    assert command("connectivity", "map", shop, "-f", "-").stdout == MAP


def test_a_file_that_cannot_be_replaced_stays_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "map.txt"
    path.write_text("old")

    def full(descriptor: int, mode: str) -> object:
        os.close(descriptor)
        raise OSError(28, "No space left on device", mode)

    monkeypatch.setattr("workbench.cli.writing.os.fdopen", full)
    with pytest.raises(typer.BadParameter, match=r"cannot write .*map.txt: .*No space left"):
        write("new", str(path))
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "any").touch()
    write("new", str(tmp_path / "map.txt"))
    assert (tmp_path / "map.txt").stat().st_mode == (tmp_path / "any").stat().st_mode


def test_a_replaced_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "map.txt"
    path.touch(mode=0o600)
    write("new", str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link.txt").symlink_to(tmp_path / "real.txt")
    write("new", str(tmp_path / "link.txt"))
    assert (tmp_path / "link.txt").is_symlink()
    assert (tmp_path / "real.txt").read_text() == "new"


def test_a_pipe_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write("new", str(pipe))
    assert os.read(reader, 10) == b"new"
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    os.close(reader)


def test_nothing_is_written_where_the_input_forbids_it(shop: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    target = tmp_path / "map.txt"
    target.write_text("old")
    assert command("connectivity", "map", tmp_path, "--fail", "-f", target).exit_code == 1
    assert target.read_text() == "old"
    assert shop.exists()


@pytest.mark.parametrize(
    "target,message",
    [
        ("map.pdf", "no format is written to '.pdf'"),
        ("map", "files without an ending"),
        ("nowhere/map.txt", "does not exist"),
        ("", "it is a folder"),
        ("x" * 300 + ".txt", "File name too long"),
    ],
)
def test_a_file_that_makes_no_sense_is_a_wrong_call(shop: Path, tmp_path: Path, target: str, message: str) -> None:
    result = command("connectivity", "map", shop, "-f", tmp_path / target)
    assert (result.stdout, result.exit_code) == ("", 2)
    assert message in " ".join(result.stderr.replace("│", " ").split())


def test_a_reader_that_stops_early_is_no_error(tmp_path: Path) -> None:
    pods = "---\n".join(POD.format(number) for number in range(80))
    (tmp_path / "pods.yaml").write_text(pods)
    argv = [*ARGV, "connectivity", "map", str(tmp_path)]
    with Popen(argv, stdout=PIPE, stderr=PIPE) as program:  # noqa: S603  (our own program)
        assert program.stdout
        assert program.stderr
        check_output(["head", "-n", "1"], stdin=program.stdout)  # noqa: S607  (any head will do)
        program.stdout.close()
        assert (program.stderr.read(), program.wait()) == (b"", 0)
