"""How files are written as a whole or not at all, and kept where only this user can have written them."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from glob import escape
from pathlib import Path
from typing import Final

from platformdirs import user_cache_path

__all__ = [
    "NO_CACHE",
    "flush_to_disk",
    "make_private",
    "read_private",
    "unfinished",
    "user_cache",
    "write_atomically",
    "write_private",
]

NO_CACHE: Final = "NETPOL_NO_CACHE"
"""Environment variable that switches all caches off, whatever its value."""
_OPEN_TO_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


def write_atomically(path: Path, content: bytes, *, mode: int | None = None, flushed: bool = False) -> None:
    """Replace a file, or make it: until it is complete, and if that fails, the older one is as it was.

    Parameters
    ----------
    path : Path
        Not a link, which would be replaced itself.
    content : bytes
    mode : int, optional
        Its permissions; by default those of the file that is replaced, or those that any new file gets.
    flushed : bool
        Whether it is on the disk for certain when this returns.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=_beginning(path))
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        temporary.chmod(_usual_mode(path) if mode is None else mode)
        if flushed:
            flush_to_disk(temporary)
        temporary.replace(path)
        if flushed:
            flush_to_disk(path.parent)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def unfinished(path: Path) -> Iterator[Path]:
    """Yield what `write_atomically` left behind where it was killed while it wrote `path`."""
    return path.parent.glob(f"{escape(_beginning(path))}*")


def flush_to_disk(path: Path) -> None:
    """Have a file, or the names in a folder, written to the disk for certain."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_private(folder: Path) -> None:
    """Make a folder for this user alone, unless it is there.

    Raises
    ------
    OSError
        If it cannot be made, or if others may write to it.
    """
    folder.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
    _check_private(folder.lstat(), stat.S_IFDIR)


def write_private(path: Path, content: bytes) -> None:
    """Write `content` to `path` for this user alone, as a whole, into a folder that `make_private` makes.

    Raises
    ------
    OSError
        If it cannot be written, or if others may write to the folder.
    """
    make_private(path.parent)
    write_atomically(path, content, mode=stat.S_IRUSR | stat.S_IWUSR)


def read_private(path: Path, most: int) -> bytes:
    """Return what the file at `path` holds, which only this user can have written.

    Raises
    ------
    OSError
        If there is none, if others may write to it or to its folder, or if it holds more than `most` bytes.
    """
    _check_private(path.parent.lstat(), stat.S_IFDIR)
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        _check_private(status, stat.S_IFREG)
        if status.st_size > most:
            message = "larger than any file of ours"
            raise OSError(message)
        return file.read()


def user_cache(name: str) -> Path | None:
    """Return a folder of the user's cache, which may not be there yet; None where `NO_CACHE` is set."""
    if NO_CACHE in os.environ:
        return None
    try:
        return user_cache_path("netpol-workbench", appauthor=False) / name
    except (OSError, RuntimeError):  # a user without a home
        return None


def _beginning(path: Path) -> str:
    return f".{path.name}."


def _usual_mode(path: Path) -> int:
    if path.exists():
        return stat.S_IMODE(path.stat().st_mode)
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def _check_private(status: os.stat_result, kind: int) -> None:
    """Refuse what is not of a kind, is another user's, or may be changed by others."""
    is_own = not hasattr(os, "geteuid") or (status.st_uid == os.geteuid() and not status.st_mode & _OPEN_TO_OTHERS)
    if stat.S_IFMT(status.st_mode) != kind or not is_own:
        message = "not a file of ours: others may have written it"
        raise PermissionError(message)
