"""Look and decide: interactive views for notebooks, each a state without widgets and a view of it."""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
