"""The place where a person's flows and decisions are kept, for several notebooks and processes at once."""

from __future__ import annotations

import json
import shlex
import shutil
import weakref
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from getpass import getuser
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Final, Self

from workbench.ground import ArgumentError, NotFoundError, Shown, listed, needed_by, write_atomically
from workbench.workspace.decisions import (
    Change,
    ConflictError,
    KeptDecision,
    Key,
    WorkspaceError,
    as_json,
    checked_changes,
    checked_cluster,
    checked_text,
)
from workbench.workspace.frames import HISTORY, VIEWS
from workbench.workspace.sizes import WorkspaceSize, bytes_in

if TYPE_CHECKING:
    import pandas as pd

    from workbench.baseline import Baselines
    from workbench.external import AddressBook
    from workbench.flows import FlowStore, LoadedFlows
    from workbench.ground import Problem
    from workbench.inventory import Cluster
    from workbench.workspace.database import Database
    from workbench.workspace.merging import Conflict, Merge, WhoseValue
    from workbench.workspace.range_files import RangeFiles

__all__ = ["VIEW", "Workspace"]

VIEW: Final = "view"
"""Kind of the records that are saved views of the graph."""

_FLOWS: Final = "flows"
_RANGES: Final = "ranges"


def _clock() -> datetime:
    return datetime.now(UTC)


class Workspace(Shown):
    """A folder with flows and decisions, or a folder with flows and a database of decisions that a team shares.

    Parameters
    ----------
    path : str or Path
        The folder; made when something is kept.
    url : str, optional
        Of a PostgreSQL database for the decisions, such as ``postgresql://ana@db.example/netpol``; where it is empty,
        the one that the folder was used with before, else SQLite in the folder.
    who : str, optional
        Who decides; the name of the user, where it is empty.
    now : callable, optional
        The time of a decision.

    Examples
    --------
    >>> with Workspace("my-workspace") as workspace:  # doctest: +SKIP
    ...     workspace.decide({("block", "203.0.113.0/24"): {"name": "payments"}}, why="their contract")
    """

    def __init__(self, path: str | Path, url: str = "", *, who: str = "", now: Callable[[], datetime] = _clock) -> None:
        self.path = Path(path)
        self.who = checked_text(who or _user(), "who decides")
        self._url, self._now = url, now
        self._removed: weakref.finalize[..., Any] | None = None

    @classmethod
    def temporary(cls, *, who: str = "", now: Callable[[], datetime] = _clock) -> Workspace:
        """Return a workspace in a folder that is removed when it is closed, or no longer used.

        Parameters
        ----------
        who : str, optional
        now : callable, optional
            Both as `Workspace` takes them.
        """
        made = cls(mkdtemp(prefix="netpol-workspace-"), who=who, now=now)
        made._removed = weakref.finalize(made, shutil.rmtree, made.path, ignore_errors=True)
        return made

    @property
    def is_temporary(self) -> bool:
        """Whether it is removed when it is closed."""
        return self._removed is not None

    @property
    def place(self) -> str:
        """Where its decisions are, without a password."""
        return self._database.place

    def _facts(self) -> Iterator[str]:
        yield repr(str(self.path))
        if self._url:
            yield self.place

    @cached_property
    def flows(self) -> FlowStore:
        """Where its flows are kept.

        Raises
        ------
        WorkspaceError
            If the folder is itself a store of flows, as earlier versions made them.
        """
        with needed_by("keeping flows"):
            from workbench.flows import FlowStore  # noqa: PLC0415  (brings filelock)

        if (self.path / FlowStore.MANIFEST).exists():
            message = f"{self.path} is a store of flows, and not a workspace with one"
            raise WorkspaceError(message, _made_a_workspace(self.path))
        return FlowStore(self.path / _FLOWS)

    def flows_for(self, cluster: str) -> FlowStore:
        """Return where flows of a cluster are imported that do not name it themselves (workspace 14).

        Parameters
        ----------
        cluster : str

        Raises
        ------
        WorkspaceError
            As of `flows`.
        """
        store = self.flows
        return type(store)(store.folder, cluster=checked_cluster(cluster))

    @property
    def has_flows(self) -> bool:
        """Whether flows were imported into it."""
        with needed_by("keeping flows"):
            from workbench.flows import FlowStore  # noqa: PLC0415  (brings filelock)

        return (self.path / _FLOWS / FlowStore.MANIFEST).is_file()

    def delete_flows(self, before: str | date, *, now: Callable[[], datetime] = _clock) -> int:
        """Delete the flows that began before a moment, and DNS answers that ended: all of them, or none (workspace 11).

        Parameters
        ----------
        before : datetime, date or str
            Text as `Flows.between` takes it: ``"2026-11-21"``, ``"30 days ago"``; without a zone it is UTC.
        now : callable, optional
            Returns the time.

        Returns
        -------
        int
            How many flows went.

        Raises
        ------
        ArgumentError
            If the text is no time.
        FlowStoreError
            If a file that holds flows is damaged, or the folder cannot be written.
        """
        return self.flows.remove_before(before, now=now)

    def size(self) -> WorkspaceSize:
        """Return how much it takes on the disk.

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        return WorkspaceSize(self.flows.size(), self._database.size(), bytes_in(self.path / _RANGES))

    def open_flows(
        self, cluster: Cluster | None = None, *, memory_limit: str | None = None, before_last: int = 0
    ) -> LoadedFlows:
        """Return all flows that were imported; `Flows.of_cluster` keeps to one of several clusters (workspace 14).

        Parameters
        ----------
        cluster : Cluster, optional
            Whose workloads the ends are attributed to.
        memory_limit : str, optional
        before_last : int
            How many imports to leave out, the last ones; both as `open_flows` takes them.

        Raises
        ------
        WorkspaceError
            If none were.
        FlowStoreError
            If they cannot be read at all.
        """
        with needed_by("keeping flows"):
            from workbench.flows import open_flows  # noqa: PLC0415  (brings pyarrow and duckdb)

        if not self.flows.batches():
            message = f"nothing was imported into {self.path} yet"
            raise WorkspaceError(message, "name files of flows, or `flows import` them")
        return open_flows(self.flows, cluster=cluster, memory_limit=memory_limit, before_last=before_last)

    @cached_property
    def _database(self) -> Database:
        with needed_by("keeping decisions"):
            from workbench.workspace.database import Database  # noqa: PLC0415  (sqlalchemy takes its time)

        return Database(self.path, self._url)

    # --- deciding -----------------------------------------------------------------------------------------

    def decide(
        self,
        changes: Mapping[Key, Any],
        *,
        why: str = "",
        cluster: str = "",
        base: Mapping[Key, Any] | None = None,
    ) -> KeptDecision:
        """Keep a decision: all of its changes, or none of them (workspace 2).

        Parameters
        ----------
        changes : mapping of (kind, key) to value
            JSON values; None removes a record. What is so already is left out.
        why : str
            The reason.
        cluster : str
            Which cluster it is about.
        base : mapping of (kind, key) to value, optional
            What the person saw when deciding, as `records` returned it.

        Returns
        -------
        KeptDecision
            Its number is 0 where nothing changed.

        Raises
        ------
        ArgumentError
            If a value cannot be kept.
        ConflictError
            If a value is no longer what it is in `base` (workspace 3).
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.workspace import ledger  # noqa: PLC0415  (sqlalchemy takes its time)

        wanted = checked_changes(changes)
        seen = None if base is None else checked_changes({named: base.get(named) for named in wanted})
        checked_text(why, "a reason")
        checked_cluster(cluster)
        with self._database.writing() as connection:
            found = ledger.replaced(connection, cluster, wanted, seen)
            number = ledger.last_id(connection) + 1 if found else 0
            decision = KeptDecision(number, cluster, self.who, why, self._moment(), found)
            if found:
                ledger.kept(connection, decision)
        return decision

    def undo(self, decision_id: int, why: str = "") -> KeptDecision:
        """Take a decision back, which is a decision, too: undoing that one brings the first back (workspace 4).

        Parameters
        ----------
        decision_id : int
        why : str

        Returns
        -------
        KeptDecision
            The undo.

        Raises
        ------
        NotFoundError
            If there is no such decision.
        ConflictError
            If it is undone already, or if a later decision changed one of its values.
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.workspace import ledger  # noqa: PLC0415  (sqlalchemy takes its time)

        checked_text(why, "a reason")
        with self._database.writing() as connection:
            cluster, changes = ledger.undoing(connection, decision_id)
            number = ledger.last_id(connection) + 1
            decision = KeptDecision(number, cluster, self.who, why, self._moment(), changes, decision_id)
            ledger.kept(connection, decision)
        return decision

    def _moment(self) -> datetime:
        moment = self._now()
        if moment.tzinfo is None:
            message = "the time of a decision has a zone"
            raise ArgumentError(message)
        return moment.astimezone(UTC)

    # --- baselines ----------------------------------------------------------------------------------------

    def baselines(self, cluster: str = "") -> Baselines:
        """Return what was learnt and decided of the workloads of a cluster (workspace 7).

        Parameters
        ----------
        cluster : str

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        with needed_by("baselines"):
            from workbench.baseline import BASELINE_KINDS, Baselines  # noqa: PLC0415  (pandas takes its time)

        return Baselines.from_records(self.records(*BASELINE_KINDS, cluster=cluster), cluster=cluster)

    def keep_baselines(
        self, baselines: Baselines, before: Baselines, *, why: str = "", cluster: str | None = None
    ) -> KeptDecision:
        """Keep what differs from earlier baselines as one decision (workspace 7).

        Parameters
        ----------
        baselines : Baselines
        before : Baselines
            What the person saw when deciding, as `baselines` returned it.
        why : str
        cluster : str, optional
            By default the one that they were of before.

        Returns
        -------
        KeptDecision
            Its number is 0 where nothing differs.

        Raises
        ------
        ConflictError
            If a record that differs was changed meanwhile (workspace 3).
        WorkspaceError
            If the database cannot be used.
        """
        return self._keep(
            baselines.to_records(), before.to_records(), why, before.cluster if cluster is None else cluster
        )

    # --- the address book ---------------------------------------------------------------------------------

    @cached_property
    def _ranges(self) -> RangeFiles:
        from workbench.workspace.range_files import RangeFiles  # noqa: PLC0415  (not before it is asked for)

        return RangeFiles(self.path / _RANGES)

    def address_book(self, cluster: str = "") -> AddressBook:
        """Return what addresses outside a cluster are called (workspace 9).

        Parameters
        ----------
        cluster : str

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        with needed_by("address books"):
            from workbench.external import ADDRESS_BOOK_KINDS, AddressBook  # noqa: PLC0415  (numpy takes its time)

        records = self.records(*ADDRESS_BOOK_KINDS, cluster=cluster)
        return AddressBook.from_records(records, self._ranges, cluster=cluster)

    def keep_address_book(
        self, book: AddressBook, before: AddressBook, *, why: str = "", cluster: str | None = None
    ) -> KeptDecision:
        """Keep what differs from an earlier address book as one decision (workspace 9).

        Parameters
        ----------
        book : AddressBook
            The blocks of providers that it has are kept in the folder before.
        before : AddressBook
            What the person saw when deciding, as `address_book` returned it.
        why : str
        cluster : str, optional
            By default the one that it was of before.

        Returns
        -------
        KeptDecision
            Its number is 0 where nothing differs.

        Raises
        ------
        ConflictError
            If a record that differs was changed meanwhile (workspace 3).
        WorkspaceError
            If the database cannot be used.
        """
        self._ranges.keep(book.imported_ranges)
        return self._keep(book.to_records(), before.to_records(), why, before.cluster if cluster is None else cluster)

    def _keep(self, wanted: Mapping[Key, Any], seen: Mapping[Key, Any], why: str, cluster: str) -> KeptDecision:
        changes = {key: wanted.get(key) for key in (*wanted, *seen) if wanted.get(key) != seen.get(key)}
        return self.decide(changes, why=why, cluster=cluster, base=seen)

    # --- asking -------------------------------------------------------------------------------------------

    def records(self, *kinds: str, cluster: str = "") -> dict[Key, Any]:
        """Return the values that hold now, by kind and key.

        Parameters
        ----------
        *kinds : str
            Only of these kinds; of all, where none is named.
        cluster : str

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.workspace import ledger  # noqa: PLC0415  (sqlalchemy takes its time)

        with self._database.reading() as connection:
            found = {} if connection is None else ledger.records_in(connection, cluster, kinds)
        return {named: json.loads(value) for named, value in found.items()}

    def decisions(self, cluster: str | None = None) -> tuple[KeptDecision, ...]:
        """Return all decisions in their order.

        Parameters
        ----------
        cluster : str, optional
            Only those about it.

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.workspace import ledger  # noqa: PLC0415  (sqlalchemy takes its time)

        with self._database.reading() as connection:
            return () if connection is None else ledger.decided(connection, cluster=cluster)

    def last_undoable(self, *kinds: str, cluster: str | None = None) -> KeptDecision | None:
        """Return the last decision that is neither an undo nor undone; None where there is none.

        Parameters
        ----------
        *kinds : str
            Only those that changed a record of these kinds; of any, where none is named.
        cluster : str, optional
            Only those about it.

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.workspace import ledger  # noqa: PLC0415  (sqlalchemy takes its time)

        with self._database.reading() as connection:
            if connection is None:
                return None
            undone = ledger.undone_by(connection)
            found = ledger.decided(connection, cluster=cluster)
        wanted = set(kinds)
        about = (one for one in reversed(found) if not wanted or any(change.kind in wanted for change in one.changes))
        return next((one for one in about if one.undoes is None and one.id not in undone), None)

    def clusters(self) -> tuple[str, ...]:
        """Return the names of the clusters about which something was decided.

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        return tuple(sorted({decision.cluster for decision in self.decisions()}))

    def history(self, *kinds: str, cluster: str | None = None) -> pd.DataFrame:
        """Return what was decided, by whom, when and why.

        Parameters
        ----------
        *kinds : str
            Only of these kinds; of all, where none is named.
        cluster : str, optional
            Only what is about it.

        Returns
        -------
        DataFrame
            Columns as in `frames.HISTORY`.

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.workspace import ledger  # noqa: PLC0415  (sqlalchemy takes its time)

        with self._database.reading() as connection:
            found = () if connection is None else ledger.decided(connection, cluster=cluster)
            undone = {} if connection is None else ledger.undone_by(connection)
        return HISTORY.from_rows(
            [
                _cells(decision, change, undone.get(decision.id))
                for decision in found
                for change in decision.changes
                if not kinds or change.kind in kinds
            ]
        )

    def problems(self, cluster: str | None = None) -> tuple[Problem, ...]:
        """Return what is kept and not read by this version: which record, why, and what to do (workspace 15).

        Parameters
        ----------
        cluster : str, optional
            Only what is about it.

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.workspace.kept_problems import problems_kept  # noqa: PLC0415  (it asks this class)

        return problems_kept(self, cluster)

    # --- views --------------------------------------------------------------------------------------------

    def views(self, cluster: str = "") -> dict[str, dict[str, Any]]:
        """Return the saved views of the graph, by name (workspace 12).

        Parameters
        ----------
        cluster : str

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        found = self.records(VIEW, cluster=cluster)
        return {name: dict(value) for (_, name), value in found.items() if isinstance(value, dict)}

    def views_frame(self, cluster: str | None = None) -> pd.DataFrame:
        """Return the saved views of the graph as a frame.

        Parameters
        ----------
        cluster : str, optional
            Only those about it.

        Returns
        -------
        DataFrame
            Columns as in `frames.VIEWS`.

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        clusters = self.clusters() if cluster is None else (cluster,)
        return VIEWS.from_rows(
            [(of, name, as_json(choices)) for of in clusters for name, choices in self.views(of).items()]
        )

    def keep_view(self, name: str, choices: Mapping[str, Any], *, why: str = "", cluster: str = "") -> KeptDecision:
        """Save a view of the graph, in place of one of that name (workspace 12).

        Parameters
        ----------
        name : str
        choices : mapping of str to value
            What is chosen, as `NetworkGraphState.choices` has it.
        why, cluster : str

        Returns
        -------
        KeptDecision
            Its number is 0 where it is saved so already.

        Raises
        ------
        ArgumentError
            If it has no name, or a value cannot be kept.
        WorkspaceError
            If the database cannot be used.
        """
        return self.decide({(VIEW, _view_name(name)): dict(choices)}, why=why, cluster=cluster)

    def delete_view(self, name: str, *, why: str = "", cluster: str = "") -> KeptDecision:
        """Delete a saved view.

        Parameters
        ----------
        name : str
        why, cluster : str

        Returns
        -------
        KeptDecision
            That it is deleted.

        Raises
        ------
        NotFoundError
            If there is no such view.
        WorkspaceError
            If the database cannot be used.
        """
        made = self.decide({(VIEW, _view_name(name)): None}, why=why, cluster=cluster)
        if not made.id:
            message = f"there is no view {name!r}"
            raise NotFoundError(message, f"there are {listed([*self.views(cluster)]) or 'none'}")
        return made

    # --- a file of all decisions --------------------------------------------------------------------------

    def decisions_yaml(self) -> str:
        """Return all decisions as YAML, as `export_decisions` writes them.

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.workspace.decisions_file import written_decisions  # noqa: PLC0415  (brings what reads YAML)

        return written_decisions(self.decisions())

    def export_decisions(self, path: str | Path) -> None:
        """Write all decisions as YAML, for review and for another workspace (workspace 10).

        Parameters
        ----------
        path : str or Path
            An older file stays whole until the new one is.

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        OSError
            If the file cannot be written.
        """
        write_atomically(Path(path), self.decisions_yaml().encode())

    def import_decisions(self, path: str | Path) -> tuple[KeptDecision, ...]:
        """Go on by the decisions of a file: all that are not here yet, or none of them (workspace 10).

        Parameters
        ----------
        path : str or Path
            As `export_decisions` wrote it.

        Returns
        -------
        tuple of KeptDecision
            Those that were not here.

        Raises
        ------
        MissingFileError
            If there is no such file.
        ArgumentError
            If it is not as it was exported; the message names the line.
        ConflictError
            If something else was decided here than in the file; the message names the first such decision.
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.workspace import ledger  # noqa: PLC0415  (sqlalchemy takes its time)
        from workbench.workspace.decisions_file import read_decisions  # noqa: PLC0415  (brings what reads YAML)

        found, lines = read_decisions(Path(path))
        with self._database.writing() as connection:
            here = ledger.decided(connection)
            for mine, theirs, line in zip(here, found, lines, strict=False):
                if mine != theirs:
                    message = f"{path}:{line}: {theirs.title}, but here it is {mine.title}"
                    raise ConflictError(
                        message, "`merge_decisions` puts the two together, or import it into a new workspace"
                    )
            for decision in found[len(here) :]:
                ledger.kept(connection, decision)
        return found[len(here) :]

    def merge_decisions(
        self,
        path: str | Path,
        choose: Callable[[Conflict], WhoseValue | None] = lambda _conflict: None,
    ) -> Merge:
        """Take the decisions of a file that went another way than those here since a common beginning (workspace 16).

        What only one of the two changed is as that one left it. Of what both decided otherwise, nothing changes, unless
        it is said whose value holds. Doing it again changes nothing.

        Parameters
        ----------
        path : str or Path
            As `export_decisions` wrote it.
        choose : callable, optional
            Returns ``"ours"`` or ``"theirs"`` for a conflict; None leaves it open.

        Returns
        -------
        Merge
            What was taken, and which conflicts are open.

        Raises
        ------
        MissingFileError
            If there is no such file.
        ArgumentError
            If it is not as it was exported; the message names the line.
        ConflictError
            If it has no decision in common with those here.
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.workspace import ledger  # noqa: PLC0415  (sqlalchemy takes its time)
        from workbench.workspace.decisions_file import read_decisions  # noqa: PLC0415  (brings what reads YAML)
        from workbench.workspace.merging import merged, shared_by  # noqa: PLC0415  (not before it is asked for)

        found, lines = read_decisions(Path(path))
        with self._database.writing() as connection:
            here = ledger.decided(connection)
            if here and found and not shared_by(here, found):
                message = f"{path}:{lines[0]}: {found[0].title}, but here it is {here[0].title}"
                raise ConflictError(message, "the two have no decision in common: import it into a new workspace")
            merge = merged(here, found, choose)
            for decision in merge.taken:
                ledger.kept(connection, decision)
        return merge

    # --- all of it ----------------------------------------------------------------------------------------

    def facts(self) -> pd.DataFrame:
        """Return what there is: where, how much, of which time.

        Returns
        -------
        DataFrame
            Columns as in `frames.FACTS`.

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        from workbench.workspace.facts import facts_of  # noqa: PLC0415  (it asks this class)

        return facts_of(self)

    # --- ending -------------------------------------------------------------------------------------------

    def close(self) -> None:
        """Let go of the database; a temporary workspace is removed."""
        if "_database" in vars(self):
            self._database.close()
        if self._removed is not None:
            self._removed()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _cells(decision: KeptDecision, change: Change, undone: int | None) -> tuple[object, ...]:
    return (
        *(decision.id, decision.decided_at, decision.who, decision.why, decision.cluster),
        *(change.kind, change.key, change.before or "", change.after or "", decision.undoes, undone),
    )


def _made_a_workspace(store: Path) -> str:
    """Return what to do with a folder that is a store of flows."""
    if store.name == _FLOWS:
        return f"name the folder around it, {store.parent}"
    old, aside, new = (
        shlex.quote(str(path)) for path in (store, store.with_name(f"{store.name}-{_FLOWS}"), store / _FLOWS)
    )
    return f"make it one with: mv {old} {aside} && mkdir {old} && mv {aside} {new}"


def _view_name(name: str) -> str:
    """Return the name of a view without spaces around it.

    Raises
    ------
    ArgumentError
        If nothing is left.
    """
    plain = checked_text(name, "the name of a view").strip()
    if not plain:
        message = "a view has a name"
        raise ArgumentError(message)
    return plain


def _user() -> str:
    try:
        return getuser()
    except (OSError, KeyError, ImportError):  # a container may run under a number without a name
        return "unknown"
