"""Questions take a cluster or its connectivity: the engine that answers for either."""

from __future__ import annotations

from workbench.connectivity.engine import Engine
from workbench.connectivity.evaluate import evaluate
from workbench.connectivity.focus import EVERYTHING
from workbench.connectivity.result import Connectivity
from workbench.ground import ArgumentError
from workbench.inventory import Cluster

__all__ = ["as_connectivity", "compiled", "engine_of"]


def as_connectivity(conn: Cluster | Connectivity) -> Connectivity:
    """Return the connectivity of a cluster, or what is known already."""
    return conn if isinstance(conn, Connectivity) else evaluate(conn)


def engine_of(conn: Cluster | Connectivity) -> Engine:
    """Return the compiled form that `conn` answers from.

    Raises
    ------
    ArgumentError
        If `conn` is in focus: an engine answers about all connections.
    """
    connectivity = as_connectivity(conn)
    if connectivity.scope != EVERYTHING:
        message = "this question is about all connections: ask it without focus()"
        raise ArgumentError(message)
    return connectivity._engine  # noqa: SLF001  (the one way from an answer to what it is made of)


def compiled(conn: Cluster | Connectivity) -> tuple[Connectivity, Engine]:
    """Return the connectivity of a cluster, or what is known already, and the compiled form that it answers from.

    Raises
    ------
    ArgumentError
        As `engine_of` raises it.
    """
    connectivity = as_connectivity(conn)
    return connectivity, engine_of(connectivity)
