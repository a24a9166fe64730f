"""How an exposure is written down: one small module a format, found by its name or file ending.

A new one is one new module here, or a function of your own that is decorated with
`register_exposure_format`. A package offers formats through the entry point group
``netpol_workbench.exposure_formats``.
"""

from workbench.connectivity.registries import register_exposure_format

__all__ = ["register_exposure_format"]
