"""What is known of the ends of flows in a cluster: its pods and their addresses, Services, nodes and ports."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from workbench.flows.addresses import classify_address
from workbench.flows.rules.backends import Backends, called_addresses, exposed_ports, served_ports
from workbench.flows.rules.lifetimes import ALWAYS, NEVER, AddressLease, Lifetime, lifetimes_in, lifetimes_of, stays
from workbench.flows.rules.lookups import LOOKUP_COLUMNS, Lookups
from workbench.inventory import Cluster, Workload

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["lookups_of"]


class _Named(NamedTuple):
    """A pod by its name."""

    owner_kind: str
    owner: str
    node: str
    host: bool


def lookups_of(cluster: Cluster, lifetimes: pd.DataFrame | None = None) -> Lookups:
    """Return what `cluster` knows of the ends of flows.

    Parameters
    ----------
    cluster : Cluster
    lifetimes : DataFrame, optional
        Pods of other times, one row for each address of each: columns ``namespace``, ``pod``, ``ip``,
        ``owner_kind``, ``owner_name``, ``node``, ``start``, ``end``. Of these only ``namespace``, ``pod``
        and ``ip`` must be there; an empty ``start`` or ``end`` is not known. Times without zone are UTC.

    Raises
    ------
    ValueError
        If `lifetimes` lacks a column.
    """
    workloads = cluster.objects.workloads
    read = lifetimes_of(cluster)
    known = {(life.namespace, life.pod): (life.owner_kind, life.owner) for life in read}
    listed = lifetimes_in(lifetimes) if lifetimes is not None else ()
    lives = (*read, *(_as_read(life, known.get((life.namespace, life.pod))) for life in listed))
    backends = Backends.of(cluster, {life.address: life for life in sorted(lives, key=_is_living)})
    rows: dict[str, list[tuple[Any, ...]]] = {
        "pods": [(*key, *named) for key, named in _pods(workloads, lives).items()],
        "owners": [(w.namespace, w.kind, w.name, all(s.host_network for s in w.shapes)) for w in workloads],
        "names": list(_names(workloads)),
        "labels": list(_labels(workloads)),
        "stays": list(_stays(cluster, lives)),
        "called": [(*place, *call) for place, call in sorted(backends.called.items())],
        "headless": sorted(backends.headless),
        "through": sorted(backends.ports_of_services.items()),
        "backends": list(backends.rows()),
        "served": [(key,) for key in sorted(served_ports(cluster))],
        "exposed": [(key,) for key in sorted(exposed_ports(cluster))],
    }
    rows["addresses"] = [(address,) for address in sorted({row[0] for row in rows["stays"]})]
    return Lookups({name: _table(name, found) for name, found in rows.items()}, bool(lives))


def _is_living(life: Lifetime) -> bool:
    return not life.finished


def _table(name: str, rows: list[tuple[Any, ...]]) -> pa.Table:
    columns = LOOKUP_COLUMNS[name]
    values = list(zip(*rows, strict=True)) or [()] * len(columns)
    return pa.table(
        {column: pa.array(found, kind) for (column, kind), found in zip(columns.items(), values, strict=True)}
    )


def _as_read(life: Lifetime, owner: tuple[str, str] | None) -> Lifetime:
    """Give a pod of the list the workload that the cluster says it belongs to, where it has that pod."""
    return life._replace(owner_kind=owner[0], owner=owner[1]) if owner and owner[1] else life


def _pods(workloads: Iterable[Workload], lives: Iterable[Lifetime]) -> dict[tuple[str, str], _Named]:
    """Return the pods by namespace and name, those of workloads before those of the list of lifetimes."""
    found = {
        (life.namespace, life.pod): _Named(life.owner_kind, life.owner, life.node, host=life.host) for life in lives
    }
    for workload in workloads:
        for shape in workload.shapes:
            for pod in shape.pods:
                known = found.get((workload.namespace, pod))
                node = known.node if known else ""
                found[workload.namespace, pod] = _Named(workload.kind, workload.name, node, host=shape.host_network)
    return {key: named for key, named in found.items() if named.owner}


def _names(workloads: Iterable[Workload]) -> Iterator[tuple[str, str, str]]:
    """Yield the names that only one workload of a namespace has."""
    kinds: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for workload in workloads:
        kinds[workload.namespace, workload.name].add(workload.kind)
    for (namespace, name), found in kinds.items():
        if len(found) == 1:
            yield namespace, name, next(iter(found))


def _labels(workloads: Iterable[Workload]) -> Iterator[tuple[str, str, str, int, str, str]]:
    shapes = ((workload, shape) for workload in workloads for shape in workload.shapes)
    for number, (workload, shape) in enumerate(shapes):
        for key, value in shape.labels.items():
            yield workload.namespace, key, value, number, workload.kind, workload.name


def _stays(cluster: Cluster, lives: Iterable[Lifetime]) -> Iterator[tuple[Any, ...]]:
    """Yield who has which address when: pods for their time, nodes and Services always."""
    found = [
        AddressLease(life.address, life.start, life.end, 0, "workload", life.namespace, life.pod, life.owner_kind,
             life.owner,
             node=life.node)
        for life in lives
        if not life.host
    ]  # fmt: skip
    nodes = _node_addresses(cluster, lives)
    found += [AddressLease(address, ALWAYS, NEVER, 0, "node", node=name) for address, name in nodes.items()]
    for address, service in called_addresses(cluster):
        if address not in nodes:
            found.append(AddressLease(address, ALWAYS, NEVER, 0, "service", service.namespace, service=service.name))
    yield from (tuple(one) for one in stays(found))


def _node_addresses(cluster: Cluster, lives: Iterable[Lifetime]) -> dict[str, str]:
    """Return the addresses of nodes, also of those that only pods tell of."""
    nodes_by_address = {life.host_address: life.node for life in lives if life.host_address}
    return nodes_by_address | {
        address: node.name for node in cluster.objects.nodes for address in _spelled(node.addresses)
    }


def _spelled(addresses: Iterable[str]) -> Iterator[str]:
    return (classify_address(address).address for address in addresses)
