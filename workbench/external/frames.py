"""The tables of addresses outside: one definition of each frame that this room hands out."""

from __future__ import annotations

from typing import Final

from workbench.ground import TEXTS, Column, Table, column

__all__ = ["BLOCKS", "LOOKUP", "NAMES", "RANGES", "SOURCES", "SUGGESTIONS", "TABLES"]

SOURCES: Final = ("custom", "known-server", "provider")
_TIME: Final = "datetime64[us, UTC]"
_NAME: Final = Column("name", "str", "what flows and graphs call its addresses; blocks of one name are one there")
_SOURCE: Final = Column("source", "str", "who named it: a person, a KnownServer, or the provider", identifiers=SOURCES)
_PROVIDER: Final = Column("provider", "str", "who publishes it; empty where no provider does")
_REGIONS: Final = Column("regions", "object", "where, as the provider says", holds=TEXTS)
_SERVICES: Final = Column("services", "object", "for which services, as the provider says", holds=TEXTS)
_WIDENED: Final = Column("widened", "bool", "whether a source made it wider than what was seen: it is not exact")

BLOCKS: Final = Table(
    "AddressBook.to_frame",
    "block, in the order in which names count: those of a person first, then those of known servers",
    (
        Column("cidr", "str", "the block"),
        _NAME,
        _SOURCE,
        Column("server", "str", "the server that a KnownServer names; empty elsewhere"),
        _WIDENED,
        Column("rhacs_id", "str", "what Red Hat ACS calls it, without the cluster"),
        column("cluster"),
    ),
)

NAMES: Final = Table(
    "AddressBook.to_blocks",
    "block with a name, of equal ones first the one that counts: what `Flows.tagged` takes",
    (
        Column("cidr", "str", "the block"),
        _NAME,
        Column(
            "basis",
            "str",
            "why it has the name: it was decided; its owner published it; or it is all that has no other name",
            identifiers=("decided", "published", "rest"),
        ),
    ),
)

LOOKUP: Final = Table(
    "AddressBook.lookup",
    "address, in the order in which they were given",
    (
        Column("address", "str", "the address"),
        Column("name", "str", "the name of its block; `External Entities` or `Internal Entities` where it has none"),
        Column("cidr", "str", "the block with the longest prefix that has a name; empty for none"),
        Column("source", "str", "who named it; empty where it has no name", identifiers=(*SOURCES, "")),
        _PROVIDER._replace(meaning="who publishes the closest block of a provider that holds it, also if hidden"),
        Column("provider_block", "str", "that block; empty for none"),
        Column("published", "datetime64[us]", "the day of the provider's ranges; missing without", nullable=True),
        _REGIONS,
        _SERVICES,
        _WIDENED,
        Column("private", "bool", "whether it is a private address, which is never of the internet"),
        column("cluster"),
    ),
)

RANGES: Final = Table(
    "AddressBook.ranges_frame",
    "provider, or part of its blocks that it publishes by itself",
    (
        Column("provider", "str", "who publishes it"),
        Column("part", "str", "which part of its blocks; empty where there is one file"),
        Column("origin", "str", "the file, or the package that ships it"),
        Column(
            "published",
            "datetime64[us]",
            "the day that the file says, else its name, else when the file was written; missing where none is known",
            nullable=True,
        ),
        Column("age_days", "Int64", "how many days ago that was", nullable=True),
        Column("blocks", "int64", "how many different blocks"),
        Column("hidden", "bool", "whether names of providers are hidden"),
        column("cluster"),
    ),
)

SUGGESTIONS: Final = Table(
    "AddressBook.suggest",
    "name that addresses without one could be given together, the most callers first",
    (
        Column("name", "str", "the name that is suggested"),
        Column(
            "by",
            "str",
            "what the addresses have in common: the domain below a public suffix, the provider, the network that a "
            "source says they are of, the block that a source gives, or the first bits",
            identifiers=("domain", "provider", "network", "block", "prefix"),
        ),
        Column("cidrs", "object", "the blocks that hold these addresses and no others", holds=TEXTS),
        Column("wider", "str", "the smallest one block that holds them all; empty where it is no wider"),
        Column("wider_addresses", "float64", "how many addresses that one has"),
        Column("addresses", "int64", "how many addresses were seen"),
        Column("callers", "object", "who talks to them", holds=TEXTS),
        Column("domains", "object", "DNS names by which clients knew them", holds=TEXTS),
        Column("ports", "str", "protocols and ports on which they talk"),
        _PROVIDER._replace(meaning="who publishes them; empty where no provider does, or several do"),
        _WIDENED,
        Column("flows", "int64", "rows of the sources"),
        Column("first_seen", _TIME, "when one of them was first seen", nullable=True),
        Column("last_seen", _TIME, "when one of them was last seen", nullable=True),
        column("cluster"),
    ),
)

TABLES: Final = (BLOCKS, NAMES, LOOKUP, RANGES, SUGGESTIONS)
"""The table of every frame that this room hands out."""
