"""A table of which one sheet is on the page: others are turned to and found among all rows, and no more is made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import ipywidgets as widgets
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.inventory import Cluster
from workbench.panels.frame import Panel, PanelState, SheetTable

SIZE = 10


class Listing(Panel[PanelState]):
    """Lists numbers, and knows which of them it was asked for."""

    title = "Listing"
    count = 35

    def build(self) -> Sequence[widgets.Widget]:
        self.asked: list[tuple[int, int]] = []
        self.sheet = SheetTable(
            self,
            "number",
            rows=self.rows,
            count=lambda text: len(self.found(text)),
            whole=self.found,
            name="numbers",
            empty="No number is there.",
            size=SIZE,
        )
        return (self.sheet.widget,)

    def found(self, text: str) -> pd.DataFrame:
        numbers = [number for number in range(self.count) if text in f"number {number}"]
        return pd.DataFrame({"number": numbers, "name": [f"number {number}" for number in numbers]})

    def rows(self, first: int, most: int, text: str) -> pd.DataFrame:
        self.asked.append((first, most))
        return self.found(text).iloc[first : first + most]

    def static_html(self) -> str:
        return self.sheet.static_html()


@pytest.fixture
def listing() -> Iterator[Listing]:
    made = Listing(Cluster())
    made.sheet.show()
    yield made
    made.close()


def shown(listing: Listing) -> list[int]:
    return list(listing.sheet.table.frame["number"])


def test_the_first_sheet_is_shown_with_how_many_there_are(listing: Listing) -> None:
    assert shown(listing) == list(range(SIZE))
    assert "1 to 10 of 35 numbers" in listing.sheet.table._count.value
    assert listing.asked == [(0, SIZE)]


@given(st.lists(st.sampled_from([-1, 1]), max_size=8), st.integers(0, 60))
def test_sheets_follow_one_another_and_end_with_the_rows(turns: list[int], count: int) -> None:
    listing = Listing(Cluster())
    listing.count = count
    listing.sheet.show()
    place, last = 0, max(0, (count - 1) // SIZE)
    for by in turns:
        button = listing.sheet._on if by > 0 else listing.sheet._back
        assert button.disabled is not (0 <= place + by <= last)
        button.click()
        place = min(max(0, place + by), last)
        if count:
            assert shown(listing) == list(range(count))[place * SIZE :][:SIZE]
    listing.close()


def test_what_is_found_is_looked_for_in_all_rows(listing: Listing) -> None:
    listing.sheet.turn(1)
    listing.sheet.find("34")
    assert shown(listing) == [34]
    assert "1 number with “34”" in listing.sheet.table._count.value
    assert listing.sheet._on.layout.display == "none"
    listing.sheet.find("")
    assert shown(listing) == list(range(SIZE))


def test_all_rows_that_are_found_are_saved(listing: Listing) -> None:
    assert str(listing.sheet.table.to_csv().content).count("\n") == 36
    listing.sheet.find("number 3")
    assert str(listing.sheet.table.to_csv().content).splitlines()[1:] == [
        f"{number},number {number}" for number in (3, *range(30, 35))
    ]


def test_only_rows_that_are_all_there_are_sorted_on_the_page(listing: Listing) -> None:
    table = listing.sheet.table._table
    assert table is not None
    assert table.get_state()["_dt_args"]["ordering"] is False
    listing.sheet.find("34")
    assert table.get_state()["_dt_args"]["ordering"] is True


def test_a_saved_notebook_says_how_many_there_are(listing: Listing) -> None:
    assert "35" in listing.static_html()
    listing.count = 0
    assert "No number is there." in listing.static_html()
