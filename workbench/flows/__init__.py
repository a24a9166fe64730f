"""What was seen: flows from the tools that people run, in one table, oriented and attributed.

It needs the extra ``flows`` (``pip install 'netpol-workbench[flows]'``). The names are imported when they
are first asked for: the command line must not wait for DuckDB to show its help.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from workbench.extras import needed_by

if TYPE_CHECKING:
    from workbench.flows.comparison import Comparison, compare, used_connections
    from workbench.flows.flows import Flows
    from workbench.flows.load import LoadedFlows, import_flows, load_flows, open_flows
    from workbench.flows.readers import FORMATS, ReadTables, UnknownFlowFormatError, flow_format, flow_table_format
    from workbench.flows.store import Batch, FlowStore, FlowStoreError
    from workbench.flows.tables import TableMapping, import_table, read_mapping

__all__ = [
    "FORMATS",
    "Batch",
    "Comparison",
    "FlowStore",
    "FlowStoreError",
    "Flows",
    "LoadedFlows",
    "ReadTables",
    "TableMapping",
    "UnknownFlowFormatError",
    "compare",
    "flow_format",
    "flow_table_format",
    "import_flows",
    "import_table",
    "load_flows",
    "open_flows",
    "read_mapping",
    "used_connections",
]

_HOMES = {
    "comparison": ("Comparison", "compare", "used_connections"),
    "flows": ("Flows",),
    "load": ("LoadedFlows", "import_flows", "load_flows", "open_flows"),
    "readers": ("FORMATS", "ReadTables", "UnknownFlowFormatError", "flow_format", "flow_table_format"),
    "store": ("Batch", "FlowStore", "FlowStoreError"),
    "tables": ("TableMapping", "import_table", "read_mapping"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

if not TYPE_CHECKING:  # a type checker would take any name for granted

    def __getattr__(name: str) -> object:
        """Import a public name from its module."""
        if name not in _HOME_OF:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        with needed_by(name):
            return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    """List the public names, so that notebooks complete them."""
    return __all__
