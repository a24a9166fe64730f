"""The rule of each kind of output, at its borders."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.examples import examples
from workbench.ground import csv_cell, csv_table, json_text, markdown_cell, text_table, visible

ORDINARY = (
    "shop/web[Deployment]",
    "{ingress-controller}",
    "10.0.0.0-10.0.0.255[External]",
    "[namespace with {a_b=c}]/[pod with {x in (1,2),!y}]",
    "SCTP 1-65535,TCP 80,http",
    "Größe 東京",
)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_names_pass_unchanged(text: str) -> None:
    assert visible(text) == csv_cell(text) == markdown_cell(text) == json.loads(json_text(text)) == text
    assert json_text(text) == f'"{text}"\n'


UNSEEN = (*range(32), *range(0x7F, 0xA1), 0x200B, 0x202E, 0x2066, 0xFEFF, 0x3164, 0xD800, 0xE0001)


@pytest.mark.parametrize("code", UNSEEN)
def test_what_is_not_seen_as_itself_is_written_as_its_escape(code: int) -> None:
    assert visible(f"a{chr(code)}b") == f"a{chr(code).encode('unicode_escape').decode()}b"


@settings(max_examples=examples(50), deadline=None)
@given(st.text(st.characters(codec="utf-8")))
def test_json_is_read_back_exactly_and_shows_everything(text: str) -> None:
    written = json_text([text])
    assert json.loads(written) == [text]
    assert all(char == "\n" or char == visible(char) for char in written)


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "＝1"])  # noqa: RUF001  (spreadsheets take it, too)
def test_a_formula_is_a_text_in_csv_and_a_number_stays_one(text: str) -> None:
    assert csv_cell(text) == f"'{text}"
    assert csv_table([[text, -1]]) == f"'{text},-1\n"


def test_no_cell_is_cut() -> None:
    long = "x" * 300
    assert long in text_table(["a"], [[long]])
