"""What was seen: flows from the tools that people run, in one table, oriented and attributed.

It needs the extra ``flows`` (``pip install 'netpol-workbench[flows]'``). The names are imported when they
are first asked for: the command line must not wait for DuckDB to show its help.
"""

import lazy_loader

from workbench.ground import needed_by

_imported, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)


def __getattr__(name: str) -> object:
    """Import a public name from its module, and say which extra it needs where that is missing."""
    with needed_by(name):
        return _imported(name)
