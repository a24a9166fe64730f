"""Ask what is allowed: one pair, what is reached over several hops, and exposure."""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
