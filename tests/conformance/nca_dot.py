"""What network-config-analyzer draws: workloads, sets of workloads alike, and cliques, as rules over sets of pods."""

from __future__ import annotations

import re
from collections import defaultdict
from itertools import product
from typing import TYPE_CHECKING

from tests.conformance.nca_rules import End, Section, UnreadableError, end_of, ports_of_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.ground import PortSet

__all__ = ["read_dot"]

_TITLE = re.compile(r"^// (.*)$", re.MULTILINE)
_NODE = re.compile(r'^\s*"([^"]+)" \[(.*?)\]$', re.MULTILINE | re.DOTALL)
_EDGE = re.compile(r'^\s*"([^"]+)" -> "([^"]+)"\[(.*)\]$', re.MULTILINE)
_ROW = re.compile(r"<tr><td>([^<]*)</td></tr>")
_TOOLTIP = re.compile(r'tooltip="([^"]*)"')
_CLIQUE = "Traffic allowed between any two workloads connected to the CLIQUE:"


def read_dot(text: str) -> list[Section]:
    """Return a section for each graph of a text.

    Raises
    ------
    UnreadableError
        If some part of it is not read here.
    """
    parts = _TITLE.split(text)[1:]
    return [Section(title, list(_rules(graph))) for title, graph in zip(parts[::2], parts[1::2], strict=True)]


def _rules(graph: str) -> Iterator[tuple[End, End, PortSet]]:
    ends: dict[str, list[End]] = {}
    cliques: dict[str, PortSet] = {}
    for name, attributes in _NODE.findall(graph):
        tooltip = _TOOLTIP.search(attributes)
        if tooltip is not None and tooltip[1].startswith(_CLIQUE):
            cliques[name] = ports_of_text(tooltip[1].removeprefix(_CLIQUE))
        elif " -> " not in name:
            ends[name] = list(_ends(name, attributes))
    tied: defaultdict[str, set[str]] = defaultdict(set)
    for src, dst, attributes in _EDGE.findall(graph):
        if not {src, dst} <= {*ends, *cliques}:
            unknown = f"{src} -> {dst}"
            raise UnreadableError(unknown)
        if src in cliques or dst in cliques:
            tied[src].add(dst)
            tied[dst].add(src)
            continue
        label = re.search(r'labeltooltip="([^"]*)"', attributes)
        ports = ports_of_text(label[1] if label else "")
        for one, other in product(ends[src], ends[dst]):
            yield one, other, ports
            if "arrowtail=normal" in attributes:
                yield other, one, ports
    for clique, ports in cliques.items():
        members = _members(clique, tied, ends)
        yield from ((one, other, ports) for one, other in product(members, members))


def _members(clique: str, tied: dict[str, set[str]], ends: dict[str, list[End]]) -> list[End]:
    """Return the ends that are tied to a clique; those of another that is tied to it are all in it."""
    direct = [name for name in tied[clique] if name in ends]
    through = [name for other in tied[clique] if other not in ends for name in tied[other] if name in ends]
    return [end for name in dict.fromkeys([*direct, *through]) for end in ends[name]]


def _ends(name: str, attributes: str) -> Iterator[End]:
    """Yield what a node stands for: each row of it is a workload ``name(Kind)``, or a block of addresses."""
    namespace, slash, _ = name.partition("/")
    for row in _ROW.findall(attributes):
        if slash and "(" in row:
            yield end_of(None, namespace, row.rpartition("(")[0])
        else:
            yield end_of(row.replace(" ", ""), None, None)
