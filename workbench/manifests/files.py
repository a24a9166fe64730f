"""Which texts the given paths hold: files, folders, archives and the standard input."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from workbench.ground import MissingFileError, Problem, ProblemError, ProblemLog, Severity, TooLargeError, is_hidden
from workbench.manifests.archives import (
    ARCHIVE_ENDINGS,
    BROKEN,
    UNREAD_ENDINGS,
    BadMember,
    Member,
    archive_members,
    is_manifest_name,
    whole,
)

__all__ = ["DEFAULT_LIMIT", "ManifestFile", "read_files", "read_stream"]

DEFAULT_LIMIT: Final = 256_000_000
"""Bytes that are read of one file, after decompression; of an archive, all members together."""

BYTE_ORDER_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))
STDIN_NAME = "<stdin>"
OWN_PIPES = ("/dev/fd/", "/dev/stdin", "/proc/self/fd/")
"""Pipes that a shell opens for us, as in ``<(kubectl get …)``; any other might block for ever."""


class ManifestFile(NamedTuple):
    """A file's name, as the user would write it (``archive.tar!member`` within archives), and its text."""

    name: str
    text: str


def read_files(
    paths: Iterable[str | Path],
    log: ProblemLog,
    *,
    limit: int = DEFAULT_LIMIT,
    stdin: BinaryIO | None = None,
) -> Iterator[ManifestFile]:
    """Yield the manifest files that `paths` name, one after another and not before they are asked for.

    Parameters
    ----------
    paths : iterable of str or Path
        A folder is walked in the order of names: files that end in ``.yaml``, ``.yml`` or ``.json``, these
        with ``.gz``, and ``.tar``, ``.tar.gz``, ``.tgz`` and ``.zip`` archives of such files; hidden files
        and folders are passed over, as are files of expectations (``*.netpol-test.yaml``). A file that is named is
        read whatever it is called. ``-`` is the standard input.
    log : ProblemLog
        Gets what cannot be read: no permission, broken links and archives, binary and oversized files.
    limit : int
        Bytes that are read of one file (after decompression), or of all members of an archive together.
    stdin : binary file, optional
        Read for ``-`` in place of the standard input.

    Raises
    ------
    MissingFileError
        At once, if a path does not exist.
    """
    given = [str(path) for path in paths]
    for path in given:
        if path != "-" and not os.path.lexists(path):
            message = f"there is no file or folder {path!r} (manifests given as text have at least one line break)"
            raise MissingFileError(message)
    reader = _Reader(log, limit, stdin)
    return (found for path in given for found in reader.given(path))


def read_stream(
    stream: BinaryIO, log: ProblemLog, *, name: str = STDIN_NAME, limit: int = DEFAULT_LIMIT
) -> Iterator[ManifestFile]:
    """Yield the text that `stream` holds, or the members of the archive that it is; see `read_files`.

    Parameters
    ----------
    stream : BinaryIO
    log : ProblemLog
        Gets what is wrong.
    name : str, optional
        What it is called in problems.
    limit : int, optional
        Most bytes that may come out.
    """
    return _Reader(log, limit).stream(name, stream)


@dataclass(slots=True)
class _Reader:
    """Reads files; remembers the folders it has been in, so that links cannot lead it in circles."""

    log: ProblemLog
    limit: int
    stdin: BinaryIO | None = None
    visited: set[tuple[int, int]] = field(default_factory=set)

    def given(self, path: str) -> Iterator[ManifestFile]:
        if path == "-":
            yield from self.stream(STDIN_NAME, self.stdin or sys.stdin.buffer)
        elif os.path.isdir(path):  # noqa: PTH112  (names are kept as given: Path would tidy them)
            yield from self.folder(path)
        elif path.lower().endswith(UNREAD_ENDINGS):
            self.unread(path)
        else:
            yield from self.file(path)

    def folder(self, path: str) -> Iterator[ManifestFile]:
        try:
            status = os.stat(path)  # noqa: PTH116  (as above)
            if (status.st_dev, status.st_ino) in self.visited:
                return
            self.visited.add((status.st_dev, status.st_ino))
            with os.scandir(path) as entries:
                ordered = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            self.refuse(path, "unreadable-file", f"the folder cannot be read: {_reason(error)}")
            return
        for entry in ordered:
            if is_hidden(entry.name):
                continue
            if _is_folder(entry):
                yield from self.folder(entry.path)
            elif entry.name.lower().endswith(UNREAD_ENDINGS):
                self.unread(entry.path)
            elif is_manifest_name(entry.name) or entry.name.lower().endswith(ARCHIVE_ENDINGS):
                yield from self.file(entry.path)

    def file(self, path: str) -> Iterator[ManifestFile]:
        try:
            mode = os.stat(path).st_mode  # noqa: PTH116  (as above)
            if not (stat.S_ISREG(mode) or (stat.S_ISFIFO(mode) and path.startswith(OWN_PIPES))):
                self.refuse(
                    path,
                    "unreadable-file",
                    "not an ordinary file but a pipe, a socket or a device; it is not read",
                    Severity.WARNING,
                )
                return
            with open(path, "rb") as stream:  # noqa: PTH123  (as above)
                yield from self.stream(path, stream)
        except OSError as error:
            self.refuse(path, "unreadable-file", f"the file cannot be read: {_reason(error)}")

    def stream(self, name: str, stream: BinaryIO) -> Iterator[ManifestFile]:
        """Yield what a byte stream holds: a text, or an archive's members; either may be compressed."""
        members = None
        try:
            source = whole(stream, self.limit)
            members = archive_members(name, source, self.limit)
            if members is not None:
                for member in members:
                    yield from self.member(f"{name}!{member.name}", member)
                return
            content = source.read()
        except TooLargeError:
            self.too_large(name, "what follows in it is" if members else "it is")
        except ProblemError:
            raise
        except BROKEN as error:
            self.refuse(name, "unreadable-file", f"the file cannot be read: {_reason(error)}")
        else:
            yield from self.text(name, content)

    def member(self, name: str, found: Member | BadMember) -> Iterator[ManifestFile]:
        if isinstance(found, Member):
            yield from self.text(name, found.content)
        elif isinstance(found.reason, str):
            self.refuse(name, "archive-in-archive", found.reason, Severity.WARNING)
        else:
            self.refuse(name, "unreadable-file", f"the file cannot be read: {_reason(found.reason)}")

    def text(self, name: str, content: bytes) -> Iterator[ManifestFile]:
        encoding = next((encoding for mark, encoding in BYTE_ORDER_MARKS if content.startswith(mark)), "utf-8")
        if encoding != "utf-16" and b"\0" in content:
            self.refuse(name, "not-text", "a binary file, not a manifest; it is not read", Severity.WARNING)
            return
        try:
            yield ManifestFile(name, content.decode(encoding))
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            remedy = "save the file as UTF-8"
            self.log.add(
                Problem(
                    Severity.ERROR,
                    "not-text",
                    f"not valid {encoding.upper()}, so the file is not read",
                    remedy,
                    file=name,
                    line=line,
                )
            )

    def unread(self, name: str) -> None:
        self.refuse(name, "unread-archive", "an archive of a kind that is not read: unpack it", Severity.WARNING)

    def too_large(self, name: str, lost: str) -> None:
        message = f"holds more than {self.limit:,} bytes, which is the limit, so {lost} left out"
        self.refuse(name, "too-large", message)

    def refuse(self, name: str, code: str, message: str, severity: Severity = Severity.ERROR) -> None:
        self.log.add(Problem(severity, code, message, file=name))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _reason(error: BaseException) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error) or type(error).__name__
