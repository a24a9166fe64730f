"""What is drawn, and how it looks: nodes in groups, styled edges, and the picture that is chosen of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

__all__ = [
    "Box",
    "Choice",
    "Edge",
    "Element",
    "Fill",
    "Frame",
    "Graph",
    "GraphNode",
    "Group",
    "Limits",
    "Line",
    "Picture",
    "Stroke",
    "Theme",
    "counted",
]


def counted(number: int, noun: str) -> str:
    """Return ``1 workload``, ``4,210 workloads``.

    Parameters
    ----------
    number : int
    noun : str
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


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
    """

    id: str
    label: tuple[str, ...]
    group: Group
    kind: str = ""
    style: str = ""

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
        workloads = counted(self.framed.total(), "workload")
        groups = counted(len(self.framed), "namespace")
        return self.size or f"{workloads} in {groups}, {counted(len(self.edges), self.noun)}."


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

    @cached_property
    def elements(self) -> Mapping[str, Element]:
        """Everything that is drawn, by its key."""
        everything: Iterable[Element] = (*self.frames, *self.boxes, *self.lines)
        return {element.key: element for element in everything}

    @property
    def drawn_edges(self) -> int:
        """How many edges the lines stand for."""
        return sum(len(line.edges) for line in self.lines)

    @property
    def shares(self) -> str:
        """How many arrows there are, and for how much of everything."""
        edges = f"{self.drawn_edges:,} of {counted(len(self.graph.edges), self.graph.short_noun)}"
        return f"{counted(len(self.lines), 'arrow')} for {edges}"

    def summary(self) -> str:
        """Return how much is drawn of how much: ``showing 12 of 4,210 workloads …``."""
        alone = sum(len(frame.nodes) for frame in self.frames)
        workloads = f"showing {alone:,} of {counted(self.graph.framed.total(), 'workload')}"
        if not self.summed_up:
            return f"{workloads} and {self.shares.partition(' for ')[2]}"
        boxes = sum(box.summed_up and box.group.framed for box in self.boxes)
        return f"{workloads} one by one and {counted(boxes, 'namespace')} as one node each; {self.shares}"

    @property
    def notes(self) -> tuple[str, ...]:
        """The sentences below a picture that stands alone: how much there is, and what is left out."""
        shared = any(len(box.nodes) > 1 for box in self.boxes)
        loops = any(line.is_loop and not line.among for line in self.lines)
        says = {
            self.graph.sentence: True,
            f"Peers with exactly the same {self.graph.short_noun}s share a box.": not self.summed_up and shared,
            "A loop stands for the pods of one workload among themselves.": loops,
            (
                "Too many to draw each: there is one box a namespace, and the numbers count connections, "
                "both ways together."
            ): self.summed_up,
            f"Shown are the {len(self.boxes):,} busiest of {self.all_boxes:,} boxes.": len(self.boxes) < self.all_boxes,
            f"Shown are the {sum(not line.is_loop for line in self.lines):,} heaviest of {self.all_lines:,} lines.": (
                sum(not line.is_loop for line in self.lines) < self.all_lines
            ),
            f"Shown are {self.shares}.": self.drawn_edges < len(self.graph.edges),
        }
        return tuple(sentence for sentence, is_said in says.items() if is_said)
