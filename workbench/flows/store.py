"""Where imported flows are kept: batches of Parquet, and a manifest that says which of them count.

A batch is visible when the manifest names it, and the manifest is replaced as a whole: whatever ends a
process, there is the old state or the new.
"""

from __future__ import annotations

import json
import os
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from filelock import FileLock, Timeout

__all__ = ["Batch", "FlowStore", "FlowStoreError"]

_BATCHES, _LOCK, _INCOMING = "batches", ".lock", ".incoming"
_VERSION: Final = 2
_PATIENCE: Final = 600.0
"""Seconds to wait for another import into the same store."""


class FlowStoreError(RuntimeError):
    """A folder is no flow store, or cannot be used now."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The rows of one imported file.

    Attributes
    ----------
    id : str
        A hash of what the file holds and of how it was read: importing it again changes nothing.
    file, format : str
        The file as it was named, and its format.
    rows : int
        Rows that were kept.
    duplicates : int
        Rows that were there already, in this file or in another.
    broken : int
        Records that could not be read.
    answers : int
        DNS answers, which are kept beside the flows.
    skipped : mapping of str to int
        How many records are no flows, by reason.
    first, last : str
        The earliest and the latest time in the rows, RFC 3339; empty without rows.
    imported_at : str
        RFC 3339.
    """

    id: str
    file: str
    format: str
    rows: int = 0
    duplicates: int = 0
    broken: int = 0
    answers: int = 0
    skipped: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    first: str = ""
    last: str = ""
    imported_at: str = ""


class FlowStore:
    """A folder of imported flows.

    Parameters
    ----------
    folder : str or Path
        Made when something is imported.
    """

    MANIFEST: Final = "manifest.json"
    """The file that says which batches count."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)

    def __repr__(self) -> str:
        """Return where it is, and how much it holds."""
        batches = self.batches()
        return f"FlowStore({str(self.folder)!r}: {sum(batch.rows for batch in batches):,} rows of {len(batches)} files)"

    def batches(self) -> tuple[Batch, ...]:
        """Return what has been imported, in the order of the imports.

        Raises
        ------
        FlowStoreError
            If the manifest is not one that this version reads.
        """
        path = self.folder / self.MANIFEST
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["version"] != _VERSION:
                message = f"{path} was written by another version of the workbench ({content['version']})"
                raise FlowStoreError(message)
            return tuple(
                Batch(**{**found, "skipped": MappingProxyType(found["skipped"])}) for found in content["batches"]
            )
        except FileNotFoundError:
            return ()
        except (ValueError, TypeError, KeyError) as error:
            message = f"{path} is no manifest of a flow store: {error}"
            raise FlowStoreError(message) from error

    def files(self) -> list[Path]:
        """Return the Parquet files that count; those of batches without rows are left out."""
        return [self.file_of(batch) for batch in self.batches() if batch.rows]

    def file_of(self, batch: Batch) -> Path:
        """Return the Parquet file of a batch."""
        return self.folder / _BATCHES / f"{batch.id}.parquet"

    def totals_of(self, batch: Batch) -> Path:
        """Return the Parquet file that says what the edges of a batch are, as `aggregate.edge_totals` makes it."""
        return self.folder / _BATCHES / f"{batch.id}.totals.parquet"

    def answers_of(self, batch: Batch) -> Path:
        """Return the Parquet file of a batch's DNS answers, with columns as in `names.ANSWER_SCHEMA`."""
        return self.folder / _BATCHES / f"{batch.id}.names.parquet"

    @contextmanager
    def writing(self) -> Iterator[Path]:
        """Give one process at a time the right to add batches, and a folder for what is not finished.

        What an import left behind that was killed is removed.

        Raises
        ------
        FlowStoreError
            If the folder cannot be written, or another import does not end.
        """
        try:
            (self.folder / _BATCHES).mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / _LOCK, timeout=_PATIENCE)
            with lock:
                self._sweep()
                incoming = self.folder / _INCOMING / uuid.uuid4().hex
                incoming.mkdir(parents=True)
                try:
                    yield incoming
                finally:
                    shutil.rmtree(incoming, ignore_errors=True)
        except Timeout as error:
            message = f"another import into {self.folder} has not ended within {_PATIENCE:.0f} seconds"
            raise FlowStoreError(message) from error
        except OSError as error:
            message = f"{self.folder} cannot be used as a flow store: {error}"
            raise FlowStoreError(message) from error

    def add(self, batch: Batch, rows: Path, totals: Path, answers: Path | None = None) -> None:
        """Move finished files into their places and make them count; within `writing` only."""
        finished = [(rows, self.file_of(batch)), (totals, self.totals_of(batch))] if batch.rows else []
        if batch.answers and answers is not None:
            finished.append((answers, self.answers_of(batch)))
        for made, place in finished:
            _flushed(made)
            made.replace(place)
        _flushed(self.folder / _BATCHES)
        self._write((*self.batches(), batch))

    def remove(self, batch_id: str) -> None:
        """Forget a batch, such as one that was imported by mistake.

        Raises
        ------
        KeyError
            If there is no batch of that id.
        """
        with self.writing():
            batches = self.batches()
            kept = tuple(batch for batch in batches if batch.id != batch_id)
            if len(kept) == len(batches):
                raise KeyError(batch_id)
            self._write(kept)

    def _write(self, batches: tuple[Batch, ...]) -> None:
        plain: list[dict[str, Any]] = [asdict(replace(batch, skipped=dict(batch.skipped))) for batch in batches]
        temporary = self.folder / f"{self.MANIFEST}.{uuid.uuid4().hex}"
        temporary.write_text(json.dumps({"version": _VERSION, "batches": plain}, indent=1), encoding="utf-8")
        _flushed(temporary)
        temporary.replace(self.folder / self.MANIFEST)
        _flushed(self.folder)

    def _all_of(self, batch: Batch) -> tuple[Path, ...]:
        return self.file_of(batch), self.totals_of(batch), self.answers_of(batch)

    def _sweep(self) -> None:
        """Remove what no manifest names: it was never finished."""
        shutil.rmtree(self.folder / _INCOMING, ignore_errors=True)
        named = {path for batch in self.batches() for path in self._all_of(batch)}
        for path in (self.folder / _BATCHES).glob("*.parquet"):
            if path not in named:
                path.unlink()
        for path in self.folder.glob(f"{self.MANIFEST}.*"):
            path.unlink()


def _flushed(path: Path) -> None:
    """Have a file, or the names in a folder, written to the disk for certain."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
