"""What an engine answers is taken over as it is: lists as tuples, counts as numbers."""

from __future__ import annotations

from typing import Final

import ibis
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from workbench.flows.engine import connected, fetched, stepping

TEXTS: Final = pa.list_(pa.string())
cells = st.none() | st.lists(st.none() | st.sampled_from(["", "a", "b", "a\0b", "\0", "ä"]), max_size=3)


@given(st.lists(cells, max_size=30), st.integers(0, 30))
def test_lists_of_texts_are_tuples_in_whatever_pieces_they_come(
    rows: list[list[str | None] | None], first: int
) -> None:
    table = pa.table({"row": range(len(rows)), "texts": pa.array(rows, type=TEXTS)})
    pieces = pa.concat_tables([table.slice(0, first), table.slice(first)])
    found = fetched(connected(), ibis.memtable(pieces).order_by("row"))
    assert found["texts"].tolist() == [None if row is None else tuple(row) for row in rows]


def test_sums_are_numbers_of_the_machine() -> None:
    backend = connected()
    backend.con.execute("CREATE TABLE counts AS SELECT range // 2 AS of, range AS flows FROM range(6)")
    with stepping(backend) as steps:
        found = steps.fetch(steps.take(_summed, ibis.table({"of": "int64", "flows": "int64"}, name="counts")), ["of"])
    assert str(found["flows"].dtype) == "int64"
    assert found["flows"].tolist() == [1, 5, 9]


def _summed(rows: ibis.Table) -> ibis.Table:
    return rows.group_by("of").aggregate(flows=rows.flows.sum())
