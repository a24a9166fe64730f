"""The page of the documentation that lists the columns of all tables.

``python -m tests.project.tables_page > docs/tables.md`` writes it.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

from workbench.baseline import frames as baseline
from workbench.checks import frames as checks
from workbench.connectivity import frames as connectivity
from workbench.external import frames as external
from workbench.flows import frames as flows
from workbench.generate import frames as generate
from workbench.inventory import frames as inventory
from workbench.panels import frames as panels
from workbench.report import frames as report
from workbench.whatif import frames as whatif
from workbench.workspace import frames as workspace

if TYPE_CHECKING:
    from workbench.ground import Table

__all__ = ["ROOMS", "tables_page"]

ROOMS: Final[dict[str, tuple[Table, ...]]] = {
    "What is deployed": inventory.TABLES,
    "What is allowed, and why": connectivity.TABLES,
    "Who is outside": external.TABLES,
    "What was seen": flows.TABLES,
    "What is normal": baseline.TABLES,
    "What is proposed": generate.TABLES,
    "What a change does": whatif.TABLES,
    "What is wrong": checks.TABLES,
    "What is reported": report.TABLES,
    "What was decided": workspace.TABLES,
    "What panels show": panels.TABLES,
}
"""The tables of each room below its heading."""
HEAD: Final = """\
# The tables

Every answer can be had as a pandas DataFrame. These are their columns, in order; a column name means the same in all of
them, and in the JSON of answers ([formats](formats.md)). This page is made from the definitions in `frames.py` of each
room, and a test compares the two. Docstrings name these definitions: `frames.REACH` is the table of
`Connectivity.reach`.

- A text that does not apply is empty, not missing: the namespace of a cluster-wide object is `""`.
- Several texts in one cell are a tuple. In CSV and in text they are joined by commas, in JSON they are a list.
- Ports as numbers (`intervals`) are a tuple of `(protocol, first, last)`.
- A policy is `Kind namespace/name`; a rule is its path in the policy, such as `spec.ingress[0]`.
- Columns in which few texts repeat in many rows have the dtype `category`.

The `problems` of every answer have the columns of `Cluster.problems`. `Flows.to_pandas` has the columns of
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
