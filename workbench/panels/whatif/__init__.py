"""Try changes of policies before one is made: what each cuts and opens, why, and what repairs it."""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
