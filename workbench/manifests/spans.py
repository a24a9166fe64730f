"""Where each document stands in a text, so that one can be replaced and all the rest be left as it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import yaml

from workbench.ground import ProblemLog
from workbench.manifests.documents import document_cuts, read_documents
from workbench.manifests.files import ManifestFile
from workbench.manifests.kubernetes_yaml import Span
from workbench.manifests.locate import parse_events
from workbench.manifests.manifest import Manifest
from workbench.manifests.objects import read_objects

__all__ = ["DocumentSpan", "document_spans"]

_REST_OF_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)?")


@dataclass(frozen=True, slots=True)
class DocumentSpan:
    """A part of a text with one document, and what stands before and after it.

    Attributes
    ----------
    start, end : int
        Where it stands in the text: from its ``---`` to the next one.
    line : int
        Line of `start`, counted from 1.
    text : str
        The part itself.
    objects : tuple of Manifest
        The Kubernetes objects in it, Lists taken apart; empty if it cannot be read.
    alone : bool
        Whether the document is one object, and neither a List nor several values.
    """

    start: int
    end: int
    line: int
    text: str = field(repr=False)
    objects: tuple[Manifest, ...] = field(repr=False)
    alone: bool

    def content(self) -> Span:
        """Return where the document itself stands in `text`, in whole lines.

        Its ``---``, and the comments before its first field and after the line of its last value, are not part of it.
        """
        begin, end = len(self.text), 0
        for event in parse_events(self.text):
            first, last = event.start_mark.index, event.end_mark.index
            if isinstance(event, yaml.DocumentEndEvent):
                break
            if isinstance(event, yaml.NodeEvent):
                begin = min(begin, first)
            # Where an indented collection ends is known only at what follows, which may be a comment.
            closed = isinstance(event, yaml.CollectionEndEvent) and last > first
            if closed or isinstance(event, (yaml.ScalarEvent, yaml.AliasEvent)):
                end = max(end, last)
        line = self.text.rfind("\n", 0, begin) + 1
        begin = begin if self.text[line:begin].strip() else line
        end = begin + len(self.text[begin:end].rstrip())
        rest = _REST_OF_LINE.match(self.text, end)
        return Span(begin, rest.end() if rest else end)


def document_spans(text: str) -> Iterator[DocumentSpan]:
    """Yield the parts of `text`, YAML without a byte order mark, that hold one document each.

    Those of empty and of broken documents are among them: together, they are the text.
    """
    line = 1
    for start, end in document_cuts(text):
        part = text[start:end]
        objects = tuple(read_objects(ManifestFile("", part), ProblemLog()))
        documents = list(read_documents(part)) if objects else []
        alone = len(documents) == 1 and len(objects) == 1 and objects[0].content == documents[0].content
        yield DocumentSpan(start, end, line, part, objects, alone)
        line += part.count("\n")
