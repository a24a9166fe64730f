"""A picture on the page: drawn by cytoscape, walked by mouse and keyboard."""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
