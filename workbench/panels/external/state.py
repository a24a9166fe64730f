"""The address book without widgets: what is in it, what could be, and each thing that a person decides about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from traitlets import Any as AnyValue
from traitlets import Dict, Enum, Unicode, observe

from workbench.external import ADDRESS_BOOK_KINDS, AddressBook, ExternalFiles, KnownServer, read_external
from workbench.ground import (
    ArgumentError,
    NotFoundError,
    PrefixIndex,
    Progress,
    WorkbenchError,
    count_of,
    no_progress,
    problems_frame,
)
from workbench.panels.frame import PanelState, Scope, Upload, uploaded

if TYPE_CHECKING:
    from workbench.flows import Flows
    from workbench.workspace import KeptDecision

__all__ = ["VIEWS", "AddressBookState"]

VIEWS: Final = {
    "blocks": "Blocks with names",
    "suggestions": "Suggestions",
    "providers": "Providers",
    "lookup": "Look up",
}
"""What is shown, with the words for people."""
_HAVE_A_NAME: Final = frozenset({"domain", "provider", "network"})
"""Suggestions that bring a name with them; a block has to be given one."""
_BEHIND: Final = ("src", "dst", "protocol", "port", "flows", "first_seen", "last_seen", "dst_domains")
_NO_EDGES: Final = pd.DataFrame(columns=list(_BEHIND))


def _now() -> datetime:
    return datetime.now(UTC)


class AddressBookState(PanelState):
    """The address book of a scope: each decision is kept in its workspace, and can be taken back.

    Parameters
    ----------
    scope : Scope
    now : callable, optional
        Returns the time, by which the age of what providers publish is counted.
    **traits
        The initial value of any trait.

    Attributes
    ----------
    view : str
        One of `VIEWS`.
    block : str
        The block that is looked at, as it is written in the list; empty for none.
    suggestion : str
        The name of the suggestion that is looked at; empty for none.
    suggested_by : str
        What its addresses have in common, where two suggestions have one name.
    addresses : str
        What is looked up: addresses, with commas or spaces between them.
    why : str
        The reason that is kept with decisions.
    imported : ExternalFiles or None
        What the last files said.
    faults : dict of str to str
        What is wrong with what was given, by field: ``name``, ``cidr``, ``suggested``, ``provider``, ``addresses``.
    """

    view = Enum(list(VIEWS), default_value="blocks")
    block = Unicode()
    suggestion = Unicode()
    suggested_by = Unicode()
    addresses = Unicode()
    why = Unicode()
    imported = AnyValue(None, allow_none=True)
    faults = Dict()
    remembered = ("view", "addresses")

    def __init__(self, scope: Scope, *, now: Callable[[], datetime] = _now, **traits: Any) -> None:  # noqa: ANN401  (each trait has its own type)
        self._now = now
        self._suggested: tuple[Any, pd.DataFrame] | None = None
        super().__init__(scope, **traits)

    @property
    def book(self) -> AddressBook:
        """The address book as it is now."""
        return self.scope.address_book  # type: ignore[no-any-return]

    @property
    def today(self) -> date:
        """The day."""
        return self._now().date()

    @observe("addresses", "block", "suggestion", "view")
    def _other(self, _change: object) -> None:
        self.faults = {}

    # --- deciding -----------------------------------------------------------------------------------------

    def add(self, name: str, cidr: str) -> KeptDecision | None:
        """Give a block a name.

        Parameters
        ----------
        name, cidr : str

        Returns
        -------
        KeptDecision or None
            None where something is wrong with what was given: `faults` says what.
        """
        is_block = not _fault_of(lambda: self.book.add("", cidr))
        return self._decided("name" if is_block else "cidr", lambda book: book.add(name, cidr))

    def rename(self, name: str) -> KeptDecision | None:
        """Give the block that is looked at another name.

        Parameters
        ----------
        name : str

        Returns
        -------
        KeptDecision or None
            As of `add`.
        """
        return self._decided("name", lambda book: book.rename(self.block, name))

    def remove(self) -> KeptDecision | None:
        """Take away the name of the block that is looked at, or the known servers that have it.

        Returns
        -------
        KeptDecision or None
            As of `add`.
        """
        servers = self._servers

        def without(book: AddressBook) -> AddressBook:
            return reduce(AddressBook.without_known_server, servers, book) if servers else book.remove(self.block)

        return self._decided("cidr", without)

    def accept(self, name: str = "", *, wider: bool = False) -> KeptDecision | None:
        """Give the addresses of the suggestion that is looked at a name.

        Parameters
        ----------
        name : str
            The one that is suggested, where it is empty.
        wider : bool
            Whether to name the one block around them, which holds others, too.

        Returns
        -------
        KeptDecision or None
            As of `add`.
        """
        row = self.suggested

        def named(book: AddressBook) -> AddressBook:
            if row is None:
                message = "select a suggestion first"
                raise ArgumentError(message)
            if not name.strip() and row["by"] not in _HAVE_A_NAME:
                message = "give it a name: nothing is known of these addresses that could be one"
                raise ArgumentError(message)
            return book.accept(row, name.strip(), wider=wider)

        return self._decided("suggested", named)

    def hide_providers(self, *, hide: bool) -> KeptDecision:
        """Leave the names of providers out, or have them again.

        Parameters
        ----------
        hide : bool

        Returns
        -------
        KeptDecision
            Its number is 0 where that was so.
        """
        return self._keep(self.book.hiding_providers(hide))

    def forget(self, provider: str) -> KeptDecision:
        """Take back what was imported of a provider.

        Parameters
        ----------
        provider : str

        Returns
        -------
        KeptDecision
            What is kept.

        Raises
        ------
        NotFoundError
            If nothing was.
        """
        return self._keep(self.book.without_ranges(provider))

    def read_upload(
        self, files: Sequence[Upload], provider: str = "", progress: Progress = no_progress
    ) -> ExternalFiles:
        """Return what uploaded files say of addresses outside; nothing of the state changes.

        Parameters
        ----------
        files : sequence of Upload
        provider : str, optional
            Whose blocks they are, where a file does not say.
        progress : Progress, optional

        Returns
        -------
        ExternalFiles
            All of them together.
        """
        found = []
        with uploaded(files) as places:
            for number, (file, place) in enumerate(zip(files, places, strict=True)):
                progress("files", number, len(places))
                said = read_external(place, provider=provider.strip())
                found.append(said._replace(problems=tuple(replace(one, file=file.name) for one in said.problems)))
        return reduce(or_, found, ExternalFiles())

    def take(self, imported: ExternalFiles) -> KeptDecision | None:
        """Keep what files say.

        Parameters
        ----------
        imported : ExternalFiles

        Returns
        -------
        KeptDecision or None
            None where they say nothing; `problems` says why.
        """
        self.imported = imported
        if not (imported.ranges or imported.known_servers or imported.blocks):
            first = imported.problems[0] if imported.problems else None
            said = "the files hold no blocks" if first is None else f"{first.file}: {first.message}: {first.remedy}"
            self.faults = {"provider": said}
            return None
        return self._keep(self.book.with_imported(imported))

    def _keep(self, book: AddressBook) -> KeptDecision:
        decision = self.scope.keep(book, why=self.why.strip())
        self.faults = {}
        self.block, self.suggestion, self.suggested_by = "", "", ""
        return decision

    def _decided(self, field: str, change: Callable[[AddressBook], AddressBook]) -> KeptDecision | None:
        """Keep a changed book; where what was given cannot be, say so of its field."""
        try:
            book = change(self.book)
        except WorkbenchError as error:
            self.faults = {field: str(error)}
            return None
        return self._keep(book)

    # --- taking back --------------------------------------------------------------------------------------

    @property
    def undoable(self) -> KeptDecision | None:
        """The last decision about this address book that can be taken back."""
        if not self.scope.has_workspace:
            return None
        return self.scope.workspace.last_undoable(*ADDRESS_BOOK_KINDS, cluster=self.scope.name)

    def undo(self) -> KeptDecision:
        """Take back the last decision about this address book.

        Returns
        -------
        KeptDecision
            The undo.

        Raises
        ------
        NotFoundError
            If there is none.
        """
        last = self.undoable
        undone = None if last is None else self.scope.undo(self.why.strip(), last.id)
        if undone is None:
            message = "no decision about the address book is left to be undone"
            raise NotFoundError(message)
        return undone

    # --- what is there ------------------------------------------------------------------------------------

    @property
    def sentence(self) -> str:
        """How much there is, in one sentence."""
        book = self.book
        parts = [f"{count_of(len(book.blocks), 'block')} with a name"]
        if book.known_servers:
            parts.append(count_of(len(book.known_servers), "known server"))
        providers = len({one.provider for one in book.ranges})
        hidden = ", whose names are hidden" if book.hide_providers and providers else ""
        parts.append(f"ranges of {count_of(providers, 'provider')}{hidden}" if providers else "no ranges of providers")
        unused = "" if book else " Flows and graph have these names once the book has an entry of its own."
        return f"{', '.join(parts)}.{unused}"

    @property
    def warnings(self) -> tuple[str, ...]:
        """What is to be said of the age of ranges, and of records that are not read, a sentence each."""
        return tuple(
            f"{one.message}: {one.remedy}" for one in (*self.book.problems, *self.book.problems_at(self.today))
        )

    @property
    def problems(self) -> pd.DataFrame:
        """What was wrong with the last files; columns as in `ground.PROBLEMS`."""
        return problems_frame(() if self.imported is None else self.imported.problems)

    def rows(self) -> pd.DataFrame:
        """Return what the view lists.

        Returns
        -------
        DataFrame
            Columns as in `external.frames.BLOCKS`, `external.frames.SUGGESTIONS`, `external.frames.RANGES` or
            `external.frames.LOOKUP`.
        """
        match self.view:
            case "blocks":
                return self.book.to_frame()
            case "suggestions":
                return self.suggestions
            case "providers":
                return self.book.ranges_frame(self.today)
        return self._looked_up()

    def _looked_up(self) -> pd.DataFrame:
        wanted = [one for one in re.split(r"[\s,;]+", self.addresses) if one]
        try:
            return self.book.lookup(wanted)
        except ArgumentError as error:
            self.faults = {"addresses": str(error)}
            return self.book.lookup([])

    @property
    def suggestions(self) -> pd.DataFrame:
        """What addresses without a name could be called; columns as in `external.frames.SUGGESTIONS`."""
        flows, book = self.scope.windowed_flows, self.book
        if flows is None:
            return pd.DataFrame()
        if self._suggested is None or self._suggested[0] != (flows, book):
            self._suggested = (flows, book), book.suggest(flows)
        return self._suggested[1]

    @property
    def suggested(self) -> Mapping[str, Any] | None:
        """The suggestion that is looked at."""
        found = self.suggestions
        if found.empty or not self.suggestion:
            return None
        rows = found[found["name"] == self.suggestion]
        if self.suggested_by:
            rows = rows[rows["by"] == self.suggested_by]
        return None if rows.empty else dict(rows.iloc[0])

    @property
    def proposed_name(self) -> str:
        """The name that the suggestion brings with it; empty where a person has to find one."""
        row = self.suggested
        return str(row["name"]) if row is not None and row["by"] in _HAVE_A_NAME else ""

    @property
    def own_name(self) -> str:
        """The name of the block that is looked at, if a person gave it."""
        return next((one.name for one in self.book.blocks if one.cidr == self.block), "")

    @property
    def _servers(self) -> tuple[KnownServer, ...]:
        """The known servers of the block that is looked at, unless it is one that a person named."""
        if self.own_name:
            return ()
        return tuple(one for one in self.book.known_servers if one.cidr == self.block)

    @property
    def may_remove(self) -> bool:
        """Whether the block that is looked at can be taken away."""
        return bool(self.own_name or self._servers)

    def select_row(self, row: pd.Series[Any]) -> None:
        """Look at what a row of the view is about.

        Parameters
        ----------
        row : Series
            Of the frame that `rows` returns.
        """
        if self.view == "blocks":
            self.block = str(row["cidr"])
        elif self.view == "suggestions":
            self.suggested_by, self.suggestion = str(row["by"]), str(row["name"])
        elif self.view == "lookup":
            self.selection.select_address(str(row["address"]))

    def behind(self) -> pd.DataFrame:
        """Return the flows of the block, or of the suggestion, that is looked at: an edge for each address.

        Returns
        -------
        DataFrame
            Some columns of `flows.frames.LOCATED_EDGES`.
        """
        row = self.suggested if self.view == "suggestions" else None
        flows = self.scope.windowed_flows
        cidrs: Iterable[str] = row["cidrs"] if row is not None else [self.block] if self.view == "blocks" else ()
        wanted = [one for one in cidrs if one]
        return _NO_EDGES if flows is None or not wanted else _edges_in(flows, wanted)

    # --- handing over -------------------------------------------------------------------------------------

    def known_servers_yaml(self) -> str:
        """Return all blocks with names as a KnownServer of Kubescape."""
        return self.book.known_servers_text()

    def rhacs_json(self) -> str:
        """Return the blocks that a person named as external entities of Red Hat ACS."""
        return self.book.rhacs_text(self.scope.name)


def _edges_in(flows: Flows, cidrs: Iterable[str]) -> pd.DataFrame:
    """Return the edges of which an end is in one of some blocks, by its address."""
    edges = flows.tagged(None).located_edges()
    index = PrefixIndex(_with_prefix(one) for one in cidrs)
    within = pd.Series(data=False, index=edges.index)
    for end in ("src", "dst"):
        within |= index.find(edges[end].astype("str").tolist()) >= 0
    return edges.loc[within, list(_BEHIND)].reset_index(drop=True)


def _with_prefix(cidr: str) -> str:
    """Return a block as such: a known server may be written as one address."""
    return cidr if "/" in cidr else f"{cidr}/{128 if ':' in cidr else 32}"


def _fault_of(attempt: Callable[[], object]) -> str:
    """Return what is wrong with what was given; empty where nothing is."""
    try:
        attempt()
    except WorkbenchError as error:
        return str(error)
    return ""
