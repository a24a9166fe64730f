"""How several simulations are written down: steps one after the other, or alternatives side by side."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from workbench.ground import ANSWER_FORMATS, json_rows, json_text, markdown_cell, register_format, visible
from workbench.whatif.frames import COUNTS

if TYPE_CHECKING:
    import pandas as pd

    from workbench.whatif.several import Alternatives, SimulatedSequence

__all__ = ["comma_separated", "json_object", "md", "txt"]


@register_format("simulations", "txt")
def txt(found: SimulatedSequence | Alternatives) -> str:
    """Write the verdict of each, the counts as a table, and of what they disagree, for people at a terminal."""
    rows = found.to_frame()
    parts = [f"{visible(row['name'])}: {visible(row['verdict'])}\n" for row in rows.to_dict("records")]
    parts += ["\n", ANSWER_FORMATS.render("table", "txt", rows[["name", *COUNTS]])]
    if len(edges := found.edges()):
        parts.append("\n")
        parts += (f"{visible(_edge(edge))}: {visible(_said(some))}\n" for edge, some in _grouped(edges))
    parts += (f"{visible(note)}\n" for note in found.notes)
    return "".join(parts)


@register_format("simulations", "md")
def md(found: SimulatedSequence | Alternatives) -> str:
    """Write the same as Markdown, for a merge request."""
    rows = found.to_frame()
    parts = [
        f"- **{markdown_cell(row['name'])}**: {markdown_cell(row['verdict'])}\n" for row in rows.to_dict("records")
    ]
    parts += ["\n", ANSWER_FORMATS.render("table", "md", rows[["name", *COUNTS]])]
    if len(edges := found.edges()):
        parts += ["\n", ANSWER_FORMATS.render("table", "md", edges)]
    parts += (f"\n{markdown_cell(note)}\n" for note in found.notes)
    return "".join(parts)


@register_format("simulations", "csv")
def comma_separated(found: SimulatedSequence | Alternatives) -> str:
    """Write a line for each, as `to_frame` has it."""
    return ANSWER_FORMATS.render("table", "csv", found.to_frame())


@register_format("simulations", "json")
def json_object(found: SimulatedSequence | Alternatives) -> str:
    """Write an object with a row for each, and the edges of which they disagree, for programs."""
    return json_text(
        {
            "simulations": json_rows(found.to_frame()),
            "edges": json_rows(found.edges()),
            "notes": list(found.notes),
        }
    )


def _grouped(edges: pd.DataFrame) -> list[tuple[dict[Hashable, Any], pd.DataFrame]]:
    groups = edges.groupby(["src", "dst", "protocol", "port"], sort=False, observed=True, dropna=False)
    return [(some.to_dict("records")[0], some) for _, some in groups]


def _edge(edge: Mapping[Hashable, Any]) -> str:
    port = "" if edge["port"] is None or edge["port"] != edge["port"] else f" {int(edge['port'])}"
    return f"{edge['src']} => {edge['dst']} : {edge['protocol']}{port} ({edge['flows']:,} flows)"


def _said(rows: pd.DataFrame) -> str:
    return ", ".join(f"{row['name']} {row['verdict']}" for row in rows.to_dict("records"))
