"""What is deployed: workloads, namespaces, services and policies of a cluster, from manifests.

The names are imported when they are first asked for: reading a recording of flows must not wait for what checks
manifests.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
