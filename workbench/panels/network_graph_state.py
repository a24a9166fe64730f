"""What a person is looking at in the network graph: filters, what is open, what is selected. No widgets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from traitlets import Bool, HasTraits, Instance, TraitError, Tuple, Unicode, validate

from workbench.connectivity import names_asked
from workbench.inventory import Cluster, no_cluster
from workbench.panels.picture import (
    OUTSIDE,
    Arrow,
    Choice,
    ConnectivityMap,
    Element,
    Limits,
    NodeKind,
    Picture,
    PictureNode,
    compose,
)

if TYPE_CHECKING:
    from workbench.connectivity import Connection

__all__ = ["NetworkGraphState"]


def _computed(connectivity: ConnectivityMap | Cluster) -> ConnectivityMap:
    """Return the map of a cluster, or what is one already.

    Raises
    ------
    TypeError
        If it is neither; the message says what to write.
    """
    if hasattr(connectivity, "peers") and hasattr(connectivity, "connections"):
        return cast("ConnectivityMap", connectivity)
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
    connectivity : ConnectivityMap or Cluster
        What ``evaluate(cluster)`` returns; a cluster is computed first.
    namespaces, search, outside
        As the traits of these names.
    node_limit, arrow_limit : int
        Above either, namespaces are drawn as one node each.

    Attributes
    ----------
    namespaces : tuple of str
        Draw these only; all where it is empty.
    search : str
        Draw only peers whose name contains it, and whom they talk to.
    outside : bool
        Draw address ranges outside the cluster.
    opened : tuple of str
        Namespaces drawn workload by workload where the others are summed up.
    picture : Picture
        What is drawn: follows from the above.
    selection : str
        Key of the picture's element that is looked at; empty for none.
    """

    namespaces = _Names()
    search = Unicode()
    outside = Bool(default_value=True)
    opened = _Names()
    picture = Instance(Picture, args=())
    selection = Unicode()

    def __init__(
        self,
        connectivity: ConnectivityMap | Cluster,
        *,
        namespaces: str | Iterable[str] = (),
        search: str = "",
        outside: bool = True,
        node_limit: int = Limits().nodes,
        arrow_limit: int = Limits().arrows,
    ) -> None:
        super().__init__()
        connectivity = _computed(connectivity)
        self._peers = tuple(connectivity.peers())
        self._connections = tuple(connectivity.connections())
        self._limits = Limits(node_limit, arrow_limit)
        self.all_namespaces = tuple(sorted({peer.namespace for peer in self._peers if peer.namespace}))
        self.namespaces, self.search, self.outside = tuple(names_asked(namespaces)), search, outside
        self.observe(self._compose, ["namespaces", "search", "outside", "opened"])
        self._compose()

    @validate("namespaces", "opened")
    def _known(self, proposal: dict[str, Any]) -> tuple[str, ...]:
        names: tuple[str, ...] = tuple(proposal["value"])
        unknown = sorted(set(names) - {*self.all_namespaces, OUTSIDE})
        if unknown:
            message = f"no namespace {', '.join(unknown)}; there are {', '.join(self.all_namespaces)}"
            raise TraitError(message)
        return names

    def _compose(self, _change: object = None) -> None:
        choice = Choice(frozenset(self.namespaces), self.search, self.outside, frozenset(self.opened))
        self.selection = ""
        self.picture = compose(self._peers, self._connections, choice, self._limits)

    @property
    def selected(self) -> Element | None:
        """The node or arrow that is looked at; None for none."""
        return self.picture.element(self.selection)

    def select(self, key: str) -> None:
        """Look at the element `key`; at nothing where it was looked at already."""
        self.selection = "" if key == self.selection else key

    def may_open(self, element: Element | None) -> bool:
        """Tell whether `element` stands for many that can be drawn one by one."""
        return isinstance(element, PictureNode) and (
            element.kind is NodeKind.SUMMARY or (element.kind is NodeKind.OUTSIDE and element.key == "x")
        )

    def may_close(self, element: Element | None) -> bool:
        """Tell whether `element` belongs to what was opened."""
        return isinstance(element, PictureNode) and self.picture.summarised and self._opening(element) in self.opened

    def open(self, node: PictureNode) -> None:
        """Draw one by one what `node` stands for."""
        self.opened = (*self.opened, self._opening(node))

    def close(self, node: PictureNode) -> None:
        """Draw the namespace of `node` as one node again."""
        self.opened = tuple(name for name in self.opened if name != self._opening(node))

    def connections_of(self, element: Element) -> tuple[list[Connection], list[Connection]]:
        """Return the connections that enter, and those that leave, the members of `element`.

        All of them, whether or not they are drawn; for an arrow, none enter and its own leave.
        """
        if isinstance(element, Arrow):
            return [], list(element.connections)
        members = set(element.members)
        entering = [link for link in self._connections if link.dst in members]
        leaving = [link for link in self._connections if link.src in members]
        return entering, leaving

    @staticmethod
    def _opening(node: PictureNode) -> str:
        return OUTSIDE if node.kind is NodeKind.OUTSIDE else node.namespace
