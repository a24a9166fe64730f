"""What is allowed: compile a cluster's policies once, answer many questions.

The names are imported when they are first asked for: the command line lists the output formats in
its help, and must not wait for pandas to do so (performance.md, "Import cost").
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from workbench.connectivity.answer import Answer, Reason, Verdict
    from workbench.connectivity.api import connectivity
    from workbench.connectivity.changes import Change, ChangeKind
    from workbench.connectivity.differences import ConnectivityDiff, diff
    from workbench.connectivity.explanation import Explanation, PairExplanation
    from workbench.connectivity.exposure import Exposure, ExposureLine
    from workbench.connectivity.focus import Focus
    from workbench.connectivity.networks import NetworkMap, Networks, connectivity_by_network
    from workbench.connectivity.result import Connection, Connectivity, IpRanges, Peer
    from workbench.connectivity.rulings import Decision, Effect, PairPart, Ruling
    from workbench.connectivity.semantics import Semantics

__all__ = [
    "Answer",
    "Change",
    "ChangeKind",
    "Connection",
    "Connectivity",
    "ConnectivityDiff",
    "Decision",
    "Effect",
    "Explanation",
    "Exposure",
    "ExposureLine",
    "Focus",
    "IpRanges",
    "NetworkMap",
    "Networks",
    "PairExplanation",
    "PairPart",
    "Peer",
    "Reason",
    "Ruling",
    "Semantics",
    "Verdict",
    "connectivity",
    "connectivity_by_network",
    "diff",
]

_HOMES = {
    "answer": ("Answer", "Reason", "Verdict"),
    "api": ("connectivity",),
    "networks": ("NetworkMap", "Networks", "connectivity_by_network"),
    "changes": ("Change", "ChangeKind"),
    "differences": ("ConnectivityDiff", "diff"),
    "explanation": ("Explanation", "PairExplanation"),
    "exposure": ("Exposure", "ExposureLine"),
    "focus": ("Focus",),
    "result": ("Connection", "Connectivity", "IpRanges", "Peer"),
    "rulings": ("Decision", "Effect", "PairPart", "Ruling"),
    "semantics": ("Semantics",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

if not TYPE_CHECKING:  # a type checker would take any name for granted

    def __getattr__(name: str) -> object:
        """Import a public name from its module."""
        if name not in _HOME_OF:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    """List the public names, so that notebooks complete them."""
    return __all__
