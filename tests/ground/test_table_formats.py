"""How plain tables are written down."""

from __future__ import annotations

import json

import pandas as pd

from workbench.ground import ANSWER_FORMATS

LISTS = pd.DataFrame({"marks": [("probe", "snat"), ()], "port": pd.Series([80, None], dtype="UInt16")})
FRAME = pd.DataFrame({"name": ["a|b", "0123"], "count": [1, 20], "when": pd.to_datetime(["2026-01-02", "2026-01-03"])})


def test_text_has_columns_below_their_names_and_names_stay_text() -> None:
    lines = [line.split() for line in ANSWER_FORMATS.render("table", "txt", FRAME).splitlines()]
    assert lines[0] == ["name", "count", "when"]
    assert lines[2][:2] == ["0123", "20"]


def test_markdown_keeps_bars_apart_from_columns() -> None:
    assert r"| a\|b " in ANSWER_FORMATS.render("table", "md", FRAME)


def test_csv_is_what_pandas_reads() -> None:
    assert ANSWER_FORMATS.render("table", "csv", FRAME).splitlines()[:2] == ["name,count,when", "a|b,1,2026-01-02"]


def test_json_has_an_object_for_each_row() -> None:
    assert [row["count"] for row in json.loads(ANSWER_FORMATS.render("table", "json", FRAME))] == [1, 20]


def test_an_empty_table_still_has_its_columns() -> None:
    for name in ANSWER_FORMATS.names("table"):
        text = ANSWER_FORMATS.render("table", name, FRAME.iloc[:0])
        assert text == "[]\n" if name == "json" else "count" in text


def test_several_texts_are_joined_for_people_and_a_list_for_programs() -> None:
    assert ANSWER_FORMATS.render("table", "txt", LISTS).splitlines()[1].split() == ["probe,", "snat", "80"]
    assert ANSWER_FORMATS.render("table", "csv", LISTS).splitlines() == ["marks,port", '"probe, snat",80', ","]
    assert json.loads(ANSWER_FORMATS.render("table", "json", LISTS)) == [
        {"marks": ["probe", "snat"], "port": 80},
        {"marks": [], "port": None},
    ]
