"""What a person asked to see of a graph, how much can be drawn of it, and what is not drawn, counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Final, Literal, NamedTuple, Protocol

from workbench.drawing.expressions import Expression
from workbench.drawing.graph import GraphNode
from workbench.ground import NO_PORTS, AddressSet, PortSet, count_of

__all__ = ["Choice", "LeftOut", "Limits", "Missing", "Reason", "Side"]

Side = Literal["", "ingress", "egress"]
"""Which connections of what was chosen: those that end there, those that begin there, or both."""
NO_ADDRESSES: Final = AddressSet()


class LabelTest(Protocol):
    """What tells whether labels are meant, such as a selector."""

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether these labels are meant."""
        ...


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a picture can hold and still be read: beyond it is a hairball, and laying it out takes minutes."""

    boxes: int = 150
    lines: int = 300
    stubs: int = 20


class Reason(StrEnum):
    """Why something is left out of a picture, in the order in which that is asked; the value says it in words."""

    VIEW = "not in this view"
    OUTSIDE = "outside the cluster, which is switched off"
    PLATFORM = "of the platform, which is hidden"
    HIDDEN = "hidden by the expression"
    FILTER = "left out by the filters"


class Missing(NamedTuple):
    """How much is not drawn.

    Attributes
    ----------
    connections, nodes : int
    """

    connections: int = 0
    nodes: int = 0

    def __str__(self) -> str:
        """Return it in words: ``8,075 connections and 3 nodes``."""
        parts = [(self.connections, "connection"), (self.nodes, "node")]
        return " and ".join(count_of(number, noun) for number, noun in parts if number)


LeftOut = Mapping[Reason, Missing]
"""What was left out before anything was drawn."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person asked to see. What is empty does not matter; all of the others must be met.

    Those up to `addresses` choose nodes: what these have connections with is drawn in grey beside them.

    Attributes
    ----------
    groups : frozenset of str
        These of the groups with frames only.
    nodes : frozenset of str
        Only these, by id, or by name with or without the group; ``*`` stands for any characters.
    search : str
        Only nodes whose name or kind contains the text (in any case).
    labels : LabelTest or None
        Only nodes with such labels.
    addresses : AddressSet
        Only nodes with any of these addresses.
    ports : PortSet
        Only connections on any of these ports.
    styles : frozenset of str
        Only connections of these styles.
    side : {"", "ingress", "egress"}
        Only connections that end at what was chosen, or begin there.
    view : frozenset of str
        Only connections of these styles, whatever `styles` asks for; nodes stay without them.
    outside : bool
        What stands in no frame, too.
    platform : frozenset of str
        Groups that are not drawn, ``*`` stands for any characters; nor are, if there are any, questions to name
        servers.
    hide : Expression or None
        What is not drawn.
    find : Expression or None
        What is to be marked.
    opened : frozenset of str
        Groups to be drawn node by node even where the others are summed up.
    merged : bool
        Whether both directions of a pair are one line where their styles are equal.
    """

    groups: frozenset[str] = frozenset()
    search: str = ""
    outside: bool = True
    opened: frozenset[str] = frozenset()
    nodes: frozenset[str] = frozenset()
    labels: LabelTest | None = None
    addresses: AddressSet = NO_ADDRESSES
    ports: PortSet = NO_PORTS
    styles: frozenset[str] = frozenset()
    side: Side = ""
    view: frozenset[str] = frozenset()
    platform: frozenset[str] = frozenset()
    hide: Expression | None = None
    find: Expression | None = None
    merged: bool = False

    @property
    def chooses_nodes(self) -> bool:
        """Whether not all nodes are asked for."""
        return bool(self.groups or self.nodes or self.search.strip() or self.labels is not None or self.addresses)

    @property
    def chooses_edges(self) -> bool:
        """Whether not all connections are asked for: nodes without any that are stay out then."""
        return bool(self.ports or self.styles or self.side)

    @property
    def filters(self) -> bool:
        """Whether any filter is set."""
        return self.chooses_nodes or self.chooses_edges

    def wants(self, node: GraphNode) -> bool:
        """Tell whether a node is asked for.

        Parameters
        ----------
        node : GraphNode
        """
        one = node.sample
        if self.groups and not (node.group.framed and node.group.name in self.groups):
            return False
        return self._names(one) and self._describes(one)

    def _names(self, one: GraphNode) -> bool:
        spellings = ("".join(one.label), one.name, one.id)
        if self.nodes and not any(_is_like(text, name) for name in self.nodes for text in spellings):
            return False
        text = self.search.strip().lower()
        return not text or text in f"{one.name}[{one.kind}]".lower()

    def _describes(self, one: GraphNode) -> bool:
        if self.labels is not None and not (one.group.framed and self.labels.matches(one.labels)):
            return False
        return not self.addresses or bool(one.addresses is not None and one.addresses & self.addresses)

    def dropped(self, node: GraphNode) -> Reason | None:
        """Return why a node is not drawn whatever filters ask for; None where it may be.

        Parameters
        ----------
        node : GraphNode
        """
        if not node.group.framed and not self.outside:
            return Reason.OUTSIDE
        if node.group.framed and any(_is_like(node.group.name, name) for name in self.platform):
            return Reason.PLATFORM
        if self.hide is not None and self.hide.finds_node(node):
            return Reason.HIDDEN
        return None

    def marks(self, node: GraphNode) -> tuple[object, ...]:
        """Return what of a node decides whether it is drawn: two with equal marks are equal to all that is asked.

        Parameters
        ----------
        node : GraphNode
        """
        expressions = (one for one in (self.hide, self.find) if one is not None)
        return (self._names(node), self._describes(node), *(mark for one in expressions for mark in one.marks(node)))


def _is_like(text: str, name: str) -> bool:
    return fnmatchcase(text, name) if "*" in name else text == name
