"""What differs between the tables of two audits: what came, what went, what changed (audit-reports 5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from workbench.ground import count_of, joined, listed
from workbench.report.frames import AUDIT_CHANGES
from workbench.report.pages import is_missing

if TYPE_CHECKING:
    import pandas as pd

    from workbench.report.model import ReportTable

__all__ = ["SECTIONS_COMPARED", "Differences", "compared_tables", "scopes_told"]


class _Compared(NamedTuple):
    """A table that is compared.

    Attributes
    ----------
    table : str
        Its id.
    key : tuple of str
        What tells a row from others.
    subject : tuple of str
        What the row is called.
    columns : tuple of str
        What may change.
    """

    table: str
    key: tuple[str, ...]
    subject: tuple[str, ...]
    columns: tuple[str, ...]


_SPACES: Final = ("src_namespace", "dst_namespace")
_COMPARED: Final = (
    _Compared("figures", ("figure",), ("figure",), ("number", "out_of")),
    _Compared("findings", ("fingerprint",), ("check", "object", "field"), ("severity", "status", "message", "owner")),
    _Compared("coverage", ("workload",), ("workload",), ("ingress", "egress")),
    _Compared("exposure", ("workload", "direction", "ports"), ("workload", "direction", "ports"), ("extent", "peers")),
    _Compared("published", ("object", "way", "service"), ("object", "way", "service"), ("ports",)),
    _Compared("connections", ("src", "dst"), ("src", "dst"), ("ports",)),
    _Compared("segments", _SPACES, _SPACES, ("pairs_allowed", "pairs_possible")),
    _Compared("policies", ("policy",), ("policy",), ("digest", "workload_count", "tier")),
    _Compared("rules", ("policy", "rule"), ("policy", "rule"), ("direction", "action", "peers", "ports")),
    _Compared("controls", ("framework", "control"), ("framework", "control"), ("answer",)),
    _Compared("violations", ("workload", "direction", "peer", "protocol", "port"), ("workload", "peer"), ()),
)
SECTIONS_COMPARED: Final = (
    *("summary", "coverage", "exposure", "baselines", "findings", "use", "policies", "controls"),
)
"""The sections that these tables stand in."""
_BESIDE: Final = {
    "findings": "checks",
    "published": "exposure",
    "connections": "segments",
    "violations": "assurance",
}
"""Tables that are left out where they would be empty, or too large, and those beside which they stand."""
_SEEN_TO_CHANGE: Final = ("added", "removed", "changed")


class Differences(NamedTuple):
    """What differs.

    Attributes
    ----------
    frame : DataFrame
        Columns as in `frames.AUDIT_CHANGES`.
    notes : tuple of str
        What could not be compared, a sentence each.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def headline(self) -> str:
        """How much differs, by table, in one line."""
        if self.frame.empty:
            return "Nothing differs"
        counts = Counter(zip(self.frame["about"], self.frame["change"], strict=True))
        parts = []
        for about in dict.fromkeys(self.frame["about"]):
            words = [f"{counts[about, one]:,} {one}" for one in _SEEN_TO_CHANGE if counts[about, one]]
            parts.append(f"{about}: {', '.join(words)}")
        return f"{count_of(len(self.frame), 'difference')}. " + "; ".join(parts)


def scopes_told(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """Return what is to be said where two audits are not about the same namespaces.

    Parameters
    ----------
    before, after : sequence of str
        Their scopes; empty for all namespaces.
    """
    if tuple(before) == tuple(after):
        return ()
    names = [listed(one) if one else "all namespaces" for one in (before, after)]
    return (
        f"The earlier audit is about {names[0]}, the later one about {names[1]}: what is in one alone came or went.",
    )


def compared_tables(before: Mapping[str, ReportTable], after: Mapping[str, ReportTable]) -> Differences:
    """Return what differs between the tables of two audits.

    Parameters
    ----------
    before, after : mapping of str to ReportTable
        By id.
    """
    rows: list[tuple[str, ...]] = []
    notes = []
    for one in _COMPARED:
        old, new = before.get(one.table), after.get(one.table)
        if old is None and new is None:
            continue
        beside = _BESIDE.get(one.table, one.table)
        if (old is None and beside not in before) or (new is None and beside not in after):
            notes.append(f"The table {one.table} is in one of the two audits only, and was not compared.")
            continue
        if one.table == "connections" and (old is None or new is None):
            notes.append("The connections of one of the two audits are too many to be listed, and were not compared.")
            continue
        lacking = _not_asked(before, after) if one.table == "findings" else frozenset()
        if lacking:
            notes.append(f"In one of the two audits {listed(sorted(lacking))} were not asked: not compared.")
        rows.extend(_differing(one, _rows(one, old, lacking), _rows(one, new, lacking)))
    return Differences(AUDIT_CHANGES.from_rows(rows), tuple(notes))


_Rows = dict[tuple[str, ...], tuple[str, dict[str, str]]]


def _not_asked(*sides: Mapping[str, ReportTable]) -> frozenset[str]:
    """Return the checks that were asked in one audit and not in another: their findings did not go."""
    asked = [
        set(one["checks"].frame.loc[one["checks"].frame["was_asked"], "check"]) for one in sides if "checks" in one
    ]
    return frozenset(set().union(*asked) - set(asked[0]).intersection(*asked)) if asked else frozenset()


def _rows(spec: _Compared, table: ReportTable | None, left_out: frozenset[str]) -> _Rows:
    """Return the rows by their keys: what they are called, and the cells that may change, as text."""
    found: _Rows = {}
    if table is None:
        return found
    wanted = [name for name in (*spec.key, *spec.subject, *spec.columns) if name in table.frame.columns]
    for row in table.frame[list(dict.fromkeys(wanted))].to_dict("records"):
        if row.get("check") in left_out:
            continue
        key = tuple(_text(row.get(name)) for name in spec.key)
        subject = " ".join(text for name in spec.subject if (text := _text(row.get(name))))
        found[key] = (subject, {name: _text(row[name]) for name in spec.columns if name in row})
    return found


def _text(cell: Any) -> str:  # noqa: ANN401  (a cell)
    if is_missing(cell):
        return ""
    return f"{cell:g}" if isinstance(cell, float) else str(joined(cell))


def _differing(spec: _Compared, before: _Rows, after: _Rows) -> Iterator[tuple[str, ...]]:
    for key, (subject, cells) in after.items():
        if key not in before:
            yield spec.table, "added", subject, "", "", _told(cells)
            continue
        for name, value in cells.items():
            old = before[key][1].get(name, "")
            if old != value:
                yield spec.table, "changed", subject, name, old, value
    for key, (subject, cells) in before.items():
        if key not in after:
            yield spec.table, "removed", subject, "", _told(cells), ""


def _told(cells: Mapping[str, str]) -> str:
    return "; ".join(f"{name} {value}" for name, value in cells.items() if value and name != "digest")
