"""Which texts a tar or zip archive holds, and no more of them than the limit allows to come out."""

from __future__ import annotations

import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final, NamedTuple, TypeAlias, cast

from workbench.ground import (
    ARCHIVE_HEAD,
    Budget,
    Plain,
    archive_kind,
    is_encrypted,
    is_hidden,
    limited,
    unpacked,
)

__all__ = [
    "ARCHIVE_ENDINGS",
    "BROKEN",
    "EXPECTATION_ENDINGS",
    "TEXT_ENDINGS",
    "UNREAD_ENDINGS",
    "BadMember",
    "Member",
    "archive_members",
    "is_manifest_name",
    "whole",
]

PLAIN_ENDINGS: Final = (".yaml", ".yml", ".json")
TEXT_ENDINGS: Final = (*PLAIN_ENDINGS, *(ending + ".gz" for ending in PLAIN_ENDINGS))
"""What manifest files are called, in folders and in archives."""
EXPECTATION_ENDINGS: Final = tuple(".netpol-test" + ending for ending in PLAIN_ENDINGS)
"""What files are called that say what is expected of the policies beside them: no manifests (policy-tests 4)."""
TAR_ENDINGS: Final = (".tar", ".tar.gz", ".tgz")
ZIP_ENDINGS: Final = (".zip",)
ARCHIVE_ENDINGS: Final = (*TAR_ENDINGS, *ZIP_ENDINGS)
UNREAD_ENDINGS: Final = (".7z", ".rar", ".tar.bz2", ".tar.xz", ".tar.zst", ".tbz2", ".txz", ".tzst")
"""What archives are called that are not read: of those it is said."""

BROKEN: Final = (
    OSError,
    EOFError,
    ValueError,  # numbers of a tar header that are none, names that are not UTF-8
    ArithmeticError,
    LookupError,
    RuntimeError,  # an encrypted or unknown kind of zip member
    struct.error,
    zlib.error,
    lzma.LZMAError,
    tarfile.TarError,
    zipfile.BadZipFile,
)
"""What reading a file, a gzip stream or an archive may end with, whatever its bytes are."""


class Member(NamedTuple):
    """A file of an archive."""

    name: str
    content: bytes


class BadMember(NamedTuple):
    """A file of an archive that cannot be read, or that is not looked into, and the reason."""

    name: str
    reason: BaseException | str


Found: TypeAlias = Member | BadMember


def whole(stream: BinaryIO, limit: int) -> Plain:
    """Return what `stream` holds, decompressed if it is a gzip stream; at most `limit` bytes of either, or none."""
    return unpacked(limited(stream, Budget(limit), "refuse"), Budget(limit), "refuse")


def is_manifest_name(name: str) -> bool:
    """Tell whether a file of a folder, or of an archive, is one of manifests by its name."""
    return name.lower().endswith(TEXT_ENDINGS) and not name.lower().endswith(EXPECTATION_ENDINGS)


def archive_members(name: str, source: Plain, limit: int) -> Iterator[Found] | None:
    """Return the manifest files of the archive that `source` is; None if it is none.

    Hidden files and folders are passed over. What comes out of all members together is counted: of sparse
    and compressed ones, and of gzip streams within.
    """
    kind = archive_kind(source.ahead(ARCHIVE_HEAD))
    if kind == "tar" or (not kind and name.lower().endswith(TAR_ENDINGS)):
        return _wanted(_tar_members(source), limit)
    if kind == "zip" or name.lower().endswith(ZIP_ENDINGS):
        return _wanted(_zip_members(source), limit)
    return None


def _wanted(members: Iterator[tuple[str, BinaryIO | BaseException]], left: int) -> Iterator[Found]:
    for name, stream in members:
        if is_hidden(name):
            continue
        if name.lower().endswith((*ARCHIVE_ENDINGS, *UNREAD_ENDINGS)):
            yield BadMember(name, "an archive within an archive is not read: unpack the outer one first")
        elif isinstance(stream, BaseException):
            yield BadMember(name, stream)
        elif is_manifest_name(name):
            found = _content(name, stream, left)
            if isinstance(found, Member):
                left -= len(found.content)
            yield found


def _content(name: str, stream: BinaryIO, left: int) -> Found:
    try:
        return Member(name, whole(stream, left).read())
    except tarfile.ReadError:  # the archive itself ends here
        raise
    except BROKEN as error:
        return BadMember(name, error)


def _tar_members(source: Plain) -> Iterator[tuple[str, BinaryIO | BaseException]]:
    with tarfile.open(fileobj=source, mode="r|") as archive:
        for member in archive:
            if not member.isfile():
                continue
            stream = archive.extractfile(member)
            if stream is not None:
                yield member.name, cast("BinaryIO", stream)


def _zip_members(source: Plain) -> Iterator[tuple[str, BinaryIO | BaseException]]:
    content = io.BytesIO(source.read())
    if not zipfile.is_zipfile(content):
        message = "a damaged zip archive"
        raise zipfile.BadZipFile(message)
    with zipfile.ZipFile(content) as archive:
        for member in archive.infolist():
            if member.is_dir():
                continue
            if is_encrypted(member):
                yield member.filename, OSError("it is encrypted")
                continue
            try:
                with archive.open(member) as stream:
                    yield member.filename, cast("BinaryIO", stream)
            except BROKEN as error:
                yield member.filename, error
