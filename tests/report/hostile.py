"""An audit whose every text is made to do harm."""

from __future__ import annotations

from functools import cache

import pandas as pd

from tests.ground.text.hostile import HOSTILE
from tests.report.small import NOW
from workbench.ground import LABELS, TEXTS, Table
from workbench.report import Audit, Prose, ProseKind, ReportPicture, ReportTable, Section
from workbench.report.bars import Bar, bars
from workbench.report.frames import TABLES
from workbench.report.model import Part

__all__ = ["full_of_harm", "harmful"]


def harmful(table: Table) -> pd.DataFrame:
    """Return a row for each hostile name, which is in every text of it."""
    rows = []
    for place, name in enumerate(HOSTILE):
        cells: list[object] = []
        for column in table.columns:
            if column.identifiers:
                cells.append(column.identifiers[0])
            elif column.dtype in {"str", "category"}:
                cells.append(name)
            elif column.dtype == "object":
                cells.append({name: name} if column.holds == LABELS else (name, name) if column.holds == TEXTS else ())
            elif column.dtype.startswith("datetime"):
                cells.append(NOW)
            elif column.dtype == "bool":
                cells.append(bool(place % 2))
            else:
                cells.append(place)
        rows.append(tuple(cells))
    return table.from_rows(rows)


@cache
def full_of_harm() -> Audit:
    """Return an audit in which whatever can be a name is a hostile one."""
    sections = []
    for place, table in enumerate(TABLES):
        if table.name.startswith("audit table"):
            name = table.name.rpartition(" ")[2]
            texts = [Prose(one, kind) for one in HOSTILE for kind in ProseKind]
            picture: ReportPicture = bars(f"bars-{name}", HOSTILE[20], [Bar(one, 1, 2) for one in HOSTILE])
            shown = ReportTable(name, HOSTILE[place % len(HOSTILE)], table, harmful(table))
            parts: tuple[Part, ...] = (*texts, picture, shown)
            sections.append(Section(f"about-{name}", HOSTILE[-place % len(HOSTILE)], parts))
    title, author = "".join(HOSTILE), HOSTILE[20]
    return Audit(title, author, NOW, HOSTILE, tuple(sections), {one: one for one in HOSTILE})
