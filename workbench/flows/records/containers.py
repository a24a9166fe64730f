"""Which recordings there are in what was given: files, folders, archives, and the standard input."""

from __future__ import annotations

import os
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tarfile import HeaderError
from typing import IO, TYPE_CHECKING, BinaryIO, Final, NamedTuple, Self

from workbench.flows.records.streams import allowance, opened
from workbench.ground import (
    ARCHIVE_HEAD,
    Budget,
    MissingFileError,
    Problem,
    ProblemLog,
    Severity,
    TooLargeError,
    archive_kind,
    is_encrypted,
    is_gzip,
    is_hidden,
)
from workbench.manifests import STDIN_NAME

if TYPE_CHECKING:
    from tarfile import TarInfo

__all__ = ["Recording", "recordings_in"]

_BLOCK: Final = 1 << 20
_CUT: Final = "is_cut_off"
_TRUNCATED: Final = "TruncatedHeaderError"
DEEPEST: Final = 3
"""Archives within archives."""


class Recording(NamedTuple):
    """A file that may hold flows.

    Attributes
    ----------
    name : str
        As the user would write it; ``archive.tar!member`` within archives.
    path : Path
        Where its bytes are.
    is_found : bool
        Whether it was found in a folder or an archive, and not named.
    is_copy : bool
        Whether `path` is a copy that is to be removed after use.
    """

    name: str
    path: Path
    is_found: bool = False
    is_copy: bool = False

    def discard(self) -> None:
        """Remove the file if it is a copy."""
        if self.is_copy:
            self.path.unlink(missing_ok=True)


def recordings_in(
    paths: Iterable[str | Path], folder: Path, log: ProblemLog, *, stdin: BinaryIO | None = None
) -> Iterator[Recording]:
    """Yield the files that `paths` name, those in folders and archives, and the standard input for ``-``.

    Parameters
    ----------
    paths : iterable of str or Path
        Of a folder, all files below it; those that are hidden are passed over.
    folder : Path
        Where members of archives are put; who takes one discards it.
    log : ProblemLog
        Collects what cannot be read.
    stdin : binary file, optional
        Read for ``-`` in place of the standard input.

    Raises
    ------
    MissingFileError
        At once, if a path does not exist.
    """
    given = [str(path) for path in paths]
    for path in given:
        if path != "-" and not Path(path).exists():
            message = f"there is no file or folder {path}"
            raise MissingFileError(message)
    return _recordings(given, folder, log, stdin)


def _recordings(given: list[str], folder: Path, log: ProblemLog, stdin: BinaryIO | None) -> Iterator[Recording]:
    reader = _Reader(folder, log)
    for path in given:
        if path == "-":
            copy = reader.place()
            with copy.open("wb") as target:
                shutil.copyfileobj(stdin or sys.stdin.buffer, target, _BLOCK)
            yield from reader.opened(Recording(STDIN_NAME, copy, is_copy=True))
        elif Path(path).is_dir():
            for file in _files_below(Path(path)):
                yield from reader.opened(Recording(str(file), file, is_found=True))
        else:
            yield from reader.opened(Recording(path, Path(path)))


def _files_below(folder: Path) -> list[Path]:
    """Return the files below a folder in the order of their names, but for hidden ones."""
    found = []
    for parent, folders, names in os.walk(folder, followlinks=False):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found += [path for name in names if not name.startswith(".") and (path := Path(parent, name)).is_file()]
    return sorted(found)


class _Member(tarfile.TarInfo):
    """A member of an archive; of one that ends within a member's header, `tarfile` says nothing by itself."""

    @classmethod
    def fromtarfile(cls, tarfile: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(tarfile)
        except HeaderError as error:
            if type(error).__name__ == _TRUNCATED:
                setattr(tarfile, _CUT, True)
            raise


class _Reader:
    """Opens archives, and copies what is in them."""

    def __init__(self, folder: Path, log: ProblemLog) -> None:
        self._folder, self._log = folder, log
        self._number = 0

    def place(self) -> Path:
        """Return the path of a new file."""
        self._number += 1
        return self._folder / f"{self._number}.member"

    def opened(self, recording: Recording, budget: Budget | None = None, depth: int = 0) -> Iterator[Recording]:
        """Yield a recording, or those in the archive that it is."""
        try:
            kind = _archive(recording.path)
        except OSError as error:
            self._refuse(recording, "unreadable-file", f"it cannot be read: {error.strerror or error}")
            return
        if not kind:
            yield recording
            return
        if depth == DEEPEST:
            self._refuse(recording, "nested-archive", f"an archive within {DEEPEST} others is not read")
            recording.discard()
            return
        allowed = budget or allowance(recording.path.stat().st_size)
        members = self._zip(recording, allowed) if kind == "zip" else self._tar(recording, allowed)
        try:
            for member in members:
                yield from self.opened(member, allowed, depth + 1)
        except TooLargeError as error:
            self._refuse(recording, "too-large", str(error))
        except Exception as error:  # noqa: BLE001  (what an archive says of itself may be anything)
            message = f"the archive cannot be read from here: {str(error) or type(error).__name__}"
            self._refuse(recording, "unreadable-archive", message)
        finally:
            recording.discard()

    def _tar(self, recording: Recording, budget: Budget) -> Iterator[Recording]:
        with (
            opened(recording.path) as stream,
            tarfile.open(fileobj=stream, mode="r|", tarinfo=_Member) as archive,
        ):
            member: TarInfo | None
            while (member := archive.next()) is not None:
                if member.isfile() and not is_hidden(member.name) and (source := archive.extractfile(member)):
                    budget.check(member.size)
                    yield self._copied(recording, member.name, source, budget)
            if stream.fault or getattr(archive, _CUT, False):
                raise tarfile.ReadError(stream.fault or "it is cut off")

    def _zip(self, recording: Recording, budget: Budget) -> Iterator[Recording]:
        with self._seekable(recording, budget) as file, zipfile.ZipFile(file) as archive:
            for member in archive.infolist():
                if not member.is_dir() and not is_hidden(member.filename):
                    if is_encrypted(member):
                        name = f"{recording.name}!{member.filename}"
                        self._refuse(Recording(name, recording.path), "unreadable-file", "it is encrypted: unpack it")
                        continue
                    budget.check(member.file_size)
                    with archive.open(member) as source:
                        yield self._copied(recording, member.filename, source, budget)

    @contextmanager
    def _seekable(self, recording: Recording, budget: Budget) -> Iterator[Path]:
        """Give the path of a file as it is, or of a copy of what it is compressed from."""
        if not is_gzip(recording.path):
            yield recording.path
            return
        with opened(recording.path, budget) as stream:
            copy = self._copied(recording, "", stream, budget)
        try:
            yield copy.path
        finally:
            copy.discard()

    def _copied(self, archive: Recording, name: str, source: IO[bytes], budget: Budget) -> Recording:
        """Return a copy of a member; what it unpacks to counts, holes in it too."""
        copy = self.place()
        with copy.open("wb") as target:
            while block := source.read(_BLOCK):
                budget.spend(len(block))
                target.write(block)
        return Recording(f"{archive.name}!{name}", copy, is_found=True, is_copy=True)

    def _refuse(self, recording: Recording, code: str, message: str) -> None:
        self._log.add(Problem(Severity.ERROR, code, message, file=recording.name))


def _archive(path: Path) -> str:
    """Return the kind of archive that a file is: ``tar`` (also compressed), ``zip``, or empty."""
    with opened(path) as stream:
        return archive_kind(stream.ahead(ARCHIVE_HEAD))
