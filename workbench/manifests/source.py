"""Where a document was read, and how the path of a field in it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

__all__ = ["FieldPath", "Source", "field_path"]

FieldPath: TypeAlias = tuple[str | int, ...]
"""Keys and list indices from an object's root, such as ``("spec", "ingress", 0)``."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a document was read.

    Attributes
    ----------
    file : str
        Path as the user gave it; ``<stdin>`` or ``<text>`` for text; empty for objects made in Python.
    line : int
        Line in `file` of the document's first line, counted from 1.
    text : str
        The document's text, kept so that a field's line can be found when a problem needs it.
    prefix : FieldPath
        Path of the object within the document (``("items", 3)`` for members of a List).
    """

    file: str = ""
    line: int = 1
    text: str = field(default="", repr=False)
    prefix: FieldPath = ()

    @property
    def place(self) -> str:
        """``file:line``, for messages; empty for objects made in Python."""
        return f"{self.file}:{self.line}" if self.file else ""


def field_path(path: FieldPath) -> str:
    """Return `path` as Kubernetes writes it: ``spec.ingress[0].ports[1].endPort``."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")
