"""What is known of addresses outside: their DNS names, and whose they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from workbench.ground import PRIVATE, addresses_named, listed

if TYPE_CHECKING:
    from workbench.flows import Flows

__all__ = ["Known", "known_of"]


class Known(NamedTuple):
    """What is known of one address.

    Attributes
    ----------
    domains : tuple of str
        DNS names by which clients knew it, sorted.
    labels : tuple of str
        The known server, the network set or the provider that flows say it is of.
    """

    domains: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()

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
        unknown = "" if domains or labels or own else "neither a DNS name nor a provider is known"
        return tuple(line for line in (address, own, domains, labels, unknown) if line)


def known_of(flows: Flows | None, addresses: Iterable[str]) -> Mapping[str, Known]:
    """Return what flows tell of some addresses.

    Parameters
    ----------
    flows : Flows, optional
    addresses : iterable of str
        What flows call ends outside.
    """
    wanted = sorted(set(addresses))
    if flows is None or not wanted:
        return {}
    domains: defaultdict[str, set[str]] = defaultdict(set)
    edges = flows.edges()
    named = edges[edges["dst"].isin(wanted)]
    for address, names in zip(named["dst"], named["dst_domains"], strict=True):
        domains[address].update(names)
    labels: defaultdict[str, set[str]] = defaultdict(set)
    networks = flows.networks()
    asked = networks[networks["address"].isin(wanted)]
    for address, network in zip(asked["address"], asked["network"], strict=True):
        labels[address].add(network)
    known = (Known(tuple(sorted(domains[one])), tuple(sorted(labels[one]))) for one in wanted)
    return dict(zip(wanted, known, strict=True))
