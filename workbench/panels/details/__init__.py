"""What is selected, seen from all sides: its flows, its policies, why it may talk or not, and what it is."""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
