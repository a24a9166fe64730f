"""Where imported flows are kept: batches of Parquet, and a manifest that says which of them count.

A batch is visible when the manifest names it, and the manifest is replaced as a whole: whatever ends a
process, there is the old state or the new. It also knows what each file of Parquet must hold, so that one that
was damaged is found.
"""

from __future__ import annotations

import json
import re
import shutil
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from filelock import FileLock, Timeout

from workbench.flows.parts import ANSWERS, ROWS, TOTALS, Part, Sum, damage_in, place_of_part, sum_of
from workbench.ground import (
    FEW_ROWS,
    ArgumentError,
    FirstRows,
    NotFoundError,
    Problem,
    Severity,
    Shown,
    View,
    WorkbenchError,
    count_of,
    first_of,
    flush_to_disk,
    unfinished,
    write_atomically,
)

if TYPE_CHECKING:
    from workbench.flows.flows import Moment

__all__ = ["Batch", "FlowStore", "FlowStoreError"]

_BATCHES, _LOCK, _INCOMING = "batches", ".lock", ".incoming"
_VERSION: Final = 3
_PATIENCE: Final = 600.0
"""Seconds to wait for another import into the same store."""
CHECKED: Final = 256 << 20
"""So many bytes are read to see whether they are what was written, before a question is answered."""
_ID: Final = re.compile(r"[0-9a-f]{32}")


def _now() -> datetime:
    return datetime.now(UTC)


def _clock(moment: str, length: int = 19) -> str:
    """Return a time of the manifest as people read it."""
    return moment[:length].replace("T", " ")


class FlowStoreError(WorkbenchError, RuntimeError):
    """A folder is not a flow store, or cannot be used now."""


@dataclass(frozen=True, slots=True, repr=False)
class Batch(Shown):
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
        How many records are not flows, by reason.
    first, last : str
        The earliest and the latest time in the rows, RFC 3339; empty without rows.
    imported_at : str
        RFC 3339.
    part : Part
        The files of Parquet that hold the rows; batches that were imported in one pass share them.
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
    part: Part = field(default_factory=Part)

    def _facts(self) -> Iterator[str]:
        yield f"{self.file} as {self.format}"
        yield count_of(self.rows, "row")
        if self.first:
            yield f"{_clock(self.first, 16)} to {_clock(self.last, 16)} UTC"
        counted = ((self.duplicates, "duplicate"), (sum(self.skipped.values()), "skipped"), (self.broken, "broken"))
        yield from (f"{count:,} {what}" for count, what in counted if count)


class FlowStore(Shown):
    """A folder of imported flows.

    Parameters
    ----------
    folder : str or Path
        Made when something is imported.
    cluster : str, optional
        The cluster of flows that name none, when they are imported.
    """

    MANIFEST: Final = "manifest.json"
    """The file that says which batches count."""

    def __init__(self, folder: str | Path, *, cluster: str = "") -> None:
        self.folder, self.cluster = Path(folder), cluster

    def _facts(self) -> Iterator[str]:
        batches = self.batches()
        yield repr(str(self.folder))
        yield f"{count_of(sum(batch.rows for batch in batches), 'row')} of {count_of(len(batches), 'file')}"

    def _view(self) -> View:
        columns = ("file", "format", "rows", "first", "last", "broken")
        batches = self.batches()
        rows = tuple(
            (one.file, one.format, f"{one.rows:,}", _clock(one.first), _clock(one.last), f"{one.broken:,}")
            for one in batches[:FEW_ROWS]
        )
        listed = FirstRows(columns, rows, len(rows), len(batches), "file", frozenset({"rows", "broken"}))
        return View(type(self).__name__, tuple(self._facts()), rows=listed)

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
                message = (
                    f"{path} was written by another version of the workbench ({content['version']}): "
                    "import the files into a new store"
                )
                raise FlowStoreError(message)
            parts = {_safe(name): Part(name, _sums(files)) for name, files in content["parts"].items()}
            return tuple(
                Batch(
                    **{
                        **found,
                        "id": _safe(found["id"]),
                        "skipped": MappingProxyType(found["skipped"]),
                        "part": parts[found["part"]],
                    }
                )
                for found in content["batches"]
            )
        except FileNotFoundError:
            return ()
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            message = f"{path} is not a valid manifest of a flow store: {error}"
            raise FlowStoreError(message) from error
        except OSError as error:
            message = f"{path} cannot be read: {error.strerror or error}"
            raise FlowStoreError(message) from error

    def files(self) -> list[Path]:
        """Return the Parquet files that count, each once; those of batches without rows are left out."""
        return list(dict.fromkeys(self.file_of(batch) for batch in self.batches() if batch.rows))

    def file_of(self, batch: Batch) -> Path:
        """Return the Parquet file that holds the rows of a batch; the column ``source_file`` tells them apart."""
        return self._place(batch.part, ROWS)

    def totals_of(self, batch: Batch) -> Path:
        """Return the Parquet file that says what the edges of a batch are, as `aggregate.edge_totals` makes it."""
        return self._place(batch.part, TOTALS)

    def answers_of(self, batch: Batch) -> Path:
        """Return the Parquet file of a batch's DNS answers, with columns as in `names.READ_SCHEMA`."""
        return self._place(batch.part, ANSWERS)

    def damage(self, batches: Iterable[Batch] | None = None, *, thoroughly: bool = False) -> dict[str, dict[str, str]]:
        """Return what is wrong with the files of batches, by part and by kind of file.

        Parameters
        ----------
        batches : iterable of Batch, optional
            By default all.
        thoroughly : bool
            Read all of every file; else those whose size or ends are wrong are found, and of `CHECKED` bytes, the
            smallest files first, everything.
        """
        parts = {batch.part.id: batch.part for batch in (self.batches() if batches is None else batches)}
        files = [
            (expected.size, part.id, kind, expected) for part in parts.values() for kind, expected in part.files.items()
        ]
        left = CHECKED
        found: dict[str, dict[str, str]] = {}
        for size, name, kind, expected in sorted(files, key=lambda file: file[:3]):
            left -= size
            message = damage_in(self._place(parts[name], kind), expected, thoroughly=thoroughly or left >= 0)
            if message:
                found.setdefault(name, {})[kind] = message
        return found

    def problems(self, damage: Mapping[str, Mapping[str, str]] | None = None) -> list[Problem]:
        """Return a problem for each file of the store that is damaged, which names the files whose flows it held.

        Parameters
        ----------
        damage : mapping, optional
            As `damage` returned it; by default everything is read.
        """
        batches = self.batches()
        wrong = self.damage(batches, thoroughly=True) if damage is None else damage
        problems = []
        for name, kinds in wrong.items():
            held = [batch for batch in batches if batch.part.id == name]
            sources = first_of([batch.file for batch in held])
            rows = sum(batch.rows for batch in held)
            for kind, message in kinds.items():
                lost = {
                    ROWS: f"{rows:,} flows of {sources} are missing from every answer",
                    TOTALS: f"the flows of {sources} are counted anew for each answer",
                    ANSWERS: f"the DNS names of {sources} are missing",
                }[kind]
                place = str(self._place(held[0].part, kind))
                remedy = f"import {sources} again"
                problems.append(Problem(Severity.ERROR, "damaged-batch", f"{message}: {lost}", remedy, file=place))
        return problems

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

    def add(self, batches: Sequence[Batch], files: Mapping[str, Path]) -> list[Batch]:
        """Move the finished files of a pass into their places and make them count; within `writing` only.

        Parameters
        ----------
        batches : sequence of Batch
        files : mapping of str to Path
            By what they are, as of `parts.Part`; those of rows are left aside where no batch has any.

        Returns
        -------
        list of Batch
            With their part. They replace those of the same ids.
        """
        added = self._placed(batches, files)
        ids = {batch.id for batch in added}
        self._write((*(batch for batch in self.batches() if batch.id not in ids), *added))
        return added

    def _placed(self, batches: Sequence[Batch], files: Mapping[str, Path]) -> list[Batch]:
        """Move the finished files of a pass into their places; they do not count yet."""
        has = {ANSWERS: any(batch.answers for batch in batches)}
        has[ROWS] = has[TOTALS] = any(batch.rows for batch in batches)
        finished = {kind: path for kind, path in files.items() if has[kind]}
        part = Part(uuid.uuid4().hex, MappingProxyType({kind: sum_of(path) for kind, path in finished.items()}))
        for kind, made in finished.items():
            flush_to_disk(made)
            made.replace(self._place(part, kind))
        flush_to_disk(self.folder / _BATCHES)
        return [replace(batch, part=part) for batch in batches]

    def remove(self, batch_id: str) -> None:
        """Forget a batch, such as one that was imported by mistake.

        Raises
        ------
        NotFoundError
            If there is no batch of that id.
        FlowStoreError
            If its rows cannot be distinguished from those that were imported with it, because their file is damaged.
        """
        from workbench.flows.importing.removal import without_file  # noqa: PLC0415  (it needs the store)

        with self.writing() as incoming:
            batches = self.batches()
            found = next((batch for batch in batches if batch.id == batch_id), None)
            if found is None:
                message = f"no batch has the id {batch_id!r:.80}"
                raise NotFoundError(message)
            others = [batch for batch in batches if batch.part.id == found.part.id and batch.id != batch_id]
            if others and self.damage([found], thoroughly=True):
                message = f"{self.file_of(found)} is damaged: {found.file} cannot be taken out of it"
                raise FlowStoreError(message)
            if others and found.part.files:
                self.add(others, without_file(self, found, incoming))
            self._write(tuple(batch for batch in self.batches() if batch.id != batch_id))

    def remove_before(self, moment: Moment, *, now: Callable[[], datetime] = _now) -> int:
        """Forget the flows and DNS answers that began before a moment: all of them, or none.

        Those without a time are kept. What was imported stays known: a file whose flows went is not imported again.

        Parameters
        ----------
        moment : datetime, date or str
            Text as `moments.moment_of` reads it: ``"2026-11-21"``, ``"30 days ago"``; without a zone it is UTC.
        now : callable, optional
            Returns the time.

        Returns
        -------
        int
            How many flows went.

        Raises
        ------
        ArgumentError
            If a text is not a time.
        FlowStoreError
            If a file that holds some of them is damaged, or the folder cannot be written.
        """
        from workbench.flows.importing.removal import without_older  # noqa: PLC0415  (it needs the store)
        from workbench.flows.moments import moment_of  # noqa: PLC0415  (brings what reads dates)

        plain = moment_of(moment, now)
        if not self.batches():
            return 0
        with self.writing() as incoming:
            batches = self.batches()
            for problem in self.problems():
                message = f"{problem.file} is damaged: it is not known what it holds"
                raise FlowStoreError(message, problem.remedy)
            changed: dict[str, Batch] = {}
            for name in dict.fromkeys(batch.part.id for batch in batches if batch.part.files):
                left = without_older(self, [batch for batch in batches if batch.part.id == name], plain, incoming)
                if left is not None:
                    changed.update((batch.id, batch) for batch in self._placed(left[1], left[0]))
            kept = tuple(changed.get(batch.id, batch) for batch in batches)
            if changed:
                self._write(kept)
                self._sweep()
        return sum(batch.rows for batch in batches) - sum(batch.rows for batch in kept)

    def size(self) -> int:
        """Return how many bytes it has on the disk."""
        return sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())

    def _write(self, batches: tuple[Batch, ...]) -> None:
        parts = {batch.part.id: {kind: list(part) for kind, part in batch.part.files.items()} for batch in batches}
        content = {"version": _VERSION, "parts": parts, "batches": [_plain(batch) for batch in batches]}
        write_atomically(self.folder / self.MANIFEST, json.dumps(content, indent=1).encode(), flushed=True)

    def _place(self, part: Part, kind: str) -> Path:
        return place_of_part(self.folder / _BATCHES, part, kind)

    def _sweep(self) -> None:
        """Remove what no manifest names: it was never finished, or was replaced."""
        shutil.rmtree(self.folder / _INCOMING, ignore_errors=True)
        named = {self._place(batch.part, kind) for batch in self.batches() for kind in batch.part.files}
        for path in (self.folder / _BATCHES).iterdir():
            if path.suffix == ".parquet" and path not in named:
                path.unlink()
        for path in unfinished(self.folder / self.MANIFEST):
            path.unlink()


def _safe(name: str) -> str:
    """Return an id, which is the name of files.

    Raises
    ------
    ArgumentError
        If it could name anything else than a file of the store.
    """
    if not _ID.fullmatch(name):
        message = f"{name!r:.80} is not the id of a batch"
        raise ArgumentError(message)
    return name


def _sums(files: Mapping[str, Any]) -> Mapping[str, Sum]:
    return MappingProxyType({kind: Sum(int(files[kind][0]), str(files[kind][1])) for kind in files if kind in _KINDS})


_KINDS: Final = (ROWS, TOTALS, ANSWERS)


def _plain(batch: Batch) -> dict[str, Any]:
    """Return a batch as JSON takes it."""
    values = {one.name: getattr(batch, one.name) for one in fields(batch)}
    return {**values, "skipped": dict(batch.skipped), "part": batch.part.id}
