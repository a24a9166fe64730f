"""An address book as records, one for each smallest thing that a person decides, and back (external 16)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from workbench.external.model import KnownServer, NamedBlock, checked_cidr, checked_name, checked_server
from workbench.external.ranges import ProviderRanges
from workbench.ground import ArgumentError

__all__ = ["ADDRESS_BOOK_KINDS", "Parts", "Records", "parts_of", "records_of"]

Records: TypeAlias = Mapping[tuple[str, str], Any]
BLOCK: Final = "block"
SERVER: Final = "known-server"
RANGES: Final = "ranges"
SETTING: Final = "external-setting"
HIDE: Final = "hide-providers"
DEFAULT: Final = "default-ranges"
ADDRESS_BOOK_KINDS: Final = (BLOCK, SERVER, RANGES, SETTING)
"""The kinds of the records of an address book."""


class Parts(NamedTuple):
    """What an address book is made of."""

    blocks: tuple[NamedBlock, ...]
    known_servers: tuple[KnownServer, ...]
    ranges: tuple[ProviderRanges, ...]
    hide_providers: bool
    default_ranges: bool


def records_of(parts: Parts) -> dict[tuple[str, str], Any]:
    """Return the records. Settings that are as they are for everyone have none."""
    found: dict[tuple[str, str], Any] = {}
    for block in parts.blocks:
        found[BLOCK, block.cidr] = {"name": block.name, **({"widened": True} if block.widened else {})}
    for server in parts.known_servers:
        cidr, of_server, name, widened = server
        found[SERVER, json.dumps([cidr, of_server, name], ensure_ascii=False)] = {"widened": True} if widened else {}
    for one in parts.ranges:
        found[RANGES, one.key] = {"sha256": one.digest, **one.said}
    if parts.hide_providers:
        found[SETTING, HIDE] = True
    if not parts.default_ranges:
        found[SETTING, DEFAULT] = False
    return found


def parts_of(records: Records, tables: Mapping[str, ProviderRanges]) -> Parts:
    """Return what records say of an address book; records of other kinds say nothing.

    Parameters
    ----------
    records : mapping of (kind, key) to value
    tables : mapping of str to ProviderRanges
        Ranges by their digests; of those that are not there, only what the record says is known.

    Raises
    ------
    ArgumentError
        If a record is not as `records_of` writes it; the message names it.
    """
    blocks: dict[str, NamedBlock] = {}
    servers: list[KnownServer] = []
    ranges: list[ProviderRanges] = []
    settings = {HIDE: False, DEFAULT: True}
    for (kind, key), value in records.items():
        try:
            if kind == BLOCK:
                cidr = checked_cidr(key)
                blocks[cidr] = NamedBlock(cidr, checked_name(str(value["name"]), cidr), bool(value.get("widened")))
            elif kind == SERVER:
                cidr, server, name = json.loads(key)
                widened = bool(value.get("widened"))
                servers.append(checked_server(KnownServer(str(cidr), str(server), str(name), widened)))
            elif kind == RANGES:
                ranges.append(ProviderRanges.said_to_be(value, tables.get(str(value["sha256"]))))
            elif kind == SETTING and key in settings:
                settings[key] = bool(value)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            message = f"the record {kind} {key} is not one of an address book: {error}"
            raise ArgumentError(message) from error
    return Parts(
        tuple(sorted(blocks.values(), key=lambda one: one.cidr)),
        tuple(sorted(servers)),
        tuple(sorted(ranges, key=lambda one: one.key)),
        settings[HIDE],
        settings[DEFAULT],
    )
