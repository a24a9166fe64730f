"""What is allowed: compile a cluster's policies once, answer many questions.

The names are imported when they are first asked for: the command line lists the output formats in
its help, and must not wait for pandas to do so (architecture 4).
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
