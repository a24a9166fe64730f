"""Where an answer is written: to a file as a whole or not at all, or to standard output."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import typer

__all__ = ["STDOUT", "check_writable", "write"]

STDOUT = "-"


def check_writable(file: str | None) -> None:
    """Refuse a file that cannot be written, before any work is done for it.

    Raises
    ------
    typer.BadParameter
        If `file` is a folder, or stands in a folder that does not exist.

    """
    if file is None or file == STDOUT:
        return
    path = Path(file)
    try:
        reason = "it is a folder" if path.is_dir() else "" if path.parent.is_dir() else f"there is no {path.parent}"
    except (OSError, ValueError) as error:
        reason = str(error)
    if reason:
        raise _unwritable(file, reason)


def write(text: str, file: str | None) -> None:
    """Write `text` as UTF-8 to `file`, or to standard output for None and ``-``.

    Raises
    ------
    typer.BadParameter
        If the file cannot be written; an older one is then as it was.

    """
    content = text.encode()
    if file is None or file == STDOUT:
        _write_to_reader(content)
        return
    # A link stays a link: what it points to is replaced.
    path = Path(os.path.realpath(file))
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(content)  # a pipe or a device cannot be replaced
        else:
            _replace(path, content)
    except OSError as error:
        raise _unwritable(file, str(error)) from error


def _unwritable(file: str, reason: str) -> typer.BadParameter:
    return typer.BadParameter(f"cannot write {file}: {reason}", param_hint="'-f'")


def _replace(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        temporary.chmod(_mode(path))
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def _mode(path: Path) -> int:
    """Return the permissions of the file that is replaced, or those that any new file gets."""
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def _write_to_reader(content: bytes) -> None:
    """Write to standard output; a reader that has enough (``| head``) is no error."""
    sys.stdout.flush()
    stream = sys.stdout.buffer
    try:
        stream.write(content)
        stream.flush()
    except BrokenPipeError:
        # Python flushes once more when it ends, which would fail again, and say so.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
