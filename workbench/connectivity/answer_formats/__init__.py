"""How the answer to one query is written down: one small module a format, found by its name or file ending.

A package offers formats through the entry point group ``netpol_workbench.answer_formats``.
"""

from importlib import import_module
from pkgutil import iter_modules

from workbench.connectivity.answer_formats.registry import ANSWERS, register_answer_format, render_answers

__all__ = ["ANSWERS", "register_answer_format", "render_answers"]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
