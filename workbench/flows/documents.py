"""How a document that holds many records is read: one that is broken must not take the others with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from workbench.flows.rules.names import Answer

if TYPE_CHECKING:
    from workbench.flows.log import ImportLog
    from workbench.flows.readers.registry import Observation, ReadsRecord

__all__ = ["numbered_rows"]


def numbered_rows(items: Iterable[Any], reads: ReadsRecord, log: ImportLog) -> Iterator[Observation | Answer]:
    """Yield the rows of each record in a document, with its number from 1 as the line; and its DNS answers.

    A record on which `reads` fails is told in `log`, by its number.
    """
    for number, item in enumerate(items, 1):
        try:
            rows = list(reads(item, log))
        except Exception as error:  # noqa: BLE001  (a reader meets anything; one record must not end an import)
            what = f"{error.args[0]} is missing" if isinstance(error, KeyError) and error.args else str(error)
            log.broken_record(None, f"record {number} of the document cannot be read: {what[:200]}")
            continue
        for row in rows:
            yield row if isinstance(row, Answer) else {"source_line": number, **row}
