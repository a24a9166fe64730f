"""Whether the answers of a bundle are found again by its inputs: which text, table, row or cell is another one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from workbench.ground import ArgumentError, Progress, WorkbenchError, joined, visible
from workbench.report.audit import Audit, audit_of_inputs
from workbench.report.bundle import AUDIT, BundleError, Kept, earlier_of
from workbench.report.data import data_files
from workbench.report.html import html
from workbench.report.kept_inputs import kept_inputs
from workbench.report.model import Prose, ReportPicture, ReportTable
from workbench.report.pages import is_missing
from workbench.report.versions import versions_here

if TYPE_CHECKING:
    from workbench.report.model import Part

__all__ = ["Difference", "of_file", "recomputed"]

MOST: Final = 1_000
"""So many differences of one table are listed."""


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


def of_file(file: str, kept: str, computed: str, message: str) -> Difference:
    """Return what is wrong with a file.

    Parameters
    ----------
    file, kept, computed, message : str
    """
    return Difference("file", file, "", "", "", kept, computed, message)


def recomputed(folder: Path, kept: Kept, remarks: list[str], progress: Progress) -> Iterator[Difference]:
    """Yield what is not found again by the inputs of a bundle.

    Parameters
    ----------
    folder : Path
    kept : Kept
        What the bundle says.
    remarks : list of str
        What else is to be known is added to it.
    progress : Progress
        It may raise, and that stops the work.
    """
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
        now = audit_of_inputs(
            replace(inputs, earlier=earlier_of(folder), sections=tuple(one.id for one in before.sections)),
            now=before.now,
            title=before.title,
            author=before.author,
            namespaces=before.namespaces,
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
            yield of_file(name, "", "", "it does not say what the answers say")


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
