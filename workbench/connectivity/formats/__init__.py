r"""How answers are written down: a module for each format, with what writes a map, a difference and so on in it.

A format of your own is a function, registered from a notebook's cell or from one new module in this package:

>>> from workbench.ground import register_format, visible
>>> @register_format("map", "arrows", suffix=".arrows")
... def arrows(connectivity, ip_ranges):
...     "One arrow a line."
...     return "".join(
...         f"{visible(src.name)} -> {visible(dst.name)}\n" for src, dst, _ in connectivity.connections(ip_ranges)
...     )

Names are handed out as they were read; `workbench.ground.text` has the rule for each kind of output.

What writers are given:

- of a ``map``: ``connectivity, ip_ranges``
- of the maps of several ``networks``: ``networks, ip_ranges``
- of a ``diff``: ``diff, headings``
- of an ``explanation``: ``explanation``
- of an ``exposure``: ``exposure``
- of an ``answer`` to a query: ``answers``, of one question each

A package offers formats through the entry point group ``netpol_workbench.formats``: the entry
point's name is answer and format, such as ``map.arrows``, and loading it must register the format. Pictures come
that way from `workbench.drawing`.
"""
