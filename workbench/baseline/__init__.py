"""What is normal: what workloads were seen to do in their observation periods, and what differs from it.

It needs the extra ``baseline`` (``pip install 'netpol-workbench[baseline]'``). The names are imported when they are
first asked for.
"""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
