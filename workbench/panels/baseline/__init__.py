"""What is normal: baselines are learnt, looked at and decided on."""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
