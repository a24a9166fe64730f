"""Propose policies, read why each rule is there, change what is proposed, and hand it on."""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
