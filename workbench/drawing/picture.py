"""What is chosen of a graph and drawn: boxes, lines and frames, and how much that is of everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from workbench.drawing.choice import LeftOut, Missing
from workbench.drawing.elements import Box, Element, Frame, Line
from workbench.drawing.graph import Graph, Group
from workbench.drawing.legend import LegendEntry, legend
from workbench.ground import count_of

__all__ = ["Picture"]

SUMMED_UP = (
    "Too many to draw each: there is one box a namespace, and the numbers count connections, both ways together."
)


@dataclass(frozen=True)
class Picture:
    """What is drawn of a graph, and how much that is of everything.

    Attributes
    ----------
    summed_up : bool
        Whether groups are drawn as one box each, because everything would be too much.
    all_boxes, all_lines : int
        How many there would be without limits; loops are not counted.
    left_out : mapping of Reason to Missing
        What was not asked for, by the reason.
    found : frozenset of str
        Keys of the boxes and lines that are to be marked.
    """

    graph: Graph
    boxes: tuple[Box, ...] = ()
    lines: tuple[Line, ...] = ()
    summed_up: bool = False
    all_boxes: int = 0
    all_lines: int = 0
    left_out: LeftOut = field(default_factory=dict)
    found: frozenset[str] = frozenset()

    @cached_property
    def frames(self) -> tuple[Frame, ...]:
        """The frames around boxes, by the name of their group."""
        inside: dict[Group, list[Box]] = {}
        for box in self.boxes:
            if box.framed:
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
        return sum(line.number for line in self.lines)

    @cached_property
    def hidden(self) -> Missing:
        """What was asked for and is not drawn, since it would be too much."""
        left_out = [*self.left_out.values()]
        connections = self.graph.number - self.drawn_edges - sum(missing.connections for missing in left_out)
        nodes = self.graph.size_in_nodes - sum(box.number for box in self.boxes)
        return Missing(connections, nodes - sum(missing.nodes for missing in left_out))

    @property
    def missing(self) -> tuple[str, ...]:
        """A sentence for each reason for which something is not drawn; the first says what to do about limits."""
        said = []
        if any(self.hidden):
            said.append(f"{self.hidden} not drawn: open a namespace or filter.")
        said += [f"{missing} {reason.value}." for reason, missing in self.left_out.items()]
        if not self.boxes and self.graph.nodes:
            said.insert(0, "Nothing matches: take a filter away.")
        return tuple(said)

    @property
    def shares(self) -> str:
        """How many arrows there are, and for how much of everything."""
        edges = f"{self.drawn_edges:,} of {count_of(self.graph.number, self.graph.short_noun)}"
        return f"{count_of(len(self.lines), 'arrow')} for {edges}"

    def summary(self) -> str:
        """Return how much is drawn of how much: ``showing 12 of 4,210 workloads …``."""
        alone = sum(box.number for frame in self.frames for box in frame.boxes if not box.summed_up)
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
                not self.summed_up and any(len(box.nodes) > 1 for box in self.boxes if not box.summed_up),
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
            (self.drawn_edges < self.graph.number, f"Shown are {self.shares}."),
        )
        return tuple(sentence for is_said, sentence in says if is_said)
