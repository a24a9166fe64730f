"""To which addresses outside something is open, and whether that is anywhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from workbench.connectivity import Peer
from workbench.ground import AddressSet

if TYPE_CHECKING:
    from workbench.connectivity import ExposureLine

__all__ = ["addresses_of", "extent_of"]

_HALF: Final = 2**31
"""Half of all IPv4 addresses: what is open to so many is open to anywhere."""


def addresses_of(lines: Iterable[ExposureLine]) -> AddressSet:
    """Return all addresses that some lines of an exposure are about.

    Parameters
    ----------
    lines : iterable of ExposureLine
    """
    ends = (one.other for one in lines)
    return AddressSet.union_of(one.addresses for one in ends if isinstance(one, Peer) and one.addresses is not None)


def extent_of(lines: Iterable[ExposureLine]) -> str:
    """Return ``anywhere`` if some lines of an exposure are open to half of all IPv4 addresses, else ``ranges``.

    Parameters
    ----------
    lines : iterable of ExposureLine
    """
    number = sum(last - first + 1 for first, last in addresses_of(lines).ipv4)
    return "anywhere" if number >= _HALF else "ranges"
