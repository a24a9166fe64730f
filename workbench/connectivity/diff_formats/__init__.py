"""How the difference between two maps is written down: one small module a format, as for maps.

A format of your own is registered from a notebook cell with `register_diff_format`, or offered by
a package through the entry point group ``netpol_workbench.diff_formats``.
"""

from workbench.connectivity.diff_formats.rows import diff_rows
from workbench.connectivity.registries import register_diff_format

__all__ = ["diff_rows", "register_diff_format"]
