"""What if it were changed: what a change of policies opens, closes and cuts, judged by the traffic that was recorded.

The names are imported when they are first asked for.
"""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
