"""How the difference between two maps is written down: one small module a format, as for maps.

A format of your own is registered from a notebook cell with `register_diff_format`, or offered by
a package through the entry point group ``netpol_workbench.diff_formats``.
"""

from importlib import import_module
from pkgutil import iter_modules

from workbench.connectivity.diff_formats.registry import (
    DIFFS,
    HEADINGS,
    Headings,
    diff_rows,
    register_diff_format,
    render_diff,
)

__all__ = ["DIFFS", "HEADINGS", "Headings", "diff_rows", "register_diff_format", "render_diff"]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
