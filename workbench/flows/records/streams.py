"""What a file holds, whatever it is compressed or encoded by: as a stream of UTF-8, as far as it can be read."""

from __future__ import annotations

import codecs
import io
import zlib
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from workbench.ground import GZIP_MAGIC

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["LEAST_LIMIT", "Budget", "Plain", "TooMuchError", "is_direct", "opened"]

LEAST_LIMIT: Final = 1 << 30
MOST_TIMES: Final = 250
"""A file may unpack to `LEAST_LIMIT` bytes, or to so many times its size: flows of any tool compress less."""
NESTED: Final = 3
"""So many times a file may be compressed within itself."""
BUFFER: Final = 64 << 10
_CHUNK: Final = 64 << 10
_PACKED: Final = 8 << 10
"""Bytes that are decompressed at once."""
_MARKS: Final = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LOOKED_AT: Final = 64


class TooMuchError(Exception):
    """A file unpacks to more than any recording does."""


class Budget:
    """How many bytes may come out of a file when it is unpacked."""

    def __init__(self, size: int) -> None:
        self.limit = self.left = max(LEAST_LIMIT, MOST_TIMES * size)

    def spend(self, count: int) -> bool:
        """Take bytes off; tell whether there were enough."""
        self.left -= count
        return self.left >= 0

    def check(self, count: int) -> None:
        """See whether this many bytes may come out.

        Raises
        ------
        TooMuchError
            If there are not enough left; a file may also say so of itself.
        """
        if count > self.left:
            raise TooMuchError(self.message)

    @property
    def message(self) -> str:
        """What is said of a file that unpacks to more."""
        return f"it unpacks to more than {self.limit >> 20:,} MiB, which no recording does: the rest is not read"


class Plain(io.BufferedReader):
    """A file for reading, decompressed and as UTF-8.

    A file that is damaged or cut off ends where it can be read no further; `fault` then says why.
    """

    def __init__(self, raw: io.RawIOBase, file: Plain | None = None) -> None:
        super().__init__(raw, BUFFER)
        self._file = file

    @classmethod
    def of(cls, data: bytes) -> Plain:
        """Return bytes as a stream."""
        return cls(_Given(data))

    @property
    def fault(self) -> str:
        """Why the stream ended before its end; empty where it did not, or has not ended yet."""
        found: str = getattr(self.raw, "fault", "")
        return found

    def ahead(self, count: int) -> bytes:
        """Return the next bytes, at least `count` where there are that many, without moving on.

        To be asked once, before anything is read.
        """
        return self.peek(count)[:count]

    def consumed(self) -> int:
        """Return how many bytes of the file have been read."""
        return self.tell() if self._file is None else self._file.tell()


@contextmanager
def opened(path: str | Path, budget: Budget | None = None) -> Iterator[Plain]:
    """Open a file for reading, decompressed and as UTF-8.

    Parameters
    ----------
    path : str or Path
    budget : Budget, optional
        How much may come out of it; by default as its size allows.
    """
    with Path(path).open("rb", buffering=0) as file:
        stream = found = Plain(file)
        allowed = budget or Budget(Path(path).stat().st_size)
        for _ in range(NESTED):
            if not stream.peek(len(GZIP_MAGIC)).startswith(GZIP_MAGIC):
                break
            stream = Plain(_Inflated(stream, allowed), found)
        if encoding := _encoding(stream.peek(_LOOKED_AT)[:_LOOKED_AT]):
            stream = Plain(_Recoded(stream, encoding), found)
        yield stream


def is_direct(path: str | Path) -> bool:
    """Tell whether a program that knows gzip and UTF-8 reads a file as `opened` does."""
    with Path(path).open("rb", buffering=0) as file:
        stream = Plain(file)
        if stream.peek(len(GZIP_MAGIC)).startswith(GZIP_MAGIC):
            stream = Plain(_Inflated(stream, Budget(0)))
        head = stream.peek(_LOOKED_AT)[:_LOOKED_AT]
    return not head.startswith(GZIP_MAGIC) and not _encoding(head)


def _encoding(head: bytes) -> str:
    """Return the encoding of a text that is not UTF-8, by its mark or by the zero bytes between Latin letters."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    even, odd = head[::2], head[1::2]
    if len(head) > 1 and not any(odd) and all(even[: len(odd)]):
        return "utf-16-le"
    return "utf-16-be" if len(head) > 1 and not any(even) and all(odd) else ""


class _Readable(io.RawIOBase):
    """A stream of what `_more` returns, piece by piece, up to an empty piece."""

    fault = ""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, target: WriteableBuffer, /) -> int:
        view = memoryview(target)
        done = 0
        while done < len(view):
            if not self._waiting:
                self._waiting = memoryview(self._more())
                if not self._waiting:
                    break
            count = min(len(view) - done, len(self._waiting))
            view[done : done + count] = self._waiting[:count]
            self._waiting = self._waiting[count:]
            done += count
        return done

    @abstractmethod
    def _more(self) -> bytes:
        """Return the next bytes; none at the end."""


class _Given(_Readable):
    """Bytes that are there."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self._data = data

    def _more(self) -> bytes:
        data, self._data = self._data, b""
        return data


class _Inflated(_Readable):
    """What a stream of gzip holds, up to where it is damaged."""

    def __init__(self, packed: Plain, budget: Budget) -> None:
        super().__init__()
        self._packed, self._budget = packed, budget
        self._inflate = zlib.decompressobj(wbits=31)
        self._begun, self._rest = False, b""

    def _more(self) -> bytes:
        while not self.fault:
            given = self._inflate.unconsumed_tail or self._rest or self._packed.read1(_PACKED)
            self._rest = b""
            if not given:
                if self._begun:
                    self.fault = self._packed.fault or "the compressed file is cut off"
                return b""
            if not self._begun and not given.strip(b"\0"):
                continue  # padding between and after members
            self._begun = True
            found = self._inflated(given)
            if self._inflate.eof:
                self._rest = self._inflate.unused_data
                self._inflate, self._begun = zlib.decompressobj(wbits=31), False
            if not self._budget.spend(len(found)):
                self.fault = self._budget.message
                return b""
            if found:
                return found
        return b""

    def _inflated(self, given: bytes) -> bytes:
        before = self._inflate.copy()
        try:
            return self._inflate.decompress(given, _CHUNK << 4)
        except zlib.error as error:
            # What came before the damage in these bytes is had by giving them one by one.
            self._inflate = before
            found = []
            for place in range(len(given)):
                try:
                    found.append(self._inflate.decompress(given[place : place + 1]))
                except zlib.error:
                    break
            self.fault = f"the compressed file is damaged ({str(error).rpartition(': ')[2]})"
            return b"".join(found)


class _Recoded(_Readable):
    """A stream of another encoding as UTF-8."""

    def __init__(self, stream: Plain, encoding: str) -> None:
        super().__init__()
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    @property
    def fault(self) -> str:  # type: ignore[override]
        return self._stream.fault

    def _more(self) -> bytes:
        while given := self._stream.read1(_CHUNK):
            if text := self._decoder.decode(given):
                return text.encode("utf-8", "replace")
        return self._decoder.decode(b"", final=True).encode("utf-8", "replace")
