"""The flow table's definition, and the documentation that is made of it (flow-rules N1)."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from workbench.flows.schema import ARROW_SCHEMA, COLUMNS, ENDS, NOT_OF_EDGES, OBSERVATION_SCHEMA, schema_page


def test_the_page_of_the_documentation_is_the_definition(project: Path) -> None:
    assert (project / "docs" / "flow-schema.md").read_text(encoding="utf-8") == schema_page()


def test_both_ends_have_the_same_columns() -> None:
    columns = {end: [c.name.removeprefix(f"{end}_") for c in COLUMNS if c.name.startswith(f"{end}_")] for end in ENDS}
    own = {"format", "file", "line"}
    assert [name for name in columns["source"] if name not in own] == columns["destination"]


def test_times_are_utc_for_people_and_have_no_zone_for_engines() -> None:
    assert ARROW_SCHEMA.field("time_start").type == pa.timestamp("us", tz="UTC")
    assert OBSERVATION_SCHEMA.field("time_start").type == pa.timestamp("us")


def test_every_column_is_named_once() -> None:
    names = [column.name for column in COLUMNS]
    assert len(names) == len(set(names))
    assert set(names) >= NOT_OF_EDGES


def test_a_column_with_few_values_says_which() -> None:
    (verdict,) = (column for column in COLUMNS if column.name == "verdict")
    assert (verdict.dtype, verdict.nullable) == ("category", False)
    assert "would_deny" in verdict.values
