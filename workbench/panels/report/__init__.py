"""Make audit reports, look at them, keep them as bundles, and prove bundles."""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
