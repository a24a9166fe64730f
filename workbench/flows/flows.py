"""What the cluster was seen to do: one value to ask, whatever the rows came from and whichever engine answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import ibis
import pandas as pd

from workbench.flows.aggregate import (
    EDGE_KEY,
    FLOWS,
    SPAN_NUMBER,
    aggregate_all,
    aggregate_rows,
    edges_of,
    located_edges_of,
    stored_edges_of,
    with_span_numbers,
)
from workbench.flows.edge_filter import EdgeFilter, Names
from workbench.flows.edge_frames import edges_unlike, first_seen_in, graph_of, keys_of
from workbench.flows.engine import Steps, answer_to, fetched, stepping
from workbench.flows.frames import (
    CONNECTIONS,
    DNS,
    EDGES,
    LOCATED_EDGES,
    NETWORKS,
    ROWS,
    typed,
)
from workbench.flows.importing.batches import now_utc
from workbench.flows.moments import moment_of
from workbench.flows.recorded import rows_where, summary_of, timeline_of
from workbench.flows.rules.attribution import attributed
from workbench.flows.rules.blocks import networks_of
from workbench.flows.rules.dns import DNS_KEY, Answers, dns_lookups_by_client, dns_of
from workbench.flows.rules.exclusion import exclusions
from workbench.flows.rules.names import with_names
from workbench.flows.rules.order import apply_rules
from workbench.flows.rules.orientation import evidence_of
from workbench.flows.rules.owners import with_owners
from workbench.flows.rules.ports import may_be_reversed
from workbench.flows.rules.replies import fold_replies
from workbench.flows.rules.reporters import merge_reporters
from workbench.flows.schema import COLUMNS, ROW_ID
from workbench.flows.stand_ins import anonymised_lifetimes
from workbench.flows.stored_rows import write_rows
from workbench.flows.tagging import Blocks
from workbench.ground import (
    Anonymiser,
    ArgumentError,
    Progress,
    Shown,
    View,
    count_of,
    first_of,
    first_rows,
    no_progress,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import networkx as nx

    from workbench.flows.rules.lookups import Lookups
    from workbench.flows.store import FlowStore
    from workbench.inventory import Cluster

__all__ = ["Flows"]

Moment: TypeAlias = date | str
"""A datetime, a date, or a text as `moments.moment_of` reads it."""
_SUMMED_UP: Final = ("source_format", "verdict", "flows", "first_seen", "last_seen")
"""What a notebook shows of `Flows.summary`."""
_DENIED = ("denied", "would_deny")


class Flows(Shown):
    """Observed flows. Made by `load_flows`, or of a `FlowStore`.

    All questions are ibis expressions: nothing is read before an answer is asked for.

    Parameters
    ----------
    rows : ibis Table
        Columns as in `schema.COLUMNS`, `schema.ROW_ID` and `schema.EDGE_ID`.
    totals : ibis Table
        What the edges of the rows are, as `aggregate.edge_totals` says it.
    backend : ibis backend
        The engine that holds both, and answers.
    cluster : Cluster, optional
        The cluster whose workloads the ends are attributed to.
    lifetimes : DataFrame, optional
        Pods of other times, as `cluster.lookups_of` takes them.
    keep : object, optional
        Kept alive as long as the flows are, such as a temporary folder.
    answers : Answers, optional
        What DNS servers answered; without any, no destination gets a name that its source does not give.
    is_all : bool
        `totals` counts these rows and no others.
    whole : Flows, optional
        What these flows were chosen from; without it, they are all that was imported.
    are_denials : bool
        What was perhaps no denial is left out of `edges` and `connections`, as `denied` says.
    blocks : Blocks, optional
        What ends outside are called.
    lost_events : int
        How many events the sources say they lost.

    Attributes
    ----------
    lost_events : int
        The same; of whole recordings, whatever flows were chosen.
    """

    def __init__(  # noqa: PLR0913  (made by `load`; the last by keywords)
        self,
        rows: ir.Table,
        totals: ir.Table,
        backend: ibis.BaseBackend,
        cluster: Cluster | None = None,
        lifetimes: pd.DataFrame | None = None,
        *,
        keep: object = None,
        answers: Answers | None = None,
        is_all: bool = False,
        whole: Flows | None = None,
        are_denials: bool = False,
        blocks: Blocks | None = None,
        lost_events: int = 0,
    ) -> None:
        self._rows = rows
        self._blocks = blocks
        self.lost_events = lost_events
        self._totals = totals
        self._is_all = is_all
        self._whole = whole
        self._are_denials = are_denials
        self._backend = backend
        self._cluster = cluster
        self._lifetimes = lifetimes
        self._keep = keep
        self._answers = answers

    def _facts(self) -> Iterator[str]:
        counted = self._summary
        yield count_of(int(counted[FLOWS].sum()), "row")
        if not counted.empty:
            yield f"{_minute(counted['first_seen'].min())} to {_minute(counted['last_seen'].max())} UTC"
            yield f"from {first_of(sorted(counted['source_format'].unique()))}"
        if self._cluster is not None:
            yield f"ends attributed to {count_of(len(self._cluster.objects.workloads), 'workload')}"

    def _view(self) -> View:
        listed = first_rows(self._summary, _SUMMED_UP, noun="group")
        return View(type(self).__name__, tuple(self._facts()), rows=listed)

    def __len__(self) -> int:
        """Return the number of rows."""
        return int(answer_to(self._backend, self._rows.count()))

    @property
    def table(self) -> ir.Table:
        """The rows as an ibis expression, for questions of your own; `execute` answers them."""
        return self._rows

    @property
    def cluster(self) -> Cluster | None:
        """The cluster whose workloads the ends are attributed to."""
        return self._cluster

    def execute(self, expression: ibis.Expr) -> Any:  # noqa: ANN401  (a frame, a series or a scalar)
        """Return the answer to an ibis expression over `table`, as pandas."""
        return answer_to(self._backend, expression)

    def attributed(self, cluster: Cluster, lifetimes: pd.DataFrame | None = None) -> Flows:
        """Return the same flows, whose ends are attributed to the workloads of a cluster.

        Parameters
        ----------
        cluster : Cluster
        lifetimes : DataFrame, optional
            Pods of other times, one row for each address of each: columns ``namespace``, ``pod``, ``ip``,
            and as far as they are known ``owner_kind``, ``owner_name``, ``node``, ``start``, ``end``.
        """
        # Not by truth: of flows that is their number, which is asked of the engine.
        whole = None if self._whole is None else self._whole.attributed(cluster, lifetimes)
        return self._but(cluster=cluster, lifetimes=lifetimes, whole=whole)

    def tagged(self, blocks: pd.DataFrame | None) -> Flows:
        """Return the same flows, whose ends outside are called by the names of blocks (flow-rules N18).

        Edges to addresses of blocks with one name are one edge. Workloads, Services and nodes keep their own names.

        Parameters
        ----------
        blocks : DataFrame or None
            A row for each block: ``cidr``; its ``name``; and ``basis``, which is ``decided`` (a person named it),
            ``published`` (its owner says so) or ``rest`` (for all that has no other name). The block with the longest
            prefix counts, and of equal ones the first. None takes the names away. `AddressBook.tag` has such a table.

        Raises
        ------
        ArgumentError
            If the table is another one; a block that is not a CIDR is found out when edges are asked for.
        """
        made = None if blocks is None or blocks.empty else Blocks(blocks)
        whole = None if self._whole is None else self._whole._but(blocks=made)  # noqa: SLF001  (of its own class)
        return self._but(blocks=made, whole=whole)

    def anonymised(
        self,
        anonymiser: Anonymiser,
        *,
        store: FlowStore | str | Path | None = None,
        memory_limit: str | None = None,
        progress: Progress = no_progress,
        now: Callable[[], datetime] = now_utc,
    ) -> Flows:
        """Return flows that answer as these do, with stand-ins for all names, labels and addresses (anonymising 6).

        Their cluster is the `anonymised` one, and blocks that are called by names have others. Of flows that were
        chosen by `where`, `between` or `denied`, the others are not among them: who the client is, and when an edge
        was first seen, is what the chosen ones say, as of `apart`. To keep that, choose afterwards.

        Parameters
        ----------
        anonymiser : Anonymiser
        store : FlowStore, str or Path, optional
            A new folder that keeps the flows; without one, they are kept as long as the result.
        memory_limit : str, optional
            As DuckDB takes it, such as ``1GB``; larger work goes to the disk.
        progress : Progress, optional
        now : callable, optional
            Returns the time.

        Raises
        ------
        ArgumentError
            If something is in the store.
        FlowStoreError
            If the store cannot be used.
        """
        from workbench.flows.load import record_anonymised  # noqa: PLC0415  (it makes flows)

        found = record_anonymised(self, anonymiser, store, memory_limit=memory_limit, progress=progress, now=now)
        cluster = self._cluster
        if cluster is not None:
            from workbench.inventory import anonymised  # noqa: PLC0415  (brings what reads manifests)

            cluster = anonymised(cluster, anonymiser)
        lifetimes = None if self._lifetimes is None else anonymised_lifetimes(self._lifetimes, anonymiser)
        blocks = None if self._blocks is None else self._blocks.anonymised(anonymiser)
        return found._but(  # noqa: SLF001  (of its own class)
            cluster=cluster, lifetimes=lifetimes, blocks=blocks, are_denials=self._are_denials
        )

    def _with(self, rows: ir.Table, answers: Answers | None = None, *, are_denials: bool = False) -> Flows:
        return self._but(
            rows=rows,
            answers=answers or self._answers,
            is_all=self._is_all and rows is self._rows,
            whole=self if self._whole is None else self._whole,
            are_denials=self._are_denials or are_denials,
        )

    def _but(self, **other: Any) -> Flows:  # noqa: ANN401  (what `Flows` takes)
        """Return the same flows but for what is given."""
        given: dict[str, Any] = {
            "rows": self._rows,
            "totals": self._totals,
            "backend": self._backend,
            "cluster": self._cluster,
            "lifetimes": self._lifetimes,
            "keep": self._keep,
            "answers": self._answers,
            "is_all": self._is_all,
            "whole": self._whole,
            "are_denials": self._are_denials,
            "blocks": self._blocks,
            "lost_events": self.lost_events,
        }
        return Flows(**given | other)

    def where(self, predicate: Callable[[ir.Table], ir.BooleanValue] | None = None, **columns: object) -> Flows:
        """Return the flows that meet a condition.

        DNS answers are not flows: `dns` gives them all the same, and what is kept has its names of all of them.

        Parameters
        ----------
        predicate : callable, optional
            Given the table, returns an ibis condition: ``lambda flow: flow.bytes > 1_000_000``.
        **columns
            A column must be the value, or one of the values of a list: numbers also as text, identifiers in any case.
            Columns are those of the flow table, and
            ``protocol``, ``port``, ``src_namespace`` and ``dst_namespace`` of `edges`: as recorded, before ends are
            attributed.

        Raises
        ------
        ArgumentError
            If there is no such column, or if it cannot have such a value.
        """
        return self._with(rows_where(self._rows, predicate, columns))

    @cached_property
    def clusters(self) -> tuple[str, ...]:
        """The names of the clusters that the flows name, in order."""
        found = self.execute(self._rows.select("cluster").distinct())["cluster"].dropna()
        return tuple(sorted(map(str, found)))

    def of_cluster(self, name: str) -> Flows:
        """Return the flows of a cluster: those that name it. Where none names any, all flows are of one cluster.

        Parameters
        ----------
        name : str
            Where it is empty, all flows are returned.
        """
        return self.where(cluster=name) if name and self.clusters else self

    def between(
        self, start: Moment | None = None, end: Moment | None = None, *, now: Callable[[], datetime] = now_utc
    ) -> Flows:
        """Return the flows that began at `start` or later, and before `end`; and the DNS answers of that time.

        Parameters
        ----------
        start, end : datetime, date or str, optional
            Text as `moments.moment_of` reads it: ``"2026-11-21 09:00"``, ``"yesterday"``, ``"2 days ago"``; without a
            zone it is UTC.
        now : callable
            Returns the time.

        Raises
        ------
        ArgumentError
            If a text is not a time, or the start is not before the end.
        """
        rows = self._rows
        first, last = (None if moment is None else moment_of(moment, now) for moment in (start, end))
        if first is None and last is None:
            return self
        if first is not None and last is not None and first >= last:
            message = f"the start ({first}) is not before the end ({last}); exchange the two"
            raise ArgumentError(message)
        begin, finish = (None if moment is None else ibis.literal(moment) for moment in (first, last))
        if begin is not None:
            rows = rows.filter(rows.time_start >= begin)
        if finish is not None:
            rows = rows.filter(rows.time_start < finish)
        return self._with(rows, self._answers and self._answers.between(begin, finish))

    def apart(self) -> Flows:
        """Return the same flows, of which edges tell when they were first seen among these alone.

        Who the client is, all rows that were imported say together all the same.
        """
        return self._but(whole=None)

    def denied(self) -> Flows:
        """Return the flows that a policy denied, or would deny.

        Of a packet to a port that may be a client's, of which nothing tells surely which end is the client, it is not
        known what was denied: a connection, or the late answer of one. Such rows are in no edge and no connection of
        what is returned; ``edges(uncertain=True)`` lists them.
        """
        return self._with(self._rows.filter(self._rows.verdict.isin(_DENIED)), are_denials=True)

    def edges(  # noqa: PLR0913  (each narrows the answer in its own way)
        self,
        *,
        src: Names | None = None,
        dst: Names | None = None,
        in_namespace: Names | None = None,
        external: bool = False,
        new_since: Moment | None = None,
        uncertain: bool = False,
        now: Callable[[], datetime] = now_utc,
    ) -> pd.DataFrame:
        """Return which ends talked to which: one row per client, server, protocol and port.

        Who the client is, and when an edge was first seen, all rows that were imported say together, whatever `where`
        and `between` keep to.

        Parameters
        ----------
        src, dst : str or iterable of str, optional
            Keep to these clients, or servers: names, with ``*`` for any characters, or blocks of addresses, as
            `EdgeFilter` takes them.
        in_namespace : str or iterable of str, optional
            Keep to edges with an end in these namespaces.
        external : bool
            Keep to edges with an end outside of the cluster.
        new_since : datetime, date or str, optional
            Keep to edges that were not seen before that; as of `between`.
        uncertain : bool
            Keep to edges with flows of which it is not certain which end is the client, also if `denied` leaves them
            out.
        now : callable
            Returns the time.

        Returns
        -------
        DataFrame
            Columns as in `frames.EDGES`, sorted by `EDGE_KEY`.
        """
        since = None if new_since is None else moment_of(new_since, now)
        found = EdgeFilter.of(src, dst, in_namespace, external=external).of_frame(self._edges)
        if uncertain:
            found = found[found["flows_uncertain"] > 0]
        elif self._are_denials:
            found = found[found["flows_denied"] > 0]
        if since is not None:
            found = found[found["first_seen"] >= pd.Timestamp(since, tz="UTC")]
        return found.reset_index(drop=True)

    def located_edges(self) -> pd.DataFrame:
        """Return edges whose ends in blocks are addresses, and the names of the blocks beside.

        It is what policies are asked about, which know addresses and no names; and what is behind the edges of a block.

        Returns
        -------
        DataFrame
            Columns as in `frames.LOCATED_EDGES`, sorted by `EDGE_KEY`.
        """
        edges, located = self._both_edges
        if located is None:
            return LOCATED_EDGES.from_columns(dict(edges.assign(src_block="", dst_block="")))
        return located.copy()

    @property
    def _edges(self) -> pd.DataFrame:
        return self._both_edges[0]

    @cached_property
    def _both_edges(self) -> tuple[pd.DataFrame, pd.DataFrame | None]:
        """Edges, and located ones where these are others: where blocks have names."""
        with stepping(self._backend) as steps:
            judged = self._judged(steps)
            located = None if self._blocks is None else steps.fetch(steps.take(located_edges_of, judged), EDGE_KEY)
            found = steps.fetch(steps.turn(edges_of, judged), EDGE_KEY)
        edges = typed(found.assign(excluded=exclusions(found)), EDGES)
        if located is not None:
            located = typed(located.assign(excluded=exclusions(located)), LOCATED_EDGES)
        if self._whole is not None:
            edges["first_seen"] = first_seen_in(self._whole._edges, edges)  # noqa: SLF001  (of its own class)
            if located is not None:
                located["first_seen"] = first_seen_in(self._whole.located_edges(), located)
        return edges, located

    def of_edges(self, edges: pd.DataFrame) -> Flows:
        """Return the flows that make up some edges: when they were, and all else that edges do not say.

        Parameters
        ----------
        edges : DataFrame
            Rows of `edges`, or others with the columns `EDGE_KEY`.
        """
        by = self._stored_by
        found = self._stored_edges.merge(keys_of(edges), "inner", list(EDGE_KEY))[by].drop_duplicates()
        return self._with(self._numbered_rows.semi_join(ibis.memtable(found), by).select(self._rows.columns))

    def seen_within(self, spans: pd.DataFrame) -> pd.Series[bool]:
        """Tell of edges whether any of their flows began in a span of time, each edge in its own; in one pass.

        Parameters
        ----------
        spans : DataFrame
            The columns `EDGE_KEY`, and ``begun`` and ``ends``, times with a zone: from the one on, before the other.

        Returns
        -------
        Series
            With the index of `spans`.
        """
        by, rows = self._stored_by, self._numbered_rows
        numbered = keys_of(spans).assign(
            **{name: pd.DatetimeIndex(spans[name]).tz_convert("UTC").as_unit("us") for name in ("begun", "ends")},
            place=range(len(spans)),
        )
        stored = self._stored_edges.merge(numbered, "inner", list(EDGE_KEY))
        asked = ibis.memtable(stored[[*by, "begun", "ends", "place"]])
        if len(spans):  # whole files are of other times
            first, last = spans["begun"].min().to_pydatetime(), spans["ends"].max().to_pydatetime()
            rows = rows.filter(rows.time_start >= ibis.literal(first), rows.time_start < ibis.literal(last))
        rows = rows.select(*by, "time_start")
        within = [rows.time_start >= asked.begun, rows.time_start < asked.ends]
        found = rows.join(asked, [*(rows[name] == asked[name] for name in by), *within]).select("place").distinct()
        seen = pd.Series(data=False, index=spans.index)
        seen.iloc[fetched(self._backend, found)["place"].to_numpy()] = True
        return seen

    @property
    def _stored_by(self) -> list[str]:
        """The columns of rows that tell which edge they are of."""
        return [name for name in self._stored_edges.columns if name not in EDGE_KEY]

    @property
    def _numbered_rows(self) -> ir.Table:
        return with_span_numbers(self._rows, self._reused) if SPAN_NUMBER in self._stored_by else self._rows

    @cached_property
    def _stored_edges(self) -> pd.DataFrame:
        with stepping(self._backend) as steps:
            found = steps.fetch(steps.turn(stored_edges_of, self._judged(steps)), EDGE_KEY)
        return found.assign(**keys_of(found))

    def networks(self) -> pd.DataFrame:
        """Return the networks that sources say addresses are of: known servers, network sets and providers.

        Returns
        -------
        DataFrame
            Columns as in `frames.NETWORKS`, sorted.
        """
        found = fetched(self._backend, networks_of(self._rows).order_by("address", "network"))
        return typed(found, NETWORKS)

    def _judged(self, steps: Steps) -> ir.Table:
        """Return the rows, those counted together that say the same, with all rules applied."""
        lookups, reused = self._lookups, self._reused
        answers = self._known_answers
        if self._is_all and not reused:
            counted = steps.take(aggregate_all, self._totals, *(() if answers is None else (self._rows, answers)))
        else:
            counted = aggregate_rows(self._rows, self._totals, reused, answers, is_all=self._is_all)
        return self._ruled(counted, steps, lookups)

    def _ruled(self, rows: ir.Table, steps: Steps, lookups: Lookups | None) -> ir.Table:
        ruled = apply_rules(rows, steps, self._evidence, lookups)
        return ruled if self._blocks is None else self._blocks.tag(ruled, steps)

    def _evidence(self, steps: Steps) -> ir.Table:
        """Return what all that was imported tells of who the client is, whatever is asked about."""
        return steps.take(evidence_of, self._totals)

    def dns(self) -> pd.DataFrame:
        """Return who asked for which names, and which addresses were the answer.

        Names are as clients asked for them, those that search domains were added to among them. `where` does not
        change what is returned; `between` does, by the time of the answer.

        Returns
        -------
        DataFrame
            Columns as in `frames.DNS`, sorted by `dns.DNS_KEY`; without rows where no source has DNS answers.
        """
        if self._answers is None:
            return DNS.from_rows(())
        lookups = self._lookups
        with stepping(self._backend) as steps:
            asked = dns_lookups_by_client(self._answers.asked, self._reused)
            clients = steps.take(with_owners, asked) if lookups is None else steps.take(attributed, asked, lookups)
            found = steps.fetch(steps.take(dns_of, clients), DNS_KEY)
        return typed(found, DNS)

    def new_edges(self, known: pd.DataFrame) -> pd.DataFrame:
        """Return the edges that are not among those that are known.

        Parameters
        ----------
        known : DataFrame
            Has the columns `EDGE_KEY`, such as an earlier answer of `edges`.

        Returns
        -------
        DataFrame
            Columns as in `frames.EDGES`.
        """
        return edges_unlike(self.edges(), known)

    def timeline(self, by: str = "1h", per: str | Iterable[str] = "verdict") -> pd.DataFrame:
        """Return how much there was in each span of time.

        Parameters
        ----------
        by : str
            Length of a span: a number and ``s``, ``min``, ``h`` or ``d``, as pandas writes it.
        per : str or iterable of str
            Columns as of `where`; one row per span and combination of their values that there is.

        Returns
        -------
        DataFrame
            Columns as in `frames.TIMELINE`, those of `per` behind the time. Between the first flow and the last, spans
            in which nothing was seen have rows, too: with 0 flows.

        Raises
        ------
        ArgumentError
            If `by` is not a span of time, or if there are more than five million rows.
        """
        return timeline_of(self._rows, self._backend, by, [per] if isinstance(per, str) else list(per))

    def summary(self) -> pd.DataFrame:
        """Return how many rows there are of each format and verdict, and of which time.

        Returns
        -------
        DataFrame
            Columns as in `frames.SUMMARY`.
        """
        return self._summary.copy()

    @cached_property
    def period(self) -> tuple[datetime | None, datetime | None]:
        """When the first and the last flow was seen, as far as times are known: aware datetimes, or None."""
        first, last = self._summary["first_seen"].dropna(), self._summary["last_seen"].dropna()
        return (first.min().to_pydatetime() if len(first) else None, last.max().to_pydatetime() if len(last) else None)

    @cached_property
    def _summary(self) -> pd.DataFrame:
        return summary_of(self._rows, self._backend)

    def connections(self, limit: int | None = None) -> pd.DataFrame:
        """Return one row for each connection that was seen, with all rules applied.

        Replies count with their requests (flow-rules N3), and what both ends reported is one row, with the worse
        verdict (flow-rules N7). This looks at every single row: keep to some by `where` and `between` before.

        Parameters
        ----------
        limit : int, optional
            At most this many, the earliest.

        Returns
        -------
        DataFrame
            Columns as in `frames.CONNECTIONS`: those of the flow table, and ``marks``.
        """
        answers = self._known_answers
        named = self._rows if answers is None else with_names(self._rows, self._totals, answers)
        with stepping(self._backend) as steps:
            folded = steps.turn(fold_replies, self._ruled(named, steps, self._lookups))
            merged = steps.turn(merge_reporters, folded)
            if self._are_denials:
                merged = merged.filter(~may_be_reversed(merged))
            rows = merged.order_by("time_start").select(*(column.name for column in COLUMNS), "marks")
            found = fetched(self._backend, rows if limit is None else rows.limit(limit))
        return typed(found, CONNECTIONS)

    def to_pandas(self, limit: int | None = None) -> pd.DataFrame:
        """Return the flows as they were recorded, sorted by time; columns as in `frames.ROWS`.

        Parameters
        ----------
        limit : int, optional
            At most this many, the earliest.

        Returns
        -------
        DataFrame
            Columns as in `frames.ROWS`.
        """
        rows = self._rows.order_by(["time_start", ROW_ID.name]).select([column.name for column in COLUMNS])
        found = fetched(self._backend, rows if limit is None else rows.limit(limit))
        return typed(found, ROWS)

    def to_parquet(self, path: str | Path) -> None:
        """Write the flows as they were recorded to a Parquet file, some at a time.

        `load_flows` takes it with a mapping, ``mapping=TableMapping()``, and finds the same clients.

        Parameters
        ----------
        path : str or Path
            Until it is complete, an older file is as it was.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        write_rows(self._rows, self._backend, Path(path))

    def to_networkx(self) -> nx.MultiDiGraph[str]:
        """Return a graph with a node per peer and an edge per row of `edges`, whose columns are its attributes."""
        return graph_of(self.edges())

    @property
    def reused_addresses(self) -> tuple[str, ...]:
        """The addresses that several pods had one after another, or at once, as far as the cluster and pods say."""
        return tuple(self._reused)

    @property
    def _reused(self) -> Sequence[str]:
        return () if self._lookups is None else self._lookups.reused_addresses

    @property
    def _known_answers(self) -> ir.Table | None:
        return None if self._answers is None else self._answers.known

    @cached_property
    def _lookups(self) -> Lookups | None:
        if self._cluster is None:
            return None
        from workbench.flows.rules.cluster import lookups_of  # noqa: PLC0415  (brings what reads manifests)

        return lookups_of(self._cluster, self._lifetimes)


def _minute(moment: pd.Timestamp) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"
