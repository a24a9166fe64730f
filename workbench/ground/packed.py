"""What a file is packed in: compressed by gzip, an archive; and which files are hidden."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from zipfile import ZipInfo

__all__ = ["ARCHIVE_HEAD", "GZIP_MAGIC", "archive_kind", "is_encrypted", "is_gzip", "is_hidden"]

GZIP_MAGIC: Final = b"\x1f\x8b"
_TAR_MAGIC, _TAR_MAGIC_AT = b"ustar", 257
_ZIP_MAGICS: Final = (b"PK\x03\x04", b"PK\x05\x06")
"""How a zip archive begins, and how an empty one does."""
_ENCRYPTED: Final = 1
"""The bit of a zip member's flags that says so."""
ARCHIVE_HEAD: Final = _TAR_MAGIC_AT + len(_TAR_MAGIC)
"""So many bytes tell what kind of archive a file is."""


def is_gzip(path: str | Path) -> bool:
    """Tell whether a file is compressed by gzip, whatever its name is."""
    with Path(path).open("rb") as stream:
        return stream.read(len(GZIP_MAGIC)) == GZIP_MAGIC


def archive_kind(head: bytes) -> Literal["tar", "zip", ""]:
    """Return the kind of archive that begins with `head`, of which `ARCHIVE_HEAD` bytes are needed; empty for none."""
    if head.startswith(_ZIP_MAGICS):
        return "zip"
    return "tar" if head[_TAR_MAGIC_AT:ARCHIVE_HEAD] == _TAR_MAGIC else ""


def is_encrypted(member: ZipInfo) -> bool:
    """Tell whether a member of a zip archive is encrypted."""
    return bool(member.flag_bits & _ENCRYPTED)


def is_hidden(path: str) -> bool:
    """Tell whether a file, or a folder on the way to it, has a name that begins with a dot."""
    return any(part.startswith(".") and part not in {".", ".."} for part in path.split("/"))
