"""The tables of an audit as files: all rows, the same bytes for the same cells, and names that are names."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.ground.text.hostile import HOSTILE
from tests.report.hostile import full_of_harm, harmful
from tests.report.small import Given, made
from workbench.ground import LABELS, TEXTS, Column, Table, csv_cell
from workbench.report import Audit, ReportTable
from workbench.report.data import columns_said, data_files, frame_of, parquet_bytes, table_said
from workbench.report.frames import TABLES

CELLS = Table(
    "cells",
    "row",
    (
        Column("text", "str", "a text"),
        Column("number", "Int64", "a number, or none", nullable=True),
        Column("part", "Float64", "a share, or none", nullable=True),
        Column("seen", "datetime64[us, UTC]", "a time, or none", nullable=True),
        Column("is_so", "bool", "whether"),
        Column("texts", "object", "some texts", holds=TEXTS),
        Column("labels", "object", "labels", holds=LABELS),
        Column("spans", "object", "ports", holds="tuple of (protocol, first, last)"),
    ),
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TIMES = st.datetimes(pd.Timestamp("1970-01-02").to_pydatetime(), pd.Timestamp("2200-01-01").to_pydatetime())
SPAN = st.tuples(st.sampled_from(["TCP", "UDP"]), st.integers(1, 9), st.integers(9, 20))
ROWS = st.lists(
    st.tuples(
        TEXT,
        st.none() | st.integers(-(2**60), 2**60),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        st.none() | TIMES.map(lambda one: pd.Timestamp(one, tz="UTC")),
        st.booleans(),
        st.lists(TEXT, max_size=3).map(tuple),
        st.dictionaries(TEXT, TEXT, max_size=2),
        st.lists(st.tuples(st.sampled_from(["TCP", "UDP"]), st.integers(1, 9), st.integers(9, 20)), max_size=2).map(
            tuple
        ),
    ),
    max_size=4,
)


def cells_of(frame: pd.DataFrame) -> list[Any]:
    rows = frame.itertuples(index=False, name=None)
    return [[None if not isinstance(one, (tuple, dict)) and pd.isna(one) else one for one in row] for row in rows]


def test_every_table_is_there_in_three_formats_with_all_rows(whole: Audit) -> None:
    files = data_files(whole)
    assert set(files) == {f"{name}.{kind}" for name in whole.tables for kind in ("csv", "json", "parquet")}
    for name, one in whole.tables.items():
        assert len(list(csv.DictReader(io.StringIO(files[f"{name}.csv"].decode())))) == len(one)
        assert len(json.loads(files[f"{name}.json"])) == len(one)
        assert frame_of(files[f"{name}.parquet"], one.table).equals(one.frame)


@settings(max_examples=examples(50))
@given(rows=ROWS)
def test_a_frame_comes_back_from_parquet_as_it_was(rows: list[Any]) -> None:
    frame = CELLS.from_rows(rows)
    content = parquet_bytes(ReportTable("cells", "Cells", CELLS, frame))
    assert content == parquet_bytes(ReportTable("cells", "Cells", CELLS, CELLS.from_rows(rows)))
    found = frame_of(content, CELLS)
    assert found.dtypes.tolist() == frame.dtypes.tolist()
    assert cells_of(found) == cells_of(frame)


@pytest.mark.parametrize("table", TABLES, ids=lambda one: one.name)
def test_a_definition_comes_back_from_json_as_it_was(table: Table) -> None:
    assert table_said(json.loads(json.dumps(columns_said(table)))) == table


def test_hostile_names_are_cells_of_every_format() -> None:
    audit = full_of_harm()
    files = data_files(audit)
    for name, one in audit.tables.items():
        texts = {text for row in csv.reader(io.StringIO(files[f"{name}.csv"].decode())) for text in row}
        has_texts = any(column.dtype == "str" and not column.identifiers for column in one.table.columns)
        assert not has_texts or {csv_cell(text) for text in HOSTILE} <= texts
        assert not [text for text in texts if text.startswith(("=", "+", "@"))]
        found = frame_of(files[f"{name}.parquet"], one.table)
        assert found.equals(harmful(one.table))


def test_the_same_audit_gives_the_same_files(known: Given) -> None:
    assert data_files(made(known)) == data_files(made(known))


@pytest.mark.parametrize("content", [b"", b"PAR1", b"x" * 100])
def test_what_is_no_table_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="it is not the table cells"):
        frame_of(content, CELLS)
