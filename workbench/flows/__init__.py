"""What was seen: flows from the tools that people run, in one table, oriented and attributed.

It needs the extra ``flows`` (``pip install 'netpol-workbench[flows]'``). The names are imported when they
are first asked for: the command line must not wait for DuckDB to show its help.
"""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
