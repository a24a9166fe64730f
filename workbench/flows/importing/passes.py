"""Which files are imported together: each by itself, or many small ones of one format in one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from workbench.flows.importing.batches import Imported, import_files
from workbench.flows.readers import FlowFormat
from workbench.flows.records import Recording
from workbench.flows.store import FlowStore
from workbench.ground import Progress

__all__ = ["Passes"]

SMALL: Final = 4 << 20
"""Bytes; a file that is larger is imported by itself."""
AT_ONCE: Final = 64 << 20
MOST: Final = 1_000
"""Most bytes, and most files, that are imported in one pass."""


class Passes:
    """Gathers small files by format until there are enough of them for a pass.

    Parameters
    ----------
    store : FlowStore
    memory_limit, progress, now
        As of `batches.import_file`.
    """

    def __init__(
        self, store: FlowStore, memory_limit: str | None, progress: Progress, now: Callable[[], datetime]
    ) -> None:
        self._store, self._memory_limit, self._progress, self._now = store, memory_limit, progress, now
        self._waiting: dict[str, dict[str, Recording]] = {}
        self._formats: dict[str, FlowFormat] = {}
        self._sizes: dict[str, int] = {}

    def take(self, recording: Recording, found: FlowFormat) -> Iterator[Imported]:
        """Take a file of a format; yield what became of those whose pass is due."""
        name = found.name
        if recording.name in self._waiting.get(name, ()):
            yield from self._flush(name)
        size = recording.path.stat().st_size
        if size > SMALL:
            yield from self._import([recording], found)
            return
        self._formats[name] = found
        self._waiting.setdefault(name, {})[recording.name] = recording
        self._sizes[name] = self._sizes.get(name, 0) + size
        if self._sizes[name] >= AT_ONCE or len(self._waiting[name]) >= MOST:
            yield from self._flush(name)

    def finish(self) -> Iterator[Imported]:
        """Import what waits."""
        for name in list(self._waiting):
            yield from self._flush(name)

    def _flush(self, name: str) -> Iterator[Imported]:
        recordings = list(self._waiting.pop(name, {}).values())
        self._sizes.pop(name, None)
        if recordings:
            yield from self._import(recordings, self._formats[name])

    def _import(self, recordings: list[Recording], found: FlowFormat) -> Iterator[Imported]:
        try:
            yield from import_files(
                self._store,
                recordings,
                found,
                memory_limit=self._memory_limit,
                progress=self._progress,
                now=self._now,
            )
        finally:
            for recording in recordings:
                recording.discard()
