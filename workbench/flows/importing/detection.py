"""Which format a file is in, judged by what it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from workbench.flows.log import ImportLog
from workbench.flows.readers import FORMATS, UnknownFlowFormatError
from workbench.flows.records import LARGEST_DOCUMENT, UNREADABLE, opened, records_of

if TYPE_CHECKING:
    from workbench.flows.readers import FlowFormat
    from workbench.flows.readers.registry import RecordKind

__all__ = ["detect_format"]

SAMPLED: Final = 64 << 10
"""Bytes of a file that are looked at to know its format."""
DOCUMENTS: Final = 20
"""So many of them are looked at."""


def detect_format(path: str | Path) -> FlowFormat:
    """Return the format of a file, judged by what it holds.

    Raises
    ------
    UnknownFlowFormatError
        If no format knows it.
    OSError
        If it cannot be read.
    """
    with opened(path) as stream:
        try:
            head = stream.read(SAMPLED)
        except UNREADABLE as error:
            message = f"{path} cannot be read: {error}"
            raise UnknownFlowFormatError(message) from error
    if not head.strip():
        message = f"{path} is empty"
        raise UnknownFlowFormatError(message)
    for kind, records in _looks(path, head):
        found = FORMATS.detect(kind, records)
        if found is not None:
            return found
    message = (
        f"{path} is in no format that is known; name the format if it is one of {', '.join(FORMATS.names())}, "
        "or read it as a table, with a mapping of its columns"
    )
    raise UnknownFlowFormatError(message)


def _looks(path: str | Path, head: bytes) -> Iterator[tuple[RecordKind, list[Any]]]:
    """Yield the ways in which a file may be cut into records, with the first of them."""
    text = head.decode("utf-8-sig", "replace")
    lines = text.splitlines()
    whole = lines if len(head) < SAMPLED else lines[:-1]
    decoded = [value for line in whole if (value := _json(line)) is not None]
    if decoded:
        yield "json-lines", decoded
    if text.lstrip()[:1] in {"{", "["}:
        with opened(path) as stream:
            value = _json(stream.read(LARGEST_DOCUMENT).decode("utf-8-sig", "replace"))
        if value is not None:
            yield "json-document", [value]
    yield "text-lines", [line for line in lines if line.strip()]
    if "apiVersion" in text:
        documents = records_of(path, "yaml-documents", ImportLog(str(path)))
        yield "yaml-documents", [document.value for document in islice(documents, DOCUMENTS)]


def _json(text: str) -> Any:  # noqa: ANN401  (JSON)
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, (dict, list)) else None
