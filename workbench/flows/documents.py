"""How a document that holds many records is read: one that is broken must not take the others with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.flows.log import ImportLog
    from workbench.flows.readers.registry import Observation

__all__ = ["numbered_rows"]


def numbered_rows(
    items: Iterable[Any], reads: Callable[[Any, ImportLog], Iterable[Observation]], log: ImportLog
) -> Iterator[Observation]:
    """Yield the rows of each record in a document, with its number from 1 as the line.

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
            yield {"source_line": number, **row}
