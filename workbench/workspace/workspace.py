"""The place where a person's flows and decisions are kept, for several notebooks and processes at once."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from getpass import getuser
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Final, Self

from workbench.ground import needed_by
from workbench.workspace.decisions import (
    KeptDecision,
    Key,
    as_json,
    checked_name,
    checked_text,
    utc_now,
)
from workbench.workspace.frames import VIEWS
from workbench.workspace.kept_checks import ChecksKeeper
from workbench.workspace.kept_flows import FlowsKeeper
from workbench.workspace.kept_simulations import SimulationsKeeper
from workbench.workspace.sizes import WorkspaceSize, bytes_in

if TYPE_CHECKING:
    import pandas as pd

    from workbench.baseline import Baselines
    from workbench.external import AddressBook
    from workbench.ground import Problem
    from workbench.workspace.range_files import RangeFiles

__all__ = ["VIEW", "Workspace"]

VIEW: Final = "view"
"""Kind of the records that are saved views of the graph."""

_RANGES: Final = "ranges"
_REPORTS: Final = "reports"


class Workspace(FlowsKeeper, SimulationsKeeper, ChecksKeeper):
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

    def __init__(
        self, path: str | Path, url: str = "", *, who: str = "", now: Callable[[], datetime] = utc_now
    ) -> None:
        self.path = Path(path)
        self.who = checked_text(who or _user(), "who decides")
        self._url, self._now = url, now
        self._removed: weakref.finalize[..., Any] | None = None

    @classmethod
    def temporary(cls, *, who: str = "", now: Callable[[], datetime] = utc_now) -> Workspace:
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

    def _facts(self) -> Iterator[str]:
        yield repr(str(self.path))
        if self._url:
            yield self.place

    def size(self) -> WorkspaceSize:
        """Return how much it takes on the disk.

        Raises
        ------
        WorkspaceError
            If the database cannot be used.
        """
        return WorkspaceSize(self.flows.size(), self._database.size(), bytes_in(self.path / _RANGES))

    @property
    def reports(self) -> Path:
        """The folder for bundles of audit reports; whoever writes the first one makes it."""
        return self.path / _REPORTS

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
        return self.decide({(VIEW, checked_name(name, "a view")): dict(choices)}, why=why, cluster=cluster)

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
        return self._delete_named((VIEW, name), "view", lambda: self.views(cluster), why=why, cluster=cluster)

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


def _user() -> str:
    try:
        return getuser()
    except (OSError, KeyError, ImportError):  # a container may run under a number without a name
        return "unknown"
