"""What addresses outside are called: a person names blocks, imports files of providers, and sees names suggested."""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
