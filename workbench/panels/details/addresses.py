"""What is known of addresses outside: their DNS names, whose they are, and what the address book calls them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from workbench.ground import PRIVATE, addresses_named, count_of, listed, parse_address

if TYPE_CHECKING:
    from workbench.external import AddressBook
    from workbench.flows import Flows

__all__ = ["Known", "known_of", "seen_as"]

_BY: Mapping[str, str] = {"custom": "named", "known-server": "known server", "provider": "of a provider"}


class Known(NamedTuple):
    """What is known of one address.

    Attributes
    ----------
    domains : tuple of str
        DNS names by which clients knew it, sorted.
    labels : tuple of str
        The known server, the network set or the provider that flows say it is of.
    named : tuple of str
        What the address book says, a sentence each.
    """

    domains: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    def lines(self, address: str) -> tuple[str, ...]:
        """Return what is to be said of it, a sentence each.

        Parameters
        ----------
        address : str
        """
        addresses = addresses_named(address)
        own = "a private address, not of the internet" if addresses and not addresses - PRIVATE else ""
        domains = f"DNS: {listed(self.domains)}" if self.domains else ""
        labels = f"known as: {listed(self.labels)}" if self.labels else ""
        unknown = "" if domains or labels or own or self.named else "neither a DNS name nor a provider is known"
        return tuple(line for line in (address, *self.named, own, domains, labels, unknown) if line)


def known_of(
    flows: Flows | None, addresses: Iterable[str], book: AddressBook | None, today: date
) -> Mapping[str, Known]:
    """Return what flows, and an address book, tell of some addresses.

    Parameters
    ----------
    flows : Flows, optional
    addresses : iterable of str
        What flows call ends outside.
    book : AddressBook, optional
    today : date
    """
    wanted = sorted(set(addresses))
    if not wanted:
        return {}
    domains: defaultdict[str, set[str]] = defaultdict(set)
    labels: defaultdict[str, set[str]] = defaultdict(set)
    if flows is not None:
        edges, networks = flows.located_edges(), flows.networks()
        asked = edges[edges["dst"].isin(wanted)]
        for address, names in zip(asked["dst"], asked["dst_domains"], strict=True):
            domains[address].update(names)
        told = networks[networks["address"].isin(wanted)]
        for address, network in zip(told["address"], told["network"], strict=True):
            labels[address].add(network)
    named = _named(book, [one for one in wanted if parse_address(one) is not None], today) if book is not None else {}
    known = (Known(tuple(sorted(domains[one])), tuple(sorted(labels[one])), named.get(one, ())) for one in wanted)
    return dict(zip(wanted, known, strict=True))


def _named(book: AddressBook, addresses: list[str], today: date) -> Mapping[str, tuple[str, ...]]:
    """Return what an address book says of addresses: the block that names each, and what its provider says."""
    rows = book.lookup(addresses).to_dict("records")
    return {str(row["address"]): tuple(_sentences(row, today)) for row in rows}


def _sentences(row: Mapping[Any, Any], today: date) -> Iterable[str]:
    if row["source"] in {"custom", "known-server"}:
        widened = ", which a source made wider than what was seen" if row["widened"] else ""
        yield f"{_BY[row['source']]} {row['name']} by the block {row['cidr']}{widened}"
    if row["provider"]:
        where = f", {listed(row['regions'])}" if row["regions"] else ""
        services = f" ({listed(row['services'])})" if row["services"] else ""
        yield f"{row['provider']}{where}{services} by the block {row['provider_block']}{_age(row['published'], today)}"


def _age(published: Any, today: date) -> str:  # noqa: ANN401  (a Timestamp, or NaT)
    if pd.isna(published):
        return " of ranges of an unknown day"
    days = (today - published.date()).days
    return f" of the ranges of {published:%Y-%m-%d}, {count_of(days, 'day')} old"


def seen_as(flows: Flows | None, name: str) -> pd.DataFrame:
    """Return the edges of what flows call `name`, of the addresses in a block of that name, or of those it means.

    Parameters
    ----------
    flows : Flows, optional
    name : str

    Returns
    -------
    DataFrame
        Columns as in `Flows.located_edges`, and ``address`` and ``peer``: the end that is meant, and the other.
    """
    if flows is None:
        return pd.DataFrame(columns=["address", "peer"])
    edges, meant = flows.located_edges(), addresses_named(name)
    parts = []
    for end, other in (("src", "dst"), ("dst", "src")):
        called = (edges[end] == name) | (edges[f"{end}_block"] == name)
        if meant is not None:
            within = {one: bool((addresses_named(one) or meant - meant) & meant) for one in edges[end].unique()}
            called |= edges[end].map(within)
        rows = edges[called.astype(bool)]
        parts.append(rows.assign(address=rows[end], peer=rows[other]))
    return pd.concat(parts, ignore_index=True)
