"""Which formats of flows there are, and which of them a file is in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, overload

from workbench.ground import ArgumentError, Plugins

if TYPE_CHECKING:
    import ibis
    from ibis.backends.duckdb import Backend

    from workbench.flows.log import ImportLog
    from workbench.flows.rules.names import DnsAnswer

__all__ = [
    "FORMATS",
    "FlowFormat",
    "FlowFormats",
    "Observation",
    "ReadTables",
    "ReadsRecord",
    "RecordKind",
    "TableSource",
    "UnknownFlowFormatError",
    "register_flow_format",
]

RecordKind: TypeAlias = Literal["json-lines", "text-lines", "json-document", "yaml-documents"]
"""How a file is cut into records.

``json-lines``: JSON records, mostly one a line; those in arrays, over several lines, in documents of YAML and in
envelopes of collectors and stores are taken out of them. ``text-lines``: one text a line. ``json-document``: JSON
values as they stand, such as a graph; members of an array by themselves. ``yaml-documents``: YAML documents, objects
as Kubernetes writes them, lists flattened.
"""

Observation: TypeAlias = dict[str, Any]
"""One row: columns of `schema.OBSERVATION_SCHEMA`; what is not known is left out."""

Detects: TypeAlias = Callable[[Any], bool]
ReadsRecord: TypeAlias = "Callable[[Any, ImportLog], Iterable[Observation | DnsAnswer]]"
ReadsTable: TypeAlias = "Callable[[Backend, Sequence[TableSource], Path], ReadTables]"


class TableSource(NamedTuple):
    """A file that a reader of whole files is given, and where it tells what it met there."""

    path: Path
    log: ImportLog


class ReadTables(NamedTuple):
    """What a reader of whole files makes of them.

    Attributes
    ----------
    observations : Table
        Columns as in `schema.OBSERVATION_SCHEMA`; ``source_file`` as the log of the file says.
    answers : Table or None
        DNS answers, with columns as in `names.READ_SCHEMA`; None where the format has none.
    """

    observations: ibis.Table
    answers: ibis.Table | None = None


class UnknownFlowFormatError(ArgumentError):
    """No format knows the file.

    Attributes
    ----------
    is_recording : bool
        Whether flows are in the file that are not read, as far as can be seen.
    """

    def __init__(self, message: str, remedy: str = "", *, is_recording: bool = False) -> None:
        super().__init__(message, remedy)
        self.is_recording = is_recording


@dataclass(frozen=True, slots=True)
class FlowFormat:
    """A format of flows.

    Attributes
    ----------
    name : str
        As it is given to ``format=``, and kept in ``source_format``.
    title : str
        What people call it.
    records : RecordKind
    detects : callable
        Tells of one of the first records (or of the document) whether it is in this format.
    reads_record : callable or None
        Yields the observations in a record, and the DNS answers (`names.DnsAnswer`); a record that is none is
        counted by ``log.skip(reason)``. Whatever it raises makes the record a Problem.
    reads_table : callable or None
        Or: returns the observations of whole files, and the DNS answers, as tables of a DuckDB connection, for
        speed (`ReadTables`). It is given the connection, one large file or several small ones (`TableSource`), and a
        folder for what it writes down until the tables are read, which happens more than once.
    blind_spots : tuple of str
        What the source does not record, a sentence each, so that what is missing is not taken for what never was.
    """

    name: str
    title: str
    records: RecordKind
    detects: Detects
    reads_record: ReadsRecord | None = None
    reads_table: ReadsTable | None = None
    blind_spots: tuple[str, ...] = ()

    def knows(self, record: object) -> bool:
        """Tell whether a record is in this format."""
        try:
            return bool(self.detects(record))
        except Exception:  # noqa: BLE001  (it looks for something that other formats do not have)
            return False


class FlowFormats(Plugins[FlowFormat]):
    """The formats by name; each is asked whether it knows a record."""

    def detect(self, kind: RecordKind, records: Sequence[Any]) -> FlowFormat | None:
        """Return the format that knows the first of `records` that any format knows; None if none does."""
        candidates = self.of_kind(kind)
        for record in records:
            for candidate in candidates:
                if candidate.knows(record):
                    return candidate
        return None

    def of_kind(self, kind: RecordKind) -> tuple[FlowFormat, ...]:
        """Return the formats whose files are cut into records in this way, by name."""
        return tuple(found for found in self if found.records == kind)


FORMATS = FlowFormats("flow format", group="netpol_workbench.flow_formats")
"""The formats of flows."""


@overload
def register_flow_format(
    name: str,
    *,
    title: str,
    records: RecordKind,
    detects: Detects,
    whole_files: Literal[False] = False,
    blind_spots: Iterable[str] = (),
) -> Callable[[ReadsRecord], ReadsRecord]: ...
@overload
def register_flow_format(
    name: str,
    *,
    title: str,
    records: RecordKind,
    detects: Detects,
    whole_files: Literal[True],
    blind_spots: Iterable[str] = (),
) -> Callable[[ReadsTable], ReadsTable]: ...
def register_flow_format(
    name: str,
    *,
    title: str,
    records: RecordKind,
    detects: Detects,
    whole_files: bool = False,
    blind_spots: Iterable[str] = (),
) -> Callable[[Any], Any]:
    """Return a decorator that registers a function as a format: it reads one record, or whole files into tables.

    Parameters
    ----------
    name : str
        Replaces the format of that name if there is one, so that a notebook's cell can run twice.
    title : str
        What people call it.
    records : RecordKind
        What a file is cut into, such as ``text-lines``.
    detects : Detects
        Tells of a first record whether the file is in this format; it may raise if it is not.
    whole_files : bool
        Whether the function is `FlowFormat.reads_table`, for speed, and not `FlowFormat.reads_record`.
    blind_spots : iterable of str
        What the source does not record, a sentence each: audit reports say it.

    Notes
    -----
    `CONTRIBUTING.md` has a recipe.
    """
    spots = tuple(blind_spots)

    def registered(reads: Any) -> Any:  # noqa: ANN401  (a reader of either kind, as the signatures say)
        of_record, of_table = (None, reads) if whole_files else (reads, None)
        FORMATS.register(name, FlowFormat(name, title, records, detects, of_record, of_table, spots))
        return reads

    return registered
