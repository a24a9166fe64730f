"""What all rooms share, in one shape each: problems, errors, tables, plug-ins, text, files, names, ports, addresses."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
