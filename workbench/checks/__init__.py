"""What is wrong: rules about policies and what they allow, each small, with an id, a severity, a reason and a remedy.

The names are imported when they are first asked for.
"""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
