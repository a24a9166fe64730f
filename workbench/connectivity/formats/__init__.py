r"""How a connectivity map is written down: one small module a format, found by its name or file ending.

A new format is one new module in this package, or a function of your own, registered from a
notebook cell:

>>> from workbench.connectivity.formats import register_format, rows
>>> from workbench.ground.text import visible
>>> @register_format("arrows", suffix=".arrows")
... def arrows(connectivity, ip_ranges):
...     "One arrow a line."
...     return "".join(f"{visible(src)} -> {visible(dst)}\n" for src, dst, _ in rows(connectivity, ip_ranges))

Names are handed out as they were read; `workbench.ground.text` has the rule for each kind of output.

A package offers formats through the entry point group ``netpol_workbench.formats``: the entry
point's name is the format's name, and loading it must register the format. Pictures come that way from
`workbench.drawing`.
"""

from workbench.connectivity.formats.rows import Row, rows
from workbench.connectivity.registries import register_format

__all__ = ["Row", "register_format", "rows"]
