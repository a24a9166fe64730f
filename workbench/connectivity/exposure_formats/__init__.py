"""How an exposure is written down: one small module a format, found by its name or file ending.

A new one is one new module here, or a function of your own that is decorated with
`register_exposure_format`. A package offers formats through the entry point group
``netpol_workbench.exposure_formats``.
"""

from importlib import import_module
from pkgutil import iter_modules

from workbench.connectivity.exposure_formats.registry import EXPOSURES, register_exposure_format, render_exposure

__all__ = ["EXPOSURES", "register_exposure_format", "render_exposure"]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")
