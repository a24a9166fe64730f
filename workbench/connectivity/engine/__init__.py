"""The compiled form of a cluster's policies, and what questions read of it: classes, atoms, permission matrix, pairs.

`compile_engine` makes an `Engine`; `with_policies` makes another one of it. Questions enter here, and nowhere else.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
