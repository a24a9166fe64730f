"""What is said of each element of a picture: at the pointer, and to a person who cannot see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from workbench.drawing import Box, Element, Frame, Line, Picture, ranges_label
from workbench.ground import count_of, visible

__all__ = ["Words", "label_of"]

MOST_PEERS = 6
"""Lines of a tooltip for each direction: more would cover the picture."""
MOST_NAMES = 3
TIME = "%Y-%m-%d %H:%M:%S %Z"


class Words:
    """Texts for the elements of a picture, none of them markup.

    Parameters
    ----------
    picture : Picture
    notes : mapping of str to sequence of str, optional
        Further lines for the tooltips of elements, by their key.
    """

    def __init__(self, picture: Picture, notes: Mapping[str, Sequence[str]] = MappingProxyType({})) -> None:
        self._picture = picture
        self._notes = notes
        self._entering: defaultdict[str, list[Line]] = defaultdict(list)
        self._leaving: defaultdict[str, list[Line]] = defaultdict(list)
        for line in picture.lines:
            ends = [(line.src, line.dst), (line.dst, line.src)] if line.both else [(line.src, line.dst)]
            for src, dst in ends:
                self._leaving[src].append(line)
                self._entering[dst].append(line)

    def tip(self, element: Element) -> list[str]:
        """Return the lines of the tooltip: names and kind, then peers and ports for each direction."""
        notes = [visible(note) for note in self._notes.get(element.key, ())]
        if isinstance(element, Line):
            return [self._ends(element), *_counted(element), *self._seen(element), *notes]
        if isinstance(element, Frame):
            return [f"namespace {visible(element.group.name)}", count_of(element.number, "workload"), *notes]
        entering, leaving = self._entering[element.key], self._leaving[element.key]
        return [
            *_titles(element),
            *_badges(element),
            *notes,
            *self._peers(element, "from", entering),
            *self._peers(element, "to", leaving),
        ]

    def name(self, element: Element) -> str:
        """Return the element in one sentence, for a list of all that is drawn."""
        if isinstance(element, Line):
            return "; ".join([f"arrow {self._ends(element)}", *_counted(element)])
        if isinstance(element, Frame):
            return f"namespace {visible(element.group.name)}: {count_of(element.number, 'workload')}"
        ways = len(self._entering[element.key]), len(self._leaving[element.key])
        opens = ["summed up, may be opened"] if element.summed_up else []
        arrows = f"{count_of(ways[0], 'arrow')} in, {count_of(ways[1], 'arrow')} out"
        return "; ".join([", ".join(_titles(element)), *_badges(element), arrows, *opens])

    def _ends(self, line: Line) -> str:
        elements = self._picture.elements
        src, dst = (_called(elements[key]) for key in (line.src, line.dst))
        if line.is_loop:
            return f"{src}, {'among each other' if line.among else 'its pods among each other'}"
        return f"{src} {'↔' if line.both else '→'} {dst}"

    def _seen(self, line: Line) -> list[str]:
        """Return how often and when it was seen, and what allows or denies it."""
        # Of what was never seen only policies are known, and those of many edges at once tell nothing.
        told = line.edges if len(line.edges) <= MOST_NAMES else [edge for edge in line.edges if edge.weight]
        facts = [self._picture.graph.facts_of(edge) for edge in told]
        flows = sum(each.flows for each in facts)
        times = [each.last_seen for each in facts if each.last_seen is not None]
        last = f", last {max(times):{TIME}}" if times else ""
        policies = sorted({policy for each in facts for policy in each.policies})
        rest = len(policies) - MOST_NAMES
        reasons = sorted({each.reason for each in facts} - {""})
        return [
            *([f"seen in {count_of(flows, 'flow')}{last}"] if flows else []),
            *(visible(policy) for policy in policies[:MOST_NAMES]),
            *([f"and {rest:,} more policies"] if rest > 0 else []),
            *(visible(reason) for reason in reasons[:1]),
        ]

    def _peers(self, box: Box, way: str, lines: Sequence[Line]) -> list[str]:
        if not lines:
            return []
        said = []
        for line in lines[:MOST_PEERS]:
            other = line.dst if line.src == box.key else line.src
            peer = "itself" if line.is_loop else _called(self._picture.elements[other])
            said.append(f"{way} {peer}: {_ports(line)}")
        rest = len(lines) - MOST_PEERS
        return [*said, f"{way} {rest:,} more"] if rest > 0 else said


def label_of(element: Box | Frame) -> list[str]:
    """Return what is written in a node, line by line."""
    if isinstance(element, Frame):
        return [visible(element.group.name)]
    counted = count_of(element.number, element.group.noun)
    if element.summed_up:
        return [f"{counted} more"] if element.rest else [visible(element.group.name), counted]
    if element.group.framed:
        return [visible(line) for node in element.nodes for line in node.label]
    return [visible(line) for line in ranges_label(element.nodes, element.way).split("\n")]


def _titles(box: Box) -> list[str]:
    if box.summed_up or not box.group.framed:
        return label_of(box)
    names = [visible(node.name) for node in box.nodes[:MOST_NAMES]]
    rest = len(box.nodes) - MOST_NAMES
    kinds = sorted({node.kind for node in box.nodes} - {""})
    return [*names, *([f"and {rest:,} more"] if rest > 0 else []), *kinds]


def _badges(box: Box) -> list[str]:
    badges = box.badges
    counts = ((badges.problems, "problem"), (badges.anomalies, "anomaly"))
    return [
        *(["in no filter, but connected with what is"] if box.stub else []),
        *([badges.isolation.words] if badges.isolation is not None else []),
        *(["may be reached from outside"] if badges.exposed else []),
        *(count_of(number, noun) for number, noun in counts if number),
    ]


def _called(element: Element) -> str:
    """Return a node in few words."""
    if isinstance(element, Box) and element.group.framed and not element.summed_up:
        first, rest = visible(element.nodes[0].name), len(element.nodes) - 1
        return f"{first} and {rest:,} more" if rest else first
    return "" if isinstance(element, Line) else " ".join(label_of(element)[: None if element.group.framed else 2])


def _ports(line: Line) -> str:
    return ", ".join(visible(each) for each in line.text)


def _counted(line: Line) -> list[str]:
    number = line.number
    return [_ports(line), *([count_of(number, "connection")] if number > 1 else [])]
