"""Which addresses without a name belong together, as candidates for a name: nothing is widened (external 17)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import Any, Final, NamedTuple, TypeAlias

import pandas as pd

from workbench.external.frames import SUGGESTIONS
from workbench.ground import EXTERNAL, natural_order, needed_by, parse_block

Network: TypeAlias = IPv4Network | IPv6Network
_COUNTED: Final = ("flows", "first_seen", "last_seen")
__all__ = ["Seen", "registrable", "seen_outside", "suggestions_of"]

PREFIX: Final = {4: 24, 6: 64}
"""The first bits that addresses of one place have in common, mostly: what one organisation gets at least."""


class Seen(NamedTuple):
    """An address outside, or a block where the source tells no address, and what was seen of it.

    Attributes
    ----------
    network : IPv4Network or IPv6Network
        Of one address; of more where the source gives a block.
    callers, domains, ports : frozenset of str
        Ports as ``TCP 443``.
    networks : tuple of str
        What sources say it is of, sorted.
    flows : int
    first, last : Timestamp or None
    """

    network: Network
    callers: frozenset[str]
    domains: frozenset[str]
    ports: frozenset[str]
    networks: tuple[str, ...]
    flows: int
    first: pd.Timestamp | None
    last: pd.Timestamp | None

    @property
    def is_address(self) -> bool:
        """Whether it is one address."""
        return self.network.prefixlen == self.network.max_prefixlen


def seen_outside(edges: pd.DataFrame, networks: pd.DataFrame) -> list[Seen]:
    """Return what edges say of each address, and each block, outside.

    Parameters
    ----------
    edges : DataFrame
        Columns as in ``Flows.located_edges``.
    networks : DataFrame
        Columns as in ``Flows.networks``.
    """
    found: dict[str, _Tally] = {}
    for end, other in (("src", "dst"), ("dst", "src")):
        outside = edges[edges[f"{end}_kind"].isin([EXTERNAL, "Unknown"])]
        columns = [outside[name] for name in (end, other, "dst_domains", "protocol", "port", *_COUNTED)]
        for name, caller, domains, protocol, port, flows, first, last in zip(*columns, strict=True):
            tally = found.setdefault(str(name), _Tally())
            tally.callers.add(str(caller))
            tally.ports.add(f"{protocol} {'' if pd.isna(port) else port}".strip())
            tally.domains.update(domains if end == "dst" else ())
            tally.flows += int(flows)
            tally.times += [one for one in (first, last) if not pd.isna(one)]
    for address, network in zip(networks["address"], networks["network"], strict=True):
        if address in found:
            found[address].networks.add(network)
    named = ((parse_block(name), tally) for name, tally in sorted(found.items()))
    return [tally.of(network) for network, tally in named if network is not None]


@dataclass(slots=True)
class _Tally:
    """What was seen of one end so far."""

    callers: set[str] = field(default_factory=set)
    domains: set[str] = field(default_factory=set)
    ports: set[str] = field(default_factory=set)
    networks: set[str] = field(default_factory=set)
    flows: int = 0
    times: list[pd.Timestamp] = field(default_factory=list)

    def of(self, network: Network) -> Seen:
        first, last = (best(self.times, default=None) for best in (min, max))
        callers, domains, ports = map(frozenset, (self.callers, self.domains, self.ports))
        return Seen(network, callers, domains, ports, tuple(sorted(self.networks)), self.flows, first, last)


def suggestions_of(
    seen: Iterable[Seen], provider_of: Callable[[list[str]], list[tuple[str, str]]], cluster: str
) -> pd.DataFrame:
    """Return names that could be given, each to several addresses.

    Parameters
    ----------
    seen : iterable of Seen
        Those without a name.
    provider_of : callable
        Returns the provider of each address, and the name of its block; both empty for none.
    cluster : str
        Its name, if it has one.
    """
    listed = list(seen)
    providers = provider_of([str(one.network.network_address) for one in listed])
    groups: defaultdict[tuple[str, str], list[Seen]] = defaultdict(list)
    owners: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for one, (provider, name) in zip(listed, providers, strict=True):
        key = _common(one, name)
        groups[key].append(one)
        owners[key].add(provider)
    rows = [(*_row(*key, members, owners[key]), cluster) for key, members in groups.items()]
    found = SUGGESTIONS.from_rows(rows)
    order = pd.DataFrame({"callers": found["callers"].map(len), "flows": found["flows"], "name": found["name"]})
    places = order.sort_values(["callers", "flows", "name"], ascending=[False, False, True], kind="stable").index
    return found.loc[places].reset_index(drop=True)


def _common(one: Seen, published: str) -> tuple[str, str]:
    """Return what to call an address together with others, and what they have in common."""
    if not one.is_address:
        return str(one.network), "block"
    names = sorted({registrable(domain) for domain in one.domains})
    if names:
        return names[0], "domain"
    if published:
        return published, "provider"
    if one.networks:
        return one.networks[0], "network"
    return str(one.network.supernet(new_prefix=PREFIX[one.network.version])), "prefix"


def _row(name: str, by: str, members: list[Seen], owners: set[str]) -> tuple[Any, ...]:
    networks = [one.network for one in members]
    wider = _around(networks)
    exact = tuple(map(str, _cover(networks)))
    is_wider = wider is not None and str(wider) not in exact
    firsts = [one.first for one in members if one.first is not None]
    lasts = [one.last for one in members if one.last is not None]
    return (
        *(name, by, exact),
        str(wider) if is_wider else "",
        float(wider.num_addresses) if is_wider and wider is not None else 0.0,
        len(members),
        tuple(sorted({caller for one in members for caller in one.callers})),
        tuple(sorted({domain for one in members for domain in one.domains})),
        ", ".join(sorted({port for one in members for port in one.ports}, key=natural_order)),
        owners.copy().pop() if len(owners) == 1 else "",
        by == "block",
        sum(one.flows for one in members),
        min(firsts, default=None),
        max(lasts, default=None),
    )


def _cover(networks: Iterable[Network]) -> Iterator[Network]:
    """Yield the fewest blocks that hold these and nothing else."""
    listed = list(networks)
    yield from collapse_addresses(one for one in listed if isinstance(one, IPv4Network))
    yield from collapse_addresses(one for one in listed if isinstance(one, IPv6Network))


def _around(networks: Iterable[Network]) -> Network | None:
    """Return the smallest block around all; None where they are of both families, or nothing narrower holds them."""
    listed = list(networks)
    if len({one.version for one in listed}) != 1:
        return None
    low = min(int(one.network_address) for one in listed)
    high = max(int(one.broadcast_address) for one in listed)
    bits = listed[0].max_prefixlen
    length = bits - (low ^ high).bit_length()
    kind = type(listed[0])
    return kind((low, length), strict=False) if length else None


@lru_cache(maxsize=1 << 16)
def registrable(domain: str) -> str:
    """Return the name below the public suffix, ``example.co.uk`` of ``api.example.co.uk``; the name itself without one.

    The list of suffixes is the one that the package ships: nothing is asked of the network. What ends in none of them
    has its last part for one, as the list's own rule says.

    Parameters
    ----------
    domain : str
    """
    found = _suffixes()(domain)
    if not found.suffix:
        return ".".join(domain.rsplit(".", 2)[-2:])
    return found.top_domain_under_public_suffix or domain


@lru_cache(maxsize=1)
def _suffixes() -> Any:  # noqa: ANN401  (TLDExtract)
    with needed_by("names below public suffixes"):
        from tldextract import TLDExtract  # noqa: PLC0415  (an extra)

    return TLDExtract(cache_dir=None, suffix_list_urls=())
