"""What a PNG holds, read by the book: its chunks, its size, and how light each of its pixels is."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

__all__ = ["WHITE", "chunks", "greys", "size"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"
DEEP, RGBA, CHANNELS = 8, 6, 4
WHITE = 255


def chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and content of each chunk, whose sums are right."""
    assert png.startswith(SIGNATURE)
    place = len(SIGNATURE)
    while place < len(png):
        length, name = struct.unpack_from(">I4s", png, place)
        content = png[place + 8 : place + 8 + length]
        (checksum,) = struct.unpack_from(">I", png, place + 8 + length)
        assert checksum == zlib.crc32(name + content)
        yield name, content
        place += 12 + length


def size(png: bytes) -> tuple[int, int]:
    """Return width and height in pixels, of which there are as many."""
    found = list(chunks(png))
    assert (found[0][0], found[-1]) == (b"IHDR", (b"IEND", b""))
    width, height, *kind = struct.unpack(">IIBBBBB", found[0][1])
    assert kind == [DEEP, RGBA, 0, 0, 0]
    assert len(_lines(png)) == height * (1 + CHANNELS * width)
    return width, height


def greys(png: bytes) -> list[bytearray]:
    """Return the rows of pixels, each its darkest colour: 0 to 255, which is white; all are opaque."""
    width, height = size(png)
    packed, stride = _lines(png), CHANNELS * width
    above, rows = bytearray(stride), []
    for number in range(height):
        start = number * (1 + stride)
        above = _unfiltered(packed[start], packed[start + 1 : start + 1 + stride], above)
        assert above[3::CHANNELS] == b"\xff" * width
        rows.append(bytearray(map(min, above[::CHANNELS], above[1::CHANNELS], above[2::CHANNELS])))
    return rows


def _lines(png: bytes) -> bytes:
    return zlib.decompress(b"".join(content for name, content in chunks(png) if name == b"IDAT"))


def _unfiltered(kind: int, line: bytes, above: bytearray) -> bytearray:
    """Return a line of bytes as they were before they were told by their neighbours (PNG 9.2)."""
    row = bytearray(line)
    if kind == 0:
        return row
    for place, up in enumerate(above):
        left = row[place - CHANNELS] if place >= CHANNELS else 0
        corner = above[place - CHANNELS] if place >= CHANNELS else 0
        row[place] = (row[place] + (0, left, up, (left + up) // 2, _nearest(left, up, corner))[kind]) % 256
    return row


def _nearest(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((left, up, corner), key=lambda one: abs(guess - one))
