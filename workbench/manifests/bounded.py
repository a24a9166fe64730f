"""How much may be read: streams that can be looked into, and that fail once more came out than is allowed."""

from __future__ import annotations

import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from typing import BinaryIO, Final

__all__ = ["BROKEN", "Bounded", "TooLargeError"]

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

_STEP: Final = 1 << 20


class TooLargeError(Exception):
    """More came out than the limit allows."""


class Bounded(io.RawIOBase):
    """A stream that may be looked into, and that fails once more than `left` bytes were read."""

    def __init__(self, stream: BinaryIO, left: int) -> None:
        super().__init__()
        self.stream = stream
        self.left = left
        self.ahead = b""

    def head(self, count: int) -> bytes:
        """Return the next bytes, at most this many, without moving on."""
        while len(self.ahead) < count and (more := self.stream.read(count - len(self.ahead))):
            self.ahead += more
        return self.ahead[:count]

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        """Return the next bytes, all of them by default.

        Raises
        ------
        TooLargeError
            If there are more than are left.
        """
        wanted = self.left + 1 if size is None or size < 0 else min(size, self.left + 1)
        parts = [self.ahead[:wanted]]
        self.ahead = self.ahead[wanted:]
        have = len(parts[0])
        while have < wanted and (more := self.stream.read(min(wanted - have, _STEP))):
            parts.append(more)
            have += len(more)
        self.left -= have
        if self.left < 0:
            raise TooLargeError
        return b"".join(parts)
