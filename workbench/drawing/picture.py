"""What is chosen of a graph and drawn: boxes, lines and frames, and how much that is of everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from workbench.drawing.elements import Box, Element, Frame, Line
from workbench.drawing.graph import Graph, Group
from workbench.drawing.legend import LegendEntry, legend
from workbench.ground import count_of

__all__ = ["Choice", "Limits", "Picture"]

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

    @cached_property
    def legend(self) -> tuple[LegendEntry, ...]:
        """What the symbols that are on it mean, in words; nothing of others."""
        return legend(self.graph.theme, self.boxes, self.lines)

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
