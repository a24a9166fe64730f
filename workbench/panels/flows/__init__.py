"""What was seen: recordings are read, and what is in them is listed."""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
