"""How to tell others: audit reports as pages, documents and data, bundles that prove themselves, and what changed.

The names are imported when they are first asked for.
"""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
