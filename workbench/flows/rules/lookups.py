"""What a cluster knows of pods, Services and nodes, as small tables that flows are joined with.

No table holds a missing value, since not every engine keeps those of a table in memory; an empty text
stands for what is not known. Keys are unique wherever a join must keep the number of rows. `cluster.lookups_of` fills
them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyarrow as pa

if TYPE_CHECKING:
    import ibis

__all__ = ["LOOKUP_COLUMNS", "Lookups", "NamedLookups"]

_TEXT: Final = pa.string()
LOOKUP_COLUMNS: Final[Mapping[str, Mapping[str, pa.DataType]]] = {
    "pods": {
        "namespace": _TEXT, "pod": _TEXT, "owner_kind": _TEXT, "owner": _TEXT, "node": _TEXT, "host": pa.bool_()
    },
    "owners": {"namespace": _TEXT, "owner_kind": _TEXT, "owner": _TEXT, "host": pa.bool_()},
    "names": {"namespace": _TEXT, "owner": _TEXT, "owner_kind": _TEXT},
    "labels": {
        "namespace": _TEXT, "key": _TEXT, "value": _TEXT, "shape": pa.int64(), "owner_kind": _TEXT, "owner": _TEXT,
    },
    "stays": {
        "address": _TEXT, "start": pa.timestamp("us"), "end": pa.timestamp("us"), "run": pa.int64(), "kind": _TEXT,
        "namespace": _TEXT, "pod": _TEXT, "owner_kind": _TEXT, "owner": _TEXT, "service": _TEXT, "node": _TEXT,
    },
    "addresses": {"address": _TEXT},
    "called": {
        "address": _TEXT, "transport": _TEXT, "number": pa.int64(),
        "namespace": _TEXT, "service": _TEXT, "port": pa.int64(),
    },
    "headless": {"namespace": _TEXT, "service": _TEXT},
    "through": {"serving": _TEXT, "service": _TEXT},
    "backends": {
        "call": _TEXT, "number": pa.int64(), "count": pa.int64(), "kind": _TEXT, "namespace": _TEXT,
        "owner_kind": _TEXT, "owner": _TEXT, "address": _TEXT, "port": pa.int64(),
    },
    "served": {"serving": _TEXT},
    "exposed": {"serving": _TEXT},
}  # fmt: skip


@dataclass(frozen=True)
class Lookups:
    """Small tables to join flows with, as `cluster.lookups_of` makes them.

    Attributes
    ----------
    tables : mapping of str to pyarrow.Table
    knows_addresses : bool
        Whether any pod's address is known, so that an address that is not among them is of the outside.
    """

    tables: Mapping[str, pa.Table]
    knows_addresses: bool

    def table(self, name: str, prefix: str = "") -> ibis.Table:
        """Return one of the tables, with `prefix` before the names of its columns."""
        import ibis  # noqa: PLC0415  (it takes a second; lookups are made without it)

        found = self.tables[name]
        return ibis.memtable(found.rename_columns([f"{prefix}{column}" for column in found.column_names]))

    @property
    def reused_addresses(self) -> tuple[str, ...]:
        """The addresses that several pods had one after another."""
        counted = Counter(self.tables["stays"]["address"].to_pylist())
        return tuple(sorted(address for address, count in counted.items() if count > 1))


class NamedLookups(Lookups):
    """Tables that an engine has by their names: for an expression that is made once, whatever they hold."""

    def table(self, name: str, prefix: str = "") -> ibis.Table:
        """Return one of the tables, with `prefix` before the names of its columns."""
        import ibis  # noqa: PLC0415  (likewise)

        schema = ibis.Schema.from_pyarrow(pa.schema(list(LOOKUP_COLUMNS[name].items())))
        found = ibis.table(schema, name=self.name(name))
        return found.rename({f"{prefix}{column}": column for column in found.columns})

    @staticmethod
    def name(of: str) -> str:
        """Return what an engine calls one of the tables."""
        return f"lookup_{of}"
