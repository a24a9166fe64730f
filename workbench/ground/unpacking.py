"""What comes out of a file: decompressed, no more than is allowed, and what is done where it is damaged or too much.

A text of which a part is missing may say something else than the whole, so manifests are refused then; a recording is
read up to there.
"""

from __future__ import annotations

import io
import zlib
from abc import abstractmethod
from typing import TYPE_CHECKING, BinaryIO, Final, Literal, TypeAlias

from workbench.ground.packed import GZIP_MAGIC

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["AtFault", "Budget", "DamagedError", "Pieces", "Plain", "TooLargeError", "limited", "unpacked"]

AtFault: TypeAlias = Literal["refuse", "read-up-to"]
"""What is done where a stream is damaged or holds too much: raise an error, or end there and say why."""

_PIECE: Final = 64 << 10
_PACKED: Final = 8 << 10
"""Bytes that are decompressed at once."""
_MOST_AT_ONCE: Final = 1 << 20
"""What comes of them at once, at most."""


class TooLargeError(Exception):
    """More comes out than is allowed."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"it unpacks to more than {limit:,} bytes, which is the limit: the rest is not read")


class DamagedError(OSError):
    """What is compressed is cut off, or not what it says."""


class Budget:
    """How many bytes may come out, of one stream or of several together.

    Parameters
    ----------
    limit : int
    """

    def __init__(self, limit: int) -> None:
        self.limit = self.left = limit

    def check(self, count: int) -> None:
        """See whether this many bytes may come out; a file may also say so of itself.

        Raises
        ------
        TooLargeError
            If there are not enough left.
        """
        if count > self.left:
            raise TooLargeError(self.limit)

    def spend(self, count: int) -> None:
        """Take bytes off.

        Raises
        ------
        TooLargeError
            If there are not enough left.
        """
        self.check(count)
        self.left -= count


class Pieces(io.RawIOBase):
    """A stream of what `more` returns, piece by piece, up to an empty piece."""

    fault = ""

    def __init__(self) -> None:
        super().__init__()
        self._waiting = memoryview(b"")

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, target: WriteableBuffer, /) -> int:
        """Return how far `target` was filled: as far as there is something."""
        view = memoryview(target)
        done = 0
        while done < len(view):
            if not self._waiting:
                try:
                    self._waiting = memoryview(self.more())
                except (DamagedError, TooLargeError):  # raised again by who asks for more than there is
                    if not done:
                        raise
                if not self._waiting:
                    break
            count = min(len(view) - done, len(self._waiting))
            view[done : done + count] = self._waiting[:count]
            self._waiting = self._waiting[count:]
            done += count
        return done

    def readall(self) -> bytes:
        """Return all that is left."""
        waiting, self._waiting = bytes(self._waiting), memoryview(b"")
        return b"".join((waiting, *iter(self.more, b"")))

    @abstractmethod
    def more(self) -> bytes:
        """Return the next bytes; none at the end."""


class Plain(io.BufferedReader):
    """What is in a file, for reading.

    What is damaged, cut off or too large, and is read up to there, ends where it can be read no further; `fault` then
    says why.

    Parameters
    ----------
    raw : RawIOBase
    file : Plain, optional
        The file that it comes out of.
    """

    def __init__(self, raw: io.RawIOBase, file: Plain | None = None) -> None:
        super().__init__(raw, _PIECE)
        self._file = file

    @classmethod
    def of(cls, content: bytes) -> Plain:
        """Return bytes as a stream."""
        return cls(_Given(content))

    @property
    def fault(self) -> str:
        """Why the stream ended before its end; empty where it did not, or has not ended yet."""
        found: str = getattr(self.raw, "fault", "")
        return found

    def ahead(self, count: int) -> bytes:
        """Return the next bytes, at least `count` where there are that many, without moving on.

        To be asked before anything is read.
        """
        return self.peek(count)[:count]

    def consumed(self) -> int:
        """Return how many bytes of the file have been read."""
        return self.tell() if self._file is None else self._file.tell()


def limited(stream: BinaryIO, budget: Budget, at_fault: AtFault) -> Plain:
    """Return a stream that gives as much as is allowed.

    Parameters
    ----------
    stream : BinaryIO
    budget : Budget
    at_fault : AtFault
    """
    return Plain(_Limited(stream, budget, at_fault))


def unpacked(stream: Plain, budget: Budget, at_fault: AtFault, *, times: int = 1) -> Plain:
    """Return what a stream holds, decompressed if it is compressed by gzip.

    Parameters
    ----------
    stream : Plain
    budget : Budget
        How much may come out.
    at_fault : AtFault
    times : int
        So many times it may be compressed within itself.
    """
    found = stream
    for _ in range(times):
        if found.ahead(len(GZIP_MAGIC)) != GZIP_MAGIC:
            break
        found = Plain(_Inflated(found, budget, at_fault), stream)
    return found


class _Given(Pieces):
    """Bytes that are there."""

    def __init__(self, content: bytes) -> None:
        super().__init__()
        self._content = content

    def more(self) -> bytes:
        found, self._content = self._content, b""
        return found


class _Allowed(Pieces):
    """As much of what `found` returns as is allowed, and up to where it raises that there is damage."""

    def __init__(self, budget: Budget, at_fault: AtFault) -> None:
        super().__init__()
        self._budget, self._at_fault = budget, at_fault
        self._beyond = b""

    @abstractmethod
    def found(self) -> bytes:
        """Return the next bytes; none at the end."""

    def more(self) -> bytes:
        if self.fault:
            return b""
        try:
            return self._allowed()
        except (DamagedError, TooLargeError) as error:
            if self._at_fault == "refuse":
                raise
            self.fault = str(error)
            return b""

    def _allowed(self) -> bytes:
        found = self._beyond or self.found()
        count = min(len(found), self._budget.left)
        self._budget.spend(count or len(found))
        self._beyond = found[count:]
        return found[:count]


class _Limited(_Allowed):
    """A stream as it is."""

    def __init__(self, stream: BinaryIO, budget: Budget, at_fault: AtFault) -> None:
        super().__init__(budget, at_fault)
        self._stream = stream

    def found(self) -> bytes:
        return self._stream.read(_PIECE)


class _Inflated(_Allowed):
    """What a stream of gzip holds: one member after the other."""

    def __init__(self, packed: Plain, budget: Budget, at_fault: AtFault) -> None:
        super().__init__(budget, at_fault)
        self._packed = packed
        self._inflate = zlib.decompressobj(wbits=31)
        self._begun, self._rest, self._damage = False, b"", ""

    def found(self) -> bytes:
        while not self._damage:
            given = self._inflate.unconsumed_tail or self._rest or self._packed.read1(_PACKED)
            self._rest = b""
            if not given:
                if self._begun:
                    raise DamagedError(self._packed.fault or "the compressed file is cut off")
                return b""
            if not self._begun and not (given := given.lstrip(b"\0")):
                continue  # padding between and after members
            self._begun = True
            found = self._inflated(given)
            if self._inflate.eof:
                self._rest = self._inflate.unused_data
                self._inflate, self._begun = zlib.decompressobj(wbits=31), False
            if found:
                return found
        raise DamagedError(self._damage)

    def _inflated(self, given: bytes) -> bytes:
        before = self._inflate.copy()
        try:
            return self._inflate.decompress(given, _MOST_AT_ONCE)
        except zlib.error as error:
            self._damage = f"the compressed file is damaged ({str(error).rpartition(': ')[2]})"
            # What came before the damage in these bytes is had by giving them one by one.
            self._inflate = before
            found = []
            for place in range(len(given)):
                try:
                    found.append(self._inflate.decompress(given[place : place + 1]))
                except zlib.error:
                    break
            return b"".join(found)
