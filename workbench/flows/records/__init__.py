"""From a file to its records, however they are packed: containers, compression, encodings, wrappers and layouts.

One layer in front of all readers: a reader is given one record, and does not know how the file held it.
"""

from workbench.flows.records.containers import Recording, recordings_in
from workbench.flows.records.cutting import LARGEST_DOCUMENT, TOLD_EVERY, Record, records_in, records_of
from workbench.flows.records.layout import Layout, layout_of
from workbench.flows.records.streams import is_direct, opened

__all__ = [
    "LARGEST_DOCUMENT",
    "TOLD_EVERY",
    "Layout",
    "Record",
    "Recording",
    "is_direct",
    "layout_of",
    "opened",
    "recordings_in",
    "records_in",
    "records_of",
]
