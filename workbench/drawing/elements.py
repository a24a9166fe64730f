"""What a picture is made of: boxes that stand for nodes, lines that stand for edges, frames around boxes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import or_

from workbench.drawing.graph import Badges, Edge, GraphNode, Group, Shape

__all__ = ["Box", "Element", "Frame", "Line"]


@dataclass(frozen=True, slots=True)
class Box:
    """One node of a picture: nodes that no edge tells apart, or all nodes of a group, summed up.

    One that is summed up and has a `rest` stands in the frame of its group for those that are too many to be drawn.
    `way` is a word that goes before its name, where a box of another group has the same name.
    `key`, as those of lines and frames, is made for the picture: it holds nothing that was read from a cluster.
    """

    key: str
    group: Group
    nodes: tuple[GraphNode, ...]
    summed_up: bool = False
    rest: bool = False
    way: str = ""

    @property
    def framed(self) -> bool:
        """Whether it stands in the frame of its group."""
        return self.group.framed and (not self.summed_up or self.rest)

    @property
    def number(self) -> int:
        """How many it stands for."""
        return sum(node.number for node in self.nodes)

    @property
    def style(self) -> str:
        """The style of all its nodes; empty where they differ."""
        styles = {node.style for node in self.nodes}
        return styles.pop() if len(styles) == 1 else ""

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The outlines of its nodes, each once; a box of several looks like a Deployment."""
        return tuple(sorted({node.shape for node in self.nodes}))

    @property
    def badges(self) -> Badges:
        """Those of its nodes together."""
        return reduce(or_, (node.badges for node in self.nodes))

    @property
    def stub(self) -> bool:
        """Whether it is drawn only because something has an edge with it that was asked for."""
        return all(node.stub for node in self.nodes)


@dataclass(frozen=True, slots=True)
class Line:
    """One arrow of a picture, for at least one edge.

    Attributes
    ----------
    src, dst : str
        Keys of boxes. Where both are one, the line is a loop: from each member of the box to itself; or,
        if `among`, between its members.
    text : tuple of str
        The label of its edges, in lines; where labels differ, how many edges of what style there are.
    style : str
        That of its edges; empty where they differ.
    both : bool
        Whether it has two heads: its edges lead both ways.
    """

    key: str
    src: str
    dst: str
    text: tuple[str, ...]
    style: str
    edges: tuple[Edge, ...]
    both: bool = False
    among: bool = False

    @property
    def number(self) -> int:
        """How many edges it stands for."""
        return sum(edge.number for edge in self.edges)

    @property
    def weight(self) -> int:
        """How much was seen to go over it."""
        return sum(edge.weight for edge in self.edges)

    @property
    def is_loop(self) -> bool:
        """Whether it leads back to the box that it comes from: such lines cross nothing and have no limit."""
        return self.src == self.dst


@dataclass(frozen=True, slots=True)
class Frame:
    """The box around those nodes of a group that are drawn one by one."""

    key: str
    group: Group
    boxes: tuple[Box, ...]

    @property
    def nodes(self) -> tuple[GraphNode, ...]:
        """The nodes within."""
        return tuple(node for box in self.boxes for node in box.nodes)

    @property
    def number(self) -> int:
        """How many the boxes within stand for."""
        return sum(box.number for box in self.boxes)

    @property
    def stub(self) -> bool:
        """Whether everything within is drawn only because something has an edge with it."""
        return all(box.stub for box in self.boxes)


Element = Box | Frame | Line
