"""What a person is looking at in the network graph: filters, what is open, what is selected. No widgets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from traitlets import Bool, HasTraits, Instance, TraitError, Tuple, Unicode, validate

from workbench.connectivity import ConnectivityLike, names_asked
from workbench.drawing import Box, Choice, Edge, Element, Frame, Limits, Line, Picture, compose, map_graph
from workbench.inventory import Cluster, no_cluster

__all__ = ["NetworkGraphState"]


def _computed(connectivity: ConnectivityLike | Cluster) -> ConnectivityLike:
    """Return the map of a cluster, or what is one already.

    Raises
    ------
    TypeError
        If it is neither; the message says what to write.
    """
    if hasattr(connectivity, "peers") and hasattr(connectivity, "connections"):
        return cast("ConnectivityLike", connectivity)
    if not isinstance(connectivity, Cluster):
        no_cluster(connectivity, "NetworkGraphPanel")
    from workbench.connectivity import evaluate as compute  # noqa: PLC0415  (numpy takes its time)

    return compute(connectivity)


class _Names(Tuple):
    """Names; a text is one of them, not its letters."""

    def validate(self, obj: Any, value: Any) -> Any:  # noqa: ANN401  (as traitlets has it)
        return super().validate(obj, (value,) if isinstance(value, str) else tuple(value))


class NetworkGraphState(HasTraits):
    """The network graph without its widgets: change a trait, and `picture` follows.

    Parameters
    ----------
    connectivity : ConnectivityLike or Cluster
        What ``evaluate(cluster)`` returns; a cluster is computed first.
    namespaces : iterable of str, optional
        Draw these only.
    search : str, optional
        Draw only peers whose name contains it, and those that they talk to.
    outside : bool, optional
        Draw address ranges outside the cluster.
    node_limit, arrow_limit : int
        Above either, namespaces are drawn as one node each.

    Attributes
    ----------
    namespaces : tuple of str
        Draw these only; all where it is empty.
    search : str
        Draw only peers whose name contains it, and the peers that they talk to.
    outside : bool
        Draw address ranges outside the cluster.
    opened : tuple of str
        Namespaces drawn workload by workload, and sides of the outside range by range, where the others are summed up.
    graph : Graph
        All there is to draw.
    picture : Picture
        What is drawn of it: follows from the above.
    selection : str
        Key of the picture's element that is looked at; empty for none.
    """

    namespaces = _Names()
    search = Unicode()
    outside = Bool(default_value=True)
    opened = _Names()
    picture = Instance(Picture)
    selection = Unicode()

    def __init__(
        self,
        connectivity: ConnectivityLike | Cluster,
        *,
        namespaces: str | Iterable[str] = (),
        search: str = "",
        outside: bool = True,
        node_limit: int = Limits().boxes,
        arrow_limit: int = Limits().lines,
    ) -> None:
        super().__init__()
        connectivity = _computed(connectivity)
        self.graph = map_graph(connectivity.peers("merged"), connectivity.connections("merged"))
        self._limits = Limits(node_limit, arrow_limit)
        self.all_namespaces = tuple(sorted(group.name for group in self.graph.framed))
        self.namespaces, self.search, self.outside = tuple(names_asked(namespaces)), search, outside
        self.observe(self._compose, ["namespaces", "search", "outside", "opened"])
        self._compose()

    @validate("namespaces", "opened")
    def _known(self, proposal: dict[str, Any]) -> tuple[str, ...]:
        names: tuple[str, ...] = tuple(proposal["value"])
        unknown = sorted(set(names) - {node.group.name for node in self.graph.nodes.values()})
        if unknown:
            message = f"no namespace {', '.join(unknown)}; there are {', '.join(self.all_namespaces)}"
            raise TraitError(message)
        return names

    def _compose(self, _change: object = None) -> None:
        choice = Choice(frozenset(self.namespaces), self.search, self.outside, frozenset(self.opened))
        self.selection = ""
        self.picture = compose(self.graph, choice, self._limits, shares_boxes=False)

    @property
    def selected(self) -> Element | None:
        """The node or arrow that is looked at; None for none."""
        return self.picture.elements.get(self.selection)

    def select(self, key: str) -> None:
        """Look at the element `key`; at nothing where it was looked at already."""
        self.selection = "" if key == self.selection else key

    def may_open(self, element: Element | None) -> bool:
        """Tell whether `element` stands for many that can be drawn one by one."""
        return isinstance(element, Box) and element.summed_up

    def may_close(self, element: Element | None) -> bool:
        """Tell whether `element` belongs to what was opened."""
        return isinstance(element, Box | Frame) and self.picture.summed_up and element.group.name in self.opened

    def open(self, element: Box | Frame) -> None:
        """Draw one by one what `element` stands for."""
        self.opened = (*self.opened, element.group.name)

    def close(self, element: Box | Frame) -> None:
        """Draw the group of `element` as one node again."""
        self.opened = tuple(name for name in self.opened if name != element.group.name)

    def edges_of(self, element: Element) -> tuple[list[Edge], list[Edge]]:
        """Return the connections that enter, and those that leave, the members of `element`.

        All of them, whether or not they are drawn; for an arrow, none enter and its own leave.
        """
        if isinstance(element, Line):
            return [], list(element.edges)
        members = {node.id for node in element.nodes}
        entering = [edge for edge in self.graph.edges if edge.dst in members]
        leaving = [edge for edge in self.graph.edges if edge.src in members]
        return entering, leaving
