"""What a notebook shows of any value: counts that are those of the value, first rows, problems; nothing but text."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pandas as pd
import pytest
from hypothesis import given, settings

from tests.connectivity.clusters import Json, any_clusters
from tests.examples import examples
from tests.ground.text.hostile import HOSTILE
from tests.ground.text.parsers import html_texts
from workbench import show
from workbench.connectivity import diff, evaluate, sanity
from workbench.ground import (
    ArgumentError,
    FirstRows,
    Problem,
    Severity,
    Shown,
    View,
    first_rows,
    visible,
)
from workbench.ground.text.visible import LONGEST
from workbench.ground.views import FEW_ROWS, STYLE
from workbench.inventory import load_manifests


class Basket(Shown):
    """A value of a room."""

    def __init__(self, *facts: str) -> None:
        self.facts = facts

    def _facts(self) -> Iterator[str]:
        yield from self.facts


def table(rows: int, total: int | None = None) -> FirstRows:
    return first_rows(
        pd.DataFrame({"name": [f"n{row}" for row in range(rows)]}), counted=None if total is None else (FEW_ROWS, total)
    )


def test_a_value_says_in_one_line_what_it_holds() -> None:
    assert repr(Basket("2 eggs", "1 loaf")) == "Basket(2 eggs, 1 loaf)"
    assert html_texts(Basket("2 eggs")._repr_html_())[-2:] == ["Basket", "2 eggs"]


@pytest.mark.parametrize("name", HOSTILE)
def test_every_name_is_text(name: str) -> None:
    rows = first_rows(pd.DataFrame({name: [name], "several": [(name, name)]}))
    problem = Problem(Severity.ERROR, "code", name, name, name, 3, name, name)
    texts = html_texts(View(name, (name,), (name,), rows, (problem,)).to_html())
    assert all(text == visible(text) for text in texts)
    assert sum(text.count(visible(name)) for text in texts) >= 9
    assert repr(Basket(name)) == visible(f"Basket({name})") or len(repr(Basket(name))) <= LONGEST + 3


def test_the_middle_of_what_is_long_is_left_out() -> None:
    found = repr(Basket("x" * 5000))
    assert len(found) == LONGEST + 3
    assert (found[:8], found[-2:]) == ("Basket(x", "x)")


@pytest.mark.parametrize(
    "rows,caption",
    [
        (table(0), "0 rows"),
        (table(1), "1 row"),
        (table(FEW_ROWS), "10 rows"),
        (table(FEW_ROWS + 1), "showing 10 of 11 rows"),
        (table(FEW_ROWS, 1234567), "showing 10 of 1,234,567 rows"),
    ],
)
def test_a_table_says_how_many_rows_of_how_many_it_shows(rows: FirstRows, caption: str) -> None:
    assert rows.caption == caption
    texts = html_texts(View(rows=rows).to_html())
    assert (caption in texts) is bool(rows.rows)
    assert sum(text.startswith("n") and text != "name" for text in texts) == min(len(rows.rows), FEW_ROWS)


def test_cells_are_written_as_people_read_them() -> None:
    moment = pd.Timestamp("2026-11-18 14:03:10.123456", tz="UTC")
    frame = pd.DataFrame({"time": [moment], "is": [True], "many": [("a", "b")], "none": [None], "n": [7]})
    rows = first_rows(frame.astype({"n": "Int64"}))
    assert rows.names == ("time", "is", "many", "n")
    assert rows.rows == (("2026-11-18 14:03:10Z", "yes", ("a", "b"), "7"),)
    assert rows.numbers == {"n"}


def test_columns_that_say_nothing_are_left_out() -> None:
    frame = pd.DataFrame({"a": ["x", ""], "shape": ["", ""], "intervals": [(("TCP", 1, 2),), ()], "no": [None, None]})
    frame["kind"] = pd.Categorical(["", ""])
    assert first_rows(frame).names == ("a",)
    assert first_rows(frame, ["shape", "a"]).names == ("a",)


def test_no_cell_is_cut_off_but_of_very_many_texts_the_rest_is_counted() -> None:
    long = "y" * 5000
    assert long in html_texts(View(rows=first_rows(pd.DataFrame({"a": [long]}))).to_html())
    many = View(rows=first_rows(pd.DataFrame({"a": [tuple(map(str, range(100)))]}))).to_html()
    assert "and 92 more" in many


def test_problems_are_counted_by_how_bad_they_are_and_open_to_the_first() -> None:
    problems = [Problem(Severity.WARNING, "c", f"message {number}") for number in range(11)]
    texts = html_texts(View("t", problems=(*problems, Problem(Severity.ERROR, "c", "bad"))).to_html())
    assert "12 problems: 1 error, 11 warnings" in texts
    listed = [text for text in texts if text.startswith(("error", "warning"))]
    assert (listed[0], len(listed)) == ("errorbad", 10)
    assert "and 2 more" in texts


def test_a_view_asks_no_other_place_for_anything() -> None:
    assert "http" not in STYLE
    assert "url(" not in STYLE
    assert all(";" in line or "," in line for line in STYLE.splitlines() if "var(" in line)
    assert STYLE.count("var(") == STYLE.count("var(--jp-")


def test_a_frame_is_shown_in_the_same_look() -> None:
    frame = pd.DataFrame({"src": list("abcd"), "tier": ["x"] * 4, "empty": [""] * 4, "port": [1, 2, 3, 4]})
    texts = html_texts(show(frame)._repr_html_())
    assert "4 rows; in all of them tier x" in texts
    assert {"src", "port"} <= set(texts)
    assert not {"tier", "empty"} & set(texts)
    assert "tier" in html_texts(show(frame, "tier", most=2)._repr_html_())
    assert "src" in repr(show(frame))
    with pytest.raises(ArgumentError, match="there is no column 'dst'; there are src, tier"):
        show(frame, ["dst"])


def test_of_few_rows_nothing_is_said_once_for_all() -> None:
    assert "tier" in html_texts(show(pd.DataFrame({"src": ["a", "b"], "tier": ["x", "x"]}))._repr_html_())


@given(any_clusters())
@settings(max_examples=examples(20))
def test_whatever_the_cluster_answers_are_short_and_count_what_their_frames_hold(manifests: list[Json]) -> None:
    cluster = load_manifests(json.dumps({"apiVersion": "v1", "kind": "List", "items": manifests}, indent=1))
    found = evaluate(cluster)
    pods = [peer for peer in found.peers() if peer.namespace][:2]
    answers = [found.query(pods[0], pods[-1])] if pods else []
    changes = diff(found, found.with_policies(remove=cluster.objects.policies[:1]))
    for value in (cluster, found, found.exposure(), found.explain(), sanity(cluster), changes, *answers):
        assert len(repr(value)) <= LONGEST + 3
        assert "\n" not in repr(value)
    assert repr(cluster).startswith(f"Cluster({len(cluster.objects.workloads)} workload")
    for result, rows in (
        (found, len(found.to_frame())),
        (found.exposure(), len(found.exposure().to_frame())),
        (sanity(cluster), len(sanity(cluster).to_frame())),
        (changes, len(changes.to_frame())),
    ):
        assert result._first_rows().total == rows
        assert result._first_rows().shown == min(rows, FEW_ROWS) == len(result._first_rows().rows)
