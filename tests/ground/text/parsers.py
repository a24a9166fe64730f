"""Independent readers of each kind of output: which texts does it hold, and does it hold nothing but text?"""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

from markdown_it import MarkdownIt

from tests.drawing.pixels import size
from workbench.drawing import draw
from workbench.ground import csv_cell, visible
from workbench.ground.views import STYLE

__all__ = ["KINDS", "PICTURES", "Kind", "html_texts"]

SHAPES = {"svg", "g", "title", "text", "path", "polygon", "polyline", "ellipse", "tspan"}
INLINE = {"text", "softbreak"}
PLAIN_TAGS = {"table", "thead", "tbody", "tr", "th", "td", "p", "b", "h4", "h5", "ul", "li", "br", "wbr", "small"}
VIEW_TAGS = {"div", "style", "span", "caption", "details", "summary"}
VIEW_ATTRIBUTES = {
    ("class", "netpol-view"),
    ("class", "netpol-fact"),
    ("class", "netpol-rows"),
    ("class", "netpol-number"),
    ("class", "netpol-short"),
    ("scope", "col"),
}
"""All that views have beside plain tags: none of it is made of a name."""


def csv_texts(text: str) -> list[str]:
    """Return the cells."""
    return [cell for row in csv.reader(io.StringIO(text)) for cell in row]


def json_texts(text: str) -> list[str]:
    """Return the strings, those that stand for keys, too."""
    return list(_strings(json.loads(text)))


def _strings(value: Any) -> Iterator[str]:  # noqa: ANN401  (whatever JSON can hold)
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (found for pair in value.items() for each in pair for found in _strings(each))
    elif isinstance(value, list):
        yield from (found for each in value for found in _strings(each))


def json_lines_texts(text: str) -> list[str]:
    """Return the strings of the object on each line."""
    return [found for line in text.split("\n") if line for found in json_texts(line)]


def markdown_texts(text: str) -> list[str]:
    """Return the cells and headings, in which nothing may be markup."""
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    assert not [token for token in tokens if token.type in {"html_block", "fence", "code_block"}]
    lines = [token for token in tokens if token.type == "inline"]
    assert {child.type for line in lines for child in line.children or ()} <= INLINE
    return ["".join(child.content or "\n" for child in line.children or ()) for line in lines]


def dot_texts(text: str) -> list[str]:
    """Return names and labels of nodes, clusters and edges."""
    graph = json.loads(draw(text, "dot_json"))
    found = [*graph.get("objects", ()), *graph.get("edges", ())]
    return [_shown(str(one[key])) for one in found for key in ("name", "label") if key in one]


def _shown(text: str) -> str:
    """Return a label as Graphviz shows it."""
    return html.unescape(text.replace("\\\\", "\\"))


def svg_texts(text: str) -> list[str]:
    """Return titles and texts, beside which there are nothing but shapes."""
    elements = list(ET.fromstring(text).iter())  # noqa: S314  (drawn here)
    assert {element.tag.rpartition("}")[2] for element in elements} <= SHAPES
    assert not [name for element in elements for name in element.attrib if name.startswith("on") or "href" in name]
    return ["".join(one.itertext()) for one in elements if one.tag.endswith(("}text", "}title"))]


class _Cells(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts = [""]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert set(attrs) <= VIEW_ATTRIBUTES
        if tag not in {"wbr", "br", "small"}:
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        self.texts[-1] += data


def html_texts(text: str) -> list[str]:
    """Return the text of each element, all of which are those of a plain page; of a view, the look aside."""
    cells = _Cells()
    cells.feed(text.replace(f"<style>{STYLE}</style>", ""))
    cells.close()
    assert cells.tags <= PLAIN_TAGS | VIEW_TAGS
    return cells.texts


@dataclass(frozen=True)
class Kind:
    """A kind of output: how its texts are read, and what a name looks like among them.

    `whole` tells whether a name is a text of its own, or a part of a line.
    """

    read: Callable[[str], list[str]]
    shown: Callable[[str], str]
    whole: bool


KINDS: Mapping[str, Kind] = {
    "txt": Kind(str.splitlines, visible, whole=False),
    "csv": Kind(csv_texts, csv_cell, whole=True),
    "json": Kind(json_texts, str, whole=True),
    "jsonl": Kind(json_lines_texts, str, whole=True),
    "sarif": Kind(json_texts, str, whole=True),
    "webhook": Kind(json_texts, str, whole=True),
    "md": Kind(markdown_texts, visible, whole=True),
    "dot": Kind(dot_texts, visible, whole=True),
    "svg": Kind(svg_texts, visible, whole=False),
}
"""The kind of each format. A format that is not here is a new one, whose reader is missing."""
PICTURES: Mapping[str, Callable[[bytes], tuple[int, int]]] = {"png": size}
"""How those are read that are no text: their width and height, after all else in them was found to be right."""
