"""Who is outside: the blocks that have a name, and what addresses are called by them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from workbench.external.frames import BLOCKS, RANGES
from workbench.external.identities import rhacs_id
from workbench.external.importing import ExternalFiles
from workbench.external.known_servers import known_servers_text
from workbench.external.lookup import Names
from workbench.external.model import KnownServer, NamedBlock, checked_cidr, checked_name, checked_server
from workbench.external.providers import effective_ranges
from workbench.external.ranges import ProviderRanges
from workbench.external.records import BLOCK, Parts, Records, parts_of, records_of
from workbench.external.rhacs_json import rhacs_entities_text
from workbench.external.suggestions import seen_outside, suggestions_of
from workbench.ground import (
    ArgumentError,
    NotFoundError,
    Problem,
    Shown,
    UnreadRecord,
    View,
    count_of,
    first_of,
    first_rows,
    parse_address,
    parse_block,
)

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["AddressBook"]

TaggedT_co = TypeVar("TaggedT_co", covariant=True)


class _Located(Protocol):
    """Flows, which tell who is outside."""

    def located_edges(self) -> pd.DataFrame: ...

    def networks(self) -> pd.DataFrame: ...


class _Taggable(Protocol[TaggedT_co]):
    """Flows, which names are given to."""

    def tagged(self, blocks: pd.DataFrame | None) -> TaggedT_co: ...


@dataclass(frozen=True, repr=False)
class AddressBook(Shown):
    """Blocks of addresses outside with their names. It never changes: what is added gives another one.

    Attributes
    ----------
    blocks : tuple of NamedBlock
        Those that a person named, sorted.
    known_servers : tuple of KnownServer
    imported_ranges : tuple of ProviderRanges
        Those that were imported; of other providers, those that a package ships count.
    hide_providers : bool
        Whether names of providers are left out (external X11).
    default_ranges : bool
        Whether ranges that a package ships count.
    unread : tuple of UnreadRecord
        Records that are kept and that this version refuses: they stay as they are, and say nothing (external 16).
    cluster : str
        What the cluster is called in the workspace; empty where that knows but one.

    Examples
    --------
    >>> book = AddressBook(default_ranges=False).add("payments", "203.0.113.0/24")
    >>> book.lookup(["203.0.113.9", "10.1.2.3", "8.8.8.8"])["name"].tolist()
    ['payments', 'Internal Entities', 'External Entities']
    """

    blocks: tuple[NamedBlock, ...] = ()
    known_servers: tuple[KnownServer, ...] = ()
    imported_ranges: tuple[ProviderRanges, ...] = ()
    hide_providers: bool = False
    default_ranges: bool = True
    unread: tuple[UnreadRecord, ...] = ()
    cluster: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        """Let go of records in whose place something else was decided."""
        if self.unread:
            decided = records_of(self._parts._replace(unread=()))
            object.__setattr__(self, "unread", tuple(one for one in self.unread if one.place not in decided))

    def __bool__(self) -> bool:
        """Tell whether anything was put into it; ranges that a package ships are there without that."""
        return bool(self.blocks or self.known_servers or self.imported_ranges)

    def _facts(self) -> Iterator[str]:
        yield f"{count_of(len(self.blocks), 'block')} with a name"
        if self.known_servers:
            yield count_of(len(self.known_servers), "known server")
        if self.imported_ranges:
            yield f"ranges of {', '.join(one.key for one in self.imported_ranges)}"
        if self.hide_providers:
            yield "providers hidden"
        if self.unread:
            yield f"{count_of(len(self.unread), 'record')} not read"

    def _view(self) -> View:
        rows = first_rows(self.to_frame(), ("cidr", "name", "source"), noun="block")
        return View(type(self).__name__, tuple(self._facts()), rows=rows)

    # --- deciding -----------------------------------------------------------------------------------------

    def add(self, name: str, cidr: str, *, widened: bool = False) -> AddressBook:
        """Return a book in which a block has a name (external X8).

        Parameters
        ----------
        name : str
            Several blocks may have one name: they are one in flows and graphs. Where it is empty, the block is it.
        cidr : str
            IPv4 or IPv6. Blocks may overlap: the longest prefix counts.
        widened : bool
            Whether a source made it wider than what was seen.

        Raises
        ------
        ArgumentError
            If it is no block that can be outside, if it has a name already, or if the name means something else.
        """
        found = checked_cidr(cidr)
        if (known := self._named.get(found)) is not None:
            spelled = f", which is {found}," if found != cidr.strip() else ""
            message = f"{cidr}{spelled} has a name already: {known.name}"
            raise ArgumentError(message, "rename it, or remove it first")
        if (kept := self._unread_block(found)) is not None:
            message = f"{cidr} is kept already, and its record says nothing here: {kept.why}"
            raise ArgumentError(message, "rename it, or remove it first")
        return self._with_blocks((*self.blocks, NamedBlock(found, checked_name(name, found), widened)))

    def rename(self, cidr: str, name: str) -> AddressBook:
        """Return a book in which a block has another name (external X9).

        Parameters
        ----------
        cidr : str
        name : str

        Raises
        ------
        NotFoundError
            If no person named the block: those of providers and known servers keep the names that they come with.
        ArgumentError
            If the name means something else.
        """
        if (kept := self._unread_block(cidr)) is not None:
            return self._without_record(kept).add(name, kept.key)
        block = self._custom(cidr)
        changed = block._replace(name=checked_name(name, block.cidr))
        return self._with_blocks(changed if one is block else one for one in self.blocks)

    def remove(self, cidr: str) -> AddressBook:
        """Return a book without a block: its addresses get the name of the next block around them, if there is one.

        Parameters
        ----------
        cidr : str

        Raises
        ------
        NotFoundError
            If no person named the block.
        """
        if (kept := self._unread_block(cidr)) is not None:
            return self._without_record(kept)
        block = self._custom(cidr)
        return self._with_blocks(one for one in self.blocks if one is not block)

    def with_ranges(self, ranges: ProviderRanges | Iterable[ProviderRanges]) -> AddressBook:
        """Return a book with ranges of providers, in place of older ones of the same provider and part.

        Parameters
        ----------
        ranges : ProviderRanges or iterable of ProviderRanges
        """
        new = (ranges,) if isinstance(ranges, ProviderRanges) else tuple(ranges)
        found = {one.key: one for one in self.imported_ranges}
        for one in new:
            same = found.get(one.key)
            # A file of all that a provider has takes the place of its parts, and the other way round.
            for key in [
                key for key, old in found.items() if old.provider == one.provider and not (old.part and one.part)
            ]:
                del found[key]
            if same is not None and same.digest == one.digest and same.written and one.written:
                one = replace(one, written=max(same.written, one.written))  # noqa: PLW2901  (the same, of a later day)
            found[one.key] = one
        return replace(self, imported_ranges=tuple(found[key] for key in sorted(found)))

    def without_ranges(self, provider: str) -> AddressBook:
        """Return a book without the ranges that were imported of a provider; those that a package ships count again.

        Parameters
        ----------
        provider : str

        Raises
        ------
        NotFoundError
            If none were imported.
        """
        left = tuple(one for one in self.imported_ranges if one.provider != provider)
        if len(left) == len(self.imported_ranges):
            message = f"no ranges of {provider!r} were imported"
            raise NotFoundError(message)
        return replace(self, imported_ranges=left)

    def with_known_servers(self, servers: Iterable[KnownServer]) -> AddressBook:
        """Return a book with these known servers besides.

        Parameters
        ----------
        servers : iterable of KnownServer

        Raises
        ------
        ArgumentError
            If a block is none.
        """
        new = tuple(servers)
        for one in new:
            checked_server(one)
        return replace(self, known_servers=tuple(sorted({*self.known_servers, *new})))

    def without_known_server(self, server: KnownServer) -> AddressBook:
        """Return a book without a known server.

        Parameters
        ----------
        server : KnownServer

        Raises
        ------
        NotFoundError
            If it is not there.
        """
        if server not in self.known_servers:
            message = f"there is no known server {server.title!r} with the block {server.cidr}"
            raise NotFoundError(message)
        return replace(self, known_servers=tuple(one for one in self.known_servers if one != server))

    def hiding_providers(self, hide: bool = True) -> AddressBook:  # noqa: FBT001, FBT002  (the only thing that is said)
        """Return a book that leaves the names of providers out, or has them again (external X11).

        Parameters
        ----------
        hide : bool
        """
        return replace(self, hide_providers=hide)

    def with_imported(self, imported: ExternalFiles) -> AddressBook:
        """Return a book with what files say. Blocks that have a name already keep it.

        Parameters
        ----------
        imported : ExternalFiles
        """
        found = self.with_ranges(imported.ranges).with_known_servers(imported.known_servers)
        new = (one for one in imported.blocks if one.cidr not in self._named and not self._unread_block(one.cidr))
        return found._with_blocks((*found.blocks, *new))  # noqa: SLF001  (of its own class)

    def _with_blocks(self, blocks: Iterable[NamedBlock]) -> AddressBook:
        return replace(self, blocks=tuple(sorted(blocks, key=lambda one: one.cidr)))

    @cached_property
    def _named(self) -> Mapping[str, NamedBlock]:
        return {one.cidr: one for one in self.blocks}

    def _unread_block(self, cidr: str) -> UnreadRecord | None:
        """Return the record of a block that is kept and not read: as it is written, or else as the same addresses."""
        kept = [one for one in self.unread if one.kind == BLOCK]
        meant = (one for one in kept if one.key == cidr)
        alike = (one for one in kept if cidr not in self._named and _same_block(one.key, cidr))
        return next(meant, None) or next(alike, None)

    def _without_record(self, record: UnreadRecord) -> AddressBook:
        return replace(self, unread=tuple(one for one in self.unread if one is not record))

    def _custom(self, cidr: str) -> NamedBlock:
        found = self._named.get(checked_cidr(cidr))
        if found is None:
            asked = checked_cidr(cidr)
            if asked in self._names.published:
                message = f"{asked} has its name from {self._names.published[asked].provider}"
                raise NotFoundError(message, "add a block of your own: of equal ones, that of a person counts")
            message = f"the address book has no block {asked}"
            raise NotFoundError(message, f"it has {first_of([one.cidr for one in self.blocks])}" if self.blocks else "")
        return found

    # --- asking -------------------------------------------------------------------------------------------

    @property
    def ranges(self) -> tuple[ProviderRanges, ...]:
        """The ranges that count: those that were imported, and of other providers those that a package ships."""
        return effective_ranges(self.imported_ranges, default=self.default_ranges)

    @cached_property
    def _names(self) -> Names:
        return Names(self.blocks, self.known_servers, self.ranges, hides_providers=self.hide_providers)

    def lookup(self, addresses: Sequence[str]) -> pd.DataFrame:
        """Return what addresses are called: the name of the block with the longest prefix (external X6).

        Parameters
        ----------
        addresses : sequence of str

        Returns
        -------
        DataFrame
            Columns as in `frames.LOOKUP`.

        Raises
        ------
        ArgumentError
            If a text is not an address.
        """
        return self._names.lookup([str(one) for one in addresses], self.cluster)

    def known_servers_of(self, address: str) -> tuple[KnownServer, ...]:
        """Return all known servers whose blocks hold an address, the closest first: blocks may be nested.

        Parameters
        ----------
        address : str

        Raises
        ------
        ArgumentError
            If it is not an address.
        """
        if (asked := parse_address(address)) is None:
            message = f"{address!r:.80} is not a valid address"
            raise ArgumentError(message)
        return self._names.known_servers_of(asked)

    @property
    def named_blocks(self) -> Mapping[str, tuple[str, ...]]:
        """The blocks of each name that a person or a known server gave, without host bits; none of providers."""
        return self._names.decided

    def blocks_called(self, name: str) -> tuple[str, ...]:
        """Return the blocks that have a name, of equal ones the one that counts (external X10).

        Parameters
        ----------
        name : str
        """
        return self._names.blocks_called(name)

    def tag(self, flows: _Taggable[TaggedT_co], *, grouped: bool = False) -> TaggedT_co:
        """Return flows whose ends outside are called by this book.

        Parameters
        ----------
        flows : Flows
        grouped : bool
            Whether what has no name is called ``External Entities``, and ``Internal Entities`` where it is private, as
            Red Hat ACS draws it (external X6, X12). Else addresses stay.

        Returns
        -------
        Flows
        """
        return flows.tagged(self.to_blocks(grouped=grouped))

    def to_blocks(self, *, grouped: bool = False) -> pd.DataFrame:
        """Return the table that `Flows.tagged` takes.

        Parameters
        ----------
        grouped : bool
            As of `tag`.

        Returns
        -------
        DataFrame
            Columns as in `frames.NAMES`.
        """
        return self._names.to_blocks(grouped=grouped)

    def suggest(self, flows: _Taggable[_Located]) -> pd.DataFrame:
        """Return which addresses that no person named could have a name together (external 17).

        Addresses that clients knew by names are together by the domain below the public suffix; else by their provider,
        if providers are hidden; else by the network that a source says they are of; else by their first 24 bits, or 64
        of IPv6. Nothing is named or widened by it.

        Parameters
        ----------
        flows : Flows

        Returns
        -------
        DataFrame
            Columns as in `frames.SUGGESTIONS`.
        """
        plain = flows.tagged(None)
        seen = seen_outside(plain.located_edges(), plain.networks())
        found = self.lookup([str(one.network.network_address) for one in seen])
        sources = found["source"].tolist()
        open_ = [
            one
            for one, source in zip(seen, sources, strict=True)
            if not source or (source == "provider" and one.domains)
        ]
        return suggestions_of(open_, self._names.owners, self.cluster)

    def accept(
        self, suggestion: Mapping[str, Any] | pd.Series[Any], name: str = "", *, wider: bool = False
    ) -> AddressBook:
        """Return a book in which the addresses of a suggestion have a name.

        Parameters
        ----------
        suggestion : mapping
            A row of `suggest`.
        name : str
            In place of the one that is suggested.
        wider : bool
            Whether to name the one block around them, which holds others, too.
        """
        cidrs = suggestion["cidrs"]
        chosen = [str(suggestion["wider"])] if wider and suggestion["wider"] else list(cidrs)
        found = self
        for cidr in chosen:
            found = found.add(name or str(suggestion["name"]), str(cidr), widened=bool(suggestion["widened"]))
        return found

    def to_frame(self) -> pd.DataFrame:
        """Return the blocks that a person or a known server names; columns as in `frames.BLOCKS`."""
        custom = [
            (one.cidr, one.name, "custom", "", one.widened, rhacs_id(one.cidr), self.cluster) for one in self.blocks
        ]
        servers = [
            (one.cidr, one.title, "known-server", one.server, one.widened, "", self.cluster)
            for one in self.known_servers
        ]
        return BLOCKS.from_rows([*custom, *servers])

    def ranges_frame(self, today: date) -> pd.DataFrame:
        """Return whose ranges count, of which day they are, and how old that is.

        Parameters
        ----------
        today : date

        Returns
        -------
        DataFrame
            Columns as in `frames.RANGES`.
        """
        import pandas as pd  # noqa: PLC0415  (as above)

        return RANGES.from_rows(
            (
                *(one.provider, one.part, one.source),
                pd.NaT if one.day is None else pd.Timestamp(one.day),
                one.age(today),
                len({block.cidr for block in one.blocks}),
                self.hide_providers,
                self.cluster,
            )
            for one in self.ranges
        )

    def problems_at(self, today: date) -> tuple[Problem, ...]:
        """Return what is to be said of the age of ranges (external 15); nothing while providers are hidden.

        Parameters
        ----------
        today : date
        """
        return () if self.hide_providers else tuple(problem for one in self.ranges for problem in one.problems(today))

    # --- keeping ------------------------------------------------------------------------------------------

    def to_records(self) -> dict[tuple[str, str], object]:
        """Return one record for each block, known server, file of ranges and setting, by kind and key (external 16)."""
        return records_of(self._parts)

    @property
    def _parts(self) -> Parts:
        ranges, hides = self.imported_ranges, self.hide_providers
        return Parts(self.blocks, self.known_servers, ranges, hides, self.default_ranges, self.unread)

    @classmethod
    def from_records(
        cls, records: Records, tables: Mapping[str, ProviderRanges] | None = None, *, cluster: str = ""
    ) -> AddressBook:
        """Return the book that `to_records` has written.

        Parameters
        ----------
        records : mapping of (kind, key) to value
            Those of other kinds say nothing.
        tables : mapping of str to ProviderRanges, optional
            Ranges by their digests, which records have in their place. Those that are not there have no blocks, and a
            problem that says which file to import.
        cluster : str
            What the cluster is called in the workspace.

        Returns
        -------
        AddressBook
            Records that this version refuses are its `unread`.
        """
        return cls(*parts_of(records, tables or {}), cluster)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is to be said of records that are not read, and what to do about each."""
        return tuple(one.problem(self.cluster) for one in self.unread)

    def known_servers_text(self, name: str = "netpol-workbench") -> str:
        """Return known servers and the blocks that a person named as a KnownServer of Kubescape, in YAML.

        Parameters
        ----------
        name : str
            Of the object.
        """
        custom = (KnownServer(one.cidr, "", one.name, one.widened) for one in self.blocks)
        return known_servers_text((*self.known_servers, *custom), name)

    def rhacs_text(self, cluster: str = "") -> str:
        """Return the blocks that a person named as external entities of Red Hat ACS, in JSON.

        Parameters
        ----------
        cluster : str, optional
            The id of the cluster.
        """
        return rhacs_entities_text(self.blocks, cluster)


def _same_block(cidr: str, other: str) -> bool:
    """Tell whether two texts are one block, however it is written (external X4)."""
    found = parse_block(cidr.strip())
    return found is not None and found == parse_block(other.strip())
