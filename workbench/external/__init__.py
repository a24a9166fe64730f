"""Who is outside: blocks of addresses that have a name, of a person, of known servers or of providers.

Names below public suffixes need the extra ``external``, the default ranges of providers the extra ``ranges``
(``pip install 'netpol-workbench[ranges]'``). Nothing is asked of the network. The names are imported when they are
first asked for.
"""

from workbench.ground import lazy_door

__getattr__, __dir__, __all__ = lazy_door(__name__, __file__)
