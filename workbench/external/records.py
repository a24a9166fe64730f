"""An address book as records, one for each smallest thing that a person decides, and back (external 16)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias

from workbench.external.model import (
    KnownServer,
    NamedBlock,
    can_be_outside,
    checked_cidr,
    checked_name,
    checked_server,
)
from workbench.external.ranges import ProviderRanges
from workbench.ground import ArgumentError, UnreadRecord, written_alike

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


_UNREADABLE: Final = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)
_NOT_ALIKE: Final = "it is not as an address book writes it"


class Parts(NamedTuple):
    """What an address book is made of."""

    blocks: tuple[NamedBlock, ...] = ()
    known_servers: tuple[KnownServer, ...] = ()
    ranges: tuple[ProviderRanges, ...] = ()
    hide_providers: bool = False
    default_ranges: bool = True
    unread: tuple[UnreadRecord, ...] = ()


def records_of(parts: Parts) -> dict[tuple[str, str], Any]:
    """Return the records. Settings that are as they are for everyone have none; what was not read stays as it is."""
    found: dict[tuple[str, str], Any] = {one.place: one.value for one in parts.unread}
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
        One that this version refuses, or would write otherwise, is among `Parts.unread`.
    tables : mapping of str to ProviderRanges
        Ranges by their digests; of those that are not there, only what the record says is known.
    """
    found = [_part(kind, key, value, tables) for (kind, key), value in records.items() if kind in ADDRESS_BOOK_KINDS]
    return Parts(
        tuple(sorted((block for one in found for block in one.blocks), key=lambda one: one.cidr)),
        tuple(sorted(server for one in found for server in one.known_servers)),
        tuple(sorted((ranges for one in found for ranges in one.ranges), key=lambda one: one.key)),
        any(one.hide_providers for one in found),
        all(one.default_ranges for one in found),
        tuple(sorted(unread for one in found for unread in one.unread)),
    )


def _part(kind: str, key: str, value: Any, tables: Mapping[str, ProviderRanges]) -> Parts:  # noqa: ANN401  (JSON)
    """Return the one thing that a record says, or the record itself where it is refused."""
    try:
        part = _said(kind, key, value, tables)
    except ArgumentError as error:
        return Parts(unread=(_refused(kind, key, value, str(error)),))
    except _UNREADABLE:
        return Parts(unread=(_refused(kind, key, value, _NOT_ALIKE),))
    ((place, written),) = records_of(part).items() or ((None, None),)
    is_alike = place == (kind, key) and written_alike(written, value)
    return part if is_alike else Parts(unread=(_refused(kind, key, value, _NOT_ALIKE),))


def _said(kind: str, key: str, value: Any, tables: Mapping[str, ProviderRanges]) -> Parts:  # noqa: ANN401  (JSON)
    if kind == BLOCK:
        cidr = checked_cidr(key)
        return Parts(blocks=(NamedBlock(cidr, checked_name(value["name"], cidr), bool(value.get("widened"))),))
    if kind == SERVER:
        cidr, server, name = json.loads(key)
        return Parts(known_servers=(checked_server(KnownServer(cidr, server, name, bool(value.get("widened")))),))
    if kind == RANGES:
        return Parts(ranges=(ProviderRanges.said_to_be(value, tables.get(value["sha256"])),))
    return Parts(hide_providers=key == HIDE and value, default_ranges=not (key == DEFAULT and not value))


def _refused(kind: str, key: str, value: Any, why: str) -> UnreadRecord:  # noqa: ANN401  (JSON)
    """Return a record that is not read; a block may be given another name, where it is one."""
    if kind != BLOCK:
        return UnreadRecord.of((kind, key, value), why)
    removing = ("external", "remove", key)
    renaming = (("external", "rename", key, "NAME"),) if can_be_outside(key) else ()
    return UnreadRecord.of((kind, key, value), why, *renaming, removing)
