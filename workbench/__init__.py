"""netpol-workbench: who may talk to whom in Kubernetes, as DataFrames and graphs.

The names in `__all__` are the front of the house. Each is imported from its room when it is first
asked for, so that a short command does not wait for what it does not use (performance.md, "Import cost").
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from workbench.extras import needed_by

if TYPE_CHECKING:
    from workbench.connectivity import Connectivity, ConnectivityDiff, connectivity, diff
    from workbench.inventory import Cluster, load_manifests
    from workbench.manifests.problems import Problem, ProblemError, Severity
    from workbench.panels import NetworkGraphPanel

__all__ = [
    "Cluster",
    "Connectivity",
    "ConnectivityDiff",
    "NetworkGraphPanel",
    "Problem",
    "ProblemError",
    "Severity",
    "connectivity",
    "diff",
    "load_manifests",
]

ROOMS = {
    "Cluster": "workbench.inventory",
    "Connectivity": "workbench.connectivity",
    "ConnectivityDiff": "workbench.connectivity",
    "NetworkGraphPanel": "workbench.panels",
    "Problem": "workbench.manifests.problems",
    "ProblemError": "workbench.manifests.problems",
    "Severity": "workbench.manifests.problems",
    "connectivity": "workbench.connectivity",
    "diff": "workbench.connectivity",
    "load_manifests": "workbench.inventory",
}


def __getattr__(name: str) -> object:
    if name not in ROOMS:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    with needed_by(name):
        value = getattr(import_module(ROOMS[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Front(ModuleType):
    """The package itself, on which ``connectivity`` is always the function.

    Python binds a subpackage to its parent when it is first imported. The room `connectivity` and
    its main function share a name, so ``from workbench import connectivity`` would give the one or
    the other depending on what was imported before. Here the room never takes the function's place;
    it is still imported from by ``from workbench.connectivity import …``.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if name in ROOMS and isinstance(value, ModuleType):
            return
        super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Front
