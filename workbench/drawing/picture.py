"""What is chosen of a graph and drawn: boxes, lines and frames, and how much that is of everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from workbench.drawing.graph import Edge, Graph, GraphNode, Group
from workbench.ground import count_of

__all__ = ["Box", "Choice", "Element", "Frame", "Limits", "Line", "Picture"]

SUMMED_UP = (
    "Too many to draw each: there is one box a namespace, and the numbers count connections, both ways together."
)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person asked to see.

    Attributes
    ----------
    groups : frozenset of str
        These of the groups with frames only; all where it is empty.
    search : str
        Only nodes whose name or kind contains the text (in any case), and those that they have edges with.
    outside : bool
        What stands in no frame, too.
    opened : frozenset of str
        Groups to be drawn node by node even where the others are summed up.
    """

    groups: frozenset[str] = frozenset()
    search: str = ""
    outside: bool = True
    opened: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a picture can hold and still be read: beyond it is a hairball, and laying it out takes minutes."""

    boxes: int = 150
    lines: int = 300


@dataclass(frozen=True, slots=True)
class Box:
    """One node of a picture: nodes that no edge tells apart, or all nodes of a group, summed up.

    `key`, as those of lines and frames, is made for the picture: it holds nothing that was read from a cluster.
    """

    key: str
    group: Group
    nodes: tuple[GraphNode, ...]
    summed_up: bool = False

    @property
    def style(self) -> str:
        """The style of all its nodes; empty where they differ."""
        styles = {node.style for node in self.nodes}
        return styles.pop() if len(styles) == 1 else ""


@dataclass(frozen=True, slots=True)
class Line:
    """One arrow of a picture, for at least one edge.

    Attributes
    ----------
    src, dst : str
        Keys of boxes. Where both are one, the line is a loop: from each member of the box to itself; or,
        if `among`, between its members.
    text : str
        The label of its edges; where labels differ, how many edges of what style there are.
    style : str
        That of its edges; empty where they differ.
    both : bool
        Whether it has two heads: its edges lead both ways.
    """

    key: str
    src: str
    dst: str
    text: str
    style: str
    edges: tuple[Edge, ...]
    both: bool = False
    among: bool = False

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


Element = Box | Frame | Line


@dataclass(frozen=True)
class Picture:
    """What is drawn of a graph, and how much that is of everything.

    Attributes
    ----------
    summed_up : bool
        Whether groups are drawn as one box each, because everything would be too much.
    all_boxes, all_lines : int
        How many there would be without limits; loops are not counted.
    """

    graph: Graph
    boxes: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = ()
    summed_up: bool = False
    all_boxes: int = 0
    all_lines: int = 0

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        """The frames around boxes, by the name of their group."""
        inside: dict[Group, list[Box]] = {}
        for box in self.boxes:
            if box.group.framed and not box.summed_up:
                inside.setdefault(box.group, []).append(box)
        return tuple(Frame(f"g{number}", group, tuple(boxes)) for number, (group, boxes) in enumerate(inside.items()))

    @property
    def nodes(self) -> tuple[Frame | Box, ...]:
        """Frames, then boxes: what lines lead to, and what these stand in."""
        return (*self.frames, *self.boxes)

    @cached_property
    def elements(self) -> Mapping[str, Element]:
        """Everything that is drawn, by its key."""
        return {element.key: element for element in (*self.nodes, *self.lines)}

    @property
    def drawn_edges(self) -> int:
        """How many edges the lines stand for."""
        return sum(len(line.edges) for line in self.lines)

    @property
    def shares(self) -> str:
        """How many arrows there are, and for how much of everything."""
        edges = f"{self.drawn_edges:,} of {count_of(len(self.graph.edges), self.graph.short_noun)}"
        return f"{count_of(len(self.lines), 'arrow')} for {edges}"

    def summary(self) -> str:
        """Return how much is drawn of how much: ``showing 12 of 4,210 workloads …``."""
        alone = sum(len(frame.nodes) for frame in self.frames)
        workloads = f"showing {alone:,} of {count_of(self.graph.framed.total(), 'workload')}"
        if not self.summed_up:
            return f"{workloads} and {self.shares.partition(' for ')[2]}"
        boxes = sum(box.summed_up and box.group.framed for box in self.boxes)
        return f"{workloads} one by one and {count_of(boxes, 'namespace')} as one node each; {self.shares}"

    @property
    def notes(self) -> tuple[str, ...]:
        """The sentences below a picture that stands alone: how much there is, and what is left out."""
        lines = sum(not line.is_loop for line in self.lines)
        says = (
            (True, self.graph.sentence),
            (
                not self.summed_up and any(len(box.nodes) > 1 for box in self.boxes),
                f"Peers with exactly the same {self.graph.short_noun}s share a box.",
            ),
            (
                any(line.is_loop and not line.among for line in self.lines),
                "A loop stands for the pods of one workload among themselves.",
            ),
            (self.summed_up, SUMMED_UP),
            (
                len(self.boxes) < self.all_boxes,
                f"Shown are the {len(self.boxes):,} busiest of {self.all_boxes:,} boxes.",
            ),
            (lines < self.all_lines, f"Shown are the {lines:,} heaviest of {self.all_lines:,} lines."),
            (self.drawn_edges < len(self.graph.edges), f"Shown are {self.shares}."),
        )
        return tuple(sentence for is_said, sentence in says if is_said)
