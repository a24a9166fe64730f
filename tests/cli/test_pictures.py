"""Pictures as bytes: into a file, into a pipe, and not onto a terminal."""

from __future__ import annotations

import os
import pty
from contextlib import suppress
from subprocess import PIPE, Popen, run
from typing import TYPE_CHECKING

import pytest

from tests.cli.command import ARGV, command
from tests.drawing.pixels import size
from workbench.ground import register_format

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "arguments",
    [["map"], ["map", "--exposure"], ["map", "--multiple-networks"], ["exposure"], ["diff", "--dir1"]],
    ids=" ".join,
)
def test_a_picture_is_written_to_a_file(shop: Path, tmp_path: Path, arguments: list[str]) -> None:
    both = ["--dir2", str(shop)] if "diff" in arguments else []
    result = command("connectivity", *arguments, shop, *both, "-f", tmp_path / "picture.png", "-q")
    assert (result.stdout, result.exit_code) == ("", 0)
    assert size((tmp_path / "picture.png").read_bytes()) > (1, 1)


def test_a_picture_that_is_saved_has_its_ending(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert command("connectivity", "map", shop, "-o", "png", "--save-to-file", "-q").exit_code == 0
    assert size((tmp_path / "connlist.png").read_bytes()) > (1, 1)


@pytest.mark.parametrize("to", [[], ["-f", "-"]], ids=["by default", "dash"])
def test_a_pipe_gets_the_bytes_of_the_file(shop: Path, tmp_path: Path, to: list[str]) -> None:
    command("connectivity", "map", shop, "-f", tmp_path / "map.png", "-q")
    argv = [*ARGV, "connectivity", "map", str(shop), "-o", "png", *to, "-q"]
    found = run(argv, stdout=PIPE, check=True)  # noqa: S603  (our own program)
    assert found.stdout == (tmp_path / "map.png").read_bytes()


def on_terminal(*arguments: str) -> tuple[bytes, str, int]:
    """Return what the program shows on a terminal, its errors, and its exit status."""
    ours, theirs = pty.openpty()
    shown = b""
    with Popen([*ARGV, *arguments], stdout=theirs, stderr=PIPE) as program:  # noqa: S603  (our own program)
        os.close(theirs)
        with suppress(OSError):  # how Linux says that nothing more will come
            while chunk := os.read(ours, 1 << 16):
                shown += chunk
        assert program.stderr
        errors = program.stderr.read().decode()
    os.close(ours)
    return shown, " ".join(errors.replace("│", " ").split()), program.returncode


@pytest.mark.parametrize("to", [[], ["-f", "-"]], ids=["by default", "dash"])
def test_a_terminal_is_not_given_bytes_and_told_what_to_do(shop: Path, to: list[str]) -> None:
    shown, errors, status = on_terminal("connectivity", "map", str(shop), "-o", "png", *to)
    assert (shown, status) == (b"", 2)
    assert "png is not for a terminal: -f connlist.png writes a file, > connlist.png or a pipe takes it, too" in errors


def test_a_file_is_written_from_a_terminal_too(shop: Path, tmp_path: Path) -> None:
    shown, _, status = on_terminal("connectivity", "map", str(shop), "-f", str(tmp_path / "map.png"))
    assert (shown, status) == (b"", 0)
    assert size((tmp_path / "map.png").read_bytes()) > (1, 1)


def test_a_terminal_is_given_text(shop: Path) -> None:
    shown, _, status = on_terminal("connectivity", "map", str(shop), "-o", "svg", "-q")
    assert (shown.startswith(b"<svg "), status) == (True, 0)


def test_bytes_are_written_as_they_are(shop: Path, tmp_path: Path) -> None:
    @register_format("map", "bytes", binary=True)
    def every_byte(*_: object) -> bytes:
        """Write each byte."""
        return bytes(range(256))

    assert command("connectivity", "map", shop, "-f", tmp_path / "map.bytes").exit_code == 0
    assert (tmp_path / "map.bytes").read_bytes() == bytes(range(256))
