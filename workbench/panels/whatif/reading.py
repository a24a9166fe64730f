"""What the text of a draft says: its documents, and what is wrong with it, line by line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

import pandas as pd

from workbench.ground import NotFoundError, Problem, Severity, WorkbenchError, html_text, visible
from workbench.inventory import TEXT_NAME, load_manifests
from workbench.panels.frame import in_folder
from workbench.panels.frames import DOCUMENTS
from workbench.whatif import ClusterChange, PolicyStatus

if TYPE_CHECKING:
    from workbench.inventory import Cluster

__all__ = ["Fault", "Reading", "documents_of", "joined_texts", "of_draft", "read_draft", "short_place"]

_PLACE: Final = re.compile(rf"(?:{re.escape(TEXT_NAME)}|{re.escape(html_text(TEXT_NAME))}):(\d+)")

_SEPARATOR: Final = "---\n"
_NO_POLICY: Final = "there is no policy in the text: write NetworkPolicies, each with apiVersion, kind and metadata"


def of_draft(place: str) -> str:
    """Return where something stands, in words where that is in the text of a draft.

    Parameters
    ----------
    place : str
        ``file:line``, or HTML that has such places in it.
    """
    return _PLACE.sub(r"line \1 of the draft", place)


class Fault(NamedTuple):
    """Something that is wrong with a text.

    Attributes
    ----------
    line : int
        Of the text, from 1; 0 where no line is meant.
    severity : str
        As problems have it.
    message : str
        What is wrong, and what to do.
    """

    line: int
    severity: str
    message: str


class Reading(NamedTuple):
    """What a draft says.

    Attributes
    ----------
    change : ClusterChange or None
        None where there is nothing to be tried.
    faults : tuple of Fault
        By line.
    lines : mapping of str to int
        Where the documents of the text begin, by reference.
    """

    change: ClusterChange | None
    faults: tuple[Fault, ...] = ()
    lines: Mapping[str, int] = {}


def short_place(place: str) -> str:
    """Return where something stands, in so few words that a table has room for it: the file with its folder.

    Parameters
    ----------
    place : str
        ``file:line``.
    """
    found = of_draft(place)
    return found if found != place else in_folder(place)


def read_draft(cluster: Cluster, text: str, removed: Iterable[str] = ()) -> Reading:
    """Return what a draft says; whatever is wrong with it is told and not raised.

    Parameters
    ----------
    cluster : Cluster
        That would be changed.
    text : str
        YAML.
    removed : iterable of str
        References of policies to delete.
    """
    wanted = tuple(removed)
    if not text.strip():
        return _of_change(cluster, text, (), wanted) if wanted else Reading(None)
    whole = text if text.endswith("\n") else f"{text}\n"  # without a line's end it would be the name of a file
    return _of_change(cluster, text, whole, wanted)


def _of_change(cluster: Cluster, text: str, given: str | tuple[()], removed: tuple[str, ...]) -> Reading:
    last = max(1, len(text.splitlines()))
    try:
        change = ClusterChange.of(cluster, given, removed)
    except NotFoundError as error:
        return Reading(None, (Fault(0, Severity.ERROR.value, visible(str(error))),))
    except WorkbenchError:
        problems = load_manifests(given, cache=False).problems_found if isinstance(given, str) else ()
        told = _faults((one for one in problems if one.line), last)
        if any(one.severity != Severity.INFO.value for one in told):
            return Reading(None, told)
        return Reading(None, (*told, Fault(0, Severity.ERROR.value, _NO_POLICY)))
    starts = {one.ref: _line(one) for one in change.added}
    return Reading(change, _faults(change.said, last), {ref: line for ref, line in starts.items() if line})


def _faults(problems: Iterable[Problem], last: int) -> tuple[Fault, ...]:
    found = (
        Fault(min(one.line or 0, last), one.severity.value, visible(of_draft(f"{one.message}{_remedy(one.remedy)}")))
        for one in problems
    )
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.line == 0, one.line)))


def _remedy(text: str) -> str:
    said = text.rstrip(".")
    return f": {said[:1].lower()}{said[1:]}" if said else ""


def _line(given: object) -> int:
    policy = getattr(given, "policy", given)
    line: int | None = policy.source.line  # type: ignore[attr-defined]
    return line or 0


_ORDER: Final = (PolicyStatus.DELETED, PolicyStatus.MODIFIED, PolicyStatus.ADDED, PolicyStatus.UNCHANGED)


def documents_of(reading: Reading) -> pd.DataFrame:
    """Return the documents of a draft, with what becomes of each; columns as in `frames.DOCUMENTS`.

    What the cluster has besides stays as it is, and is not listed.

    Parameters
    ----------
    reading : Reading
    """
    change, lines, rows = reading.change, reading.lines, []
    if change is not None:
        frame = change.to_frame()
        given = change.removed | {one.ref for one in change.added}
        for row in frame[frame["policy"].isin(given)].to_dict("records"):
            line = row["line_before"]
            place = f"{row['file_before']}:{line}" if row["file_before"] and not pd.isna(line) else ""
            rows.append((row["status"], row["policy"], lines.get(row["policy"]), place, short_place(place)))
    order = {status.value: number for number, status in enumerate(_ORDER)}
    rows.sort(key=lambda row: (order[row[0]], row[2] or 0, row[1]))
    return DOCUMENTS.from_rows(rows)


def joined_texts(*texts: str) -> str:
    """Return documents one after the other, as one text.

    Parameters
    ----------
    *texts : str
    """
    parts = [text if text.endswith("\n") else f"{text}\n" for text in texts if text.strip()]
    found = ""
    for part in parts:
        found += part if not found or part.startswith(_SEPARATOR) else _SEPARATOR + part
    return found
