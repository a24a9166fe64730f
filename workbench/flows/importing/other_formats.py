"""Which other format records look like that the chosen one does not know: files are mixed, or named wrongly."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from workbench.flows.log import ImportLog
from workbench.flows.readers.registry import FORMATS, FlowFormat
from workbench.flows.records import records_of
from workbench.ground import Problem, Severity

if TYPE_CHECKING:
    from workbench.flows.records import Record

__all__ = ["OtherFormats", "tell_other_format"]

_LINES: Final = ("json-lines", "text-lines")
SAMPLED: Final = 2_000
"""Records of a file that are looked at to say what most of it is."""


class OtherFormats:
    """The formats beside the chosen one whose files are cut into records in the same way."""

    def __init__(self, chosen: FlowFormat) -> None:
        self.chosen = chosen

    @cached_property
    def _candidates(self) -> tuple[FlowFormat, ...]:
        return tuple(found for found in FORMATS.of_kind(self.chosen.records) if found.name != self.chosen.name)

    def of(self, value: Any) -> FlowFormat | None:  # noqa: ANN401  (whatever was decoded)
        """Return the format that a record looks like; None if it is the chosen one, or none that is known."""
        if self.chosen.knows(value):
            return None
        return next((candidate for candidate in self._candidates if candidate.knows(value)), None)

    def tell(self, record: Record, log: ImportLog) -> None:
        """Tell of a record that was skipped, if it is in another format."""
        if other := self.of(record.value):
            log.other_format(record.line, f"it is not a record of {self.chosen.title}, but looks like {other.title}")


def tell_other_format(path: Path, chosen: FlowFormat, log: ImportLog) -> None:
    """Tell which other format a file of lines is in, if that holds of more than half of the first."""
    if chosen.records not in _LINES:
        return
    others = OtherFormats(chosen)
    # What cannot be decoded was reported when the file was read.
    found = [others.of(record.value) for record in islice(records_of(path, chosen.records, ImportLog("")), SAMPLED)]
    counted = Counter(other.name for other in found if other is not None)
    if 2 * counted.total() <= len(found):
        return
    (name, count), *_ = counted.most_common(1)
    message = (
        f"of the first {len(found):,} records {counted.total():,} are not records of {chosen.title}; "
        f"{count:,} look like {FORMATS.named(name).title}"
    )
    remedy = f"import the file also as {name}: name the format"
    log.problems.add(Problem(Severity.WARNING, "other-format", message, remedy, file=log.file))
