"""The page of the documentation that lists the columns of all tables.

``python -m tests.project.tables_page > docs/tables.md`` writes it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from workbench.connectivity import frames as connectivity
from workbench.flows import frames as flows
from workbench.inventory import frames as inventory

if TYPE_CHECKING:
    from workbench.ground import Table

__all__ = ["ROOMS", "tables_page"]

ROOMS: Final[dict[str, tuple[Table, ...]]] = {
    "What is deployed": inventory.TABLES,
    "What is allowed, and why": connectivity.TABLES,
    "What was seen": flows.TABLES,
}
"""The tables of each room below its heading."""
HEAD: Final = """\
# The tables

Every answer is a pandas DataFrame, and these are their columns, in order. A column of one name says the same in all of
them. The page is made from the definitions of the tables, `frames.py` of each room; a test compares the two.

- Text that has nothing to say is empty and not missing: a cluster-wide object has the namespace `""`.
- Several texts in one cell are a tuple. In CSV and in text they are joined by commas, in JSON they are a list.
- Ports as numbers are a tuple of `(protocol, first, last)`.
- A policy is `Kind namespace/name`, and one of its rules the path in it, such as `spec.ingress[0]`.
- Few texts that are repeated in many rows are of dtype `category`.

`Networks.problems` and `Connectivity.problems` are as `Cluster.problems`. `Flows.to_pandas` has the columns of
[the flow table](flow-schema.md); `Flows.connections` has these and `marks`.
"""


def tables_page() -> str:
    """Return the page."""
    parts = [HEAD]
    for heading, tables in ROOMS.items():
        parts += [f"## {heading}\n", *(table.to_markdown(3) for table in tables)]
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(tables_page())
