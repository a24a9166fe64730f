"""What was written: Kubernetes-faithful YAML and JSON, files and folders, and what was wrong with them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
