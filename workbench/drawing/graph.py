"""What there is to draw, and how it looks: nodes in groups, and styled edges between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from workbench.ground import AddressSet, count_of

__all__ = ["Edge", "Fill", "Graph", "GraphNode", "Group", "Stroke", "Theme"]


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
    """

    framed: bool
    name: str
    noun: str = "workload"


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
    """

    id: str
    label: tuple[str, ...]
    group: Group
    kind: str = ""
    style: str = ""
    addresses: AddressSet | None = None

    @property
    def name(self) -> str:
        """The label in one line, with the group where that has a frame."""
        return f"{self.group.name}/{''.join(self.label)}" if self.group.framed else "".join(self.label)


class Edge(NamedTuple):
    """An arrow between two nodes, which are named by their ids.

    `style` is the key of its `Stroke`; `wide` marks an edge that has no limit to what goes over it.
    """

    src: str
    dst: str
    label: str
    style: str
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """How the edges of a style look, and what the legend says of them.

    Attributes
    ----------
    word : str
        What they are called where edges of several styles are counted; empty where the style says nothing
        but where an edge leads.
    """

    color: str
    legend: str
    word: str = ""
    dashed: bool = False
    width: float = 1


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


@dataclass(frozen=True)
class Graph:
    """All there is to draw.

    Attributes
    ----------
    edges : sequence of Edge
        No two with the same ends and style.
    noun : str
        What an edge is.
    size : str
        How much there is, in one sentence; empty for that which `sentence` makes.
    """

    nodes: Mapping[str, GraphNode]
    edges: Sequence[Edge]
    theme: Theme
    noun: str = "allowed connection"
    size: str = ""

    @property
    def short_noun(self) -> str:
        """What an edge is, in one word."""
        return self.noun.rpartition(" ")[2]

    @cached_property
    def framed(self) -> Counter[Group]:
        """How many nodes there are in each group with a frame."""
        return Counter(node.group for node in self.nodes.values() if node.group.framed)

    @property
    def sentence(self) -> str:
        """How much there is."""
        workloads = count_of(self.framed.total(), "workload")
        groups = count_of(len(self.framed), "namespace")
        return self.size or f"{workloads} in {groups}, {count_of(len(self.edges), self.noun)}."
