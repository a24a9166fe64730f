"""How an explanation is written down: one small module a format, found by its name or file ending.

A new one is one new module here, or a function of your own, registered from a notebook's cell:

>>> from workbench.connectivity.explain_formats import register_explain_format
>>> @register_explain_format("count")
... def count(explanation):
...     "The number of pairs."
...     return str(len(explanation))

A package offers formats through the entry point group ``netpol_workbench.explain_formats``.
"""

from workbench.connectivity.registries import register_explain_format

__all__ = ["register_explain_format"]
