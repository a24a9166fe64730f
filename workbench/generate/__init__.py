"""What should be allowed: strategies that propose policies, with the reasons of each rule.

The names are imported when they are first asked for.
"""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
