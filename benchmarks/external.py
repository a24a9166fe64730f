"""How long it takes to name addresses: a million against 60,000 blocks of providers.

``python -m benchmarks.external``; with a number, so many addresses. The yardstick is one look at a trie in Python for
each address, as the package that ships the ranges does it (`cloudip.trie`), made of the same blocks.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

import numpy as np

from benchmarks.timing import timed
from workbench.ground import PrefixIndex

__all__ = ["main"]

ADDRESSES: Final = 1_000_000
BLOCKS: Final = 60_000
OF_IPV6: Final = 0.1


def blocks(number: int) -> list[str]:
    """Return blocks of the lengths that providers publish, a tenth of them IPv6; the same ones every time."""
    random = np.random.default_rng(1)
    six = int(number * OF_IPV6)
    starts, lengths = random.integers(1 << 24, 1 << 32, number - six), random.integers(12, 33, number - six)
    found = [str(IPv4Network((int(one), int(bits)), strict=False)) for one, bits in zip(starts, lengths, strict=True)]
    starts, lengths = random.integers(0, 1 << 40, six), random.integers(24, 65, six)
    pairs = zip(starts, lengths, strict=True)
    return found + [
        str(IPv6Network(((0x2600 << 112) + (int(one) << 72), int(bits)), strict=False)) for one, bits in pairs
    ]


def addresses(number: int) -> list[str]:
    """Return addresses of both families, a tenth of them IPv6."""
    random = np.random.default_rng(2)
    six = int(number * OF_IPV6)
    found = [str(IPv4Address(int(one))) for one in random.integers(1 << 24, 1 << 32, number - six)]
    return found + [str(IPv6Address((0x2600 << 112) + (int(one) << 64))) for one in random.integers(0, 1 << 48, six)]


def in_a_trie(listed: Sequence[str], asked: Sequence[str]) -> tuple[float, list[str]]:
    """Return the seconds that a trie takes, and the block that it finds for each address."""
    from cloudip.trie import CIDRTrie  # noqa: PLC0415  (an extra, of which this is the yardstick)
    from cloudip.types import Range  # noqa: PLC0415

    trie = CIDRTrie()
    for cidr in listed:
        trie.insert(Range(cidr, "", "", ""))
    seconds, found = timed(lambda: [trie.lookup(one) for one in asked])
    return seconds, ["" if one is None else one.cidr for one in found]


def main(arguments: Sequence[str]) -> None:
    """Print the table."""
    number = int(arguments[0]) if arguments else ADDRESSES
    listed, asked = blocks(BLOCKS), addresses(number)
    laid_out, index = timed(lambda: PrefixIndex(listed))
    seconds, places = timed(lambda: index.find(asked))
    few = asked[:: max(number // 20_000, 1)]
    slow, expected = in_a_trie(listed, few)
    found = ["" if place < 0 else listed[place] for place in index.find(few)]
    if found != expected:
        message = "the trie and the index disagree"
        raise SystemExit(message)
    each = slow / len(few) * number
    print(f"{number:,} addresses against {len(listed):,} blocks, {np.mean(places >= 0):.0%} of them in one")
    print(f"  blocks laid out once   {laid_out:8.2f} s")
    print(f"  addresses named        {seconds:8.2f} s")
    print(f"  one by one in a trie   {each:8.2f} s (of {len(few):,}), {each / seconds:.0f} times as long")


if __name__ == "__main__":
    main(sys.argv[1:])
