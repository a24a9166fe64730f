"""What checks find, who answers for it, and how much is allowed: looked at, accepted, and mended by a draft."""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
