"""From any table to flows: a CSV or Parquet file, or a DataFrame, and which of its columns is what."""

from workbench.flows.tables.importing import FORMAT, import_table
from workbench.flows.tables.mapping import TableMapping, Times, read_mapping
from workbench.flows.tables.rows import FlowTableError

__all__ = ["FORMAT", "FlowTableError", "TableMapping", "Times", "import_table", "read_mapping"]
