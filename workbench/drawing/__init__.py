"""How it is drawn: what of nodes and styled edges is shown, summed up, counted and placed, as SVG or in a panel."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
