"""What is allowed beside what was seen, as a graph to look at: filters, what is opened, what is selected, exports."""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
