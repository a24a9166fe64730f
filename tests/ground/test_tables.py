"""A table builds its frames, checks them and documents itself; words that several tables share mean one thing."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from workbench.ground import LABELS, TEXTS, Column, PortSet, Table, column, columns, joined
from workbench.ground.tables import TableError

TABLE = Table(
    "Shop.orders",
    "order",
    (
        Column("name", "str", "what it is called"),
        Column("state", "category", "how far it is", identifiers=("open", "sent")),
        Column("weight", "Int64", "in grams", nullable=True),
        Column("marks", "object", "what is worth knowing", identifiers=("gift", "late"), holds=TEXTS),
        Column("labels", "object", "its labels", nullable=True, holds=LABELS),
        column("intervals"),
    ),
)
PORTS = (("TCP", 80, 80), ("UDP", 53, 54))
ROW = ("a", "open", 3, ("gift",), {"a": "b"}, PORTS)
BARE = ("", "sent", None, (), None, ())


def test_rows_become_a_frame_with_the_dtypes_of_the_columns() -> None:
    frame = TABLE.from_rows([ROW, BARE])
    assert dict(frame.dtypes.astype(str)) == TABLE.dtypes
    assert tuple(frame.iloc[0]) == ROW
    assert frame["weight"].isna().tolist() == [False, True]
    assert TABLE.checked(frame) is frame


def test_so_do_no_rows() -> None:
    frame = TABLE.checked(TABLE.from_rows([]))
    assert (len(frame), str(frame["state"].cat.categories.dtype)) == (0, "str")


def test_columns_may_come_in_any_order_and_are_numbered_anew() -> None:
    made = TABLE.from_rows([BARE, ROW])
    shuffled = made[list(reversed(TABLE.names))].iloc[1:]
    pd.testing.assert_frame_equal(TABLE.from_columns(shuffled), TABLE.from_rows([ROW]), check_categorical=False)


@pytest.mark.parametrize("row", [ROW[1:], (*ROW, 1)])
def test_a_row_of_another_length_is_refused(row: tuple[Any, ...]) -> None:
    with pytest.raises(TableError, match=r"Shop\.orders: a row has . cells for 6 columns"):
        TABLE.from_rows([ROW, row])


def test_columns_that_belong_to_no_table_or_are_missing_are_refused() -> None:
    frame = TABLE.from_rows([ROW]).rename(columns={"name": "title"})
    with pytest.raises(TableError, match="missing, or belong to no table: name, title"):
        TABLE.from_columns(frame)


@pytest.mark.parametrize(
    "place,cell,fault",
    [
        (0, None, "a cell of 'name' is missing"),
        (1, None, "a cell of 'state' is missing"),
        (1, "Sent", "'state' holds 'Sent'"),
    ],
)
def test_what_must_not_stand_in_a_column_is_refused(place: int, cell: object, fault: str) -> None:
    with pytest.raises(TableError, match=fault):
        TABLE.from_rows([ROW, (*ROW[:place], cell, *ROW[place + 1 :])])


@pytest.mark.parametrize(
    "place,cell,fault",
    [
        (3, "gift", "'marks' holds 'gift', which is not a tuple of str"),
        (3, ["gift"], "which is not a tuple of str"),
        (3, (1,), "which is not a tuple of str"),
        (3, None, "which is not a tuple of str"),
        (3, ("gift", "heavy"), "'marks' holds 'heavy'"),
        (4, {"a": 1}, "which is not a dict of str to str"),
        (4, (), "which is not a dict of str to str"),
        (5, {"TCP": ((80, 80),)}, "which is not a tuple of"),
        (5, ((80, 80),), "which is not a tuple of"),
    ],
)
def test_a_check_looks_into_each_cell(place: int, cell: object, fault: str) -> None:
    frame = TABLE.from_rows([ROW, (*ROW[:place], cell, *ROW[place + 1 :])])
    with pytest.raises(TableError, match=fault):
        TABLE.checked(frame)


@pytest.mark.parametrize(
    "other",
    [
        lambda frame: frame[list(reversed(TABLE.names))],
        lambda frame: frame.drop(columns="marks"),
        lambda frame: frame.assign(more=1),
        lambda frame: frame.astype({"weight": "float64"}),
    ],
)
def test_other_columns_orders_and_dtypes_are_found(other: Any) -> None:  # noqa: ANN401  (a function)
    with pytest.raises(TableError, match=r"Shop\.orders: the columns are"):
        TABLE.checked(other(TABLE.from_rows([ROW])))


def test_a_table_documents_itself() -> None:
    assert TABLE.to_markdown().splitlines()[:8] == [
        "## `Shop.orders`",
        "",
        "One row for each order.",
        "",
        "| column | cells | meaning |",
        "|---|---|---|",
        "| `name` | str | what it is called. |",
        "| `state` | category | how far it is. One of `open`, `sent`. |",
    ]
    assert "| `weight` | Int64 | in grams. May be missing. |" in TABLE.to_markdown()
    assert "| `marks` | tuple of str |" in TABLE.to_markdown()


def test_further_columns_stand_before_others() -> None:
    new = Column("time", "str", "when")
    assert TABLE.with_columns(new).names == ("time", *TABLE.names)
    assert TABLE.with_columns(new, before="weight").names[:3] == ("name", "state", "time")


def test_a_word_of_the_vocabulary_may_say_more_in_a_table() -> None:
    assert column("ports").dtype == "str"
    assert column("ports", "what a step may use", dtype="category")[:3] == ("ports", "category", "what a step may use")
    assert [one.dtype for one in columns("ports", "intervals", dtype="category")] == ["category", "object"]


@pytest.mark.parametrize(
    "cell,text", [(("a", "b"), "a, b"), ((), ""), ("a", "a"), (1, 1), (PORTS, PORTS), ({"a": "b"}, {"a": "b"})]
)
def test_several_texts_are_joined_and_nothing_else(cell: object, text: object) -> None:
    assert joined(cell) == text


def test_ports_as_numbers_are_protocol_first_and_last() -> None:
    assert (PortSet.of("UDP", 53, 54) | PortSet.of("TCP", 80)).intervals == PORTS
    assert PortSet().intervals == ()
