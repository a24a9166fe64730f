"""The clusters that questions are asked about, as they come in at the door."""

from __future__ import annotations

from workbench.connectivity.engine.compile import Compiled
from workbench.connectivity.engine.primary_networks import is_network
from workbench.connectivity.evaluate import evaluate
from workbench.connectivity.result import Connectivity
from workbench.inventory import Cluster

__all__ = ["known", "written"]


def known(conn: Cluster | Connectivity) -> Connectivity:
    """Return the connectivity of a cluster, or what is known already."""
    return conn if isinstance(conn, Connectivity) else evaluate(conn)


def written(compiled: Compiled) -> list[int]:
    """Return the numbers of the policies that somebody wrote."""
    return sorted(number for number in compiled.numbers.values() if not is_network(compiled.policies[number]))
