"""What a file holds, whatever it is compressed or encoded by: as a stream of UTF-8, as far as it can be read."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from workbench.ground import GZIP_MAGIC, Budget, Pieces, Plain, unpacked

__all__ = ["LEAST_LIMIT", "allowance", "is_direct", "opened"]

LEAST_LIMIT: Final = 1 << 30
MOST_TIMES: Final = 250
"""A file may unpack to `LEAST_LIMIT` bytes, or to so many times its size: flows of any tool compress less."""
NESTED: Final = 3
"""So many times a file may be compressed within itself."""
_CHUNK: Final = 64 << 10
_MARKS: Final = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_LOOKED_AT: Final = 64


def allowance(size: int) -> Budget:
    """Return how many bytes may come out of a file of this size."""
    return Budget(max(LEAST_LIMIT, MOST_TIMES * size))


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
        found = Plain(file)
        stream = unpacked(found, budget or allowance(Path(path).stat().st_size), "read-up-to", times=NESTED)
        if encoding := _encoding(stream.ahead(_LOOKED_AT)):
            stream = Plain(_Recoded(stream, encoding), found)
        yield stream


def is_direct(path: str | Path) -> bool:
    """Tell whether a program that knows gzip and UTF-8 reads a file as `opened` does."""
    with Path(path).open("rb", buffering=0) as file:
        stream = unpacked(Plain(file), allowance(0), "read-up-to")
        head = stream.ahead(_LOOKED_AT)
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


class _Recoded(Pieces):
    """A stream of another encoding as UTF-8."""

    def __init__(self, stream: Plain, encoding: str) -> None:
        super().__init__()
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    @property
    def fault(self) -> str:  # type: ignore[override]
        return self._stream.fault

    def more(self) -> bytes:
        while given := self._stream.read1(_CHUNK):
            if text := self._decoder.decode(given):
                return text.encode("utf-8", "replace")
        return self._decoder.decode(b"", final=True).encode("utf-8", "replace")
