"""How the answer to one query is written down: one small module a format, found by its name or file ending.

A package offers formats through the entry point group ``netpol_workbench.answer_formats``.
"""

from workbench.connectivity.registries import register_answer_format

__all__ = ["register_answer_format"]
