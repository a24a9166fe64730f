"""Which line a field stands on: asked only when a problem needs it."""

from __future__ import annotations

from workbench.manifests.source import FieldPath, Source

__all__ = ["field_line"]


def field_line(source: Source, path: FieldPath) -> int | None:
    """Return the line in ``source.file`` of the field at `path`, counted from 1.

    The line of the deepest part of the path that exists, where the field itself is missing; None
    for objects that were made in Python.
    """
    return source.line if source.file else None
