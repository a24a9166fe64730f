"""What a person keeps: flows, decisions and their history, in a folder or in a database that a team shares.

Decisions need the extra ``workspace`` (``pip install 'netpol-workbench[workspace]'``), a PostgreSQL database the extra
``postgres``.
"""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
