"""Which format a file is in, judged by what it holds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from workbench.flows.importing.unknown import is_prose, unknown_format
from workbench.flows.log import ImportLog
from workbench.flows.readers import FORMATS
from workbench.flows.records import Recording, opened, records_in, records_of
from workbench.flows.records.layout import SAMPLED, layout_of_head
from workbench.ground import Plain

if TYPE_CHECKING:
    from workbench.flows.readers import FlowFormat
    from workbench.flows.readers.registry import RecordKind

__all__ = ["detect_format"]

VALUES: Final = 20
"""So many values of a file that are not on a line each are looked at, and so many documents."""
_KINDS: Final[tuple[RecordKind, ...]] = ("json-lines", "json-document", "text-lines")


def detect_format(recording: Recording) -> FlowFormat:
    """Return the format of a file, judged by what it holds.

    A text that people wrote, or a program, may quote records: among the files of a folder, it is none.

    Raises
    ------
    UnknownFlowFormatError
        If no format knows it; the message says what it is, where that can be seen, and what to do.
    OSError
        If it cannot be read.
    """
    with opened(recording.path) as stream:
        head = stream.ahead(SAMPLED)
    if not (recording.is_found and is_prose(head)):
        for kind, records in _looks(recording.path, head):
            found = FORMATS.detect(kind, records)
            if found is not None:
                return found
    raise unknown_format(recording.name, head)


def _looks(path: Path, head: bytes) -> Iterator[tuple[RecordKind, list[Any]]]:
    """Yield the ways in which a file may be cut into records, with the first of them."""
    quiet = ImportLog(str(path))
    layout = layout_of_head(head)
    whole = head if len(head) < SAMPLED else head[: head.rfind(b"\n") + 1]
    for kind in _KINDS:
        if layout == "values":
            yield kind, [record.value for record in islice(records_of(path, kind, quiet), VALUES)]
        else:
            stream = Plain.of(whole)
            yield kind, [record.value for record in records_in(stream, kind, layout, quiet)]
    if b"apiVersion" in head:
        documents = records_of(path, "yaml-documents", quiet)
        yield "yaml-documents", [document.value for document in islice(documents, VALUES)]
