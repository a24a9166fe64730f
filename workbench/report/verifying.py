"""Whether a bundle is as it was written, and whether its answers are found again (audit-reports 4)."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final, NamedTuple

from workbench.ground import (
    ArgumentError,
    FirstRows,
    NotFoundError,
    Progress,
    Result,
    WorkbenchError,
    count_of,
    first_rows,
    joined,
    no_progress,
    visible,
)
from workbench.report.audit import Audit, audit
from workbench.report.bundle import AUDIT, SUMS, BundleError, Kept, audit_of, digest_of, earlier_of, paths_in
from workbench.report.data import data_files
from workbench.report.frames import VERIFIED
from workbench.report.html import html
from workbench.report.kept_inputs import kept_inputs
from workbench.report.model import Prose, ReportPicture, ReportTable
from workbench.report.pages import is_missing
from workbench.report.versions import versions_here

if TYPE_CHECKING:
    import pandas as pd

    from workbench.report.model import Part

__all__ = ["Difference", "Verification", "verify_bundle"]

MOST: Final = 1_000
"""So many differences of one table are listed."""
_LINE: Final = re.compile(r"(?P<hash>[0-9a-f]{64})  (?P<name>[^\r\n]+)")


class Difference(NamedTuple):
    """A thing that is not as it was written, or not found again; the columns of `frames.VERIFIED`."""

    kind: str
    file: str
    table: str
    row: str
    column: str
    kept: str
    computed: str
    message: str

    def __str__(self) -> str:
        place = " ".join(part for part in (self.table or self.file, self.row, self.column) if part)
        cells = f": {self.kept!r}, and now {self.computed!r}" if self.kept or self.computed else ""
        return visible(f"{self.kind}: {place}: {self.message}{cells}")


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
        return "\n".join(
            [f"{self.headline}.", *map(visible, self.told), *map(str, self.differences), f"Digest: {self.digest}"]
        )


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
        differences.append(_of_file(SUMS, digest, found, "the digest is another one than the one that was given"))
    remarks: list[str] = []
    kept: Kept | None = None
    try:
        kept = audit_of(place)
        differences.extend(one for one in _listed(place, kept) if one.file not in {each.file for each in differences})
    except WorkbenchError as error:
        differences.append(_of_file(AUDIT, "", "", str(error)))
    if kept is not None:
        known = {one.file for one in differences}
        differences.extend(
            one for one in _recomputed(place, kept, remarks, progress) if one.file not in known or one.table
        )
    versions = {} if kept is None else kept.audit.versions
    origins = () if kept is None else (kept.audit,)
    return Verification(str(folder), found, versions, tuple(differences), tuple(remarks), origins)


# --- files ------------------------------------------------------------------------------------------------


def _of_file(file: str, kept: str, computed: str, message: str) -> Difference:
    return Difference("file", file, "", "", "", kept, computed, message)


def _sums(folder: Path) -> Iterator[Difference]:
    """Yield the files that are not as the list of hashes has them."""
    try:
        content = (folder / SUMS).read_bytes()
        lines = content.decode("ascii", "surrogateescape").split("\n")
    except OSError as error:
        yield _of_file(SUMS, "", "", f"it cannot be read: {error.strerror}")
        return
    said: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if number == len(lines) and not line:
            break
        match = _LINE.fullmatch(line)
        if match is None or match["name"] in said:
            yield _of_file(SUMS, "", "", f"line {number} is no hash of a file, or tells of one again")
        else:
            said[match["name"]] = match["hash"]
    if list(said) != sorted(said) or lines[-1]:
        yield _of_file(SUMS, "", "", "its lines are not as they are written")
    there = set(paths_in(folder)) - {SUMS}
    for name in sorted(said.keys() | there):
        if name not in there:
            yield _of_file(name, said[name], "", "it is missing")
        elif name not in said:
            yield _of_file(name, "", _hash(folder / name), "it is not part of the bundle")
        elif (now := _hash(folder / name)) != said[name]:
            yield _of_file(name, said[name], now, "it was changed")


def _listed(folder: Path, kept: Kept) -> Iterator[Difference]:
    """Yield the files that are not as ``audit.json`` has them."""
    there = set(paths_in(folder)) - {SUMS, AUDIT}
    try:
        said = {str(name): (int(one["size"]), str(one["sha256"])) for name, one in kept.files.items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        yield _of_file(AUDIT, "", "", f"its list of files cannot be read: {error}")
        return
    for name in sorted(said.keys() | there):
        if name not in there:
            yield _of_file(name, said[name][1], "", "it is missing")
        elif name not in said:
            yield _of_file(name, "", _hash(folder / name), f"{AUDIT} does not list it")
        elif ((folder / name).stat().st_size, now := _hash(folder / name)) != said[name]:
            yield _of_file(name, said[name][1], now, f"{AUDIT} has another hash or size")


def _hash(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        return f"cannot be read: {error.strerror}"


# --- answers ----------------------------------------------------------------------------------------------


def _recomputed(folder: Path, kept: Kept, remarks: list[str], progress: Progress) -> Iterator[Difference]:
    """Yield what is not found again by the inputs."""
    before = kept.audit
    here = versions_here()
    others = sorted(name for name in {*before.versions, *here} if before.versions.get(name) != here.get(name))
    if others:
        told = ", ".join(
            f"{name} {before.versions.get(name, 'none')} (here {here.get(name, 'none')})" for name in others
        )
        remarks.append(f"It was written with other versions: {told}. Answers may be worded otherwise.")
    try:
        inputs = kept_inputs(folder / "inputs")
        now = audit(
            inputs.cluster,
            now=before.now,
            flows=inputs.flows,
            baselines=inputs.baselines,
            address_book=inputs.book,
            accepted=inputs.accepted,
            declared=inputs.declared,
            corporate=inputs.corporate,
            earlier=earlier_of(folder),
            title=before.title,
            author=before.author,
            namespaces=before.namespaces,
            sections=tuple(one.id for one in before.sections),
            semantics=inputs.semantics,
            versions=before.versions,
            progress=progress,
        )
    except (WorkbenchError, ArgumentError, BundleError) as error:
        yield Difference("text", "inputs", "", "", "", "", "", f"the audit cannot be computed again: {error}")
        return
    except Exception as error:  # noqa: BLE001  (inputs that were changed may break anything)
        message = f"the audit cannot be computed again: {type(error).__name__}: {error}"
        yield Difference("text", "inputs", "", "", "", "", "", message)
        return
    found = list(_audits(before, now))
    yield from found
    if not found and not others:
        progress("files are written again", 0, None)
        yield from _written_again(folder, kept, now)


def _written_again(folder: Path, kept: Kept, now: Audit) -> Iterator[Difference]:
    """Yield files that do not say what the answers say, though their hashes may be right."""
    wanted = {f"data/{name}": content for name, content in data_files(now).items()}
    if not kept.said.get("own_templates") and not _other_writers(kept):
        wanted["report.html"] = html(now).encode()
        if "report.pdf" in kept.files:
            from workbench.report.pdf import pdf  # noqa: PLC0415  (of an extra)

            wanted["report.pdf"] = pdf(now)
    for name, content in wanted.items():
        path = folder / name
        if path.is_file() and path.read_bytes() != content:
            yield _of_file(name, "", "", "it does not say what the answers say")


def _other_writers(kept: Kept) -> bool:
    """Tell whether pages and documents would be written with other versions here."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  (not for those who only look)

    try:
        return any(version(name) != found for name, found in kept.said["written_with"].items())
    except PackageNotFoundError:
        return True


def _audits(kept: Audit, now: Audit) -> Iterator[Difference]:
    for before, after in zip(kept.sections, now.sections, strict=True):
        if (before.id, before.title) != (after.id, after.title):
            yield _of_text(before.id, before.title, after.title)
        yield from _texts(before.id, before.parts, after.parts)
        tables = {one.id: one for one in after.tables}
        for one in before.tables:
            if one.id in tables:
                yield from _tables(one, tables.pop(one.id))
            else:
                yield Difference("table", "", one.id, "", "", str(len(one)), "", "there is no such table now")
        for name, one in tables.items():
            yield Difference("table", "", name, "", "", "", str(len(one)), "the bundle has no such table")


def _of_text(section: str, kept: str, computed: str) -> Difference:
    return Difference("text", AUDIT, section, "", "", kept, computed, "the text is another one")


def _texts(section: str, before: tuple[Part, ...], after: tuple[Part, ...]) -> Iterator[Difference]:
    """Yield the paragraphs and pictures that differ."""
    old, new = ([one for one in parts if not isinstance(one, ReportTable)] for parts in (before, after))
    for place in range(max(len(old), len(new))):
        one = old[place] if place < len(old) else None
        other = new[place] if place < len(new) else None
        if one == other:
            continue
        if isinstance(one, ReportPicture) and isinstance(other, ReportPicture):
            yield Difference(
                "text", f"pictures/{one.id}.svg", section, "", "", one.text, other.text, "the picture is another one"
            )
        else:
            yield _of_text(section, _told(one), _told(other))


def _told(part: Part | None) -> str:
    if part is None:
        return ""
    return part.text if isinstance(part, Prose) else part.title


def _tables(before: ReportTable, after: ReportTable) -> Iterator[Difference]:
    """Yield the rows and cells that differ; rows are told by their keys, or else by their places."""
    if before.table.names != after.table.names:
        old_names, new_names = (", ".join(one.table.names) for one in (before, after))
        yield Difference("table", "", before.id, "", "", old_names, new_names, "the columns are others")
        return
    if before.frame.equals(after.frame) or _same(before, after):
        return
    old, new = _rows(before), _rows(after)
    listed = 0
    for difference in _differing(before.id, old, new):
        listed += 1
        if listed > MOST:
            yield Difference(
                "table", "", before.id, "", "", "", "", f"more than {MOST:,} differences; the rest is not listed"
            )
            return
        yield difference
    if not listed:
        yield Difference("table", "", before.id, "", "", "", "", "the rows stand in another order")


def _same(before: ReportTable, after: ReportTable) -> bool:
    """Tell whether all cells say the same, whatever they are stored as."""
    return len(before) == len(after) and all(
        list(map(_text, before.frame[name])) == list(map(_text, after.frame[name])) for name in before.table.names
    )


def _rows(table: ReportTable) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    counts: Counter[str] = Counter()
    for number, row in enumerate(table.frame.to_dict("records"), 1):
        cells = {str(name): _text(cell) for name, cell in row.items()}
        key = " ".join(cells[name] for name in table.key) if table.key else f"row {number}"
        counts[key] += 1
        found[key if counts[key] == 1 else f"{key} ({counts[key]})"] = cells
    return found


def _differing(
    table: str, old: Mapping[str, dict[str, str]], new: Mapping[str, dict[str, str]]
) -> Iterator[Difference]:
    for key, cells in old.items():
        if key not in new:
            yield Difference(
                "row", "", table, key, "", "; ".join(filter(None, cells.values())), "", "it is not found now"
            )
            continue
        for name, cell in cells.items():
            if cell != new[key][name]:
                yield Difference("cell", "", table, key, name, cell, new[key][name], "the value is another one")
    for key, cells in new.items():
        if key not in old:
            yield Difference(
                "row", "", table, key, "", "", "; ".join(filter(None, cells.values())), "the bundle lacks it"
            )


def _text(cell: Any) -> str:  # noqa: ANN401  (a cell)
    return "" if is_missing(cell) else str(joined(cell))
