"""The clusters that questions are asked about, as they come in at the door."""

from __future__ import annotations

from workbench.connectivity.engine import Engine
from workbench.connectivity.evaluate import evaluate
from workbench.connectivity.result import Connectivity
from workbench.inventory import Cluster

__all__ = ["as_connectivity", "engine_of"]


def as_connectivity(conn: Cluster | Connectivity) -> Connectivity:
    """Return the connectivity of a cluster, or what is known already."""
    return conn if isinstance(conn, Connectivity) else evaluate(conn)


def engine_of(conn: Cluster | Connectivity) -> Engine:
    """Return the compiled form that `conn` answers from."""
    return as_connectivity(conn)._engine  # noqa: SLF001  (the one way from an answer to what it is made of)
