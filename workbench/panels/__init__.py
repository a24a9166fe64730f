"""Look and decide: interactive views for notebooks, each a state without widgets and a view of it."""

import lazy_loader

from workbench.ground import needed_by

_imported, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    """Import a public name from its module, and say which extra it needs where that is missing."""
    with needed_by(name):
        return _imported(name)
