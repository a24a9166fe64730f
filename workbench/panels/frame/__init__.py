"""What all panels are made of: states, views, tables, one selection, and the registry that makes them tabs."""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
