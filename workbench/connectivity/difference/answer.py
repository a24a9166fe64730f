"""What did a change of manifests or policies open and close: the difference between two maps."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, overload

import numpy as np

from workbench.connectivity.difference.align import ABSENT
from workbench.connectivity.difference.changes import HEADINGS, Change, ChangeKind, Headings
from workbench.connectivity.difference.compare import Differences, EngineComparison
from workbench.connectivity.edges import ROW_LIMIT, categorical
from workbench.connectivity.engine import INGRESS_CONTROLLER, NONE, Engine, Indices, IpRanges, Peer, Semantics, Wording
from workbench.connectivity.evaluate import evaluate
from workbench.connectivity.frames import BLAST_RADIUS_CHANGES, CHANGES
from workbench.connectivity.inputs import engine_of
from workbench.connectivity.reachability.paths import blast_radius
from workbench.connectivity.result import Connectivity
from workbench.connectivity.trace.query_ends import ON_OWN_NODE
from workbench.connectivity.unevaluated import differing_note, unevaluated
from workbench.ground import (
    ANSWER_FORMATS,
    FEW_ROWS,
    ArgumentError,
    BinaryFormat,
    FirstRows,
    Progress,
    Result,
    TextFormat,
    count_of,
    first_of,
    first_rows,
    gc_paused,
    no_progress,
)
from workbench.inventory import Cluster, no_cluster

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ConnectivityDiff", "diff"]

_KINDS = tuple(ChangeKind)
_NAMED = 3
"""So many workloads are named in a note."""


class ConnectivityDiff(Result):
    """The connections that two maps do not share. Made by `diff`.

    Iterating gives each `Change`: what changed, what was added, what was removed; connections from
    ingress controllers follow in the same order; each block is sorted by the names of source and
    destination (semantics 23). ``len`` counts them, and a diff without any is false.

    Parameters
    ----------
    before, after : Connectivity
    ip_ranges : {"merged", "split"}
        Whether touching external ranges with equal connections, before as well as after, are one.
    """

    _written_as = "diff"
    _columns = ("change", "src", "dst", "before", "after", "workloads")

    def __init__(self, before: Connectivity, after: Connectivity, ip_ranges: IpRanges = "merged") -> None:
        self.origins = (before, after)
        self._sides = (engine_of(before), engine_of(after))
        self._comparison = EngineComparison(*self._sides, ip_ranges)
        aligned = self._comparison.aligned
        self._only_after, self._only_before = (
            tuple(aligned.peers[index] for index in np.flatnonzero(aligned.places[:, side] == ABSENT).tolist())
            for side in (0, 1)
        )
        self._found = _sorted(self._comparison.connections(equal=False))

    def _facts(self) -> Iterator[str]:
        for change, count in self.counts().items():
            yield f"{count:,} {change}"
        for kind, peers in (("added", self._only_after), ("removed", self._only_before)):
            if peers:
                yield f"{count_of(len(peers), 'workload')} {kind}"

    def _first_rows(self) -> FirstRows:
        few = np.arange(min(FEW_ROWS, len(self)))
        rows = self._frame(self._found.chosen(few))
        return first_rows(rows, self._columns, noun="difference", counted=(len(rows), len(self)))

    def __len__(self) -> int:
        return len(self._found.src)

    def __iter__(self) -> Iterator[Change]:
        return self._changes(self._found)

    def unchanged(self) -> Iterator[Change]:
        """Yield the connections that are the same before and after, sorted alike."""
        return self._changes(_sorted(self._comparison.connections(equal=True)))

    def unchanged_count(self) -> int:
        """Return the number of connections that are the same before and after."""
        return self._comparison.count(equal=True)

    @property
    def wording(self) -> Wording:
        """What ends are called, as `Semantics` has it."""
        return self._sides[0].semantics.wording

    @property
    def added_workloads(self) -> tuple[Peer, ...]:
        """The workloads that exist only after, sorted by name."""
        return self._only_after

    @property
    def removed_workloads(self) -> tuple[Peer, ...]:
        """The workloads that existed only before, sorted by name."""
        return self._only_before

    def counts(self) -> dict[ChangeKind, int]:
        """Return how many connections changed, were added and were removed."""
        numbers = np.bincount(_kinds(self._found), minlength=len(_KINDS)).tolist()
        return {kind: numbers[position] for position, kind in enumerate(_KINDS[:-1])}

    @property
    def opened_count(self) -> int:
        """How many connections have ports that were not allowed before."""
        return self._gained_and_lost[0]

    @property
    def closed_count(self) -> int:
        """How many connections have lost ports that were allowed before."""
        return self._gained_and_lost[1]

    @cached_property
    def _gained_and_lost(self) -> tuple[int, int]:
        sets = self._comparison.ports.sets
        pairs, counts = np.unique(self._found.before * np.int64(len(sets)) + self._found.after, return_counts=True)
        gained = lost = 0
        for pair, count in zip(pairs.tolist(), counts.tolist(), strict=True):
            before, after = sets[pair // len(sets)], sets[pair % len(sets)]
            gained += count if after - before else 0
            lost += count if before - after else 0
        return gained, lost

    @property
    def notes(self) -> tuple[str, ...]:
        """What the lines of the difference do not say, a sentence each."""
        return tuple(note for note in (self._own_node_note(), self._unevaluated_note()) if note)

    def _unevaluated_note(self) -> str:
        sides = [side for side in self._sides if side.semantics.unknown_fields == "refuse"]
        return differing_note(*map(unevaluated, sides)) if len(sides) == len(self._sides) else ""

    def _own_node_note(self) -> str:
        hosts = {name for side in self._sides if side.semantics.node_traffic for name in _host_names(side)}
        is_host = np.array([peer.name in hosts for peer in self._found.peers], dtype=np.bool_)
        is_workload = np.array([bool(peer.namespace) for peer in self._found.peers], dtype=np.bool_)
        src, dst = self._found.src, self._found.dst
        about = (is_host[src] & ~is_host[dst] & is_workload[dst]) | (is_host[dst] & ~is_host[src] & is_workload[src])
        named: dict[str, bool] = {}
        for one, other in np.unique(np.stack([src[about], dst[about]], axis=1), axis=0).tolist():
            host = self._found.peers[one if is_host[one] else other].name
            named[host] = named.get(host) or self._comparison.may_share_node(one, other)
        shown = sorted(name for name, may_share in named.items() if may_share)
        if not shown:
            return ""
        return f"{ON_OWN_NODE}, before and after: lines about {first_of(shown, _NAMED)} are about other nodes."

    def to_frame(self, *, unchanged: bool = False) -> pd.DataFrame:
        """Return one row for each source and destination between which something changed.

        Parameters
        ----------
        unchanged : bool
            Whether connections that are the same before and after follow.

        Returns
        -------
        DataFrame
            Columns as in `frames.CHANGES`, in the order of iteration.

        Raises
        ------
        ArgumentError
            If there are more than 30 million rows.
        """
        rows = len(self) + (self.unchanged_count() if unchanged else 0)
        if rows > ROW_LIMIT:
            message = f"{rows:,} rows are more than a frame should hold; iterate over the changes instead"
            raise ArgumentError(message)
        return self._frame(_sorted(self._comparison.connections(equal=None)) if unchanged else self._found)

    def blast_radius(self) -> pd.DataFrame:
        """Return the workloads that reach more or fewer others over any number of hops than before.

        Returns
        -------
        DataFrame
            Columns as in `frames.BLAST_RADIUS_CHANGES`, what has grown most first.
        """
        before, after = (
            blast_radius(engine)[["workload", "kind", "namespace", "reached"]].astype({"reached": "Int64"})
            for engine in self._sides
        )
        both = before.merge(after, "outer", ["workload", "kind", "namespace"], suffixes=("_before", "_after"))
        change = (both["reached_after"].fillna(0) - both["reached_before"].fillna(0)).astype("int64")
        rows = both.assign(reached_change=change)
        moved = rows["reached_before"].ne(rows["reached_after"]).fillna(value=True)
        shown = rows.loc[moved].sort_values(["reached_change", "workload"], ascending=[False, True], kind="stable")
        return BLAST_RADIUS_CHANGES.from_columns({name: shown[name] for name in shown.columns})

    @overload
    def render(self, name: TextFormat = "txt", headings: Headings = HEADINGS) -> str: ...
    @overload
    def render(self, name: BinaryFormat, headings: Headings = HEADINGS) -> bytes: ...
    @overload
    def render(self, name: str, headings: Headings = HEADINGS) -> str | bytes: ...
    def render(self, name: str = "txt", headings: Headings = HEADINGS) -> str | bytes:
        """Return the differences in the format called `name`: bytes where the format is binary, else text.

        Parameters
        ----------
        name : str, optional
            One of ``ANSWER_FORMATS.names("diff")``.
        headings : (str, str)
            What the two inputs are called.

        Raises
        ------
        UnknownPluginError
            If there is no such format.
        """
        return ANSWER_FORMATS.render(self._written_as, name, self, headings)

    def _changes(self, found: Differences) -> Iterator[Change]:
        peers, ports = found.peers, self._comparison.ports.sets
        apart = {*self._only_after, *self._only_before}
        columns = (_kinds(found), found.src, found.dst, found.before, found.after)
        for kind, src, dst, before, after in zip(*(column.tolist() for column in columns), strict=True):
            ends = peers[src], peers[dst]
            workloads = tuple(peer for peer in ends if peer in apart) if apart else ()
            yield Change(_KINDS[kind], *ends, ports[before], ports[after], workloads)

    def _frame(self, found: Differences) -> pd.DataFrame:
        kinds, ports = _kinds(found), self._comparison.ports
        texts = [str(one) for one in ports.sets]
        columns: dict[str, object] = {"change": categorical(_KINDS, kinds)}
        for side, ends in (("src", found.src), ("dst", found.dst)):
            columns[side] = categorical([peer.name for peer in found.peers], ends)
            columns[f"{side}_kind"] = categorical([peer.kind for peer in found.peers], ends)
            columns[f"{side}_namespace"] = categorical([peer.namespace for peer in found.peers], ends)
        columns["before"] = categorical(texts, found.before)
        columns["after"] = categorical(texts, found.after)
        pairs, which = np.unique(found.before * np.int64(len(texts)) + found.after, return_inverse=True)
        sets = [(ports.sets[pair // len(texts)], ports.sets[pair % len(texts)]) for pair in pairs.tolist()]
        columns["opened"] = categorical([str(after - before) for before, after in sets], which)
        columns["closed"] = categorical([str(before - after) for before, after in sets], which)
        columns["workloads"] = self._workloads_column(found)
        return CHANGES.from_columns(columns)

    def _workloads_column(self, found: Differences) -> list[tuple[str, ...]]:
        apart = {*self._only_after, *self._only_before}
        is_apart = np.array([peer in apart for peer in found.peers], dtype=np.bool_)
        touched = np.flatnonzero(is_apart[found.src] | is_apart[found.dst])
        cells: list[tuple[str, ...]] = [()] * len(found.src)
        for number, change in zip(touched.tolist(), self._changes(found.chosen(touched)), strict=True):
            cells[number] = tuple(peer.name for peer in change.workloads)
        return cells


def diff(
    before: Cluster | Connectivity,
    after: Cluster | Connectivity,
    *,
    semantics: Semantics = Semantics(),
    ip_ranges: IpRanges = "merged",
    progress: Progress = no_progress,
) -> ConnectivityDiff:
    """Compare the connectivity of two clusters.

    Parameters
    ----------
    before, after : Cluster or Connectivity
        A cluster is computed first.
    semantics : Semantics
        How to compute clusters; a Connectivity is taken as it is.
    ip_ranges : {"merged", "split"}
        Whether touching external ranges with equal connections, before as well as after, are one.
        Addresses are compared wherever any policy of either side draws a line (semantics 23).
    progress : Progress
        Called with the progress of the work.

    Returns
    -------
    ConnectivityDiff
        Workloads are matched by namespace, name and kind.

    Examples
    --------
    >>> changes = diff(load_manifests("main/"), load_manifests("branch/"))  # doctest: +SKIP
    >>> for change in changes:  # doctest: +SKIP
    ...     print(change.kind, change.src.name, change.dst.name, change.opened, change.closed)
    """
    for side in (before, after):
        if not isinstance(side, (Cluster, Connectivity)):
            no_cluster(side, "diff")
    one, other = (
        evaluate(side, semantics=semantics, progress=progress) if isinstance(side, Cluster) else side
        for side in (before, after)
    )
    with gc_paused():
        return ConnectivityDiff(one, other, ip_ranges)


def _host_names(engine: Engine) -> list[str]:
    """Return the names of the workload peers that are as their node to policies."""
    hosts = ~engine.classes.isolatable[engine.workloads.class_of]
    return [engine.workloads.peers[index].name for index in np.flatnonzero(hosts).tolist()]


def _kinds(found: Differences) -> Indices:
    """Return the position of each connection's kind in `ChangeKind`."""
    both = (found.before != NONE) & (found.after != NONE)
    kinds = np.where(found.before == NONE, _KINDS.index(ChangeKind.ADDED), _KINDS.index(ChangeKind.REMOVED))
    kinds[both] = _KINDS.index(ChangeKind.CHANGED)
    kinds[found.before == found.after] = _KINDS.index(ChangeKind.UNCHANGED)
    return kinds


def _sorted(found: Differences) -> Differences:
    """Sort as changes are listed: differences first, ingress controllers last, then by kind and by names."""
    names = [peer.name.encode() for peer in found.peers]
    rank = np.empty(len(names), dtype=np.int64)
    rank[sorted(range(len(names)), key=names.__getitem__)] = np.arange(len(names))
    is_controller = np.array([peer == INGRESS_CONTROLLER for peer in found.peers], dtype=np.bool_)
    kinds = _kinds(found)
    block = (kinds == _KINDS.index(ChangeKind.UNCHANGED)) * 2 + is_controller[found.src]
    # One number that sorts as (block, kind, source, destination) do, far quicker than these one by one.
    key = ((block * len(_KINDS) + kinds) * len(names) + rank[found.src]) * len(names) + rank[found.dst]
    return found.chosen(np.argsort(key, kind="stable"))
