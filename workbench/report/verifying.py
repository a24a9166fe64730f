"""Whether a bundle is as it was written, and whether its answers are found again (audit-reports 4)."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from workbench.ground import (
    FirstRows,
    NotFoundError,
    Progress,
    Result,
    WorkbenchError,
    count_of,
    first_rows,
    no_progress,
    visible,
)
from workbench.report.bundle import AUDIT, SUMS, Kept, audit_of, digest_of, paths_in
from workbench.report.frames import VERIFIED
from workbench.report.recomputing import Difference, of_file, recomputed

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Verification", "verify_bundle"]

_CHANGED: Final = "it was changed"
_LINE: Final = re.compile(r"(?P<hash>[0-9a-f]{64})  (?P<name>[^\r\n]+)")


@dataclass(frozen=True, eq=False, repr=False)
class Verification(Result):
    """What was found about a bundle. Made by `verify_bundle`.

    Attributes
    ----------
    folder : str
    digest : str
        Of the bundle.
    versions : mapping of str to str
        With which it was written.
    differences : tuple of Difference
    told : tuple of str
        What else is to be known, a sentence each.
    """

    _written_as: ClassVar[str] = "verification"
    _columns: ClassVar[tuple[str, ...]] = ("kind", "file", "table", "row", "column", "kept", "computed")

    folder: str
    digest: str
    versions: Mapping[str, str]
    differences: tuple[Difference, ...]
    told: tuple[str, ...] = ()
    origins: tuple[Result, ...] = field(default=(), compare=False)

    @property
    def ok(self) -> bool:
        """Whether every file is as it was written, and every answer was found again."""
        return not self.differences

    @property
    def headline(self) -> str:
        """The verdict, in one line."""
        if self.ok:
            return "The bundle is as it was written, and all its answers were found again"
        counts = Counter(one.kind for one in self.differences)
        words = ", ".join(count_of(number, kind) for kind, number in counts.items())
        return f"The bundle is not as it was written, or its answers are others now: {words}"

    @property
    def notes(self) -> tuple[str, ...]:
        """What else is to be known, a sentence each."""
        return self.told

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each difference; columns as in `frames.VERIFIED`."""
        return VERIFIED.from_rows(self.differences)

    def _facts(self) -> Iterator[str]:
        yield self.headline

    def _first_rows(self) -> FirstRows:
        return first_rows(self.to_frame(), self._columns, noun="difference")

    def __str__(self) -> str:
        last = visible(f"Digest: {self.digest}")
        return "\n".join([f"{self.headline}.", *map(visible, self.told), *map(str, self.differences), last])


def verify_bundle(folder: str | Path, *, digest: str = "", progress: Progress = no_progress) -> Verification:
    """Compare a bundle with its hashes, and its answers with what its inputs give now.

    Parameters
    ----------
    folder : str or Path
    digest : str, optional
        That `write_bundle` returned, kept elsewhere: who changes a bundle with all its hashes cannot have it.
    progress : Progress, optional
        It may raise, and that stops the work.

    Returns
    -------
    Verification

    Raises
    ------
    NotFoundError
        If there is no bundle.
    """
    place = Path(folder)
    if not (place / AUDIT).is_file() and not (place / SUMS).is_file():
        message = f"{place} is no bundle of an audit: it has neither {AUDIT} nor {SUMS}"
        raise NotFoundError(message)
    progress("hashes are compared", 0, None)
    differences = list(_sums(place))
    found = digest_of(place) if (place / SUMS).is_file() else ""
    if digest and digest != found:
        differences.append(of_file(SUMS, digest, found, "the digest is another one than the one that was given"))
    remarks: list[str] = []
    kept: Kept | None = None
    try:
        kept = audit_of(place)
        listed = list(_listed(place, kept))
        differences = [*_witnessed(differences, {one.file for one in listed}), *listed]
    except WorkbenchError as error:
        told = f"the answers are not compared: {error}"
        differences.append(
            Difference("text", "", "", "", "", "", "", told) if differences else of_file(AUDIT, "", "", told)
        )
    if kept is not None:
        known = {one.file for one in differences}
        differences.extend(
            one for one in recomputed(place, kept, remarks, progress) if one.file not in known or one.table
        )
    versions = {} if kept is None else kept.audit.versions
    origins = () if kept is None else (kept.audit,)
    return Verification(str(folder), found, versions, tuple(differences), tuple(remarks), origins)


# --- files ------------------------------------------------------------------------------------------------


def _sums(folder: Path) -> Iterator[Difference]:
    """Yield the files that are not as the list of hashes has them."""
    try:
        content = (folder / SUMS).read_bytes()
        lines = content.decode("ascii", "surrogateescape").split("\n")
    except OSError as error:
        yield of_file(SUMS, "", "", f"it cannot be read: {error.strerror}")
        return
    said: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if number == len(lines) and not line:
            break
        match = _LINE.fullmatch(line)
        if match is None or match["name"] in said:
            yield of_file(SUMS, "", "", f"line {number} is no hash of a file, or tells of one again")
        else:
            said[match["name"]] = match["hash"]
    if list(said) != sorted(said) or lines[-1]:
        yield of_file(SUMS, "", "", "its lines are not as they are written")
    there = set(paths_in(folder)) - {SUMS}
    for name in sorted(said.keys() | there):
        if name not in there:
            yield of_file(name, said[name], "", "it is missing")
        elif name not in said:
            yield of_file(name, "", _hash(folder / name), "it is not part of the bundle")
        elif (now := _hash(folder / name)) != said[name]:
            yield of_file(name, said[name], now, _CHANGED)


def _witnessed(differences: Iterable[Difference], wrong: Container[str]) -> Iterator[Difference]:
    """Yield what the list of hashes says; where ``audit.json`` has the right hash of a file, the list is at fault."""
    for one in differences:
        if one.message != _CHANGED:
            yield one
        elif one.file == AUDIT:
            yield one._replace(message=f"{_CHANGED}, or {SUMS} was")
        elif one.file not in wrong:
            yield of_file(SUMS, one.kept, one.computed, f"it has another hash of {one.file} than {AUDIT}")


def _listed(folder: Path, kept: Kept) -> Iterator[Difference]:
    """Yield the files that are not as ``audit.json`` has them."""
    there = set(paths_in(folder)) - {SUMS, AUDIT}
    try:
        said = {str(name): (int(one["size"]), str(one["sha256"])) for name, one in kept.files.items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        yield of_file(AUDIT, "", "", f"its list of files cannot be read: {error}")
        return
    for name in sorted(said.keys() | there):
        if name not in there:
            yield of_file(name, said[name][1], "", "it is missing")
        elif name not in said:
            yield of_file(name, "", _hash(folder / name), f"{AUDIT} does not list it")
        elif ((folder / name).stat().st_size, now := _hash(folder / name)) != said[name]:
            yield of_file(name, said[name][1], now, f"{AUDIT} has another hash or size")


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
