"""What is allowed: compile a cluster's policies once, answer many questions."""

from workbench.connectivity.api import connectivity
from workbench.connectivity.query import Answer, Reason, Verdict
from workbench.connectivity.result import Connection, Connectivity, IpRanges, Peer
from workbench.connectivity.semantics import KUBERNETES, REFERENCE, Semantics

__all__ = [
    "KUBERNETES",
    "REFERENCE",
    "Answer",
    "Connection",
    "Connectivity",
    "IpRanges",
    "Peer",
    "Reason",
    "Semantics",
    "Verdict",
    "connectivity",
]
