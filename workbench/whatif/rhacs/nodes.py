"""The nodes and edges of the network graph of Red Hat ACS, and what they are called (rhacs-simulator E1, E13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from workbench.baseline import rhacs_ids
from workbench.whatif.rhacs.ports import edge_properties

if TYPE_CHECKING:
    from workbench.ground import PortSet
    from workbench.inventory import Cluster

__all__ = ["KIND", "RhacsGraph", "RhacsNode", "ids_of"]

KIND: Final = "NetworkPolicy"
"""The one kind of policies that it knows."""
_BADGES: Final = MappingProxyType(
    {(False, False): "none", (True, False): "ingress", (False, True): "egress", (True, True): "both"}
)


@dataclass(frozen=True)
class RhacsNode:
    """A workload, or somebody outside.

    Attributes
    ----------
    id : str
        The uid, or without one the name.
    entity : mapping
        What it is, in their JSON.
    policy_ids : tuple of str
        Of the policies that select it, sorted.
    non_isolated_ingress, non_isolated_egress : bool
        Whether no policy restricts it in that direction.
    internet_access : bool
    query_match : bool
        Whether it was asked about.
    out_edges : mapping of str to PortSet
        By the ids of those that it may call.
    """

    id: str
    entity: Mapping[str, Any]
    policy_ids: tuple[str, ...] = ()
    non_isolated_ingress: bool = True
    non_isolated_egress: bool = True
    internet_access: bool = True
    query_match: bool = False
    out_edges: Mapping[str, PortSet] = field(default_factory=dict)

    @property
    def badge(self) -> str:
        """In which directions policies restrict it: ``both``, ``ingress``, ``egress`` or ``none`` (E13)."""
        return _BADGES[not self.non_isolated_ingress, not self.non_isolated_egress]


@dataclass(frozen=True)
class RhacsGraph:
    """Who may call whom. Made by `rhacs_graph`.

    Attributes
    ----------
    nodes : tuple of RhacsNode
        Workloads by their ids, then who is outside by theirs.
    """

    nodes: tuple[RhacsNode, ...]

    @cached_property
    def by_id(self) -> Mapping[str, RhacsNode]:
        """The nodes by their ids."""
        return {one.id: one for one in self.nodes}

    def to_json(self) -> dict[str, Any]:
        """Return the graph as ``GET /v1/networkpolicies/cluster/{clusterId}`` answers it, with ports."""
        places = {one.id: place for place, one in enumerate(self.nodes)}
        return {
            "epoch": 0,
            "nodes": [
                {
                    "entity": dict(one.entity),
                    "internetAccess": one.internet_access,
                    "policyIds": list(one.policy_ids),
                    "nonIsolatedIngress": one.non_isolated_ingress,
                    "nonIsolatedEgress": one.non_isolated_egress,
                    "queryMatch": one.query_match,
                    "outEdges": {
                        str(places[ident]): {"properties": edge_properties(ports)}
                        for ident, ports in sorted(one.out_edges.items(), key=lambda edge: places[edge[0]])
                    },
                }
                for one in self.nodes
            ],
        }


def ids_of(cluster: Cluster) -> dict[str, str]:
    """Return the uids of workloads, by their names in maps, and of policies, by their references.

    Parameters
    ----------
    cluster : Cluster
    """
    found = rhacs_ids((), cluster)
    for manifest in cluster.manifests_of(KIND):
        if uid := str(manifest.metadata.get("uid") or ""):
            found[f"{KIND} {manifest.namespace or 'default'}/{manifest.name}"] = uid
    return found
