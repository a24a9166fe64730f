"""What there is to draw, and how it looks: nodes in groups, and styled edges between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from workbench.ground import NO_PORTS, AddressSet, PortSet, count_of

__all__ = [
    "NO_BADGES",
    "NO_FACTS",
    "Badges",
    "Dash",
    "Edge",
    "EdgeKey",
    "Facts",
    "Fill",
    "Graph",
    "GraphNode",
    "Group",
    "Head",
    "Isolation",
    "Shape",
    "Stroke",
    "Theme",
]


class Shape(StrEnum):
    """What a node's outline is; the values are the words of a legend, and what cytoscape calls it."""

    ROUND_RECTANGLE = "round-rectangle"
    RECTANGLE = "rectangle"
    BARREL = "barrel"
    HEXAGON = "hexagon"
    CUT_RECTANGLE = "cut-rectangle"
    ELLIPSE = "ellipse"
    OCTAGON = "octagon"
    DIAMOND = "diamond"

    @property
    def words(self) -> str:
        """As people say it."""
        return self.value.replace("-", " ")


_SHAPES: Final[Mapping[str, Shape]] = MappingProxyType(
    {
        "StatefulSet": Shape.BARREL,
        "DaemonSet": Shape.HEXAGON,
        "Job": Shape.CUT_RECTANGLE,
        "CronJob": Shape.CUT_RECTANGLE,
        "Pod": Shape.ELLIPSE,
        "Node": Shape.OCTAGON,
        "IngressController": Shape.DIAMOND,
    }
)
"""Of the kinds that have one of their own; others look like a Deployment."""


class Isolation(StrEnum):
    """In which directions some policy restricts a workload (RHACS E13)."""

    BOTH = "both"
    INGRESS = "ingress"
    EGRESS = "egress"
    NONE = "none"

    @property
    def words(self) -> str:
        """As a legend says it."""
        return _ISOLATIONS[self]


_ISOLATIONS: Final[Mapping[Isolation, str]] = MappingProxyType(
    {
        Isolation.BOTH: "policies restrict ingress and egress",
        Isolation.INGRESS: "policies restrict ingress only",
        Isolation.EGRESS: "policies restrict egress only",
        Isolation.NONE: "no policy restricts it",
    }
)


@dataclass(frozen=True, slots=True)
class Badges:
    """The small marks on a node.

    Attributes
    ----------
    isolation : Isolation or None
        None where it is not known, or means nothing.
    exposed : bool
        Whether it may be reached from outside, or was.
    problems : int
        How many problems its objects have.
    anomalies : int
        How many of its flows are in no baseline.
    """

    isolation: Isolation | None = None
    exposed: bool = False
    problems: int = 0
    anomalies: int = 0

    def __or__(self, other: Badges) -> Badges:
        """Return the badges of two nodes that are drawn as one."""
        isolation = self.isolation if self.isolation is other.isolation else None
        return Badges(
            isolation,
            self.exposed or other.exposed,
            self.problems + other.problems,
            self.anomalies + other.anomalies,
        )


NO_BADGES: Final = Badges()


_NO_LABELS: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """Where nodes belong.

    Attributes
    ----------
    framed : bool
        Whether a box is drawn around its nodes. Other groups are drawn first, and only what has edges of them.
    name : str
        What no other group is called.
    noun : str
        What its nodes are, to be counted.
    way : str
        Word before the name of a node that another group has, too, such as the same addresses as source and as
        destination.
    """

    framed: bool
    name: str
    noun: str = "workload"
    way: str = ""


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One end of edges.

    Attributes
    ----------
    id : str
        What no other node is called.
    label : tuple of str
        Its name within its group, in lines.
    kind : str
        Written below its name, and gives it a shape in panels; empty for none.
    style : str
        Key of its `Fill`; empty for none. Nodes of different styles share no box.
    addresses : AddressSet or None
        What it stands for, where that is addresses.
    badges : Badges
    labels : mapping of str to str
        Its labels, to be filtered by.
    stub : bool
        Whether it is drawn only because something has an edge with it that was asked for: in grey.
    members : tuple of GraphNode
        Those that it stands for, where these are many that no edge tells apart; empty for itself.
    """

    id: str
    label: tuple[str, ...]
    group: Group
    kind: str = ""
    style: str = ""
    addresses: AddressSet | None = None
    badges: Badges = NO_BADGES
    labels: Mapping[str, str] = field(default_factory=lambda: _NO_LABELS, compare=False)
    stub: bool = False
    members: tuple[GraphNode, ...] = field(default=(), compare=False)

    @property
    def number(self) -> int:
        """How many it stands for."""
        return len(self.members) or 1

    @property
    def sample(self) -> GraphNode:
        """One of those that it stands for: whatever filters ask, all of them answer the same."""
        return self.members[0] if self.members else self

    @property
    def shape(self) -> Shape:
        """Its outline: that of its kind."""
        return _SHAPES.get(self.kind, Shape.ROUND_RECTANGLE if self.group.framed else Shape.RECTANGLE)

    @property
    def name(self) -> str:
        """The label in one line, with the group where that has a frame."""
        label = (" " if self.members else "").join(self.label)
        return f"{self.group.name}/{label}" if self.group.framed else label


EdgeKey: TypeAlias = tuple[str, str, str]
"""What no other edge of a graph is called: source, destination, and style."""


class Edge(NamedTuple):
    """An arrow between two nodes, which are named by their ids.

    Attributes
    ----------
    src, dst : str
    label : tuple of str
        What is written at it, in lines: most often its ports, a line for each protocol.
    style : str
        The key of its `Stroke`.
    wide : bool
        Whether there is no limit to what goes over it.
    weight : int
        How much was seen to go over it, in connections; 0 where nothing was, or where that is not known.
    ports : PortSet
        What it is about, to be filtered by; those that are not allowed where it is denied.
    number : int
        How many connections it stands for: more than one between nodes that stand for many.
    """

    src: str
    dst: str
    label: tuple[str, ...]
    style: str
    wide: bool = False
    weight: int = 0
    ports: PortSet = NO_PORTS
    number: int = 1

    @property
    def key(self) -> EdgeKey:
        """What its facts are found by."""
        return self.src, self.dst, self.style


class Facts(NamedTuple):
    """What is known of an edge beside what is drawn of it.

    Attributes
    ----------
    flows, connections : int
        How often it was seen: rows of the sources, and connections; 0 where it was not.
    bytes, packets : int or None
        Both ways together; None where no source says it.
    first_seen, last_seen : datetime or None
    sources : tuple of str
        The formats of the recordings in which it was seen.
    policies : tuple of str
        Those that allow or deny it, as ``Kind namespace/name``.
    protocols : tuple of str
        Of what has no port: ICMP and the like.
    reason : str
        Why that is not certain, or what else there is to know.
    """

    flows: int = 0
    connections: int = 0
    bytes: int | None = None
    packets: int | None = None
    first_seen: datetime | None = None
    last_seen: datetime | None = None
    sources: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    protocols: tuple[str, ...] = ()
    reason: str = ""


NO_FACTS: Final = Facts()


class Dash(StrEnum):
    """How a line is broken; the values are the words of a legend."""

    SOLID = "solid"
    DASHED = "dashed"
    DOTTED = "dotted"
    LONG = "long dashes"
    MIXED = "dash and dot"


class Head(StrEnum):
    """What is at the end of a line; the values are the words of a legend."""

    ARROW = "arrow"
    BAR = "bar"
    RING = "ring"
    DIAMOND = "diamond"


@dataclass(frozen=True, slots=True)
class Stroke:
    """How the edges of a style look, and what the legend says of them.

    Attributes
    ----------
    color : str
        On white.
    word : str
        What they are called where edges of several styles are counted; empty where the style says nothing
        but where an edge leads.
    dark : str
        Its colour on black; empty for that on white.
    """

    color: str
    legend: str
    word: str = ""
    dash: Dash = Dash.SOLID
    width: float = 1
    head: Head = Head.ARROW
    dark: str = ""


@dataclass(frozen=True, slots=True)
class Fill:
    """How the nodes of a style look; `legend` is empty where what is written in them says it."""

    fill: str
    border: str
    legend: str = ""
    dashed: bool = False
    width: float = 1


@dataclass(frozen=True)
class Theme:
    """How a kind of answer looks.

    Attributes
    ----------
    strokes : mapping of str to Stroke
        By the style of edges.
    mixed : Stroke
        That of arrows which stand for edges of several styles.
    nothing : str
        What is said where there is no arrow.
    """

    title: str
    strokes: Mapping[str, Stroke]
    nothing: str
    fills: Mapping[str, Fill] = field(default_factory=dict)
    mixed: Stroke = Stroke("#4b5563", "grey several of these")

    def stroke(self, style: str) -> Stroke:
        """Return the look of an arrow; of one without a style, the mixed one."""
        return self.strokes.get(style, self.mixed)


@dataclass(frozen=True, eq=False)
class Graph:
    """All there is to draw. Equal to itself only: to compare two would ask for the facts of every edge.

    Attributes
    ----------
    edges : sequence of Edge
        No two with the same ends and style.
    noun : str
        What an edge is.
    facts : mapping of (str, str, str) to Facts
        What more is known of edges, by their keys.
    size : str
        How much there is, in one sentence; empty for that which `sentence` makes.
    """

    nodes: Mapping[str, GraphNode]
    edges: Sequence[Edge]
    theme: Theme
    noun: str = "allowed connection"
    size: str = ""
    facts: Mapping[EdgeKey, Facts] = field(default_factory=dict)

    def facts_of(self, edge: Edge) -> Facts:
        """Return what more is known of an edge.

        Parameters
        ----------
        edge : Edge
        """
        return self.facts.get(edge.key, NO_FACTS)

    @property
    def short_noun(self) -> str:
        """What an edge is, in one word."""
        return self.noun.rpartition(" ")[2]

    @cached_property
    def framed(self) -> Counter[Group]:
        """How many nodes there are in each group with a frame."""
        found: Counter[Group] = Counter()
        for node in self.nodes.values():
            if node.group.framed:
                found[node.group] += node.number
        return found

    @cached_property
    def size_in_nodes(self) -> int:
        """How many nodes there are, each of those that one stands for."""
        return sum(node.number for node in self.nodes.values())

    @cached_property
    def number(self) -> int:
        """How many connections there are."""
        return sum(edge.number for edge in self.edges)

    @property
    def sentence(self) -> str:
        """How much there is."""
        workloads = count_of(self.framed.total(), "workload")
        groups = count_of(len(self.framed), "namespace")
        return self.size or f"{workloads} in {groups}, {count_of(self.number, self.noun)}."
