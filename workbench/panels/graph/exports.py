"""What is shown in the graph, as files: pictures, graphs and tables that say where they come from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from workbench.drawing import Picture, dot_source, picture_svg, svg_as_png
from workbench.ground import ANSWER_FORMATS, visible

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["EXPORTS", "Export", "Shown"]


class Shown(NamedTuple):
    """What is to be written.

    Attributes
    ----------
    picture : Picture
    edges : callable
        Returns those that are drawn, as in `frames.GRAPH_EDGES`.
    about : tuple of str
        Where it comes from, in lines.
    sentences : tuple of str
        What is shown, and what is not.
    """

    picture: Picture
    edges: Callable[[], pd.DataFrame]
    about: tuple[str, ...]
    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Export:
    """A kind of file.

    Attributes
    ----------
    title : str
        What people call it.
    suffix : str
        How the name of such a file ends.
    media_type : str
    write : callable
        Returns the bytes of the file.
    """

    title: str
    suffix: str
    media_type: str
    write: Callable[[Shown], bytes]


def about(version: str, now: datetime, source: str, problems: int, shown: Sequence[str]) -> tuple[str, ...]:
    """Return where a file comes from, in lines.

    Parameters
    ----------
    version : str
        Of this program.
    now : datetime
    source : str
        What was looked at.
    problems : int
        How many the input had.
    shown : sequence of str
        What is shown, and what is not.
    """
    return (
        f"netpol-workbench {version}, {now:%Y-%m-%d %H:%M} UTC",
        f"source: {source}",
        f"problems in the input: {problems:,}",
        *shown,
    )


def _svg(shown: Shown) -> bytes:
    drawn = picture_svg(shown.picture, notes=shown.about)
    head, end, rest = drawn.partition(">")
    return f"{head}{end}\n{_xml_comment(shown.about)}{rest}".encode()


def _png(shown: Shown) -> bytes:
    return svg_as_png(picture_svg(shown.picture, notes=shown.about))


def _xml_comment(lines: Sequence[str]) -> str:
    # Two dashes end a comment.
    text = "\n".join(visible(line).replace("--", "- -") for line in lines)
    return f"<!--\n{text}\n-->\n"


def _dot(shown: Shown) -> bytes:
    head = "".join(f"// {visible(line)}\n" for line in shown.about)
    return f"{head}{dot_source(shown.picture, shown.sentences)}\n".encode()


def _csv(shown: Shown) -> bytes:
    head = "".join(f"# {visible(line)}\n" for line in shown.about)
    return f"{head}{ANSWER_FORMATS.render('table', 'csv', shown.edges())}".encode()


def _graphml(shown: Shown) -> bytes:
    import networkx as nx  # noqa: PLC0415  (for those who ask for it)

    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for box in shown.picture.boxes:
        for node in box.nodes:
            name = "".join(node.label)
            graph.add_node(
                visible(node.id),
                label=visible(name),
                kind=visible(node.kind),
                namespace=visible(node.group.name) if node.group.framed else "",
                number=node.number,
            )
    for line in shown.picture.lines:
        for edge in line.edges:
            graph.add_edge(
                visible(edge.src),
                visible(edge.dst),
                ports=visible(", ".join(edge.label)),
                status=str(edge.style),
                connections=edge.weight,
                number=edge.number,
            )
    file = BytesIO()
    nx.write_graphml_xml(graph, file)
    declaration, end, rest = file.getvalue().decode().partition("?>\n")
    return f"{declaration}{end}{_xml_comment(shown.about)}{rest}".encode()


EXPORTS: Final[Mapping[str, Export]] = MappingProxyType(
    {
        "svg": Export("picture (SVG)", "svg", "image/svg+xml", _svg),
        "png": Export("picture (PNG)", "png", "image/png", _png),
        "graphml": Export("graph (GraphML)", "graphml", "application/xml", _graphml),
        "dot": Export("graph (DOT)", "dot", "text/vnd.graphviz", _dot),
        "csv": Export("table of what is drawn (CSV)", "csv", "text/csv", _csv),
    }
)
"""The kinds of files, by name."""
