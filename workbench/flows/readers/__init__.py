r"""How each source of flows is read: one small module a format, found by what a file holds.

A new format is one new module in this package, or a function of your own, registered from a notebook
cell by `register_flow_format`. A package offers formats through the entry point group
``netpol_workbench.flow_formats``: the entry point's name is the format's, and loading it must register it.
"""

from workbench.flows.readers.registry import (
    FORMATS,
    FlowFormat,
    Observation,
    ReadTables,
    UnknownFlowFormatError,
    register_flow_format,
)

__all__ = [
    "FORMATS",
    "FlowFormat",
    "Observation",
    "ReadTables",
    "UnknownFlowFormatError",
    "register_flow_format",
]
