"""An explanation as a table for spreadsheets and data tools."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.connectivity.registries import register_explain_format
from workbench.ground import csv_table

if TYPE_CHECKING:
    from workbench.connectivity.trace.explanation import Explanation

__all__ = ["comma_separated"]


@register_explain_format("csv")
def comma_separated(explanation: Explanation) -> str:
    """Write one row for each decision about some ports of a pair; the columns are those of the frame."""
    frame = explanation.to_frame().drop(columns="intervals")
    rows = frame.astype("object").where(frame.notna(), "").itertuples(index=False)
    return csv_table([list(frame.columns), *rows])
