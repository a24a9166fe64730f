"""The difference as a graph for Graphviz, one cluster a namespace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.diff_formats.rows import is_silent
from workbench.connectivity.formats.dot import edge, graph
from workbench.connectivity.formats.rows import PortTexts
from workbench.connectivity.registries import register_diff_format
from workbench.ground import dot_id, dot_label

if TYPE_CHECKING:
    from workbench.connectivity.difference.answer import ConnectivityDiff
    from workbench.connectivity.difference.changes import Change, Headings

__all__ = ["dot"]

GREEN = "#008000"
EDGE_COLORS = {"added": GREEN, "removed": "red2", "changed": "magenta", "unchanged": "grey"}
NEW, LOST, PERSISTENT = GREEN, "red", "blue"


@register_diff_format("dot")
def dot(diff: ConnectivityDiff, headings: Headings) -> str:
    """Write a Graphviz digraph: what was added green, removed red, changed magenta, unchanged grey.

    As the reference tool draws it: only peers that have connections on some side; clusters, nodes
    and edges sorted by name; workloads that came are green, those that went red; a legend at the
    end (formats 2).
    """
    if is_silent(diff):
        return ""
    changes = sorted([*diff, *diff.unchanged()], key=lambda change: (change.src.name, change.dst.name))
    peers = {peer for change in changes for peer in (change.src, change.dst)}
    colors = {
        **dict.fromkeys(peers, PERSISTENT),
        **dict.fromkeys(diff.added_workloads, NEW),
        **dict.fromkeys(diff.removed_workloads, LOST),
    }
    texts = PortTexts()
    edges = [
        edge(change.src, change.dst, _label(change, texts, headings), *[EDGE_COLORS[change.kind.value]] * 2)
        for change in changes
    ]
    return graph(peers, colors, edges, _legend())


def _label(change: Change, texts: PortTexts, headings: Headings) -> str:
    match change.kind.value:
        case "changed":
            return f"{texts[change.after]} ({headings[0]}: {texts[change.before]})"
        case "removed":
            return texts[change.before]
        case _:
            return texts[change.after]


def _legend() -> list[str]:
    """Return the legend, line by line the reference tool's."""
    ends = "abcdefgh"
    words = [f"{kind} connection" for kind in EDGE_COLORS]
    nodes = {"np": ("new peer", NEW), "lp": ("lost peer", LOST), "pp": ("persistent peer", PERSISTENT)}
    small = "fontsize = 10"
    return [
        "nodesep=0.5",
        "subgraph cluster_legend {",
        '\tlabel="Legend"',
        f"\t{small}",
        "\tmargin=0",
        *(f"\t{end} [style=invis height=0 width=0]" for end in ends),
        f"\t{{rank=source {' '.join(ends[:4])}}}",
        f"\t{{rank=same {' '.join(ends[4:])}}}",
        *(
            f"\t{src} -> {dst} [label={dot_label(text)}, color={dot_id(color)} fontcolor={dot_id(color)} "
            f"{small} arrowsize=0.2]"
            for src, dst, text, color in zip(ends[::2], ends[1::2], words, EDGE_COLORS.values(), strict=True)
        ),
        *(
            f"\t{name} [label={dot_label(text)} color={dot_id(color)} fontcolor={dot_id(color)} {small}]"
            for name, (text, color) in nodes.items()
        ),
        f"\t{{rank=sink {' '.join(nodes)}}}",
        "\tnp->lp [style=invis]",
        "\tlp->pp [style=invis]",
        "}",
    ]
