"""What is found in content of which the shape is not known: nothing where it is not as it was expected."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

__all__ = ["field_of", "parsed_json", "text_at", "value_at"]


_HUMP: Final = re.compile(r"(?<!^)([A-Z])")


def field_of(fields: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401  (JSON)
    """Return a field that is spelled in camelCase or in snake_case; None where it is missing.

    Parameters
    ----------
    fields : mapping
    name : str
        In camelCase.
    """
    if name in fields:
        return fields[name]
    return fields.get(_HUMP.sub(r"_\1", name).lower())


def parsed_json(text: str) -> Any:  # noqa: ANN401  (JSON)
    """Return what a text of JSON says; None where it is none, or is nested too deeply."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def value_at(content: object, *path: str) -> Any:  # noqa: ANN401  (a value of a document)
    """Return the value at `path` in `content`, mappings within mappings; None where there is none."""
    for step in path:
        content = content.get(step) if isinstance(content, Mapping) else None
    return content


def text_at(content: object, *path: str) -> str:
    """Return the text at `path` in `content`; an empty one where there is none, or something else."""
    found = value_at(content, *path)
    return found if isinstance(found, str) else ""
