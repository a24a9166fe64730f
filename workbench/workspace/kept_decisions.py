"""The decisions of a workspace: each kept whole, with who, when and why, and never lost (workspace 2-4, 10, 16)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.ground import ArgumentError, NotFoundError, Shown, listed, needed_by, write_atomically
from workbench.workspace.decisions import (
    Change,
    ConflictError,
    KeptDecision,
    Key,
    checked_changes,
    checked_cluster,
    checked_name,
    checked_text,
)
from workbench.workspace.frames import HISTORY

if TYPE_CHECKING:
    import pandas as pd

    from workbench.workspace.database import Database
    from workbench.workspace.merging import Conflict, Merge, WhoseValue

__all__ = ["DecisionsKeeper"]


class DecisionsKeeper(Shown):
    """A folder that keeps decisions, in a database of its own or in that of a team.

    Attributes
    ----------
    path : Path
    who : str
        Who decides.
    """

    path: Path
    who: str
    _url: str
    _now: Callable[[], datetime]

    @property
    def place(self) -> str:
        """Where its decisions are, without a password."""
        return self._database.place

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

    def _delete_named(
        self, key: Key, noun: str, there: Callable[[], Iterable[str]], *, why: str, cluster: str
    ) -> KeptDecision:
        """Delete a record that has a name; where there is none, say which names there are."""
        kind, name = key
        made = self.decide({(kind, checked_name(name, f"a {noun}")): None}, why=why, cluster=cluster)
        if not made.id:
            message = f"there is no {noun} {name!r}"
            raise NotFoundError(message, f"there are {listed([*there()]) or 'none'}")
        return made

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


def _cells(decision: KeptDecision, change: Change, undone: int | None) -> tuple[object, ...]:
    return (
        *(decision.id, decision.decided_at, decision.who, decision.why, decision.cluster),
        *(change.kind, change.key, change.before or "", change.after or "", decision.undoes, undone),
    )
