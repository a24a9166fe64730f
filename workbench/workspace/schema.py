"""The tables of the decisions database, as the newest migration leaves them (workspace 5)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, ForeignKey, Integer, MetaData, Table, Text

__all__ = ["CHANGES", "DECISIONS", "METADATA", "RECORDS", "VERSION_TABLE"]

VERSION_TABLE: Final = "netpol_version"
"""Which migration was the last one, as alembic keeps it."""
METADATA: Final = MetaData()

DECISIONS: Final = Table(
    "netpol_decision",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("cluster", Text, nullable=False),
    Column("who", Text, nullable=False),
    Column("why", Text, nullable=False),
    Column("decided_at", Text, nullable=False),
    Column("undoes", Integer, ForeignKey("netpol_decision.id")),
)
CHANGES: Final = Table(
    "netpol_change",
    METADATA,
    Column("decision", Integer, ForeignKey("netpol_decision.id"), primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("before", Text),
    Column("after", Text),
)
RECORDS: Final = Table(
    "netpol_record",
    METADATA,
    Column("cluster", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)
