"""Names addresses outside by the blocks that providers publish: that is wider, and is said (generate 2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from workbench.external import AddressBook
from workbench.ground import count_of, parse_address, parse_block

if TYPE_CHECKING:
    from workbench.generate.needs import Need

__all__ = ["by_provider_blocks"]


def by_provider_blocks(needs: Iterable[Need], book: AddressBook | None) -> tuple[tuple[Need, ...], tuple[str, ...]]:
    """Return needs whose address outside is named by the most specific block that a provider publishes of it.

    An address of a block that a person named stays with that block, and one that no provider publishes by itself.

    Parameters
    ----------
    needs : iterable of Need
    book : AddressBook or None
        Whose ranges of providers count, also where their names are hidden; without one, those that a package ships.

    Returns
    -------
    needs : tuple of Need
        Those that are named by a block say so, and how many addresses it has.
    remarks : tuple of str
        How many there are, a sentence each.
    """
    given = tuple(needs)
    wanted = sorted({end for need in given if not need.blocks for end in (need.src, need.dst) if parse_address(end)})
    if not wanted:
        return given, ()
    ranges = AddressBook() if book is None else book
    found = ranges.lookup(wanted)
    published = {str(row["address"]): row for row in found.to_dict("records") if row["provider_block"]}
    changed = tuple(_named(need, published) for need in given)
    return changed, tuple(_remarks(len(wanted), published))


def _named(need: Need, published: Mapping[str, Mapping[Any, Any]]) -> Need:
    row = next((published[end] for end in (need.src, need.dst) if end in published), None)
    if row is None or need.blocks:
        return need
    block = str(row["provider_block"])
    said = f"by {block}, the closest block of {_owner(row)}, with {_size(block)}"
    return need._replace(blocks=(block,), said_by=", ".join(filter(None, (need.said_by, said))))


def _owner(row: Mapping[Any, Any]) -> str:
    where = ", ".join((*row["regions"], *row["services"]))
    return f"{row['provider']} ({where})" if where else str(row["provider"])


def _size(block: str) -> str:
    network = parse_block(block)
    if network is None or (network.version == 6 and network.num_addresses > 1):  # noqa: PLR2004  (the family's number)
        return "more addresses than can be counted"
    return count_of(network.num_addresses, "address")


def _remarks(wanted: int, published: Mapping[str, Mapping[Any, Any]]) -> Iterator[str]:
    blocks = {str(row["provider_block"]) for row in published.values()}
    if published:
        named = f"{count_of(len(published), 'address')} outside named by {count_of(len(blocks), 'block')} of providers"
        yield f"{named}, which admit more than was seen"
    if others := wanted - len(published):
        yield f"{count_of(others, 'address')} outside in no block that a provider publishes: rules name them exactly"
