"""What an answer about a cluster must say of the anonymised one: the same, with each name in place of another."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterator
from ipaddress import IPv4Address, IPv6Address, summarize_address_range

import pandas as pd

from workbench.connectivity.engine.controller_shapes import OTHER
from workbench.ground import OUTSIDE, AddressSet, Anonymiser, addresses_named

__all__ = ["canonical_map", "renamed_addresses", "renamed_end", "renamed_map"]

_WORKLOAD = re.compile(r"(?:(?P<namespace>[^/]*)/)?(?P<name>[^[]*)\[(?P<kind>[^]]*)\](?P<shape>\{.*\})?")

_LABELLED = re.compile(r"(?P<namespace>[^/]*)/\{(?P<labels>.*)\}")


def renamed_end(anonymiser: Anonymiser, end: str) -> str:
    """Return the name of an end after renaming: of a workload, a Service, a node, or an address."""
    if addresses_named(end) is not None:
        return anonymiser.block(end) if end != OUTSIDE else end
    if (labelled := _LABELLED.fullmatch(end)) is not None:
        labels = _renamed_labels(anonymiser, labelled["labels"])
        return f"{anonymiser.namespace(labelled['namespace'])}/{{{labels}}}"
    found = _WORKLOAD.fullmatch(end)
    if found is None:
        return end
    namespace, name, kind = found["namespace"], found["name"], found["kind"]
    makes = {"Node": anonymiser.node, "Service": anonymiser.service}.get(kind, anonymiser.workload)
    where = "" if namespace is None else f"{anonymiser.namespace(namespace)}/"
    shape = found["shape"] and f"{{{_renamed_labels(anonymiser, found['shape'][1:-1])}}}"
    return f"{where}{makes(name)}[{anonymiser.kind(kind)}]{shape or ''}"


def _renamed_labels(anonymiser: Anonymiser, written: str) -> str:
    pairs = (pair.strip().partition("=") for pair in written.split(","))
    return ",".join(sorted(_renamed_label(anonymiser, *pair) for pair in pairs))


def _renamed_label(anonymiser: Anonymiser, key: str, sign: str, value: str) -> str:
    lacks = "!" if key.startswith("!") else ""
    if value == OTHER:  # a word of ours for all other values
        return f"{anonymiser.label_key(key)}{sign}{value}"
    return f"{lacks}{anonymiser.label_key(key.removeprefix('!'))}{sign}{anonymiser.label_value(key, value)}"


def renamed_addresses(anonymiser: Anonymiser, addresses: AddressSet) -> AddressSet:
    """Return the addresses that stand in for all of a set, block by block."""
    return AddressSet.union_of(AddressSet.of(anonymiser.block(text)) for text in _blocks(addresses))


def _blocks(addresses: AddressSet) -> Iterator[str]:
    for first, last in addresses.ipv4:
        yield from map(str, summarize_address_range(IPv4Address(first), IPv4Address(last)))
    for first, last in addresses.ipv6:
        yield from map(str, summarize_address_range(IPv6Address(first), IPv6Address(last)))


def canonical_map(connections: pd.DataFrame, anonymiser: Anonymiser | None = None) -> Counter[Hashable]:
    """Return what a map says, however it cuts and sorts addresses; by the names of an anonymiser, if one is given."""
    found: Counter[Hashable] = Counter()
    outside: defaultdict[tuple[object, ...], defaultdict[str, AddressSet]] = defaultdict(
        lambda: defaultdict(AddressSet)
    )
    for row in connections.to_dict("records"):
        ends = [str(row["src"]), str(row["dst"])]
        names = [end if anonymiser is None else renamed_end(anonymiser, end) for end in ends]
        addresses = [addresses_named(end) for end in ends]
        place = next((number for number, one in enumerate(addresses) if one is not None), None)
        if place is None:
            found[(*names, row["protocol"], row["ports"])] += 1
            continue
        block = addresses[place] or AddressSet()
        block = block if anonymiser is None else renamed_addresses(anonymiser, block)
        shapes = (row["src_shape"], row["dst_shape"])
        key = (place, names[1 - place], shapes[1 - place], row["protocol"])
        outside[key][str(row["ports"])] |= block
    for (end, name, _, protocol), by_ports in outside.items():
        found[end, name, protocol, frozenset((ports, str(one)) for ports, one in by_ports.items())] += 1
    return found


def renamed_map(connections: pd.DataFrame, anonymiser: Anonymiser) -> Counter[Hashable]:
    """Return what a map says after renaming."""
    return canonical_map(connections, anonymiser)
