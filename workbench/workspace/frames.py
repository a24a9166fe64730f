"""The table of every frame that this room hands out."""

from __future__ import annotations

from typing import Final

from workbench.ground import Column, Table, column

__all__ = ["FACTS", "HISTORY", "TABLES", "VIEWS"]

HISTORY: Final = Table(
    "Workspace.history",
    "value that a decision changed, in the order of the decisions",
    (
        Column("decision", "int64", "number of the decision, from 1; those of one number were made together"),
        Column("decided_at", "datetime64[us, UTC]", "when it was decided"),
        Column("who", "str", "who decided it"),
        Column("why", "str", "the reason that was given; empty without one"),
        column("cluster"),
        Column("record_kind", "str", "what was decided about, such as `block`, `baseline` or `view`"),
        Column("record_key", "str", "which of them"),
        Column("value_before", "str", "its value before, as JSON; empty where there was none"),
        Column("value_after", "str", "its value since, as JSON; empty where it was removed"),
        Column("undoes", "Int64", "number of the decision that this one undoes", nullable=True),
        Column("undone_by", "Int64", "number of the decision by which this one is undone now", nullable=True),
    ),
)

FACTS: Final = Table(
    "Workspace.facts",
    "fact about a workspace",
    (
        Column("fact", "str", "what it is about, such as `flows` or `bytes_of_decisions`"),
        Column("value", "str", "a number, a time, a name or a place; empty where there is none"),
    ),
)

VIEWS: Final = Table(
    "Workspace.views_frame",
    "saved view of the network graph",
    (
        column("cluster"),
        Column("view", "str", "its name"),
        Column("choices", "str", "what it chooses, as JSON"),
    ),
)

TABLES: Final = (HISTORY, FACTS, VIEWS)
"""All of them."""
