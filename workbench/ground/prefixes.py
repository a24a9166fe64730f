"""Which of many blocks holds an address most closely, asked of very many addresses at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from socket import AF_INET, AF_INET6, inet_pton
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from workbench.ground.addresses import LAST_ADDRESS
from workbench.ground.errors import ArgumentError
from workbench.ground.ip_text import parse_address, parse_cidr

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["PrefixIndex"]

_IPV4: Final = 4
_IPV6: Final = 6
_BITS: Final = {_IPV4: 32, _IPV6: 128}
_CIDR: Final = 2
_WIDTH: Final = 16
"""Bytes of an IPv6 address."""
_MAPPED: Final = bytes(10) + b"\xff\xff"
"""How the 16 bytes of an IPv4 address in IPv6 spelling begin."""


class _Steps(NamedTuple):
    """The blocks of one family as steps: from each start on, the closest block is the owner, -1 for none."""

    starts: NDArray[np.int64] | NDArray[np.bytes_]
    owners: NDArray[np.int64]


class PrefixIndex:
    """Blocks of addresses, of which the one with the longest prefix is found for each address.

    The blocks are laid out once as disjoint intervals, and each address is then one binary search.

    Parameters
    ----------
    blocks : iterable of str
        CIDRs, of which host bits mean nothing. Of equal ones, the first is found.

    Attributes
    ----------
    lengths : array of int
        The length of the prefix of each block; of those of IPv4, as it is in IPv6 spelling.

    Raises
    ------
    ArgumentError
        If a text is not a CIDR.
    """

    def __init__(self, blocks: Iterable[str]) -> None:
        found: dict[int, dict[tuple[int, int], int]] = {_IPV4: {}, _IPV6: {}}
        lengths = []
        for place, text in enumerate(blocks):
            family, first, length = _block(text)
            bits = _BITS[family]
            size = 1 << (bits - length)
            first &= -size
            found[family].setdefault((first, first + size - 1), place)
            lengths.append(length + _BITS[_IPV6] - bits)
        self._blocks = found
        self.lengths = np.array(lengths, dtype=np.int64)
        self._steps = {family: _steps_of(family, blocks) for family, blocks in found.items()}

    def find(self, addresses: Sequence[str]) -> NDArray[np.int64]:
        """Return the place of the closest block for each address; -1 where none holds it, or where it is no address.

        Parameters
        ----------
        addresses : sequence of str
            A CIDR among them is in those blocks that hold it whole.
        """
        found = np.full(len(addresses), -1, dtype=np.int64)
        shape = [_CIDR if "/" in text else ":" in text for text in addresses]
        kinds = np.array(shape, dtype=np.int8)
        for place in np.flatnonzero(kinds == _CIDR):
            found[place] = self._around(addresses[int(place)])
        for family, places in ((_IPV4, np.flatnonzero(kinds == 0)), (_IPV6, np.flatnonzero(kinds == 1))):
            texts = addresses if len(places) == len(addresses) else [addresses[int(place)] for place in places]
            if not len(places):
                continue
            if (numbers := _packed(family, texts)) is None:
                found[places] = [self._find_one(text) for text in texts]
            else:
                found[places] = self._owners(family, numbers)
        return found

    def _around(self, text: str) -> int:
        """Return the place of the closest block that holds a whole CIDR."""
        try:
            family, first, length = _block(text)
        except ArgumentError:
            return -1
        for bits in range(_BITS[family] - length, _BITS[family] + 1):
            start = first >> bits << bits
            if (place := self._blocks[family].get((start, start + (1 << bits) - 1))) is not None:
                return place
        return -1

    def _owners(self, family: int, numbers: NDArray[np.int64] | NDArray[np.bytes_]) -> NDArray[np.int64]:
        starts, owners = self._steps[family]
        return owners[np.searchsorted(starts, numbers, side="right") - 1]

    def _find_one(self, text: str) -> int:
        address = parse_address(text)
        if address is None:
            return -1
        family = address.version
        return int(self._owners(family, _numbers(family, [int(address)]))[0])


def _block(text: str) -> tuple[int, int, int]:
    """Return family, first address (or one with host bits) and length of a CIDR."""
    address, _, length = text.partition("/")
    family = _IPV6 if ":" in address else _IPV4
    try:
        packed = inet_pton(AF_INET6 if family == _IPV6 else AF_INET, address)
        bits = int(length) if length.isdecimal() and length.isascii() else -1
    except (OSError, UnicodeError, ValueError):
        bits = -1
    if 0 <= bits <= _BITS[family] and not packed.startswith(_MAPPED):
        return family, int.from_bytes(packed, "big"), bits
    # Spelled in another way than usual, or none.
    if (cidr := parse_cidr(text)) is None:
        message = f"{text!r:.80} is not a valid CIDR"
        raise ArgumentError(message)
    return cidr.network.version, int(cidr.network.network_address), cidr.network.prefixlen


def _packed(family: int, texts: Sequence[str]) -> NDArray[np.int64] | NDArray[np.bytes_] | None:
    """Return addresses as numbers; None where one is spelled in another way than usual, or wraps an IPv4 address."""
    try:
        packed = b"".join(map(partial(inet_pton, AF_INET if family == _IPV4 else AF_INET6), texts))
    except (OSError, UnicodeError, ValueError):
        return None
    if family == _IPV4:
        return np.frombuffer(packed, dtype=">u4").astype(np.int64)
    if _MAPPED in packed:
        return None
    return np.frombuffer(packed, dtype="S16")


def _numbers(family: int, numbers: Iterable[int]) -> NDArray[np.int64] | NDArray[np.bytes_]:
    """Return numbers in the form in which they are compared: IPv6 ones as bytes, of which 16 are one number."""
    if family == _IPV4:
        return np.array(list(numbers), dtype=np.int64)
    return np.array([number.to_bytes(_WIDTH, "big") for number in numbers], dtype="S16")


def _steps_of(family: int, blocks: dict[tuple[int, int], int]) -> _Steps:
    starts, owners = [0], [-1]
    around: list[tuple[int, int]] = []

    def step(start: int, owner: int) -> None:
        if starts[-1] == start:
            owners[-1] = owner
        elif start <= LAST_ADDRESS[family]:
            starts.append(start)
            owners.append(owner)

    def leave() -> None:
        last, _ = around.pop()
        step(last + 1, around[-1][1] if around else -1)

    for first, last in sorted(blocks, key=lambda block: (block[0], -block[1])):
        while around and around[-1][0] < first:
            leave()
        step(first, blocks[first, last])
        around.append((last, blocks[first, last]))
    while around:
        leave()
    return _Steps(_numbers(family, starts), np.array(owners, dtype=np.int64))
