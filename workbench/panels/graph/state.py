"""The network graph without its widgets: change what is asked for, and the picture follows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
from traitlets import Any as AnyValue
from traitlets import Instance, Int, Unicode, observe, validate

from workbench.drawing import (
    MOST_EACH,
    Box,
    Edge,
    Element,
    Frame,
    Graph,
    Limits,
    Line,
    Picture,
    compose,
    difference_graph,
    traffic_graph,
)
from workbench.flows import Status
from workbench.ground import ArgumentError, WorkbenchError, count_of, installed_version, natural_order
from workbench.panels.frame import Scope
from workbench.panels.graph.edge_rows import edges_frame, end_name
from workbench.panels.graph.exports import EXPORTS, Shown, about
from workbench.panels.graph.filters import SPANS, VIEW_WORDS, GraphFilters, checked
from workbench.panels.graph.views import SavedViews

if TYPE_CHECKING:
    from workbench.connectivity import ConnectivityDiff
    from workbench.flows import Flows

__all__ = ["SPANS", "VIEW_WORDS", "NetworkGraphState"]

MOST_ROWS: Final = 10_000
"""Rows of the table of all connections: what a page can show, and is made in about a second."""
_OF_NODES: Final = ("workloads", "search", "labels", "address", "find", "hide")
"""Filters that may tell workloads apart which policies treat alike."""
_OF_PICTURE: Final = (*GraphFilters.filters, "view", "find", "opened", "merged")


_EDGE: Final = ("src", "dst", "protocol", "port", "cluster")
"""The columns of `Flows.edges` that an edge is told by."""


def _key_of(row: Mapping[Any, Any]) -> tuple[str, ...]:
    return tuple(str(row[name]) for name in _EDGE)


def _end_names(element: Box | Frame) -> list[str]:
    """Return what flows and answers call the members of a node."""
    return [end_name(one) for node in element.nodes for one in (node.members or (node,))]


def _now() -> datetime:
    return datetime.now(UTC)


class NetworkGraphState(GraphFilters):
    """What is seen of a cluster and its flows as a graph, and what is looked at in it.

    Parameters
    ----------
    scope : Scope
        What is looked at; panels that share it share namespaces, the window of time, and what is selected.
    node_limit, line_limit : int, optional
        Above either, namespaces are drawn as one node each.
    now : callable, optional
        Returns the time.
    **traits
        The initial value of any trait.

    Attributes
    ----------
    before : ConnectivityDiff, Connectivity or Cluster, or None
        What the view "difference" compares with: what was allowed before, or what changed since.
    graph : Graph
        All there is to draw.
    picture : Picture
        What is drawn of it: follows from everything else.
    chosen : str
        Key of the picture's element that is looked at; empty for none.
    saved : SavedViews
        The saved views: what was chosen, by name.
    fits : int
        Counts requests to fit the picture into its place.
    """

    before = AnyValue(None, allow_none=True)
    graph = Instance(Graph)
    picture = Instance(Picture)
    chosen = Unicode()
    fits = Int()

    def __init__(
        self,
        scope: Scope,
        *,
        node_limit: int = Limits().boxes,
        line_limit: int = Limits().lines,
        now: Callable[[], datetime] = _now,
        **traits: Any,  # noqa: ANN401  (each trait has its own type)
    ) -> None:
        self._waiting, self._stale = True, {"graph"}
        self._limits, self._now = Limits(node_limit, line_limit), now
        self._unchanged = 0
        self._late = self._odd = ""
        self._spanning = self._selecting = False
        super().__init__(scope, **{"namespaces": scope.selection.namespaces, **traits})
        scope.observe(self._replaced, ["cluster", "flows"])
        scope.observe(lambda _change: self._mark("graph"), ["baselines", "address_book"])
        self.selection.observe(self._narrowed, "namespaces")
        self.selection.observe(self._windowed, "window")
        self.selection.observe(self._pointed, ["workloads", "edge"])
        self.saved = SavedViews(self)
        self._spanned()
        self._waiting = False
        self._refresh()

    # --- what there is to choose from ------------------------------------------------------------------------------

    @property
    def all_namespaces(self) -> tuple[str, ...]:
        """The namespaces, in natural order."""
        names = {workload.namespace for workload in self.scope.cluster.objects.workloads}
        if self.trait_has_value("graph"):
            names |= {group.name for group in self.graph.framed}
        return tuple(sorted(names, key=natural_order))

    @property
    def all_sources(self) -> tuple[str, ...]:
        """The formats of the recordings."""
        flows = self.scope.flows
        return () if flows is None else tuple(sorted(set(flows.summary()["source_format"])))

    @validate("namespaces", "opened")
    def _known_namespaces(self, proposal: dict[str, Any]) -> tuple[str, ...]:
        outside = {node.group.name for node in self.graph.nodes.values()} if self.trait_has_value("graph") else set()
        known = self.all_namespaces
        if proposal["trait"].name == "opened":
            known = (*known, *sorted(outside - set(known)))
        return checked(proposal, known, "namespace")

    @validate("sources")
    def _known_sources(self, proposal: dict[str, Any]) -> tuple[str, ...]:
        return checked(proposal, self.all_sources, "source")

    # --- what follows from what ------------------------------------------------------------------------------------

    @contextmanager
    def several(self) -> Iterator[None]:
        """Change several things in a block, and draw once."""
        was, self._waiting = self._waiting, True
        try:
            yield
        finally:
            self._waiting = was
            self._refresh()

    @observe("before", "sources")
    def _other_graph(self, _change: object) -> None:
        self._mark("graph")

    @observe("view")
    def _other_view(self, change: Any) -> None:  # noqa: ANN401  (as traitlets has it)
        self._mark("graph" if "difference" in {change.old, change.new} else "picture")

    @observe(*(name for name in _OF_PICTURE if name not in {"view", "sources"}))
    def _other_picture(self, change: Any) -> None:  # noqa: ANN401  (as traitlets has it)
        if change.name == "namespaces":
            self.selection.namespaces = self.namespaces
        if change.name == "span":
            self._spanned()
        self._mark("graph" if change.name in _OF_NODES and self._is_crowded else "picture")

    def _mark(self, what: str) -> None:
        self._stale.add(what)
        self._refresh()

    def _refresh(self) -> None:
        if self._waiting or not self._stale:
            return
        if "graph" in self._stale:
            self.graph = self._made_graph()
        self._stale = set()
        picture = compose(self.graph, self.choice, self._limits, shares_boxes=False)
        with self.hold_trait_notifications():
            self.picture = picture
            self._pointed(None)

    def _replaced(self, _change: object) -> None:
        """Look at another cluster: what is not there any more is asked for no longer."""
        with self.several():
            known = self.all_namespaces_of_cluster
            self.namespaces = tuple(name for name in self.namespaces if name in known)
            self.opened, self.sources = (), tuple(name for name in self.sources if name in self.all_sources)
            self._stale.add("graph")

    @property
    def all_namespaces_of_cluster(self) -> frozenset[str]:
        """The namespaces in which the cluster has workloads."""
        return frozenset(workload.namespace for workload in self.scope.cluster.objects.workloads)

    def _narrowed(self, _change: object) -> None:
        known = self.all_namespaces
        self.namespaces = tuple(name for name in self.selection.namespaces if name in known)

    def _windowed(self, change: Any) -> None:  # noqa: ANN401  (as traitlets has it)
        if not self._spanning:
            self._late = ""
            self.span = "all time" if change.new == (None, None) else ""
        self._mark("graph")

    # --- time ------------------------------------------------------------------------------------------------------

    def _spanned(self) -> None:
        if self.span:
            self._spanning = True
            try:
                self.selection.window = self._window_of(self.span)
            finally:
                self._spanning = False

    def _window_of(self, span: str) -> tuple[datetime | None, datetime | None]:
        """Return the window of a span: until now, or until the last flow where that is older."""
        length, self._late = SPANS.get(span), ""
        flows = self.scope.flows
        if length is None or flows is None:
            return None, None
        last, now = flows.period[1], self._now()
        if last is None or now - last < length:
            return now - length, None
        self._late = f"The {span} ends with the last flow that was seen, {last:%Y-%m-%d %H:%M} UTC."
        return last - length, None

    # --- the graph -------------------------------------------------------------------------------------------------

    @property
    def _is_crowded(self) -> bool:
        return self.view != "difference" and self.scope.connectivity.count() > MOST_EACH

    def _made_graph(self) -> Graph:
        self._unchanged, self._odd = 0, ""
        if self.view == "difference":
            graph, self._unchanged = difference_graph(self._difference())
            return graph
        connectivity = self.scope.connectivity
        flows, judgement = self.scope.judged(self.sources)
        odd = frozenset() if flows is None else self._anomalous(flows)
        graph = traffic_graph(
            connectivity,
            flows,
            marks=self.choice.marks if self._is_crowded else None,
            problems=connectivity.problems_found,
            judgement=judgement,
            is_anomalous=(lambda row: _key_of(row) in odd) if odd else None,
        )
        if odd and judgement is not None:
            drawn_so = sum(one.status is Status.ACTIVE and _key_of(one.row) in odd for one in judgement.seen)
            rest = " The others are denied or not certainly allowed, and drawn as that." if drawn_so < len(odd) else ""
            self._odd = f"In no baseline: {count_of(len(odd), 'edge')}, {drawn_so:,} of them drawn so.{rest}"
        return graph

    def _anomalous(self, flows: Flows) -> frozenset[tuple[str, ...]]:
        """Return what tells the edges that are in no baseline; nothing is said where there are no baselines."""
        try:
            baselines = self.scope.baselines
        except WorkbenchError as error:
            self._odd = f"What is in no baseline is not known: {error}"
            return frozenset()
        if not baselines:
            return frozenset()
        edges = flows.edges()
        is_odd = (baselines.status(edges)["status"] == "anomalous").to_numpy()
        return frozenset(map(_key_of, edges.loc[is_odd, list(_EDGE)].to_dict("records")))

    def _difference(self) -> ConnectivityDiff:
        from workbench.connectivity import Connectivity, ConnectivityDiff, diff, evaluate  # noqa: PLC0415  (costly)
        from workbench.inventory import Cluster  # noqa: PLC0415  (as above)

        if isinstance(self.before, ConnectivityDiff):
            return self.before
        now = self.scope.connectivity
        if isinstance(self.before, Cluster):
            return diff(evaluate(self.before), now)
        if self.before is None or isinstance(self.before, Connectivity):
            return diff(self.before or now, now)
        message = f"before takes a Cluster, a Connectivity or a ConnectivityDiff, not {type(self.before).__name__}"
        raise ArgumentError(message)

    # --- what is done ----------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Take all filters away."""
        with self.several():
            for name in self.filters:
                if getattr(self, name) != (default := self.trait_defaults(name)):
                    self.set_trait(name, default)

    def fit(self) -> None:
        """Fit the picture into its place."""
        self.fits += 1

    def select(self, key: str) -> None:
        """Look at the element `key`, in all panels of the scope; at nothing where it was looked at already.

        Parameters
        ----------
        key : str
        """
        self.chosen = "" if key == self.chosen else key
        element = self.element
        self._selecting = True
        try:
            if element is None:
                self.selection.clear()
            elif isinstance(element, Line):
                self._select_line(element)
            else:
                self.selection.select_workload(*_end_names(element))
        finally:
            self._selecting = False

    def _select_line(self, line: Line) -> None:
        nodes = self.graph.nodes
        pairs = {(end_name(nodes[edge.src]), end_name(nodes[edge.dst])) for edge in line.edges}
        src, dst = min(pairs)
        if pairs <= {(src, dst), (dst, src)}:
            self.selection.select_edge(src, dst)
        else:
            self.selection.select_workload(*sorted({end for pair in pairs for end in pair}))

    def _pointed(self, _change: object) -> None:
        """Look at what was selected elsewhere."""
        if self._selecting:
            return
        edge, names = self.selection.edge, set(self.selection.workloads)
        nodes = self.graph.nodes
        if edge is not None:
            found = [
                line.key
                for line in self.picture.lines
                if any((end_name(nodes[one.src]), end_name(nodes[one.dst])) == edge for one in line.edges)
            ]
        else:
            ends = {element.key: set(_end_names(element)) for element in self.picture.nodes}
            whole = [key for key, held in ends.items() if held == names]
            found = whole or [box.key for box in self.picture.boxes if ends[box.key] & names]
        self.chosen = found[0] if found else ""

    @property
    def element(self) -> Element | None:
        """What is looked at; None for nothing."""
        return self.picture.elements.get(self.chosen)

    def may_open(self, element: Element | None) -> bool:
        """Tell whether an element stands for a group that can be drawn one by one.

        Parameters
        ----------
        element : Element or None
        """
        return isinstance(element, Box) and element.summed_up and not element.rest and not element.stub

    def may_close(self, element: Element | None) -> bool:
        """Tell whether an element belongs to what was opened.

        Parameters
        ----------
        element : Element or None
        """
        return isinstance(element, Box | Frame) and self.picture.summed_up and element.group.name in self.opened

    def open(self, group: str) -> None:
        """Draw a namespace, or a side of the outside, one by one.

        Parameters
        ----------
        group : str
            Its name.
        """
        self.opened = (*self.opened, group) if group not in self.opened else self.opened

    def close(self, group: str) -> None:
        """Draw it as one node again.

        Parameters
        ----------
        group : str
            Its name.
        """
        self.opened = tuple(name for name in self.opened if name != group)

    # --- what is said ----------------------------------------------------------------------------------------------

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is shown, then what is not, a sentence each."""
        said = [f"{self.picture.summary().capitalize()}.", *self.picture.missing]
        if self.view == "difference":
            said += [f"{count_of(self._unchanged, 'unchanged connection')} not drawn."] if self._unchanged else []
        elif self.scope.flows is None:
            said.append("There are no flows: only what is allowed is known.")
        if self.find:
            said.append(f"{count_of(len(self.picture.found), 'element')} found.")
        return (*said, *filter(None, (self._odd, self._late, self.scope.why_unnamed)))

    def shown_edges(self, limit: int | None = MOST_ROWS) -> pd.DataFrame:
        """Return the connections that arrows stand for.

        Parameters
        ----------
        limit : int or None
            At most this many rows; None for all.

        Returns
        -------
        DataFrame
            Columns as in `frames.GRAPH_EDGES`.
        """
        drawn = self._drawn
        return edges_frame(self.graph, drawn[:limit], drawn)

    @property
    def _drawn(self) -> list[Edge]:
        return [edge for line in self.picture.lines for edge in line.edges]

    def all_edges(self, limit: int | None = MOST_ROWS) -> pd.DataFrame:
        """Return all connections of the graph, whatever filters ask for; those that are drawn first.

        Parameters
        ----------
        limit : int or None
            At most this many rows; None for all.

        Returns
        -------
        DataFrame
            Columns as in `frames.GRAPH_EDGES`.
        """
        drawn = self._drawn
        keys = {edge.key for edge in drawn}
        every = [*drawn, *(edge for edge in self.graph.edges if edge.key not in keys)]
        return edges_frame(self.graph, every[:limit], drawn)

    def edges_of(self, element: Element) -> tuple[list[Edge], list[Edge]]:
        """Return the connections that enter, and those that leave, the members of an element, drawn or not.

        For an arrow, none enter and its own leave.

        Parameters
        ----------
        element : Element
        """
        if isinstance(element, Line):
            return [], list(element.edges)
        members = {node.id for node in element.nodes}
        entering = [edge for edge in self.graph.edges if edge.dst in members]
        leaving = [edge for edge in self.graph.edges if edge.src in members]
        return entering, leaving

    def export(self, kind: str, *, source: str = "") -> bytes:
        """Return what is shown as a file.

        Parameters
        ----------
        kind : str
            One of `EXPORTS`.
        source : str, optional
            What was looked at, in words; by default, how much that is.

        Raises
        ------
        ArgumentError
            If there is no such kind.
        """
        if kind not in EXPORTS:
            message = f"there is no export {kind!r}; there are {', '.join(EXPORTS)}"
            raise ArgumentError(message)
        problems = len(self.scope.connectivity.problems_found)
        lines = about(installed_version(), self._now(), source or self.graph.sentence, problems, self.sentences)
        return EXPORTS[kind].write(Shown(self.picture, partial(self.shown_edges, None), lines, self.sentences))
