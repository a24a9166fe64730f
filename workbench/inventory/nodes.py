"""Which nodes there are, and under which addresses admin policies know them."""

from __future__ import annotations

from collections.abc import Iterable
from types import MappingProxyType

from workbench.ground import ProblemLog, parse_address
from workbench.inventory.model import Node
from workbench.inventory.schemas import NodeObject, checked
from workbench.manifests import Manifest, label_problems, name_problems

__all__ = ["read_node", "read_nodes"]


def read_nodes(manifests: Iterable[Manifest], log: ProblemLog) -> tuple[Node, ...]:
    """Return the Nodes among `manifests`, sorted by name; malformed ones are problems in `log`.

    Host and DNS names among ``status.addresses`` are passed over: policies match addresses.
    """
    found = (read_node(manifest, log) for manifest in manifests if (manifest.group, manifest.kind) == ("", "Node"))
    return tuple(sorted((node for node in found if node is not None), key=lambda node: node.name))


def read_node(manifest: Manifest, log: ProblemLog) -> Node | None:
    """Return a Node; None, and problems, if it is malformed."""
    found = checked(manifest, NodeObject, log)
    if found is None:
        return None
    log.extend(name_problems(manifest))
    log.extend(label_problems(manifest, found.metadata.labels, ("metadata", "labels")))
    addresses = dict.fromkeys(entry.address for entry in found.status.addresses if parse_address(entry.address))
    return Node(found.metadata.any_name, MappingProxyType(found.metadata.labels), tuple(addresses), manifest.source)
